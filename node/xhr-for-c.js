/** The XMLHttpRequest that a C program, compiled with Emscripten and linked with libfetchloop.a, is given in Node. */
import { makeWire } from './wire.js';
import { makeXMLHttpRequest } from './xhr.js';

/** All its sessions share it, so its limits are those of none; theirs hold all the same. */
const sending = { wire: makeWire({ limit: 256, limitPerHost: 256 }), exchange: null, attempt: 0, hasBody: false };

/** For the option of that name of an Emscripten module. @type {new () => object} */
export const XMLHttpRequest = makeXMLHttpRequest(() => sending);
