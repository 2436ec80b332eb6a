/** For a worker: fetch the URLs that it is told, and tell what came. */
export const answer =
  ({ ClientSession }) =>
  async ({ data: urls, ports: [port] }) => {
    try {
      const session = await ClientSession.open();
      const told = [];
      for await (const { index, status, response, error } of session.fetchAll(urls)) {
        told[index] = error ? error.code : [status, await response.text()];
      }
      const streamed = await session.get(urls[0], { stream: true });
      told.push(await streamed.text());
      await session.close();
      port.postMessage(told);
    } catch (error) {
      port.postMessage(String(error.stack));
    }
  };
