/** What the user is to know, and no stack: a mistake in how the command was called, or what it can't go on without. */
export class UsageError extends Error {
  /** @param {string} message @param {number} [exitCode] default: wrong usage */
  constructor(message, exitCode = 2) {
    super(message);
    this.exitCode = exitCode;
  }
}
