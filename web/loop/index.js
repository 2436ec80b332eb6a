/** What the loop for JavaScript consists of, but for EventLoop, which is the platform's. */
export { CancelledError, LoopError, TimeoutError } from './errors.js';
export { Future } from './future.js';
export { LifoQueue, PriorityQueue, Queue } from './queue.js';
export { TaskGroup, Timeout } from './scope.js';
export { Barrier, BoundedSemaphore, Condition, Lock, LoopEvent as Event, Semaphore } from './sync.js';
export { Task } from './task.js';
