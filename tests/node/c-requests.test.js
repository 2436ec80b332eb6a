/** What a C program's requests are in Node. */
import assert from 'node:assert/strict';
import { compileProgram } from './support/c-program.js';
import { startHttp, startRaw } from './support/odd-servers.js';
import { test as plainTest } from './support/test.js';

const test = (name, body) => plainTest(name, body, { timeout: 60_000 }); // each is compiled

const HEAD = `#include <fetchloop.h>
#include <stdio.h>
#include <string.h>

static fl_session *open_session(const fl_session_options *options) {
  fl_loop *loop;
  fl_session *session;
  if (fl_loop_open(&loop, fl_host_clock(), 0)) return NULL;
  return fl_session_open(&session, loop, fl_emscripten_transport(), options) ? NULL : session;
}

static void on_end(fl_request *request, void *arg) {
  (void)arg;
  size_t bytes;
  const uint8_t *body = fl_request_body(request, &bytes);
  printf("%s, %d, %u retries: %.*s\\n", fl_error_name(fl_request_error(request)), fl_request_status(request),
         fl_request_retries(request), (int)bytes, body ? (const char *)body : "");
}
`;

test('with FL_STREAM it is told of the head, a 200 among them, and of one that broke off too', async (t) => {
  const server = await startRaw(t, (socket, path) => {
    socket.write(`HTTP/1.1 ${path.slice(1, 4)} Word\r\nContent-Length: 2\r\n\r\nh`);
    setTimeout(() => (path.endsWith('cut') ? socket.destroy() : socket.write('i')), 50);
  });
  const program = await compileProgram(
    t,
    `${HEAD}
static void on_response(fl_request *request, void *arg) {
  (void)arg;
  printf("head %d\\n", fl_request_status(request));
}

int main(int argc, char **argv) {
  fl_request_options options = {.flags = FL_STREAM | FL_BODY_ON_HEAP, .on_response = on_response, .on_end = on_end};
  fl_session *session = open_session(NULL);
  for (int i = 1; i < argc; i++) fl_session_request(NULL, session, argv[i], strlen(argv[i]), &options);
}`,
  );
  assert.deepEqual(await program([`${server.origin}/200`]), ['head 200', 'FL_OK, 200, 0 retries: hi']);
  assert.deepEqual(await program([`${server.origin}/404`]), ['head 404', 'FL_OK, 404, 0 retries: hi']);
  // Whoever has the head is not given another.
  assert.deepEqual(await program([`${server.origin}/200cut`]), ['head 200', 'FL_EPARTIAL, 0, 0 retries: ']);
});

test("a header's bytes are sent as they are, and those of a URL as they are or percent-encoded", async (t) => {
  const server = await startRaw(t, (socket, path, head) => {
    const value = head.match(/^x-a: (.*)$/im)?.[1] ?? '';
    const body = `${path} ${Buffer.from(value, 'latin1').toString('hex')}`;
    socket.write(`HTTP/1.1 200 OK\r\nContent-Length: ${body.length}\r\n\r\n${body}`);
  });
  const program = await compileProgram(
    t,
    `${HEAD}
static const char *const values[] = {"plain", "gr\\xc3\\xbc\\xc3\\x9f", "5 \\xe2\\x82\\xac", "\\xfc", "tail\\xff\\xfe"};

int main(int argc, char **argv) {
  (void)argc;
  fl_session *session = open_session(&(fl_session_options){.limit = 1});
  for (unsigned i = 0; i < sizeof values / sizeof *values; i++) {
    fl_header header = {"X-A", values[i]};
    fl_request_options options = {.headers = &header, .headers_count = 1, .flags = FL_BODY_ON_HEAP, .on_end = on_end};
    char url[100];
    int bytes = snprintf(url, sizeof url, "%s/%s?%s", argv[1], values[i][0] == '5' ? "euro" : values[i], values[i]);
    if (values[i][0] == '5') bytes -= 5;
    fl_session_request(NULL, session, url, (size_t)bytes, &options);
  }
  fl_session_get(NULL, session, "http://b\\xff/", 10, 0, on_end, NULL);
}`,
  );
  const answered = (text) => `FL_OK, 200, 0 retries: ${text}`;
  assert.deepEqual(await program([server.origin]), [
    answered('/plain?plain 706c61696e'),
    answered('/gr%C3%BC%C3%9F?gr%C3%BC%C3%9F 6772c3bcc39f'),
    answered('/euro? 3520e282ac'),
    answered('/%FC?%FC fc'),
    answered('/tail%FF%FE?tail%FF%FE 7461696cfffe'),
    'FL_EURLHOST, 0, 0 retries: ',
  ]);
});

test('as many go to one host at once as its session allows', async (t) => {
  const MANY = 300;
  const waiting = [];
  const server = await startHttp(t, (_request, response) => {
    waiting.push(response);
    if (waiting.length === MANY) for (const each of waiting) each.end();
  });
  const program = await compileProgram(
    t,
    `${HEAD}
int main(int argc, char **argv) {
  (void)argc;
  fl_session *session = open_session(&(fl_session_options){.limit = ${MANY}, .limit_per_host = ${MANY}});
  for (int i = 0; i < ${MANY}; i++) fl_session_get(NULL, session, argv[1], strlen(argv[1]), 0, on_end, NULL);
}`,
  );
  assert.deepEqual(await program([server.origin]), Array(MANY).fill('FL_OK, 200, 0 retries: '));
});
