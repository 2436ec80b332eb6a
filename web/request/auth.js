import { kindOf } from '../common/kind-of.js';
import { printableUrl } from '../response/errors.js';
import { hasHeader } from './header-list.js';

/**
 * Credentials: a user name and password (basic, in UTF-8), a bearer token, or a whole Authorization value such as
 * 'Token abc'.
 * @typedef {{ username: string, password?: string } | { bearer: string } | string} Auth
 */

/**
 * The session's, which names whom it is for; without `origin` or `origins`, the base URL's.
 * @typedef {Auth | (({ username: string, password?: string } | { bearer: string } | { authorization: string }) &
 *   { origin?: string | URL, origins?: (string | URL)[] })} SessionAuth
 */

/**
 * A request's own.
 * @param {Auth | { authorization: string }} auth
 * @returns {string} the Authorization header's value
 */
function makeAuthorization(auth) {
  if (typeof auth === 'string') return checkedWhole(auth);
  if (typeof auth !== 'object' || auth === null) throw new TypeError(`auth must be ${FORMS}, not ${kindOf(auth)}`);
  const kinds = Object.keys(MAKERS).filter((kind) => auth[kind] !== undefined);
  const stray = Object.keys(auth).find((key) => !(key in MAKERS) && key !== 'password');
  if (stray) throw new TypeError(`auth: unknown ${stray}: give ${FORMS}`);
  if (kinds.length !== 1) throw new TypeError(`auth must be ${FORMS}: one of them`);
  const { password } = /** @type {{ password?: string }} */ (auth);
  if (password !== undefined && kinds[0] !== 'username') throw new TypeError('auth: a password needs a username');
  return MAKERS[kinds[0]](auth);
}

/**
 * The session's: a credential that is not for all the world.
 * @param {SessionAuth} auth
 * @param {import('./base-url.js').BaseUrl | null} base
 * @param {(string | null)[]} headers the session's
 * @returns {{ value: string, origins: Set<string> }}
 */
export function makeSessionAuth(auth, base, headers) {
  if (hasHeader(headers, 'authorization')) throw new TypeError(TWO_AUTHS);
  const { origin, origins = origin, ...credentials } = typeof auth === 'string' ? { authorization: auth } : { ...auth };
  if (origin !== undefined && origins !== origin) throw new TypeError('auth: give origin or origins, not both');
  const whom = origins ?? base?.origin;
  if (whom === undefined) {
    throw new TypeError(
      "a session's auth must name whom it is for: give baseUrl, or auth: { …, origin: 'https://api.example.com' }",
    );
  }
  const value = makeAuthorization(credentials);
  return { value, origins: new Set((Array.isArray(whom) ? whom : [whom]).map(originOf)) };
}

/**
 * To a request's headers: its own, or the session's where that is for its URL.
 * @param {(string | null)[]} headers
 * @param {string} url one that is not valid is for nobody
 * @param {Auth | null | undefined} own null: not the session's either
 * @param {ReturnType<typeof makeSessionAuth> | null} session
 */
export function addAuthorization(headers, url, own, session) {
  const hasOwn = hasHeader(headers, 'authorization');
  if ((own ?? null) !== null) {
    if (hasOwn) throw new TypeError(TWO_AUTHS);
    headers.push('Authorization', makeAuthorization(own));
  } else if (!hasOwn) {
    const isFor = session && URL.canParse(url) && session.origins.has(new URL(url).origin);
    if (own === null) headers.push('Authorization', null);
    else if (isFor) headers.push('Authorization', session.value);
  }
}

/**
 * A URL's user name and password become a header, unless there is one (RFC 7617). fetch() refuses such a URL.
 * @param {string} url
 * @param {(string | null)[]} headers the request's, to which it is added
 * @param {(string | null)[]} defaults the session's
 * @returns {string} the URL without them; one that is not valid is left as it is, for C to refuse
 */
export function takeUser(url, headers, defaults) {
  if (!URL.canParse(url)) return url;
  const [username, password] = [new URL(url).username, new URL(url).password].map(bytesOf);
  if (username.includes(':')) throw new TypeError("the URL's user name has a colon"); // RFC 7617, 2
  if (/[\0-\x1f\x7f]/.test(username + password))
    throw new TypeError("the URL's user name or password has a control character");
  const own = headers.filter((_, i) => i % 2 === 1 && headers[i - 1].toLowerCase() === 'authorization');
  const isGiven = own.length > 0 ? own.some((value) => value !== null) : hasHeader(defaults, 'authorization');
  if (!isGiven && username + password) headers.push('Authorization', `Basic ${btoa(`${username}:${password}`)}`);
  return url.replace(/\/\/[^/?#\\]*@/, '//'); // C refuses a backslash that is left
}

/** What percent-encoding stands for, a character for each byte. @param {string} text of ASCII */
function bytesOf(text) {
  return text.replace(/%([\da-f]{2})/gi, (_, hex) => String.fromCharCode(Number.parseInt(hex, 16)));
}

const TWO_AUTHS = 'give auth or an Authorization header, not both';

const FORMS = "{ username, password }, { bearer } or an Authorization value such as 'Token abc'";

const MAKERS = {
  username: ({ username, password = '' }) => {
    const text = `${checkedText(username, 'username')}:${checkedText(password, 'password')}`;
    if (username.includes(':')) throw new TypeError('auth: a username has no colon'); // RFC 7617, 2
    return `Basic ${btoa(String.fromCharCode(...new TextEncoder().encode(text)))}`;
  },
  bearer: ({ bearer }) => {
    if (!/^[\x21-\x7e]+$/.test(checkedText(bearer, 'bearer'))) {
      throw new TypeError('auth: a bearer token has no spaces, line ends or characters beyond ASCII');
    }
    return `Bearer ${bearer}`;
  },
  authorization: ({ authorization }) => checkedWhole(authorization),
};

function checkedText(text, name) {
  if (typeof text !== 'string') throw new TypeError(`auth: ${name} must be a text, not ${kindOf(text)}`);
  if (/[\0-\x1f\x7f]/.test(text)) throw new TypeError(`auth: ${name} has a control character`);
  return text;
}

/* 'user:password', as others take it, would be sent as what it is not. */
function checkedWhole(value) {
  if (!/^[\w!#$%&'*+.^`|~-]+ +\S/.test(checkedText(value, 'authorization'))) {
    throw new TypeError(`auth as a text is a scheme, a space and the credentials; else give ${FORMS}`);
  }
  return value;
}

function originOf(url) {
  const { origin } = URL.canParse(String(url)) ? new URL(url) : { origin: 'null' };
  if (!/^https?:/.test(origin)) throw new TypeError(`auth: not an origin: ${printableUrl(String(url))}`);
  return origin;
}
