/** index.js as it is bundled: with what the files beside it have of it, which are loaded when they are needed. */

export { Client, closed } from '../client.js';
export { forgetAborted, onceAborted, reasonOf } from '../common/aborts.js';
export { kindOf } from '../common/kind-of.js';
export { orAborted } from '../common/or-aborted.js';
export { pairsOf } from '../common/pairs.js';
export { platformFetch } from '../common/platform-fetch.js';
export { loadMore, more } from '../later.js';
export { callable, REQUEST_OPTIONS, readOptions, SESSION_OPTIONS } from '../options.js';
export { lengthOf, tell, tellDownload } from '../progress.js';
export { absoluteUrl, documentUrl, SCHEME, urlText } from '../request/absolute-url.js';
export { printable, printableUrl } from '../response/errors.js';
export { givenWasm } from '../wasm.js';
export * from './index.js';
export { LocalSession, platform } from './local.js';
export { collectBody } from './request-body.js';
export { connectionOf, resourceTiming } from './resource-timing.js';
export { PageResponse } from './response.js';
