/** How many are kept at least for requests that have not asked yet: the page's own images and scripts are among them. */
const ENTRIES_KEPT = 500;

/** What the browser has told of last, by URL; and before that. @type {Map<string, PerformanceResourceTiming>} */
let latest = new Map();
let earlier = latest;

function keep(list) {
  for (const entry of list) latest.set(entry.name, entry);
  if (latest.size > ENTRIES_KEPT) {
    earlier = latest;
    latest = new Map();
  }
}

const find = (url) => latest.get(url) ?? earlier.get(url);

/** An observer sees them all; performance.getEntries() has but the page's first 250. */
let observer = null;

export function startObserving() {
  if (observer || !globalThis.PerformanceObserver?.supportedEntryTypes?.includes('resource')) return;
  observer = new PerformanceObserver((list) => keep(list.getEntries()));
  observer.observe({ type: 'resource' });
}

/**
 * The browser's account of a request that has ended.
 * @param {string} url that was asked for
 * @param {number} since when, on performance.now()'s clock
 * @returns {PerformanceResourceTiming | null} null where it doesn't tell: the response is of another origin, without a
 *   Timing-Allow-Origin for this one; or it came from an earlier request
 */
export function resourceTiming(url, since) {
  if (!observer) return null;
  keep(observer.takeRecords());
  const entry = find(url) ?? find(normalized(url));
  return entry && entry.startTime >= since - CLOCK_MS && entry.requestStart > 0 ? entry : null;
}

/** As the browser names it: without its fragment. @param {string} url */
export function normalized(url) {
  return URL.canParse(url) ? new URL(url).href.replace(/#.*/, '') : url;
}

/** Clocks are made coarse, each in its own way. */
const CLOCK_MS = 1;

/**
 * In the form of Node's: see Connection in node/wire/connections.js.
 * @param {PerformanceResourceTiming | null} entry
 */
export function connectionOf(entry) {
  if (!entry) return null;
  const { domainLookupStart, domainLookupEnd, connectStart, connectEnd, secureConnectionStart, nextHopProtocol } =
    entry;
  return {
    protocol: nextHopProtocol,
    reused: connectStart === connectEnd,
    dnsStart: domainLookupStart,
    dnsEnd: domainLookupEnd,
    connectStart,
    connectEnd: secureConnectionStart || connectEnd,
    tlsEnd: secureConnectionStart ? connectEnd : null,
  };
}
