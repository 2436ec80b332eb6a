/** A request's headers as C takes them: names and values in turn. The value null leaves out the session's of that name. */

/**
 * @param {(string | null)[]} headers
 * @param {string} name in lower case
 */
export function hasHeader(headers, name) {
  return headers.some((text, i) => i % 2 === 0 && text?.toLowerCase() === name);
}

/**
 * A request's, without the session's that it has no own of.
 * @param {(string | null)[]} headers
 * @param {(string | null)[]} defaults
 */
export function withoutDefaults(headers, defaults) {
  const left = defaults.filter((name, i) => i % 2 === 0 && !hasHeader(headers, name.toLowerCase()));
  return [...headers, ...left.flatMap((name) => [name, null])];
}
