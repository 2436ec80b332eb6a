/* Awaiting several at once: gather, wait, as_completed. */
#include "async_support.h"

#include <stdlib.h>

#define TASK(...) fl_create_task(loop, sleeper, __VA_ARGS__)
#define LATER(...) fl_create_task_with(loop, (&(fl_task_options){.later = true}), sleeper, __VA_ARGS__)

/* ---- gather() */

fl_async(gathers, fl_future futures[4]; size_t count; fl_gather_options options; int error) {
  fl_begin;
  fl_try(self->error, fl_gather(self->futures, self->count, &self->options));
  trace_at(fl_error_name(self->error));
  if (self->error) fl_raise(self->error, fl_caught_message(self, self->error));
  fl_end;
}

static fl_task gather_of(size_t count, const fl_future *futures, fl_gather_options options) {
  fl_task task = fl_create_task(loop, gathers, .count = count, .options = options);
  memcpy(fl_task_frame(task, gathers)->futures, futures, count * sizeof *futures);
  return task;
}

static void gather_ends_with_the_last_and_leaves_the_results(void **state) {
  (void)state;
  fl_future three[] = {TASK("a", 30 * FL_MS), TASK("b", 10 * FL_MS), TASK("c", 20 * FL_MS)};
  assert_int_equal(run_task(gather_of(3, three, (fl_gather_options){0})), FL_OK);
  assert_string_equal(traced(), "b@10 c@20 a@30 FL_OK@30");
  assert_int_equal(fl_task_frame(three[0], sleeper)->result, 30);
}

static void what_a_limit_has_not_begun_goes_when_it_is_released(void **state) {
  (void)state;
  fl_future three[] = {LATER("a", 0, FL_ETLS), LATER("b"), LATER("c")};
  fl_task task = gather_of(3, three, (fl_gather_options){.limit = 1});
  fl_loop_run_until_complete(loop, task, NULL, NULL);
  for (int i = 0; i < 3; i++) assert_int_equal(fl_release(three[i]), FL_OK);
  assert_int_equal(fl_all_tasks(loop, NULL, NULL), 2);
  settle();
  assert_int_equal(fl_all_tasks(loop, NULL, NULL), 0);
  assert_int_equal(fl_task_start(three[1]), FL_ERELEASED);
  assert_int_equal(fl_future_error(task), FL_ETLS);
  assert_string_equal(traced(), "a@0 FL_ETLS@0");
}

static void gather_of_nothing_is_over_at_once(void **state) {
  (void)state;
  fl_future none[1] = {0};
  assert_int_equal(run_task(gather_of(0, none, (fl_gather_options){0})), FL_OK);
  assert_string_equal(traced(), "FL_OK@0");
}

static void gather_takes_what_is_done_already(void **state) {
  (void)state;
  fl_future two[] = {TASK("a"), fl_future_new(loop)};
  fl_future_set_result(two[1], NULL);
  settle();
  assert_int_equal(run_task(gather_of(2, two, (fl_gather_options){0})), FL_OK);
  assert_string_equal(traced(), "a@0 FL_OK@0");
}

static void gather_takes_the_same_twice(void **state) {
  (void)state;
  fl_future a = TASK("a", FL_MS), three[] = {a, a, a};
  assert_int_equal(run_task(gather_of(3, three, (fl_gather_options){0})), FL_OK);
  assert_string_equal(traced(), "a@1 FL_OK@1");
}

static void gathers_first_error_comes_at_once_and_the_others_run_on(void **state) {
  (void)state;
  fl_future three[] = {TASK("a", 30 * FL_MS), TASK("b", 10 * FL_MS, FL_ETLS, "bad b"),
                       TASK("c", 20 * FL_MS, FL_ENETWORK)};
  fl_task task = gather_of(3, three, (fl_gather_options){0});
  assert_int_equal(fl_loop_run_until_complete(loop, task, NULL, NULL), FL_ETLS);
  assert_string_equal(fl_future_message(task), "bad b");
  assert_string_equal(traced(), "b@10 FL_ETLS@10");
  fl_loop_run_forever(loop);
  assert_string_equal(traced(), "c@20 a@30"); /* and c's error is not reported, as asyncio has it */
}

static void gather_returns_exceptions_when_asked_to(void **state) {
  (void)state;
  fl_future three[] = {TASK("a", 30 * FL_MS), TASK("b", 10 * FL_MS, FL_ETLS), TASK("c", 20 * FL_MS)};
  fl_task task = gather_of(3, three, (fl_gather_options){.return_exceptions = true});
  settle();
  fl_cancel(three[2], NULL);
  assert_int_equal(run_task(task), FL_OK);
  assert_string_equal(traced(), "c-cancelled b@10 a@30 FL_OK@30");
  assert_int_equal(fl_future_error(three[1]), FL_ETLS);
  assert_int_equal(fl_future_error(three[2]), FL_ECANCELLED);
}

static void a_cancelled_child_is_gathers_error(void **state) {
  (void)state;
  fl_future two[] = {TASK("a", FL_SECOND), TASK("b", 10 * FL_MS)};
  fl_task task = gather_of(2, two, (fl_gather_options){0});
  settle();
  fl_cancel(two[0], "you");
  assert_int_equal(fl_loop_run_until_complete(loop, task, NULL, NULL), FL_ECANCELLED);
  assert_string_equal(fl_future_message(task), "you");
  assert_int_equal(fl_task_cancelling(task), 0);
  assert_int_equal(run_task(two[1]), FL_OK);
  assert_string_equal(traced(), "a-cancelled FL_ECANCELLED@0 b@10");
}

static void gathers_cancellation_cancels_all(void **state) {
  (void)state;
  fl_future three[] = {TASK("a", FL_SECOND), TASK("b", FL_SECOND), fl_future_new(loop)};
  fl_task task = gather_of(3, three, (fl_gather_options){0});
  settle();
  fl_cancel(task, "all");
  assert_int_equal(fl_loop_run_until_complete(loop, task, NULL, NULL), FL_ECANCELLED);
  assert_string_equal(fl_future_message(task), "all");
  for (int i = 0; i < 3; i++) assert_string_equal(fl_future_message(three[i]), "all");
  assert_string_equal(traced(), "a-cancelled b-cancelled FL_ECANCELLED@0");
}

fl_async(slow_to_end, const char *name; int64_t cleanup_us; int error) {
  fl_begin;
  fl_await(fl_sleep(FL_SECOND));
  fl_finally;
  fl_await(fl_sleep(self->cleanup_us));
  trace_at(self->name);
  fl_end;
}

static const char *cancelled_gather(fl_gather_options options) {
  fl_future two[] = {fl_create_task(loop, slow_to_end, "fast", 10 * FL_MS),
                     fl_create_task(loop, slow_to_end, "slow", 50 * FL_MS)};
  fl_task task = gather_of(2, two, options);
  settle();
  fl_cancel(task, NULL);
  assert_int_equal(run_task(task), FL_ECANCELLED);
  fl_loop_run_forever(loop);
  return traced();
}

static void a_cancelled_gather_that_returns_exceptions_ends_once_all_have_ended(void **state) {
  (void)state;
  assert_string_equal(cancelled_gather((fl_gather_options){.return_exceptions = true}),
                      "fast@10 slow@50 FL_ECANCELLED@50");
}

static void any_other_cancelled_gather_ends_with_the_first_to_end(void **state) {
  (void)state;
  assert_string_equal(cancelled_gather((fl_gather_options){0}), "fast@10 FL_ECANCELLED@10 slow@50"); /* as in asyncio */
}

static void gather_keeps_to_its_limit(void **state) {
  (void)state;
  fl_future four[] = {LATER("a", 40 * FL_MS), LATER("b", 10 * FL_MS), LATER("c", 10 * FL_MS), LATER("d", 10 * FL_MS)};
  assert_int_equal(run_task(gather_of(4, four, (fl_gather_options){.limit = 2})), FL_OK);
  assert_string_equal(traced(), "b@10 c@20 d@30 a@40 FL_OK@40");
}

static void gather_without_a_limit_starts_all(void **state) {
  (void)state;
  fl_future two[] = {LATER("a", 10 * FL_MS), LATER("b", 10 * FL_MS)};
  assert_int_equal(run_task(gather_of(2, two, (fl_gather_options){0})), FL_OK);
  assert_string_equal(traced(), "a@10 b@10 FL_OK@10");
}

static void gather_with_a_limit_takes_the_same_twice(void **state) {
  (void)state;
  fl_future a = LATER("a", 10 * FL_MS), three[] = {a, a, LATER("b", 10 * FL_MS)};
  assert_int_equal(run_task(gather_of(3, three, (fl_gather_options){.limit = 1})), FL_OK);
  assert_string_equal(traced(), "a@10 b@20 FL_OK@20");
}

fl_async(gathers_many, fl_future *futures; size_t count) {
  fl_begin;
  fl_await(fl_gather(self->futures, self->count, &(fl_gather_options){.limit = 7}));
  fl_end;
}

static int running_now, most_running;
fl_async(counted, int n) {
  fl_begin;
  if (++running_now > most_running) most_running = running_now;
  fl_await(fl_sleep((self->n * 7919 % 13) * FL_MS));
  running_now--;
  fl_end;
}

static void a_limit_is_used_up_and_never_exceeded(void **state) {
  (void)state;
  enum { MANY = 2000 };
  running_now = most_running = 0;
  fl_future *many = malloc(MANY * sizeof *many);
  assert_non_null(many);
  for (int i = 0; i < MANY; i++) many[i] = fl_create_task_with(loop, (&(fl_task_options){.later = true}), counted, i);
  assert_int_equal(run_task(fl_create_task(loop, gathers_many, many, MANY)), FL_OK);
  assert_int_equal(most_running, 7);
  assert_int_equal(running_now, 0);
  free(many);
}

static void a_limit_is_of_those_that_it_has_started(void **state) {
  (void)state;
  fl_future three[] = {LATER("a", 40 * FL_MS), LATER("b", 10 * FL_MS), TASK("running", 10 * FL_MS)};
  assert_int_equal(run_task(gather_of(3, three, (fl_gather_options){.limit = 1})), FL_OK);
  assert_string_equal(traced(), "running@10 a@40 b@50 FL_OK@50");
}

static void gather_refuses_what_is_gone(void **state) {
  (void)state;
  fl_future two[] = {TASK("a"), fl_future_new(loop)};
  fl_release(two[1]);
  assert_int_equal(run_task(gather_of(2, two, (fl_gather_options){0})), FL_ERELEASED);
  two[1] = (fl_future){0};
  assert_int_equal(run_task(gather_of(2, two, (fl_gather_options){0})), FL_EINVAL);
  assert_string_equal(traced(), "FL_ERELEASED@0 a@0 FL_EINVAL@0");
}

static void gather_refuses_the_future_of_another_loop(void **state) {
  (void)state;
  fl_loop *other = other_loop();
  fl_future one[] = {fl_future_new(other)};
  assert_int_equal(run_task(gather_of(1, one, (fl_gather_options){0})), FL_EINVAL);
  assert_string_equal(traced(), "FL_EINVAL@0");
  fl_loop_close(other);
}

/* ---- wait() */

fl_async(waits, fl_future futures[4]; size_t count; int64_t timeout_us; fl_return_when when; size_t done; int error) {
  fl_begin;
  fl_try(self->error, fl_wait(&self->done, self->futures, self->count, self->timeout_us, self->when));
  trace("%s:%u", fl_error_name(self->error), (unsigned)self->done);
  trace_at("waited");
  fl_end;
}

static void run_wait(size_t count, const fl_future *futures, int64_t timeout_us, fl_return_when when) {
  fl_task task = fl_create_task(loop, waits, .count = count, .timeout_us = timeout_us, .when = when);
  memcpy(fl_task_frame(task, waits)->futures, futures, count * sizeof *futures);
  assert_int_equal(run_task(task), FL_OK);
}

static void wait_lasts_until_all_are_done(void **state) {
  (void)state;
  fl_future two[] = {TASK("a", 20 * FL_MS), TASK("b", 10 * FL_MS, FL_ETLS)};
  run_wait(2, two, FL_NEVER, FL_ALL_COMPLETED);
  assert_string_equal(traced(), "b@10 a@20 FL_OK:2 waited@20");
  assert_int_equal(fl_future_error(two[1]), FL_ETLS);
}

static void wait_lasts_until_the_first_is_done(void **state) {
  (void)state;
  fl_future three[] = {TASK("a", 20 * FL_MS), TASK("b", 10 * FL_MS), TASK("c", 10 * FL_MS)};
  run_wait(3, three, FL_NEVER, FL_FIRST_COMPLETED);
  assert_string_equal(traced(), "b@10 c@10 FL_OK:2 waited@10");
  assert_false(fl_done(three[0]));
  assert_int_equal(run_task(three[0]), FL_OK);
  traced();
}

static void wait_lasts_until_the_first_error(void **state) {
  (void)state;
  fl_future three[] = {TASK("a", 30 * FL_MS), TASK("b", 20 * FL_MS, FL_ETLS), TASK("c", 10 * FL_MS)};
  run_wait(3, three, FL_NEVER, FL_FIRST_EXCEPTION);
  assert_string_equal(traced(), "c@10 b@20 FL_OK:2 waited@20");
  assert_int_equal(run_task(three[0]), FL_OK);
  traced();
}

static void a_cancelled_one_is_no_error_for_wait(void **state) {
  (void)state;
  fl_future two[] = {TASK("a", 30 * FL_MS), fl_future_new(loop)};
  fl_cancel(two[1], NULL);
  run_wait(2, two, FL_NEVER, FL_FIRST_EXCEPTION);
  assert_string_equal(traced(), "a@30 FL_OK:2 waited@30");
}

static void waits_time_out_without_an_error_and_cancel_nothing(void **state) {
  (void)state;
  fl_future two[] = {TASK("a", 30 * FL_MS), TASK("b", 10 * FL_MS)};
  run_wait(2, two, 20 * FL_MS, FL_ALL_COMPLETED);
  assert_string_equal(traced(), "b@10 FL_OK:1 waited@20");
  assert_int_equal(run_task(two[0]), FL_OK);
  assert_string_equal(traced(), "a@30");
}

static void wait_starts_those_made_for_later(void **state) {
  (void)state;
  fl_future one[] = {LATER("a", 10 * FL_MS)};
  run_wait(1, one, FL_NEVER, FL_ALL_COMPLETED);
  assert_string_equal(traced(), "a@10 FL_OK:1 waited@10");
}

static void wait_refuses_what_makes_no_sense(void **state) {
  (void)state;
  fl_future one[] = {fl_future_new(loop)};
  run_wait(0, one, FL_NEVER, FL_ALL_COMPLETED);
  run_wait(1, one, FL_NAN, FL_ALL_COMPLETED);
  fl_release(one[0]);
  run_wait(1, one, 10, FL_ALL_COMPLETED);
  assert_string_equal(traced(), "FL_EINVAL:0 waited@0 FL_EINVAL:0 waited@0 FL_ERELEASED:0 waited@0");
  assert_int_equal(fl_loop_turn(loop), FL_NEVER); /* and leaves no timer behind */
}

static void a_wait_that_is_cancelled_cancels_nothing(void **state) {
  (void)state;
  fl_future one[] = {TASK("a", 30 * FL_MS)};
  fl_task task = fl_create_task(loop, waits, .count = 1, .timeout_us = FL_SECOND);
  fl_task_frame(task, waits)->futures[0] = one[0];
  settle();
  fl_cancel(task, NULL);
  fl_loop_run_forever(loop);
  assert_string_equal(traced(), "FL_ECANCELLED:0 waited@0 a@30");
}

/* ---- as_completed() */

fl_async(takes, fl_future futures[4]; size_t count; int64_t timeout_us; int error; fl_as_completed as; fl_future one) {
  fl_begin;
  self->error = fl_as_completed_enter(self, &self->as, self->futures, self->count, self->timeout_us);
  if (self->error) fl_raise(self->error, NULL);
  memset(self->futures, 0, sizeof self->futures); /* it has a copy */
  for (;;) {
    fl_try(self->error, fl_as_completed_next(&self->as, &self->one));
    if (!self->error && !self->one.at) break;
    trace("%s", self->error ? fl_error_name(self->error) : fl_task_name(self->one));
  }
  trace_at("end");
  fl_end;
}

static fl_task takes_of(size_t count, const fl_future *futures, int64_t timeout_us) {
  fl_task task = fl_create_task(loop, takes, .count = count, .timeout_us = timeout_us);
  memcpy(fl_task_frame(task, takes)->futures, futures, count * sizeof *futures);
  return task;
}

static void they_come_in_the_order_of_their_ends(void **state) {
  (void)state;
  fl_future three[] = {TASK("a", 30 * FL_MS), TASK("b", 10 * FL_MS, FL_ETLS), TASK("c", 20 * FL_MS)};
  assert_int_equal(run_task(takes_of(3, three, FL_NEVER)), FL_OK);
  assert_string_equal(traced(), "b@10 Task-2 c@20 Task-3 a@30 Task-1 end@30");
  assert_int_equal(fl_future_error(three[1]), FL_ETLS);
}

static void none_come_of_none(void **state) {
  (void)state;
  fl_future none[1] = {0};
  assert_int_equal(run_task(takes_of(0, none, FL_MS)), FL_OK);
  assert_string_equal(traced(), "end@0");
}

static void the_same_twice_comes_once(void **state) {
  (void)state;
  fl_future a = LATER("a", FL_MS), two[] = {a, a};
  assert_int_equal(run_task(takes_of(2, two, FL_NEVER)), FL_OK);
  assert_string_equal(traced(), "a@1 Task-1 end@1");
}

static void each_that_is_missing_times_out_once(void **state) {
  (void)state;
  fl_future three[] = {TASK("a", 30 * FL_MS), TASK("b", 10 * FL_MS), TASK("c", 40 * FL_MS)};
  assert_int_equal(run_task(takes_of(3, three, 20 * FL_MS)), FL_OK);
  assert_string_equal(traced(), "b@10 Task-2 FL_ETIMEOUT FL_ETIMEOUT end@20");
  fl_loop_run_forever(loop);
  assert_string_equal(traced(), "a@30 c@40");
}

static void as_completed_refuses_what_makes_no_sense(void **state) {
  (void)state;
  fl_future one[] = {fl_future_new(loop)};
  assert_int_equal(run_task(takes_of(1, one, FL_NAN)), FL_EINVAL);
  fl_release(one[0]);
  assert_int_equal(run_task(takes_of(1, one, FL_MS)), FL_ERELEASED);
  assert_int_equal(fl_loop_turn(loop), FL_NEVER);
}

fl_async(takes_without_entering, fl_as_completed as; fl_future one; int error) {
  fl_begin;
  fl_try(self->error, fl_as_completed_next(&self->as, &self->one));
  trace("%s", fl_error_name(self->error));
  fl_as_completed_enter(self, &self->as, &self->one, 1, FL_NAN); /* refused, and the error overlooked */
  fl_try(self->error, fl_as_completed_next(&self->as, &self->one));
  trace("%s", fl_error_name(self->error));
  fl_end;
}

static void next_without_enter_is_refused(void **state) {
  (void)state;
  assert_int_equal(run_task(fl_create_task(loop, takes_without_entering)), FL_OK);
  assert_string_equal(traced(), "FL_ESTATE FL_ESTATE");
}

fl_async(takes_again, int rounds; fl_as_completed as; fl_future one) {
  fl_begin;
  for (; self->rounds > 0; self->rounds--) {
    self->one = TASK("s", FL_MS);
    fl_as_completed_enter(self, &self->as, &self->one, 1, FL_NEVER);
    fl_await(fl_as_completed_next(&self->as, &self->one));
    fl_release(self->one);
    fl_await(fl_leave(&self->as));
  }
  fl_end;
}

static void as_completed_may_be_entered_again(void **state) {
  (void)state;
  assert_int_equal(run_task(fl_create_task(loop, takes_again, 3)), FL_OK);
  assert_string_equal(traced(), "s@1 s@2 s@3");
}

int main(void) {
  const struct CMUnitTest tests[] = {
      ASYNC_TEST(gather_ends_with_the_last_and_leaves_the_results),
      ASYNC_TEST(what_a_limit_has_not_begun_goes_when_it_is_released),
      ASYNC_TEST(gather_of_nothing_is_over_at_once),
      ASYNC_TEST(gather_takes_what_is_done_already),
      ASYNC_TEST(gather_takes_the_same_twice),
      ASYNC_TEST(gathers_first_error_comes_at_once_and_the_others_run_on),
      ASYNC_TEST(gather_returns_exceptions_when_asked_to),
      ASYNC_TEST(a_cancelled_child_is_gathers_error),
      ASYNC_TEST(gathers_cancellation_cancels_all),
      ASYNC_TEST(a_cancelled_gather_that_returns_exceptions_ends_once_all_have_ended),
      ASYNC_TEST(any_other_cancelled_gather_ends_with_the_first_to_end),
      ASYNC_TEST(gather_keeps_to_its_limit),
      ASYNC_TEST(gather_without_a_limit_starts_all),
      ASYNC_TEST(gather_with_a_limit_takes_the_same_twice),
      ASYNC_TEST(a_limit_is_used_up_and_never_exceeded),
      ASYNC_TEST(a_limit_is_of_those_that_it_has_started),
      ASYNC_TEST(gather_refuses_what_is_gone),
      ASYNC_TEST(gather_refuses_the_future_of_another_loop),
      ASYNC_TEST(wait_lasts_until_all_are_done),
      ASYNC_TEST(wait_lasts_until_the_first_is_done),
      ASYNC_TEST(wait_lasts_until_the_first_error),
      ASYNC_TEST(a_cancelled_one_is_no_error_for_wait),
      ASYNC_TEST(waits_time_out_without_an_error_and_cancel_nothing),
      ASYNC_TEST(wait_starts_those_made_for_later),
      ASYNC_TEST(wait_refuses_what_makes_no_sense),
      ASYNC_TEST(a_wait_that_is_cancelled_cancels_nothing),
      ASYNC_TEST(they_come_in_the_order_of_their_ends),
      ASYNC_TEST(none_come_of_none),
      ASYNC_TEST(the_same_twice_comes_once),
      ASYNC_TEST(each_that_is_missing_times_out_once),
      ASYNC_TEST(as_completed_refuses_what_makes_no_sense),
      ASYNC_TEST(next_without_enter_is_refused),
      ASYNC_TEST(as_completed_may_be_entered_again),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
