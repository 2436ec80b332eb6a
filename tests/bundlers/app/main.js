import { ClientSession } from 'fetchloop';
import { startApp } from './app.js';

startApp(ClientSession);
