/**
 * Pause a session while nobody looks, or nothing can be reached.
 * @param {{ setPaused: (who: string, paused: boolean) => unknown, over: AbortController }} session
 * @param {{ pauseWhenHidden?: boolean, pauseWhenOffline?: boolean }} options
 */
export function watchPage(session, { pauseWhenHidden = false, pauseWhenOffline = false }) {
  const { signal } = session.over;
  const isHidden = () => pauseWhenHidden && globalThis.document?.visibilityState === 'hidden';
  const isOffline = () => pauseWhenOffline && globalThis.navigator?.onLine === false;
  const pause = async () => session.setPaused('page', isHidden() || isOffline());
  const look = () => pause().catch(() => {}); // it is being closed
  if (pauseWhenHidden) globalThis.document?.addEventListener('visibilitychange', look, { signal });
  if (pauseWhenOffline) {
    globalThis.addEventListener('online', look, { signal });
    globalThis.addEventListener('offline', look, { signal });
  }
  if (pauseWhenHidden || pauseWhenOffline) look();
}
