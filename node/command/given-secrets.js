import { isSecret } from './secrets.js';

/**
 * What was given for those whom the user named, and is not for whom they name in turn.
 * @typedef {object} Secrets
 * @property {import('../../web/request/auth.js').Auth | undefined} auth
 * @property {{ auth: null, headers: Record<string, null> }} without what leaves them out of a request
 */

/** @param {import('./request.js').Asking} asking @returns {Secrets | null} null: there are none */
export function secretsOf({ session: { headers = [] }, init: { auth } }) {
  const names = headers.map(([name]) => name).filter(isSecret);
  if (auth === undefined && names.length === 0) return null;
  return { auth, without: { auth: null, headers: Object.fromEntries(names.map((name) => [name, null])) } };
}
