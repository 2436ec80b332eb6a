/**
 * The command's options, once: parsing, --help, the man page and the shells' completions all read this table. Names are
 * curl's where curl has one, else aria2's or lychee's. What an option does stands with who does it; here is only what it
 * is called, what its value may be, and a line on it.
 */
import { bytes, constant, ipAddress, listOf, oneOf, pause, rate, seconds, statuses, wholeNumber } from './kinds.js';

/**
 * @typedef {object} Option
 * @property {string} [short] one letter
 * @property {string} [value] what its value is called; none: it is a flag
 * @property {import('./kinds.js').Kind} [kind] of its value; default: a text
 * @property {boolean} [many] it may be given more than once, and gives an array
 * @property {string} [into] it may be given more than once, in an order that counts among others: the name of the array of
 *   { option, value } that they share
 * @property {boolean} [secret] its value is in no message
 * @property {boolean} [main] it is in the short --help
 * @property {string[]} [excludes] those it can't go together with
 * @property {string} help one line
 */

/** The first is the one to use. */
export const ALGORITHMS = ['sha256', 'sha512', 'sha1', 'md5'];

const CONNECTIONS = wholeNumber(1, 65535);

const INPUT_FORMATS = ['lines', 'csv', 'tsv', 'sitemap', 'ndjson'];

export const FORMATS = ['text', 'jsonl', 'json', 'csv', 'junit', 'markdown', 'none'];

/** @type {Record<string, Record<string, Option>>} by what they are about, in the order of --help */
export const GROUPS = {
  Input: {
    'input-file': {
      short: 'i',
      value: 'FILE',
      many: true,
      main: true,
      help: 'read URLs from FILE; - is stdin',
    },
    'input-format': { value: 'FORMAT', kind: oneOf(...INPUT_FORMATS), help: `${INPUT_FORMATS.join(', ')} (by name)` },
    column: { value: 'NAME', help: 'of a CSV file, by name or number from 1' },
    sitemap: { value: 'URL', many: true, excludes: ['race'], help: 'all that a sitemap, or an index of them, has' },
    url: { value: 'URL', many: true, help: 'as an argument: for files of options' },
    unique: { help: 'leave out what comes again' },
    globoff: { short: 'g', help: 'take {} and [] in URLs as they are' },
    config: { short: 'K', value: 'FILE', many: true, help: 'read options from FILE, as curl does' },
    disable: { short: 'q', help: 'read no ~/.config/fetchloop/config' },
    'dry-run': { excludes: ['race'], help: 'print what would be asked, and send nothing' },
  },
  Request: {
    request: { short: 'X', value: 'METHOD', help: 'the method' },
    header: { short: 'H', value: 'LINE', many: true, main: true, secret: true, help: 'Name: value, or @FILE of them' },
    data: {
      short: 'd',
      value: 'DATA',
      into: 'body',
      main: true,
      secret: true,
      help: 'POST it; @FILE, without line ends',
    },
    'data-raw': { value: 'DATA', into: 'body', secret: true, help: 'POST it, @ too' },
    'data-binary': { value: 'DATA', into: 'body', secret: true, help: 'POST it; @FILE as it is' },
    'data-urlencode': { value: 'DATA', into: 'body', secret: true, help: 'POST it encoded: [NAME]=TEXT, [NAME]@FILE' },
    json: { value: 'JSON', into: 'body', secret: true, help: 'POST it as JSON; @FILE' },
    form: { short: 'F', value: 'PART', into: 'form', secret: true, help: 'POST a form: NAME=TEXT, NAME=@FILE;type=…' },
    'form-string': { value: 'PART', into: 'form', secret: true, help: 'the same, @ and ; as they are' },
    get: { short: 'G', excludes: ['form', 'form-string'], help: '-d goes into the query' },
    head: { short: 'I', help: 'ask for the headers alone' },
    'url-query': { value: 'DATA', many: true, secret: true, help: 'add it to each query, as --data-urlencode' },
    range: { short: 'r', value: 'RANGE', help: 'of bytes: 0-499, -500' },
    user: { short: 'u', value: 'USER:PASSWORD', secret: true, help: 'basic authentication' },
    'oauth2-bearer': { value: 'TOKEN', secret: true, excludes: ['user'], help: 'a bearer token' },
    'user-agent': { short: 'A', value: 'NAME', help: 'User-Agent' },
    referer: { short: 'e', value: 'URL', help: 'Referer' },
    cookie: { short: 'b', value: 'DATA', many: true, secret: true, help: 'NAME=VALUE; …, or a cookies.txt' },
    'cookie-jar': { short: 'c', value: 'FILE', help: 'keep cookies, and write them to a cookies.txt' },
    location: { short: 'L', help: 'follow redirects (on); --no-location' },
    'max-redirs': { value: 'N', kind: wholeNumber(0, 1000), help: 'at most N of them (10)' },
    compressed: { help: 'ask for compressed bodies (on)' },
  },
  Connection: {
    proxy: { short: 'x', value: 'URL', secret: true, help: 'http, https, socks5, socks5h; else $http_proxy' },
    'proxy-user': { short: 'U', value: 'USER:PASSWORD', secret: true, help: "the proxy's" },
    noproxy: { value: 'HOSTS', help: 'not for these; *: none' },
    insecure: { short: 'k', help: 'accept any certificate' },
    cacert: { value: 'FILE', help: 'who vouches for servers, PEM' },
    cert: { short: 'E', value: 'FILE[:PASS]', secret: true, help: "the client's, PEM or PKCS #12" },
    key: { value: 'FILE', help: 'its private key, PEM' },
    pass: { value: 'PASS', secret: true, help: "the key's" },
    'tlsv1.3': { help: 'TLS 1.3 at least (1.2)' },
    'http1.1': { excludes: ['http2'], help: 'no HTTP/2' },
    http2: { help: 'HTTP/2 where there is (on)' },
    ipv4: { short: '4', excludes: ['ipv6'], help: 'resolve to IPv4 alone' },
    ipv6: { short: '6', help: 'resolve to IPv6 alone' },
    resolve: { value: 'HOST:PORT:ADDRESS', many: true, help: 'in place of DNS; port or host may be *' },
    interface: { value: 'NAME', kind: ipAddress, help: 'connect from: an interface or an IP address' },
    'unix-socket': { value: 'PATH', help: 'connect to it, whatever the host' },
    'public-only': { help: 'to no private or loopback address' },
  },
  'Limits and pace': {
    'parallel-max': { value: 'N', kind: CONNECTIONS, main: true, excludes: ['sync'], help: 'at most N at once (50)' },
    'parallel-max-host': {
      value: 'N',
      kind: CONNECTIONS,
      main: true,
      excludes: ['sync'],
      help: 'of these N to one host (6)',
    },
    sync: { help: 'one after another' },
    rate: { value: 'RATE', kind: rate, main: true, help: 'requests to one host: 10/s, 600/m' },
    'rate-all': { value: 'RATE', kind: rate, help: 'requests in all' },
    robots: { excludes: ['race'], help: 'obey robots.txt: what it forbids fails' },
  },
  'Time and trying again': {
    'max-time': {
      short: 'm',
      value: 'SECONDS',
      kind: seconds,
      main: true,
      help: 'for an attempt (30); 0: no limit',
    },
    'connect-timeout': { value: 'SECONDS', kind: seconds, help: 'until connected (10); 0: no limit' },
    'read-timeout': { value: 'SECONDS', kind: seconds, help: 'between two arrivals of data (none)' },
    retry: { value: 'N', kind: wholeNumber(0, 1000), main: true, help: 'try again N times what may be (2)' },
    'retry-delay': { value: 'SECONDS', kind: pause, help: 'up to so long before each' },
    'retry-max-time': { value: 'SECONDS', kind: seconds, help: 'for a URL, all attempts together (none)' },
    'retry-after-max': { value: 'SECONDS', kind: pause, help: 'the longest wait that a server may ask for (60)' },
    'retry-on-http-error': {
      value: 'STATUSES',
      kind: listOf(wholeNumber(100, 999)),
      help: 'these: 429,503',
    },
    'retry-all-errors': { help: 'also of methods that do more than read' },
  },
  Output: {
    format: { value: 'FORMAT', kind: oneOf(...FORMATS), main: true, help: FORMATS.join(', ') },
    jsonl: {
      main: true,
      excludes: ['format'],
      help: "a JSON object a URL, curl's -w names",
    },
    'write-out': {
      short: 'w',
      value: 'TEXT',
      excludes: ['format', 'jsonl'],
      help: "a text for each URL, with curl's %{…}; @FILE",
    },
    output: {
      short: 'o',
      value: 'FILE',
      many: true,
      excludes: ['remote-name', 'output-name'],
      help: 'save the body in FILE; - is stdout',
    },
    'remote-name': {
      short: 'O',
      excludes: ['output-name'],
      help: "save bodies under their URLs' last part",
    },
    'output-dir': { value: 'DIR', main: true, help: 'save bodies in DIR, by host and path' },
    'output-name': { value: 'NAME', help: 'as {host}/{name}: path, ext, query, urlnum …' },
    'create-dirs': { help: 'make the folders that are missing' },
    'skip-existing': { excludes: ['clobber', 'no-clobber'], help: 'what has its file is not fetched' },
    clobber: { excludes: ['no-clobber'], help: 'replace files, by -O and --output-dir too' },
    'no-clobber': { help: 'replace none: add a number to the name' },
    'continue-at': { short: 'C', value: '-', kind: constant('-'), help: "complete what another's run left" },
    checksum: { value: 'NAME', kind: oneOf(...ALGORITHMS), help: `in the record: ${ALGORITHMS.join(', ')}` },
    'etag-save': { value: 'FILE', help: "keep the URLs' ETags in FILE" },
    'etag-compare': { value: 'FILE', help: 'fetch only what has changed since' },
    silent: { short: 's', help: 'nothing on stderr, and no text on stdout' },
    'show-error': { short: 'S', help: 'with -s: what failed, on stderr' },
    fail: { short: 'f', main: true, help: 'a status of 400 or more is a failure' },
    'fail-with-body': { excludes: ['fail', 'accept'], help: 'the same, and its body is saved' },
    'fail-early': { help: 'end with the first failure' },
    accept: { value: 'STATUSES', kind: statuses, help: 'what is none, and all else is: 200..299,304' },
    'max-filesize': { value: 'BYTES', kind: bytes, help: 'the largest body, decoded (none)' },
  },
  'Looking closer': {
    report: {
      value: 'FILE',
      main: true,
      excludes: ['race'],
      help: 'a page with a waterfall: run.html',
    },
    har: { value: 'FILE', excludes: ['race'], help: 'an HTTP archive, HAR 1.2, without secrets' },
    trace: { value: 'FILE', excludes: ['race'], help: 'each step of each request; - is stderr' },
    'trace-format': {
      value: 'FORMAT',
      kind: oneOf('jsonl', 'chrome'),
      help: 'of --trace: jsonl, chrome (for Perfetto)',
    },
    verbose: { short: 'v', excludes: ['race', 'silent'], help: 'heads of requests and responses on stderr' },
  },
  'Losing no work': {
    journal: {
      value: 'FILE',
      main: true,
      excludes: ['race'],
      help: 'keep each record; the same command goes on',
    },
    failures: {
      value: 'FILE',
      excludes: ['race'],
      help: 'what failed, as a list to read: FILE.ndjson',
    },
  },
  'Seeing what happens': {
    progress: { help: 'lines on it, also where stderr is no terminal' },
    'no-progress': { excludes: ['progress', 'waterfall'], help: 'no view of it on a terminal' },
    waterfall: { main: true, help: 'and bars of what is in flight' },
    plain: { excludes: ['waterfall'], help: 'lines in place of a view, for screen readers' },
    'host-stats': { help: 'the summary has every host' },
  },
  Comparing: {
    race: {
      main: true,
      excludes: ['sync', 'output', 'remote-name', 'output-dir', 'output-name', 'fail-early'],
      help: 'one at a time, then all at once',
    },
    compare: {
      value: 'TOOLS',
      kind: listOf(oneOf('curl', 'requests', 'aiohttp', 'fetch')),
      excludes: ['race', 'sync', 'report', 'har', 'trace', 'verbose'],
      help: 'the same URLs with curl,requests,aiohttp,fetch',
    },
  },
  'Demo page': {
    port: { value: 'PORT', kind: wholeNumber(0, 65535), help: 'of `fetchloop demo` (8000); 0: any that is free' },
  },
  About: {
    version: { short: 'V', help: 'print the version' },
    help: { short: 'h', main: true, help: 'print this; all, or a group of options' },
  },
};

/** What may stand in place of a URL, and does something else. */
export const SUBCOMMANDS = {
  retry: 'what failed once more: retry FILE',
  demo: 'serve the demo page',
  completion: "print a shell's completions: bash, zsh, fish",
  man: 'print the manual page',
};

/** @type {Record<string, Option>} */
export const OPTIONS = Object.assign({}, ...Object.values(GROUPS));
