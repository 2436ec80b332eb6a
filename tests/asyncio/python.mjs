/** What Python writes in one word. */

/** As Python's str() has it. */
export const str = (value) => (typeof value === 'boolean' ? (value ? 'True' : 'False') : String(value));

/** `except kind:` @param {unknown} error @param {any} kind a class, or a code */
export function only(error, kind) {
  if (typeof kind === 'string' ? error.code !== kind : !(error instanceof kind)) throw error;
}
