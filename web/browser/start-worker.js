/**
 * Start a module worker. A page may not start one of another origin's, as from a CDN, but one of its own that imports that.
 * @param {() => Worker} start `new Worker(new URL('./file.js', import.meta.url), …)`, in the words that bundlers know
 * @param {string} base import.meta.url there
 * @param {string} file
 * @returns {Worker}
 */
export function startWorker(start, base, file) {
  try {
    return start();
  } catch (error) {
    if (error.name !== 'SecurityError') throw error;
    const code = new Blob([`import ${JSON.stringify(base.replace(/[^/]*$/, file))};`], { type: 'text/javascript' });
    return new Worker(URL.createObjectURL(code), { type: 'module', name: 'fetchloop' });
  }
}
