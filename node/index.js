/** fetchloop in Node: the C core, with undici for the network. */
import { readFile } from 'node:fs/promises';
import { Agent } from 'undici';
import createModule from '../build/fetchloop.mjs';
import { Core } from '../web/core.js';
import { Session } from '../web/session.js';
import { ACCEPT_ENCODING } from './content-encoding.js';
import { LoopResponse } from './response.js';
import { makeXMLHttpRequest } from './xhr.js';

export { ClientError } from '../web/errors.js';

export const { version } = JSON.parse(await readFile(new URL('../package.json', import.meta.url), 'utf8'));

const HEADERS = Object.freeze({
  accept: '*/*',
  'accept-encoding': ACCEPT_ENCODING,
  'user-agent': `fetchloop/${version}`,
});
const REDIRECTS_MAX = 10;
const BODY_BYTES_MAX = 100 * 1024 * 1024;

let core = null;

function loadCore() {
  core ??= Core.load(createModule, (wire) => ({ XMLHttpRequest: makeXMLHttpRequest(wire) }));
  return core;
}

/** One session's connections. Timeouts are the C core's: undici's are off. */
function makeWire() {
  const dispatcher = new Agent({ headersTimeout: 0, bodyTimeout: 0, connect: { timeout: 0 } });
  return {
    dispatcher,
    headers: HEADERS,
    redirectsMax: REDIRECTS_MAX,
    bodyBytesMax: BODY_BYTES_MAX,
    makeResponse: (xhr) => new LoopResponse(xhr),
    close: () => dispatcher.destroy(),
  };
}

export class ClientSession extends Session {
  /**
   * Open a session. `await using session = …`, or session.close(), closes it.
   * @param {import('../web/session.js').SessionOptions} [options]
   * @returns {Promise<ClientSession>}
   */
  static async open(options = {}) {
    return new ClientSession(await loadCore(), makeWire(), options);
  }
}
