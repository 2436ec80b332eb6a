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
