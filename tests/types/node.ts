/** What a program in Node writes: it compiles, and what is wrong doesn't. Never run. */

import { createWriteStream } from 'node:fs';
import { pipeline } from 'node:stream/promises';
import {
  ClientError,
  ClientSession,
  Cookies,
  fetchAll,
  get,
  initialize,
  type Result,
  type SessionOptions,
} from 'fetchloop';
import * as inline from 'fetchloop/inline';
import { XMLHttpRequest } from 'fetchloop/xhr';

const options: SessionOptions = {
  limit: 50,
  baseUrl: new URL('https://api.example.com/'),
  timeout: { total: 60, connect: Infinity },
  retry: { limit: 2, statuses: [503] },
  rate: '100/s',
  headers: { accept: 'text/html' },
  auth: { bearer: 'abc' },
};

export async function everything() {
  await using session = await ClientSession.open({
    ...options,
    cookies: new Cookies(),
    cache: { type: 'shared' },
    http2: false,
    discardBodies: true,
  });
  const response: Response = await session.get('users', { params: { name: 'Ada', ids: [1, 2] }, priority: 1 });
  await session.post(new URL('https://example.com/'), { json: { a: 1 }, signal: AbortSignal.timeout(1000) });
  for await (const result of session.fetchAll(['a', new URL('https://example.com/')])) {
    const { index, url, status, error, timing }: Result = result;
    if (error instanceof ClientError)
      console.log(index, url, error.code.length, error.exitCode + 1, (timing.total ?? 0) + status);
  }
  for await (const { value, error } of session.map(['a'], (page, { status }) =>
    page.text().then((text) => [text, status] as const),
  )) {
    if (error) console.log(error.code, error.message);
    else console.log(value[0].length);
  }
  for await (const { url, status, response, error, timing } of session.fetchAll(['a'])) {
    if (error) console.log(url, error.code, error.message);
    else console.log(url, status, (await response.text()).length, timing.total);
  }
  for await (const result of session.fetchAll(['a'])) {
    if (result.error) console.log(result.error.exitCode);
    else console.log(result.response.history?.length);
  }
  await pipeline(await session.get('a', { stream: true }), createWriteStream('a'));
  for await (const { response } of session.fetchAll(['a'], { stream: true })) {
    for await (const chunk of response ?? []) console.log(chunk.byteLength);
  }
  await session.map(['a'], (page) => pipeline(page, createWriteStream('a'))).next();
  await session.get('a', { onDownloadProgress: ({ percent }) => console.log((percent ?? 0) * 100) });
  session.fetchAll(['a'], { onProgress: ({ done, total }) => console.log(done, total ?? '?') });
  const fetchLike: typeof fetch = session.fetch;
  await session.fetch('a', null);
  const { history } = await session.get('a', { signal: null, timeout: { total: false, connect: Infinity } });
  console.log(history?.map(({ status, method, url }) => `${method} ${url} ${status + 0}`));
  await session
    .get('a')
    .catch((error) => error instanceof ClientError && (error.status ?? 0) + (error.response?.status ?? 0));
  const running: number = session.stats().inFlight;
  const asked: string[] = session.tasks().map(({ url }) => url);
  await get('https://example.com/', { method: 'HEAD' });
  const requests = [{ url: 'https://example.com/', method: 'POST', json: { a: 1 } }, new URL('https://example.com/')];
  for await (const { response } of fetchAll(requests, { limit: 3, proxy: 'http://127.0.0.1:8080', cookies: true })) {
    for await (const chunk of response ?? []) console.log(chunk.byteLength);
  }
  initialize({ wasm: new Uint8Array() });
  new inline.ClientError({ code: 'FL_ENETWORK', message: '', exitCode: 56 }, '');
  return { response, fetchLike, running, asked, xhr: new XMLHttpRequest() };
}

export async function mistakes(session: ClientSession) {
  // @ts-expect-error: it needs a session, which lives as long
  await get('https://example.com/', { stream: true });
  // @ts-expect-error: a request's timeouts have codes of their own
  for await (const { error } of session.fetchAll([])) if (error?.code === 'FL_ETIMEOUT') console.log(error);
  // @ts-expect-error: there is none of that name
  await ClientSession.open({ limits: 50 });
  // @ts-expect-error: a number
  await ClientSession.open({ limit: '50' });
  // @ts-expect-error: a browser's, in a one-shot too
  fetchAll([], { pauseWhenHidden: true });
  // @ts-expect-error: a list is left by return() alone
  await fetchAll([]).throw(new Error());
  // @ts-expect-error: one of two words
  await ClientSession.open({ whenFull: 'explode' });
  // @ts-expect-error: a session is opened
  new ClientSession();
  // @ts-expect-error: no such option of a request
  await session.get('a', { limit: 1 });
  // @ts-expect-error: a host's, so the session's
  await session.get('a', { retry: { statuses: [503], budget: 1 } });
  // @ts-expect-error: URLs, not numbers
  session.fetchAll([1, 2]);
  // @ts-expect-error: a browser's
  await ClientSession.open({ pauseWhenHidden: true });
  // @ts-expect-error: of a list
  await session.get('a', { onProgress: () => {} });
  // @ts-expect-error: of that there is none
  session.fetchAll([], { onProgress: ({ percent }: { percent: number }) => percent });
  // @ts-expect-error: a promise of one
  const response: Response = session.get('a');
  // @ts-expect-error: results have an error or a response, and no body
  for await (const { body } of session.fetchAll([])) console.log(body);
  return response;
}
