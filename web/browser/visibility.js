/**
 * Pause a session while nobody looks, or nothing can be reached.
 * @param {{ setPaused: (who: string, paused: boolean) => unknown }} session
 * @param {{ pauseWhenHidden?: boolean, pauseWhenOffline?: boolean }} options
 * @returns {() => void} stop it
 */
export function watchPage(session, { pauseWhenHidden = false, pauseWhenOffline = false }) {
  const watched = new AbortController();
  const { signal } = watched;
  const isHidden = () => pauseWhenHidden && globalThis.document?.visibilityState === 'hidden';
  const isOffline = () => pauseWhenOffline && globalThis.navigator?.onLine === false;
  const look = () => session.setPaused('page', isHidden() || isOffline());
  if (pauseWhenHidden) globalThis.document?.addEventListener('visibilitychange', look, { signal });
  if (pauseWhenOffline) {
    globalThis.addEventListener('online', look, { signal });
    globalThis.addEventListener('offline', look, { signal });
  }
  if (pauseWhenHidden || pauseWhenOffline) look();
  return () => watched.abort();
}
