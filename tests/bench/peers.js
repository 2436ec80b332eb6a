/** Who takes part, how each is started, and how what it says of itself is read. */
import { fileURLToPath } from 'node:url';

/**
 * @typedef {object} Task
 * @property {string} origin
 * @property {number} requests
 * @property {number} concurrency
 * @property {number} warmUp requests before the clock starts, of a client that times itself
 * @property {string} urlList a file with one URL a line
 * @property {string} curlList the same for curl -K
 * @property {string} curlFiles the same, where each body goes to a file of its own: /dev/null
 */

/** @typedef {{ requests: number, bytes: number, seconds?: number }} Counts responses with 200, and their bodies' bytes */
/** @typedef {{ stdout: string, stderr: string }} Output */

/**
 * @typedef {object} Peer
 * @property {string} name
 * @property {boolean} [whole] timed from outside, start and exit included, without a warm-up
 * @property {boolean} [endless] runs for a time, however many requests that are
 * @property {Record<string, string[]>} versions what tells them; one that fails isn't installed
 * @property {(task: Task) => string[]} argv
 * @property {(output: Output) => Counts} [read] what it said while it was timed
 * @property {string[]} [countArgs] of one that says nothing then: what makes it count, in a run that is not timed
 * @property {(output: Output) => Counts} [count] and what it said there
 */

const NODE = process.execPath;
const PYTHON = process.env.PYTHON ?? '/usr/bin/python3';
const WRK_SECONDS = 3;

const path = (relative) => fileURLToPath(new URL(relative, import.meta.url));
const askPackage = (folder) => [NODE, '-p', `require('${path(`${folder}/package.json`)}').version`];
const askModule = (name) => [PYTHON, '-c', `import ${name}; print(${name}.__version__)`];

function timesItself(name, [interpreter, script, ...options], versions) {
  return {
    name,
    argv: ({ origin, requests, concurrency, warmUp }) =>
      [interpreter, path(`clients/${script}`), origin, requests, concurrency, warmUp, ...options].map(String),
    read: ({ stdout }) => JSON.parse(stdout),
    versions,
  };
}

function inNode(name, script, ...packages) {
  const asked = packages.map((folder) => [folder, askPackage(`../../node_modules/${folder}`)]);
  return timesItself(name, [NODE, script], { node: [NODE, '-v'], ...Object.fromEntries(asked) });
}

function inPython(name, ...modules) {
  const versions = Object.fromEntries(modules.map((module) => [module, askModule(module)]));
  return timesItself(name, [PYTHON, 'aiohttp_client.py', ...modules.slice(1)], { python: [PYTHON, '-V'], ...versions });
}

function curl(name, list) {
  const argv = ['curl', '-q', '-sS', '--no-progress-meter', '-Z', '--parallel-max'];
  return {
    name,
    whole: true,
    argv: (task) => [...argv, `${task.concurrency}`, '-K', task[list]],
    countArgs: ['-w', '%{stderr}%{http_code} %{size_download}\n'],
    count: ({ stderr }) => addUp(stderr, (line) => line.split(' ').map(Number)),
    versions: { curl: ['curl', '-V'] },
  };
}

const fetchloop = inNode('fetchloop', 'fetchloop.mjs', 'undici');
fetchloop.versions.fetchloop = askPackage('../..');

const command = {
  name: 'fetchloop command',
  whole: true,
  argv: ({ concurrency, urlList }) => {
    const limits = ['--parallel-max', `${concurrency}`, '--parallel-max-host', `${concurrency}`];
    return [NODE, path('../../build/node/cli.js'), ...limits, '-s', '-i', urlList];
  },
  countArgs: ['--jsonl'],
  count: ({ stdout }) =>
    addUp(stdout, (line) => {
      const { response_code, size_download } = JSON.parse(line);
      return [response_code, size_download];
    }),
  versions: fetchloop.versions,
};

const script = {
  ...fetchloop,
  name: 'fetchloop script',
  whole: true,
  argv: (task) => fetchloop.argv({ ...task, warmUp: 0 }),
};

const wrk = {
  name: 'wrk',
  endless: true,
  argv: ({ origin, concurrency }) => ['wrk', '-t1', `-c${concurrency}`, `-d${WRK_SECONDS}s`, `${origin}/`],
  read: ({ stdout }) => {
    if (/Non-2xx|Socket errors/.test(stdout)) throw new Error(stdout);
    const [, requests, seconds] = stdout.match(/(\d+) requests in ([\d.]+)s/).map(Number);
    return { requests, seconds };
  },
  versions: { wrk: ['wrk', '-v'] },
};

function addUp(text, read) {
  const counts = { requests: 0, bytes: 0 };
  for (const line of text.trimEnd().split('\n')) {
    const [status, bytes] = read(line);
    if (status === 200) counts.requests++;
    counts.bytes += bytes;
  }
  return counts;
}

/** @type {{ title: string, baselines: string[], peers: Peer[] }[]} */
export const SECTIONS = [
  {
    title: 'In a running process: timed inside, from the first request to the last body, after a warm-up',
    baselines: ['fetchloop'],
    peers: [
      fetchloop,
      inNode('fetchloop get()', 'fetchloop-get.mjs', 'undici'),
      inNode('fetchloop with all on', 'fetchloop-features.mjs', 'undici'),
      inNode('undici Pool.request', 'undici-pool.mjs', 'undici'),
      inNode('undici request', 'undici-request.mjs', 'undici'),
      inNode('p-limit + fetch', 'p-limit-fetch.mjs', 'p-limit'),
      inNode('got', 'got.mjs', 'got'),
      inPython('aiohttp + uvloop', 'aiohttp', 'uvloop'),
      inPython('aiohttp', 'aiohttp'),
    ],
  },
  {
    title: 'Whole processes: timed from outside, start and exit included, no warm-up (fetchloop alone: as above)',
    baselines: ['fetchloop command', 'fetchloop script', 'fetchloop'],
    peers: [command, script, curl('curl -Z', 'curlList'), curl('curl -Z -o /dev/null', 'curlFiles')],
  },
  { title: 'The ceiling: one thread of C, the same URL over and over', baselines: ['fetchloop'], peers: [wrk] },
];
