/**
 * For the command, before all else. V8 optimises undici's HTTP parser, a large function in WebAssembly, as soon as it has
 * parsed one response, on a thread that the end of the process then waits for: 0.2 s for a list of one URL. Ten times
 * later is early enough for a long list (measured: 20,000 URLs take as long).
 */
import { setFlagsFromString } from 'node:v8';

setFlagsFromString('--wasm-tiering-budget=18000000');
