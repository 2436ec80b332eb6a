import { createHash } from 'node:crypto';
import { ALGORITHMS } from '../options.js';
import { SaveError } from './save-error.js';

/** What is known of a body by its bytes: its checksum, and what that should be. */
export class Checksum {
  /** For the algorithm's own use. */
  hash;
  #algorithm;
  #expected;

  /**
   * @param {string | undefined} algorithm
   * @param {unknown} expected as a list has it: 'sha256:…', or as aria2's 'sha-256=…'
   * @param {string} url
   * @returns {Checksum | null} null: nobody wants one
   */
  static for(algorithm, expected, url) {
    if (expected === undefined) return algorithm ? new Checksum(algorithm, null) : null;
    const [, name, digits] = /^(\w+(?:-\d+)?)[:=]([\da-f]+)$/i.exec(String(expected)) ?? [];
    const known = name?.toLowerCase().replace('-', '');
    if (!ALGORITHMS.includes(known)) {
      const reason = `a checksum is such as sha256:… in hexadecimal (${ALGORITHMS.join(', ')})`;
      throw new SaveError(url, reason, { code: 'ECHECKSUM', about: String(expected), exitCode: 43 });
    }
    return new Checksum(known, digits.toLowerCase());
  }

  constructor(algorithm, expected) {
    this.hash = createHash(algorithm);
    this.#algorithm = algorithm;
    this.#expected = expected;
  }

  /** @param {string} url @returns {Record<string, string>} its field of a record */
  check(url) {
    const digits = this.hash.digest('hex');
    if (this.#expected === null || digits === this.#expected) return { [this.#algorithm]: digits };
    const about = `${this.#algorithm} ${digits}`;
    throw new SaveError(url, "the checksum isn't the one that was given", { code: 'ECHECKSUM', about, exitCode: 56 });
  }
}
