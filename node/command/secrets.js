import { printableUrl } from '../../web/response/errors.js';

/** What is shown to others, without what they must not know. */

/** By what a name has in it, as the core does it for redirects: may_be_secret() in src/http/redirect.c. */
const SECRET = /auth|token|key|secret|session|cookie|credential|password|passwd|signature|jwt|bearer|csrf|xsrf/i;
const MASK = '***';

/** Whether a header of that name may hold a secret: better one too many. @param {string} name */
export const isSecret = (name) => SECRET.test(name);

/**
 * Headers with the values of those that may be secret masked. Of an Authorization the scheme stays, of a cookie its name.
 * @param {[string, string][]} headers
 * @returns {[string, string][]}
 */
export function maskHeaders(headers) {
  return headers.map(([name, value]) => [name, maskHeader(name, value)]);
}

function maskHeader(name, value) {
  if (/^(proxy-)?authorization$/i.test(name)) return value.replace(/^(\S+ )?.*$/s, `$1${MASK}`);
  if (/^(set-)?cookie$/i.test(name)) return maskCookies(name, value);
  if (/^(location|content-location|referer|link|refresh)$/i.test(name)) return maskUrl(value);
  return isSecret(name) ? MASK : value;
}

/** Of a Set-Cookie only the first pair is the cookie; the others are what is to be done with it. */
function maskCookies(name, value) {
  const isSet = name.length > 'cookie'.length;
  return value.replace(isSet ? /^([^=;]*=?)[^;]*/ : /([^=;]+=?)[^;]*/g, `$1${MASK}`);
}

/** A URL without a user's name and password, and with the values of parameters that may be secret masked. @param {string} url */
export function maskUrl(url) {
  return url
    .replace(/^([a-z][a-z\d+.-]*:\/\/)[^/?#]*@/i, '$1')
    .replace(/([?&#;])([^=&#;]*)=([^&#;]*)/g, (whole, before, name) =>
      SECRET.test(name) ? `${before}${name}=${MASK}` : whole,
    );
}

/** What went wrong with a URL, which a message begins with. @param {{ url: string, errormsg: string | null }} record */
export function maskMessage({ url, errormsg }) {
  const shown = printableUrl(url);
  return errormsg?.startsWith(shown) ? maskUrl(shown) + errormsg.slice(shown.length) : errormsg;
}
