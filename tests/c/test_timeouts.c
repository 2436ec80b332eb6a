/* Five timeouts: each has its own error, and its own beginning and end. */
#include "world_support.h"

/* ---- Each alone */

static const struct {
  fl_timeouts timeouts;
  fl_sim_fate fate;
  int error;
  int64_t at_us;
} alone[] = {
    {{.total_us = SECOND}, {.answer_us = FL_NEVER}, FL_ETOTALTIMEOUT, SECOND},
    {{.total_us = SECOND}, {.answer_us = SECOND - 1}, FL_OK, SECOND - 1},
    {{.attempt_us = SECOND}, {.answer_us = FL_NEVER}, FL_EATTEMPTTIMEOUT, SECOND},
    {{.attempt_us = SECOND}, {.answer_us = 500 * MS, .end_us = 501 * MS}, FL_EATTEMPTTIMEOUT, SECOND},
    {{.attempt_us = SECOND}, {.answer_us = SECOND - 1}, FL_OK, SECOND - 1},
    {{.connect_us = SECOND}, {.connect_us = FL_NEVER}, FL_ECONNECTTIMEOUT, SECOND},
    {{.connect_us = SECOND}, {.connect_us = SECOND + 1}, FL_ECONNECTTIMEOUT, SECOND},
    {{.connect_us = SECOND}, {.connect_us = SECOND - 1, .answer_us = 9 * SECOND}, FL_OK, 10 * SECOND - 1},
    /* From one arrival to the next */
    {{.read_us = SECOND}, {.answer_us = FL_NEVER}, FL_EREADTIMEOUT, SECOND},
    {{.read_us = SECOND}, {.answer_us = SECOND - 1}, FL_OK, SECOND - 1},
    {{.read_us = SECOND}, {.connect_us = 500 * MS, .answer_us = FL_NEVER}, FL_EREADTIMEOUT, 1500 * MS},
    {{.read_us = SECOND}, {.connect_us = 5500 * MS, .answer_us = 999 * MS}, FL_OK, 6499 * MS},
    {{.read_us = SECOND}, {.answer_us = 1800 * MS}, FL_EREADTIMEOUT, SECOND},
    {{.read_us = SECOND}, {.hint_us = 900 * MS, .answer_us = 900 * MS}, FL_OK, 1800 * MS},
    {{.read_us = SECOND}, {.answer_us = 10 * MS, .body_bytes = 9, .chunks = 9, .chunk_us = 999 * MS}, FL_OK, 9001 * MS},
    {{.read_us = SECOND},
     {.answer_us = 10 * MS, .body_bytes = 9, .chunks = 9, .chunk_us = 1001 * MS},
     FL_EREADTIMEOUT,
     1010 * MS},
    {{.read_us = SECOND},
     {.answer_us = 10 * MS, .body_bytes = 9, .chunks = 9, .chunk_us = 100 * MS, .end_us = FL_NEVER},
     FL_EREADTIMEOUT,
     1910 * MS},
    /* A reader who is behind stops it, and starts it */
    {{.read_us = SECOND},
     {.answer_us = 1, .body_bytes = 4, .chunks = 4, .chunk_us = 100 * MS, .pause_after = 2, .pause_us = 10 * SECOND},
     FL_OK,
     10400 * MS + 1},
    {{.read_us = SECOND},
     {.answer_us = 1,
      .body_bytes = 2,
      .chunks = 2,
      .chunk_us = 100 * MS,
      .pause_after = 2,
      .pause_us = 10 * SECOND,
      .end_us = FL_NEVER},
     FL_EREADTIMEOUT,
     11200 * MS + 1},
    /* The first of several that is over */
    {{.total_us = 3 * SECOND, .attempt_us = 2 * SECOND, .connect_us = SECOND, .read_us = SECOND},
     {.connect_us = FL_NEVER},
     FL_ECONNECTTIMEOUT,
     SECOND},
    {{.total_us = 3 * SECOND, .attempt_us = 2 * SECOND, .connect_us = SECOND, .read_us = 4 * SECOND},
     {.connect_us = 1, .answer_us = FL_NEVER},
     FL_EATTEMPTTIMEOUT,
     2 * SECOND},
    {{.total_us = SECOND, .attempt_us = 2 * SECOND, .connect_us = 2 * SECOND, .read_us = 2 * SECOND},
     {.connect_us = FL_NEVER},
     FL_ETOTALTIMEOUT,
     SECOND},
};

static const fl_timeouts none = {
    .total_us = FL_NEVER, .attempt_us = FL_NEVER, .queue_us = FL_NEVER, .connect_us = FL_NEVER, .read_us = FL_NEVER};

static void each_comes_when_its_time_is_over(void **state) {
  (void)state;
  for (unsigned i = 0; i < LENGTH(alone); i++) {
    world *w = world_open(&(fl_session_options){.timeouts = none, .retry = no_retries});
    answer_in_turn(w, alone[i].fate);
    ask_for(w, &(fl_request_options){.timeouts = alone[i].timeouts}, "http://a/%u", i);
    run(w);
    char url[32];
    snprintf(url, sizeof url, "http://a/%u", i);
    check_end(w, url, alone[i].error, alone[i].at_us);
    assert_int_equal(w->ends[0].status, alone[i].error ? 0 : 200);
    world_close(w);
  }
}

static void a_request_s_own_go_before_the_session_s(void **state) {
  (void)state;
  world *w = world_open(&(fl_session_options){
      .timeouts = {.total_us = 2 * SECOND, .attempt_us = SECOND}, .limit_per_host = 10, .retry = no_retries});
  ask(w, "http://a/session?answer=never");
  ask_for(w, &(fl_request_options){.timeouts.attempt_us = SECOND / 2}, "http://a/shorter?answer=never");
  ask_for(w, &(fl_request_options){.timeouts.attempt_us = FL_NEVER}, "http://a/total?answer=never");
  ask_for(w, &(fl_request_options){.timeouts = none}, "http://a/none?answer=100000");
  run(w);
  check_end(w, "http://a/session", FL_EATTEMPTTIMEOUT, SECOND);
  check_end(w, "http://a/shorter", FL_EATTEMPTTIMEOUT, SECOND / 2);
  check_end(w, "http://a/total", FL_ETOTALTIMEOUT, 2 * SECOND);
  check_end(w, "http://a/none", FL_OK, 100 * SECOND);
  world_close(w);
}

/* ---- The total: over all that the request goes through */

static world *open_with_total(void) {
  return world_open(&(fl_session_options){.limit = 1,
                                          .timeouts.total_us = SECOND,
                                          .redirects = 1000,
                                          .retry = {.limit = 100, .backoff_us = 1, .backoff_max_us = 1}});
}

static void the_total_goes_over_all_retries(void **state) {
  (void)state;
  world *w = open_with_total();
  answer_in_turn(w, {.status = 503, .answer_us = 300 * MS});
  ask(w, "http://a/");
  run(w);
  check_end(w, "http://a/", FL_ETOTALTIMEOUT, SECOND);
  assert_int_equal(w->sent_count, 4);
  assert_int_equal(w->ends[0].retries, 3);
  world_close(w);
}

static void redirect_on(world *w, const fl_attempt *attempt, fl_sim_fate *fate) {
  static char location[32];
  (void)attempt;
  snprintf(location, sizeof location, "/%u", w->sent_count);
  static const fl_header headers[] = {{"location", location}, {NULL, NULL}};
  *fate = (fl_sim_fate){.status = 302, .answer_us = 300 * MS, .headers = headers};
}

static void the_total_goes_over_all_redirects(void **state) {
  (void)state;
  world *w = open_with_total();
  w->decide = redirect_on;
  ask(w, "http://a/");
  run(w);
  check_end(w, "http://a/", FL_ETOTALTIMEOUT, SECOND);
  assert_int_equal(w->ends[0].redirects, 3);
  world_close(w);
}

static void the_total_goes_on_in_the_queue_and_while_backing_off(void **state) {
  (void)state;
  world *w = world_open(&(fl_session_options){
      .limit = 1, .timeouts.total_us = SECOND, .retry = {.backoff_us = 3600 * SECOND, .backoff_max_us = FL_NEVER}});
  ask(w, "http://a/backs-off?status=500");
  ask_for(w, &(fl_request_options){.timeouts.total_us = FL_NEVER}, "http://b/first?answer=5000");
  ask(w, "http://b/waits");
  run_until(w, 500);
  assert_int_equal(stats_of(w).backing_off, 1);
  assert_int_equal(stats_of(w).queued, 1);
  run(w);
  check_end(w, "http://a/backs-off", FL_ETOTALTIMEOUT, SECOND);
  check_end(w, "http://b/waits", FL_ETOTALTIMEOUT, SECOND);
  assert_int_equal(end_of(w, "http://b/waits")->started_us, FL_NEVER);
  assert_int_equal(stats_of(w).backing_off, 0);
  world_close(w);
}

/* A batch's requests wait by design. */
static void in_a_batch_the_total_begins_with_the_start(void **state) {
  (void)state;
  world *w = world_open(&(fl_session_options){.limit = 1, .timeouts.total_us = SECOND, .retry = no_retries});
  fl_batch *batch;
  assert_int_equal(fl_batch_open(&batch, w->session, &(fl_batch_options){.on_end = world_on_end, .arg = w}), FL_OK);
  static const char *const urls[] = {"http://a/1?answer=600", "http://a/2?answer=999", "http://a/3?answer=1001"};
  for (unsigned i = 0; i < LENGTH(urls); i++, w->asked++)
    assert_int_equal(fl_batch_get(NULL, batch, urls[i], strlen(urls[i]), 0), FL_OK);
  run(w);
  check_end(w, "http://a/1", FL_OK, 600 * MS);
  run(w);
  fl_batch_taken(batch);
  run(w);
  check_end(w, "http://a/2", FL_OK, 1599 * MS);
  fl_batch_taken(batch);
  run(w);
  check_end(w, "http://a/3", FL_ETOTALTIMEOUT, 2599 * MS);
  fl_batch_taken(batch);
  fl_batch_close(batch);
  world_close(w);
}

/* ---- One attempt */

static void an_attempt_that_takes_too_long_is_made_again(void **state) {
  (void)state;
  world *w =
      world_open(&(fl_session_options){.timeouts.attempt_us = SECOND, .retry = {.backoff_us = 1, .backoff_max_us = 1}});
  answer_in_turn(w, {.answer_us = FL_NEVER}, {.connect_us = FL_NEVER}, {.answer_us = 5});
  ask(w, "http://a/");
  run(w);
  assert_int_equal(w->sent_count, 3);
  assert_int_equal(w->ends[0].error, FL_OK);
  assert_in_range(w->ends[0].at_us, 2 * SECOND + 5, 2 * SECOND + 7);
  world_close(w);
}

static void one_that_always_does_ends_with_that_error(void **state) {
  (void)state;
  world *w =
      world_open(&(fl_session_options){.timeouts.attempt_us = SECOND, .retry = {.backoff_us = 1, .backoff_max_us = 1}});
  ask(w, "http://a/?answer=never");
  run(w);
  assert_int_equal(w->sent_count, 3);
  assert_int_equal(w->ends[0].error, FL_EATTEMPTTIMEOUT);
  assert_int_equal(w->ends[0].retries, 2);
  world_close(w);
}

/* ---- The queue */

static world *open_with_queue_timeout(void) {
  return world_open(&(fl_session_options){
      .limit_per_host = 1, .timeouts = {.queue_us = SECOND}, .retry = {.backoff_us = 1, .backoff_max_us = 1}});
}

static void waiting_for_a_place_has_a_timeout(void **state) {
  (void)state;
  world *w = open_with_queue_timeout();
  ask(w, "http://a/1?answer=999"), ask(w, "http://a/2?answer=9000"), ask(w, "http://a/3");
  run(w);
  check_end(w, "http://a/1", FL_OK, 999 * MS);
  check_end(w, "http://a/2", FL_OK, 9999 * MS); /* once it has started there is no hurry */
  check_end(w, "http://a/3", FL_EQUEUETIMEOUT, SECOND);
  assert_int_equal(end_of(w, "http://a/3")->started_us, FL_NEVER);
  assert_int_equal(started(w, "http://a/3"), 0);
  world_close(w);
}

static void a_retry_waits_anew(void **state) {
  (void)state;
  world *w = open_with_queue_timeout();
  ask(w, "http://a/1?answer=900&status=503"), ask(w, "http://a/2?answer=900"), ask(w, "http://a/3?answer=900");
  run(w);
  assert_string_equal(times_sent(w, "http://a/1"), "0 1800 2700");
  check_end(w, "http://a/2", FL_OK, 1800 * MS);
  check_end(w, "http://a/3", FL_EQUEUETIMEOUT, SECOND);
  world_close(w);
}

static void park_first(world *w, const fl_attempt *attempt, fl_sim_fate *fate) {
  static const fl_header headers[] = {{"retry-after", "30"}, {NULL, NULL}};
  (void)attempt;
  *fate = (fl_sim_fate){.status = w->sent_count == 1 ? 429 : 200, .answer_us = 600 * MS, .headers = headers};
}

/* Whether it came before the host was parked, with 0.6 s of its second gone, or meanwhile. */
static void waiting_for_a_parked_host_is_no_waiting_for_a_place(void **state) {
  (void)state;
  world *w = open_with_queue_timeout();
  w->decide = park_first;
  ask(w, "http://a/1"), ask(w, "http://a/2");
  run_until(w, 700);
  ask(w, "http://a/3");
  run(w);
  check_end(w, "http://a/1", FL_OK, 31200 * MS);
  check_end(w, "http://a/2", FL_EQUEUETIMEOUT, 31000 * MS);
  check_end(w, "http://a/3", FL_OK, 31800 * MS);
  world_close(w);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(each_comes_when_its_time_is_over),
      cmocka_unit_test(a_request_s_own_go_before_the_session_s),
      cmocka_unit_test(the_total_goes_over_all_retries),
      cmocka_unit_test(the_total_goes_over_all_redirects),
      cmocka_unit_test(the_total_goes_on_in_the_queue_and_while_backing_off),
      cmocka_unit_test(in_a_batch_the_total_begins_with_the_start),
      cmocka_unit_test(an_attempt_that_takes_too_long_is_made_again),
      cmocka_unit_test(one_that_always_does_ends_with_that_error),
      cmocka_unit_test(waiting_for_a_place_has_a_timeout),
      cmocka_unit_test(a_retry_waits_anew),
      cmocka_unit_test(waiting_for_a_parked_host_is_no_waiting_for_a_place),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
