/**
 * For a program that asks once: each call opens a session and closes it.
 * @template {import('./session.js').SessionResponse} R
 * @param {(options?: import('./session.js').SessionOptions) => Promise<import('./session.js').Session<R>>} open
 */
export function makeOneShots(open) {
  /**
   * @param {string | URL} url
   * @param {import('./session.js').RequestInit & { method?: string }} [given] not `stream`, which needs a session
   * @returns {Promise<R>} with its whole body
   */
  async function get(url, given) {
    const { method = 'GET', ...init } = given ?? {};
    if (init.stream)
      throw new TypeError('a streamed response needs a session, which lives as long: ClientSession.open()');
    const session = await open();
    try {
      return await session.request(method, url, init);
    } finally {
      await session.close();
    }
  }

  /**
   * @param {Iterable<string | URL> | AsyncIterable<string | URL>} urls
   * @param {import('./session.js').SessionOptions} [options]
   * @returns {AsyncGenerator<import('./session.js').Result<R>>} as ClientSession.fetchAll()
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
