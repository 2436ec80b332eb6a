/**
 * Fetch what ?site=… has, /0 to /99 and one that nobody serves, here or in a worker, then something that is asked for with what
 * is only loaded then, and show what came.
 */
export async function show(ClientSession, ClientError) {
  const query = new URLSearchParams(location.search);
  const site = query.get('site');
  const session = await ClientSession.open({ limit: 20, ...(query.has('worker') && { worker: true }) });
  const told = { texts: [], errors: [] };
  const urls = [...Array.from({ length: 100 }, (_, i) => `${site}/${i}`), 'http://127.0.0.1:1/'];
  for await (const { response, error } of session.fetchAll(urls)) {
    if (response) told.texts.push(Number(await response.text()));
    else told.errors.push(error instanceof ClientError ? error.code : String(error));
  }
  const streamed = await session.get(`${site}/`, { params: { later: 'yes' }, stream: true });
  told.later = await streamed.text();
  await session.close();
  document.querySelector('#told').textContent = JSON.stringify(told);
}
