import { open, rename } from 'node:fs/promises';
import { printable } from '../../../web/response/errors.js';
import { isReplaceable } from '../../is-replaceable.js';
import { jsonLine } from '../formats/jsonl.js';
import { UsageError } from '../usage-error.js';
import { detailsOf } from './finished.js';
import { GroupCommit } from './group-commit.js';

/**
 * What failed, and what was cancelled, as a list that the command reads: an object a line. The file takes its name at the
 * end, so that a run may read the failures of the one before from the file that it writes.
 * @param {string} path
 * @returns {Promise<import('../run.js').Sink>}
 */
export async function failuresFile(path) {
  const part = `${path}.part`;
  const handle = await attempt(async () => {
    if (!(await isReplaceable(path))) throw new Error('it is no file');
    return open(part, 'w', 0o600);
  });
  const group = new GroupCommit((text) => attempt(() => handle.appendFile(text)));
  return {
    onRecord(record, { request }) {
      if (record.exitcode === 0) return undefined;
      return group.add(`${jsonLine({ url: record.url, method: record.method, ...detailsOf(request) })}\n`, null);
    },
    async onEnd() {
      await group.flush();
      await attempt(() => rename(part, path));
    },
    onClose: () => handle.close(),
  };

  async function attempt(what) {
    try {
      return await what();
    } catch (error) {
      throw new UsageError(`can't write the failures ${printable(path)}: ${error.message.split(', ')[0]}`, 1);
    }
  }
}
