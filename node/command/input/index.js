/** What the command is given to fetch, in order: arguments, files, sitemaps; read as it is asked for. */
import { UsageError } from '../usage-error.js';
import { readLines } from './lines.js';
import { openSource, STDIN } from './source.js';

/** What reads each format: loaded when there is such a list. */
const READERS = {
  lines: async () => readLines,
  csv: async () => csvReader(false),
  tsv: async () => csvReader(true),
  ndjson: async () => (await import('./ndjson.js')).readNdjson,
  sitemap: async () => {
    const { readSitemapFile } = await import('./sitemap.js');
    return (source, { session, secrets }) => readSitemapFile(source, session, secrets);
  },
};

const EXTENSIONS = { csv: 'csv', tsv: 'tsv', xml: 'sitemap', ndjson: 'ndjson', jsonl: 'ndjson' };

async function csvReader(tabs) {
  const { readCsv } = await import('./csv.js');
  return (source, { column }) => readCsv(source, { column, tabs });
}

/**
 * Files are opened before anything is fetched, so that a wrong name stops the command while nothing has happened.
 * @param {string[]} urls '-' is stdin
 * @param {import('../parse.js').Values} values
 * @param {import('../given-secrets.js').Secrets | null} [secrets] that what sitemaps on the network name is not to get
 * @returns {Promise<(session: import('./sitemap.js').Fetcher) => AsyncGenerator<string | import('../../../web/given.js').BatchRequest>>}
 *   rejects with a UsageError that names the file; so does the list when reading on fails. The session is what sitemaps on
 *   the network are fetched with
 */
export async function openList(urls, values, secrets = null) {
  const { unique, globoff, column, sitemap = [], 'input-file': files = [], 'input-format': format } = values;
  const expand = globoff || !urls.some((url) => /[[\]{}]/.test(url)) ? null : (await import('./glob.js')).expand;
  if (expand) for (const url of urls) expand(url); // what is wrong with one is said at once
  assertColumn(column, [...urls.filter((url) => url === '-'), ...files], format);
  const sources = [];
  for (const file of files) sources.push(await openSource(file));
  const leaveOutSame = unique ? (await import('./unique.js')).unique : (list) => list;
  const readSitemap = sitemap.length > 0 ? (await import('./sitemap.js')).readSitemap : null;
  return (session) => leaveOutSame(list(session));

  async function* list(session) {
    for (const url of urls) {
      if (url === '-') yield* read(STDIN, session);
      else if (expand) yield* expand(url);
      else yield url;
    }
    for (const source of sources) yield* read(source, session);
    for (const url of sitemap) yield* readSitemap(url, session, secrets);
  }

  async function* read(source, session) {
    const reader = await READERS[format ?? formatOf(source.name)]();
    yield* reader(source, { column, session, secrets });
  }
}

function assertColumn(column, names, format) {
  if (column === undefined || names.some((name) => ['csv', 'tsv'].includes(format ?? formatOf(name)))) return;
  throw new UsageError('--column is of a CSV file, and there is none: -i FILE.csv, or --input-format csv');
}

function formatOf(name) {
  return EXTENSIONS[name.toLowerCase().match(/\.([a-z]+)(?:\.gz)?$/)?.[1]] ?? 'lines';
}
