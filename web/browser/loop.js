/** All of index.js, and asyncio's loop besides: a build of its own, with a larger wasm module. */
export * from '../loop/index.js';
export { EventLoop } from './event-loop.js';
export * from './index.js';
