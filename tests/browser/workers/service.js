import { answer } from './answer.js';

addEventListener('install', () => skipWaiting());
addEventListener('message', (event) => event.waitUntil(answer(event)));
