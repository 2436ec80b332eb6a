/* Requests that are tried again: which, when, and how often. Who is asked to wait by the server: test_parking.c. */
#include "world_support.h"

/* Retries as soon as can be; for hosts with a budget that isn't the limit. */
static world *open_with_retries(uint32_t limit) {
  return world_open(&(fl_session_options){
      .limit = 1000, .retry = {.limit = limit, .backoff_us = 1, .backoff_max_us = 1, .budget = 100000}});
}

static unsigned attempts(const fl_request_options *options, fl_sim_fate fate) {
  world *w = open_with_retries(2);
  answer_in_turn(w, fate);
  ask_for(w, options, "http://a/");
  run(w);
  assert_int_equal(w->ends_count, 1);
  assert_int_equal(w->ends[0].error, fate.error);
  assert_int_equal(w->ends[0].status, fate.status);
  assert_int_equal(w->ends[0].retries, w->sent_count - 1);
  assert_int_equal(stats_of(w).retries, w->sent_count - 1);
  unsigned count = w->sent_count;
  world_close(w);
  return count;
}

/* ---- Which */

static void seven_statuses_are_retried(void **state) {
  (void)state;
  static const int retried[] = {408, 425, 429, 500, 502, 503, 504};
  for (int status = 100; status < 1000; status++) {
    unsigned expected = 1;
    for (unsigned i = 0; i < LENGTH(retried); i++)
      if (retried[i] == status) expected = 3;
    assert_int_equal(attempts(&(fl_request_options){0}, (fl_sim_fate){.status = status}), expected);
  }
}

static void or_those_that_the_session_names(void **state) {
  (void)state;
  static const int statuses[] = {418, 503, 404, 429};
  world *w = world_open(
      &(fl_session_options){.retry = {.backoff_us = 1, .backoff_max_us = 1, .budget = 100, .statuses = {418, 404}}});
  for (unsigned i = 0; i < LENGTH(statuses); i++) ask(w, "http://a/%d-?status=%d", statuses[i], statuses[i]);
  run(w);
  for (unsigned i = 0; i < LENGTH(statuses); i++) {
    char url[32];
    snprintf(url, sizeof url, "http://a/%d-", statuses[i]);
    assert_int_equal(started(w, url), statuses[i] == 418 || statuses[i] == 404 ? 3 : 1);
    assert_int_equal(end_of(w, url)->status, statuses[i]);
  }
  world_close(w);
}

static void sixteen_statuses_may_be_named(void **state) {
  (void)state;
  fl_session_options options = {.retry = {.limit = 1, .backoff_us = 1, .backoff_max_us = 1, .budget = 100}};
  for (uint16_t i = 0; i < FL_STATUSES_MAX; i++) options.retry.statuses[i] = 400 + i;
  world *w = world_open(&options);
  for (int status = 400; status < 420; status++) ask(w, "http://a/%d-?status=%d", status, status);
  run(w);
  assert_int_equal(w->sent_count, 20 + FL_STATUSES_MAX);
  world_close(w);
}

static void or_those_that_the_request_names(void **state) {
  (void)state;
  static const fl_request_options own = {.retry.statuses = {404}};
  assert_int_equal(attempts(&own, (fl_sim_fate){.status = 404}), 3);
  assert_int_equal(attempts(&own, (fl_sim_fate){.status = 503}), 1);
  assert_int_equal(attempts(&(fl_request_options){0}, (fl_sim_fate){.status = 404}), 1);
}

static void a_request_may_wait_otherwise_than_its_session(void **state) {
  (void)state;
  world *w = world_open(&(fl_session_options){
      .seed = 1, .retry = {.limit = 8, .backoff_us = SECOND, .backoff_max_us = 60 * SECOND, .budget = 100}});
  ask_for(w, &(fl_request_options){.retry = {.backoff_us = 1, .backoff_max_us = 10}}, "http://a/?status=503");
  ask(w, "http://b/?status=503");
  run(w);
  assert_int_equal(end_of(w, "http://a/")->retries, 8);
  assert_in_range(end_of(w, "http://a/")->at_us, 9 * 10 * MS, 9 * 10 * MS + 80); /* nine answers, and the waits */
  assert_in_range(end_of(w, "http://b/")->at_us, SECOND, 512 * SECOND);
  world_close(w);
}

static const struct {
  fl_request_options options;
  unsigned attempts;
} methods[] = {
    {{.method = NULL}, 3},
    {{.method = "GET"}, 3},
    {{.method = "HEAD"}, 3},
    {{.method = "PUT"}, 3},
    {{.method = "DELETE"}, 3},
    {{.method = "OPTIONS"}, 3},
    {{.method = "TRACE"}, 3},
    {{.method = "POST"}, 1},
    {{.method = "PATCH"}, 1},
    {{.method = "get"}, 1}, /* another method */
    {{.method = "POST", .flags = FL_REPLAY_SAFE}, 3},
    {{.method = "POST", .flags = FL_REPLAY_SAFE, .body = "x", .body_bytes = 1}, 3},
    /* Bodies */
    {{.method = "PUT", .body = "x", .body_bytes = 1}, 3},
    {{.method = "PUT", .body = "x", .body_bytes = 1, .flags = FL_BODY_ONCE}, 1},
    {{.method = "PUT", .flags = FL_BODY_AT_TRANSPORT}, 3},
    {{.method = "PUT", .flags = FL_BODY_AT_TRANSPORT | FL_BODY_ONCE}, 1},
    {{.method = "POST", .flags = FL_BODY_AT_TRANSPORT | FL_BODY_ONCE | FL_REPLAY_SAFE}, 1},
    {{.method = "PUT", .flags = FL_BODY_ONCE}, 3}, /* it has none */
    /* Its own limit */
    {{.retry.limit = 1}, 2},
    {{.retry.limit = 5}, 6},
    {{.retry.limit = 300}, 301},
    {{.retry.limit = FL_RETRIES_NONE}, 1},
    {{.method = "POST", .retry.limit = 5}, 1},
};

static void a_method_and_a_body_say_whether_it_may_be_made_again(void **state) {
  (void)state;
  static const fl_sim_fate fates[] = {{.status = 503}, {.error = FL_ECONNECT}};
  for (unsigned i = 0; i < LENGTH(methods); i++)
    for (unsigned k = 0; k < LENGTH(fates); k++) {
      unsigned count = attempts(&methods[i].options, fates[k]);
      if (count != methods[i].attempts) fail_msg("row %u: %u attempts", i, count);
    }
}

static void of_errors_those_of_the_connection_are(void **state) {
  (void)state;
  static const int retried[] = {FL_ERESOLVELATER, FL_ECONNECT, FL_ECONNECTTIMEOUT, FL_EREADTIMEOUT,
                                FL_EEMPTY,        FL_EPARTIAL, FL_ENETWORK};
  static const int others[] = {FL_ERESOLVE,  FL_ETLS,   FL_ECERTIFICATE, FL_ERESPONSE, FL_ETOOBIG,
                               FL_EENCODING, FL_EPROXY, FL_EADDRESS,     FL_EBODYREAD, FL_ENOMEM};
  for (unsigned i = 0; i < LENGTH(retried); i++)
    assert_int_equal(attempts(&(fl_request_options){0}, (fl_sim_fate){.error = retried[i]}), 3);
  for (unsigned i = 0; i < LENGTH(others); i++)
    assert_int_equal(attempts(&(fl_request_options){0}, (fl_sim_fate){.error = others[i]}), 1);
}

static void what_send_refuses_is_judged_alike(void **state) {
  (void)state;
  world *w = open_with_retries(2);
  ask(w, "http://a/?refused=FL_ECONNECT"), ask(w, "http://b/?refused=FL_ENOMEM");
  run(w);
  assert_string_equal(times_sent(w, "http://a/"), "0 0 0");
  assert_string_equal(times_sent(w, "http://b/"), "0");
  assert_int_equal(end_of(w, "http://a/")->error, FL_ECONNECT);
  assert_int_equal(end_of(w, "http://b/")->error, FL_ENOMEM);
  world_close(w);
}

static void the_last_attempt_says_how_it_ends(void **state) {
  (void)state;
  world *w = open_with_retries(3);
  answer_in_turn(w, {.error = FL_ECONNECT}, {.status = 503}, {.status = 200});
  ask_for(w, &(fl_request_options){.method = "PUT", .body = "abc", .body_bytes = 3}, "http://a/");
  run(w);
  assert_int_equal(w->ends[0].error, FL_OK);
  assert_int_equal(w->ends[0].status, 200);
  assert_int_equal(w->sent_count, 3);
  for (unsigned i = 0; i < 3; i++) {
    assert_string_equal(w->sent[i].method, "PUT");
    assert_int_equal(w->sent[i].body_bytes, 3);
  }
  assert_int_equal(w->ends[0].started_us, 0);
  assert_int_equal(w->ends[0].attempt_us, w->sent[2].at_us);
  assert_int_equal(stats_of(w).busy_us, 3 * 10 * MS);
  assert_int_equal(stats_of(w).started, 1);
  assert_int_equal(stats_of(w).failed, 0);
  world_close(w);
}

/* ---- When */

enum { HOSTS = 200 };

static void waits_are_random_and_their_ceiling_doubles(void **state) {
  (void)state;
  world *w = world_open(
      &(fl_session_options){.limit = HOSTS, .retry = {.limit = 5, .backoff_us = 100 * MS, .backoff_max_us = 400 * MS}});
  for (int i = 0; i < HOSTS; i++) ask(w, "http://host%d-/?status=500", i);
  run(w);
  int64_t sums_us[6] = {0};
  for (int i = 0; i < HOSTS; i++) {
    static const int64_t ceilings_us[] = {0, 100 * MS, 200 * MS, 400 * MS, 400 * MS, 400 * MS};
    char url[32];
    snprintf(url, sizeof url, "http://host%d-", i);
    int64_t before_us = 0;
    unsigned nth = 0;
    for (unsigned k = 0; k < w->sent_count; k++) {
      if (strncmp(w->sent[k].url, url, strlen(url)) != 0) continue;
      int64_t wait_us = nth ? w->sent[k].at_us - before_us - 10 * MS : 0;
      assert_in_range(wait_us, 0, ceilings_us[nth]);
      sums_us[nth++] += wait_us;
      before_us = w->sent[k].at_us;
    }
    assert_int_equal(nth, 6);
  }
  /* Their means: half the ceiling, give or take four standard deviations (of ceiling / sqrt(12 * HOSTS)). */
  assert_in_range(sums_us[1] / HOSTS, 50 * MS - 8200, 50 * MS + 8200);
  assert_in_range(sums_us[2] / HOSTS, 100 * MS - 16400, 100 * MS + 16400);
  for (int i = 3; i < 6; i++) assert_in_range(sums_us[i] / HOSTS, 200 * MS - 32700, 200 * MS + 32700);
  world_close(w);
}

static const char *times_with_seed(uint64_t seed) {
  static char times[256];
  world *w = world_open(&(fl_session_options){.seed = seed, .retry.limit = 6});
  ask(w, "http://a/?status=500");
  run(w);
  strcpy(times, times_sent(w, ""));
  world_close(w);
  return times;
}

static void the_seed_says_how_long(void **state) {
  (void)state;
  char first[256];
  strcpy(first, times_with_seed(5));
  assert_string_equal(times_with_seed(5), first);
  assert_string_not_equal(times_with_seed(6), first);
}

static void one_that_backs_off_holds_no_place(void **state) {
  (void)state;
  world *w = world_open(&(fl_session_options){
      .limit = 1, .retry = {.limit = 1, .backoff_us = 3600 * SECOND, .backoff_max_us = FL_NEVER}});
  ask(w, "http://a/1?status=500"), ask(w, "http://a/2");
  run_until(w, 15);
  assert_string_equal(starts(w), "a/1 a/2");
  assert_int_equal(stats_of(w).backing_off, 1);
  assert_int_equal(stats_of(w).in_flight, 1);
  assert_int_equal(stats_of(w).queued, 0);
  run(w);
  assert_string_equal(ends(w), "a/2 a/1");
  world_close(w);
}

/* It has waited longer than they. */
static void one_that_comes_back_goes_before_those_behind_it(void **state) {
  (void)state;
  world *w = world_open(&(fl_session_options){.limit = 1, .retry = {.limit = 1, .backoff_us = 1, .backoff_max_us = 1}});
  answer_in_turn(w, {.status = 500}, {.status = 200});
  for (int i = 1; i <= 4; i++) ask(w, "http://a/%d", i);
  run(w);
  assert_string_equal(starts(w), "a/1 a/2 a/1 a/3 a/4");
  world_close(w);
}

/* ---- How often: the host's budget */

static void a_dead_host_gets_its_credit_and_a_fifth_of_its_first_attempts(void **state) {
  (void)state;
  world *w = world_open(&(fl_session_options){
      .limit_per_host = 1, .retry = {.limit = 2, .backoff_us = 1, .backoff_max_us = 1, .budget = 3}});
  for (int i = 0; i < 100; i++) ask(w, "http://dead/%d?error=FL_ECONNECT", i);
  for (int i = 0; i < 5; i++) ask(w, "http://other/%d?status=503", i);
  run(w);
  assert_int_equal(started(w, "http://dead/"), 100 + 3 + 100 / 5);
  assert_int_equal(started(w, "http://other/"), 5 + 3 + 5 / 5);
  assert_int_equal(ends_of(w, "http://dead/"), 100);
  world_close(w);
}

/* ---- A kept connection that the server has closed meanwhile */

static void a_stale_connection_is_no_failure(void **state) {
  (void)state;
  static const int errors[] = {FL_EEMPTY, FL_ENETWORK};
  for (unsigned i = 0; i < LENGTH(errors); i++) {
    world *w = world_open(&(fl_session_options){.limit = 1, .retry = no_retries});
    answer_in_turn(w, {.error = errors[i], .reused = true}, {.status = 200});
    ask(w, "http://a/1"), ask(w, "http://a/2");
    run(w);
    assert_string_equal(starts(w), "a/1 a/1 a/2"); /* in the place that it has */
    assert_string_equal(times_sent(w, "http://a/1"), "0 10");
    check_end(w, "http://a/1", FL_OK, 20 * MS);
    assert_int_equal(end_of(w, "http://a/1")->retries, 0);
    world_close(w);
  }
}

static void it_is_one_the_second_time(void **state) {
  (void)state;
  world *w = world_open(&(fl_session_options){.retry = no_retries});
  answer_in_turn(w, {.error = FL_EEMPTY, .reused = true});
  ask(w, "http://a/");
  run(w);
  assert_int_equal(w->sent_count, 2);
  check_end(w, "http://a/", FL_EEMPTY, 20 * MS);
  world_close(w);
}

static void after_a_redirect_it_may_happen_again(void **state) {
  (void)state;
  world *w = world_open(&(fl_session_options){.retry = no_retries});
  answer_in_turn(w, {.error = FL_EEMPTY, .reused = true}, {.status = 302, .headers = HEADERS({"location", "/2"})},
                 {.error = FL_EEMPTY, .reused = true}, {.status = 200});
  ask(w, "http://a/1");
  run(w);
  assert_int_equal(w->sent_count, 4);
  check_end(w, "http://a/1", FL_OK, 40 * MS);
  world_close(w);
}

static void nor_is_it_one_when_anything_is_different(void **state) {
  (void)state;
  static const struct {
    fl_request_options options;
    fl_sim_fate fate;
  } rows[] = {
      {{0}, {.error = FL_EEMPTY}}, /* a new connection */
      {{0}, {.error = FL_ECONNECT, .reused = true}},
      {{0}, {.error = FL_EREADTIMEOUT, .reused = true}},
      {{0}, {.error = FL_ENETWORK, .status = 200, .reused = true}}, /* the server has seen it */
      {{.method = "POST"}, {.error = FL_EEMPTY, .reused = true}},
      {{.method = "PUT", .body = "x", .body_bytes = 1, .flags = FL_BODY_ONCE}, {.error = FL_EEMPTY, .reused = true}},
  };
  for (unsigned i = 0; i < LENGTH(rows); i++) {
    world *w = world_open(&(fl_session_options){.retry = no_retries});
    answer_in_turn(w, rows[i].fate);
    ask_for(w, &rows[i].options, "http://a/");
    run(w);
    if (w->sent_count != 1) fail_msg("row %u: sent %u times", i, w->sent_count);
    assert_int_equal(w->ends[0].error, rows[i].fate.error);
    world_close(w);
  }
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(seven_statuses_are_retried),
      cmocka_unit_test(or_those_that_the_session_names),
      cmocka_unit_test(sixteen_statuses_may_be_named),
      cmocka_unit_test(or_those_that_the_request_names),
      cmocka_unit_test(a_request_may_wait_otherwise_than_its_session),
      cmocka_unit_test(a_method_and_a_body_say_whether_it_may_be_made_again),
      cmocka_unit_test(of_errors_those_of_the_connection_are),
      cmocka_unit_test(what_send_refuses_is_judged_alike),
      cmocka_unit_test(the_last_attempt_says_how_it_ends),
      cmocka_unit_test(waits_are_random_and_their_ceiling_doubles),
      cmocka_unit_test(the_seed_says_how_long),
      cmocka_unit_test(one_that_backs_off_holds_no_place),
      cmocka_unit_test(one_that_comes_back_goes_before_those_behind_it),
      cmocka_unit_test(a_dead_host_gets_its_credit_and_a_fifth_of_its_first_attempts),
      cmocka_unit_test(a_stale_connection_is_no_failure),
      cmocka_unit_test(it_is_one_the_second_time),
      cmocka_unit_test(after_a_redirect_it_may_happen_again),
      cmocka_unit_test(nor_is_it_one_when_anything_is_different),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
