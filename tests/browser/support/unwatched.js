/** How long a page may take to answer. */
const PATIENCE_MS = 120_000;

/**
 * A page whose requests nobody listens to: playwright's own pages report each one to it, which costs the browser more than
 * the request itself does. Of what DevTools can do only Runtime.evaluate is used, unless the caller asks for more.
 * @param {import('playwright-core').Browser} browser
 * @param {string} url
 */
export async function openUnwatched(browser, url) {
  const devTools = await browser.newBrowserCDPSession();
  // Not of one of playwright's contexts, which would attach to it.
  const { targetId } = await devTools.send('Target.createTarget', { url: 'about:blank' });
  const { sessionId } = await devTools.send('Target.attachToTarget', { targetId, flatten: false });
  const asked = new Map();
  const listeners = new Map();
  let count = 0;
  devTools.on('Target.receivedMessageFromTarget', ({ sessionId: from, message }) => {
    if (from !== sessionId) return;
    const { id, method, params, result, error } = JSON.parse(message);
    if (method) listeners.get(method)?.(params);
    else if (error) asked.get(id)?.reject(new Error(error.message));
    else asked.get(id)?.resolve(result);
    asked.delete(id);
  });

  function send(method, params = {}) {
    return new Promise((resolve, reject) => {
      const id = ++count;
      const timer = setTimeout(() => reject(new Error(`${method}: no answer in ${PATIENCE_MS} ms`)), PATIENCE_MS);
      const settle = (how) => (value) => {
        clearTimeout(timer);
        how(value);
      };
      asked.set(id, { resolve: settle(resolve), reject: settle(reject) });
      devTools.send('Target.sendMessageToTarget', { sessionId, message: JSON.stringify({ id, method, params }) });
    });
  }

  /** As playwright's page.evaluate(). */
  async function evaluate(fn, given) {
    const expression = `(${fn})(${JSON.stringify(given)})`;
    const options = { expression, awaitPromise: true, returnByValue: true };
    const { result, exceptionDetails } = await send('Runtime.evaluate', options);
    if (exceptionDetails) throw new Error(exceptionDetails.exception?.description ?? exceptionDetails.text);
    return result.value;
  }

  await send('Page.enable');
  const loaded = new Promise((resolve) => listeners.set('Page.loadEventFired', resolve));
  await send('Page.navigate', { url });
  await loaded;
  await send('Page.disable');

  return {
    send,
    evaluate,
    on: (method, listener) => listeners.set(method, listener),
    async close() {
      await devTools.send('Target.closeTarget', { targetId });
      await devTools.detach();
    },
  };
}
