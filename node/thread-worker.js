/** What piscina's threads run. */
import { runCall } from '../web/loop/run-call.js';

/** @param {import('../web/loop/executor.js').Call} call */
export default async function run(call) {
  try {
    return { value: await runCall(call) };
  } catch (exception) {
    if ((exception ?? null) === null) return { thrown: exception }; // which piscina takes for none
    // A DOMException, such as an abort's, loses all that it says between threads of Node 20.
    if (!(exception instanceof DOMException)) throw exception;
    throw new Error(`${exception.name}: ${exception.message}`);
  }
}
