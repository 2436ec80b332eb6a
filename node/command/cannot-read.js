import { printable } from '../../web/response/errors.js';
import { UsageError } from './usage-error.js';

const REASONS = {
  ENOENT: 'there is no such file',
  EACCES: 'permission denied',
  EISDIR: 'it is a folder',
  Z_DATA_ERROR: 'its gzip is broken',
  Z_BUF_ERROR: 'its gzip ends too early',
};

/** @param {string} name of a file @param {NodeJS.ErrnoException} error */
export function cannotRead(name, { code, message }) {
  return new UsageError(`can't read ${printable(name)}: ${REASONS[code] ?? message.split(', ')[0]}`);
}
