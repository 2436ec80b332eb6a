import { lstat, mkdir, realpath, stat } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { UsageError } from '../usage-error.js';
import { Folder } from './folder.js';
import { folded, Listing } from './listing.js';
import { compileTemplate, MIRROR } from './name-template.js';
import { partOf } from './part-file.js';
import { safePath } from './safe-name.js';
import { SaveError, Skipped } from './save-error.js';

/**
 * Where a body goes.
 * @typedef {object} Target
 * @property {'file' | 'device' | 'stdout' | 'nowhere'} kind
 * @property {string} [path]
 * @property {string} [name] the same as the user would say it
 * @property {boolean} [exists]
 * @property {boolean} [isBegun] a run before has left some of it
 * @property {boolean} [replaces] what is there; else it must not be there
 * @property {number} [continues] of what is there so many bytes are to be kept
 */

/** Finds a file for each URL: by -o, -O, a template, or what the request itself says. No two get the same. */
export class Targets {
  #values;
  #folder;
  #nameOf;
  #listing = new Listing();
  #taken = new Set();
  #numbers = new Map(); // path -> the next to try

  /** @param {import('../parse.js').Values} values */
  static async open(values) {
    const dir = values['output-dir'];
    if (dir !== undefined) await openFolder(dir, values['create-dirs']);
    return new Targets(values);
  }

  constructor(values) {
    this.#values = values;
    this.#folder = new Folder(values['output-dir'] ?? '.');
    const template = values['output-name'] ?? (values['remote-name'] ? '{name}' : values['output-dir'] && MIRROR);
    this.#nameOf = template && !values.output ? compileTemplate(template) : null;
  }

  /**
   * @param {import('../../../web/given.js').BatchRequest} request
   * @param {number} urlnum
   * @returns {Promise<Target>} rejects with Skipped, a SaveError, or an error of the file system
   */
  async choose({ url, data }, urlnum) {
    const { output } = this.#values;
    if (data?.output !== undefined) return this.#ownFile(String(data.output), String(url));
    if (output) return this.#namedFile(output[Math.min(urlnum, output.length - 1)], data);
    if (!this.#nameOf || !URL.canParse(String(url))) return { kind: 'nowhere' };
    return this.#file(this.#nameOf({ url: new URL(url), id: data?.id, urlnum }));
  }

  /** What a list says may be a stranger's word. */
  #ownFile(name, url) {
    if (/^([/\\]|[a-z]:)/i.test(name) || name.split(/[/\\]/).includes('..') || safePath(name) === '') {
      throw new SaveError(url, 'its output leads out of the folder, or names no file', {
        code: 'EOUTPUT',
        about: name,
      });
    }
    return this.#file(safePath(name.replaceAll('\\', '/')));
  }

  async #file(name) {
    const path = await this.#folder.place(name);
    const shown = join(this.#values['output-dir'] ?? '.', name);
    return this.#unlessTaken(path, shown, this.#values.clobber || this.#values['etag-compare'] !== undefined);
  }

  /** By -o: the user's own word, with curl's #1 for what a glob was. */
  async #namedFile(template, data) {
    if (template === '-') return { kind: 'stdout' };
    const name = template.replace(/#(\d+)/g, (whole, n) => {
      const part = data?.globs?.[n - 1];
      return part === undefined ? whole : safePath(String(part)).replaceAll('/', '_');
    });
    const shown = join(this.#values['output-dir'] ?? '', name);
    if (shown === '/dev/null') return { kind: 'nowhere' };
    if (this.#values['create-dirs']) await mkdir(dirname(shown), { recursive: true });
    const there = await stat(shown).catch(() => null);
    if (there && !there.isFile() && !there.isDirectory()) return { kind: 'device', path: shown, name: shown };
    const path = there ? await realpath(shown) : resolve(shown); // a link stays one
    return this.#unlessTaken(path, shown, !this.#values['no-clobber']);
  }

  /** @returns {Promise<Target>} */
  async #unlessTaken(wanted, shown, replaces) {
    for (let number = this.#numbers.get(wanted) ?? 0; ; number++) {
      const end = number === 0 ? '' : `.${number}`;
      const path = wanted + end;
      if (this.#taken.has(folded(path))) continue;
      const there = (await this.#listing.has(path)) ? await lstat(path).catch(() => null) : null;
      if (there && this.#values['no-clobber']) continue;
      this.#taken.add(folded(path));
      if (number > 0) this.#numbers.set(wanted, number + 1);
      const isBegun = await this.#listing.has(partOf(path));
      return this.#asIs({ kind: 'file', path, name: shown + end, exists: there !== null, isBegun, replaces }, there);
    }
  }

  /** @returns {Target} */
  #asIs(target, there) {
    if (!there) return target;
    if (there.isDirectory()) throw Object.assign(new Error(), { syscall: 'open', code: 'EISDIR', path: target.name });
    if (this.#values['skip-existing']) throw new Skipped('the file exists', target.name);
    if (this.#values['continue-at'] && there.isFile()) return { ...target, replaces: true, continues: there.size };
    if (target.replaces) return target;
    throw Object.assign(new Error(), { syscall: 'open', code: 'EEXIST', path: target.name });
  }
}

async function openFolder(dir, creates) {
  try {
    if (creates) await mkdir(dir, { recursive: true });
    if ((await stat(dir)).isDirectory()) return;
    throw Object.assign(new Error(), { code: 'ENOTDIR' });
  } catch (error) {
    const why = { ENOENT: 'there is no such folder (--create-dirs makes it)', ENOTDIR: 'it is no folder' }[error.code];
    throw new UsageError(`--output-dir ${dir}: ${why ?? error.message.split(', ')[0]}`);
  }
}
