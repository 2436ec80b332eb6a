/** Node's fetch(), as many at once as there may be. Prints how many URLs failed. */
import { readFile } from 'node:fs/promises';

const [file, limit, , timeout, fail] = process.argv.slice(2);
const urls = (await readFile(file, 'utf8')).split('\n').filter(Boolean);
let failed = 0;
let next = 0;

async function work() {
  while (next < urls.length) {
    try {
      const signal = Number(timeout) > 0 ? AbortSignal.timeout(Number(timeout) * 1000) : undefined;
      const response = await fetch(urls[next++], { signal });
      await response.arrayBuffer();
      if (fail === '1' && response.status >= 400) failed++;
    } catch {
      failed++;
    }
  }
}

await Promise.all(Array.from({ length: Number(limit) }, work));
process.stdout.write(String(failed), () => process.exit());
