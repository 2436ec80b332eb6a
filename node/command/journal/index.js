import { open, realpath, rename } from 'node:fs/promises';
import { dirname } from 'node:path';
import { printable, printableUrl } from '../../../web/response/errors.js';
import { methodOf } from '../records.js';
import { syncFolder } from '../sync-folder.js';
import { UsageError } from '../usage-error.js';
import { lineOf, markOf, readFinished, recordOf, requestOf } from './finished.js';
import { GroupCommit } from './group-commit.js';
import { linesOf } from './lines.js';
import { lock } from './lock-file.js';

/**
 * What has ended, on disk, so that the same command goes on with the rest, whatever ended it. The journal is the record
 * set: each line is a record, of another URL of the list. A record is on the disk before anyone is told of it; what was
 * cancelled has not ended, and isn't in it.
 */
export class Journal {
  #path;
  #handle;
  #unlock;
  #marks = []; // urlnum -> markOf(its request), of what has ended
  #size = 0; // how many
  #numbers = []; // of those that are asked for now: fetchAll()'s index -> urlnum
  #again = []; // the requests that retry() gives
  #replaced = 0; // records that a later one replaces
  /** Of the runs before. */
  failed = 0;

  /**
   * @param {string} path
   * @param {{ again?: boolean }} [options] again: what failed has not ended
   */
  static async open(path, { again = false } = {}) {
    const journal = new Journal();
    try {
      journal.#handle = await open(path, 'a+', 0o600);
      journal.#path = await realpath(path);
      if (!(await journal.#handle.stat()).isFile()) throw new Error('it is no file');
    } catch (error) {
      await journal.#handle?.close();
      throw cannot('open', path, error);
    }
    try {
      journal.#unlock = await lock(journal.#path);
      await journal.#read(again);
      await syncFolder(dirname(journal.#path));
    } catch (error) {
      await journal.close();
      throw error instanceof UsageError ? error : cannot('read', path, error);
    }
    return journal;
  }

  async #read(again) {
    const failed = new Map(); // urlnum -> its request
    await readFinished(this.#handle, this.#path, (record) => {
      const { urlnum, url, method, exitcode } = record;
      if (this.#marks[urlnum] === undefined) this.#size++;
      else this.#replaced++;
      this.#marks[urlnum] = markOf(method, url);
      if (exitcode === 0) failed.delete(urlnum);
      else failed.set(urlnum, again ? requestOf(record) : null);
    });
    if (!again) {
      this.failed = failed.size;
      return;
    }
    this.#again = [...failed];
    this.#size -= failed.size;
  }

  /** How many had ended before. */
  get size() {
    return this.#size;
  }

  /** What of a list has not ended. @param {import('../../index.js').Requests} requests */
  async *rest(requests) {
    let urlnum = 0;
    let met = 0;
    for await (const request of requests) {
      const mark = this.#marks[urlnum];
      if (mark === undefined) {
        this.#numbers.push(urlnum);
        yield request;
      } else {
        const url = String(request.url ?? request);
        if (mark !== markOf(methodOf(request), url))
          throw this.#changed(`number ${urlnum} was not ${printableUrl(url)}`);
        met++;
      }
      urlnum++;
    }
    if (met < this.#size) throw this.#changed(`it has ended before ${this.#size - met} that the journal has`);
  }

  #changed(how) {
    const path = printable(this.#path);
    return new UsageError(
      `the list is not the one that ${path} was begun with: ${how}; give that list, or a new journal`,
    );
  }

  /** What failed, as requests. */
  *retry() {
    for (const [urlnum, request] of this.#again) {
      this.#numbers.push(urlnum);
      this.#replaced++;
      yield request;
    }
  }

  /** @param {number} index of what rest() or retry() gave @returns {number} its place in the list */
  numberOf(index) {
    return this.#numbers[index];
  }

  /**
   * @param {import('../run.js').Sink[]} sinks who is told of a record when it is on disk, and of all else
   * @returns {import('../run.js').Sink}
   */
  before(sinks) {
    const group = new GroupCommit(async (text, items) => {
      if (text !== '') await this.#append(text);
      for (const [record, result] of items) for (const sink of sinks) await sink.onRecord?.(record, result);
    });
    const tell = async (what, ...args) => {
      for (const sink of sinks) await sink[what]?.(...args);
    };
    return {
      onStart: (...args) => tell('onStart', ...args),
      onRecord(record, result) {
        const ended = result.error?.code !== 'FL_ECANCELLED';
        return group.add(ended ? lineOf(record, result) : '', [record, result]);
      },
      ...(sinks.some((sink) => sink.onTrace) && { onTrace: (event) => tell('onTrace', event) }),
      async onEnd(outcome) {
        await group.flush();
        await tell('onEnd', outcome);
      },
      async onClose() {
        await group.flush().catch(() => {}); // it has been thrown already, or will be
        await tell('onClose');
      },
    };
  }

  async #append(text) {
    try {
      await this.#handle.appendFile(text);
      await this.#handle.datasync();
    } catch (error) {
      throw cannot('write', this.#path, error);
    }
  }

  async close() {
    if (this.#replaced > 0) await this.#compact();
    await this.#handle.close();
    this.#unlock?.();
  }

  /** Leave out what a later record replaces: in a new file that takes the old one's place when it is whole. */
  async #compact() {
    const last = []; // urlnum -> the number of its last line
    let number = 0;
    await readFinished(this.#handle, this.#path, ({ urlnum }) => {
      last[urlnum] = number++;
    });
    const path = `${this.#path}.new`;
    const compacted = await open(path, 'w', 0o600);
    const group = new GroupCommit((text) => compacted.appendFile(text));
    number = 0;
    for await (const { text } of linesOf(this.#handle)) {
      if (last[recordOf(text).urlnum] === number++) await group.add(`${text}\n`, null);
    }
    await group.flush();
    await compacted.datasync();
    await compacted.close();
    await rename(path, this.#path);
    await syncFolder(dirname(this.#path));
  }
}

function cannot(what, path, error) {
  const why = error.code === 'ENOENT' ? 'there is no such folder' : error.message.split(', ')[0];
  return new UsageError(`can't ${what} the journal ${printable(path)}: ${why}`, 1);
}
