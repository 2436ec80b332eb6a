/** What the workers of runInExecutor() run. */
import { runCall } from '../loop/run-call.js';

globalThis.onmessage = async ({ data }) => {
  try {
    const value = await runCall(data);
    postMessage({ value });
  } catch (exception) {
    try {
      postMessage({ failed: true, exception });
    } catch {
      postMessage({ failed: true, exception: new Error(String(exception)) }); // it can't be cloned
    }
  }
};
