#!/usr/bin/env node
/** Usage: tests/pictures/pictures.js. Takes README's pictures, in Debian's Chromium, into web/pictures. */
import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { makeReport } from '../../node/command/report/index.js';
import { run } from '../../node/command/run.js';
import { launchChromium } from '../browser/support/browser.js';
import { CLI } from '../node/support/command.js';
import { takeDemo } from './demo.js';
import { startSite } from './site.js';

const PICTURES = fileURLToPath(new URL('../../web/pictures/', import.meta.url));
const COLUMNS = 104;
const ROWS = 26;
const TMUX = ['-L', `fetchloop-pictures-${process.pid}`];
const folder = mkdtempSync(join(tmpdir(), 'fetchloop-pictures-'));
const stops = [() => rmSync(folder, { recursive: true })];
const site = await startSite({ after: (stop) => stops.push(stop) });
const browser = await launchChromium();

try {
  mkdirSync(PICTURES, { recursive: true });
  await takeReport(await writeReport());
  await takeTerminal();
  await takeDemo(browser, shoot);
} finally {
  await browser.close();
  for (const stop of stops.reverse()) await stop();
}

async function writeReport() {
  const report = join(folder, 'report.html');
  const plan = {
    session: { ...site.session, retry: 1 },
    accepts: (status) => status < 400,
    signal: new AbortController().signal,
  };
  await run(site.urls(400), { ...plan, sinks: [await makeReport({ report })] });
  return report;
}

async function takeReport(report) {
  const wide = { viewport: { width: 1100, height: 900 }, deviceScaleFactor: 1.5 };
  await take('report-light', report, { ...wide, colorScheme: 'light' });
  await take('report-dark', report, { ...wide, colorScheme: 'dark' });
  await take(
    'report-rows',
    report,
    { ...wide, viewport: { width: 1100, height: 700 }, colorScheme: 'light' },
    lookCloser,
  );
}

/** A part of the run, with the rows' text, and one of them. */
async function lookCloser(page) {
  await page.evaluate(() => document.querySelector('section[aria-labelledby="waterfall-title"]').scrollIntoView());
  const { x, y, width } = await page.locator('.wf-overview').boundingBox();
  await page.mouse.move(x + width * 0.13, y + 20);
  await page.mouse.down();
  await page.mouse.move(x + width * 0.26, y + 20, { steps: 5 });
  await page.mouse.up();
  await page.mouse.move(x + width * 0.6, y + 330);
  await page.waitForTimeout(200);
}

async function take(name, file, options, prepare = async () => {}) {
  const context = await browser.newContext(options);
  const page = await context.newPage();
  await page.goto(pathToFileURL(file).href);
  await page.waitForTimeout(300);
  await prepare(page);
  await shoot(page, name);
  await context.close();
}

async function shoot(target, name, options = {}) {
  const path = join(PICTURES, `${name}.png`);
  await target.screenshot({ ...options, path });
  execFileSync('pngquant', ['--force', '--ext', '.png', '--strip', '160', path]);
  console.log(`${name}.png: ${Math.round(readFileSync(path).length / 1000)} kB`);
}

/** The command in a terminal, in the middle of its run. */
async function takeTerminal() {
  const list = join(folder, 'urls');
  writeFileSync(list, site.plainUrls(600).join('\n'));
  const command = `${process.execPath} ${CLI} -i ${list} --parallel-max-host 12 --waterfall --format none; sleep 60`;
  const tmux = (...args) => execFileSync('tmux', [...TMUX, ...args], { encoding: 'utf8' });
  tmux('-f', '/dev/null', 'new-session', '-d', '-x', String(COLUMNS), '-y', String(ROWS), command);
  stops.push(() => tmux('kill-server'));
  await new Promise((resolve) => setTimeout(resolve, 4000));
  const screen = tmux('capture-pane', '-e', '-p').trimEnd();
  await drawTerminal(`$ npx fetchloop -i urls.txt --waterfall\n${screen}`);
}

/** What a terminal shows, by xterm.js. */
async function drawTerminal(text) {
  const require = createRequire(import.meta.url);
  const page = await browser.newPage({ viewport: { width: 1100, height: 700 }, deviceScaleFactor: 1.5 });
  await page.setContent(
    '<body style="margin:0;background:#151b23"><div id="t" style="display:inline-block;padding:16px"></div>',
  );
  await page.addStyleTag({ path: require.resolve('@xterm/xterm/css/xterm.css') });
  await page.addScriptTag({ path: require.resolve('@xterm/xterm/lib/xterm.js') });
  const rows = text.split('\n').length;
  await page.evaluate(
    async ({ text, rows, columns }) => {
      const theme = { background: '#151b23', foreground: '#e3e8ef', cursor: '#151b23' };
      const options = {
        cols: columns,
        rows,
        fontFamily: 'DejaVu Sans Mono',
        fontSize: 14,
        theme,
        cursorInactiveStyle: 'none',
      };
      const terminal = new Terminal(options);
      terminal.open(document.getElementById('t'));
      await new Promise((resolve) => terminal.write(text.replaceAll('\n', '\r\n'), resolve));
    },
    { text, rows, columns: COLUMNS },
  );
  await page.waitForTimeout(300);
  await shoot(page.locator('#t'), 'waterfall');
}
