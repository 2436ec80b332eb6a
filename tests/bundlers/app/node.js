/** A server's use of it: what it fetches goes to the standard output. */
import { get } from 'fetchloop';

process.stdout.write(await (await get(process.argv[2])).text());
