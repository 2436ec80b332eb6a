/** index.js as it is bundled: with what the files beside it have of it, which are loaded for a session in a worker. */
export { Client } from '../client.js';
export { compose } from '../middleware.js';
export * from './index.js';
export { LocalSession } from './local.js';
export { PageResponse } from './response.js';
export { watchPage } from './visibility.js';
