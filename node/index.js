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
  core ??= Core.load(createModule, (sending) => ({ XMLHttpRequest: makeXMLHttpRequest(sending) }));
  return core;
}

/** @type {import('../web/session.js').Platform} */
const platform = {
  options: {},
  makeWire(limits, options, onStep) {
    const wire = makeWire(limits, options);
    return {
      ...wire,
      onStep,
      makeResponse: (xhr, history) => new LoopResponse(xhr, history),
      close: () => wire.connections.destroy(),
    };
  },
};

export class ClientSession extends Session {
  /**
   * Open a session. `await using session = …`, or session.close(), closes it.
   * @param {import('../web/session.js').SessionOptions} [options]
   * @returns {Promise<ClientSession>}
   */
  static async open(options = {}) {
    return new ClientSession(await loadCore(), platform, options);
  }
}
