/**
 * Throughput in a page, in Debian's Chromium, six at once to one nginx: fetchloop, and a pool of six workers over fetch().
 * Set by the environment: ROUNDS, REQUESTS.
 */
import { openUnwatched } from '../browser/support/unwatched.js';
import { runBench } from './bench.js';
import { inChromium } from './in-chromium.js';
import { positive, QUOTABLE } from './machine.js';
import { summarizeSections } from './results.js';
import { table } from './table.js';

const rounds = positive('ROUNDS', 9);
const requests = positive('REQUESTS', 5000);
const warmUp = Math.ceil(requests / 4);

/** In the page: each reads all bodies, and gives their bytes. */
async function defineClients() {
  const { ClientSession } = await import('/cached/index.js');
  let asked = 0;
  const urlsOf = (count) => Array.from({ length: count }, () => `${location.origin}/get?${asked++}`);
  const session = await ClientSession.open();
  const uncached = await ClientSession.open({ cache: 'no-store' });

  globalThis.clients = {
    async 'fetchloop fetchAll()'(urls, onBody) {
      for await (const { response } of session.fetchAll(urls)) onBody(await response.arrayBuffer());
    },
    async 'fetchloop map()'(urls, onBody) {
      for await (const { value } of session.map(urls, (response) => response.arrayBuffer())) onBody(value);
    },
    async "fetchloop fetchAll(), cache: 'no-store'"(urls, onBody) {
      for await (const { response } of uncached.fetchAll(urls)) onBody(await response.arrayBuffer());
    },
    async 'a pool of six over fetch()'(urls, onBody) {
      const list = urls.values();
      const worker = async () => {
        for (const url of list) onBody(await (await fetch(url)).arrayBuffer());
      };
      await Promise.all(Array.from({ length: 6 }, worker));
    },
    async 'a pool of six over XMLHttpRequest'(urls, onBody) {
      const list = urls.values();
      const ask = (url) =>
        new Promise((resolve) => {
          const xhr = new XMLHttpRequest();
          xhr.open('GET', url);
          xhr.responseType = 'arraybuffer';
          xhr.onload = () => resolve(xhr.response);
          xhr.send();
        });
      const worker = async () => {
        for (const url of list) onBody(await ask(url));
      };
      await Promise.all(Array.from({ length: 6 }, worker));
    },
  };

  globalThis.measure = async ([name, count]) => {
    const urls = urlsOf(count);
    let bytes = 0;
    const startedAt = performance.now();
    await globalThis.clients[name](urls, (body) => {
      bytes += body.byteLength;
    });
    return { seconds: (performance.now() - startedAt) / 1000, bytes };
  };
  return Object.keys(globalThis.clients);
}

async function measureOne(page, name, count, bodyBytes) {
  const { seconds, bytes } = await page.evaluate((given) => globalThis.measure(given), [name, count]);
  if (bytes !== count * bodyBytes) throw new Error(`${name} is not doing the work: ${bytes} bytes`);
  return { rps: count / seconds, connections: 6 };
}

async function runRounds(page, names, bodyBytes) {
  for (const name of names) await measureOne(page, name, warmUp, bodyBytes);
  const measured = new Map(names.map((name) => [name, []]));
  for (let round = 0; round < rounds; round++) {
    const first = round % names.length;
    for (const name of [...names.slice(first), ...names.slice(0, first)]) {
      process.stderr.write(`round ${round + 1} of ${rounds}: ${name}\n`);
      measured.get(name).push(await measureOne(page, name, requests, bodyBytes));
    }
  }
  return measured;
}

async function measureAll(browser, origin) {
  const page = await openUnwatched(browser, `${origin}/page`);
  const names = await page.evaluate(defineClients);
  const bodyBytes = (await (await fetch(`${origin}/get`)).arrayBuffer()).byteLength;
  const measured = await runRounds(page, names, bodyBytes);
  const section = {
    title: 'In a page, six at once',
    baselines: names.slice(0, 3),
    peers: names.map((name) => ({ name })),
  };
  const versions = { Chromium: browser.version() };
  return { versions, rounds, requests, sections: summarizeSections([section], measured, new Set()) };
}

function print({ machine, versions, sections }) {
  console.log(
    `\n${requests} GETs of 80 bytes, ${rounds} rounds; ${machine.cpu}, ${machine.cores} cores; Chromium ${versions.Chromium}\n`,
  );
  for (const section of sections) console.log(table(section));
  if (machine.loadOfOthers > QUOTABLE.loadOfOthersMax) {
    console.log(`Not quotable: the machine was ${Math.round(machine.loadOfOthers * 100)} % busy with other work.`);
  }
}

await runBench('chromium', () => inChromium(measureAll), print);
