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

/**
 * Its arguments are as they are now: a worker may be free only later.
 * @param {Function | URL | string} what @param {any[]} args @param {{ name?: string, transfer?: any[] }} options
 * @returns {{ call: Call, transfer: any[] }}
 */
export function callOf(what, args, { name = 'default', transfer = [] }) {
  const isFunction = typeof what === 'function';
  if (!isFunction && !URL.canParse(String(what))) {
    throw new TypeError(`${String(what)} is not a URL: write new URL('./module.js', import.meta.url)`);
  }
  const target = isFunction ? { url: moduleOf(what), name: 'default' } : { url: String(what), name };
  const given = structuredClone({ args, transfer }, { transfer });
  return { call: { ...target, args: given.args }, transfer: given.transfer };
}

const urls = new WeakMap();

function moduleOf(fn) {
  if (!urls.has(fn)) urls.set(fn, `data:text/javascript,${encodeURIComponent(`export default ${textOf(fn)};`)}`);
  return urls.get(fn);
}

const EXPRESSION =
  /^((async\s+)?function\b|class\b|(async\s*)?\(|(async\s+)?[\p{ID_Start}$_][\p{ID_Continue}$]*\s*=>)/u;

/** Its text, where that is an expression: of a method, or of what is built in, it isn't. A URL holds no half of a character. */
function textOf(fn) {
  const text = Function.prototype.toString.call(fn);
  const isNamedAsync = /^async\s*\(/.test(text) && Object.prototype.toString.call(fn) !== '[object AsyncFunction]'; // a method
  if (!EXPRESSION.test(text) || isNamedAsync || /\[native code\]\s*\}$/.test(text) || /\p{Surrogate}/u.test(text)) {
    throw new TypeError(
      `${fn.name || 'this function'} can't be sent to a worker: give a module's URL and the name of its export`,
    );
  }
  return `(${text})`;
}
