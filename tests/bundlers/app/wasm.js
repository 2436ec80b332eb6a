// For a bundler that takes no file along unless it is imported.
import { ClientError, ClientSession, initialize } from 'fetchloop';
import wasm from 'fetchloop/wasm';
import { show } from './show.js';

initialize({ wasm: new URL(wasm, import.meta.url) });
await show(ClientSession, ClientError);
