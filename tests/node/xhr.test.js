/** Node's XMLHttpRequest: what it promises Emscripten's Fetch.js, and what it sends. */
import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { Connections } from '../../node/wire/connections.js';
import { makeXMLHttpRequest } from '../../node/xhr.js';
import { freePort } from './support/nginx.js';
import { startFixed, startHttp, startMute, startRaw } from './support/odd-servers.js';
import { eventually, openSession, test } from './support/test.js';

/** What a C program's is made for. */
const sendingOf = (wire) => ({ wire, exchange: null, attempt: 0, hasBody: false, again: false, isProgram: true });

const { version } = JSON.parse(await readFile(new URL('../../package.json', import.meta.url), 'utf8'));

// ---- The class

function connectionsOf(t, limitPerHost) {
  const connections = new Connections({ limit: 50, limitPerHost });
  t.after(() => connections.destroy());
  return connections;
}

/** One XMLHttpRequest to `url`, sent; `events` is all that it calls. */
function send(t, url, { bodyMax = 1e6, connections = connectionsOf(t, 6) } = {}) {
  const wire = { dispatcher: connections, headers: { 'x-own': 'one' }, bodyMax };
  const XMLHttpRequest = makeXMLHttpRequest(() => sendingOf(wire));
  const xhr = new XMLHttpRequest();
  const events = [];
  for (const event of ['load', 'error', 'readystatechange', 'timeout', 'progress'])
    xhr[`on${event}`] = () => events.push(event);
  xhr.open('GET', url, true);
  xhr.responseType = 'arraybuffer';
  xhr.send(null);
  assert.deepEqual(events, [], 'send() does not call back before it returns');
  return { xhr, events };
}

test('a response: load, once, with an ArrayBuffer of just the body', async (t) => {
  const server = await startFixed(t, 'HTTP/1.1 404 Gone Away\r\nContent-Length: 2\r\nX-A: b\r\nx-a: c\r\n\r\nhi', {
    open: true,
  });
  const { xhr, events } = send(t, `${server.origin}/`);
  await eventually(() => events.includes('load'));
  assert.deepEqual(events, ['readystatechange', 'load'], 'the head is told of');
  assert.deepEqual(
    [xhr.readyState, xhr.status, xhr.statusText, xhr.responseURL],
    [4, 404, 'Gone Away', `${server.origin}/`],
  );
  assert.ok(xhr.response instanceof ArrayBuffer);
  assert.equal(Buffer.from(xhr.response).toString(), 'hi');
  assert.equal(xhr.getAllResponseHeaders(), 'content-length: 2\r\nx-a: b\r\nx-a: c\r\n');
});

for (const how of ['stop', 'abort']) {
  test(`${how}() of one that waits for a connection: that goes to the next`, async (t) => {
    const server = await startRaw(t, (socket, path) => {
      if (path === '/next') socket.write('HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhi');
    });
    let opened = 0;
    server.onConnection(() => opened++);
    const connections = connectionsOf(t, 1);
    const [first, waiting, next] = ['first', 'waiting', 'next'].map((path) =>
      send(t, `${server.origin}/${path}`, { connections }),
    );
    await eventually(() => first.xhr.connected);
    waiting.xhr[how]();
    first.xhr.abort();
    await eventually(() => next.events.includes('load'));
    assert.equal(opened, 2);
  });
}

test('a connection that ends after the whole body is no failure, though undici was paused at its last byte', async () => {
  for (const [body, expected] of [
    ['hi', 'load'],
    ['h', 'error'],
  ]) {
    const dispatcher = {
      dispatch(_options, handler) {
        const controller = { rawHeaders: [], pause() {}, resume() {}, abort() {} };
        handler.onRequestStart(controller, {});
        setImmediate(() => {
          handler.onResponseStart(controller, 200, { 'content-length': '2' }, 'OK');
          handler.onResponseData(controller, Buffer.from(body));
          handler.onResponseError(
            controller,
            Object.assign(new Error('other side closed'), { code: 'UND_ERR_SOCKET' }),
          );
        });
      },
    };
    const wire = { dispatcher, headers: {}, bodyMax: 1e6 };
    const XMLHttpRequest = makeXMLHttpRequest(() => sendingOf(wire));
    const xhr = new XMLHttpRequest();
    const events = [];
    for (const event of ['load', 'error']) xhr[`on${event}`] = () => events.push(event);
    xhr.open('GET', 'http://127.0.0.1/', true);
    xhr.responseType = 'arraybuffer';
    xhr.send(null);
    await eventually(() => events.length > 0);
    assert.deepEqual(events, [expected]);
  }
});

test('a failure: error, once, and getters that give what XMLHttpRequest gives', async (t) => {
  const { xhr, events } = send(t, `http://127.0.0.1:${await freePort()}/`);
  await eventually(() => events.length > 0);
  assert.deepEqual(events, ['error']);
  assert.deepEqual([xhr.readyState, xhr.status, xhr.statusText, xhr.getAllResponseHeaders()], [4, 0, '', '']);
});

for (const url of [
  'http://127.0.0.1:99999/',
  'http://%',
  'no-scheme',
  'ftp://127.0.0.1/',
  'http://a%zz:b@127.0.0.1/',
]) {
  test(`send() to ${url} does not throw: error comes later`, async (t) => {
    const { events } = send(t, url);
    await eventually(() => events.length > 0);
    assert.deepEqual(events, ['error']);
  });
}

test('abort() in flight: readystatechange, within the call, and nothing after it', async (t) => {
  const server = await startMute(t);
  const { xhr, events } = send(t, server.origin);
  await eventually(() => server.sockets.size === 1);
  xhr.abort();
  assert.deepEqual([events, xhr.readyState, xhr.status], [['readystatechange'], 4, 0]);
  await eventually(() => server.closed.size === 1);
  assert.deepEqual(events, ['readystatechange']);
});

test('abort() before the connection stands: nothing is sent', async (t) => {
  let heads = 0;
  const server = await startRaw(t, () => heads++);
  const { xhr, events } = send(t, server.origin);
  xhr.abort();
  const other = send(t, server.origin);
  await eventually(() => heads > 0);
  assert.deepEqual([heads, events, other.events], [1, ['readystatechange'], []]);
});

test('abort() in the middle of a body', async (t) => {
  const server = await startFixed(t, 'HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhalf', { open: true });
  const { xhr, events } = send(t, server.origin);
  await eventually(() => xhr.headersAt > 0);
  xhr.abort();
  await eventually(() => server.closed.size === 1);
  assert.deepEqual(events, ['readystatechange', 'readystatechange'], 'the head, and the one of abort() itself');
});

test('abort() after the end does nothing', async (t) => {
  const server = await startFixed(t, 'HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhi');
  const { xhr, events } = send(t, server.origin);
  await eventually(() => events.includes('load'));
  xhr.abort();
  assert.deepEqual([events, xhr.status], [['readystatechange', 'load'], 200]);
});

test('setRequestHeader() adds to its own headers alone', async (t) => {
  const heads = [];
  const server = await startRaw(t, (socket, _path, head) => {
    heads.push(head.toLowerCase());
    socket.write('HTTP/1.1 204 No\r\n\r\n');
  });
  const connections = new Connections({ limit: 50, limitPerHost: 6 });
  t.after(() => connections.destroy());
  const wire = { dispatcher: connections, headers: Object.freeze({ 'x-own': 'one' }), bodyMax: 1e6 };
  const XMLHttpRequest = makeXMLHttpRequest(() => sendingOf(wire));
  for (const value of ['two', null]) {
    const xhr = new XMLHttpRequest();
    const ended = new Promise((resolve) => {
      xhr.onload = resolve;
    });
    xhr.open('GET', server.origin);
    if (value) xhr.setRequestHeader('X-Own', value);
    xhr.send();
    await ended;
  }
  assert.match(heads[0], /\r\nx-own: two(\r\n|$)/);
  assert.match(heads[1], /\r\nx-own: one(\r\n|$)/);
});

// ---- Requests

test('a request says who asks, and what it can decode', async (t) => {
  let headers;
  const server = await startHttp(t, (request, response) => {
    headers = request.headers;
    response.end();
  });
  const session = await openSession(t);
  await session.get(server.origin);
  assert.equal(headers['user-agent'], `fetchloop/${version}`);
  assert.equal(headers.accept, '*/*');
  assert.deepEqual(headers['accept-encoding'].split(', ').slice(0, 3), ['gzip', 'deflate', 'br']);
  assert.equal(headers.host, `127.0.0.1:${server.port}`);
  assert.equal(headers.authorization, undefined);
});

for (const [userinfo, credentials] of [
  ['user:secret', 'user:secret'],
  ['user', 'user:'],
  [':secret', ':secret'],
  ['us%40er:p%3Aw%25', 'us@er:p:w%'],
  ['ü:ß', 'ü:ß'],
  ['a:b@c', 'a:b@c'],
  ['50%:100%', '50%:100%'],
]) {
  test(`${userinfo}@ before the host is Basic authentication`, async (t) => {
    let headers;
    const server = await startHttp(t, (request, response) => {
      headers = request.headers;
      response.end();
    });
    const session = await openSession(t);
    await session.get(`http://${userinfo}@127.0.0.1:${server.port}/`);
    assert.equal(headers.authorization, `Basic ${Buffer.from(credentials).toString('base64')}`);
    assert.equal(headers.host, `127.0.0.1:${server.port}`);
  });
}

test('user and password are not in a response’s url', async (t) => {
  const server = await startFixed(t, 'HTTP/1.1 204 No\r\n\r\n');
  const session = await openSession(t);
  const response = await session.get(`http://user:secret@127.0.0.1:${server.port}/a`);
  assert.ok(!response.url.includes('secret'), response.url);
});

test('a password is in no message', async (t) => {
  const session = await openSession(t);
  await assert.rejects(session.get(`http://user:secret@127.0.0.1:${await freePort()}/a`), (error) => {
    assert.ok(!error.message.includes('secret'), error.message);
    return true;
  });
});
