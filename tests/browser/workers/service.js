import * as fetchloop from '/build/web/whole.js';
import { answer } from './answer.js';

addEventListener('install', () => skipWaiting());
addEventListener('message', (event) => event.waitUntil(answer(fetchloop)(event)));
