/**
 * What the clients in JavaScript share. Arguments: ORIGIN REQUESTS CONCURRENCY WARM-UP, the last in requests, made in the
 * same way and over the same connections before the clock starts.
 */
const [origin, ...numbers] = process.argv.slice(2);
const [requests, concurrency, warmUp] = numbers.map(Number);

export { concurrency, origin };

/**
 * Time `fetchUrls`, and print what the harness reads.
 * @param {(urls: string[], onBody: (status: number, body: ArrayBuffer | Uint8Array) => void) => Promise<void>} fetchUrls
 */
export async function measure(fetchUrls) {
  if (warmUp > 0) await run('w', warmUp, fetchUrls);
  console.log(JSON.stringify(await run('n', requests, fetchUrls)));
}

async function run(name, count, fetchUrls) {
  const urls = Array.from({ length: count }, (_, index) => `${origin}/?${name}=${index}`);
  const told = { requests: 0, bytes: 0, seconds: 0 };
  const startedAt = performance.now();
  await fetchUrls(urls, (status, body) => {
    if (status === 200) told.requests++;
    told.bytes += body.byteLength;
  });
  told.seconds = (performance.now() - startedAt) / 1000;
  return told;
}

/**
 * As many workers as may be in flight, which take their URLs from one list: the plainest way to a limit.
 * @param {string[]} urls
 * @param {(url: string) => Promise<void>} fetchOne
 */
export async function work(urls, fetchOne) {
  const list = urls.values();
  const worker = async () => {
    for (const url of list) await fetchOne(url);
  };
  await Promise.all(Array.from({ length: concurrency }, worker));
}
