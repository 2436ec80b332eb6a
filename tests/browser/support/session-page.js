/** A page with sessions, in its own thread and in a worker, and the sites that they ask. */
import { before, describe } from 'node:test';
import { launchChromium } from './browser.js';
import { startSite } from './site.js';

/**
 * `home` is the page's site, `abroad` one that lets it read, `silent` one that doesn't.
 * @param {{ after: (stop: () => any) => void }} t
 */
export async function startSessionPage({ after }) {
  const home = await startSite({ after });
  const abroad = await startSite({ after }, { cors: true });
  const silent = await startSite({ after });
  const browser = await launchChromium();
  after(() => browser.close());
  const page = await browser.newPage();
  await page.goto(home.origin);
  await page.evaluate(defineInPage);

  /** Run in the page with a session. `use` must stand on its own: (session, given) => result. */
  function inPage(use, given, options = {}) {
    return page.evaluate(
      ([text, value, sessionOptions]) =>
        globalThis.withSession(sessionOptions, (session) => new Function(`return ${text}`)()(session, value)),
      [use.toString(), given, options],
    );
  }

  /** Tests of sessions in either place. @param {(worker: boolean) => void} define */
  function inEachPlace(define) {
    for (const worker of [false, true]) {
      describe(worker ? 'in a worker' : "in the page's thread", () => {
        before(() => page.evaluate((is) => (globalThis.inWorker = is), worker));
        define(worker);
      });
    }
  }

  return { home, abroad, silent, page, inPage, inEachPlace };
}

async function defineInPage() {
  const { ClientSession } = await import('/build/web/index.js');
  /** Whether sessions live in a worker. */
  globalThis.inWorker = false;
  globalThis.openSession = (options) => ClientSession.open({ worker: globalThis.inWorker, ...options });
  /** Open a session with `options`, run `use`, and close it. */
  globalThis.withSession = async (options, use) => {
    const session = await globalThis.openSession(options);
    try {
      return await use(session);
    } finally {
      await session.close();
    }
  };
  globalThis.told = (promise) =>
    promise.then(
      () => 'no error',
      ({ name, code }) => (typeof code === 'string' ? code : name),
    );
}
