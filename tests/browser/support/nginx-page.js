/** nginx with the module as it is published, and an empty page: a server that no test waits for. */
import { fileURLToPath } from 'node:url';
import { startNginx } from '../../node/support/nginx.js';

const WEB = fileURLToPath(new URL('../../../build/web/', import.meta.url));

export const BODY = 'fetchloop '.repeat(8);

/**
 * /page, /get (BODY), and the module under /cached/ and /fresh/ANYTHING/, as they may be kept or not.
 * @param {{ after: (stop: () => unknown) => void }} t
 */
export function startPageServer(t) {
  return startNginx(t, {
    http: 'types { text/javascript js; application/wasm wasm; }',
    locations: `
      location = /page { default_type text/html; return 200 '<!doctype html><title>fetchloop</title>'; }
      location = /get { return 200 '${BODY}'; }
      location /cached/ { alias ${WEB}; add_header cache-control 'max-age=3600'; }
      location ~ ^/fresh/[0-9]+/(.*)$ { alias ${WEB}$1; add_header cache-control no-store; }`,
  });
}
