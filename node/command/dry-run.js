import { RequestDefaults } from '../../web/request/request-init.js';
import { harmless, printableUrl } from '../../web/response/errors.js';
import { headersWithout } from '../wire/wire.js';
import { jsonLine } from './formats/jsonl.js';
import { isSecret } from './secrets.js';

/**
 * Print each request as it would be asked; nothing is sent.
 * @param {AsyncIterable<string | import('../../web/given.js').BatchRequest>} requests
 * @param {{ session: import('./settings.js').SessionOptions, init: object, signal: AbortSignal }} plan
 * @param {{ output: import('./output.js').Output, jsonl: boolean }} where
 * @returns {Promise<number>} how many can't be asked
 */
export async function dryRun(requests, { session, init, signal }, { output, jsonl }) {
  const defaults = new RequestDefaults({ headers: session.headers });
  let failed = 0;
  const all = (async () => {
    for await (const item of requests) {
      if (signal.aborted) break;
      const request = { ...init, ...(typeof item === 'string' ? { url: item } : item) };
      const described = describe(request, defaults, session.omitHeaders);
      if (described.error) failed++;
      await output.line(jsonl ? jsonLine(described) : textOf(described));
    }
  })();
  // The next may never come.
  await Promise.race([all, new Promise((resolve) => signal.addEventListener('abort', resolve, { once: true }))]);
  return failed;
}

function describe({ url, method = 'GET', data, ...init }, defaults, omitted) {
  const id = data?.id ?? null;
  try {
    init.signal?.throwIfAborted();
    if (!URL.canParse(url)) throw new TypeError('not a URL');
    const made = defaults.make(method, url, init);
    const pairs = [...Object.entries(headersWithout(omitted)), ...twos(defaults.headers), ...twos(made.headers)];
    const headers = {};
    for (const [name, value] of pairs) headers[name.toLowerCase()] = isSecret(name) && value !== null ? '…' : value;
    for (const name of Object.keys(headers)) if (headers[name] === null) delete headers[name];
    return { id, method: made.method, url: printableUrl(made.url), headers, body_bytes: made.body?.length ?? null };
  } catch (error) {
    return { id, method, url: printableUrl(String(url)), error: error.message };
  }
}

function twos(list) {
  return list.flatMap((name, i) => (i % 2 === 0 ? [[name, list[i + 1]]] : []));
}

function textOf({ method, url, headers, body_bytes: bytes, error }) {
  if (error) return `${method} ${url}\n  can't be asked: ${harmless(error)}`;
  const lines = Object.entries(headers).map(([name, value]) => `  ${name}: ${harmless(value)}`);
  if (bytes !== null) lines.push(`  a body of ${bytes} bytes`);
  return [`${method} ${url}`, ...lines].join('\n');
}
