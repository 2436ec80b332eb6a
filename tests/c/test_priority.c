/* Who goes first among those that wait, and who goes when there is no room. */
#include "world_support.h"

#include <stdlib.h>

static fl_request *ask_with(world *w, int priority, const char *path) {
  return ask_for(w, &(fl_request_options){.priority = priority}, "http://%s", path);
}

static void a_higher_priority_goes_first(void **state) {
  (void)state;
  world *w = world_open(&(fl_session_options){.limit = 1});
  ask_with(w, -128, "a/first"), ask_with(w, 0, "a/0"), ask_with(w, -128, "a/-128"), ask_with(w, 127, "b/127");
  ask_with(w, 1, "a/1"), ask_with(w, 0, "c/0"), ask_with(w, 127, "a/127"), ask_with(w, -1, "b/-1");
  run(w);
  assert_string_equal(starts(w), "a/first b/127 a/127 a/1 a/0 c/0 b/-1 a/-128");
  world_close(w);
}

static void among_equals_the_order_is_that_of_asking(void **state) {
  (void)state;
  world *w = world_open(&(fl_session_options){.limit = 1});
  ask_with(w, 0, "a/first");
  for (int i = 1; i <= 9; i++) ask_for(w, &(fl_request_options){.priority = i % 2}, "http://a/%d", i);
  run(w);
  assert_string_equal(starts(w), "a/first a/1 a/3 a/5 a/7 a/9 a/2 a/4 a/6 a/8");
  world_close(w);
}

static void a_place_that_its_host_lacks_is_not_kept_for_it(void **state) {
  (void)state;
  world *w = world_open(&(fl_session_options){.limit = 2, .limit_per_host = 1});
  ask_with(w, 0, "a/1?answer=100"), ask_with(w, 9, "a/2"), ask_with(w, 0, "b/1"), ask_with(w, 0, "c/1");
  run(w);
  assert_string_equal(starts(w), "a/1 b/1 c/1 a/2");
  world_close(w);
}

static void one_goes_before_a_batch_s_as_well(void **state) {
  (void)state;
  world *w = world_open(&(fl_session_options){.limit = 1});
  fl_batch *batch;
  assert_int_equal(fl_batch_open(&batch, w->session, &(fl_batch_options){.on_end = world_on_end, .arg = w}), FL_OK);
  ask_with(w, 0, "a/first");
  static const struct {
    const char *url;
    int priority;
  } rows[] = {{"http://a/batch-0", 0}, {"http://a/batch-1", 1}};
  for (unsigned i = 0; i < LENGTH(rows); i++, w->asked++)
    assert_int_equal(fl_batch_request(NULL, batch, rows[i].url, strlen(rows[i].url),
                                      &(fl_request_options){.priority = rows[i].priority}),
                     FL_OK);
  ask_with(w, 2, "a/2");
  run_until(w, 35);
  assert_string_equal(starts(w), "a/first a/2 a/batch-1 a/batch-0");
  run(w);
  fl_batch_close(batch);
  world_close(w);
}

/* ---- Another one, later */

static void it_may_change_while_it_waits(void **state) {
  (void)state;
  world *w = world_open(&(fl_session_options){.limit = 1});
  ask(w, "http://a/first");
  fl_request *one = ask(w, "http://a/1"), *two = ask(w, "http://a/2"), *three = ask(w, "http://a/3");
  assert_true(fl_request_set_priority(three, 5));
  assert_true(fl_request_set_priority(one, -5));
  assert_true(fl_request_set_priority(two, 0));
  run(w);
  assert_string_equal(starts(w), "a/first a/3 a/2 a/1");
  world_close(w);
}

static void back_at_the_old_one_it_has_its_old_place(void **state) {
  (void)state;
  world *w = world_open(&(fl_session_options){.limit = 1});
  ask(w, "http://a/first");
  fl_request *one = ask(w, "http://a/1");
  ask(w, "http://a/2");
  assert_true(fl_request_set_priority(one, -5));
  assert_true(fl_request_set_priority(one, 0));
  run(w);
  assert_string_equal(starts(w), "a/first a/1 a/2");
  world_close(w);
}

static void once_it_has_started_it_is_for_its_retry(void **state) {
  (void)state;
  world *w = world_open(&(fl_session_options){.limit = 1, .retry = {.backoff_us = 1, .backoff_max_us = 1}});
  answer_in_turn(w, {.status = 500}, {.status = 200});
  fl_request *one = ask(w, "http://a/1");
  ask(w, "http://a/2"), ask(w, "http://a/3");
  assert_false(fl_request_set_priority(one, -1));
  run(w);
  assert_string_equal(starts(w), "a/1 a/2 a/3 a/1");
  world_close(w);
}

static void one_out_of_range_or_of_what_has_ended_is_refused(void **state) {
  (void)state;
  world *w = world_open(&(fl_session_options){.limit = 1});
  ask(w, "http://a/first");
  fl_request *one = ask(w, "http://a/1");
  assert_false(fl_request_set_priority(one, 128));
  assert_false(fl_request_set_priority(one, -129));
  assert_true(fl_request_set_priority(one, 127));
  assert_true(fl_request_set_priority(one, -128));
  cancel(w, one);
  assert_false(fl_request_set_priority(one, 0));
  run(w);
  world_close(w);
}

/* A model beside it: the next is the first of the highest priority, as long as hosts have places. */
static void a_thousand_go_as_in_a_sorted_list(void **state) {
  (void)state;
  enum { COUNT = 1000 };
  world *w = world_open(&(fl_session_options){.limit = 1});
  int priorities[COUNT];
  bool gone[COUNT] = {false};
  uint64_t seed = 3;
  ask(w, "http://host0/first");
  for (int i = 0; i < COUNT; i++) {
    priorities[i] = (int)random_below(&seed, 5);
    ask_for(w, &(fl_request_options){.priority = priorities[i]}, "http://host%d/%d", (int)random_below(&seed, 7), i);
  }
  run(w);
  for (unsigned nth = 1; nth <= COUNT; nth++) {
    int first = -1, number = atoi(strrchr(w->sent[nth].url, '/') + 1);
    for (int i = 0; i < COUNT; i++)
      if (!gone[i] && (first < 0 || priorities[i] > priorities[first])) first = i;
    assert_int_equal(number, first);
    gone[first] = true;
  }
  world_close(w);
}

/* ---- No room */

static void beyond_the_queue_s_limit_they_are_refused(void **state) {
  (void)state;
  world *w = world_open(&(fl_session_options){.limit = 2, .queue_limit = 3});
  for (int i = 1; i <= 5; i++) ask(w, "http://a/%d", i);
  assert_int_equal(try_to_ask(w, &(fl_request_options){.priority = 100}, "http://a/6"), FL_EFULL);
  assert_int_equal(try_to_ask(w, &(fl_request_options){0}, "http://b/6"), FL_EFULL);
  run_until(w, 10); /* two are over, two have started */
  ask(w, "http://a/7"), ask(w, "http://a/8");
  assert_int_equal(try_to_ask(w, &(fl_request_options){0}, "http://a/9"), FL_EFULL);
  run(w);
  assert_string_equal(starts(w), "a/1 a/2 a/3 a/4 a/5 a/7 a/8");
  world_close(w);
}

static void those_in_flight_and_backing_off_are_not_in_the_queue(void **state) {
  (void)state;
  world *w = world_open(&(fl_session_options){
      .limit = 1, .queue_limit = 1, .retry = {.backoff_us = 1000 * SECOND, .backoff_max_us = 1000 * SECOND}});
  ask(w, "http://a/1?status=500");
  run_until(w, 20);
  assert_int_equal(stats_of(w).backing_off, 1);
  ask(w, "http://a/2"), ask(w, "http://a/3");
  assert_int_equal(try_to_ask(w, &(fl_request_options){0}, "http://a/4"), FL_EFULL);
  run(w);
  world_close(w);
}

static void or_the_oldest_of_the_least_wanted_gives_way(void **state) {
  (void)state;
  world *w = world_open(&(fl_session_options){.limit = 1, .queue_limit = 3, .when_full = FL_FULL_DROP_OLDEST});
  ask(w, "http://a/first?answer=100");
  ask_with(w, 1, "a/1"), ask_with(w, 0, "a/2"), ask_with(w, 0, "a/3");
  ask_with(w, 0, "b/4"); /* for a/2, */
  ask_with(w, 5, "a/5"); /* for a/3, */
  ask_with(w, 1, "a/6"); /* for b/4, */
  ask_with(w, 1, "a/7"); /* and for a/1 */
  assert_int_equal(w->ends_count, 0);
  assert_int_equal(stats_of(w).queued, 3);
  assert_int_equal(try_to_ask(w, &(fl_request_options){.priority = 0}, "http://a/8"), FL_EFULL);
  run_until(w, 1);
  assert_string_equal(ends(w), "a/2 a/3 b/4 a/1");
  for (unsigned i = 0; i < w->ends_count; i++) {
    assert_int_equal(w->ends[i].error, FL_EFULL);
    assert_int_equal(w->ends[i].started_us, FL_NEVER);
  }
  run(w);
  assert_string_equal(starts(w), "a/first a/5 a/6 a/7");
  world_close(w);
}

static void another_priority_makes_none_younger(void **state) {
  (void)state;
  world *w = world_open(&(fl_session_options){.limit = 1, .queue_limit = 3, .when_full = FL_FULL_DROP_OLDEST});
  ask(w, "http://a/first?answer=100");
  fl_request *one = ask(w, "http://a/1"), *two = ask(w, "http://a/2");
  ask(w, "http://a/3");
  assert_true(fl_request_set_priority(two, 1) && fl_request_set_priority(two, 0));
  assert_true(fl_request_set_priority(one, 1));
  ask(w, "http://a/4"); /* for a/2, */
  ask(w, "http://a/5"); /* and for a/3 */
  run_until(w, 1);
  assert_string_equal(ends(w), "a/2 a/3");
  run(w);
  assert_string_equal(starts(w), "a/first a/1 a/4 a/5");
  world_close(w);
}

/* What cannot be asked for costs nobody his place. */
static void a_bad_request_drops_nobody(void **state) {
  (void)state;
  static const fl_header space = {"a b", "c"};
  static const fl_request_options bad[] = {
      {.priority = 1000}, {.method = "NO GOOD"}, {.headers = &space, .headers_count = 1}};
  world *w = world_open(&(fl_session_options){.limit = 1, .queue_limit = 1, .when_full = FL_FULL_DROP_OLDEST});
  ask(w, "http://a/1"), ask(w, "http://a/2");
  for (unsigned i = 0; i < LENGTH(bad); i++) assert_true(try_to_ask(w, &bad[i], "http://a/3") < 0);
  assert_int_equal(try_to_ask(w, &(fl_request_options){0}, "nourl"), FL_EURLSCHEME);
  run(w);
  check_end(w, "http://a/2", FL_OK, 20 * MS);
  world_close(w);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(a_higher_priority_goes_first),
      cmocka_unit_test(among_equals_the_order_is_that_of_asking),
      cmocka_unit_test(a_place_that_its_host_lacks_is_not_kept_for_it),
      cmocka_unit_test(one_goes_before_a_batch_s_as_well),
      cmocka_unit_test(it_may_change_while_it_waits),
      cmocka_unit_test(back_at_the_old_one_it_has_its_old_place),
      cmocka_unit_test(once_it_has_started_it_is_for_its_retry),
      cmocka_unit_test(one_out_of_range_or_of_what_has_ended_is_refused),
      cmocka_unit_test(a_thousand_go_as_in_a_sorted_list),
      cmocka_unit_test(beyond_the_queue_s_limit_they_are_refused),
      cmocka_unit_test(those_in_flight_and_backing_off_are_not_in_the_queue),
      cmocka_unit_test(or_the_oldest_of_the_least_wanted_gives_way),
      cmocka_unit_test(another_priority_makes_none_younger),
      cmocka_unit_test(a_bad_request_drops_nobody),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
