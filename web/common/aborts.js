/**
 * Who is to be told when a signal aborts. Each signal has one listener, however many requests it is given to: an EventTarget goes
 * through all that it has for each one more, and Node warns of a leak at the eleventh.
 */
const told = new Map(); // AbortSignal -> Set of functions

/** @param {AbortSignal | undefined} signal when it has aborted, it is told at once @param {() => void} tell */
export function onceAborted(signal, tell) {
  if (!signal) return;
  if (signal.aborted) return tell();
  if (!told.has(signal)) {
    told.set(signal, new Set());
    signal.addEventListener('abort', tellAll, { once: true });
  }
  told.get(signal).add(tell);
}

/** @param {AbortSignal | undefined} signal @param {() => void} tell as it was given */
export function forgetAborted(signal, tell) {
  const all = told.get(signal);
  if (!all?.delete(tell) || all.size > 0) return;
  told.delete(signal);
  signal.removeEventListener('abort', tellAll);
}

/** Why a request that it may have been called off by has ended: the signal's reason, if that is one. */
export function reasonOf(signal, error) {
  return (signal?.aborted && signal.reason) || error;
}

/** `target`, for in Node 20 `currentTarget` is null once another listener has aborted a signal of its own. */
function tellAll({ target: signal }) {
  const all = told.get(signal) ?? []; // another listener may have ended the last of them
  told.delete(signal);
  for (const tell of all) tell();
}
