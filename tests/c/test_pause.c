/* A session that is paused starts nothing; and who is there meanwhile. */
#include "world_support.h"

static void while_paused_nothing_starts(void **state) {
  (void)state;
  world *w = world_open(&(fl_session_options){.limit = 1});
  ask(w, "http://a/1?answer=50");
  ask(w, "http://a/2");
  run_until(w, 20);
  fl_session_pause(w->session);
  fl_session_pause(w->session); /* twice is once */
  ask(w, "http://b/");
  run_until(w, 1000);
  assert_string_equal(starts(w), "a/1");
  check_end(w, "http://a/1", FL_OK, 50 * MS); /* what is in flight is left alone */
  assert_int_equal(stats_of(w).queued, 2);
  fl_session_resume(w->session);
  fl_session_resume(w->session);
  run(w);
  assert_string_equal(starts(w), "a/1 a/2 b/");
  assert_int_equal(end_of(w, "http://a/2")->started_us, SECOND);
  world_close(w);
}

static void no_attempt_of_what_has_begun_does_either(void **state) {
  (void)state;
  static const fl_header to_b[] = {{"location", "/b"}, {NULL, NULL}};
  static const fl_sim_fate fates[] = {{.status = 503},
                                      {.error = FL_ECONNECT},
                                      {.error = FL_EEMPTY, .reused = true}, /* a stale connection */
                                      {.status = 302, .headers = to_b}};
  for (unsigned i = 0; i < LENGTH(fates); i++) {
    world *w = world_open(&(fl_session_options){.retry = {.backoff_us = 1, .backoff_max_us = 1}});
    answer_in_turn(w, fates[i], {.status = 200});
    ask(w, "http://a/");
    fl_session_pause(w->session);
    run_until(w, 1000);
    assert_int_equal(w->sent_count, 1);
    fl_session_resume(w->session);
    run(w);
    assert_string_equal(times_sent(w, ""), "0 1000");
    assert_int_equal(w->ends[0].status, 200);
    world_close(w);
  }
}

static void timeouts_and_cancelling_go_on(void **state) {
  (void)state;
  world *w = world_open(&(fl_session_options){.timeouts = {.total_us = SECOND}});
  fl_session_pause(w->session);
  ask(w, "http://a/1");
  cancel(w, ask(w, "http://a/2"));
  run(w);
  check_end(w, "http://a/1", FL_ETOTALTIMEOUT, SECOND);
  check_end(w, "http://a/2", FL_ECANCELLED, 0);
  fl_session_pause(w->session);
  world_close(w); /* it may be closed */
}

static void it_is_not_held_back_by_a_limit_then(void **state) {
  (void)state;
  world *w = world_open(&(fl_session_options){.limit = 1});
  ask(w, "http://a/1"), ask(w, "http://a/2");
  fl_session_pause(w->session);
  run_until(w, 1000);
  fl_session_resume(w->session);
  run(w);
  fl_session_stats s = stats_of(w);
  assert_int_equal(s.held_by_limit_us + s.held_by_host_us + s.held_by_rate_us, 0);
  world_close(w);
}

/* ---- Who is there */

static char listed[1024];

static void list(const fl_request_info *info, void *arg) {
  size_t length = strlen(listed);
  assert_ptr_equal(arg, listed);
  assert_true(info->id != 0);
  snprintf(listed + length, sizeof listed - length, "%s%s %.*s %s %u %lld/%lld", length ? "; " : "", info->method,
           (int)strcspn(info->url, "?"), info->url, info->state, info->retries, (long long)(info->age_us / MS),
           info->attempt_age_us == FL_NAN ? -1 : (long long)(info->attempt_age_us / MS));
}

static const char *roster(world *w, size_t count) {
  listed[0] = '\0';
  assert_int_equal(fl_session_requests(w->session, list, listed), count);
  assert_int_equal(fl_session_requests(w->session, NULL, NULL), count);
  return listed;
}

static void by_path(world *w, const fl_attempt *attempt, fl_sim_fate *fate) {
  static const fl_header wait[] = {{"retry-after", "30"}, {NULL, NULL}};
  (void)w;
  fate->answer_us = 10 * MS;
  if (strstr(attempt->url, "connecting")) fate->connect_us = FL_NEVER;
  if (strstr(attempt->url, "waiting")) fate->answer_us = FL_NEVER;
  if (strstr(attempt->url, "reading")) *fate = (fl_sim_fate){.answer_us = 1, .chunks = 1, .chunk_us = FL_NEVER};
  if (strstr(attempt->url, "behind"))
    *fate = (fl_sim_fate){
        .answer_us = 1, .body_bytes = 2, .chunks = 2, .chunk_us = 1, .pause_after = 1, .pause_us = FL_NEVER};
  if (strstr(attempt->url, "retried")) fate->status = 500;
  if (strstr(attempt->url, "parked")) *fate = (fl_sim_fate){.status = 429, .answer_us = 10 * MS, .headers = wait};
}

static fl_batch *batch;

static void ask_the_next(void *arg) {
  world *w = arg;
  while (w->asked < 3 && fl_batch_wants(batch)) {
    assert_int_equal(fl_batch_get(NULL, batch, "http://a/", 9, 0), FL_OK);
    w->asked++;
  }
}

/* A batch that waits for a place, though places are free. */
static void a_batch_is_not_asked_for_more_then(void **state) {
  (void)state;
  world *w = world_open(&(fl_session_options){.limit = 2, .limit_per_host = 1});
  fl_batch_options options = {.on_wants = ask_the_next, .on_end = world_on_end, .arg = w};
  assert_int_equal(fl_batch_open(&batch, w->session, &options), FL_OK);
  fl_session_pause(w->session);
  ask_the_next(w);
  assert_int_equal(w->asked, 2);
  assert_false(fl_batch_wants(batch));
  run_until(w, 50);
  fl_session_pause(w->session);
  assert_int_equal(w->asked, 2);
  fl_session_resume(w->session);
  run(w);
  assert_int_equal(w->asked, 3);
  fl_batch_close(batch);
  world_close(w);
}

static void each_says_what_it_waits_for(void **state) {
  (void)state;
  static const struct {
    const char *url;
    fl_request_options options;
    const char *expected;
  } rows[] = {
      {"http://a/connecting", {.method = "PUT"}, "PUT http://a/connecting connecting 0 50/50"},
      {"http://a/waiting", {0}, "GET http://a/waiting waiting 0 50/50"},
      {"http://a/reading", {.flags = FL_STREAM}, "GET http://a/reading downloading 0 50/50"},
      {"http://a/behind", {.flags = FL_STREAM}, "GET http://a/behind paused 0 50/50"},
      {"http://a/retried", {0}, "GET http://a/retried backing off 1 50/-1"},
      {"http://a/parked", {0}, "GET http://a/parked held back 1 50/-1"},
  };
  for (unsigned i = 0; i < LENGTH(rows); i++) {
    world *w = world_open(&(fl_session_options){
        .limit_per_host = 1, .retry = {.backoff_us = 1000 * SECOND, .backoff_max_us = 1000 * SECOND}});
    w->decide = by_path;
    fl_request *request = ask_for(w, &rows[i].options, "%s", rows[i].url);
    run_until(w, 50);
    assert_string_equal(roster(w, 1), rows[i].expected);
    cancel(w, request);
    assert_non_null(strstr(roster(w, 1), " ending "));
    run(w);
    assert_string_equal(roster(w, 0), "");
    world_close(w);
  }
}

static void one_without_a_place_is_queued(void **state) {
  (void)state;
  world *w = world_open(&(fl_session_options){.limit_per_host = 1});
  ask(w, "http://a/1?answer=100");
  run_until(w, 20);
  ask(w, "http://a/2");
  run_until(w, 50);
  assert_string_equal(roster(w, 2), "GET http://a/1 waiting 0 50/50; GET http://a/2 queued 0 30/-1");
  run(w);
  world_close(w);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(while_paused_nothing_starts),        cmocka_unit_test(no_attempt_of_what_has_begun_does_either),
      cmocka_unit_test(timeouts_and_cancelling_go_on),      cmocka_unit_test(it_is_not_held_back_by_a_limit_then),
      cmocka_unit_test(a_batch_is_not_asked_for_more_then), cmocka_unit_test(each_says_what_it_waits_for),
      cmocka_unit_test(one_without_a_place_is_queued),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
