import { ClientError, ClientSession } from 'fetchloop/inline';
import { show } from './show.js';

await show(ClientSession, ClientError);
