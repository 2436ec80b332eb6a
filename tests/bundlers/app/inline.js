// The wasm lies within the JavaScript: one file.
import { ClientSession } from 'fetchloop/inline';
import { startApp } from './app.js';

startApp(ClientSession);
