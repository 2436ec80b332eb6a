import { execFile } from 'node:child_process';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { version } from '../../version.js';
import { COMPARE_SCRIPTS } from '../places.js';

const exec = promisify(execFile);
const scriptOf = (name) => fileURLToPath(new URL(name, COMPARE_SCRIPTS));

/**
 * A tool that was found on this machine, and how it is given the list.
 * @typedef {object} Tool
 * @property {string} name
 * @property {string} version
 * @property {string} program
 * @property {string[]} args
 * @property {boolean} [unboundedHost] it has no limit for each host
 * @property {(stdout: string) => number} failuresOf how many URLs it says it couldn't fetch
 *
 * @typedef {{ file: string, folder: string, limit: number, limitPerHost: number, timeout: number, fail: boolean }} Task
 */

/** Each makes a Tool, or throws what it lacks. @type {Record<string, (task: Task) => Promise<Omit<Tool, 'name'>>>} */
const FINDERS = {
  async fetchloop({ file, limit, limitPerHost, timeout, fail }) {
    const limits = [
      '--retry',
      0,
      '--parallel-max',
      limit,
      '--parallel-max-host',
      limitPerHost,
      '--max-time',
      secondsOf(timeout),
    ];
    return {
      version,
      program: process.execPath,
      args: [process.argv[1], '--jsonl', '-s', ...(fail ? ['-f'] : []), ...limits.map(String), '-i', file],
      failuresOf: (stdout) => count(stdout, /"exitcode":[1-9]/g),
    };
  },

  async curl(task) {
    const [, curlVersion] = (await run('curl', ['--version'])).match(/^curl (\S+)/);
    const [major, minor] = curlVersion.split('.').map(Number);
    const perHost = major > 8 || (major === 8 && minor >= 16) ? ['--parallel-max-host', String(task.limitPerHost)] : [];
    const limits = ['--parallel-max', String(Math.min(task.limit, CURL_MOST)), ...perHost];
    return {
      version: curlVersion,
      program: 'curl',
      unboundedHost: perHost.length === 0,
      args: ['-q', '-s', '-Z', ...limits, '-K', await curlConfig(task)],
      failuresOf: (stdout) => count(stdout, /^[1-9]/gm),
    };
  },

  requests: (task) => python('requests', task),
  aiohttp: (task) => python('aiohttp', task),

  async fetch(task) {
    return {
      version: `of Node ${process.versions.node}`,
      program: process.execPath,
      args: [scriptOf('with-fetch.js'), ...argsOf(task)],
      unboundedHost: true,
      failuresOf: Number,
    };
  },
};

const CURL_MOST = 300;
const PYTHONS = ['python3', '/usr/bin/python3', 'python'];

/** @param {string} name @param {Task} task @returns {Promise<Tool | { missing: string }>} */
export async function findTool(name, task) {
  try {
    return { name, ...(await FINDERS[name](task)) };
  } catch (error) {
    return { missing: error.code === 'ENOENT' ? 'there is no such program on the PATH' : error.message.split('\n')[0] };
  }
}

async function run(program, args) {
  return (await exec(program, args)).stdout;
}

/** The first Python that has the library. */
async function python(library, task) {
  for (const program of PYTHONS) {
    try {
      const found = await run(program, ['-c', `import ${library}; print(${library}.__version__)`]);
      return {
        version: found.trim(),
        program,
        args: [scriptOf(`with_${library}.py`), ...argsOf(task)],
        failuresOf: Number,
      };
    } catch {}
  }
  throw new Error(`no Python here has it: pip install ${library}`);
}

/** What our own scripts are given; each prints how many failed. */
function argsOf({ file, limit, limitPerHost, timeout, fail }) {
  return [file, limit, limitPerHost, secondsOf(timeout), fail ? 1 : 0].map(String);
}

/** 0 is no limit, as curl has it. */
const secondsOf = (timeout) => (Number.isFinite(timeout) ? timeout : 0);

/** One operation, whose options hold for all of its URLs. */
async function curlConfig({ file, folder, timeout, fail }) {
  const config = join(folder, 'curl');
  const urls = (await readFile(file, 'utf8')).split('\n').filter(Boolean);
  const quoted = (url) => `"${url.replace(/[\\"]/g, '\\$&')}"`;
  const common = `location\ngloboff\ncompressed\nmax-time = ${secondsOf(timeout)}\nwrite-out = "%{exitcode}\\n"\n${fail ? 'fail\n' : ''}`;
  await writeFile(config, common + urls.map((url) => `url = ${quoted(url)}\noutput = /dev/null\n`).join(''));
  return config;
}

function count(text, pattern) {
  return text.match(pattern)?.length ?? 0;
}
