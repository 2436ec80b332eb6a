/**
 * What an error means for who reads it. A browser doesn't tell a page why a request to another origin failed: whether the
 * server can be reached is asked once more, in a way that needs no permission, and whose answer can't be read.
 * @param {import('../../response/result.js').Result} result
 */
export async function explain({ url, error }) {
  if (error.code !== 'FL_ENETWORK' || !/^https?:/.test(url) || new URL(url).origin === location.origin) {
    return error.reason ?? error.message;
  }
  const { host, protocol } = new URL(url);
  if (location.protocol === 'https:' && protocol === 'http:') {
    return `This page came over https, and a browser lets it ask http: servers for nothing. Try https://${host}.`;
  }
  return (await isThere(url))
    ? `CORS: ${host} answered, but without the header Access-Control-Allow-Origin, so the browser keeps its answer from this page. ` +
        'Its owner can allow it; a program outside the browser, such as npx fetchloop, needs no leave.'
    : `${host} could not be reached, or refused the connection: the browser doesn't say which.`;
}

async function isThere(url) {
  try {
    await fetch(url, { mode: 'no-cors', method: 'GET', cache: 'no-store', signal: AbortSignal.timeout(5000) });
    return true;
  } catch {
    return false;
  }
}
