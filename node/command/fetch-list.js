import { makeFormat } from './formats/index.js';
import { run } from './run.js';
import { sayer, seeing } from './seeing.js';
import { wantsBodies } from './settings.js';

/** Why --fail-early's signal aborts. */
export const FAIL_EARLY = 'ended by --fail-early';

/**
 * @typedef {object} List
 * @property {(session: import('../../web/session.js').Session | null) => any} requests null: nothing is sent
 * @property {import('./journal/index.js').Journal} [journal]
 * @property {string[]} urls the arguments
 * @property {boolean} given whether there was anything to read it from
 */

/**
 * What the command is for: fetch a list, and tell of it whoever the options name.
 * @param {List} list
 * @param {Pick<import('./run.js').Plan, 'session' | 'init' | 'accepts' | 'signal'>} plan
 * @param {import('./parse.js').Values} values
 * @param {import('./output.js').Output} output
 * @param {() => void} endEarly
 * @returns {Promise<number>} how many failed, in runs before too
 */
export async function fetchList({ requests, journal, urls }, plan, values, output, endEarly) {
  const seen = await seeing(requests, values, output, urls, journal);
  const told = [
    await makeFormat(values, output),
    values.failures && (await (await import('./journal/failures.js')).failuresFile(values.failures)),
    values['fail-early'] && (await import('./fail-early.js')).failEarly(endEarly),
    ...(await openRecorders(values, output)),
    ...seen.sinks,
  ].filter(Boolean);
  const { summary } = await run(seen.requests, {
    ...plan,
    bodies: wantsBodies(values) ? await bodiesFor(values, output, plan.accepts) : null,
    sinks: journal ? [journal.before(told)] : told,
    numberOf: journal && ((index) => journal.numberOf(index)),
  });
  return summary.failed + (journal?.failed ?? 0);
}

const RECORDED = ['report', 'har', 'trace', 'verbose'];

async function openRecorders(values, output) {
  if (!RECORDED.some((name) => values[name])) return [];
  return (await import('./recorders/index.js')).makeRecorders(values, sayer(values, output));
}

async function bodiesFor(values, output, accepts) {
  const isWanted = values['fail-with-body'] || !accepts ? () => true : accepts;
  return (await import('./bodies/index.js')).openBodies(values, output, isWanted);
}
