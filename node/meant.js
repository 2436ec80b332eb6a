import { SESSION_OPTIONS } from '../web/options.js';

/** What other clients call it, in lower case. */
const ELSEWHERE = {
  query: ['params'],
  searchparams: ['params'],
  qs: ['params'],
  data: ['json', 'form', 'body'],
  files: ['multipart'],
  prefixurl: ['baseUrl'],
  concurrency: ['limit'],
  maxconcurrency: ['limit'],
  retries: ['retry'],
  redirect: ['maxRedirects'],
  followredirects: ['maxRedirects'],
  ssl: ['tls'],
  verify: ['tls'],
};

/**
 * What was probably meant by an option that there isn't, for the end of the message.
 * @param {string} path its name, after that of the option whose field it is
 * @param {string[]} names of those that there are
 */
export function meantBy(path, names) {
  const name = path.slice(path.lastIndexOf('.') + 1);
  const plain = (text) => text.replace(/[_-]/g, '').toLowerCase();
  const alike = names.filter((one) => plain(one) === plain(name));
  const meant = alike.length > 0 ? alike : (ELSEWHERE[plain(name)] ?? []).filter((one) => names.includes(one));
  if (meant.length > 0) return `; did you mean ${meant.join(' or ')}?`;
  const ofSession = [name, ...(ELSEWHERE[plain(name)] ?? [])].find((one) => Object.hasOwn(SESSION_OPTIONS, one));
  return ofSession && path === name ? `; ${ofSession} is a session's: ClientSession.open({ ${ofSession} })` : '';
}
