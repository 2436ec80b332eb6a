/** As node.ts, of what is a browser's. */
import { ClientSession, fetchAll, initialize } from 'fetchloop';

export async function everything() {
  await using session: ClientSession = await ClientSession.open({
    credentials: 'include',
    cache: 'no-store',
    pauseWhenHidden: true,
  });
  const paused: number = session.stats().queued;
  const remote = await ClientSession.open({ worker: true });
  const there: Promise<{ queued: number }> = remote.stats();
  for await (const { response } of fetchAll(['/a'], { limit: 2 })) console.log(await response?.blob());
  initialize({ wasm: fetch('/fetchloop.wasm') });
  return { paused, there };
}

export async function mistakes(session: ClientSession) {
  // @ts-expect-error: one of fetch()'s words
  await ClientSession.open({ cache: 'always' });
  // @ts-expect-error: Node's
  await ClientSession.open({ cookies: true });
  // @ts-expect-error: of its name there is none
  await session.fetchEverything([]);
  // @ts-expect-error: a URL, a response, the bytes or a module
  initialize({ wasm: null });
}
