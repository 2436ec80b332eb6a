/**
 * For a program that asks once: each call opens a session and closes it. What is exported has its own types on each platform.
 * @template {import('./response/result.js').SessionResponse} R
 * @template O the platform's options of a session
 * @param {(options?: O) => Promise<import('./session.js').Session<R>>} open
 */
export function makeOneShots(open) {
  /**
   * @param {string | URL} url
   * @param {import('./given.js').RequestInit & { method?: string }} [given] not `stream`, which needs a session
   * @returns {Promise<R>} with its whole body
   */
  async function get(url, given) {
    const { method = 'GET', signal, ...init } = given ?? {}; // a task has its signal from its class
    if (init.stream) throw new TypeError('stream needs a session: await ClientSession.open()');
    const session = await open();
    try {
      return await session.request(method, url, { ...init, signal });
    } finally {
      await session.close();
    }
  }

  /**
   * @param {import('./given.js').Requests} urls
   * @param {O} [options]
   * @returns {AsyncIterableIterator<import('./response/result.js').Result<R>>} as ClientSession.fetchAll()
   */
  async function* fetchAll(urls, options) {
    const session = await open(options);
    try {
      yield* session.fetchAll(urls);
    } finally {
      await session.close();
    }
  }

  return { get, fetchAll };
}
