/** The XMLHttpRequest that a C program, compiled with Emscripten and linked with libfetchloop.a, is given in Node. */
import { makeWire } from './wire.js';
import { makeXMLHttpRequest } from './xhr.js';

const wire = makeWire();

export const XMLHttpRequest = makeXMLHttpRequest(() => wire);
