/** fetchloop in Node: the C core, with undici for the network. */
import createModule from '../build/fetchloop.mjs';
import { Core } from '../web/core.js';
import { Session } from '../web/session.js';
import { LoopResponse } from './response.js';
import { makeWire } from './wire.js';
import { makeXMLHttpRequest } from './xhr.js';

export { ClientError } from '../web/errors.js';

let core = null;

function loadCore() {
  core ??= Core.load(createModule, (wire) => ({ XMLHttpRequest: makeXMLHttpRequest(wire) }));
  return core;
}

/** @param {{ limit: number, limitPerHost: number }} limits */
function makeSessionWire(limits) {
  const wire = makeWire(limits);
  return { ...wire, makeResponse: (xhr) => new LoopResponse(xhr), close: () => wire.connections.destroy() };
}

export class ClientSession extends Session {
  /**
   * Open a session. `await using session = …`, or session.close(), closes it.
   * @param {import('../web/session.js').SessionOptions} [options]
   * @returns {Promise<ClientSession>}
   */
  static async open(options = {}) {
    return new ClientSession(await loadCore(), makeSessionWire, options);
  }
}
