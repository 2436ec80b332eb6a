/* Cancellation of tasks: where it arrives, who may catch it, and how often it was asked for. */
#define _POSIX_C_SOURCE 200809L
#include "async_support.h"

#include <stdlib.h>
#include <unistd.h>

fl_async(awaits, fl_future future) {
  fl_begin;
  fl_await(self->future);
  fl_end;
}

static int error_and_message(fl_task task, const char **message) {
  int error = fl_loop_run_until_complete(loop, task, NULL, NULL);
  *message = fl_future_message(task);
  return error;
}

#define assert_ends_cancelled(task, message_)                             \
  do {                                                                    \
    const char *message__;                                                \
    assert_int_equal(error_and_message(task, &message__), FL_ECANCELLED); \
    assert_string_equal(message__, message_);                             \
    assert_true(fl_cancelled(task));                                      \
  } while (0)

/* ---- Where it arrives */

static void a_task_cancelled_before_its_first_step_never_runs(void **state) {
  (void)state;
  fl_task task = fl_create_task(loop, sleeper, "never");
  assert_int_equal(fl_cancel(task, "too late"), FL_OK);
  assert_false(fl_done(task));
  assert_ends_cancelled(task, "too late");
  assert_string_equal(traced(), ""); /* nor does its `finally` */
}

static void a_task_for_later_can_be_cancelled(void **state) {
  (void)state;
  fl_task task = fl_create_task_with(loop, (&(fl_task_options){.later = true}), sleeper, "never");
  assert_int_equal(fl_cancel(task, NULL), FL_OK);
  assert_ends_cancelled(task, "cancelled");
  assert_string_equal(traced(), "");
}

static void a_sleeping_task_is_woken_by_its_cancellation(void **state) {
  (void)state;
  char message[] = "wake up";
  fl_task task = fl_create_task(loop, sleeper, "s", FL_SECOND);
  settle();
  assert_int_equal(fl_cancel(task, message), FL_OK);
  message[0] = 'X';
  assert_false(fl_done(task));
  assert_ends_cancelled(task, "wake up");
  assert_string_equal(traced(), "s-cancelled");
  assert_int_equal(virtual_clock.now_us, 0);
}

static void what_a_task_awaits_is_cancelled_with_it(void **state) {
  (void)state;
  fl_future future = fl_future_new(loop);
  fl_task sleeping = fl_create_task(loop, sleeper, "s", FL_SECOND);
  fl_task of_task = fl_create_task(loop, awaits, sleeping), of_future = fl_create_task(loop, awaits, future);
  settle();
  fl_cancel(of_task, "you");
  fl_cancel(of_future, "too");
  assert_true(fl_cancelled(future));
  assert_ends_cancelled(of_task, "you");
  assert_ends_cancelled(of_future, "too");
  assert_ends_cancelled(sleeping, "you");
  assert_string_equal(fl_future_message(future), "too");
}

fl_async(inner, int error) {
  fl_begin;
  trace("inner");
  fl_await(fl_sleep(FL_SECOND));
  trace("not here");
  fl_finally;
  trace("inner-finally");
  fl_end;
}
fl_async(middle, inner inner) {
  fl_begin;
  fl_await(fl_call(inner, &self->inner));
  trace("nor here");
  fl_finally;
  trace("middle-finally");
  fl_end;
}
fl_async(outer, middle middle) {
  fl_begin;
  fl_await(fl_call(middle, &self->middle));
  fl_finally;
  trace("outer-finally:%s", fl_error_name(self->coro.pending));
  fl_end;
}

static void a_cancellation_goes_through_nested_coroutines(void **state) {
  (void)state;
  fl_task task = fl_create_task(loop, outer);
  settle();
  fl_cancel(task, "all of you");
  assert_ends_cancelled(task, "all of you");
  assert_string_equal(traced(), "inner inner-finally middle-finally outer-finally:FL_ECANCELLED");
}

/* ---- Caught */

fl_async(stubborn, int error, times) {
  fl_begin;
  for (;;) {
    fl_try(self->error, fl_sleep(FL_SECOND));
    if (!self->error) break;
    trace("%s:%s", fl_error_name(self->error), fl_caught_message(self, self->error));
    self->times++;
  }
  trace_at("slept");
  fl_end;
}

static void a_cancellation_can_be_caught_and_the_task_goes_on(void **state) {
  (void)state;
  fl_task task = fl_create_task(loop, stubborn);
  settle();
  fl_cancel(task, "one");
  settle();
  fl_cancel(task, NULL);
  assert_int_equal(fl_task_cancelling(task), 2);
  assert_int_equal(fl_loop_run_until_complete(loop, task, NULL, NULL), FL_OK);
  assert_false(fl_cancelled(task));
  assert_string_equal(traced(), "FL_ECANCELLED:one FL_ECANCELLED:cancelled slept@1000");
}

static void two_cancellations_in_one_turn_arrive_as_one_and_count_as_two(void **state) {
  (void)state;
  fl_task task = fl_create_task(loop, stubborn);
  settle();
  fl_cancel(task, "one");
  fl_cancel(task, "two");
  assert_int_equal(fl_task_cancelling(task), 2);
  assert_int_equal(fl_loop_run_until_complete(loop, task, NULL, NULL), FL_OK);
  assert_int_equal(fl_task_frame(task, stubborn)->times, 1);
  traced();
}

fl_async(raises_again, int error) {
  fl_begin;
  fl_try(self->error, fl_sleep(FL_SECOND));
  fl_raise(self->error, fl_caught_message(self, self->error));
  fl_end;
}

static void a_cancellation_that_is_raised_again_has_its_message(void **state) {
  (void)state;
  fl_task task = fl_create_task(loop, raises_again);
  settle();
  fl_cancel(task, "still");
  assert_ends_cancelled(task, "still");
}

fl_async(turns_it_into_an_error, int error) {
  fl_begin;
  fl_try(self->error, fl_sleep(FL_SECOND));
  fl_raise(FL_ETLS, NULL);
  fl_end;
}

static void another_error_may_take_its_place(void **state) {
  (void)state;
  fl_task task = fl_create_task(loop, turns_it_into_an_error);
  settle();
  fl_cancel(task, "still");
  assert_int_equal(fl_loop_run_until_complete(loop, task, NULL, NULL), FL_ETLS);
  assert_string_equal(fl_future_message(task), fl_error_message(FL_ETLS));
  assert_false(fl_cancelled(task));
}

/* ---- `finally` */

fl_async(cleans_up, int error) {
  fl_begin;
  fl_await(fl_sleep(FL_SECOND));
  fl_finally;
  trace_at("cleaning");
  fl_try(self->error, fl_sleep(100 * FL_MS));
  trace_at(self->error ? "interrupted" : "cleaned");
  fl_end;
}

static void finally_may_await_when_cancelled(void **state) {
  (void)state;
  fl_task task = fl_create_task(loop, cleans_up);
  settle();
  fl_cancel(task, "go");
  assert_ends_cancelled(task, "go");
  assert_string_equal(traced(), "cleaning@0 cleaned@100");
}

static void a_cancellation_during_the_cleanup_is_caught_there(void **state) {
  (void)state;
  fl_task task = fl_create_task(loop, cleans_up);
  settle();
  fl_cancel(task, "go");
  settle();
  fl_cancel(task, "really");
  assert_ends_cancelled(task, "go");
  assert_string_equal(traced(), "cleaning@0 interrupted@0");
}

fl_async(cleans_up_with_awaits, bool never) {
  fl_begin;
  fl_await(fl_sleep(FL_SECOND));
  fl_finally;
  trace("one");
  fl_await(fl_sleep(100 * FL_MS));
  trace("two");
  fl_end;
}

static void a_cancellation_during_the_cleanup_ends_it(void **state) {
  (void)state;
  fl_task task = fl_create_task(loop, cleans_up_with_awaits);
  settle();
  fl_cancel(task, "go");
  settle();
  fl_cancel(task, "really");
  assert_ends_cancelled(task, "really");
  assert_string_equal(traced(), "one");
}

/* ---- Oneself, and one who is about to go on */

fl_async(cancels_itself, const char *message; int error) {
  fl_begin;
  trace("%s", fl_error_name(fl_cancel(fl_this_task(self), self->message)));
  trace("goes-on");
  fl_await(fl_sleep(FL_SECOND));
  trace("not here");
  fl_finally;
  trace_at("finally");
  fl_end;
}

static void a_task_that_cancels_itself_gets_it_at_its_next_await(void **state) {
  (void)state;
  fl_task task = fl_create_task(loop, cancels_itself);
  assert_ends_cancelled(task, "cancelled");
  assert_string_equal(traced(), "FL_OK goes-on finally@0");
}

static void a_task_that_cancels_itself_may_say_why(void **state) {
  (void)state;
  fl_task task = fl_create_task(loop, cancels_itself, "myself");
  assert_ends_cancelled(task, "myself");
  traced();
}

fl_async(cancels_itself_and_ends, int result) {
  fl_begin;
  fl_cancel(fl_this_task(self), "at last");
  fl_return(1);
  fl_end;
}

static void a_task_that_cancels_itself_in_its_last_step_is_cancelled(void **state) {
  (void)state;
  fl_task task = fl_create_task(loop, cancels_itself_and_ends);
  assert_ends_cancelled(task, "at last");
}

fl_async(cancels_itself_awaiting, fl_task sleeping) {
  fl_begin;
  fl_cancel(fl_this_task(self), "both");
  fl_await(self->sleeping);
  fl_end;
}

static void what_it_begins_to_await_then_is_cancelled_too(void **state) {
  (void)state;
  fl_task sleeping = fl_create_task(loop, sleeper, "s", FL_SECOND);
  fl_task task = fl_create_task(loop, cancels_itself_awaiting, sleeping);
  assert_ends_cancelled(task, "both");
  assert_ends_cancelled(sleeping, "both");
  assert_int_equal(virtual_clock.now_us, 0);
  traced();
}

static void a_task_whose_await_is_over_can_still_be_cancelled(void **state) {
  (void)state;
  fl_future future = fl_future_new(loop);
  fl_task task = fl_create_task(loop, awaits, future);
  settle();
  fl_future_set_error(future, FL_ENETWORK, "lost as in asyncio");
  assert_int_equal(fl_cancel(task, "first"), FL_OK);
  assert_ends_cancelled(task, "first");
}

static void a_sleeper_whose_time_has_come_can_still_be_cancelled(void **state) {
  (void)state;
  fl_future future = fl_future_new(loop);
  fl_task task = fl_create_task(loop, sleeper, "s", 0);
  turns(1); /* it sleeps, and is ready again */
  assert_int_equal(fl_cancel(task, NULL), FL_OK);
  assert_ends_cancelled(task, "cancelled");
  fl_cancel(future, NULL);
  traced();
}

static void what_is_done_cannot_be_cancelled(void **state) {
  (void)state;
  fl_task task = fl_create_task(loop, sleeper, "s");
  assert_int_equal(fl_loop_run_until_complete(loop, task, NULL, NULL), FL_OK);
  assert_int_equal(fl_cancel(task, "late"), FL_EDONE);
  assert_int_equal(fl_future_error(task), FL_OK);
  assert_int_equal(fl_task_cancelling(task), 0);
  traced();
}

/* ---- Counted, and taken back */

static void a_cancellation_that_was_not_delivered_can_be_called_off(void **state) {
  (void)state;
  fl_task task = fl_create_task(loop, sleeper, "ran");
  fl_cancel(task, "no");
  fl_cancel(task, "no");
  assert_int_equal(fl_task_cancelling(task), 2);
  assert_int_equal(fl_task_uncancel(task), 1);
  assert_int_equal(fl_task_uncancel(task), 0);
  assert_int_equal(fl_task_uncancel(task), 0);
  assert_int_equal(fl_task_cancelling(task), 0);
  assert_int_equal(fl_loop_run_until_complete(loop, task, NULL, NULL), FL_OK);
  assert_string_equal(traced(), "ran@0");
}

static void one_of_two_taken_back_leaves_the_other(void **state) {
  (void)state;
  fl_task task = fl_create_task(loop, sleeper, "ran");
  fl_cancel(task, "no");
  fl_cancel(task, "no");
  fl_task_uncancel(task);
  assert_ends_cancelled(task, "no");
}

/* ---- Rows of tasks */

static fl_task row_of(int length, fl_task task) {
  while (length-- > 0) {
    fl_task next = fl_create_task(loop, awaits, task);
    fl_release(task);
    task = next;
  }
  return task;
}

static void a_row_of_100000_tasks_is_cancelled_from_its_end(void **state) {
  (void)state;
  fl_task task = row_of(100000, fl_create_task(loop, sleeper, "s", FL_SECOND));
  settle();
  fl_cancel(task, "all");
  assert_ends_cancelled(task, "all");
  assert_string_equal(traced(), "s-cancelled");
}

static void count_reports(fl_loop *from, const fl_exception *exception, void *arg) {
  (void)from, (void)exception;
  ++*(int *)arg;
}

static void a_row_of_100000_tasks_goes_with_its_loop(void **state) {
  (void)state;
  int reports = 0;
  fl_release(row_of(100000, fl_create_task(loop, sleeper, "s", FL_SECOND)));
  settle();
  fl_loop_set_exception_handler(loop, count_reports, &reports);
  loop_end();
  assert_int_equal(reports, 100001);
}

static void tasks_that_await_each_other_can_be_cancelled(void **state) {
  (void)state;
  fl_task a = fl_create_task(loop, awaits), b = fl_create_task(loop, awaits, a);
  fl_task_frame(a, awaits)->future = b;
  settle();
  alarm(60); /* should it go round for ever */
  fl_cancel(a, "untie");
  alarm(0);
  settle();
  assert_true(fl_cancelled(a));
  assert_true(fl_cancelled(b));
}

int main(void) {
  const struct CMUnitTest tests[] = {
      ASYNC_TEST(a_task_cancelled_before_its_first_step_never_runs),
      ASYNC_TEST(a_task_for_later_can_be_cancelled),
      ASYNC_TEST(a_sleeping_task_is_woken_by_its_cancellation),
      ASYNC_TEST(what_a_task_awaits_is_cancelled_with_it),
      ASYNC_TEST(a_cancellation_goes_through_nested_coroutines),
      ASYNC_TEST(a_cancellation_can_be_caught_and_the_task_goes_on),
      ASYNC_TEST(two_cancellations_in_one_turn_arrive_as_one_and_count_as_two),
      ASYNC_TEST(a_cancellation_that_is_raised_again_has_its_message),
      ASYNC_TEST(another_error_may_take_its_place),
      ASYNC_TEST(finally_may_await_when_cancelled),
      ASYNC_TEST(a_cancellation_during_the_cleanup_is_caught_there),
      ASYNC_TEST(a_cancellation_during_the_cleanup_ends_it),
      ASYNC_TEST(a_task_that_cancels_itself_gets_it_at_its_next_await),
      ASYNC_TEST(a_task_that_cancels_itself_may_say_why),
      ASYNC_TEST(a_task_that_cancels_itself_in_its_last_step_is_cancelled),
      ASYNC_TEST(what_it_begins_to_await_then_is_cancelled_too),
      ASYNC_TEST(a_task_whose_await_is_over_can_still_be_cancelled),
      ASYNC_TEST(a_sleeper_whose_time_has_come_can_still_be_cancelled),
      ASYNC_TEST(what_is_done_cannot_be_cancelled),
      ASYNC_TEST(a_cancellation_that_was_not_delivered_can_be_called_off),
      ASYNC_TEST(one_of_two_taken_back_leaves_the_other),
      ASYNC_TEST(a_row_of_100000_tasks_is_cancelled_from_its_end),
      ASYNC_TEST(a_row_of_100000_tasks_goes_with_its_loop),
      ASYNC_TEST(tasks_that_await_each_other_can_be_cancelled),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
