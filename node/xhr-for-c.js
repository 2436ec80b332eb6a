/** The XMLHttpRequest that a C program, compiled with Emscripten and linked with libfetchloop.a, is given in Node. */
import { makeWire } from './wire/wire.js';
import { makeXMLHttpRequest } from './xhr.js';

/** All its sessions share it, so how many go out at once is theirs to say; connections are kept to so many hosts. */
const HOSTS = 256;
const wire = makeWire({ limit: HOSTS, limitPerHost: Number.POSITIVE_INFINITY });
const sending = { wire, exchange: null, attempt: 0, hasBody: false, again: false, isProgram: true };

/** For the option of that name of an Emscripten module. @type {new () => object} */
export const XMLHttpRequest = makeXMLHttpRequest(() => sending);
