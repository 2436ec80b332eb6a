#!/usr/bin/env node
/**
 * Usage: tools/demo.js [--debug]
 *
 * Makes of web/demo what is served as the demo page, in build/demo: scripts, each part of the page its own; style sheets; the
 * module itself, as it is published; and all of them compressed, too. And dist/demo.html, one file with all in it, whose
 * network is simulated.
 */
import { cp, mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { brotliCompress, constants, gzip } from 'node:zlib';
import { build } from 'esbuild';

const root = fileURLToPath(new URL('..', import.meta.url));
const folder = `${root}build/demo`;
const isDebug = process.argv.includes('--debug');

await rm(folder, { recursive: true, force: true });
await mkdir(`${folder}/fetchloop`, { recursive: true });
for (const file of ['index.js', 'more.js', 'fetchloop.wasm'])
  await cp(`${root}build/web/${file}`, `${folder}/fetchloop/${file}`);
await cp(`${root}web/demo/index.html`, `${folder}/index.html`);
const common = {
  absWorkingDir: root,
  bundle: true,
  format: 'esm',
  target: 'es2022',
  minify: !isDebug,
  sourcemap: isDebug ? 'inline' : false,
  logLevel: 'warning',
  loader: { '.c': 'text', '.wasm': 'file' },
  assetNames: '[name]',
};
await build({
  ...common,
  entryPoints: { main: 'web/demo/main.js', styles: 'web/demo/main.css' },
  entryNames: '[name]',
  outdir: folder,
  splitting: true,
  plugins: [
    {
      name: 'published',
      setup({ onResolve }) {
        onResolve({ filter: /^fetchloop$/ }, () => ({ path: './fetchloop/index.js', external: true }));
      },
    },
  ],
});
for (const file of await readdir(folder, { recursive: true, withFileTypes: true })) {
  if (file.isFile()) await compress(`${file.parentPath ?? file.path}/${file.name}`);
}

await mkdir(`${root}dist`, { recursive: true });
await writeFile(`${root}dist/demo.html`, await oneFile());

async function oneFile() {
  const { outputFiles } = await build({
    ...common,
    entryPoints: { main: 'web/demo/main.js', styles: 'web/demo/main.css' },
    outdir: folder,
    write: false,
    loader: { '.c': 'text', '.wasm': 'binary' },
    plugins: [
      {
        name: 'simulated',
        setup({ onResolve }) {
          onResolve({ filter: /^\.\/network\.js$/ }, () => ({ path: `${root}web/demo/simulated/network.js` }));
        },
      },
    ],
  });
  const textOf = (extension) => outputFiles.find(({ path }) => path.endsWith(extension)).text;
  const html = await readFile(`${root}web/demo/index.html`, 'utf8');
  return html
    .replace(/<link rel="stylesheet".*>/, () => `<style>${textOf('.css')}</style>`)
    .replace(/<script type="module".*<\/script>/, () => `<script type="module">${escaped(textOf('.js'))}</script>`);
}

/** What would end the element it stands in. */
function escaped(script) {
  return script.replaceAll('</script', '<\\/script').replaceAll('<!--', '<\\!--');
}

async function compress(file) {
  const bytes = await readFile(file);
  const quality = { params: { [constants.BROTLI_PARAM_QUALITY]: constants.BROTLI_MAX_QUALITY } };
  await writeFile(`${file}.br`, await promisify(brotliCompress)(bytes, quality));
  await writeFile(`${file}.gz`, await promisify(gzip)(bytes, { level: 9 }));
}
