import { printable } from '../../web/response/errors.js';
import { GROUPS, SUBCOMMANDS } from './options.js';
import { UsageError } from './usage-error.js';

const COLUMN = 33;

/** @param {string} name @param {import('./options.js').Option} option */
function row(name, { short, value, help }) {
  const left = `  ${short ? `-${short},` : '   '} --${name}${value ? ` ${value}` : ''}`;
  return `${left.padEnd(COLUMN - 1)} ${help}`;
}

/** @param {string[]} topics `all`: every option; beginnings of groups' names; none: what fits a screen */
export function helpText(topics) {
  if (topics.length === 0) return mainText();
  const titles = topics.includes('all') ? Object.keys(GROUPS) : topics.map(titleOf);
  const commands = topics.includes('all') ? `\n${commandsText()}` : '';
  return `Usage: fetchloop [options] [url…]\n\n${titles.map(groupText).join('\n')}${commands}`;
}

function titleOf(topic) {
  const found = Object.keys(GROUPS).find((title) => title.toLowerCase().startsWith(topic.toLowerCase()));
  if (found) return found;
  throw new UsageError(`--help ${printable(topic)}: there are all, ${words().join(', ')}`);
}

/** The first of each group's title is enough. */
function words() {
  return Object.keys(GROUPS).map((title) => title.toLowerCase().split(' ')[0]);
}

/** In lines that fit a screen. */
function wrapped(text) {
  return text.replace(/(.{1,76})(?: |$)/g, '$1\n').trimEnd();
}

function groupText(title) {
  const rows = Object.entries(GROUPS[title]).map(([name, option]) => row(name, option));
  return `${title}\n${rows.join('\n')}\n`;
}

function commandsText() {
  const rows = Object.entries(SUBCOMMANDS).map(([name, what]) => `${`  fetchloop ${name}`.padEnd(COLUMN)}${what}`);
  return `In place of URLs\n${rows.join('\n')}\n`;
}

function mainText() {
  const main = Object.values(GROUPS).flatMap((group) => Object.entries(group).filter(([, { main }]) => main));
  return `Usage: fetchloop [options] [url…]        many at once; - reads URLs from stdin
${main.map(([name, option]) => row(name, option)).join('\n')}

--help with one of these has more: all,
${wrapped(words().join(', '))}.
Exit code: 0 all well, 1 some URLs failed, 2 wrong usage, 130 interrupted.
  fetchloop -i urls.txt --parallel-max 100 --jsonl >results.jsonl
`;
}
