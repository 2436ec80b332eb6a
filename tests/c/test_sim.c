/* The simulator itself: what it promises the other tests. */
#include "world_support.h"

#include <stdlib.h>

/* ---- Seeds */

static uint64_t drawn(uint64_t seed, unsigned count, uint64_t below, uint64_t *sum) {
  fl_sim *sim = NULL;
  assert_int_equal(fl_sim_open(&sim, &(fl_sim_options){.seed = seed}), FL_OK);
  uint64_t hash = 0;
  for (unsigned i = 0; i < count; i++) {
    uint64_t number = fl_sim_random(sim, below);
    assert_true(number < below);
    hash = (hash ^ number) * 1099511628211u;
    *sum += number;
  }
  fl_sim_close(sim);
  return hash;
}

static void the_seed_says_which_numbers_are_drawn(void **state) {
  (void)state;
  uint64_t sum = 0;
  assert_int_equal(drawn(1, 100, 1000, &sum), drawn(1, 100, 1000, &sum));
  assert_int_not_equal(drawn(1, 100, 1000, &sum), drawn(2, 100, 1000, &sum));
  assert_int_not_equal(drawn(0, 100, 1000, &sum), drawn(1, 100, 1000, &sum));
}

static void numbers_are_below_their_bound_and_even(void **state) {
  (void)state;
  uint64_t sum = 0;
  drawn(7, 100, 1, &sum);
  assert_int_equal(sum, 0);
  drawn(7, 10000, 1001, &sum);
  assert_in_range(sum, 10000 * 480, 10000 * 520);
}

/* ---- A run with a seed of its own; who ended when */

static char order[256];

static void write_down(fl_request *request, void *arg) {
  (void)arg;
  size_t length = strlen(order);
  snprintf(order + length, sizeof order - length, "%s ", strrchr(fl_request_url(request), '/') + 1);
}

static void write_down_time(fl_request *request, void *arg) {
  (void)arg;
  size_t length = strlen(order);
  snprintf(order + length, sizeof order - length, "%lld ", (long long)fl_request_ended_us(request));
}

static const char *order_of(const fl_sim_options *options, fl_on_end *on_end, int requests) {
  fl_sim *sim = NULL;
  fl_loop *lp = NULL;
  fl_session *session = NULL;
  order[0] = '\0';
  assert_int_equal(fl_sim_open(&sim, options), FL_OK);
  assert_int_equal(fl_loop_open(&lp, fl_sim_clock(sim), 0), FL_OK);
  assert_int_equal(fl_session_open(&session, lp, fl_sim_transport(sim), NULL), FL_OK);
  for (int i = 0; i < requests; i++) {
    char url[32];
    int bytes = snprintf(url, sizeof url, "http://a/%d", i);
    assert_int_equal(fl_session_get(NULL, session, url, (size_t)bytes, 0, on_end, NULL), FL_OK);
  }
  fl_sim_run(sim, FL_NEVER);
  fl_session_close(session, NULL, NULL);
  fl_sim_run(sim, FL_NEVER);
  fl_loop_close(lp);
  fl_sim_close(sim);
  return order;
}

static void by_default_an_answer_takes_1_to_100_ms_of_the_seed_s_choice(void **state) {
  (void)state;
  char first[256];
  for (uint64_t seed = 1; seed <= 20; seed++) {
    strcpy(first, order_of(&(fl_sim_options){.seed = seed}, write_down_time, 6));
    for (const char *at = first; *at; at = strchr(at, ' ') + 1) assert_in_range(atol(at), 1 * MS, 100 * MS);
    assert_string_equal(order_of(&(fl_sim_options){.seed = seed}, write_down_time, 6), first);
    assert_string_not_equal(order_of(&(fl_sim_options){.seed = seed + 1}, write_down_time, 6), first);
  }
}

static void all_at_once(void *arg, fl_sim *sim, const fl_attempt *attempt, fl_sim_fate *fate) {
  (void)arg, (void)sim, (void)attempt;
  *fate = (fl_sim_fate){.status = 200, .answer_us = 5};
}

static void what_is_due_at_one_time_comes_in_the_seed_s_order(void **state) {
  (void)state;
  char first[256];
  unsigned others = 0;
  for (uint64_t seed = 1; seed <= 20; seed++) {
    strcpy(first, order_of(&(fl_sim_options){.seed = seed, .decide = all_at_once}, write_down, 3));
    assert_int_equal(strlen(first), 6);
    assert_string_equal(order_of(&(fl_sim_options){.seed = seed, .decide = all_at_once}, write_down, 3), first);
    others += strcmp(first, "0 1 2 ") != 0;
  }
  assert_in_range(others, 8, 20); /* of 6 orders, 5 are others */
}

/* ---- Time */

static void time_stands_still_while_nothing_happens(void **state) {
  (void)state;
  world *w = world_open(NULL);
  assert_int_equal(fl_sim_time(w->sim), 0);
  assert_int_equal(fl_sim_run(w->sim, FL_NEVER), 0);
  assert_int_equal(fl_sim_run(w->sim, 500), 500); /* unless one waits for a time */
  assert_int_equal(fl_sim_run(w->sim, 400), 500); /* and it never goes back */
  assert_int_equal(fl_sim_run(w->sim, FL_NEVER), 500);
  world_close(w);
}

static void a_run_stops_at_its_time_and_not_before_what_is_due_then(void **state) {
  (void)state;
  world *w = world_open(NULL);
  ask(w, "http://a/?answer=10"), ask(w, "http://b/?answer=20");
  run_until(w, 9);
  assert_int_equal(w->ends_count, 0);
  run_until(w, 10);
  assert_int_equal(w->ends_count, 1);
  run_until(w, 19);
  assert_int_equal(w->ends_count, 1);
  run_until(w, 5000);
  assert_int_equal(w->ends_count, 2);
  assert_int_equal(w->ends[1].at_us, 20 * MS);
  world_close(w);
}

static void an_hour_takes_no_time(void **state) {
  (void)state;
  world *w = world_open(&(fl_session_options){.limit = 1, .timeouts.attempt_us = FL_NEVER});
  for (int i = 0; i < 1000; i++) ask(w, "http://a/?answer=3600000");
  run(w);
  assert_int_equal(fl_sim_time(w->sim), 1000 * 3600 * SECOND);
  world_close(w);
}

/* ---- The network */

static void connecting_comes_before_answering(void **state) {
  (void)state;
  world *w = world_open(&(fl_session_options){.timeouts.connect_us = 20 * MS, .retry = no_retries});
  ask(w, "http://a/?connect=15&answer=30"), ask(w, "http://b/?connect=25&answer=1"), ask(w, "http://c/?connect=never");
  run(w);
  assert_int_equal(end_of(w, "http://a/")->at_us, 45 * MS);
  assert_int_equal(end_of(w, "http://b/")->error, FL_ECONNECTTIMEOUT);
  assert_int_equal(end_of(w, "http://c/")->error, FL_ECONNECTTIMEOUT);
  world_close(w);
}

static void the_server_sees_each_request_come_and_go_once(void **state) {
  (void)state;
  world *w = world_open(&(fl_session_options){.timeouts.attempt_us = SECOND, .retry = no_retries});
  ask(w, "http://a/?answer=10&reports=3&again=5"), ask(w, "http://b/?answer=never"), ask(w, "http://c/?answer=2000");
  ask(w, "http://d/?inside=1&reports=2"), ask(w, "http://e/?refused=FL_ENOMEM");
  fl_request *cancelled = ask(w, "http://f/?answer=100");
  run_until(w, 50);
  cancel(w, cancelled);
  run(w);
  static const struct {
    const char *url;
    int64_t gone_us;
  } rows[] = {
      {"http://a/", 10 * MS}, {"http://b/", SECOND}, {"http://c/", SECOND}, {"http://d/", 0}, {"http://f/", 50 * MS}};
  for (unsigned i = 0; i < LENGTH(rows); i++) {
    unsigned came = 0, went = 0;
    for (unsigned k = 0; k < w->server_count; k++) {
      const at_server *event = &w->server[k];
      if (strncmp(event->url, rows[i].url, 9) != 0) continue;
      came += event->change > 0;
      went += event->change < 0;
      assert_int_equal(event->at_us, event->change > 0 ? 0 : rows[i].gone_us);
    }
    assert_int_equal(came, 1);
    assert_int_equal(went, 1);
  }
  assert_int_equal(started(w, "http://e/"), 0); /* it never got there */
  world_close(w);
}

static void later_reports_come_as_far_apart_as_was_said(void **state) {
  (void)state;
  world *w = world_open(NULL);
  ask(w, "http://a/?answer=10&reports=4&again=700");
  run(w);
  assert_int_equal(fl_sim_time(w->sim), (10 + 3 * 700) * MS);
  assert_int_equal(w->ends_count, 1);
  world_close(w);
}

static void three_times(void *arg, fl_sim *sim, const fl_attempt *attempt, fl_sim_fate *fate) {
  (void)arg, (void)attempt;
  *fate = (fl_sim_fate){.status = 200, .reports = 3, .again_us = (int64_t)fl_sim_random(sim, SECOND)};
}

static void what_is_on_its_way_when_the_sim_is_closed_is_dropped(void **state) {
  (void)state;
  fl_sim *sim = NULL;
  fl_loop *lp = NULL;
  fl_session *session = NULL;
  order[0] = '\0';
  assert_int_equal(fl_sim_open(&sim, &(fl_sim_options){.seed = 1, .decide = three_times}), FL_OK);
  assert_int_equal(fl_loop_open(&lp, fl_sim_clock(sim), 0), FL_OK);
  assert_int_equal(fl_session_open(&session, lp, fl_sim_transport(sim), NULL), FL_OK);
  for (int i = 0; i < 10; i++)
    assert_int_equal(fl_session_get(NULL, session, "http://a/x", 10, 0, write_down, NULL), FL_OK);
  fl_sim_run(sim, 0);
  assert_string_equal(order, "x x x x x x x x x x ");
  fl_session_close(session, NULL, NULL);
  fl_sim_run(sim, 0);
  fl_loop_close(lp);
  fl_sim_close(sim); /* with 20 reports to come; the leak checker watches */
}

/* fl_sim_forget(), which world_close() calls for, lets a session be freed while reports for it are on their way: they
 * are dropped. */
static void a_forgotten_session_gets_no_reports(void **state) {
  (void)state;
  world *w = world_open(NULL);
  for (int i = 0; i < 200; i++) ask(w, "http://host%d/?answer=%d&reports=2&again=%d", i, i * 37 % 101, i * 53 % 997);
  run_until(w, 50);
  close_session(w);
  run_until(w, 51);
  assert_int_equal(w->closed, 1);
  run(w);
  assert_true(fl_sim_time(w->sim) < 100 * MS); /* nothing was left to happen */
  assert_int_equal(w->ends_count, 200);
  world_close(w);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(the_seed_says_which_numbers_are_drawn),
      cmocka_unit_test(numbers_are_below_their_bound_and_even),
      cmocka_unit_test(by_default_an_answer_takes_1_to_100_ms_of_the_seed_s_choice),
      cmocka_unit_test(what_is_due_at_one_time_comes_in_the_seed_s_order),
      cmocka_unit_test(time_stands_still_while_nothing_happens),
      cmocka_unit_test(a_run_stops_at_its_time_and_not_before_what_is_due_then),
      cmocka_unit_test(an_hour_takes_no_time),
      cmocka_unit_test(connecting_comes_before_answering),
      cmocka_unit_test(the_server_sees_each_request_come_and_go_once),
      cmocka_unit_test(later_reports_come_as_far_apart_as_was_said),
      cmocka_unit_test(what_is_on_its_way_when_the_sim_is_closed_is_dropped),
      cmocka_unit_test(a_forgotten_session_gets_no_reports),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
