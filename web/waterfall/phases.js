/**
 * What a row's segments are: the phases of a request, and what happened between two of its attempts, which takes no time.
 * A segment's kind is its place in this list.
 */
export const PHASES = ['queue', 'dns', 'connect', 'tls', 'wait', 'download', 'backoff', 'retry', 'redirect'];

export const PHASE_TITLES = {
  queue: 'Queued',
  dns: 'DNS',
  connect: 'Connect',
  tls: 'TLS',
  wait: 'Waiting',
  download: 'Download',
  backoff: 'Backing off',
  retry: 'Retry',
  redirect: 'Redirect',
};

/** How tall it is drawn, as a share of the bar: beside the colour, for who can't tell colours apart. */
export const PHASE_HEIGHTS = { queue: 0.16, dns: 0.6, connect: 0.6, tls: 0.6, wait: 0.8, download: 1, backoff: 0.16 };
