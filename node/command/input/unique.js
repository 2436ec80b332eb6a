import { createHash } from 'node:crypto';

/**
 * The requests without those that come again: the same method, the same URL but for its spelling and fragment, the same
 * body. Of each a digest is kept.
 * @param {AsyncIterable<string | import('../../../web/given.js').BatchRequest>} requests
 */
export async function* unique(requests) {
  const seen = new Set();
  for await (const request of requests) {
    const digest = createHash('sha256').update(keyOf(request)).digest('latin1').slice(0, 16);
    if (seen.has(digest)) continue;
    seen.add(digest);
    yield request;
  }
}

function keyOf(request) {
  if (typeof request === 'string') return `GET ${normalized(request)}`;
  const { url, method = 'GET', params, body, json, form } = request;
  const key = `${method.toUpperCase()} ${normalized(String(url))}`;
  const isMore = [params, body, json, form].some((one) => one !== undefined);
  return isMore ? `${key} ${JSON.stringify([params, body, json, form])}` : key;
}

function normalized(text) {
  if (!URL.canParse(text)) return text;
  const url = new URL(text);
  url.hash = '';
  return url.href;
}
