/** What is measured, of whom, and what the aim is. */
import { fileURLToPath } from 'node:url';

const NODE = process.execPath;
const PYTHON = process.env.PYTHON ?? '/usr/bin/python3';
const path = (relative) => fileURLToPath(new URL(relative, import.meta.url));
const askModule = (name) => [PYTHON, '-c', `import ${name}; print(${name}.__version__)`];

/** Its aims are those of all that is measured. */
export const OURS = 'fetchloop, wasm';

/**
 * @typedef {object} Client
 * @property {(measure: string) => string[]} argv prints one line of JSON
 * @property {Record<string, string[]>} versions what tells them; one that fails isn't installed
 */

const inJavaScript = (by) => ({
  argv: (measure) => [NODE, path('clients/javascript.mjs'), measure, by],
  versions: { node: [NODE, '-v'] },
});
const inPython = (...loop) => ({
  argv: (measure) => [PYTHON, path('clients/asyncio_loop.py'), measure, ...loop],
  versions: { python: [PYTHON, '-V'], ...Object.fromEntries(loop.map((module) => [module, askModule(module)])) },
});
const inC = (program) => ({ argv: (measure) => [path(`../../../build/bench/${program}`), measure], versions: {} });

/** @type {Record<string, Client>} */
export const CLIENTS = {
  [OURS]: {
    argv: (measure) => [NODE, path('../../../build/bench/fetchloop.cjs'), measure],
    versions: { node: [NODE, '-v'] },
  },
  'fetchloop, native': inC('fetchloop-native'),
  'fetchloop, JavaScript': {
    argv: (measure) => [NODE, path('clients/fetchloop_js.mjs'), measure],
    versions: { node: [NODE, '-v'] },
  },
  'promise, await': inJavaScript('promise'),
  'p-limit': inJavaScript('limit'),
  queueMicrotask: inJavaScript('microtask'),
  setImmediate: inJavaScript('immediate'),
  setTimeout: inJavaScript('timeout'),
  libuv: { ...inC('libuv'), versions: { libuv: ['pkg-config', '--modversion', 'libuv'] } },
  asyncio: inPython(),
  uvloop: inPython('uvloop'),
};

const FETCHLOOP = [OURS, 'fetchloop, native'];
const ALL_FETCHLOOP = [...FETCHLOOP, 'fetchloop, JavaScript'];
const PYTHONS = ['asyncio', 'uvloop'];
const TIMERS = [...FETCHLOOP, 'setTimeout', 'libuv', ...PYTHONS];
const ns = (aim) => [{ key: 'ns', unit: 'ns', aim }];

/**
 * @typedef {object} Measure
 * @property {string} name the clients know it by
 * @property {string} title
 * @property {{ key: string, unit: string, what?: string, aim?: number }[]} values what the clients print
 * @property {string[]} clients
 * @property {number} [roundsMax] of what takes seconds, or never differs
 */

/** @type {Measure[]} */
export const MEASURES = [
  {
    name: 'switch',
    title: 'A switch between two tasks that sleep(0) in turns',
    values: ns(25),
    clients: [...ALL_FETCHLOOP, 'promise, await', 'setImmediate', ...PYTHONS],
  },
  {
    name: 'host-switch',
    title: 'The same, turned by the host and on its clock, as fl_run() has it',
    values: ns(25),
    clients: FETCHLOOP,
  },
  {
    name: 'event',
    title: 'A switch: two tasks wake each other by events',
    values: ns(25),
    clients: [...ALL_FETCHLOOP, 'promise, await', ...PYTHONS],
  },
  {
    name: 'lock',
    title: 'A switch: two tasks hand a lock to each other',
    values: ns(25),
    clients: [...ALL_FETCHLOOP, ...PYTHONS],
  },
  {
    name: 'queue',
    title: 'An item through a queue of one place, from task to task: put and get',
    values: ns(),
    clients: [...ALL_FETCHLOOP, 'promise, await', ...PYTHONS],
  },
  {
    name: 'semaphore',
    title: 'A task through a semaphore of ten, of all that were made at once',
    values: ns(),
    clients: ['fetchloop, JavaScript', 'p-limit', ...PYTHONS],
  },
  {
    name: 'call-soon',
    title: 'call_soon() from a callback and its callback, 1,000 in a turn (libuv: idle handles)',
    values: ns(15),
    clients: [...ALL_FETCHLOOP, 'queueMicrotask', 'setImmediate', 'setTimeout', 'libuv', ...PYTHONS],
  },
  {
    name: 'call-soon-alone',
    title: 'The same, one in a turn',
    values: ns(15),
    clients: [...ALL_FETCHLOOP, 'queueMicrotask', 'setImmediate', 'libuv', ...PYTHONS],
  },
  {
    name: 'call-soon-outside',
    title: 'The same, 1,000 in a turn, called from outside of it',
    values: ns(15),
    clients: FETCHLOOP,
  },
  {
    name: 'arm',
    title: 'Timers, 100,000 of 1 ms to 1 s: arm one',
    values: ns(100),
    clients: [...TIMERS, 'fetchloop, JavaScript'],
    roundsMax: 3,
  },
  {
    name: 'fire',
    title:
      '100,000 pending: one fires, and arms itself again (ours: each in a turn of its own; others: after 1 s of none)',
    values: ns(100),
    clients: TIMERS,
    roundsMax: 3, // the others' take seconds
  },
  {
    name: 'fire-each-ms',
    title: 'The same, with a turn each millisecond, 200 timers in it',
    values: ns(100),
    clients: FETCHLOOP,
  },
  {
    name: 'cancel',
    title: '100,000 pending: cancel one',
    values: ns(100),
    clients: [...TIMERS, 'fetchloop, JavaScript'],
    roundsMax: 3,
  },
  {
    name: 'task',
    title: 'A task: created, run, finished and released',
    values: ns(),
    clients: [...ALL_FETCHLOOP, 'promise, await', ...PYTHONS],
  },
  {
    name: 'gather',
    title: 'gather() of 1,000 tasks, for each',
    values: ns(),
    clients: [...ALL_FETCHLOOP, 'promise, await', ...PYTHONS],
  },
  {
    name: 'memory',
    title: 'A sleeping task (ours: of 1,000,000, besides its frame; libuv: a timer)',
    values: [{ key: 'bytes', unit: 'B', aim: 128 }],
    clients: TIMERS,
    roundsMax: 1,
  },
  {
    name: 'sleeps',
    title: '200,000 tasks that sleep for 1 ms to 1 s at once, on the real clock',
    values: [
      { key: 'seconds', unit: 's', aim: 1.1 },
      { key: 'heap', unit: 'MB', what: 'heap', aim: 40 },
      { key: 'rss', unit: 'MB', what: 'memory of the process, more than before' },
    ],
    clients: TIMERS,
    roundsMax: 2,
  },
];
