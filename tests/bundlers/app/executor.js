/** The page runs a function in a worker, and shows what it gives. */
import { EventLoop } from 'fetchloop/loop';

const loop = await EventLoop.open();
document.body.append(`sum: ${await loop.runInExecutor((a, b) => a + b, [1, 2])}`);
await loop.close();
