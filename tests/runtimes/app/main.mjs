/**
 * Runs each behaviour, and says of each on a line whether it holds; then it has nothing left to do, and must end by itself.
 * `main.mjs fetchloop`, `main.mjs fetchloop/inline` or, for the loop, `main.mjs fetchloop/loop`, and what SITES says about the servers.
 */
import { makeLoopBehaviours } from './loop.mjs';
import { makeRequestBehaviours } from './requests.mjs';

const PATIENCE_MS = 15_000;
const sites = JSON.parse(process.env.SITES);
const fetchloop = await import(process.argv[2]);

async function inTime(behaviour) {
  let timer;
  const late = new Promise((_resolve, reject) => {
    timer = setTimeout(() => reject(new Error('it takes too long')), PATIENCE_MS);
  });
  await Promise.race([behaviour(), late]).finally(() => clearTimeout(timer));
}

const make = fetchloop.EventLoop ? makeLoopBehaviours : makeRequestBehaviours;
const behaviours = make(fetchloop, sites);
for (const [name, behaviour] of Object.entries(behaviours)) {
  const began = performance.now();
  const error = await inTime(behaviour).then(
    () => null,
    (error) => error,
  );
  const ms = Math.round(performance.now() - began);
  console.log(JSON.stringify({ name, ms, error: error && `${error.stack ?? error}` }));
}
