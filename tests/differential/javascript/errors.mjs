/** Errors, as the traces have them. */

/** A program's own. */
export class UserError extends Error {
  constructor(code, message = '') {
    super(message);
    this.code = `user-${code}`;
  }
}

/** What a step says that names what isn't there. */
export function wrongState() {
  return Object.assign(new Error(), { code: 'FL_ESTATE' });
}

/** Whose words are the loop's own in each language. */
const WORDLESS = new Set(['FL_ESTATE', 'FL_EINVAL', 'FL_EPENDING']);

/** @returns {[name: string, message: string]} */
export function described(error) {
  if (error instanceof UserError) return [error.code, error.message || 'unknown error'];
  if (error instanceof AggregateError) {
    return ['FL_EGROUP', error.errors.map((each) => described(each).join(' ')).join('; ')];
  }
  if (!error?.code) return ['unexpected', error?.stack ?? String(error)];
  return [error.code, WORDLESS.has(error.code) ? '' : error.message];
}
