import { secretsOf } from './given-secrets.js';
import { openList } from './input/index.js';

/**
 * What is to be fetched, as it is to be asked for.
 * @param {string[]} urls
 * @param {import('./parse.js').Values} values
 * @param {import('./request.js').Asking} asking
 * @returns {Promise<(session: import('../../web/session.js').Session | null) => AsyncIterable<string | import('../../web/given.js').BatchRequest>>}
 *   null: nothing is sent, what would be fetched to know more is itself in the list
 */
export async function openRequests(urls, values, asking) {
  const list = await openList(urls, values, secretsOf(asking));
  const { asAsked } = asking.query || Object.keys(asking.init).length > 0 ? await import('./request.js') : {};
  const { obeyRobots } = values.robots && !values['dry-run'] ? await import('./robots.js') : {};
  return (session) => {
    const asked = asAsked ? asAsked(list(session), asking) : list(session);
    return obeyRobots ? obeyRobots(asked, session, agentOf(values)) : asked;
  };
}

/** As robots.txt names it: the first word of User-Agent. */
function agentOf({ 'user-agent': agent }) {
  return agent?.match(/^[\w-]+/)?.[0] ?? 'fetchloop';
}
