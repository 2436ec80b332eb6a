/** The network of the page that opens from a file: no server, but the simulated one of the C core's own tests. */
import createModule from '../../../build/web/simulated.mjs';
import source from '../../../build/web/simulated.wasm';
import { Core } from '../../core.js';
import { provide } from '../../later.js';
import * as more from '../../more.js';
import { Session } from '../../session.js';
import { pathOf } from '../answers.js';

/** Milliseconds of simulated time between two looks at what JavaScript wants next. */
const STEP = 1;
/** No more pass between two frames, however long the tab slept. */
const FRAME_MAX = 100;

const PLATFORM = { options: {}, makeWire: () => ({ makeResponse: () => undefined }) };

provide(more); // one file: there is nothing that could be loaded later

/** @returns {Promise<import('../network.js').Network>} */
export async function openNetwork() {
  let module;
  const wasm = await WebAssembly.compile(source);
  const core = await Core.load(
    async (options) => {
      module = await createModule(options);
      return module;
    },
    () => ({ wasm }),
  );
  const time = new SimulatedTime(module);
  return {
    kind: 'simulated',
    label: 'a simulated network: this file has no server',
    now: () => module._fl__simulated_now(),
    async openSession(options = {}) {
      const session = new Session(core, PLATFORM, options);
      time.follow(session);
      return session;
    },
    urlOf: (answer) => `http://simulated/answer/${pathOf(answer)}`,
    origins: async () => null,
  };
}

/** Simulated time goes with the screen's, as long as a session is open. */
class SimulatedTime {
  #module;
  #sessions = 0;
  #last = 0;

  constructor(module) {
    this.#module = module;
  }

  /** @param {Session} session */
  follow(session) {
    const close = session.close.bind(session);
    session.close = () => close().finally(() => this.#sessions--);
    if (this.#sessions++ === 0) {
      this.#last = performance.now();
      this.#go();
    }
  }

  #go = async () => {
    const now = performance.now();
    const passed = Math.min(now - this.#last, FRAME_MAX);
    this.#last = now;
    for (let at = 0; at < passed; at += STEP) {
      this.#module._fl__simulated_pass(Math.min(STEP, passed - at));
      await null; // who waits for a result asks for the next
    }
    if (this.#sessions > 0) requestAnimationFrame(this.#go);
  };
}
