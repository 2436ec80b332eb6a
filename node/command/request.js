/** What is asked of each URL: the options of the group Request, as curl understands them. */
import { existsSync } from 'node:fs';
import { printable } from '../../web/response/errors.js';
import { isReplaceable } from '../is-replaceable.js';
import { makeBody, urlencoded } from './body.js';
import { fileValue } from './file-value.js';
import { UsageError } from './usage-error.js';

/**
 * @typedef {object} Asking
 * @property {object} session options of the session: what all its requests have
 * @property {import('../../web/given.js').RequestInit & { method?: string }} init of a request that has no own
 * @property {string} query added to each URL's, as it is
 * @property {(() => Promise<void>) | null} save the cookies, when all is done
 */

/** @param {import('./parse.js').Values} values @returns {Promise<Asking>} */
export async function makeAsking(values) {
  const { headers, omitted } = headersOf(values);
  const body = await bodyOf(values);
  const queries = (values['url-query'] ?? []).map((text) => (text[0] === '+' ? text.slice(1) : urlencoded(text)));
  const { session: cookies, save } = await cookiesOf(values, headers);
  const has = (name) => headers.some(([one]) => one.toLowerCase() === name) || omitted.includes(name);
  const own = (body.headers ?? []).filter(([name]) => !has(name));
  const init = {
    method: methodOf(values, body),
    headers: own.length > 0 ? own : undefined,
    body: body.bytes,
    multipart: body.parts,
    allowGetBody: body.bytes || body.parts ? true : undefined,
    auth: has('authorization') ? undefined : authOf(values),
  };
  return {
    session: {
      headers: headers.length > 0 ? headers : undefined,
      omitHeaders: omitted.length > 0 ? omitted : undefined,
      maxRedirects: values.location === false ? false : values['max-redirs'],
      ...cookies,
    },
    init: Object.fromEntries(Object.entries(init).filter(([, value]) => value !== undefined)),
    query: [...queries, ...(body.query ? [body.query] : [])].join('&'),
    save,
  };
}

function methodOf({ request, head }, { bytes, parts }) {
  if (head && (bytes || parts)) throw new UsageError('--head sends no body: -G puts -d into the query');
  return request ?? (head ? 'HEAD' : bytes || parts ? 'POST' : undefined);
}

async function bodyOf({ body, form, get }) {
  if (body && form) throw new UsageError('--form and --data (--json, …) exclude each other: a request has one body');
  if (form) return { parts: (await import('./form.js')).makeForm(form) };
  if (!body) return {};
  const made = makeBody(body);
  if (!get) return made;
  return { query: made.bytes.toString('latin1'), headers: made.headers.filter(([name]) => name === 'accept') };
}

/** `Name: value`; `Name;` for one without a value; `Name:` to leave out what is sent otherwise; `@file` of such lines. */
function headersOf(values) {
  const headers = [];
  const omitted = [];
  for (const line of (values.header ?? []).flatMap(headerLines)) {
    const [, name, sign, rest] = /^([^\s:;]+)\s*([:;])(.*)$/s.exec(line) ?? [];
    const value = rest?.trim();
    if (name === undefined || (sign === ';' && value !== '')) {
      throw new UsageError(
        "--header takes 'Name: value', 'Name;' for an empty one, 'Name:' to leave one out, or @FILE",
      );
    }
    if (sign === ':' && value === '') omitted.push(name.toLowerCase());
    else headers.push([name, bytesAsText(value)]);
  }
  const add = (name, value) => {
    if (value === undefined || headers.some(([one]) => one.toLowerCase() === name.toLowerCase())) return;
    if (value === '') omitted.push(name.toLowerCase());
    else headers.push([name, bytesAsText(value)]);
  };
  if (values.referer?.endsWith(';auto')) throw new UsageError("--referer: curl's ;auto is not there");
  add('User-Agent', values['user-agent']);
  add('Referer', values.referer);
  add('Range', values.range && rangeOf(values.range));
  return { headers, omitted };
}

/** In UTF-8, as it was typed: one character for each byte, as headers are given. */
function bytesAsText(text) {
  return Buffer.from(text).toString('latin1');
}

function headerLines(given) {
  if (given[0] !== '@') return [given];
  const lines = fileValue(given.slice(1)).toString().split(/\r?\n/);
  return lines.filter((line) => line.trim() !== '' && line[0] !== '#');
}

function rangeOf(given) {
  if (/^(\d+-\d*|-\d+)(,(\d+-\d*|-\d+))*$/.test(given)) return `bytes=${given}`;
  throw new UsageError(`--range takes bytes, such as 0-499, 500- or -500, not '${given}'`);
}

function authOf({ user, 'oauth2-bearer': bearer }) {
  if (bearer !== undefined) return { bearer };
  if (user === undefined) return undefined;
  const colon = user.indexOf(':');
  if (colon < 0) {
    throw new UsageError(
      '--user takes USER:PASSWORD (USER: for none); a file for -K keeps it out of the list of processes',
    );
  }
  return { username: user.slice(0, colon), password: user.slice(colon + 1) };
}

/** -b with a = is cookies, else a file of them; with a file, or -c, the session keeps what servers set. */
async function cookiesOf({ cookie = [], 'cookie-jar': jar }, headers) {
  const texts = cookie.filter((one) => one.includes('='));
  const files = cookie.filter((one) => !one.includes('='));
  if (texts.length > 0) headers.push(['Cookie', bytesAsText(texts.join('; '))]);
  if (files.length === 0 && jar === undefined) return { session: {}, save: null };
  if (jar === '-') throw new UsageError("--cookie-jar takes a file: stdout is the results'");
  if (jar !== undefined && !(await isReplaceable(jar)))
    throw new UsageError(`--cookie-jar: ${printable(jar)} is no file`);
  const [file = '', second] = files.filter((one) => one !== '');
  if (second !== undefined) throw new UsageError('--cookie takes one file');
  const { Cookies } = await import('../cookies.js');
  const cookies = file === '' ? new Cookies() : await loaded(Cookies, file);
  return { session: { cookies }, save: jar === undefined ? null : () => saved(cookies, jar) };
}

async function loaded(Cookies, file) {
  if (!existsSync(file)) process.stderr.write('fetchloop: --cookie: there is no such file\n'); // perhaps no name, but a secret
  try {
    return await Cookies.load(file);
  } catch (error) {
    throw new UsageError(`--cookie: ${error.message}`);
  }
}

async function saved(cookies, file) {
  try {
    await cookies.save(file);
  } catch (error) {
    throw new UsageError(`--cookie-jar: ${error.message}`);
  }
}

const BODIES = ['body', 'json', 'form', 'multipart'];

/**
 * The list's requests as they are asked for: with the query; and one that has a body or headers of its own without those
 * that were given for all.
 * @param {AsyncIterable<string | import('../../web/given.js').BatchRequest>} list
 * @param {Asking} asking
 */
export async function* asAsked(list, { init, query }) {
  for await (const item of list) {
    const request = typeof item === 'string' ? { url: item } : { ...item };
    if (init.method) request.method ??= init.method; // for the record, too
    if (query !== '') request.url = withQuery(String(request.url), query);
    const hasBody = BODIES.some((name) => request[name] !== undefined);
    if (hasBody) for (const name of BODIES) request[name] ??= undefined;
    // What is no object the session will refuse.
    if (typeof (request.headers ?? {}) === 'object') {
      const own = Object.entries(request.headers ?? {});
      if (own.some(([name]) => name.toLowerCase() === 'authorization')) request.auth = undefined;
      request.headers = [...(hasBody ? [] : (init.headers ?? [])), ...own];
    }
    yield request;
  }
}

function withQuery(url, query) {
  const [, before, fragment] = /^([^#]*)(.*)$/s.exec(url);
  const join = !before.includes('?') ? '?' : /[?&]$/.test(before) ? '' : '&';
  return `${before}${join}${query}${fragment}`;
}
