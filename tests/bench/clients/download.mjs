/** Usage: download.mjs WAY URL FILE */
import { createWriteStream, openSync, writeSync } from 'node:fs';
import http from 'node:http';
import { pipeline } from 'node:stream/promises';

const [way, url, file] = process.argv.slice(2);

/** The module is imported by those alone that use it. */
async function withResponse(save) {
  const { ClientSession } = await import('fetchloop');
  const session = await ClientSession.open();
  await save(await session.get(url, { stream: true }));
  await session.close();
}

const WAYS = {
  pipeline: () => withResponse((response) => pipeline(response, createWriteStream(file))),
  chunks: () =>
    withResponse(async (response) => {
      const fd = openSync(file, 'w');
      for await (const chunk of response) writeSync(fd, chunk);
    }),
  fetch: async () => pipeline((await fetch(url)).body, createWriteStream(file)),
  http: () =>
    new Promise((resolve, reject) => {
      http.get(url, (response) => pipeline(response, createWriteStream(file)).then(resolve, reject));
    }),
};

await WAYS[way]();
