/* A request that is awaited: fl_fetch, and what it gives. */
#include "world_support.h"

#include <stdlib.h>

/* ---- A program */

typedef struct run_of {
  int error;
  fl_response response;
  bool begun, ended;
} run_of;

fl_async(fetch_it, fl_session *session; const char *url; const fl_request_options *options; run_of * out; int error;
         fl_fetch page) {
  fl_begin;
  self->out->begun = true;
  fl_try(self->out->error, fl_call(fl_fetch, &self->page, self->session, self->url, self->options));
  fl_finally;
  self->out->ended = true;
  self->out->response = self->page.result;
  fl_end;
}

static fl_task begin(world *w, run_of *out, const char *url, const fl_request_options *options) {
  *out = (run_of){0};
  fl_task task = fl_create_task(w->loop, fetch_it, w->session, url, options, out);
  fl_loop_turn(w->loop);
  assert_true(out->begun);
  return task;
}

static run_of fetch(world *w, const char *url, const fl_request_options *options) {
  run_of out;
  fl_task task = begin(w, &out, url, options);
  run(w);
  assert_true(out.ended);
  fl_release(task);
  return out;
}

/* ---- A transport that has all headers to show, and else is the simulator's */

static int all_headers(void *self, void *token, char *buffer, size_t size) {
  static const char text[] = "Content-Type: text/html\r\nX-Empty:\r\n";
  (void)self, (void)token;
  if (size) snprintf(buffer, size, "%s", text);
  return (int)strlen(text);
}

static fl_transport with_headers;

static world *open_with_headers(void) {
  world *w = world_open(NULL);
  with_headers = *fl_sim_transport(w->sim);
  with_headers.headers = all_headers;
  fl_session_close(w->session, NULL, NULL);
  run(w);
  assert_int_equal(fl_session_open(&w->session, w->loop, &with_headers,
                                   &(fl_session_options){.retry = {.backoff_us = 1, .backoff_max_us = 1}}),
                   FL_OK);
  return w;
}

static void it_gives_the_response_whole(void **state) {
  (void)state;
  world *w = open_with_headers();
  answer_in_turn(w, {.status = 503}, {.status = 302, .headers = HEADERS({"location", "/b"})},
                 {.status = 404, .body = "not here", .body_bytes = 8});
  run_of got = fetch(w, "http://user@a/", NULL);
  assert_int_equal(got.error, FL_OK);
  assert_int_equal(got.response.status, 404);
  assert_string_equal(got.response.url, "http://a/b");
  assert_string_equal(got.response.body, "not here");
  assert_int_equal(got.response.body_bytes, 8);
  assert_int_equal(got.response.retries, 1);
  assert_int_equal(got.response.redirects, 1);
  assert_int_equal(got.response.queued_us, 0);
  assert_int_equal(got.response.started_us, 0);
  assert_in_range(got.response.ended_us, 30 * MS, 30 * MS + 1);
  char type[32];
  assert_int_equal(fl_response_header(&got.response, "content-type", type, sizeof type), 9);
  assert_string_equal(type, "text/html");
  fl_response_free(&got.response);
  fl_response_free(&got.response); /* it holds nothing now */
  world_close(w);
}

static void without_headers_or_a_body_these_are_empty(void **state) {
  (void)state;
  world *w = world_open(NULL);
  answer_in_turn(w, {.status = 204});
  run_of got = fetch(w, "http://a/", NULL);
  assert_int_equal(got.response.status, 204);
  assert_string_equal(got.response.headers, "");
  assert_string_equal(got.response.body, "");
  assert_int_equal(got.response.body_bytes, 0);
  fl_response_free(&got.response);
  world_close(w);
}

static void its_options_are_the_request_s(void **state) {
  (void)state;
  static const fl_header header = {"X-A", "b"};
  static const fl_request_options options = {
      .method = "PUT", .headers = &header, .headers_count = 1, .body = "xy", .body_bytes = 2, .flags = FL_STREAM};
  world *w = world_open(NULL);
  run_of got = fetch(w, "http://a/", &options);
  assert_int_equal(got.response.status, 200);
  assert_string_equal(w->sent[0].method, "PUT");
  assert_string_equal(w->sent[0].headers, "X-A: b\n");
  assert_int_equal(w->sent[0].body_bytes, 2);
  assert_int_equal(w->sent[0].flags, FL_BODY_ON_HEAP);
  fl_response_free(&got.response);
  world_close(w);
}

static void an_error_is_raised(void **state) {
  (void)state;
  world *w = world_open(NULL);
  run_of got = fetch(w, "nourl", NULL);
  assert_int_equal(got.error, FL_EURLSCHEME);
  fl_response_free(&got.response);
  answer_in_turn(w, {.error = FL_ETLS});
  got = fetch(w, "http://a/", NULL);
  assert_int_equal(got.error, FL_ETLS);
  fl_response_free(&got.response);
  answer_in_turn(w, {.status = 404});
  got = fetch(w, "http://a/", &(fl_request_options){.flags = FL_RAISE_FOR_STATUS});
  assert_int_equal(got.error, FL_ESTATUS);
  assert_int_equal(got.response.status, 404); /* which is there all the same */
  fl_response_free(&got.response);
  world_close(w);
}

static void cancelling_the_task_cancels_the_request(void **state) {
  (void)state;
  world *w = world_open(NULL);
  run_of got;
  fl_task task = begin(w, &got, "http://a/?answer=never", NULL);
  run_until(w, 50);
  assert_int_equal(stats_of(w).in_flight, 1);
  fl_cancel(task, NULL);
  run(w);
  assert_true(got.ended);
  assert_int_equal(got.error, FL_ECANCELLED);
  assert_int_equal(stats_of(w).in_flight, 0);
  assert_int_equal(fl_sim_tokens(w->sim), 0);
  assert_int_equal(fl_sim_time(w->sim), 50 * MS);
  fl_response_free(&got.response);
  fl_release(task);
  world_close(w);
}

/* ---- Closing */

fl_async(close_it, fl_session *session; bool *closed; fl_session_closing closing) {
  fl_begin;
  fl_await(fl_call(fl_session_closing, &self->closing, self->session));
  *self->closed = true;
  fl_end;
}

static void closing_waits_for_what_is_cancelled_by_it(void **state) {
  (void)state;
  world *w = world_open(NULL);
  fl_session *session;
  assert_int_equal(fl_session_open(&session, w->loop, fl_sim_transport(w->sim), NULL), FL_OK);
  fl_session *of_world = w->session;
  w->session = session;
  ask(w, "http://a/?answer=never");
  run_until(w, 5);
  bool closed = false;
  fl_task task = fl_create_task(w->loop, close_it, session, &closed);
  run(w);
  assert_true(closed);
  check_end(w, "http://a/", FL_ECANCELLED, 5 * MS);
  fl_release(task);
  closed = false;
  task = fl_create_task(w->loop, close_it, NULL, &closed); /* one that was never opened */
  run(w);
  assert_true(closed);
  fl_release(task);
  w->session = of_world;
  world_close(w);
}

/* A world's session, which its batch keeps open. */
static fl_batch *begin_to_close(world *w, fl_task tasks[2], bool closed[2]) {
  fl_batch *batch;
  assert_int_equal(fl_batch_open(&batch, w->session, &(fl_batch_options){.on_end = world_on_end, .arg = w}), FL_OK);
  close_session(w); /* a callback's is the first */
  for (int i = 0; i < 2; i++) tasks[i] = fl_create_task(w->loop, close_it, w->session, &closed[i]);
  run(w);
  assert_false(closed[0] || closed[1]);
  return batch;
}

static void all_who_close_it_wait_for_it(void **state) {
  (void)state;
  world *w = world_open(NULL);
  fl_task tasks[2];
  bool closed[2] = {false};
  fl_batch_close(begin_to_close(w, tasks, closed));
  run(w);
  assert_true(closed[0] && closed[1]);
  assert_int_equal(w->closed, 1);
  for (int i = 0; i < 2; i++) fl_release(tasks[i]);
  world_close(w);
}

static void a_closing_that_is_cancelled_ends_when_the_session_is_gone(void **state) {
  (void)state;
  world *w = world_open(NULL);
  fl_task tasks[2];
  bool closed[2] = {false};
  fl_batch *batch = begin_to_close(w, tasks, closed);
  for (int i = 0; i < 2; i++) { /* and once more */
    fl_cancel(tasks[0], NULL);
    run(w);
  }
  assert_false(fl_done(tasks[0]));
  fl_batch_close(batch);
  run(w);
  assert_true(fl_cancelled(tasks[0]));
  assert_true(closed[1]);
  for (int i = 0; i < 2; i++) fl_release(tasks[i]);
  world_close(w);
}

/* ---- A header of it */

static const struct {
  const char *name, *value;
  int bytes;
} lookups[] = {
    {"content-type", "text/html", 9},
    {"CONTENT-TYPE", "text/html", 9},
    {"X-Twice", "a, b", 4},
    {"x-empty", "", 0},
    {"x-spaces", "c", 1},
    {"content", "", -1},
    {"ype", "", -1},
    {"", "", -1},
    {"x-colon", "d: e", 4},
};

static void a_header_is_found_whatever_its_case(void **state) {
  (void)state;
  static char headers[] =
      "Content-Type: text/html\r\nX-Twice: a\r\nX-Empty:\r\nx-twice:b\r\nX-Spaces: \t c\r\nX-Colon: d: e\r\n";
  const fl_response response = {.headers = headers};
  for (unsigned i = 0; i < LENGTH(lookups); i++) {
    char value[32] = "";
    assert_int_equal(fl_response_header(&response, lookups[i].name, value, sizeof value), lookups[i].bytes);
    assert_string_equal(value, lookups[i].value);
    assert_int_equal(fl_response_header(&response, lookups[i].name, NULL, 0), lookups[i].bytes);
  }
  assert_int_equal(fl_response_header(&(fl_response){0}, "a", NULL, 0), -1);
}

static void it_is_cut_to_fit(void **state) {
  (void)state;
  static char headers[] = "a: 123\r\na: 456\r\n";
  const fl_response response = {.headers = headers};
  for (size_t size = 1; size < 12; size++) {
    char *value = malloc(size);
    assert_int_equal(fl_response_header(&response, "a", value, size), 8);
    assert_int_equal(strlen(value), size < 9 ? size - 1 : 8);
    assert_memory_equal(value, "123, 456", strlen(value));
    free(value);
  }
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(it_gives_the_response_whole),
      cmocka_unit_test(without_headers_or_a_body_these_are_empty),
      cmocka_unit_test(its_options_are_the_request_s),
      cmocka_unit_test(an_error_is_raised),
      cmocka_unit_test(cancelling_the_task_cancels_the_request),
      cmocka_unit_test(closing_waits_for_what_is_cancelled_by_it),
      cmocka_unit_test(all_who_close_it_wait_for_it),
      cmocka_unit_test(a_closing_that_is_cancelled_ends_when_the_session_is_gone),
      cmocka_unit_test(a_header_is_found_whatever_its_case),
      cmocka_unit_test(it_is_cut_to_fit),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
