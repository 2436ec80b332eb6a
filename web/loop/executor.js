/**
 * What can be run in a worker, as a module that it imports: a function by its source text, which is made a module of its own,
 * so that it knows nothing of what stands around it here; or a module's export. That the text is a data: URL is what a
 * content security policy may forbid (script-src data:); modules are what works everywhere.
 */

/**
 * A call, as it is sent to a worker.
 * @typedef {{ url: string, name: string, args: any[] }} Call
 *
 * Workers of a platform.
 * @typedef {object} Pool
 * @property {(loop: import('./event-loop.js').Loop, what: Function | URL | string, args: any[], options: { name?: string, transfer?: any[] }) => import('./future.js').PlainFuture<any>} run
 * @property {() => Promise<void>} close
 */

/** @param {Function | URL | string} what @param {any[]} args @param {string} [name] @returns {Call} */
export function callOf(what, args, name = 'default') {
  if (typeof what === 'function') return { url: moduleOf(what), name: 'default', args };
  if (!URL.canParse(String(what))) {
    throw new TypeError(`${String(what)} is not a URL: write new URL('./module.js', import.meta.url)`);
  }
  return { url: String(what), name, args };
}

const urls = new WeakMap();

function moduleOf(fn) {
  if (!urls.has(fn)) urls.set(fn, `data:text/javascript,${encodeURIComponent(`export default ${textOf(fn)};`)}`);
  return urls.get(fn);
}

/** Its text, where that is an expression: of a method, or of what is built in, it isn't. */
function textOf(fn) {
  const text = Function.prototype.toString.call(fn);
  if (
    !/^(async\s+)?(function\b|class\b|(async\s*)?\(|[\p{ID_Start}$_][\p{ID_Continue}$]*\s*=>)/u.test(text) ||
    /\[native code\]\s*\}$/.test(text)
  ) {
    throw new TypeError(
      `${fn.name || 'this function'} can't be sent to a worker: give a module's URL and the name of its export`,
    );
  }
  return `(${text})`;
}
