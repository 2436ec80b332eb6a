/**
 * A URL's origin, and what follows, as `new URL()` has them, without fragment, user name and password. That takes as long as
 * all else that is done for a small request here in JavaScript, and most URLs are written so already.
 * @param {string} url absolute, http or https
 * @returns {{ origin: string, path: string }}
 */
export function splitUrl(url) {
  const end = url.indexOf('/', AUTHORITY_FROM);
  if (end >= 0) {
    const origin = url.slice(0, end);
    const path = url.slice(end);
    if (origins.has(origin) && PLAIN.test(path)) return { origin, path };
  }
  const { origin, pathname, search } = new URL(url);
  if (origins.size >= ORIGINS_MAX) origins.clear();
  origins.add(origin);
  return { origin, path: pathname + search };
}

const AUTHORITY_FROM = 'https://'.length;
const ORIGINS_MAX = 1000;
const origins = new Set(); // that new URL() has given
/** Nothing that it would encode, and no segment that might be `.` or `..`. */
const PLAIN = /^(?:[\w~!$&()*+,;=:@?-]|[/.%](?![.%]))*$/;
