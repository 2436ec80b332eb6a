/** As node.ts, of what is a browser's. */
import { ClientSession, fetchAll, initialize, type RemoteSession } from 'fetchloop';

export async function everything() {
  await using session: ClientSession = await ClientSession.open({
    credentials: 'include',
    cache: 'no-store',
    pauseWhenHidden: true,
  });
  const paused: number = session.stats().queued;
  const remote = await ClientSession.open({ worker: true });
  const there: Promise<{ queued: number }> = remote.stats();
  const response: Response = await remote.request('GET', new URL('https://example.com/'));
  await remote.setCrawlDelay('/a', 1);
  for await (const { error } of remote.fetchAll(['/a'], { stream: false })) console.log(error?.code, response.ok);
  await session.get('/a', { fetchInit: { keepalive: true, referrerPolicy: 'no-referrer' } });
  for await (const { response } of fetchAll(['/a'], { limit: 2 })) console.log(await response?.blob());
  initialize({ wasm: fetch('/fetchloop.wasm') });
  return { paused, there };
}

export async function mistakes(session: ClientSession, remote: RemoteSession) {
  // @ts-expect-error: bodies of a list come whole from a worker
  remote.fetchAll(['/a'], { stream: true });
  // @ts-expect-error: likewise
  remote.map(['/a'], () => {}, { stream: true });
  // @ts-expect-error: seconds
  await remote.setCrawlDelay('/a', '1');
  // @ts-expect-error: one of fetch()'s words
  await ClientSession.open({ cache: 'always' });
  // @ts-expect-error: Node's
  await ClientSession.open({ cookies: true });
  // @ts-expect-error: of its name there is none
  await session.fetchEverything([]);
  // @ts-expect-error: a URL, a response, the bytes or a module
  initialize({ wasm: null });
}
