/**
 * Results, each with what a function makes of its response: as they end, `limit` functions at a time at most.
 * @template T
 * @template {import('./response/result.js').SessionResponse} R
 * @param {AsyncIterator<import('./response/result.js').Result<R>>} results
 * @param {(response: R, result: any) => T | Promise<T>} fn not called for a result with an error; when it throws, that is
 *   the result's error, but for a CancelledError: that ends the list, whose loop throws it
 * @param {number} limit
 * @returns {AsyncGenerator<import('./response/result.js').MapResult<T, R>>} as a generator's, but that return() waits for
 *   no next() before it
 */
export function mapResults(results, fn, limit) {
  const mapped = [];
  let running = 0;
  let isReading = false;
  let isOver = false; // the source is,
  /** @type {any} */
  let failure = null; // or has thrown: what it gave before comes first
  let isCancelled = false; // one of its functions was, with the task that reads it
  let isLeft = false;
  let wake = (_nothing) => {};
  const fail = (error) => {
    isOver = true;
    failure ??= { error };
  };
  const run = async (result) => {
    running++;
    try {
      mapped.push(await mapResult(result, fn));
    } catch (error) {
      fail(error);
      isCancelled = true;
    }
    running--;
    wake();
  };
  const read = async () => {
    isReading = true;
    try {
      while (!isOver && running + mapped.length < limit) {
        const { done, value } = await results.next();
        if (done || isCancelled) isOver = true;
        else run(value);
      }
    } catch (error) {
      fail(error);
    }
    isReading = false;
    wake();
  };
  const generate = async function* () {
    try {
      while (!isLeft && !isCancelled) {
        if (!isReading && !isOver) read();
        if (mapped.length > 0) yield mapped.shift();
        else if (!isReading && running === 0 && isOver) break;
        else
          await new Promise((resolve) => {
            wake = resolve;
          });
      }
      if (failure) throw failure.error;
    } finally {
      await results.return();
    }
  };
  const generator = generate();
  const leave = generator.return.bind(generator);
  return Object.assign(generator, {
    async return(value) {
      isLeft = true;
      wake();
      const left = leave(value);
      await results.return(); // what nobody has begun runs nothing of its own
      return left;
    },
  });
}

async function mapResult(result, fn) {
  if (result.error) return result;
  let made;
  try {
    made = { value: await fn(result.response, result) };
  } catch (error) {
    if (error?.name === 'CancelledError') throw error;
    made = { error: error || new Error(`fn threw ${error}`) }; // none would look like success
  }
  if (result.ended) {
    result.leave(); // what it left of a streamed body is nobody's
    await result.ended;
    delete result.error; // whatever became of that
  }
  return Object.assign(result, made);
}
