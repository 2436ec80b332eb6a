import { asSaveError, SaveError } from './save-error.js';

const RANGE_ERROR = 33; // curl's

/** One body on its way to its place: begun anew, or gone on with where a run before was stopped. */
export class Download {
  #url;
  #name;
  #place;
  #checksum;
  #before; // what there is of it

  /**
   * @param {{ url: string, name?: string | null }} of `name`: of its file
   * @param {import('./part-file.js').PartFile} place or one of places.js
   * @param {import('./checksum.js').Checksum | null} checksum
   * @param {{ size: number, validator: string | null } | null} before
   */
  constructor({ url, name = null }, place, checksum, before) {
    this.#url = url;
    this.#name = name;
    this.#place = place;
    this.#checksum = checksum;
    this.#before = before;
  }

  /**
   * What asks for the rest. The last byte that there is comes again: a server has an answer then also when none is missing.
   * @returns {Record<string, string> | null} null: all of it is asked for
   */
  get headers() {
    if (!this.#before) return null;
    const { size, validator } = this.#before;
    const range = { range: `bytes=${size - 1}-`, 'accept-encoding': 'identity' };
    return validator === null ? range : { ...range, 'if-range': validator };
  }

  /**
   * @param {Response} response a stream
   * @returns {Promise<{ filename: string | null, fields: Record<string, string> }>} when it is saved
   */
  async receive(response) {
    try {
      await this.#begin(response);
      for await (const chunk of response) {
        this.#checksum?.hash.update(chunk);
        await this.#place.write(chunk);
      }
      const fields = await this.#check();
      await this.#place.end();
      return { filename: this.#name, fields };
    } catch (error) {
      await this.#place.leave().catch(() => {}); // the first error is the one to tell
      throw asSaveError(error, this.#url, this.#name);
    }
  }

  async #begin(response) {
    if (!this.#before || response.status === 200) {
      await this.#place.beginNew(memoOf(this.#url, response));
      return;
    }
    const at = this.#before.size - 1;
    const [, first] = /^bytes (\d+)-\d+\//.exec(response.headers.get('content-range') ?? '') ?? [];
    if (response.status !== 206 || Number(first) !== at || response.headers.has('content-encoding')) {
      const reason = "the server doesn't go on where it was stopped; what there is is kept";
      throw new SaveError(this.#url, reason, {
        code: 'ERANGE',
        about: `status ${response.status}`,
        exitCode: RANGE_ERROR,
      });
    }
    await this.#place.goOn(at, this.#checksum?.hash);
  }

  async #check() {
    try {
      return this.#checksum?.check(this.#url) ?? {};
    } catch (error) {
      await this.#place.remove();
      throw error;
    }
  }
}

const STRONG_AFTER_MS = 60_000;

/** How a server knows a body again byte by byte (RFC 9110, 8.8); null: it doesn't. */
function memoOf(url, { status, headers }) {
  if (status !== 200 || headers.has('content-encoding') || headers.get('accept-ranges') === 'none') return null;
  const etag = headers.get('etag');
  if (etag !== null) return etag.startsWith('"') ? { url, validator: etag } : null;
  const modified = headers.get('last-modified');
  const age = Date.parse(headers.get('date')) - Date.parse(modified);
  return modified !== null && age >= STRONG_AFTER_MS ? { url, validator: modified } : null;
}
