/** A mistake in how the command was called: its message is for the user, no stack. */
export class UsageError extends Error {}
