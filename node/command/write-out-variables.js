/** The variables of curl's -w, and each field of a record by its name; written as curl does, where what isn't known is 0. */
import { jsonLine } from './formats/jsonl.js';

/** @type {Record<string, (record: import('./records.js').Record, result: import('../index.js').Result) => string>} */
const VARIABLES = {
  json: (record) => jsonLine(record),
  header_json: (_, result) => headerJson(responseOf(result)?.headers ?? new Headers()),
  http_code: ({ response_code }) => statusText(response_code),
  response_code: ({ response_code }) => statusText(response_code),
  http_connect: () => '000',
  http_version: ({ http_version }) => http_version ?? '0',
  url_effective: ({ url, url_effective }) => url_effective ?? url,
  redirect_url: (_, result) => redirectOf(responseOf(result)),
  referer: () => '',
  scheme: ({ url, url_effective }) => urlOf(url_effective ?? url)?.protocol.slice(0, -1) ?? '',
  num_headers: (_, result) => String(headersOf(result).length),
  size_header: (record, result) => String(headerBytes(record, result)),
  num_connects: (_, { timing }) => (timing.connect ? '1' : '0'),
  remote_port: ({ url, url_effective, remote_ip }) => (remote_ip ? portOf(urlOf(url_effective ?? url)) : '0'),
  speed_download: ({ size_download, time_total }) => String(time_total ? Math.round(size_download / time_total) : 0),
  time_pretransfer: (_, { timing }) =>
    timeText(timing.headers === null ? null : (timing.headers - timing.firstByte) / 1000),
};

/** Those of curl that a session doesn't tell: as curl writes them when there is nothing to tell. */
const NEVER_KNOWN = {
  ftp_entry_path: '',
  local_ip: '',
  certs: '',
  local_port: '0',
  num_certs: '0',
  proxy_ssl_verify_result: '0',
  proxy_used: '0',
  size_request: '0',
  size_upload: '0',
  speed_upload: '0',
  ssl_verify_result: '0',
  time_posttransfer: '0.000000',
  time_redirect: '0.000000',
  conn_id: '-1',
  xfer_id: '-1',
};

/** What every record has. */
const FIELD =
  /^(urlnum|url|method|exitcode|errormsg|num_redirects|num_retries|size_download|content_type|remote_ip|time_(queue|namelookup|connect|appconnect|starttransfer|total)|filename_effective|skipped|md5|sha1|sha256|sha512)$/;
const PART_OF_URL = /^urle?\.(scheme|user|password|host|port|path|query|fragment)$/;

/**
 * @param {string} name
 * @param {import('./records.js').Record | null} record null: whether there is such a one
 * @param {import('../index.js').Result | null} result
 * @returns {string | undefined} undefined: there is none of that name
 */
export function variable(name, record, result) {
  const known = Object.hasOwn(VARIABLES, name) || Object.hasOwn(NEVER_KNOWN, name) || FIELD.test(name);
  if (!known && !PART_OF_URL.test(name)) return undefined;
  if (!record) return '';
  if (Object.hasOwn(VARIABLES, name)) return VARIABLES[name](record, result);
  if (Object.hasOwn(NEVER_KNOWN, name)) return NEVER_KNOWN[name];
  if (PART_OF_URL.test(name)) return partOfUrl(name, record);
  if (name.startsWith('time_')) return timeText(record[name]);
  return String(record[name] ?? (/^(num|size)_/.test(name) ? 0 : ''));
}

function responseOf({ response, error }) {
  return response ?? error?.response;
}

function headersOf(result) {
  return [...(responseOf(result)?.headers ?? [])];
}

function statusText(status) {
  return String(status).padStart(3, '0');
}

function timeText(seconds) {
  return (seconds ?? 0).toFixed(6);
}

/** Of a response after redirects those of the hops aren't known. */
function headerBytes({ num_redirects, response_code, http_version }, result) {
  const response = responseOf(result);
  if (!response || num_redirects !== 0) return 0;
  const statusLine = `HTTP/${http_version} ${response_code} ${response.statusText}\r\n`;
  return headersOf(result).reduce((sum, [name, value]) => sum + name.length + value.length + 4, statusLine.length + 2);
}

function headerJson(headers) {
  const lists = new Map();
  for (const [name, value] of headers) lists.set(name, [...(lists.get(name) ?? []), value]);
  return `{${[...lists].map(([name, values]) => `${jsonLine(name)}:${jsonLine(values)}`).join(',\n')}\n}`;
}

function redirectOf(response) {
  const location = response?.status >= 300 && response.status < 400 ? response.headers.get('location') : null;
  return location !== null && URL.canParse(location, response.url) ? new URL(location, response.url).href : '';
}

function urlOf(text) {
  return URL.canParse(text) ? new URL(text) : null;
}

function portOf(url) {
  return url?.port || { 'http:': '80', 'https:': '443' }[url?.protocol] || '0';
}

/** `url.host` is of the URL as given, `urle.host` of the effective one. */
function partOfUrl(name, { url, url_effective }) {
  const of = urlOf(name.startsWith('urle.') ? (url_effective ?? url) : url);
  if (!of) return '';
  const parts = {
    scheme: of.protocol.slice(0, -1),
    user: of.username,
    password: of.password,
    host: of.hostname,
    port: portOf(of),
    path: of.pathname,
    query: of.search.slice(1),
    fragment: of.hash.slice(1),
  };
  return parts[name.split('.')[1]];
}
