/** What the tests of the loop begin with. */
import { EventLoop } from 'fetchloop/loop';

/** A loop that is closed when the test is over. */
export async function openLoop(t, options) {
  const loop = await EventLoop.open(options);
  t.after(() => loop.close());
  return loop;
}

/** What the loop's exception handler is told. */
export function reportsOf(loop) {
  const reports = [];
  loop.setExceptionHandler((_loop, report) => reports.push(report));
  return reports;
}

export const cancelled = { name: 'CancelledError', code: 'FL_ECANCELLED' };
export const timedOut = { name: 'TimeoutError', code: 'FL_ETIMEOUT' };
