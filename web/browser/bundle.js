/** index.js as it is bundled: with what the files beside it have of it, which are loaded when they are needed. */
export { forgetAborted, onceAborted, reasonOf } from '../aborts.js';
export { absoluteUrl, documentUrl, SCHEME, urlText } from '../absolute-url.js';
export { Client, closed } from '../client.js';
export { printable, printableUrl } from '../errors.js';
export { kindOf } from '../kind-of.js';
export { loadMore, more } from '../later.js';
export { callable, REQUEST_OPTIONS, readOptions, SESSION_OPTIONS } from '../options.js';
export { orAborted } from '../or-aborted.js';
export { pairsOf } from '../pairs.js';
export { platformFetch } from '../platform-fetch.js';
export { lengthOf, tell, tellDownload } from '../progress.js';
export { givenWasm } from '../wasm.js';
export * from './index.js';
export { LocalSession, platform } from './local.js';
export { collectBody } from './request-body.js';
export { connectionOf, resourceTiming } from './resource-timing.js';
export { PageResponse } from './response.js';
