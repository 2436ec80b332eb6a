import { printable, printableUrl } from '../../../web/response/errors.js';

const WRITE_ERROR = 23; // curl's

/** A body could not be saved, though its response may be well. Told as a failure of its URL; the others go on. */
export class SaveError extends Error {
  /**
   * @param {string} url
   * @param {string} reason in words, the same for all of its kind
   * @param {{ code: string, about?: string, exitCode?: number }} more `about`: which file it was
   */
  constructor(url, reason, { code, about, exitCode = WRITE_ERROR }) {
    super(`${printableUrl(url)}: ${reason}${about === undefined ? '' : ` (${printable(about)})`}`);
    this.code = code;
    this.reason = reason;
    this.exitCode = exitCode;
  }
}

const REASONS = {
  ENOSPC: 'no space left on the disk',
  EDQUOT: 'the disk quota is used up',
  EFBIG: 'the file would be too large',
  EACCES: 'permission denied',
  EPERM: 'not permitted',
  EROFS: 'the file system is read-only',
  ENOENT: 'there is no such folder (--create-dirs makes it)',
  ENOTDIR: 'a file stands where its folder should be',
  EISDIR: 'a folder has that name',
  EEXIST: 'it exists already (--clobber replaces, --no-clobber adds a number, --skip-existing skips it)',
  ELOOP: 'a link leads there, and none is followed',
  EMFILE: 'too many open files',
  ENAMETOOLONG: 'its name is too long',
};

/**
 * @param {any} error of the file system; others are given back as they are
 * @param {string} url
 * @param {string} path
 */
export function asSaveError(error, url, path) {
  if (!(error?.syscall && error.code)) return error;
  return new SaveError(url, `can't write: ${REASONS[error.code] ?? error.code}`, { code: error.code, about: path });
}

/** A URL that need not be asked for. */
export class Skipped extends Error {
  /** @param {string} why @param {string} path */
  constructor(why, path) {
    super(why);
    this.path = path;
  }
}
