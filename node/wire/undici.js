/**
 * The parts of undici that are used, and not 'undici', which loads its fetch(), WebSocket and all: 100 ms of a process's
 * start, and 9 MB. By require(), because import would read through CommonJS for its exports first: 9 ms.
 */
import { createRequire } from 'node:module';

const require = createRequire(import.meta.url);

/** @type {typeof import('undici').Client} */
export const Client = require('undici/lib/dispatcher/client.js');

/** @type {{ parseHeaders: (raw: Buffer[]) => Record<string, string | string[]> }} */
export const { parseHeaders } = require('undici/lib/core/util.js');

/**
 * Have undici's parser compiled before the first Client connects, and left as V8 first compiles it: to optimise that one large
 * function takes 30 MB and 60 ms of a core, and no request is quicker for it. V8 looks at these flags when it compiles, which
 * must be now and not when a function is first called; it has them back before any other module is compiled. Their defaults
 * are known of Node 20 only, and a process that was started with such flags of its own keeps them.
 */
export function compileParser() {
  const { versions, execArgv, env } = process;
  const isTold = /wasm|liftoff/.test([...execArgv, env.NODE_OPTIONS].join(' '));
  if (!versions.v8.startsWith('11.3.') || isTold) return;
  const { setFlagsFromString } = process.getBuiltinModule('node:v8');
  for (const flag of TIERING) setFlagsFromString(`--no-${flag}`);
  try {
    require('undici/lib/dispatcher/client-h1.js')({}, { destroyed: true });
  } catch {
    // It compiles the parser, and then finds the socket closed.
  } finally {
    for (const flag of TIERING) setFlagsFromString(`--${flag}`);
  }
}

const TIERING = ['wasm-tier-up', 'wasm-dynamic-tiering', 'wasm-lazy-compilation'];
