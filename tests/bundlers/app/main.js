import { ClientError, ClientSession } from 'fetchloop';
import { show } from './show.js';

await show(ClientSession, ClientError);
