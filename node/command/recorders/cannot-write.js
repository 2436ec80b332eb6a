import { printable } from '../../../web/response/errors.js';
import { UsageError } from '../usage-error.js';

/** @param {string} option @param {string} path @param {any} error of the file system */
export function cannotWrite(option, path, { code, message }) {
  const why = {
    ENOENT: 'there is no such folder',
    EACCES: 'permission denied',
    EISDIR: 'it is a folder',
    ENOSPC: 'the disk is full',
  }[code];
  return new UsageError(`${option}: can't write ${printable(path)}: ${why ?? message.split(', ')[0]}`);
}
