/* Cancelling a request: at whatever step it is, what it holds is free at once, and it ends once. */
#include "world_support.h"

/* One place in all. */
static world *open_one_place(void) {
  return world_open(&(fl_session_options){
      .limit = 1, .retry = {.limit = 1, .backoff_us = 1000 * SECOND, .backoff_max_us = 1000 * SECOND}});
}

static void check_cancelled(world *w, const char *url, int64_t at_us) {
  assert_int_equal(ends_of(w, url), 0); /* it comes in a later turn */
  assert_int_equal(fl_sim_tokens(w->sim), w->session ? stats_of(w).in_flight : 0);
  run(w);
  check_end(w, url, FL_ECANCELLED, at_us);
  assert_int_equal(end_of(w, url)->status, 0);
}

static void queued(void **state) {
  (void)state;
  world *w = open_one_place();
  ask(w, "http://a/1");
  fl_request *request = ask(w, "http://a/2");
  run_until(w, 5);
  cancel(w, request);
  assert_int_equal(stats_of(w).queued, 0);
  check_cancelled(w, "http://a/2", 5 * MS);
  assert_int_equal(started(w, "http://a/2"), 0);
  world_close(w);
}

static void connecting(void **state) {
  (void)state;
  world *w = open_one_place();
  fl_request *request = ask(w, "http://a/1?connect=100");
  ask(w, "http://a/2");
  run_until(w, 5);
  cancel(w, request);
  check_cancelled(w, "http://a/1", 5 * MS);
  assert_string_equal(starts(w), "a/1 a/2");
  assert_int_equal(peak(w, ""), 1); /* the connection was closed before */
  world_close(w);
}

static void in_the_body(void **state) {
  (void)state;
  world *w = open_one_place();
  answer_in_turn(w, {.answer_us = 1 * MS, .body_bytes = 100, .chunks = 10, .chunk_us = MS}, {.status = 200});
  fl_request *request = ask_for(w, &(fl_request_options){.flags = FL_BODY_ON_HEAP}, "http://a/1");
  ask(w, "http://a/2");
  run_until(w, 5);
  cancel(w, request);
  check_cancelled(w, "http://a/1", 5 * MS);
  assert_string_equal(starts(w), "a/1 a/2");
  world_close(w);
}

/* The place of the first isn't the second's to start in, which is cancelled next. */
static void of_all_who_are_cancelled_together_none_starts(void **state) {
  (void)state;
  world *w = open_one_place();
  fl_request *requests[] = {ask(w, "http://a/1?connect=100"), ask(w, "http://a/2"), ask(w, "http://a/3")};
  ask(w, "http://a/4");
  run_until(w, 5);
  for (unsigned i = 0; i < LENGTH(requests); i++) cancel(w, requests[i]);
  check_cancelled(w, "http://a/1", 5 * MS);
  check_end(w, "http://a/2", FL_ECANCELLED, 5 * MS);
  check_end(w, "http://a/3", FL_ECANCELLED, 5 * MS);
  assert_string_equal(starts(w), "a/1 a/4");
  world_close(w);
}

/* Its response has come: that is its end. */
static void landed_with_its_end(void **state) {
  (void)state;
  world *w = open_one_place();
  fl_request *request = ask(w, "http://a/1?inside=1");
  ask(w, "http://a/2");
  cancel(w, request);
  assert_string_equal(starts(w), "a/1");
  run(w);
  check_end(w, "http://a/1", FL_OK, 0);
  world_close(w);
}

/* It would have been retried, or redirected. */
static void landed_with_more_to_come(void **state) {
  (void)state;
  static const fl_header location[] = {{"location", "/3"}, {NULL, NULL}};
  static const fl_sim_fate fates[] = {{.status = 503, .inside_send = true},
                                      {.error = FL_ECONNECT, .inside_send = true},
                                      {.error = FL_EEMPTY, .reused = true, .inside_send = true},
                                      {.status = 302, .headers = location, .inside_send = true}};
  for (unsigned i = 0; i < LENGTH(fates); i++) {
    world *w = open_one_place();
    answer_in_turn(w, fates[i], {.status = 200});
    fl_request *request = ask(w, "http://a/1");
    ask(w, "http://a/2");
    cancel(w, request);
    run(w);
    check_end(w, "http://a/1", FL_ECANCELLED, 0);
    check_end(w, "http://a/2", FL_OK, 10 * MS);
    assert_int_equal(w->sent_count, 2);
    world_close(w);
  }
}

static void backing_off(void **state) {
  (void)state;
  world *w = open_one_place();
  fl_request *request = ask(w, "http://a/1?status=500");
  run_until(w, 50);
  assert_int_equal(stats_of(w).backing_off, 1);
  cancel(w, request);
  assert_int_equal(stats_of(w).backing_off, 0);
  check_cancelled(w, "http://a/1", 50 * MS);
  assert_int_equal(fl_sim_time(w->sim), 50 * MS); /* nobody waits for it any more */
  assert_int_equal(w->sent_count, 1);
  world_close(w);
}

/* It holds the part that it has of its download. */
static void backing_off_from_a_broken_download(void **state) {
  (void)state;
  world *w = open_one_place();
  answer_in_turn(w, {.status = 200, .error = FL_EPARTIAL, .body_bytes = 10, .headers = HEADERS({"etag", "\"1\""})});
  fl_request *request = ask_for(w, &(fl_request_options){.flags = FL_BODY_ON_HEAP}, "http://a/1");
  run_until(w, 50);
  assert_int_equal(stats_of(w).backing_off, 1);
  assert_int_equal(fl_sim_tokens(w->sim), 1);
  cancel(w, request);
  check_cancelled(w, "http://a/1", 50 * MS);
  world_close(w);
}

static void for_a_parked_host(void **state) {
  (void)state;
  world *w = open_one_place();
  answer_in_turn(w, {.status = 429, .headers = HEADERS({"retry-after", "30"})});
  fl_request *request = ask(w, "http://a/1");
  run_until(w, 50);
  assert_int_equal(stats_of(w).queued, 1);
  cancel(w, request);
  check_cancelled(w, "http://a/1", 50 * MS);
  assert_int_equal(fl_sim_time(w->sim), 50 * MS);
  world_close(w);
}

static fl_request *last_asked;

static void cancel_last(world *w, fl_request *request) {
  if (request != last_asked) cancel(w, last_asked);
}

/* Both have timed out in one turn: the first's end comes while the second's is on its way. */
static void abandoned_by_a_timeout(void **state) {
  (void)state;
  world *w = world_open(&(fl_session_options){.timeouts.total_us = 5 * MS});
  ask(w, "http://a/1?answer=never");
  last_asked = ask(w, "http://a/2?answer=never");
  w->then = cancel_last;
  run(w);
  check_end(w, "http://a/1", FL_ETOTALTIMEOUT, 5 * MS);
  check_end(w, "http://a/2", FL_ETOTALTIMEOUT, 5 * MS);
  world_close(w);
}

/* ---- From the program's callbacks */

static int cancel_it(fl_request *request, void *arg) {
  (void)arg;
  fl_request_cancel(request);
  return 0;
}

static void in_on_attempt(void **state) {
  (void)state;
  world *w = world_open(&(fl_session_options){.limit = 1, .on_attempt = cancel_it});
  ask(w, "http://a/1"), ask(w, "http://a/2");
  assert_int_equal(w->sent_count, 0);
  run(w);
  assert_string_equal(ends(w), "a/1 a/2");
  for (unsigned i = 0; i < 2; i++) assert_int_equal(w->ends[i].error, FL_ECANCELLED);
  assert_int_equal(stats_of(w).in_flight, 0);
  world_close(w);
}

static void in_on_reply(void **state) {
  (void)state;
  static const fl_sim_fate fates[] = {{.status = 200}, {.status = 503}};
  for (unsigned i = 0; i < LENGTH(fates); i++) {
    world *w = world_open(&(fl_session_options){.limit = 1, .on_reply = cancel_it});
    answer_in_turn(w, fates[i]);
    ask(w, "http://a/1");
    run(w);
    assert_int_equal(w->sent_count, 1);
    /* A response that is its end is that; one that would have been retried isn't waited for. */
    assert_int_equal(w->ends[0].error, i == 0 ? FL_OK : FL_ECANCELLED);
    world_close(w);
  }
}

static void cancel_from_response(fl_request *request, void *arg) {
  (void)arg;
  fl_request_cancel(request);
}

static void in_on_response(void **state) {
  (void)state;
  world *w = open_one_place();
  answer_in_turn(w, {.answer_us = 10 * MS, .body_bytes = 10, .chunks = 10, .chunk_us = MS}, {.status = 200});
  ask_for(w, &(fl_request_options){.flags = FL_STREAM, .on_response = cancel_from_response}, "http://a/1");
  ask(w, "http://a/2");
  run(w);
  check_end(w, "http://a/1", FL_ECANCELLED, 10 * MS);
  check_end(w, "http://a/2", FL_OK, 20 * MS);
  world_close(w);
}

static void cancel_all(world *w, fl_request *request) {
  (void)request;
  for (uint32_t i = 0; w->arg && ((fl_request **)w->arg)[i]; i++) cancel(w, ((fl_request **)w->arg)[i]);
  w->arg = NULL;
}

/* One end cancels all that there are, whatever they are doing. */
static void many_in_one_on_end(void **state) {
  (void)state;
  world *w = world_open(&(fl_session_options){
      .limit = 4, .limit_per_host = 2, .retry = {.backoff_us = 1000 * SECOND, .backoff_max_us = 1000 * SECOND}});
  static const char *const urls[] = {"http://b/1?status=500&answer=1",
                                     "http://a/1?answer=50",
                                     "http://a/2?answer=50",
                                     "http://a/3",
                                     "http://b/2?answer=50",
                                     "http://b/3?answer=50",
                                     "http://c/1"};
  fl_request *all[LENGTH(urls) + 1] = {NULL};
  ask(w, "http://first/?answer=30");
  for (unsigned i = 0; i < LENGTH(urls); i++) all[i] = ask(w, "%s", urls[i]);
  w->then = cancel_all;
  w->arg = all;
  run(w);
  unsigned cancelled = 0;
  for (unsigned i = 0; i < w->ends_count; i++) cancelled += w->ends[i].error == FL_ECANCELLED;
  assert_in_range(cancelled, LENGTH(urls) - 1, LENGTH(urls));
  fl_session_stats s = stats_of(w);
  assert_int_equal(s.queued + s.in_flight + s.backing_off, 0);
  world_close(w);
}

/* ---- At every moment of a request's life, and with the session's close in its stead */

static void at_any_time_it_ends_once(void **state) {
  (void)state;
  for (int how = 0; how < 2; how++)
    for (int64_t at_ms = 0; at_ms <= 60; at_ms++) {
      world *w =
          world_open(&(fl_session_options){.limit = 1, .retry = {.backoff_us = 20 * MS, .backoff_max_us = 20 * MS}});
      answer_in_turn(w, {.status = 503, .headers = HEADERS({"retry-after", "0"})},
                     {.status = 302, .headers = HEADERS({"location", "/2"})},
                     {.status = 200, .error = FL_EPARTIAL, .body_bytes = 10, .headers = HEADERS({"etag", "\"1\""})},
                     {.status = 206, .body_bytes = 10, .headers = HEADERS({"content-range", "bytes 10-19/20"})});
      fl_request *request = ask_for(w, &(fl_request_options){.flags = FL_BODY_ON_HEAP}, "http://a/1");
      ask(w, "http://a/waits");
      uint32_t id = fl_request_id(request);
      run_until(w, at_ms);
      if (how == 1)
        close_session(w);
      else if (fl_session_find(w->session, id))
        cancel(w, request);
      run(w);
      world_close(w); /* that each ended once, and no token is open */
    }
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(queued),
      cmocka_unit_test(connecting),
      cmocka_unit_test(in_the_body),
      cmocka_unit_test(of_all_who_are_cancelled_together_none_starts),
      cmocka_unit_test(landed_with_its_end),
      cmocka_unit_test(landed_with_more_to_come),
      cmocka_unit_test(backing_off),
      cmocka_unit_test(backing_off_from_a_broken_download),
      cmocka_unit_test(for_a_parked_host),
      cmocka_unit_test(abandoned_by_a_timeout),
      cmocka_unit_test(in_on_attempt),
      cmocka_unit_test(in_on_reply),
      cmocka_unit_test(in_on_response),
      cmocka_unit_test(many_in_one_on_end),
      cmocka_unit_test(at_any_time_it_ends_once),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
