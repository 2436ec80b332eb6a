/** How far things are, for who asks to be told. */

/**
 * Of a response's body, in ky's words.
 * @typedef {object} DownloadProgress
 * @property {number} transferredBytes of the response that is being read: of a retry's from 0 again
 * @property {number | null} totalBytes null where the server doesn't tell, or, in a browser, where an encoding is undone
 * @property {number | null} percent from 0 to 1; null when the total is
 */

/**
 * Of a fetchAll() or map().
 * @typedef {object} ListProgress
 * @property {number} done have ended, well or not
 * @property {number} failed of these have an error
 * @property {number} queued wait for a place
 * @property {number} inFlight are on their way, or wait for a retry
 * @property {number | null} total null as long as it isn't known: until the last has been read of what has no length
 */

/**
 * @param {((progress: DownloadProgress) => void) | undefined} onDownloadProgress
 * @param {number} transferredBytes
 * @param {number | null} totalBytes
 */
export function tellDownload(onDownloadProgress, transferredBytes, totalBytes) {
  if (!onDownloadProgress) return;
  const percent = totalBytes === 0 ? 1 : totalBytes && Math.min(transferredBytes / totalBytes, 1);
  tell(onDownloadProgress, { percent, transferredBytes, totalBytes });
}

/** An error of the program's is the program's, and stops nothing here. */
export function tell(listener, progress) {
  try {
    listener(progress);
  } catch (error) {
    queueMicrotask(() => {
      throw error;
    });
  }
}

/** How many there will be, where that is known. @param {object} requests @returns {number | null} */
export function lengthOf(requests) {
  return /** @type {any} */ (requests).length ?? /** @type {any} */ (requests).size ?? null;
}
