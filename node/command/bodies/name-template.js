import { UsageError } from '../usage-error.js';
import { safeName, safePath, shortHash } from './safe-name.js';

/** As a mirror has it: no two URLs of one name, or nearly. */
export const MIRROR = '{host}/{path}{query}';
const INDEX = 'index.html';

/** @type {Record<string, (asked: { url: URL, id: unknown, urlnum: number }) => string>} */
const VARIABLES = {
  scheme: ({ url }) => url.protocol.slice(0, -1),
  host: ({ url }) => safeName(url.host),
  path: ({ url }) => safePath(`${dirOf(url)}/${nameOf(url)}`),
  dir: ({ url }) => safePath(dirOf(url)) || '_',
  name: ({ url }) => safeName(nameOf(url)),
  stem: ({ url }) => safeName(nameOf(url).replace(EXTENSION, '')),
  ext: ({ url }) => EXTENSION.exec(nameOf(url))?.[0] ?? '',
  query: ({ url }) => (url.search ? safeName(`@${url.search.slice(1)}`) : ''),
  hash: ({ url }) => shortHash(url.href),
  urlnum: ({ urlnum }) => String(urlnum),
  id: ({ id, urlnum }) => safeName(String(id ?? urlnum)),
};

const EXTENSION = /\.[A-Za-z0-9]{1,10}$/;

/**
 * A template of file names. Its own text is the user's, and may have folders; what a URL brings is made safe.
 * @param {string} template such as '{host}/{name}'
 * @returns {(asked: { url: URL, id: unknown, urlnum: number }) => string} a relative path
 */
export function compileTemplate(template) {
  for (const [, name] of template.matchAll(/\{([^}]*)\}/g)) {
    if (Object.hasOwn(VARIABLES, name)) continue;
    const all = Object.keys(VARIABLES).map((known) => `{${known}}`);
    throw new UsageError(`--output-name knows no {${name}}: there are ${all.join(', ')}`);
  }
  // Once more as a whole: a long query at the end of a name makes it too long.
  return (asked) => safePath(template.replace(/\{([^}]*)\}/g, (_, name) => VARIABLES[name](asked)));
}

/** The last part of the path, as curl -O has it: percent-encoded as it is. @param {URL} url */
export function nameOf({ pathname }) {
  return pathname.slice(pathname.lastIndexOf('/') + 1) || INDEX;
}

function dirOf({ pathname }) {
  return pathname.slice(0, pathname.lastIndexOf('/'));
}
