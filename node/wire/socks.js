/**
 * A tunnel through a SOCKS5 proxy (RFC 1928, 1929).
 * @param {import('node:net').Socket} socket that leads to the proxy; closed when it fails
 * @param {{ host: string, port: number }} proxy for messages
 * @param {{ username: string, password: string } | null} credentials
 * @param {{ host: string, port: number, signal: AbortSignal }} target an address, or a name that the proxy resolves
 * @returns {Promise<import('node:net').Socket>} the same, which now leads to the target
 */
export async function socksTunnel(socket, proxy, credentials, { host, port, signal }) {
  const { SocksClient } = await import('socks'); // 40 ms, that few need
  return new Promise((resolve, reject) => {
    const onAbort = () => socket.destroy();
    signal.addEventListener('abort', onAbort);
    /** @type {import('socks').SocksClientOptions} */
    const options = {
      proxy: {
        ...proxy,
        type: 5,
        ...(credentials && { userId: credentials.username, password: credentials.password }),
      },
      command: 'connect',
      destination: { host, port },
      existing_socket: socket,
    };
    SocksClient.createConnection(options, (error) => {
      signal.removeEventListener('abort', onAbort);
      if (error) {
        socket.destroy();
        reject(signal.aborted ? signal.reason : new Error(error.message)); // its own has the options, with the password
        return;
      }
      // It lets the socket flow after this; who gets it reads at his own time.
      setImmediate(() => resolve(socket.pause()));
    });
  });
}
