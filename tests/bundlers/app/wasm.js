// For a bundler that takes no file along unless it is imported.
import { ClientSession, initialize } from 'fetchloop';
import wasm from 'fetchloop/wasm';
import { startApp } from './app.js';

initialize({ wasm: new URL(wasm, import.meta.url) });
startApp(ClientSession);
