import * as fetchloop from '/build/web/index.js';
import { answer } from './answer.js';

addEventListener('install', () => skipWaiting());
addEventListener('message', (event) => event.waitUntil(answer(fetchloop)(event)));
