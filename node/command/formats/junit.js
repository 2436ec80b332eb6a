import { harmless, printableUrl } from '../../../web/response/errors.js';

/**
 * What CI tools read: a test for each URL, a suite for each host. The attributes of a suite count what is in it, so nothing
 * can be written before the end.
 * @param {import('../output.js').Output} output
 * @returns {import('../run.js').Sink}
 */
export function junitFormat(output) {
  const suites = new Map(); // name -> Suite
  return {
    onRecord(record) {
      const name = suiteOf(record.url);
      if (!suites.has(name)) suites.set(name, { cases: [], failures: 0, errors: 0, skipped: 0, seconds: 0 });
      add(suites.get(name), name, record);
    },
    async onEnd({ summary }) {
      const total = (what) => [...suites.values()].reduce((sum, suite) => sum + suite[what], 0);
      const tests = [...suites.values()].reduce((sum, { cases }) => sum + cases.length, 0);
      const counts = `tests="${tests}" failures="${total('failures')}" errors="${total('errors')}"`;
      output.line('<?xml version="1.0" encoding="UTF-8"?>');
      output.line(`<testsuites name="fetchloop" ${counts} time="${time(summary.wallTime / 1000)}">`);
      for (const [name, suite] of suites) await output.write(suiteText(name, suite));
      await output.line('</testsuites>');
    },
  };
}

function suiteOf(url) {
  return URL.canParse(url) ? new URL(url).origin : 'no host';
}

function add(suite, name, record) {
  suite.seconds += record.time_total ?? 0;
  const kind = kindOf(record);
  if (kind) suite[COUNTS[kind]]++;
  const attributes = `name=${quoted(`${record.method} ${printableUrl(record.url)}`)} classname=${quoted(name)}`;
  suite.cases.push(`    <testcase ${attributes} time="${time(record.time_total ?? 0)}"${outcome(kind, record)}`);
}

/** A status that isn't wanted is a failure; what never got to be a response is an error. */
function kindOf({ exitcode, response_code, skipped }) {
  if (exitcode === 0) return skipped ? 'skipped' : null;
  return response_code > 0 ? 'failure' : 'error';
}

const COUNTS = { skipped: 'skipped', failure: 'failures', error: 'errors' };

function outcome(kind, { exitcode, errormsg, skipped }) {
  if (!kind) return '/>\n';
  if (kind === 'skipped') return `><skipped message=${quoted(skipped)}/></testcase>\n`;
  return `><${kind} type="${exitcode}" message=${quoted(errormsg)}/></testcase>\n`;
}

function suiteText(name, { cases, failures, errors, skipped, seconds }) {
  const counts = `tests="${cases.length}" failures="${failures}" errors="${errors}" skipped="${skipped}"`;
  return `  <testsuite name=${quoted(name)} ${counts} time="${time(seconds)}">\n${cases.join('')}  </testsuite>\n`;
}

function time(seconds) {
  return seconds.toFixed(3);
}

const ENTITIES = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' };

/** As an attribute; what XML 1.0 has no way to say is made visible. */
function quoted(text) {
  const clean = harmless(text).replace(/[\ufffe\uffff]|\p{Surrogate}/gu, '\ufffd');
  return `"${clean.replace(/[&<>"]/g, (c) => ENTITIES[c])}"`;
}
