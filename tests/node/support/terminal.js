/** A terminal to look at: tmux, with a server of its own. */
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';

const run = promisify(execFile);
const PATIENCE_MS = 20_000;
const LOOK_EVERY_MS = 60;

/**
 * A shell in a terminal of so many columns and rows.
 * @param {{ after: (stop: () => unknown) => void }} t
 * @param {{ columns?: number, rows?: number, env?: Record<string, string>, cwd?: string }} [options]
 */
export async function openTerminal(t, { columns = 80, rows = 24, env = {}, cwd } = {}) {
  const socket = `fetchloop-${randomUUID()}`;
  const tmux = (...args) => run('tmux', ['-L', socket, '-f', '/dev/null', ...args]).then(({ stdout }) => stdout);
  t.after(() => tmux('kill-server').catch(() => {}));
  const set = Object.entries(env).flatMap(([name, value]) => ['-e', `${name}=${value}`]);
  const size = ['-x', String(columns), '-y', String(rows)];
  await tmux('new-session', '-d', ...size, ...set, ...(cwd ? ['-c', cwd] : []), 'bash --norc --noprofile');
  const terminal = {
    /** A line, as if it were typed. @param {string} text */
    type: (text) => tmux('send-keys', '-l', '--', text).then(() => tmux('send-keys', 'Enter')),
    /** @param {string} key such as C-c, C-z */
    press: (key) => tmux('send-keys', key),
    /** What is on it, line by line, without the empty ones at its end. */
    lines: async () => (await tmux('capture-pane', '-p')).trimEnd().split('\n'),
    /** With what has scrolled out of it. */
    history: async () => (await tmux('capture-pane', '-p', '-S', '-')).trimEnd().split('\n'),
    /** The same, with its colours. */
    ansi: () => tmux('capture-pane', '-p', '-e'),
    hasCursor: async () => (await tmux('display-message', '-p', '#{cursor_flag}')).trim() === '1',
    resize: (x, y) => tmux('resize-window', '-x', String(x), '-y', String(y)),
    /** Wait until it shows that. @param {RegExp} pattern */
    until: (pattern) => terminal.untilLines((lines) => pattern.test(lines.join('\n')), pattern),
    /** @param {(lines: string[]) => boolean} holds @param {unknown} [what] for the message */
    async untilLines(holds, what = holds) {
      const givenUpAt = performance.now() + PATIENCE_MS;
      for (let lines = await terminal.lines(); !holds(lines); lines = await terminal.lines()) {
        assert.ok(performance.now() < givenUpAt, `never came: ${what}, but:\n${lines.join('\n')}`);
        await sleep(LOOK_EVERY_MS);
      }
    },
  };
  await terminal.until(/[$#]$/);
  await terminal.type("PS1='$ '; clear");
  await terminal.until(/^\$$/);
  return terminal;
}
