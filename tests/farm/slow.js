/** A server, in a process of its own, that answers each request after 100 ms, however many there are. */
import net from 'node:net';

const LATENCY_MS = 100;
const ANSWER = 'HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: 2\r\n\r\nok';

const server = net.createServer({ noDelay: true }, (socket) => {
  socket.on('error', () => {}); // clients leave
  // One request at a time: no client of ours sends the next before it has had its answer.
  socket.on('data', () => setTimeout(() => socket.write(ANSWER), LATENCY_MS));
});

server.listen(0, '127.0.0.1', 4096, () => process.send({ port: server.address().port }));
process.on('disconnect', () => process.exit());
