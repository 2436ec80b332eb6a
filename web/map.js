/**
 * Results, each with what a function makes of its response: as they end, `limit` functions at a time at most.
 * @template T
 * @param {AsyncIterator<import('./session.js').Result>} results
 * @param {(response: Response, result: import('./session.js').Result) => T | Promise<T>} fn not called for a result with an
 *   error; when it throws, that is the result's error
 * @param {number} limit
 * @returns {AsyncGenerator<import('./session.js').Result & { value?: T }>}
 */
export async function* mapResults(results, fn, limit) {
  const ended = [];
  let running = 0;
  let failure = null; // the source's: what it gave before comes first
  let wake = (_nothing) => {};
  const begin = async () => {
    running++;
    ended.push(await mapNext(results, fn));
    running--;
    wake();
  };
  try {
    for (let i = 0; i < limit; i++) begin();
    while (running + ended.length > 0) {
      if (ended.length === 0) {
        await new Promise((resolve) => {
          wake = resolve;
        });
      }
      const { done, value, thrown } = ended.shift();
      failure ??= thrown;
      if (done || thrown) continue;
      begin();
      yield value;
    }
    if (failure) throw failure.error;
  } finally {
    await results.return();
  }
}

async function mapNext(results, fn) {
  try {
    const { done, value: result } = await results.next();
    return { done, value: done ? undefined : await mapResult(result, fn) };
  } catch (error) {
    return { thrown: { error } }; // by the source of the URLs
  }
}

async function mapResult(result, fn) {
  if (result.error) return result;
  try {
    const value = await fn(result.response, result);
    await endOf(result);
    delete result.error; // whatever became of a body that it left
    return Object.assign(result, { value });
  } catch (error) {
    await endOf(result);
    return Object.assign(result, { error });
  }
}

/** A streamed body that the function left unread is nobody's. */
async function endOf({ response, ended }) {
  if (ended && !response.bodyUsed) await response.body?.cancel();
  await ended;
}
