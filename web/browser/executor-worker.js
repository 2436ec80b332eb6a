/** What the workers of runInExecutor() run. */
import { runCall } from '../loop/run-call.js';

/** A function may end what it does with it; the worker is for the next one, too. */
globalThis.close = () => {};

addEventListener('message', async ({ data }) => {
  const { id } = data;
  try {
    const value = await runCall(data);
    postMessage({ id, value });
  } catch (exception) {
    try {
      postMessage({ id, failed: true, exception });
    } catch {
      postMessage({ id, failed: true, exception: new Error(String(exception)) }); // it can't be cloned
    }
  }
});
