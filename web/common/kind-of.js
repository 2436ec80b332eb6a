/** What a value is, for messages: never what it holds, which may be a secret. @param {unknown} value */
export function kindOf(value) {
  if (value === null || value === undefined) return String(value);
  if (typeof value === 'number') return String(value);
  if (Array.isArray(value)) return `an array of ${value.length}`;
  const kind = typeof value === 'object' ? (value.constructor?.name ?? 'object') : typeof value;
  return `${/^[aeiou]/i.test(kind) ? 'an' : 'a'} ${kind}`;
}

/** The same, but the beginning of a text, where that is no secret. @param {unknown} value */
export function shown(value) {
  return typeof value === 'string' ? `'${value.slice(0, 40)}'` : kindOf(value);
}
