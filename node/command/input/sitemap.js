import { StringDecoder } from 'node:string_decoder';
import { SaxesParser } from 'saxes';
import { printable, printableUrl } from '../../../web/response/errors.js';
import { Refusal, refused } from '../refusal.js';
import { UsageError } from '../usage-error.js';
import { URL_CHARACTERS_MAX } from './lines.js';
import { gunzipped } from './source.js';

/** Of indexes within indexes. The protocol has none, sites do. */
const DEPTH_MAX = 5;

/** sitemaps.org allows 50 MB. Of one from the network, unzipped, four times that is read. */
const BYTES_MAX = 200 * 1024 * 1024;

const FAILURE = { code: 'SITEMAP', reason: "a sitemap can't be read", exitCode: 8 }; // curl's CURLE_WEIRD_SERVER_REPLY

/** @typedef {Pick<import('../../../web/session.js').Session, 'get'> | null} Fetcher null: nothing is to be sent */

/**
 * What a sitemap in a file has, and, where it is an index, those that it names.
 * @param {import('./source.js').Source} source
 * @param {Fetcher} session
 * @param {import('../given-secrets.js').Secrets | null} secrets
 */
export async function* readSitemapFile(source, session, secrets) {
  try {
    for await (const { url, isSitemap } of locations(source.read())) {
      if (isSitemap) yield* readSitemap(url, session, secrets);
      else yield url;
    }
  } catch (error) {
    throw error instanceof XmlError ? new UsageError(`${source.name}: ${error.message}`) : error;
  }
}

/**
 * What a sitemap on the network has, and, where it is an index, those that it names. Secrets are for its own origin: what
 * it names elsewhere doesn't get them.
 * @param {string} url
 * @param {Fetcher} session
 * @param {import('../given-secrets.js').Secrets | null} secrets
 */
export async function* readSitemap(url, session, secrets) {
  if (session === null) yield url;
  else yield* new Sitemaps(url, session, secrets).all(url, 1);
}

/** Those that are found from one. */
class Sitemaps {
  #origin;
  #session;
  #secrets;
  #seen = new Set();

  constructor(url, session, secrets) {
    this.#origin = originOf(url);
    this.#session = session;
    this.#secrets = secrets;
  }

  /** One that can't be read is a failure in the URLs' place, and stops nothing. */
  async *all(url, depth) {
    if (this.#seen.has(url)) return;
    this.#seen.add(url);
    try {
      for await (const found of locations(await this.#bytes(url))) {
        if (!found.isSitemap) yield this.#requestOf(found.url);
        else if (depth === DEPTH_MAX) throw new XmlError(`sitemaps within sitemaps, more than ${DEPTH_MAX} deep`);
        else yield* this.all(found.url, depth + 1);
      }
    } catch (error) {
      yield refused(url, failureOf(url, error));
    }
  }

  #requestOf(url) {
    return this.#secrets && originOf(url) !== this.#origin ? { url, ...this.#secrets.without } : url;
  }

  /** As a whole: reading it as slowly as the list is used would keep one of the session's places, perhaps its only one. */
  async #bytes(url) {
    const isForeign = originOf(url) !== this.#origin;
    const how = isForeign ? this.#secrets?.without : { auth: this.#secrets?.auth };
    const response = await this.#session.get(url, { ...how, ...WHOLE, raiseForStatus: true });
    const bytes = Buffer.from(await response.arrayBuffer());
    return bytes[0] === 0x1f && bytes[1] === 0x8b ? bounded(await gunzipped(pieces(bytes))) : pieces(bytes);
  }
}

const originOf = (url) => (URL.canParse(url) ? new URL(url).origin : null);

/** The session drops bodies that are no streams. */
const WHOLE = { stream: true, bodyMax: BYTES_MAX };

const PIECE = 64 * 1024;

async function* pieces(bytes) {
  for (let at = 0; at < bytes.length; at += PIECE) yield bytes.subarray(at, at + PIECE);
}

async function* bounded(chunks) {
  let left = BYTES_MAX;
  for await (const chunk of chunks) {
    left -= chunk.length;
    if (left < 0) throw new XmlError(`more than ${BYTES_MAX} bytes, unzipped`);
    yield chunk;
  }
}

class XmlError extends Error {}

/** @returns {AsyncGenerator<{ url: string, isSitemap: boolean }>} */
async function* locations(chunks) {
  const decoder = new StringDecoder('utf8');
  const parser = new SaxesParser({ position: true });
  let found = [];
  let text = '';
  const path = []; // names, without their prefixes
  parser.on('opentag', ({ name }) => {
    path.push(name.replace(/^.*:/, ''));
    if (path.length === 1 && !ROOTS.includes(path[0])) throw new XmlError(`<${printable(name)}> is no sitemap`);
    text = '';
  });
  const onText = (more) => {
    if (path.length === 3 && path[2] === 'loc' && text.length < URL_CHARACTERS_MAX) text += more;
  };
  parser.on('text', onText);
  parser.on('cdata', onText);
  parser.on('closetag', () => {
    const [, entry, last] = path;
    // One of <image:loc> or <video:content_loc> stands deeper, or is called otherwise.
    if (path.length === 3 && last === 'loc' && ENTRIES.includes(entry) && text.trim() !== '') {
      found.push({ url: text.trim(), isSitemap: entry === 'sitemap' });
    }
    path.pop();
  });
  parser.on('error', ({ message }) => {
    throw new XmlError(`no well-formed XML: ${printable(message)}`);
  });
  for await (const chunk of chunks) {
    parser.write(decoder.write(chunk));
    yield* found;
    found = [];
  }
  parser.write(decoder.end());
  parser.close();
  yield* found;
}

const ROOTS = ['urlset', 'sitemapindex'];
const ENTRIES = ['url', 'sitemap'];

function failureOf(url, error) {
  if (error.exitCode) return new Refusal(`the sitemap ${error.message}`, error);
  const why = error instanceof XmlError ? error.message : (error.code ?? printable(error.message));
  return new Refusal(`the sitemap ${printableUrl(url)}: ${why}`, FAILURE);
}
