/* The steps of a request with FL_TRACED, in order, with times on the loop's clock. And what a session counts of
 * retries, redirects and held time. */
#include "world_support.h"

static char steps[4096];
static int64_t last_us;

static void on_trace(fl_request *request, const fl_trace *trace, void *arg) {
  static const char *const names[] = {
#define X(name) #name,
      FL_STEPS(X)
#undef X
  };
  world *w = arg;
  assert_true(trace->when_us >= last_us);
  assert_in_range(trace->when_us, 0, fl_sim_time(w->sim));
  last_us = trace->when_us;
  size_t length = strlen(steps);
  char *at = steps + length;
  size_t left = sizeof steps - length;
  int bytes =
      snprintf(at, left, "%s%lld %s", length ? " | " : "", (long long)(trace->when_us / MS), names[trace->step]);
  at += bytes, left -= (size_t)bytes;
  if (trace->status) bytes = snprintf(at, left, " %d", trace->status), at += bytes, left -= (size_t)bytes;
  if (trace->error) bytes = snprintf(at, left, " %s", fl_error_name(trace->error)), at += bytes, left -= (size_t)bytes;
  if (trace->wait_us >= MS)
    bytes = snprintf(at, left, " in %lld", (long long)(trace->wait_us / MS)), at += bytes, left -= (size_t)bytes;
  if (trace->bytes) snprintf(at, left, " %llu B", (unsigned long long)trace->bytes);
  assert_non_null(request);
}

static const fl_request_options traced = {.flags = FL_TRACED};

static world *open_traced(fl_session_options options) {
  steps[0] = '\0';
  last_us = 0;
  options.on_trace = on_trace;
  return world_open(&options);
}

static void each_step_is_told_in_order(void **state) {
  (void)state;
  world *w = open_traced((fl_session_options){.limit = 1});
  ask(w, "http://a/first"); /* not traced */
  ask_for(w, &traced, "http://a/?answer=20");
  run(w);
  assert_string_equal(steps, "0 queued | 10 started | 30 headers 200 | 30 end 200");
  world_close(w);
}

static void retries_and_redirects_are_steps(void **state) {
  (void)state;
  world *w = open_traced((fl_session_options){.retry = {.backoff_us = 1, .backoff_max_us = 1}});
  answer_in_turn(w, {.status = 429, .headers = HEADERS({"retry-after", "2"})},
                 {.status = 302, .headers = HEADERS({"location", "/b"})}, {.error = FL_ECONNECT}, {.status = 404});
  ask_for(w, &traced, "http://a/");
  run(w);
  assert_string_equal(steps, "0 queued | 0 started | 10 headers 429 | 10 retry 429 in 2000 | 10 queued | "
                             "2010 started | 2020 headers 302 | 2020 redirect 302 | 2020 queued | "
                             "2020 started | 2030 retry FL_ECONNECT | 2030 queued | "
                             "2030 started | 2040 headers 404 | 2040 end 404");
  world_close(w);
}

static void its_error_is_told_at_the_end(void **state) {
  (void)state;
  world *w = open_traced((fl_session_options){.retry = no_retries, .timeouts.attempt_us = SECOND});
  ask_for(w, &traced, "http://a/?answer=never");
  run(w);
  assert_string_equal(steps, "0 queued | 0 started | 1000 end FL_EATTEMPTTIMEOUT");
  steps[0] = '\0';
  fl_request *request = ask_for(w, &traced, "http://a/");
  run_until(w, 1005);
  cancel(w, request);
  run(w);
  assert_string_equal(steps, "1000 queued | 1000 started | 1005 end FL_ECANCELLED");
  world_close(w);
}

static void a_stream_s_head_is_told_once(void **state) {
  (void)state;
  world *w = open_traced((fl_session_options){0});
  answer_in_turn(w, {.body_bytes = 10, .chunks = 2, .chunk_us = 10 * MS});
  ask_for(w, &(fl_request_options){.flags = FL_TRACED | FL_STREAM}, "http://a/");
  run(w);
  assert_string_equal(steps, "0 queued | 0 started | 10 headers 200 | 30 end 200");
  world_close(w);
}

/* Connected and chunk are seen by the transport alone. */
static uint32_t attempt_id;

static void keep_id(world *w, const fl_attempt *attempt, fl_sim_fate *fate) {
  (void)w;
  attempt_id = attempt->id;
  fate->answer_us = 50 * MS;
}

static void the_transport_tells_of_its_own(void **state) {
  (void)state;
  world *w = open_traced((fl_session_options){0});
  w->decide = keep_id;
  ask_for(w, &traced, "http://a/");
  run_until(w, 20);
  fl_session_step(w->session, attempt_id, FL_STEP_connected, 15 * MS, 0);
  fl_session_step(w->session, attempt_id, FL_STEP_chunk, 20 * MS, 512);
  fl_session_step(w->session, attempt_id + 1, FL_STEP_chunk, 20 * MS, 512); /* of nobody */
  run(w);
  fl_session_step(w->session, attempt_id, FL_STEP_chunk, 50 * MS, 512); /* too late */
  assert_string_equal(steps, "0 queued | 0 started | 15 connected | 20 chunk 512 B | 50 headers 200 | 50 end 200");
  world_close(w);
}

static void others_are_not_traced(void **state) {
  (void)state;
  world *w = open_traced((fl_session_options){0});
  w->decide = keep_id;
  ask(w, "http://a/");
  fl_session_step(w->session, attempt_id, FL_STEP_connected, 0, 0);
  run(w);
  assert_string_equal(steps, "");
  world_close(w);

  w = world_open(NULL); /* and without on_trace none is */
  w->decide = keep_id;
  ask_for(w, &traced, "http://a/");
  fl_session_step(w->session, attempt_id, FL_STEP_connected, 0, 0);
  run(w);
  assert_string_equal(steps, "");
  world_close(w);
}

/* ---- What the session counts */

static void statistics_tell_of_attempts_and_requests(void **state) {
  (void)state;
  world *w = world_open(&(fl_session_options){.limit = 1, .retry = {.limit = 1, .backoff_us = 1, .backoff_max_us = 1}});
  answer_in_turn(w, {.status = 302, .headers = HEADERS({"location", "/b"})}, {.status = 500}, {.status = 200},
                 {.error = FL_ETLS}, {.error = FL_EEMPTY, .reused = true}, {.status = 404});
  for (int i = 1; i <= 3; i++) ask(w, "http://a/%d", i);
  run(w);
  fl_session_stats s = stats_of(w);
  assert_int_equal(w->sent_count, 6);
  assert_int_equal(s.started, 3);
  assert_int_equal(s.done, 3);
  assert_int_equal(s.failed, 1);
  assert_int_equal(s.retries, 2); /* one was stale */
  assert_int_equal(s.redirects, 1);
  assert_int_equal(s.busy_us, 60 * MS);
  world_close(w);
}

static void percentiles_are_those_of_responses(void **state) {
  (void)state;
  world *w = world_open(&(fl_session_options){.limit = 1, .retry = no_retries});
  assert_int_equal(fl_session_percentile_us(w->session, 0.5), -1);
  for (int i = 10; i >= 1; i--) ask(w, "http://a/?answer=%d", 10 * i); /* waiting doesn't count */
  ask(w, "http://a/?answer=5000&error=FL_ETLS");
  run(w);
  assert_int_equal(fl_session_percentile_us(w->session, 1), 100 * MS);
  assert_in_range(fl_session_percentile_us(w->session, 0.5), 50 * MS * 31 / 32, 50 * MS * 33 / 32);
  assert_in_range(fl_session_percentile_us(w->session, 0.1), 10 * MS * 31 / 32, 10 * MS * 33 / 32);
  world_close(w);
}

static void what_holds_the_session_back_is_told_apart(void **state) {
  (void)state;
  /* Places are free all the time. */
  world *w = world_open(&(fl_session_options){.limit = 5, .rate = {.requests = 1, .per_us = SECOND, .burst = 1}});
  ask(w, "http://a/1?answer=10"), ask(w, "http://a/2?answer=100"), ask(w, "http://a/3");
  run(w);
  fl_session_stats s = stats_of(w);
  assert_int_equal(s.held_by_rate_us, 2 * SECOND);
  assert_int_equal(s.held_by_limit_us, 0);
  assert_int_equal(s.held_by_host_us, 0);
  world_close(w);

  /* With one place, the rate holds only while nobody is in it. */
  w = world_open(&(fl_session_options){.limit = 1, .rate = {.requests = 1, .per_us = SECOND, .burst = 1}});
  ask(w, "http://a/1?answer=400"), ask(w, "http://a/2");
  run(w);
  s = stats_of(w);
  assert_int_equal(s.held_by_limit_us, 400 * MS);
  assert_int_equal(s.held_by_rate_us, 600 * MS);
  world_close(w);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(each_step_is_told_in_order),
      cmocka_unit_test(retries_and_redirects_are_steps),
      cmocka_unit_test(its_error_is_told_at_the_end),
      cmocka_unit_test(a_stream_s_head_is_told_once),
      cmocka_unit_test(the_transport_tells_of_its_own),
      cmocka_unit_test(others_are_not_traced),
      cmocka_unit_test(statistics_tell_of_attempts_and_requests),
      cmocka_unit_test(percentiles_are_those_of_responses),
      cmocka_unit_test(what_holds_the_session_back_is_told_apart),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
