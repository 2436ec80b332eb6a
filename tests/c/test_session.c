/* The session: how many requests at once, in which order, and what it counts. */
#include "world_support.h"

/* ---- Limits, as the server sees them */

static void never_more_than_limit_are_in_flight(void **state) {
  (void)state;
  world *w = world_open(&(fl_session_options){.limit = 7});
  for (int i = 0; i < 200; i++) ask(w, "http://host%d/?answer=%d", i % 40, 1 + i * 7919 % 100);
  run(w);
  assert_int_equal(peak(w, ""), 7);
  assert_int_equal(ends_of(w, ""), 200);
  world_close(w);
}

static void never_more_than_limit_per_host_are_at_one(void **state) {
  (void)state;
  world *w = world_open(&(fl_session_options){.limit = 20, .limit_per_host = 3});
  for (int i = 0; i < 200; i++) ask(w, "http://host%d.example/?answer=%d", i % 8, 1 + i * 7919 % 100);
  run(w);
  assert_int_equal(peak(w, ""), 20);
  for (int i = 0; i < 8; i++) {
    char host[32];
    snprintf(host, sizeof host, "http://host%d.example/", i);
    assert_int_equal(peak(w, host), 3);
    assert_int_equal(started(w, host), 25);
  }
  world_close(w);
}

static void a_limit_of_one_is_one_at_a_time(void **state) {
  (void)state;
  world *w = world_open(&(fl_session_options){.limit = 1});
  for (int i = 0; i < 10; i++) ask(w, "http://host%d/", i);
  run(w);
  assert_int_equal(peak(w, ""), 1);
  assert_int_equal(fl_sim_time(w->sim), 10 * 10 * MS);
  world_close(w);
}

static void another_scheme_or_port_is_another_host(void **state) {
  (void)state;
  world *w = world_open(&(fl_session_options){.limit = 1000, .limit_per_host = 1});
  for (int port = 1; port <= 200; port++) ask(w, "http://a:%d/", port), ask(w, "https://a:%d/", port);
  ask(w, "http://b/");
  assert_int_equal(peak(w, ""), 401);
  world_close(w);
}

static void the_same_host_may_be_written_in_many_ways(void **state) {
  (void)state;
  world *w = world_open(&(fl_session_options){.limit_per_host = 1});
  ask(w, "http://a.example/"), ask(w, "HTTP://A.Example:80/"), ask(w, "http://user:word@a.EXAMPLE:080?answer=10");
  ask(w, "https://[::A]/"), ask(w, "https://[::a]:443/x");
  run(w);
  assert_int_equal(peak(w, "http:"), 1);
  assert_int_equal(peak(w, "https:"), 1);
  assert_int_equal(ends_of(w, ""), 5);
  world_close(w);
}

/* These pairs have one hash, that of origin.c, for http on port 80. */
static void hosts_of_one_hash_are_told_apart(void **state) {
  (void)state;
  static const char *const hosts[] = {"qxjyjmh", "qgwgjyn", "efegivvz", "mcdbxb"};
  world *w = world_open(&(fl_session_options){.limit_per_host = 1});
  for (unsigned i = 0; i < LENGTH(hosts); i++) ask(w, "http://%s/", hosts[i]), ask(w, "http://%s/", hosts[i]);
  assert_int_equal(peak(w, ""), 4);
  run(w);
  assert_int_equal(peak(w, ""), 4);
  assert_int_equal(w->ends_count, 8);
  world_close(w);
}

static void many_hosts_are_told_apart(void **state) {
  (void)state;
  world *w = world_open(&(fl_session_options){.limit = 5000, .limit_per_host = 1});
  for (int i = 0; i < 2000; i++) ask(w, "http://host%d/", i % 1000);
  assert_int_equal(peak(w, ""), 1000);
  world_close(w);
}

/* ---- Order */

static void requests_to_one_host_start_in_the_order_of_asking(void **state) {
  (void)state;
  world *w = world_open(&(fl_session_options){.limit_per_host = 2});
  ask(w, "http://a/1?answer=50"), ask(w, "http://a/2?answer=10"), ask(w, "http://a/3?answer=10");
  ask(w, "http://a/4?answer=35"), ask(w, "http://a/5");
  run(w);
  assert_string_equal(starts(w), "a/1 a/2 a/3 a/4 a/5");
  assert_string_equal(ends(w), "a/2 a/3 a/1 a/4 a/5");
  world_close(w);
}

static void hosts_go_in_the_order_of_asking_too(void **state) {
  (void)state;
  world *w = world_open(&(fl_session_options){.limit = 1});
  ask(w, "http://a/1"), ask(w, "http://a/2"), ask(w, "http://a/3");
  ask(w, "http://b/1"), ask(w, "http://b/2"), ask(w, "http://c/1");
  run(w);
  assert_string_equal(starts(w), "a/1 a/2 a/3 b/1 b/2 c/1");
  world_close(w);
}

enum { EACH = 60 };

static void ask_fast_ones(world *w) {
  for (int i = 0; i < EACH; i++) ask(w, "http://fast/%d-?answer=%d", i, 5 + i % 7);
}

static void a_slow_host_first_in_the_list_holds_up_no_other(void **state) {
  (void)state;
  world *alone = world_open(NULL), *beside = world_open(NULL);
  ask_fast_ones(alone);
  for (int i = 0; i < EACH; i++) ask(beside, "http://slow/%d-?answer=9000", i);
  ask_fast_ones(beside);
  run(alone), run(beside);
  for (int i = 0; i < EACH; i++) {
    char url[32];
    snprintf(url, sizeof url, "http://fast/%d-", i);
    assert_int_equal(end_of(beside, url)->started_us, end_of(alone, url)->started_us);
    assert_int_equal(end_of(beside, url)->at_us, end_of(alone, url)->at_us);
  }
  assert_int_equal(ends_of(beside, "http://slow/"), EACH);
  assert_int_equal(fl_sim_time(beside->sim), EACH / 6 * 9 * SECOND);
  world_close(alone), world_close(beside);
}

static void a_place_that_falls_free_is_used_in_the_same_turn(void **state) {
  (void)state;
  world *w = world_open(&(fl_session_options){.limit = 2});
  ask(w, "http://a/?answer=10"), ask(w, "http://b/?answer=30"), ask(w, "http://c/?answer=5"), ask(w, "http://d/");
  run(w);
  assert_int_equal(end_of(w, "http://c/")->started_us, 10 * MS);
  assert_int_equal(end_of(w, "http://d/")->started_us, 15 * MS);
  world_close(w);
}

static void ask_for_more(world *w, fl_request *request) {
  (void)request;
  if (w->asked < 10) ask(w, "http://a/%u", w->asked + 1);
}

static void an_on_end_may_ask_for_the_next(void **state) {
  (void)state;
  world *w = world_open(&(fl_session_options){.limit = 1});
  w->then = ask_for_more;
  ask(w, "http://a/1");
  run(w);
  assert_string_equal(ends(w), "a/1 a/2 a/3 a/4 a/5 a/6 a/7 a/8 a/9 a/10");
  assert_int_equal(fl_sim_time(w->sim), 10 * 10 * MS);
  world_close(w);
}

/* ---- Statistics */

/* Two places, one a host:
 *   t     0        10   15        25   30 ms
 *   a     |---1----|    |---2----|
 *   b     |------------1--------------|
 *   c              |-1--|
 * c could have started at 0, and a/2 at 10, but for `limit`. */
static void statistics_add_up_for_a_session_that_is_full(void **state) {
  (void)state;
  world *w = world_open(&(fl_session_options){.limit = 2, .limit_per_host = 1});
  ask(w, "http://a/1?answer=10"), ask(w, "http://b/1?answer=30"), ask(w, "http://c/1?answer=5");
  ask(w, "http://a/2?answer=10");
  run_until(w, 12);
  fl_session_stats s = stats_of(w);
  assert_int_equal(s.queued, 1);
  assert_int_equal(s.in_flight, 2);
  assert_int_equal(s.started, 3);
  assert_int_equal(s.done, 1);
  assert_int_equal(s.busy_us, 10 * MS);
  assert_int_equal(s.held_by_limit_us, 12 * MS);
  run_until(w, 100);
  s = stats_of(w);
  assert_string_equal(starts(w), "a/1 b/1 c/1 a/2");
  assert_int_equal(s.queued, 0);
  assert_int_equal(s.in_flight, 0);
  assert_int_equal(s.started, 4);
  assert_int_equal(s.done, 4);
  assert_int_equal(s.failed, 0);
  assert_int_equal(s.busy_us, (10 + 30 + 5 + 10) * MS);
  assert_int_equal(s.held_by_limit_us, 15 * MS);
  assert_int_equal(s.held_by_host_us, 0);
  world_close(w);
}

/* Places enough, one a host: from 0 to 30 ms a/2 or a/3 could have started. */
static void statistics_add_up_for_a_host_that_is_full(void **state) {
  (void)state;
  world *w = world_open(&(fl_session_options){.limit = 10, .limit_per_host = 1});
  ask(w, "http://a/1?answer=10"), ask(w, "http://a/2?answer=20"), ask(w, "http://a/3?answer=7");
  ask(w, "http://b/1?answer=50");
  run(w);
  fl_session_stats s = stats_of(w);
  assert_int_equal(s.busy_us, (10 + 20 + 7 + 50) * MS);
  assert_int_equal(s.held_by_limit_us, 0);
  assert_int_equal(s.held_by_host_us, 30 * MS);
  world_close(w);
}

/* Two places, one a host: while b has the second, no place is free that a/2 could have had. */
static void time_in_which_no_place_was_free_is_not_held_by_a_host(void **state) {
  (void)state;
  world *w = world_open(&(fl_session_options){.limit = 2, .limit_per_host = 1});
  ask(w, "http://a/1?answer=10"), ask(w, "http://a/2"), ask(w, "http://b/1?answer=4");
  run(w);
  assert_int_equal(stats_of(w).held_by_host_us, 6 * MS);
  assert_int_equal(stats_of(w).held_by_limit_us, 0);
  world_close(w);
}

static void failed_counts_errors_and_not_statuses(void **state) {
  (void)state;
  world *w = world_open(
      &(fl_session_options){.timeouts = {.attempt_us = SECOND, .connect_us = SECOND / 2}, .retry = no_retries});
  ask(w, "http://a/?status=200"), ask(w, "http://a/?status=404"), ask(w, "http://a/?status=500");
  ask(w, "http://b/?error=FL_ECONNECT"), ask(w, "http://b/?answer=never"), ask(w, "http://b/?connect=never");
  ask(w, "http://b/?refused=FL_ENOMEM");
  cancel(w, ask(w, "http://c/"));
  run(w);
  fl_session_stats s = stats_of(w);
  assert_int_equal(s.started, 8);
  assert_int_equal(s.done, 8);
  assert_int_equal(s.failed, 5);
  assert_int_equal(s.busy_us, 4 * 10 * MS + SECOND + SECOND / 2);
  world_close(w);
}

/* ---- Options */

static void without_options_the_limits_are_the_usual_ones(void **state) {
  (void)state;
  world *w = world_open(NULL);
  fl_session_stats s = stats_of(w);
  assert_int_equal(s.limit, 50);
  assert_int_equal(s.limit_per_host, 6);
  for (int i = 0; i < 20; i++) ask(w, "http://one/");
  for (int i = 0; i < 200; i++) ask(w, "http://host%d/", i % 50);
  run(w);
  assert_int_equal(peak(w, ""), 50);
  assert_int_equal(peak(w, "http://one/"), 6);
  world_close(w);
}

static void without_options_the_timeouts_are_30_and_10_seconds(void **state) {
  (void)state;
  world *w = world_open(&(fl_session_options){.retry = no_retries});
  ask(w, "http://a/?answer=never"), ask(w, "http://b/?connect=never");
  run(w);
  assert_int_equal(end_of(w, "http://a/")->error, FL_EATTEMPTTIMEOUT);
  assert_int_equal(end_of(w, "http://a/")->at_us, 30 * SECOND);
  assert_int_equal(end_of(w, "http://b/")->error, FL_ECONNECTTIMEOUT);
  assert_int_equal(end_of(w, "http://b/")->at_us, 10 * SECOND);
  world_close(w);
}

static void a_negative_time_and_a_rate_without_one_are_invalid(void **state) {
  (void)state;
  static const fl_session_options invalid[] = {{.timeouts.total_us = -1},
                                               {.timeouts.attempt_us = -1},
                                               {.timeouts.queue_us = -1},
                                               {.timeouts.connect_us = -1},
                                               {.timeouts.read_us = INT64_MIN},
                                               {.retry.backoff_us = -1},
                                               {.retry.backoff_max_us = -1},
                                               {.retry.after_max_us = -1},
                                               {.rate.requests = 1},
                                               {.rate = {.requests = 1, .per_us = -1}},
                                               {.rate_per_host.requests = 1}};
  world *w = world_open(NULL);
  for (unsigned i = 0; i < LENGTH(invalid); i++) {
    fl_session *none = NULL;
    assert_int_equal(fl_session_open(&none, w->loop, fl_sim_transport(w->sim), &invalid[i]), FL_EINVAL);
    assert_null(none);
  }
  static const fl_timeouts negative[] = {
      {.total_us = -1}, {.attempt_us = -1}, {.queue_us = -1}, {.connect_us = -1}, {.read_us = -1}};
  for (unsigned i = 0; i < LENGTH(negative); i++)
    assert_int_equal(try_to_ask(w, &(fl_request_options){.timeouts = negative[i]}, "http://a/"), FL_EINVAL);
  static const fl_retry_options refused[] = {{.backoff_us = -1},
                                             {.backoff_max_us = -1},
                                             {.after_max_us = SECOND}, /* the session's, as is the budget */
                                             {.budget = 1}};
  for (unsigned i = 0; i < LENGTH(refused); i++)
    assert_int_equal(try_to_ask(w, &(fl_request_options){.retry = refused[i]}, "http://a/"), FL_EINVAL);
  assert_int_equal(try_to_ask(w, &(fl_request_options){.priority = -129}, "http://a/"), FL_EINVAL);
  assert_int_equal(try_to_ask(w, &(fl_request_options){.priority = 128}, "http://a/"), FL_EINVAL);
  world_close(w);
}

static void a_bad_url_is_an_error_of_the_call(void **state) {
  (void)state;
  world *w = world_open(NULL);
  assert_int_equal(fl_session_get(NULL, w->session, "a b", 3, 0, world_on_end, w), FL_EURLCHAR);
  assert_int_equal(fl_session_get(NULL, w->session, "", 0, 0, world_on_end, w), FL_EURLEMPTY);
  assert_int_equal(fl_session_get(NULL, w->session, "ftp://a/", 8, 0, world_on_end, w), FL_EPROTOCOL);
  run(w);
  assert_int_equal(stats_of(w).done, 0);
  world_close(w); /* no on_end came */
}

static unsigned ends_counted;

static void count_end(fl_request *request, void *arg) {
  (void)request, (void)arg;
  ends_counted++;
}

static void a_million_requests_may_wait_and_no_more(void **state) {
  (void)state;
  world *w = world_open(&(fl_session_options){.limit = 1});
  fl_request *last = NULL;
  ends_counted = 0;
  for (unsigned i = 0; i < FL_REQUESTS_MAX; i++)
    assert_int_equal(fl_session_get(&last, w->session, "http://a/", 9, 0, count_end, NULL), FL_OK);
  assert_int_equal(fl_session_get(NULL, w->session, "http://a/", 9, 0, count_end, NULL), FL_EFULL);
  fl_request_cancel(last);
  run_until(w, 0);
  assert_int_equal(ends_counted, 1);
  assert_int_equal(fl_session_get(NULL, w->session, "http://a/", 9, 0, count_end, NULL), FL_OK);
  close_session(w);
  world_close(w);
  assert_int_equal(ends_counted, FL_REQUESTS_MAX + 1);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(never_more_than_limit_are_in_flight),
      cmocka_unit_test(never_more_than_limit_per_host_are_at_one),
      cmocka_unit_test(a_limit_of_one_is_one_at_a_time),
      cmocka_unit_test(another_scheme_or_port_is_another_host),
      cmocka_unit_test(the_same_host_may_be_written_in_many_ways),
      cmocka_unit_test(hosts_of_one_hash_are_told_apart),
      cmocka_unit_test(many_hosts_are_told_apart),
      cmocka_unit_test(requests_to_one_host_start_in_the_order_of_asking),
      cmocka_unit_test(hosts_go_in_the_order_of_asking_too),
      cmocka_unit_test(a_slow_host_first_in_the_list_holds_up_no_other),
      cmocka_unit_test(a_place_that_falls_free_is_used_in_the_same_turn),
      cmocka_unit_test(an_on_end_may_ask_for_the_next),
      cmocka_unit_test(statistics_add_up_for_a_session_that_is_full),
      cmocka_unit_test(statistics_add_up_for_a_host_that_is_full),
      cmocka_unit_test(time_in_which_no_place_was_free_is_not_held_by_a_host),
      cmocka_unit_test(failed_counts_errors_and_not_statuses),
      cmocka_unit_test(without_options_the_limits_are_the_usual_ones),
      cmocka_unit_test(without_options_the_timeouts_are_30_and_10_seconds),
      cmocka_unit_test(a_negative_time_and_a_rate_without_one_are_invalid),
      cmocka_unit_test(a_bad_url_is_an_error_of_the_call),
      cmocka_unit_test(a_million_requests_may_wait_and_no_more),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
