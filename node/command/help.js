import { GROUPS } from './options.js';

const COLUMN = 33;

/** @param {string} name @param {import('./options.js').Option} option */
function row(name, { short, value, help }) {
  const left = `  ${short ? `-${short},` : '   '} --${name}${value ? ` ${value}` : ''}`;
  return `${left.padEnd(COLUMN - 1)} ${help}`;
}

/** @param {string[]} topics `all`: every option; else what fits a screen */
export function helpText(topics) {
  return topics.includes('all') ? allText() : mainText();
}

function mainText() {
  const main = Object.values(GROUPS).flatMap((group) => Object.entries(group).filter(([, { main }]) => main));
  return `Usage: fetchloop [options] [url…]
       fetchloop retry FILE      what failed, of a journal or of --failures

Fetch many URLs at once. As each ends, a line goes to stdout (status, seconds,
size, URL); a summary follows on stderr. In place of a URL, - reads more of them
from stdin, one a line; blank lines and lines that begin with # are skipped.

${main.map(([name, option]) => row(name, option)).join('\n')}

Exit code: 0 all well, 1 some URLs failed, 2 wrong usage, 130 interrupted.
--help all lists every option.

  fetchloop https://example.com/ https://example.org/
  fetchloop -i urls.txt --parallel-max 100 --jsonl >results.jsonl
  fetchloop --race
`;
}

function allText() {
  const groups = Object.entries(GROUPS).map(
    ([title, group]) =>
      `${title}\n${Object.entries(group)
        .map(([name, option]) => row(name, option))
        .join('\n')}\n`,
  );
  return `Usage: fetchloop [options] [url…]\n\n${groups.join('\n')}`;
}
