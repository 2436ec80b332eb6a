#!/usr/bin/env node
/**
 * Usage: tools/report.js [--debug]
 *
 * Makes of node/command/report/page build/report.html: what the command's --report writes, without its data. One file that
 * asks nobody for anything: its styles and its script are in it, and its policy allows these alone.
 */
import { createHash } from 'node:crypto';
import { readFile, writeFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

const root = fileURLToPath(new URL('..', import.meta.url));
const page = `${root}node/command/report/page`;
const isDebug = process.argv.includes('--debug');

async function bundle(entry, format) {
  const { outputFiles } = await build({
    absWorkingDir: root,
    entryPoints: [`${page}/${entry}`],
    bundle: true,
    format,
    target: 'es2022',
    minify: !isDebug,
    legalComments: 'none',
    logLevel: 'warning',
    write: false,
  });
  return outputFiles[0].text.trim();
}

const style = await bundle('style.css');
const script = await bundle('main.js', 'iife');
const allowed = (text) => `'sha256-${createHash('sha256').update(text).digest('base64')}'`;
const policy = `default-src 'none'; script-src ${allowed(script)}; style-src ${allowed(style)}; base-uri 'none'; form-action 'none'`;
const parts = {
  policy: `<meta http-equiv="Content-Security-Policy" content="${policy}">`,
  style: `<style>${style}</style>`,
  script: `<script>${script}</script>`,
};
const html = await readFile(`${page}/index.html`, 'utf8');
const whole = html.replace(/<!-- (policy|style|script) -->/g, (_, part) => parts[part]);
await writeFile(`${root}build/report.html`, whole);
