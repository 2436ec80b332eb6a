/* Tasks: when they run, what becomes of them, and cancellation. */
#include "async_support.h"

#include <stdlib.h>

/* ---- Making and running them */

fl_async(says, const char *word) {
  fl_begin;
  trace("%s", self->word);
  fl_end;
}

static void a_task_starts_in_the_next_turn_in_the_order_of_making(void **state) {
  (void)state;
  fl_handle handle = {0};
  fl_create_task(loop, says, "a");
  fl_call_soon(loop, &handle, trace_arg, "callback");
  fl_create_task(loop, says, "b");
  assert_string_equal(traced(), "");
  turns(1);
  assert_string_equal(traced(), "a callback b");
}

fl_async(adder, int x, y; int result) {
  fl_begin;
  fl_await(fl_sleep(0));
  fl_return(self->x + self->y);
  fl_end;
}

static void a_tasks_result_is_its_frame(void **state) {
  (void)state;
  fl_task task = fl_create_task(loop, adder, 40, .y = 2);
  assert_int_equal(fl_task_frame(task, adder)->x, 40);
  assert_null(fl_future_result(task));
  assert_int_equal(fl_loop_run_until_complete(loop, task, NULL, NULL), FL_OK);
  assert_int_equal(fl_task_frame(task, adder)->result, 42);
  assert_ptr_equal(fl_future_result(task), fl_task_frame(task, adder));
}

static void the_frame_of_another_coroutine_is_not_given(void **state) {
  (void)state;
  fl_task task = fl_create_task(loop, adder, 1, 2);
  assert_null(fl_task_frame(task, says));
  assert_int_equal(run_task(task), FL_OK);
  assert_null(fl_task_frame(task, adder));
}

fl_async(fails, const char *message) {
  fl_begin;
  fl_raise(FL_ENETWORK, self->message);
  fl_end;
}

static void a_tasks_error_and_message_are_kept(void **state) {
  (void)state;
  fl_task task = fl_create_task(loop, fails, "cut");
  assert_int_equal(fl_loop_run_until_complete(loop, task, NULL, NULL), FL_ENETWORK);
  assert_int_equal(fl_future_error(task), FL_ENETWORK);
  assert_string_equal(fl_future_message(task), "cut");
  assert_null(fl_future_result(task));
  assert_non_null(fl_task_frame(task, fails));
}

static void a_task_is_not_completed_by_others(void **state) {
  (void)state;
  fl_task task = fl_create_task(loop, says, "ran");
  assert_int_equal(fl_future_set_result(task, NULL), FL_EINVAL);
  assert_int_equal(fl_future_set_error(task, FL_ENETWORK, "x"), FL_EINVAL);
  assert_int_equal(run_task(task), FL_OK);
  assert_string_equal(traced(), "ran");
}

static void a_released_task_runs_to_its_end_and_is_then_gone(void **state) {
  (void)state;
  fl_task task = fl_create_task(loop, sleeper, "slept", 50 * FL_MS);
  assert_int_equal(fl_release(task), FL_OK);
  assert_int_equal(fl_release(task), FL_ERELEASED);
  assert_int_equal(fl_future_error(task), FL_EPENDING);
  assert_int_equal(fl_loop_run_forever(loop), FL_OK);
  assert_string_equal(traced(), "slept@50");
  assert_int_equal(fl_future_error(task), FL_ERELEASED);
  assert_string_equal(fl_task_name(task), "");
}

static void stale_handles_of_tasks_are_known_after_thousands(void **state) {
  (void)state;
  enum { ROUNDS = 5000 };
  fl_task *stale = malloc(ROUNDS * sizeof *stale);
  assert_non_null(stale);
  for (int i = 0; i < ROUNDS; i++) {
    stale[i] = fl_create_task(loop, adder, i, 1);
    assert_int_equal(run_task(stale[i]), FL_OK);
  }
  fl_task live = fl_create_task(loop, adder, 1, 1);
  for (int i = 0; i < ROUNDS; i++) {
    assert_int_equal(fl_cancel(stale[i], NULL), FL_ERELEASED);
    assert_null(fl_task_frame(stale[i], adder));
  }
  assert_int_equal(fl_task_cancelling(live), 0);
  free(stale);
  assert_int_equal(run_task(live), FL_OK);
}

/* ---- Options */

static void names_are_given_or_counted(void **state) {
  (void)state;
  char name[] = "mine";
  fl_task first = fl_create_task(loop, says, "");
  fl_task named = fl_create_task_with(loop, (&(fl_task_options){.name = name}), says, "");
  fl_task third = fl_create_task(loop, says, "");
  name[0] = 'X';
  assert_string_equal(fl_task_name(first), "Task-1");
  assert_string_equal(fl_task_name(named), "mine");
  assert_string_equal(fl_task_name(third), "Task-3");
  settle();
  assert_string_equal(fl_task_name(named), "mine");
}

static void a_name_can_be_changed_and_is_copied(void **state) {
  (void)state;
  char name[] = "other";
  fl_task task = fl_create_task(loop, says, "");
  assert_int_equal(fl_task_set_name(task, name), FL_OK);
  name[0] = 'X';
  assert_string_equal(fl_task_name(task), "other");
  assert_int_equal(fl_task_set_name(task, NULL), FL_EINVAL);
  assert_int_equal(fl_task_set_name(task, fl_task_name(task)), FL_OK); /* its own */
  assert_string_equal(fl_task_name(task), "other");
  settle();
}

fl_async(makes_eagerly, fl_task eager) {
  fl_begin;
  trace("before");
  self->eager = fl_create_task_with(fl_this_loop(self), (&(fl_task_options){.eager = true}), sleeper, "eager", 0);
  trace("after");
  trace("%s", fl_task_name(fl_this_task(self)));
  fl_create_task_with(fl_this_loop(self), (&(fl_task_options){.eager = true}), says, "at-once");
  trace("then");
  fl_await(self->eager);
  fl_end;
}

static void an_eager_task_takes_its_first_step_at_once(void **state) {
  (void)state;
  assert_int_equal(run_task(fl_create_task(loop, makes_eagerly)), FL_OK);
  assert_string_equal(traced(), "before after Task-1 at-once then eager@0");
}

static void an_eager_task_made_outside_a_callback_starts_in_the_next_turn(void **state) {
  (void)state;
  fl_create_task_with(loop, (&(fl_task_options){.eager = true}), says, "ran");
  assert_string_equal(traced(), "");
  turns(1);
  assert_string_equal(traced(), "ran");
}

static const fl_task_options later_ = {.later = true};

static void a_task_for_later_is_started_once(void **state) {
  (void)state;
  fl_task task = fl_create_task_with(loop, &later_, says, "ran"), running = fl_create_task(loop, says, "");
  settle();
  traced();
  assert_int_equal(fl_task_start(running), FL_EDONE);
  assert_int_equal(fl_task_start(task), FL_OK);
  assert_int_equal(fl_task_start(task), FL_ESTATE);
  settle();
  assert_string_equal(traced(), "ran");
  assert_int_equal(fl_task_start(task), FL_EDONE);
}

fl_async(awaits, fl_future future; int error; bool catches) {
  fl_begin;
  if (self->catches) {
    fl_try(self->error, self->future);
    trace("caught:%s:%s", fl_error_name(self->error), fl_caught_message(self, self->error));
  } else {
    fl_await(self->future);
  }
  fl_end;
}

static void a_task_for_later_is_started_by_whoever_awaits_it(void **state) {
  (void)state;
  fl_task task = fl_create_task_with(loop, &later_, says, "ran");
  assert_int_equal(run_task(fl_create_task(loop, awaits, task)), FL_OK);
  assert_string_equal(traced(), "ran");
  fl_task other = fl_create_task_with(loop, &later_, says, "run");
  assert_int_equal(run_task(other), FL_OK);
  assert_string_equal(traced(), "run");
}

static void a_task_for_later_may_be_started_after_its_release(void **state) {
  (void)state;
  for (int released_first = 0; released_first < 2; released_first++) {
    fl_task task = fl_create_task_with(loop, (&(fl_task_options){.later = true}), sleeper, "runs");
    if (released_first) fl_release(task);
    assert_int_equal(fl_task_start(task), FL_OK);
    if (!released_first) fl_release(task);
    settle();
    assert_string_equal(traced(), "runs@0");
  }
}

static void a_task_that_was_never_started_is_reported_when_the_loop_closes(void **state) {
  (void)state;
  fl_create_task_with(loop, &later_, says, "never");
  loop_end();
  assert_string_equal(traced(), "");
  assert_string_equal(reported(), "Task was destroyed but it is pending!: Task-1");
}

fl_async(knows_itself, bool good) {
  fl_begin;
  self->good = fl_this_loop(self) == loop && fl_current_task(loop).at == fl_this_task(self).at &&
               fl_current_task(loop).generation == fl_this_task(self).generation;
  fl_end;
}

static void a_step_knows_its_task_and_loop(void **state) {
  (void)state;
  assert_null(fl_current_task(loop).at);
  fl_task task = fl_create_task(loop, knows_itself);
  assert_int_equal(fl_loop_run_until_complete(loop, task, NULL, NULL), FL_OK);
  assert_true(fl_task_frame(task, knows_itself)->good);
  assert_null(fl_current_task(loop).at);
}

/* ---- Errors that nobody has read */

static const char never[] = "Task exception was never retrieved: Task-1: FL_ENETWORK: cut";

static void an_error_that_nobody_read_is_reported_once(void **state) {
  (void)state;
  fl_release(fl_create_task(loop, fails, "cut"));
  settle();
  assert_string_equal(reported(), never);
  loop_end();
  assert_string_equal(reported(), "");
}

static void an_error_of_a_task_that_is_held_is_reported_when_the_loop_closes(void **state) {
  (void)state;
  fl_create_task(loop, fails, "cut");
  settle();
  assert_string_equal(reported(), "");
  loop_end();
  assert_string_equal(reported(), never);
}

static void an_error_that_an_await_got_is_not_reported(void **state) {
  (void)state;
  fl_task failed = fl_create_task(loop, fails, "cut");
  assert_int_equal(run_task(fl_create_task(loop, awaits, failed, .catches = true)), FL_OK);
  fl_release(failed);
  assert_string_equal(traced(), "caught:FL_ENETWORK:cut");
  assert_string_equal(reported(), "");
}

static void only_the_last_in_a_row_of_awaits_has_an_error_to_report(void **state) {
  (void)state;
  fl_task failed = fl_create_task(loop, fails, "cut");
  fl_task middle = fl_create_task(loop, awaits, failed);
  fl_task outer = fl_create_task_with(loop, (&(fl_task_options){.name = "outer"}), awaits, middle);
  settle();
  fl_release(failed), fl_release(middle), fl_release(outer);
  assert_string_equal(reported(), "Task exception was never retrieved: outer: FL_ENETWORK: cut");
}

/* ---- Awaiting */

static void an_error_and_its_message_travel_from_task_to_task(void **state) {
  (void)state;
  fl_task inner = fl_create_task(loop, fails, "cut");
  fl_task outer = fl_create_task(loop, awaits, fl_create_task(loop, awaits, inner));
  assert_int_equal(fl_loop_run_until_complete(loop, outer, NULL, NULL), FL_ENETWORK);
  assert_string_equal(fl_future_message(outer), "cut");
  assert_string_equal(fl_future_message(inner), "cut");
}

static void many_may_await_the_same(void **state) {
  (void)state;
  fl_future future = fl_future_new(loop);
  for (int i = 0; i < 3; i++) fl_create_task(loop, awaits, future, .catches = true);
  settle();
  fl_future_set_error(future, FL_ETLS, "bad key");
  settle();
  assert_string_equal(traced(), "caught:FL_ETLS:bad key caught:FL_ETLS:bad key caught:FL_ETLS:bad key");
}

static void what_cannot_be_awaited_is_an_error_with_a_message(void **state) {
  (void)state;
  fl_loop *other = other_loop();
  fl_future gone = fl_future_new(loop), foreign = fl_future_new(other);
  fl_release(gone);
  fl_task task = fl_create_task(loop, awaits, gone, .catches = true);
  assert_int_equal(run_task(task), FL_OK);
  assert_int_equal(run_task(fl_create_task(loop, awaits, (fl_future){0}, .catches = true)), FL_OK);
  assert_int_equal(run_task(fl_create_task(loop, awaits, foreign, .catches = true)), FL_OK);
  task = fl_create_task(loop, awaits, .catches = true);
  fl_task_frame(task, awaits)->future = task;
  assert_int_equal(run_task(task), FL_OK);
  assert_string_equal(traced(), "caught:FL_ERELEASED:the future or task has been released "
                                "caught:FL_EINVAL:an argument is out of range "
                                "caught:FL_EINVAL:it belongs to another loop "
                                "caught:FL_EINVAL:a task cannot await itself");
  fl_loop_close(other);
}

static void tasks_that_await_each_other_are_a_deadlock(void **state) {
  (void)state;
  fl_task a = fl_create_task(loop, awaits), b = fl_create_task(loop, awaits, a);
  fl_task_frame(a, awaits)->future = b;
  assert_int_equal(fl_loop_run_until_complete(loop, a, NULL, NULL), FL_EDEADLOCK);
  loop_end();
  assert_string_equal(reported(), "Task was destroyed but it is pending!: Task-1; "
                                  "Task was destroyed but it is pending!: Task-2");
}

static void a_row_of_100000_awaits_ends(void **state) {
  (void)state;
  enum { LONG = 100000 };
  fl_task last = fl_create_task(loop, sleeper, "slept", FL_MS, FL_ETLS, "far away"), task = last;
  for (int i = 0; i < LONG; i++) {
    fl_task next = fl_create_task(loop, awaits, task);
    fl_release(task);
    task = next;
  }
  assert_int_equal(fl_loop_run_until_complete(loop, task, NULL, NULL), FL_ETLS);
  assert_string_equal(fl_future_message(task), "far away");
  assert_string_equal(traced(), "slept@1");
}

/* ---- Handles and timers outlive their loop */

static void what_is_pending_when_its_loop_closes_may_be_used_with_another(void **state) {
  (void)state;
  fl_loop *first = other_loop();
  static fl_handle handle, done;
  static fl_timer timers[3];
  const int64_t delays[3] = {0, FL_SECOND, FL_NEVER};
  fl_call_soon(first, &handle, trace_arg, "old");
  for (int i = 0; i < 3; i++) fl_call_at(first, &timers[i], delays[i], trace_arg, "old");
  fl_add_done_callback(fl_future_new(first), &done, trace_arg, "old");
  assert_int_equal(fl_loop_close(first), FL_OK);
  fl_handle_cancel(&done); /* of nothing, now */
  fl_timer_cancel(&timers[2]);
  fl_call_soon(loop, &handle, trace_arg, "handle");
  for (int i = 0; i < 2; i++) fl_call_later(loop, &timers[i], i, trace_arg, "timer");
  fl_loop_run_forever(loop);
  assert_string_equal(traced(), "handle timer timer");
}

int main(void) {
  const struct CMUnitTest tests[] = {
      ASYNC_TEST(a_task_starts_in_the_next_turn_in_the_order_of_making),
      ASYNC_TEST(a_tasks_result_is_its_frame),
      ASYNC_TEST(the_frame_of_another_coroutine_is_not_given),
      ASYNC_TEST(a_tasks_error_and_message_are_kept),
      ASYNC_TEST(a_task_is_not_completed_by_others),
      ASYNC_TEST(a_released_task_runs_to_its_end_and_is_then_gone),
      ASYNC_TEST(stale_handles_of_tasks_are_known_after_thousands),
      ASYNC_TEST(names_are_given_or_counted),
      ASYNC_TEST(a_name_can_be_changed_and_is_copied),
      ASYNC_TEST(an_eager_task_takes_its_first_step_at_once),
      ASYNC_TEST(an_eager_task_made_outside_a_callback_starts_in_the_next_turn),
      ASYNC_TEST(a_task_for_later_is_started_once),
      ASYNC_TEST(a_task_for_later_is_started_by_whoever_awaits_it),
      ASYNC_TEST(what_is_pending_when_its_loop_closes_may_be_used_with_another),
      ASYNC_TEST(a_task_for_later_may_be_started_after_its_release),
      ASYNC_TEST(a_task_that_was_never_started_is_reported_when_the_loop_closes),
      ASYNC_TEST(a_step_knows_its_task_and_loop),
      ASYNC_TEST(an_error_that_nobody_read_is_reported_once),
      ASYNC_TEST(an_error_of_a_task_that_is_held_is_reported_when_the_loop_closes),
      ASYNC_TEST(an_error_that_an_await_got_is_not_reported),
      ASYNC_TEST(only_the_last_in_a_row_of_awaits_has_an_error_to_report),
      ASYNC_TEST(an_error_and_its_message_travel_from_task_to_task),
      ASYNC_TEST(many_may_await_the_same),
      ASYNC_TEST(what_cannot_be_awaited_is_an_error_with_a_message),
      ASYNC_TEST(tasks_that_await_each_other_are_a_deadlock),
      ASYNC_TEST(a_row_of_100000_awaits_ends),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
