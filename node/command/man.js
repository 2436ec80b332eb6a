import { version } from '../version.js';
import { GROUPS, SUBCOMMANDS } from './options.js';

/** The manual page, in man(7)'s macros. */
export function manPage() {
  return `.\\" Made from the table of options.
.TH FETCHLOOP 1 "" "fetchloop ${version}" "User Commands"
.SH NAME
fetchloop \\- fetch many URLs at once
.SH SYNOPSIS
.B fetchloop
[\\fIoptions\\fR] [\\fIurl\\fR ...]
.br
.B fetchloop
\\fIcommand\\fR [\\fIargument\\fR ...]
.SH DESCRIPTION
${DESCRIPTION.map(escaped).join('\n.PP\n')}
.SH OPTIONS
${Object.entries(GROUPS).map(groupText).join('\n')}
.SH COMMANDS
${Object.entries(SUBCOMMANDS)
  .map(([name, what]) => `.TP\n.B ${name}\n${escaped(sentence(what))}`)
  .join('\n')}
.SH EXIT STATUS
${EXIT_STATUS.map(([code, what]) => `.TP\n.B ${code}\n${escaped(what)}`).join('\n')}
.SH FILES
.TP
.I ~/.config/fetchloop/config
Options that are read first, unless
.B \\-q
is given; the command line counts more.
.SH EXAMPLES
.nf
${EXAMPLES.map(escaped).join('\n')}
.fi
.SH SEE ALSO
.BR curl (1)
`;
}

const DESCRIPTION = [
  `Each URL that is given, or read from a file, a sitemap or stdin, is fetched,
many at once. As each ends, a line goes to stdout; a summary follows on stderr.
Lists are read as they are used.`,
  `URLs on the command line may be patterns, as curl has them: [1-100],
[001-100:2], [a-z], {one,two}, and {1..10} as in a shell. Files are read by
their names' ends: .csv, .tsv, .xml (a sitemap), .ndjson and .jsonl, each also
with .gz; others have a URL a line, blank lines and those that begin with # left
out. A line of NDJSON is an object with url, method, headers, params, auth,
body, json or form, timeout, retry, maxRedirects, priority, id and output.`,
];

const EXIT_STATUS = [
  ['0', 'All well.'],
  ['1', 'Some URLs failed. What robots.txt forbids has failed, too.'],
  ['2', 'Wrong usage.'],
  ['130', 'Interrupted.'],
];

const EXAMPLES = [
  'fetchloop https://example.com/ https://example.org/',
  'fetchloop -i urls.txt --parallel-max 100 --jsonl >results.jsonl',
  'fetchloop --sitemap https://example.com/sitemap.xml --rate 10/s --robots',
  "fetchloop 'https://example.com/page/[1-100]'",
];

function groupText([title, group]) {
  return `.SS ${escaped(title)}\n${Object.entries(group).map(optionText).join('\n')}`;
}

function optionText([name, { short, value, help, many, into, excludes }]) {
  const argument = value ? ` \\fI${escaped(value)}\\fR` : '';
  const names = `${short ? `\\fB\\-${short}\\fR, ` : ''}\\fB\\-\\-${escaped(name)}\\fR${argument}`;
  const notes = [
    many || into ? 'It may be given more than once.' : '',
    excludes ? `Not with ${excludes.map((other) => `--${other}`).join(',\n')}.` : '',
  ].filter(Boolean);
  return `.TP\n${names}\n${[sentence(help), ...notes].map(escaped).join('\n')}`;
}

function sentence(help) {
  const text = help[0] === '-' ? help : help[0].toUpperCase() + help.slice(1);
  return `${text}.`;
}

/** A line that begins with a dot or an apostrophe would be a macro. */
function escaped(text) {
  return text
    .replace(/\\/g, '\\e')
    .replace(/-/g, '\\-')
    .replace(/…/g, '...')
    .replace(/^(?=[.'])/gm, '\\&');
}
