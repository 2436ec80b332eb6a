// node esbuild.config.js
import * as esbuild from 'esbuild';

const common = { bundle: true, format: 'esm', target: 'es2022', logLevel: 'error' };

await esbuild.build({
  ...common,
  entryPoints: { main: 'wasm.js' },
  outdir: 'esbuild',
  conditions: ['browser'],
  loader: { '.wasm': 'file' },
});

// The wasm inside: one file, and nothing said.
await esbuild.build({ ...common, entryPoints: ['inline.js'], outfile: 'esbuild-inline/main.js' });
