/** What makes a shell complete the command's options, for it to read: `source <(fetchloop completion bash)`. */
import { printable } from '../../web/response/errors.js';
import { GROUPS, OPTIONS, SUBCOMMANDS } from './options.js';
import { UsageError } from './usage-error.js';

/** @param {string | undefined} shell */
export function completion(shell) {
  if (Object.hasOwn(SHELLS, shell ?? '')) return SHELLS[shell]();
  const given = shell === undefined ? '' : `, not '${printable(shell)}'`;
  throw new UsageError(`completion takes a shell: ${Object.keys(SHELLS).join(', ')}${given}`);
}

const SHELLS = { bash, zsh, fish };

/** What values an option has: words to choose from, or the names of files, or of folders. */
function valuesOf({ value, kind }) {
  if (!value) return null;
  if (kind?.words) return { words: kind.words };
  if (/^(FILE|PATH)/.test(value)) return { files: true };
  if (/^(DIR|FOLDER)/.test(value)) return { folders: true };
  return {};
}

const names = ({ short, name }) => [...(short ? [`-${short}`] : []), `--${name}`];
const options = () => Object.entries(OPTIONS).map(([name, option]) => ({ ...option, name }));
const topics = () => ['all', ...Object.keys(GROUPS).map((title) => title.toLowerCase().split(' ')[0])];

function bash() {
  const cases = [];
  const patterns = { files: [], folders: [], others: [] };
  for (const option of options()) {
    const values = valuesOf(option);
    const pattern = names(option).join('|');
    if (values?.words)
      cases.push(`    ${pattern}) COMPREPLY=($(compgen -W '${values.words.join(' ')}' -- "$word")); return ;;`);
    else if (values) patterns[values.files ? 'files' : values.folders ? 'folders' : 'others'].push(pattern);
  }
  const add = (list, action) => list.length > 0 && cases.push(`    ${list.join('|')}) ${action}; return ;;`);
  add(patterns.files, 'compopt -o filenames; COMPREPLY=($(compgen -f -- "$word"))');
  add(patterns.folders, 'compopt -o filenames; COMPREPLY=($(compgen -d -- "$word"))');
  add(patterns.others, 'COMPREPLY=()');
  cases.push(`    -h|--help) COMPREPLY=($(compgen -W '${topics().join(' ')}' -- "$word")); return ;;`);
  cases.push(`    completion) COMPREPLY=($(compgen -W '${Object.keys(SHELLS).join(' ')}' -- "$word")); return ;;`);
  return `_fetchloop() {
  local word=\${COMP_WORDS[COMP_CWORD]} before=\${COMP_WORDS[COMP_CWORD-1]}
  COMPREPLY=()
  case $before in
${cases.join('\n')}
  esac
  if [[ $word == -* ]]; then
    COMPREPLY=($(compgen -W '${options().flatMap(names).join(' ')}' -- "$word"))
  elif (( COMP_CWORD == 1 )); then
    COMPREPLY=($(compgen -W '${Object.keys(SUBCOMMANDS).join(' ')}' -- "$word"))
  fi
}
complete -F _fetchloop fetchloop
`;
}

function zsh() {
  const specs = options().map((option) => {
    const { value, help, many, into, excludes = [] } = option;
    const all = names(option);
    const values = valuesOf(option);
    const action = values?.words
      ? `(${values.words.join(' ')})`
      : values?.files
        ? '_files'
        : values?.folders
          ? '_files -/'
          : ' ';
    const argument = values ? `:${zshEscaped(value)}:${action}` : '';
    const others = [...(many || into ? [] : all), ...excludes.map((other) => `--${other}`)];
    const before = many || into ? `'*'${braced(all)}` : `'(${others.join(' ')})'${braced(all)}`;
    return `  ${before}'[${zshEscaped(help)}]${argument}'`;
  });
  const commands = Object.entries(SUBCOMMANDS).map(([name, what]) => `${name}\\:"${zshEscaped(what)}"`);
  return `#compdef fetchloop
_fetchloop() {
  if [[ $words[2] == completion ]]; then
    _values shell ${Object.keys(SHELLS).join(' ')}
    return
  fi
  _arguments -s -S \\
${specs.join(' \\\n')} \\
    '1:URL or command:((${commands.join(' ')}))' \\
    '*:URL:_urls'
}
if [[ $zsh_eval_context[-1] == loadautofunc ]]; then _fetchloop "$@"; else compdef _fetchloop fetchloop; fi
`;
}

const braced = (words) => (words.length > 1 ? `{${words.join(',')}}` : words[0]);
const zshEscaped = (text) => text.replace(/[[\]:\\]/g, '\\$&').replace(/'/g, "'\\''");

function fish() {
  const lines = options().map((option) => {
    const { short, name, help } = option;
    const values = valuesOf(option);
    const argument = !values
      ? ''
      : values.words
        ? ` -x -a ${fishQuoted(values.words.join(' '))}`
        : values.files
          ? ' -r -F'
          : values.folders
            ? " -x -a '(__fish_complete_directories)'"
            : ' -x';
    return `complete -c fetchloop${short ? ` -s ${short}` : ''} -l ${name}${argument} -d ${fishQuoted(help)}`;
  });
  const commands = Object.entries(SUBCOMMANDS).map(
    ([name, what]) => `complete -c fetchloop -n __fish_is_first_arg -a ${name} -d ${fishQuoted(what)}`,
  );
  return `complete -c fetchloop -f
${lines.join('\n')}
${commands.join('\n')}
complete -c fetchloop -n '__fish_seen_subcommand_from completion' -a '${Object.keys(SHELLS).join(' ')}'
`;
}

const fishQuoted = (text) => `'${text.replace(/[\\']/g, '\\$&')}'`;
