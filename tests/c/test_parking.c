/* Servers that ask to wait: Retry-After, RateLimit. Whoever is asked waits, and the others go on. */
#include "world_support.h"

#include "../../src/http/session.h"

/* The first attempts to host a meet these; what follows, and all other hosts, is well. */
static const fl_sim_fate *of_host_a;
static unsigned of_host_a_count;
#define HOST_A(...) \
  (of_host_a = (const fl_sim_fate[]){__VA_ARGS__}, of_host_a_count = LENGTH(((const fl_sim_fate[]){__VA_ARGS__})))

static void decide(world *w, const fl_attempt *attempt, fl_sim_fate *fate) {
  if (strncmp(attempt->url, "http://a/", 9) == 0 && of_host_a_count) {
    *fate = *of_host_a++;
    of_host_a_count--;
  }
  if (!fate->answer_us) fate->answer_us = 10 * MS;
  (void)w;
}

static world *open_with(const fl_session_options *options) {
  world *w = world_open(options);
  w->decide = decide;
  return w;
}

/* ---- Retry-After */

/* The clock of the simulation stands at 01:46:40 in the beginning, and at 01:46:40.010 when the answer comes. */
static const struct {
  const char *after, *date;
  int64_t sent_ms;
} afters[] = {
    {"5", NULL, 5010},
    {"1.5", NULL, 2010},
    {"60", NULL, 60010},
    {"Sun, 09 Sep 2001 01:46:45 GMT", NULL, 5000},
    {"Sunday, 09-Sep-01 01:46:45 GMT", NULL, 5000},
    {"Sun Sep  9 01:46:45 2001", NULL, 5000},
    {"Sun, 09 Sep 2001 01:46:45 GMT", "Sun, 09 Sep 2001 01:46:35 GMT", 10010},
    {"Sun, 09 Sep 2001 03:00:05 GMT", "Sun, 09 Sep 2001 03:00:00 GMT", 5010}, /* its clock is fast */
};

static void it_is_asked_again_when_it_said(void **state) {
  (void)state;
  static const int statuses[] = {429, 503};
  for (unsigned i = 0; i < LENGTH(afters); i++)
    for (unsigned k = 0; k < LENGTH(statuses); k++) {
      world *w = open_with(NULL);
      fl_header date = {afters[i].date ? "date" : NULL, afters[i].date};
      HOST_A({.status = statuses[k], .headers = HEADERS({"retry-after", afters[i].after}, date)});
      ask(w, "http://a/");
      run(w);
      assert_int_equal(w->sent_count, 2);
      if (w->sent[1].at_us != afters[i].sent_ms * MS)
        fail_msg("%s: sent at %lld us", afters[i].after, (long long)w->sent[1].at_us);
      assert_int_equal(w->ends[0].status, 200);
      assert_int_equal(w->ends[0].retries, 1);
      world_close(w);
    }
}

static void what_cannot_be_read_or_asks_for_no_wait_is_backed_off_from(void **state) {
  (void)state;
  static const char *const texts[] = {"", "soon", "-5", "5, 6", "0", "0.0", "Sun, 09 Sep 2001 01:46:30 GMT"};
  for (unsigned i = 0; i < LENGTH(texts); i++) {
    world *w = open_with(&(fl_session_options){.retry = {.backoff_us = 1, .backoff_max_us = 1}});
    HOST_A({.status = 429, .headers = HEADERS({"retry-after", texts[i]})});
    ask(w, "http://a/");
    run(w);
    assert_string_equal(times_sent(w, ""), "0 10");
    world_close(w);
  }
}

/* Of other statuses, too; there it is no promise, and counts as a retry. */
static void nobody_comes_back_sooner(void **state) {
  (void)state;
  static const int64_t backoffs_us[] = {1, 1000 * SECOND};
  for (unsigned i = 0; i < LENGTH(backoffs_us); i++) {
    world *w = open_with(
        &(fl_session_options){.retry = {.limit = 1, .backoff_us = backoffs_us[i], .backoff_max_us = backoffs_us[i]}});
    HOST_A({.status = 500, .headers = HEADERS({"retry-after", "5"})}, {.status = 500});
    ask(w, "http://a/");
    run(w);
    assert_int_equal(w->sent_count, 2);
    if (i == 0)
      assert_int_equal(w->sent[1].at_us, 5010 * MS);
    else
      assert_true(w->sent[1].at_us > 5010 * MS);
    world_close(w);
  }
}

static void waiting_as_asked_is_counted_from_the_tenth_time_on(void **state) {
  (void)state;
  world *w = world_open(&(fl_session_options){.retry = {.backoff_us = 1, .backoff_max_us = 1}});
  answer_in_turn(w, {.status = 429, .headers = HEADERS({"retry-after", "1"})});
  ask(w, "http://a/");
  run(w);
  assert_int_equal(w->sent_count, 1 + 10 + 2);
  for (unsigned i = 1; i < w->sent_count; i++) assert_int_equal(w->sent[i].at_us, i * 1010 * MS);
  assert_int_equal(w->ends[0].status, 429);
  assert_int_equal(w->ends[0].error, FL_OK);
  assert_int_equal(w->ends[0].retries, 12);
  world_close(w);
}

static void one_that_may_not_be_made_again_ends_and_others_wait(void **state) {
  (void)state;
  static const fl_request_options rows[] = {{.method = "POST"}, {.retry.limit = FL_RETRIES_NONE}};
  for (unsigned i = 0; i < LENGTH(rows); i++) {
    world *w = open_with(&(fl_session_options){.limit_per_host = 1});
    HOST_A({.status = 429, .headers = HEADERS({"retry-after", "5"})});
    ask_for(w, &rows[i], "http://a/1");
    ask(w, "http://a/2");
    run(w);
    check_end(w, "http://a/1", FL_OK, 10 * MS);
    assert_int_equal(end_of(w, "http://a/1")->status, 429);
    assert_string_equal(times_sent(w, "http://a/2"), "5010");
    world_close(w);
  }
}

static void a_parked_host_holds_up_no_other(void **state) {
  (void)state;
  world *w = open_with(&(fl_session_options){.limit = 2, .limit_per_host = 1});
  HOST_A({.status = 503, .headers = HEADERS({"retry-after", "5"})});
  for (int i = 1; i <= 3; i++) ask(w, "http://a/%d", i);
  for (int i = 1; i <= 20; i++) ask(w, "http://b/%d", i);
  run(w);
  assert_string_equal(times_sent(w, "http://a/"), "0 5010 5020 5030");
  assert_string_equal(times_sent(w, "http://b/"),
                      "0 10 20 30 40 50 60 70 80 90 100 110 120 130 140 150 160 170 180 190");
  assert_string_equal(strstr(starts(w), "b/20"),
                      "b/20 a/1 a/2 a/3"); /* the one that was asked to wait keeps its place */
  assert_int_equal(stats_of(w).held_by_rate_us, 5000 * MS);
  world_close(w);
}

/* As TCP does it. */
static void after_a_429_half_as_many_go_at_once(void **state) {
  (void)state;
  world *w = open_with(&(fl_session_options){.limit_per_host = 4});
#define FULL {.status = 429, .headers = HEADERS({"retry-after", "1"})}
  HOST_A(FULL, FULL, FULL, FULL);
#undef FULL
  for (int i = 1; i <= 13; i++) ask(w, "http://a/%d", i);
  run(w);
  /* Two at a time; a third after two successes, a fourth after three more. */
  assert_string_equal(times_sent(w, "http://a/"),
                      "0 0 0 0 1010 1010 1020 1020 1020 1030 1030 1030 1030 1040 1040 1040 1040");
  world_close(w);
}

static void a_server_that_fails_is_not_pressed_harder(void **state) {
  (void)state;
  world *w = open_with(&(fl_session_options){.limit_per_host = 2, .retry = no_retries});
#define SICK {.status = 500}
  HOST_A({.status = 429, .headers = HEADERS({"retry-after", "1"})}, {.status = 500, .answer_us = 20 * MS}, SICK, SICK,
         SICK, SICK, SICK);
#undef SICK
  for (int i = 1; i <= 9; i++) ask(w, "http://a/%d", i);
  run(w);
  /* One at a time, until the first success. */
  assert_string_equal(times_sent(w, "http://a/"), "0 0 1010 1020 1030 1040 1050 1060 1070");
  world_close(w);
}

/* ---- Longer than it is waited for */

static world *open_with_shut_host(const char *after) {
  world *w = open_with(&(fl_session_options){.limit_per_host = 2});
  HOST_A({.status = 429, .headers = HEADERS({"retry-after", after})}, {.answer_us = SECOND});
  ask(w, "http://a/1"), ask(w, "http://a/2"), ask(w, "http://a/3"), ask(w, "http://a/4"), ask(w, "http://b/");
  run_until(w, 20);
  return w;
}

static void beyond_the_cap_it_ends_with_its_status(void **state) {
  (void)state;
  world *w = open_with_shut_host("61");
  check_end(w, "http://a/1", FL_OK, 10 * MS);
  assert_int_equal(end_of(w, "http://a/1")->status, 429);
  run(w);
  check_end(w, "http://a/2", FL_OK, SECOND); /* it was there already */
  check_end(w, "http://a/3", FL_EPARKED, 10 * MS);
  check_end(w, "http://a/4", FL_EPARKED, 10 * MS);
  check_end(w, "http://b/", FL_OK, 10 * MS);
  world_close(w);
}

static void until_then_the_host_is_not_asked(void **state) {
  (void)state;
  world *w = open_with_shut_host("61");
  assert_int_equal(try_to_ask(w, &(fl_request_options){0}, "http://a/5"), FL_EPARKED);
  run_until(w, 61009);
  assert_int_equal(try_to_ask(w, &(fl_request_options){0}, "http://A:80/5"), FL_EPARKED);
  run_until(w, 61010);
  ask(w, "http://a/6");
  run(w);
  check_end(w, "http://a/6", FL_OK, 61020 * MS);
  assert_int_equal(started(w, "http://a/5"), 0);
  world_close(w);
}

static void in_a_batch_that_is_the_end_of_its_request(void **state) {
  (void)state;
  world *w = open_with_shut_host("9999999999999999999999");
  fl_batch *batch;
  assert_int_equal(fl_batch_open(&batch, w->session, &(fl_batch_options){.on_end = world_on_end, .arg = w}), FL_OK);
  fl_request *request;
  assert_int_equal(fl_batch_get(&request, batch, "http://a/", 9, 0), FL_OK);
  assert_string_equal(fl_request_url(request), "http://a/");
  uint32_t id = fl_request_id(request);
  w->asked++;
  run_until(w, 21);
  assert_int_equal(w->ends[w->ends_count - 1].id, id);
  assert_int_equal(w->ends[w->ends_count - 1].error, FL_EPARKED);
  fl_batch_close(batch);
  world_close(w);
}

static void one_that_backs_off_finds_the_host_shut(void **state) {
  (void)state;
  world *w = open_with(&(fl_session_options){.retry = {.backoff_us = 100 * SECOND, .backoff_max_us = 100 * SECOND}});
  HOST_A({.status = 500}, {.status = 503, .answer_us = 11 * MS, .headers = HEADERS({"retry-after", "1000"})});
  ask(w, "http://a/1"), ask(w, "http://a/2");
  run(w);
  assert_int_equal(end_of(w, "http://a/1")->error, FL_EPARKED);
  assert_int_equal(end_of(w, "http://a/2")->status, 503);
  assert_int_equal(w->sent_count, 2);
  world_close(w);
}

static void the_cap_is_the_session_s(void **state) {
  (void)state;
  world *w = open_with(&(fl_session_options){.retry.after_max_us = 5 * SECOND});
  HOST_A({.status = 429, .headers = HEADERS({"retry-after", "5"})},
         {.status = 429, .headers = HEADERS({"retry-after", "6"})});
  ask(w, "http://a/");
  run(w);
  assert_string_equal(times_sent(w, ""), "0 5010");
  assert_int_equal(w->ends[0].status, 429);
  world_close(w);
}

/* A host that has to be remembered is, however many others come. */
static void a_parked_host_is_not_forgotten(void **state) {
  (void)state;
  enum { OTHERS = 3000 };
  world *w = open_with_shut_host("1000");
  run(w);
  for (int i = 0; i < OTHERS; i++) {
    ask(w, "http://other%d/", i);
    if (i % 10 == 0) run_until(w, 2000 + i);
  }
  run_until(w, 100000);
  assert_int_equal(try_to_ask(w, &(fl_request_options){0}, "http://a/5"), FL_EPARKED);
  assert_in_range(w->session->origins.table.count, 1000, 1100); /* and most of the others are */
  run_until(w, 1000 * 1000 + 10);
  ask(w, "http://a/6");
  world_close(w);
}

/* ---- RateLimit */

static const struct {
  fl_header headers[3];
  const char *times;
} quotas[] = {
    {{{"RateLimit", "\"default\";r=1;t=5"}}, "0 10 5010 5010"},
    {{{"RateLimit", "limit=10, remaining=1, reset=5"}}, "0 10 5010 5010"},
    {{{"X-RateLimit-Remaining", "0"}, {"X-RateLimit-Reset", "5"}}, "0 5010 5010 5010"},
    {{{"RateLimit-Remaining", "0"}, {"RateLimit-Reset", "1000000005"}}, "0 5000 5000 5000"}, /* a time of day */
    {{{"RateLimit", "\"default\";r=0;t=5"}, {"RateLimit-Policy", "\"default\";q=2;w=7"}}, "0 5010 5010 12010"},
    {{{"RateLimit", "nonsense"}}, "0 10 10 10"},
    {{{"RateLimit", "\"default\";r=0"}}, "0 10 10 10"}, /* until when? */
};

static void a_quota_is_kept(void **state) {
  (void)state;
  for (unsigned i = 0; i < LENGTH(quotas); i++) {
    world *w = open_with(NULL);
    HOST_A({.headers = quotas[i].headers});
    ask(w, "http://a/1");
    run_until(w, 10);
    for (int k = 2; k <= 4; k++) ask(w, "http://a/%d", k);
    ask(w, "http://b/");
    run(w);
    if (strcmp(times_sent(w, "http://a/"), quotas[i].times) != 0)
      fail_msg("%s: %s", quotas[i].headers[0].value, times_sent(w, "http://a/"));
    assert_string_equal(times_sent(w, "http://b/"), "10");
    world_close(w);
  }
}

static void or_ignored_when_the_session_says_so(void **state) {
  (void)state;
  world *w = open_with(&(fl_session_options){.ignore_rate_limit = true});
  HOST_A({.headers = HEADERS({"RateLimit", "\"default\";r=0;t=5"})});
  ask(w, "http://a/1");
  run_until(w, 10);
  ask(w, "http://a/2");
  run(w);
  assert_string_equal(times_sent(w, ""), "0 10");
  world_close(w);
}

/* The server may have counted those that are in flight, or not. */
static void those_in_flight_are_on_the_quota(void **state) {
  (void)state;
  world *w = open_with(&(fl_session_options){.limit_per_host = 3});
  HOST_A({.headers = HEADERS({"RateLimit", "\"default\";r=3;t=5"})}, {.answer_us = 50 * MS}, {.answer_us = 50 * MS});
  for (int i = 1; i <= 5; i++) ask(w, "http://a/%d", i);
  run(w);
  assert_string_equal(times_sent(w, ""), "0 0 0 10 5010");
  world_close(w);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(it_is_asked_again_when_it_said),
      cmocka_unit_test(what_cannot_be_read_or_asks_for_no_wait_is_backed_off_from),
      cmocka_unit_test(nobody_comes_back_sooner),
      cmocka_unit_test(waiting_as_asked_is_counted_from_the_tenth_time_on),
      cmocka_unit_test(one_that_may_not_be_made_again_ends_and_others_wait),
      cmocka_unit_test(a_parked_host_holds_up_no_other),
      cmocka_unit_test(after_a_429_half_as_many_go_at_once),
      cmocka_unit_test(a_server_that_fails_is_not_pressed_harder),
      cmocka_unit_test(beyond_the_cap_it_ends_with_its_status),
      cmocka_unit_test(until_then_the_host_is_not_asked),
      cmocka_unit_test(in_a_batch_that_is_the_end_of_its_request),
      cmocka_unit_test(one_that_backs_off_finds_the_host_shut),
      cmocka_unit_test(the_cap_is_the_session_s),
      cmocka_unit_test(a_parked_host_is_not_forgotten),
      cmocka_unit_test(a_quota_is_kept),
      cmocka_unit_test(or_ignored_when_the_session_says_so),
      cmocka_unit_test(those_in_flight_are_on_the_quota),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
