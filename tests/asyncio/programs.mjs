/**
 * Programs on asyncio, in Python, and line by line the same on the loop from JavaScript: what differs is how JavaScript writes
 * `async with`, `str()` and keyword arguments. Each says what happens, in which order; both must say the same.
 */
import * as cancelling from './cancelling.mjs';
import * as counting from './counting.mjs';
import * as scopes from './scopes.mjs';
import * as steps from './steps.mjs';
import * as sync from './sync.mjs';
import * as waiting from './waiting.mjs';

const nameInPython = (name) => name.replaceAll(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);

/** By their names in Python. */
export const PROGRAMS = Object.fromEntries(
  Object.entries({ ...steps, ...cancelling, ...counting, ...waiting, ...sync, ...scopes }).map(([name, program]) => [
    nameInPython(name),
    program,
  ]),
);
