/** The document's five sites, in its order, and how long each takes to answer, in milliseconds: 6.3 s in all, 2.14 s the slowest. */
export const FIVE_SITES = Object.freeze({
  'python.org': 710,
  'javascript.com': 900,
  'amazon.com': 1120,
  'netflix.com': 2140,
  'scala-lang.org': 1430,
});
