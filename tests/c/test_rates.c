/* How often requests start: a rate of all, one of each host, a delay that a host asked for. */
#include "world_support.h"

static const fl_rate ten_a_second = {.requests = 10, .per_us = SECOND, .burst = 1};

static void a_rate_holds_for_all_hosts_together(void **state) {
  (void)state;
  world *w = world_open(&(fl_session_options){.rate = ten_a_second});
  for (int i = 0; i < 6; i++) ask(w, "http://host%d/", i % 3);
  run(w);
  assert_string_equal(times_sent(w, ""), "0 100 200 300 400 500");
  assert_int_equal(stats_of(w).held_by_rate_us, 500 * MS);
  assert_int_equal(stats_of(w).held_by_limit_us, 0);
  world_close(w);
}

static void one_of_each_host_holds_for_it_alone(void **state) {
  (void)state;
  world *w = world_open(&(fl_session_options){.rate_per_host = ten_a_second});
  for (int i = 0; i < 6; i++) ask(w, "http://host%d/", i % 3);
  for (int i = 0; i < 3; i++) ask(w, "http://host0/more");
  run(w);
  assert_string_equal(times_sent(w, "http://host0/"), "0 100 200 300 400");
  assert_string_equal(times_sent(w, "http://host1/"), "0 100");
  assert_string_equal(times_sent(w, "http://host2/"), "0 100");
  assert_int_equal(stats_of(w).held_by_rate_us, 400 * MS);
  world_close(w);
}

static void both_are_kept(void **state) {
  (void)state;
  world *w = world_open(&(fl_session_options){.rate = {.requests = 4, .per_us = SECOND, .burst = 1},
                                              .rate_per_host = {.requests = 1, .per_us = SECOND, .burst = 1}});
  for (int i = 0; i < 8; i++) ask(w, "http://host%d/", i % 2);
  run(w);
  assert_string_equal(times_sent(w, "http://host0/"), "0 1000 2000 3000");
  assert_string_equal(times_sent(w, "http://host1/"), "250 1250 2250 3250");
  world_close(w);
}

static void a_burst_goes_at_once(void **state) {
  (void)state;
  world *w = world_open(&(fl_session_options){.rate_per_host = {.requests = 10, .per_us = SECOND, .burst = 3}});
  for (int i = 0; i < 5; i++) ask(w, "http://a/");
  run(w);
  assert_string_equal(times_sent(w, ""), "0 0 0 100 200");
  world_close(w);
}

static void redirects_and_retries_are_on_the_rate(void **state) {
  (void)state;
  world *w = world_open(&(fl_session_options){.rate = ten_a_second, .retry = {.backoff_us = 1, .backoff_max_us = 1}});
  answer_in_turn(w, {.status = 302, .headers = HEADERS({"location", "http://b/"})}, {.error = FL_ECONNECT},
                 {.error = FL_EEMPTY, .reused = true}, {.status = 200});
  ask(w, "http://a/");
  run(w);
  assert_string_equal(times_sent(w, ""), "0 100 200 300"); /* and so is what a stale connection lost */
  world_close(w);
}

/* A place is free, a rate is not: nobody takes the place and waits in it. */
static void whoever_waits_for_a_rate_holds_no_place(void **state) {
  (void)state;
  world *w = world_open(&(fl_session_options){.limit = 1, .rate_per_host = ten_a_second});
  for (int i = 0; i < 3; i++) ask(w, "http://a/");
  for (int i = 0; i < 3; i++) ask(w, "http://b/");
  run(w);
  assert_string_equal(times_sent(w, "http://a/"), "0 100 200");
  assert_string_equal(times_sent(w, "http://b/"), "10 110 210");
  world_close(w);
}

static void cancelled_ones_take_nothing_from_the_rate(void **state) {
  (void)state;
  world *w = world_open(&(fl_session_options){.rate = ten_a_second});
  fl_request *waiting[5];
  ask(w, "http://a/");
  for (unsigned i = 0; i < LENGTH(waiting); i++) waiting[i] = ask(w, "http://b/");
  ask(w, "http://c/");
  run_until(w, 50);
  for (unsigned i = 0; i < LENGTH(waiting); i++) cancel(w, waiting[i]);
  run(w);
  assert_string_equal(times_sent(w, "http://c/"), "100");
  world_close(w);
}

/* ---- Crawl-delay */

static int set_delay(world *w, const char *url, int64_t delay_us) {
  return fl_session_set_delay(w->session, url, strlen(url), delay_us);
}

static void a_host_s_delay_is_left_between_its_starts(void **state) {
  (void)state;
  world *w = world_open(NULL);
  assert_int_equal(set_delay(w, "http://a/robots.txt", 2 * SECOND), FL_OK);
  for (int i = 0; i < 3; i++) ask(w, "http://a/"), ask(w, "http://b/");
  run(w);
  assert_string_equal(times_sent(w, "http://a/"), "0 2000 4000");
  assert_string_equal(times_sent(w, "http://b/"), "0 0 0");
  world_close(w);
}

static void it_counts_from_the_last_start_and_for_those_that_wait(void **state) {
  (void)state;
  world *w = world_open(&(fl_session_options){.limit_per_host = 1});
  ask(w, "http://a/1?answer=500"), ask(w, "http://a/2"), ask(w, "http://a/3");
  run_until(w, 100);
  assert_int_equal(set_delay(w, "http://a/", 2 * SECOND), FL_OK);
  run(w);
  assert_string_equal(times_sent(w, ""), "0 2000 4000");
  world_close(w);
}

/* Unlike a rate, which makes good for what is late by a little. */
static void it_is_never_shorter(void **state) {
  (void)state;
  world *w = world_open(NULL);
  assert_int_equal(set_delay(w, "http://a/", 2 * SECOND), FL_OK);
  ask(w, "http://a/1");
  run_until(w, 2003);
  ask(w, "http://a/2"), ask(w, "http://a/3");
  run(w);
  assert_string_equal(times_sent(w, ""), "0 2003 4003");
  world_close(w);
}

static void it_may_be_taken_back(void **state) {
  (void)state;
  world *w = world_open(&(fl_session_options){.rate_per_host = ten_a_second});
  assert_int_equal(set_delay(w, "http://a/", 100 * SECOND), FL_OK);
  for (int i = 0; i < 3; i++) ask(w, "http://a/");
  run_until(w, 1000);
  assert_string_equal(times_sent(w, ""), "0");
  assert_int_equal(set_delay(w, "http://a/", 0), FL_OK);
  run(w);
  assert_string_equal(times_sent(w, ""), "0 1000 1095"); /* as the session's rate has it, late by less than its slack */
  world_close(w);
}

/* However long ago it was asked for, and however many others came since. */
static void it_is_not_forgotten(void **state) {
  (void)state;
  world *w = world_open(NULL);
  assert_int_equal(set_delay(w, "http://a/", 2 * SECOND), FL_OK);
  for (int i = 0; i < 3000; i++) {
    ask(w, "http://other%d/", i);
    if (i % 10 == 0) run_until(w, i);
  }
  run_until(w, 10 * 1000);
  ask(w, "http://a/"), ask(w, "http://a/");
  run(w);
  assert_string_equal(times_sent(w, "http://a/"), "10000 12000");
  world_close(w);
}

static void a_bad_delay_or_url_is_an_error(void **state) {
  (void)state;
  world *w = world_open(NULL);
  assert_int_equal(set_delay(w, "http://a/", -1), FL_EINVAL);
  assert_int_equal(set_delay(w, "http://a/", FL_NEVER), FL_EINVAL);
  assert_int_equal(set_delay(w, "http://a/", INT64_C(1) << 51), FL_EINVAL);
  assert_int_equal(set_delay(w, "a", 1), FL_EURLSCHEME);
  for (int i = 0; i < 3; i++) ask(w, "http://a/");
  run(w);
  assert_string_equal(times_sent(w, ""), "0 0 0"); /* and changes nothing */
  world_close(w);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(a_rate_holds_for_all_hosts_together),
      cmocka_unit_test(one_of_each_host_holds_for_it_alone),
      cmocka_unit_test(both_are_kept),
      cmocka_unit_test(a_burst_goes_at_once),
      cmocka_unit_test(redirects_and_retries_are_on_the_rate),
      cmocka_unit_test(whoever_waits_for_a_rate_holds_no_place),
      cmocka_unit_test(cancelled_ones_take_nothing_from_the_rate),
      cmocka_unit_test(a_host_s_delay_is_left_between_its_starts),
      cmocka_unit_test(it_counts_from_the_last_start_and_for_those_that_wait),
      cmocka_unit_test(it_is_never_shorter),
      cmocka_unit_test(it_may_be_taken_back),
      cmocka_unit_test(it_is_not_forgotten),
      cmocka_unit_test(a_bad_delay_or_url_is_an_error),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
