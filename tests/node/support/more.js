/** For tests of web/'s parts by themselves: what a browser would load later is there, as in node/index.js. */
import { provide } from '../../../web/later.js';
import * as more from '../../../web/more.js';

provide(more);
