/** All of index.js, and asyncio's loop besides. */
export * from '../web/loop/index.js';
export { EventLoop } from './event-loop.js';
export * from './index.js';
