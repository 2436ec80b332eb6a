/* Many requests, batches and hosts: that nothing in the session is searched. Where something were, with so many each of
 * these would take minutes, under valgrind and as WebAssembly longer than they are given. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "../../src/fetchloop.h"

enum { MANY = 40000, BATCHES = 2000, EACH = MANY / BATCHES };

/* ---- A network that answers everything after 10 ms; `/park` with a 503 that asks for an hour */

typedef struct sent {
  fl_timer timer;
  fl_session *session;
  uint32_t id;
  bool parks;
} sent;

static fl_loop *loop;
static fl_session *session;

static void answer(void *arg) {
  sent *s = arg;
  fl_session_reply(s->session, s->id, &(fl_reply){.status = s->parks ? 503 : 200});
}

static int on_send(void *self, void **token, const fl_attempt *attempt) {
  (void)self;
  sent *s = calloc(1, sizeof *s);
  s->session = attempt->session;
  s->id = attempt->id;
  s->parks = strstr(attempt->url, "/park") != NULL;
  fl_call_later(loop, &s->timer, 10 * FL_MS, answer, s);
  *token = s;
  return FL_OK;
}

static void on_close(void *self, void *token) {
  (void)self;
  fl_timer_cancel(&((sent *)token)->timer);
  free(token);
}

static void on_progress(void *self, void *token, fl_progress *out) {
  (void)self;
  (void)token;
  out->connected = true;
}

static int on_header(void *self, void *token, const char *name, char *buffer, size_t size) {
  (void)self;
  if (!((sent *)token)->parks || strcmp(name, "retry-after") != 0) return -1;
  return snprintf(buffer, size, "3600");
}

static const fl_transport network = {.send = on_send, .close = on_close, .progress = on_progress, .header = on_header};

/* ---- A session on it */

static unsigned ends, failures, closed;
static int last_error;

static void on_end(fl_request *request, void *arg) {
  (void)arg;
  ends++;
  last_error = fl_request_error(request);
  if (last_error) failures++;
}

static void on_closed(void *arg) {
  (void)arg;
  closed++;
}

static void open_session(const fl_session_options *options) {
  static fl_virtual_clock clock;
  fl_virtual_clock_init(&clock);
  ends = failures = closed = 0;
  assert_int_equal(fl_loop_open(&loop, &clock.clock, 0), FL_OK);
  assert_int_equal(fl_session_open(&session, loop, &network, options), FL_OK);
}

static void close_session(void) {
  fl_session_close(session, on_closed, NULL);
  fl_loop_run_forever(loop);
  assert_int_equal(closed, 1);
  fl_loop_close(loop);
}

static fl_session_stats stats(void) {
  fl_session_stats out;
  fl_session_stats_get(session, &out);
  return out;
}

static int ask(const char *url, int priority, fl_on_end *then, void *arg) {
  fl_request_options options = {.priority = priority, .on_end = then, .arg = arg};
  return fl_session_request(NULL, session, url, strlen(url), &options);
}

/* ---- A full queue: the one that has waited longest, of the lowest priority and none higher, makes room */

enum { LEVELS = 3 };
static unsigned dropped[MANY], dropped_count;

static void on_dropped(fl_request *request, void *arg) {
  if (fl_request_error(request) == FL_EFULL) dropped[dropped_count++] = (unsigned)(uintptr_t)arg;
}

static void test_dropping_the_oldest_of_many_is_no_search(void **state) {
  (void)state;
  static unsigned expected[MANY], first[LEVELS], waiting[LEVELS][MANY], count[LEVELS];
  unsigned expected_count = 0, queued = 0;
  memset(first, 0, sizeof first);
  memset(count, 0, sizeof count);
  dropped_count = 0;
  open_session(&(fl_session_options){.limit = 1, .queue_limit = MANY / 2, .when_full = FL_FULL_DROP_OLDEST});
  assert_int_equal(ask("http://a/", 0, on_dropped, NULL), FL_OK); /* takes the place */
  for (unsigned i = 0; i < MANY; i++) {
    unsigned level = i * 7 / 5 % LEVELS, least = 0;
    while (least <= level && first[least] == count[least]) least++;
    bool refused = queued == MANY / 2 && least > level;
    if (queued == MANY / 2 && !refused)
      expected[expected_count++] = waiting[least][first[least]++];
    else if (!refused)
      queued++;
    if (!refused) waiting[level][count[level]++] = i;
    assert_int_equal(ask("http://a/", (int)level - 1, on_dropped, (void *)(uintptr_t)i), refused ? FL_EFULL : FL_OK);
  }
  fl_loop_turn(loop);
  assert_int_equal(dropped_count, expected_count);
  assert_memory_equal(dropped, expected, expected_count * sizeof *expected);
  close_session();
}

/* ---- Many batches */

typedef struct list {
  fl_batch *batch;
  const char *url;
  unsigned read, count, ended;
} list;

static void read_on(void *arg) {
  list *l = arg;
  while (l->read < l->count && fl_batch_wants(l->batch)) {
    l->read++;
    assert_int_equal(fl_batch_get(NULL, l->batch, l->url, strlen(l->url), 0), FL_OK);
  }
}

static void on_list_end(fl_request *request, void *arg) {
  list *l = arg;
  if (!fl_request_error(request)) l->ended++;
  on_end(request, NULL);
  fl_batch_taken(l->batch);
}

static list *open_lists(const char *url) {
  list *lists = calloc(BATCHES, sizeof *lists);
  for (unsigned i = 0; i < BATCHES; i++) {
    lists[i] = (list){.url = url, .count = EACH};
    fl_batch_options options = {.on_wants = read_on, .on_end = on_list_end, .arg = &lists[i]};
    assert_int_equal(fl_batch_open(&lists[i].batch, session, &options), FL_OK);
  }
  return lists;
}

static void close_lists(list *lists) {
  for (unsigned i = 0; i < BATCHES; i++)
    if (lists[i].batch) fl_batch_close(lists[i].batch);
  free(lists);
}

/* Gives them all their URLs at once, wanted or not. */
static void fill(list *lists) {
  for (unsigned i = 0; i < BATCHES; i++)
    for (unsigned j = 0; j < EACH; j++)
      assert_int_equal(fl_batch_get(NULL, lists[i].batch, lists[i].url, strlen(lists[i].url), 0), FL_OK);
}

static void test_two_thousand_batches_are_each_woken_when_they_want_a_url(void **state) {
  (void)state;
  open_session(&(fl_session_options){.limit = 4});
  list *lists = open_lists("http://a/");
  for (unsigned i = 0; i < BATCHES; i++) read_on(&lists[i]);
  fl_loop_run_forever(loop);
  for (unsigned i = 0; i < BATCHES; i++) assert_int_equal(lists[i].ended, EACH);
  close_lists(lists);
  close_session();
}

static void test_two_thousand_batches_close_one_by_one_and_take_only_their_own_along(void **state) {
  (void)state;
  open_session(NULL);
  list *lists = open_lists("http://a/");
  fill(lists);
  for (unsigned i = 0; i < BATCHES; i += 2) {
    fl_batch_close(lists[i].batch);
    lists[i].batch = NULL;
  }
  fl_loop_run_forever(loop);
  for (unsigned i = 0; i < BATCHES; i++) assert_int_equal(lists[i].ended, i % 2 ? EACH : 0);
  close_lists(lists);
  close_session();
}

static void test_a_host_that_parks_fails_those_that_wait_for_it_in_every_batch_and_no_others(void **state) {
  (void)state;
  open_session(&(fl_session_options){.limit = 8, .limit_per_host = 4});
  list *lists = open_lists("http://a/");
  assert_int_equal(ask("http://a/park", 1, on_end, NULL), FL_OK);
  fill(lists);
  for (unsigned i = 0; i < MANY; i++) assert_int_equal(ask("http://b/", 0, on_end, NULL), FL_OK);
  fl_loop_run_forever(loop);
  assert_int_equal(ends, 1 + MANY + MANY);
  assert_int_equal(failures, MANY - 3); /* three were on their way */
  assert_int_equal(stats().queued, 0);
  close_lists(lists);
  close_session();
}

/* ---- Many hosts */

static void test_ten_thousand_hosts_get_what_is_theirs(void **state) {
  (void)state;
  enum { HOSTS = 10000 };
  open_session(&(fl_session_options){.limit = 100, .limit_per_host = 1});
  for (unsigned i = 0; i < MANY; i++) {
    char url[32];
    snprintf(url, sizeof url, "http://h%u/", i % HOSTS);
    assert_int_equal(ask(url, 0, on_end, NULL), FL_OK);
  }
  fl_loop_run_forever(loop);
  assert_int_equal(ends, MANY);
  assert_int_equal(failures, 0);
  assert_int_equal(fl_loop_time(loop), MANY / 100 * 10 * FL_MS);
  close_session();
}

/* ---- Closing */

static void test_a_session_closes_with_many_requests_and_batches_that_wait(void **state) {
  (void)state;
  open_session(&(fl_session_options){.limit = 4});
  list *lists = open_lists("http://a/");
  fill(lists);
  for (unsigned i = 0; i < BATCHES; i++) assert_false(fl_batch_wants(lists[i].batch));
  for (unsigned i = 0; i < MANY; i++) assert_int_equal(ask("http://b/", 0, on_end, NULL), FL_OK);
  fl_session_close(session, on_closed, NULL);
  fl_loop_run_forever(loop);
  assert_int_equal(ends, MANY + MANY);
  assert_int_equal(failures, MANY + MANY);
  assert_int_equal(last_error, FL_ECANCELLED);
  assert_int_equal(closed, 0);
  close_lists(lists);
  fl_loop_run_forever(loop);
  assert_int_equal(closed, 1);
  fl_loop_close(loop);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_dropping_the_oldest_of_many_is_no_search),
      cmocka_unit_test(test_two_thousand_batches_are_each_woken_when_they_want_a_url),
      cmocka_unit_test(test_two_thousand_batches_close_one_by_one_and_take_only_their_own_along),
      cmocka_unit_test(test_a_host_that_parks_fails_those_that_wait_for_it_in_every_batch_and_no_others),
      cmocka_unit_test(test_ten_thousand_hosts_get_what_is_theirs),
      cmocka_unit_test(test_a_session_closes_with_many_requests_and_batches_that_wait),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
