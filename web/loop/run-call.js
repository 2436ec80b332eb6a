/** In a worker. @param {import('./executor.js').Call} call */
export async function runCall({ url, name, args }) {
  const { [name]: fn } = await import(/* @vite-ignore */ /* webpackIgnore: true */ url);
  if (typeof fn !== 'function') throw new TypeError(`${url} exports no function named ${name}`);
  return await fn(...args);
}
