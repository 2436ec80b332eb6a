/**
 * A request as middleware has it. A task of the loop may be given for its signal, which it has from its class.
 * @param {string} method @param {string | URL} url @param {any} init
 */
export function makeRequest(method, url, init) {
  for (const name of ['method', 'url']) {
    if (init?.[name] !== undefined) throw new TypeError(`${name} is no option: request(method, url, init)`);
  }
  return { ...init, signal: init?.signal, method, url };
}
