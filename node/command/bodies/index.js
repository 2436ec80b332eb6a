import { Checksum } from './checksum.js';
import { Download } from './download.js';
import { EtagStore } from './etag-store.js';
import { PartFile } from './part-file.js';
import { Device, Nowhere, StdoutBody } from './places.js';
import { asSaveError, Skipped } from './save-error.js';
import { Targets } from './targets.js';

/**
 * What became of a body.
 * @typedef {object} Saved
 * @property {string | null} filename
 * @property {string} [skipped] why it was not asked for
 * @property {Record<string, string | null>} fields of the record, besides
 */

/**
 * @param {import('../parse.js').Values} values
 * @param {import('../output.js').Output} output
 * @param {(status: number) => boolean} isWanted bodies of other statuses are left
 */
export async function openBodies(values, output, isWanted) {
  const compare = values['etag-compare'];
  const save = values['etag-save'];
  const targets = await Targets.open(values);
  const etags = compare === undefined && save === undefined ? null : await EtagStore.open({ compare, save });
  return new Bodies(values, { targets, etags, output, isWanted });
}

/** Whoever wants bodies: asks for them as streams, and brings each to its place. */
export class Bodies {
  #values;
  #targets;
  #etags;
  #output;
  #isWanted;
  #durable;
  #fields;
  #downloads = new WeakMap(); // request -> its Download

  constructor(values, { targets, etags, output, isWanted }) {
    this.#values = values;
    this.#targets = targets;
    this.#etags = etags;
    this.#output = output;
    this.#isWanted = isWanted;
    this.#durable = values.journal !== undefined || etags !== null; // somebody will say that it is there
    this.#fields = values.checksum ? { [values.checksum]: null } : {};
  }

  /**
   * As session.fetchAll(), each result when its body is in its place.
   * @param {import('../../index.js').ClientSession} session
   * @param {import('../../../web/given.js').Requests} requests
   * @param {{ init?: import('../../index.js').RequestInit & { method?: string }, numberOf?: (index: number) => number }}
   *   [options] `init`: as fetchAll()'s; `numberOf`: a request's place in the whole list, when it is fetched in parts
   * @returns {AsyncGenerator<import('../../index.js').Result & { saved: Saved }>}
   */
  async *results(session, requests, { init = {}, numberOf = (index) => index } = {}) {
    const take = (response, result) => this.#take(response, result);
    try {
      for await (const result of session.map(this.#prepared(requests, init, numberOf), take, init))
        yield this.#told(result);
    } finally {
      await this.#etags?.close();
    }
  }

  async *#prepared(requests, init, numberOf) {
    let index = 0;
    for await (const request of requests) yield this.#prepare(request, init, numberOf(index++));
  }

  /** A request that need not, or can't, be made is one that has been cancelled: it keeps its place in the list. */
  async #prepare(given, init, urlnum) {
    const isUrl = typeof given === 'string' || given instanceof URL;
    const request = isUrl ? { url: given } : { ...given };
    const url = String(request.url);
    let target = {};
    try {
      target = await this.#targets.choose(request, urlnum);
      const checksum = Checksum.for(this.#values.checksum, request.data?.checksum, url);
      if (target.kind === 'nowhere' && !checksum) {
        const asking = this.#asking(request, target, null, init);
        return asking === request ? given : asking;
      }
      const place = this.#placeOf(target);
      const isGet = (request.method ?? init.method ?? 'GET').toUpperCase() === 'GET';
      const before = (isGet && (await place.find?.(url, target))) || null;
      const download = new Download({ url, name: target.name }, place, checksum, before);
      const asking = this.#asking({ ...request, stream: true }, target, download.headers, init);
      this.#downloads.set(asking, download);
      return asking;
    } catch (error) {
      return { ...request, signal: AbortSignal.abort(asSaveError(error, url, error.path ?? target.name)) };
    }
  }

  /** With what asks for the rest of it, or whether it has changed. */
  #asking(request, { kind, exists }, rest, init) {
    const isThere = kind !== 'file' || exists;
    const changed = this.#etags?.compares && !rest && isThere ? this.#etags.headersFor(String(request.url)) : null;
    const more = rest ?? changed;
    return more ? { ...request, headers: withMore(request.headers ?? init.headers, more) } : request;
  }

  #placeOf({ kind, path, replaces }) {
    if (kind === 'file') return new PartFile(path, { replaces, durable: this.#durable });
    if (kind === 'device') return new Device(path);
    return kind === 'stdout' ? new StdoutBody(this.#output) : new Nowhere();
  }

  async #take(response, result) {
    if (!this.#isWanted(response.status)) return null;
    const download = response.status === 304 ? undefined : this.#downloads.get(result.request);
    const saved = download ? await download.receive(response) : null;
    if (this.#etags && response.ok) await this.#etags.add(result.url, response);
    return saved;
  }

  #told(result) {
    const { value, error } = result;
    if (error instanceof Skipped) {
      delete result.error;
      return Object.assign(result, { saved: { filename: error.path, skipped: error.message, fields: this.#fields } });
    }
    const filename = value?.filename ?? null;
    return Object.assign(result, { saved: { filename, fields: { ...this.#fields, ...value?.fields } } });
  }
}

/** @returns {[string, string][]} */
function withMore(headers, more) {
  const own = headers && !(Symbol.iterator in headers) ? Object.entries(headers) : [...(headers ?? [])];
  return [...own.filter(([name]) => !(name.toLowerCase() in more)), ...Object.entries(more)];
}
