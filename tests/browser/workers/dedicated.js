import * as fetchloop from '/build/web/index.js';
import { answer } from './answer.js';

addEventListener('message', answer(fetchloop));
