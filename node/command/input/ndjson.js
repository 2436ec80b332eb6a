import { printable } from '../../../web/response/errors.js';
import { UsageError } from '../usage-error.js';
import { linesOf } from './lines.js';

const LINE_CHARACTERS_MAX = 64 * 1024 * 1024;

/** What goes to the session as it is, which checks it. */
const REQUEST = [
  'method',
  'headers',
  'params',
  'auth',
  'body',
  'json',
  'form',
  'timeout',
  'retry',
  'maxRedirects',
  'priority',
];
const BODIES = ['body', 'json', 'form'];
const FIELDS = ['url', ...REQUEST, 'id', 'output'];

/**
 * A request a line, as a JSON object. What is no such line stops the run, as what follows can't be trusted; what the
 * session doesn't take is that request's failure.
 * @param {import('./source.js').Source} source
 */
export async function* readNdjson(source) {
  for await (const [text, line] of linesOf(source, LINE_CHARACTERS_MAX)) {
    yield requestOf(parsed(text, `${source.name}:${line}`), line, `${source.name}:${line}`);
  }
}

function parsed(text, place) {
  try {
    if (text.length >= LINE_CHARACTERS_MAX) throw new Error();
    return JSON.parse(text);
  } catch {
    throw new UsageError(`${place}: not a JSON object`);
  }
}

function requestOf(given, line, place) {
  if (typeof given !== 'object' || given === null || Array.isArray(given)) {
    throw new UsageError(`${place}: not a JSON object`);
  }
  const unknown = Object.keys(given).find((name) => !FIELDS.includes(name));
  if (unknown) throw new UsageError(`${place}: unknown field '${printable(unknown)}': there are ${FIELDS.join(', ')}`);
  const { id = null, output, url, ...request } = given;
  if (typeof url !== 'string') throw new UsageError(`${place}: the field url must be a text`);
  if (!['string', 'number'].includes(typeof id) && id !== null) {
    throw new UsageError(`${place}: the field id must be a text or a number`);
  }
  if (output !== undefined && typeof output !== 'string')
    throw new UsageError(`${place}: the field output must be a text`);
  if (request.method === undefined && BODIES.some((name) => request[name] !== undefined)) request.method = 'POST';
  return { url: url.trim(), ...request, data: { id, line, ...(output !== undefined && { output }) } };
}
