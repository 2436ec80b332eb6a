/**
 * What is set on the page, as its address tells it: a link carries the settings of a part. `#list?limit=20&urls=…`
 */

/** @returns {{ part: string, values: URLSearchParams }} */
export function readAddress() {
  const [part, query = ''] = location.hash.slice(1).split('?');
  return { part, values: new URLSearchParams(query) };
}

/** What the address says for this part; null: nothing. @param {string} part */
export function settingsOf(part) {
  const address = readAddress();
  return address.part === part && [...address.values].length > 0 ? address.values : null;
}

/** Write a part's settings into the address, without a step in the history. @param {string} part @param {Record<string, any>} values */
export function keepSettings(part, values) {
  const query = new URLSearchParams(Object.entries(values).filter(([, value]) => value !== undefined && value !== ''));
  history.replaceState(null, '', `#${part}${[...query].length ? `?${query}` : ''}`);
}
