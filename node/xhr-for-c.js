/** The XMLHttpRequest that a C program, compiled with Emscripten and linked with libfetchloop.a, is given in Node. */
import { makeWire } from './wire.js';
import { makeXMLHttpRequest } from './xhr.js';

/** All its sessions share it, so its limits are those of none; theirs hold all the same. */
const wire = makeWire({ limit: 256, limitPerHost: 256 });

export const XMLHttpRequest = makeXMLHttpRequest(() => wire);
