/** What piscina's threads run. */
export { runCall as default } from '../web/loop/run-call.js';
