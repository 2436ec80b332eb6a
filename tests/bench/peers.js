/** Who takes part, how each is started, and how what it says of itself is read. */
import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { runProcess } from './process.js';

const PYTHON = process.env.PYTHON ?? '/usr/bin/python3';
const WRK_SECONDS = 3;

/**
 * @typedef {object} Task
 * @property {string} origin
 * @property {number} requests
 * @property {number} concurrency
 * @property {number} warmUp requests before the clock starts, where a client is timed inside
 * @property {string} urlList a file with one URL a line
 * @property {string} curlList the same for curl -K
 * @property {string} curlFiles the same, where each body goes to a file of its own: /dev/null
 */

/**
 * @typedef {object} Told what a client counted
 * @property {number} requests answered with 200
 * @property {number} bytes of their bodies
 * @property {number} [seconds]
 */

/**
 * @typedef {object} Peer
 * @property {string} name
 * @property {boolean} [whole] timed from outside, start and exit included, without a warm-up
 * @property {(folder: string) => Promise<Record<string, string>>} versions rejects when it is not installed
 * @property {(task: Task) => string[]} argv
 * @property {(output: { stdout: string, stderr: string }) => Told} [read] what it said while it was timed
 * @property {string[]} [countArgs] what makes it count, in a run of its own that is not timed
 * @property {(output: { stdout: string, stderr: string }) => Told} [count] what it said then
 */

const path = (relative) => fileURLToPath(new URL(relative, import.meta.url));
const client = (name) => path(`clients/${name}`);

async function npmVersion(name) {
  const file = name === 'fetchloop' ? path('../../package.json') : path(`../../node_modules/${name}/package.json`);
  return JSON.parse(await readFile(file, 'utf8')).version;
}

async function printed(argv, pattern, folder) {
  // wrk -v exits with 1.
  const { stdout } = await runProcess(['sh', '-c', '"$@" 2>&1; :', 'sh', ...argv], { folder });
  const version = stdout.match(pattern)?.[1];
  if (!version) throw new Error(`not installed: ${argv[0]}`);
  return version;
}

function inNode(name, script, packages) {
  return {
    name,
    argv: ({ origin, requests, concurrency, warmUp }) =>
      [process.execPath, client(script), origin, requests, concurrency, warmUp].map(String),
    read: ({ stdout }) => JSON.parse(stdout),
    versions: async () => {
      const found = await Promise.all(packages.map(async (name) => [name, await npmVersion(name)]));
      return { node: process.versions.node, "node's undici": process.versions.undici, ...Object.fromEntries(found) };
    },
  };
}

function inPython(name, ...modules) {
  const show = `import platform, ${modules}; print('python', platform.python_version(), `;
  const shown = `${show}${modules.map((module) => `'${module}', ${module}.__version__`)})`;
  return {
    name,
    argv: ({ origin, requests, concurrency, warmUp }) =>
      [PYTHON, client('aiohttp_client.py'), origin, requests, concurrency, warmUp, ...modules.slice(1)].map(String),
    read: ({ stdout }) => JSON.parse(stdout),
    versions: async (folder) => {
      const words = (await printed([PYTHON, '-c', shown], /^(python \d.*)/, folder)).split(' ');
      return Object.fromEntries(words.flatMap((word, index) => (index % 2 ? [] : [[word, words[index + 1]]])));
    },
  };
}

function curl(name, list) {
  const versions = async (folder) => ({ curl: await printed(['curl', '-V'], /^curl (\S+)/, folder) });
  return {
    name,
    whole: true,
    argv: (task) => ['curl', '-q', '-sS', '--no-progress-meter', '-Z', '--parallel-max', `${task.concurrency}`, '-K', task[list]],
    countArgs: ['-w', '%{stderr}%{http_code} %{size_download}\n'],
    count: ({ stderr }) => add(stderr.trimEnd().split('\n'), (line) => line.split(' ').map(Number)),
    versions,
  };
}

const fetchloop = inNode('fetchloop', 'fetchloop.mjs', ['fetchloop', 'undici']);

const command = {
  name: 'fetchloop command',
  whole: true,
  argv: ({ concurrency, urlList }) => {
    const limits = ['--parallel-max', `${concurrency}`, '--parallel-max-host', `${concurrency}`];
    return [process.execPath, path('../../node/cli.js'), ...limits, '-q', '-i', urlList];
  },
  countArgs: ['--jsonl'],
  count: ({ stdout }) =>
    add(stdout.trimEnd().split('\n'), (line) => {
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
  argv: ({ origin, concurrency }) => ['wrk', '-t1', `-c${concurrency}`, `-d${WRK_SECONDS}s`, `${origin}/`],
  read: ({ stdout }) => {
    if (/Non-2xx|Socket errors/.test(stdout)) throw new Error(stdout);
    const [, requests, seconds] = stdout.match(/(\d+) requests in ([\d.]+)s/).map(Number);
    return { requests, seconds, bytes: Number.NaN };
  },
  versions: async (folder) => ({ wrk: await printed(['wrk', '-v'], /^wrk (?:debian\/)?(\S+)/, folder) }),
};

function add(lines, read) {
  const told = { requests: 0, bytes: 0 };
  for (const line of lines) {
    const [status, bytes] = read(line);
    if (status === 200) told.requests++;
    told.bytes += bytes;
  }
  return told;
}

/** @type {{ title: string, baselines: string[], peers: Peer[] }[]} */
export const SECTIONS = [
  {
    title: 'In a running process: timed inside from the first request to the last body, after a warm-up',
    baselines: ['fetchloop'],
    peers: [
      fetchloop,
      inNode('undici Pool, one origin', 'undici-pool.mjs', ['undici']),
      inNode('undici request', 'undici-request.mjs', ['undici']),
      inNode('p-limit + fetch', 'p-limit-fetch.mjs', ['p-limit']),
      inNode('got', 'got.mjs', ['got']),
      inPython('aiohttp', 'aiohttp'),
      inPython('aiohttp + uvloop', 'aiohttp', 'uvloop'),
    ],
  },
  {
    title: 'Whole processes: timed from outside, start and exit included, no warm-up',
    baselines: ['fetchloop command', 'fetchloop script'],
    peers: [command, script, curl('curl -Z', 'curlList'), curl('curl -Z -o /dev/null', 'curlFiles')],
  },
  { title: `The ceiling: one URL, one thread in C, ${WRK_SECONDS} s`, baselines: ['fetchloop'], peers: [wrk] },
];
