/** As it was when this was loaded: a program may put a session's in its place. */
export const platformFetch = globalThis.fetch;
