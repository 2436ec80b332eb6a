/* Running a loop: until something is done, or it is stopped; closing it; clocks; the exception handler. */
#include "async_support.h"

#include <signal.h>

/* ---- run_until_complete() */

static void it_returns_the_futures_error_and_calls_back_before(void **state) {
  (void)state;
  fl_task good = fl_create_task(loop, sleeper, "a", 10 * FL_MS), bad = fl_create_task(loop, sleeper, "b", 0, FL_ETLS);
  assert_int_equal(fl_loop_run_until_complete(loop, good, trace_arg, "done"), FL_OK);
  assert_string_equal(traced(), "b@0 a@10 done");
  assert_int_equal(fl_loop_run_until_complete(loop, bad, trace_arg, "done"), FL_ETLS);
  assert_string_equal(traced(), "done");
}

static void what_else_is_there_runs_meanwhile_and_is_left_after(void **state) {
  (void)state;
  fl_create_task(loop, sleeper, "long", 100 * FL_MS);
  fl_create_task(loop, sleeper, "short", 5 * FL_MS);
  assert_int_equal(run_task(fl_create_task(loop, sleeper, "main", 10 * FL_MS)), FL_OK);
  assert_string_equal(traced(), "short@5 main@10");
  assert_int_equal(virtual_clock.now_us, 10 * FL_MS);
  assert_int_equal(run_task(fl_create_task(loop, sleeper, "next", 200 * FL_MS)), FL_OK);
  assert_string_equal(traced(), "long@100 next@210");
}

static void what_nothing_can_complete_is_a_deadlock(void **state) {
  (void)state;
  fl_future future = fl_future_new(loop);
  assert_int_equal(fl_loop_run_until_complete(loop, future, trace_arg, "done"), FL_EDEADLOCK);
  assert_false(fl_loop_is_running(loop));
  fl_future_set_result(future, NULL);
  settle();
  assert_string_equal(traced(), "");
  assert_int_equal(fl_loop_run_until_complete(loop, future, trace_arg, "done"), FL_OK);
  assert_string_equal(traced(), "done");
}

fl_async(stops, int64_t delay_us) {
  fl_begin;
  fl_await(fl_sleep(self->delay_us));
  fl_loop_stop(fl_this_loop(self));
  trace_at("stopped");
  fl_await(fl_sleep(0));
  trace_at("after");
  fl_end;
}

static void a_stop_returns_before_it_is_done(void **state) {
  (void)state;
  fl_task task = fl_create_task(loop, sleeper, "a", FL_SECOND);
  fl_create_task(loop, stops, 10 * FL_MS);
  assert_int_equal(fl_loop_run_until_complete(loop, task, trace_arg, "done"), FL_EPENDING);
  assert_string_equal(traced(), "stopped@10");
  assert_int_equal(run_task(task), FL_OK); /* and it can be run on */
  assert_string_equal(traced(), "after@10 a@1000");
}

static void the_error_it_returns_has_been_read(void **state) {
  (void)state;
  fl_task task = fl_create_task(loop, sleeper, "a", 0, FL_ETLS);
  assert_int_equal(fl_loop_run_until_complete(loop, task, NULL, NULL), FL_ETLS);
  fl_release(task);
  assert_string_equal(reported(), "");
  traced();
}

static void release_it(void *arg) { fl_release(*(fl_task *)arg); }

static void it_may_be_released_by_its_own_callback(void **state) {
  (void)state;
  fl_task task = fl_create_task(loop, sleeper, "a", 0, FL_ETLS);
  assert_int_equal(fl_loop_run_until_complete(loop, task, release_it, &task), FL_ETLS);
  assert_int_equal(fl_future_error(task), FL_ERELEASED);
  traced();
}

/* ---- run_forever(), stop() */

static void it_runs_until_nothing_is_left(void **state) {
  (void)state;
  fl_create_task(loop, sleeper, "a", 86400 * FL_SECOND);
  assert_int_equal(fl_loop_run_forever(loop), FL_OK);
  assert_string_equal(traced(), "a@86400000");
  assert_int_equal(fl_loop_run_forever(loop), FL_OK);
}

static void a_stop_ends_it_after_this_turn(void **state) {
  (void)state;
  fl_handle handle = {0};
  fl_create_task(loop, stops, 0);
  assert_int_equal(fl_loop_run_forever(loop), FL_OK);
  assert_string_equal(traced(), "stopped@0");
  fl_call_soon(loop, &handle, trace_arg, "callback");
  assert_int_equal(fl_loop_run_forever(loop), FL_OK);
  assert_string_equal(traced(), "after@0 callback");
}

static void stopped_before_it_runs_it_takes_one_turn(void **state) {
  (void)state;
  fl_handle handle = {0};
  fl_call_soon(loop, &handle, trace_arg, "one");
  fl_create_task(loop, sleeper, "a", FL_MS);
  fl_loop_stop(loop);
  assert_int_equal(fl_loop_run_forever(loop), FL_OK); /* asyncio: so does run_forever() */
  assert_string_equal(traced(), "one");
  assert_int_equal(fl_loop_run_forever(loop), FL_OK);
  assert_string_equal(traced(), "a@1");
}

/* ---- What is refused while it runs */

static void misuse(void *arg) {
  fl_future *future = arg;
  assert_true(fl_loop_is_running(loop));
  trace("turn:%s", fl_error_name((int)fl_loop_turn(loop)));
  trace("forever:%s", fl_error_name(fl_loop_run_forever(loop)));
  trace("until:%s", fl_error_name(fl_loop_run_until_complete(loop, *future, trace_arg, "never")));
  trace("close:%s", fl_error_name(fl_loop_close(loop)));
}

static void a_running_loop_is_not_run_turned_or_closed(void **state) {
  (void)state;
  fl_handle handle = {0};
  fl_future future = fl_future_new(loop);
  fl_call_soon(loop, &handle, misuse, &future);
  assert_false(fl_loop_is_running(loop));
  fl_loop_turn(loop);
  assert_string_equal(traced(), "turn:FL_ERUNNING forever:FL_ERUNNING until:FL_ERUNNING close:FL_ERUNNING");
  assert_false(fl_loop_is_running(loop));
  fl_call_soon(loop, &handle, misuse, &future);
  fl_loop_run_forever(loop);
  assert_string_equal(traced(), "turn:FL_ERUNNING forever:FL_ERUNNING until:FL_ERUNNING close:FL_ERUNNING");
}

fl_async(closes_its_loop, bool later) {
  fl_begin;
  trace("%s", fl_error_name(fl_loop_close(fl_this_loop(self))));
  trace("goes-on");
  fl_end;
}

static void a_loop_that_the_host_turns_is_closed_once_the_turn_is_over(void **state) {
  (void)state;
  fl_handle handle = {0};
  loop_end();
  hand_clock_init(&hand);
  assert_int_equal(fl_loop_open(&loop, &hand.clock, 0), FL_OK);
  fl_create_task(loop, closes_its_loop);
  fl_call_soon(loop, &handle, trace_arg, "neighbour");
  assert_int_equal(hand_clock_turn(&hand, loop, 0), FL_NEVER);
  loop = NULL;
  assert_string_equal(traced(), "FL_OK goes-on neighbour");
  assert_int_equal(hand.wake_us, FL_NEVER);
}

static fl_loop *inner_loop;
static void run_another(void *arg) {
  (void)arg;
  fl_handle handle = {0};
  fl_call_soon(inner_loop, &handle, trace_arg, "inner");
  assert_int_equal(fl_loop_run_forever(inner_loop), FL_OK);
}

static void another_loop_may_run_within(void **state) {
  (void)state;
  fl_handle handle = {0};
  inner_loop = other_loop();
  fl_call_soon(loop, &handle, run_another, NULL);
  fl_loop_run_forever(loop);
  assert_string_equal(traced(), "inner");
  fl_loop_close(inner_loop);
}

/* ---- close() */

fl_async(never_ends, int *cleaned) {
  fl_begin;
  fl_await(fl_sleep(FL_NEVER));
  fl_finally;
  ++*self->cleaned;
  fl_end;
}

static void closing_reports_what_is_pending_and_runs_no_finally(void **state) {
  (void)state;
  int cleaned = 0;
  fl_create_task_with(loop, (&(fl_task_options){.name = "endless"}), never_ends, &cleaned);
  settle();
  assert_int_equal(fl_loop_close(loop), FL_OK);
  loop = NULL;
  assert_string_equal(reported(), "Task was destroyed but it is pending!: endless");
  assert_int_equal(cleaned, 0);
}

static void closing_forgets_handles_and_timers(void **state) {
  (void)state;
  fl_handle handle = {0}, of_future = {0};
  fl_timer timer = {0};
  fl_call_soon(loop, &handle, trace_arg, "handle");
  fl_call_later(loop, &timer, 0, trace_arg, "timer");
  fl_add_done_callback(fl_future_new(loop), &of_future, trace_arg, "future");
  loop_end();
  assert_string_equal(traced(), "");
}

static void closing_frees_all_that_is_held(void **state) {
  (void)state;
  for (int i = 0; i < 1000; i++) {
    fl_future future = fl_future_new(loop);
    fl_future_set_error(future, FL_ETLS, "a message of its own");
    fl_future_error(future);
    fl_cancel(fl_create_task_with(loop, (&(fl_task_options){.name = "a name of its own"}), sleeper, "x"), "why");
  }
  settle();
  loop_end(); /* what leaks, the sanitizer sees */
}

/* ---- Clocks */

static void a_virtual_clock_stands_still_but_for_waiting(void **state) {
  (void)state;
  fl_create_task(loop, sleeper, "a", FL_SECOND);
  assert_int_equal(virtual_clock.now_us, 0);
  settle();
  assert_int_equal(virtual_clock.now_us, 0);
  assert_int_equal(fl_loop_turn(loop), FL_SECOND);
  virtual_clock.now_us = 3 * FL_SECOND;
  assert_int_equal(fl_loop_time(loop), 3 * FL_SECOND);
  settle();
  assert_string_equal(traced(), "a@3000");
}

static void seconds_become_microseconds_to_the_nearest(void **state) {
  (void)state;
  assert_int_equal(fl_seconds(0), 0);
  assert_int_equal(fl_seconds(0.5), 500000);
  assert_int_equal(fl_seconds(1e-6), 1);
  assert_int_equal(fl_seconds(1.6e-6), 2);
  assert_int_equal(fl_seconds(0.4e-6), 0);
  assert_int_equal(fl_seconds(-0.5), -500000);
  assert_int_equal(fl_seconds(0.1 + 0.2), 300000);
  assert_int_equal(fl_seconds(1e300), FL_NEVER);
  assert_int_equal(fl_seconds(1.0 / 0.0), FL_NEVER);
  assert_int_equal(fl_seconds(9e12), INT64_C(9000000) * 1000000 * 1000000);
  assert_true(fl_seconds(-1e300) < 0);
  assert_true(fl_seconds(-1e300) != FL_NAN);
  assert_true(fl_seconds(-1.0 / 0.0) != FL_NAN);
  assert_int_equal(fl_seconds(0.0 / 0.0), FL_NAN);
}

fl_async(sleeps_natively, int64_t began_us, ended_us) {
  fl_begin;
  self->began_us = fl_loop_time(fl_this_loop(self));
  fl_await(fl_sleep(2 * FL_MS));
  self->ended_us = fl_loop_time(fl_this_loop(self));
  fl_end;
}

static void the_hosts_clock_waits_at_least_as_long(void **state) {
  (void)state;
  loop_end();
  assert_int_equal(fl_loop_open(&loop, fl_host_clock(), 0), FL_OK);
  fl_task task = fl_create_task(loop, sleeps_natively);
  assert_int_equal(fl_loop_run_until_complete(loop, task, NULL, NULL), FL_OK);
  const sleeps_natively *slept = fl_task_frame(task, sleeps_natively);
  assert_true(slept->ended_us - slept->began_us >= 2 * FL_MS);
}

static void on_a_clock_that_cannot_be_waited_for_the_host_turns_it(void **state) {
  (void)state;
  loop_end();
  hand_clock_init(&hand);
  assert_int_equal(fl_loop_open(&loop, &hand.clock, 0), FL_OK);
  fl_task task = fl_create_task(loop, sleeper, "a", 10 * FL_MS);
  assert_int_equal(fl_loop_run_until_complete(loop, task, trace_arg, "done"), FL_OK);
  assert_int_equal(fl_future_error(task), FL_EPENDING);
  while (hand.wake_us != FL_NEVER) hand_clock_turn(&hand, loop, hand.wake_us);
  assert_string_equal(traced(), "a@10 done");
}

static void on_such_a_clock_a_stop_holds_the_turns_until_it_runs_again(void **state) {
  (void)state;
  loop_end();
  hand_clock_init(&hand);
  assert_int_equal(fl_loop_open(&loop, &hand.clock, 0), FL_OK);
  fl_create_task(loop, sleeper, "a", 0);
  fl_loop_stop(loop);
  assert_int_equal(hand_clock_turn(&hand, loop, 0), FL_NEVER);
  assert_string_equal(traced(), "");
  assert_int_equal(fl_loop_run_forever(loop), FL_OK);
  assert_true(hand.wake_us <= 0);
  while (hand.wake_us != FL_NEVER) hand_clock_turn(&hand, loop, hand.wake_us);
  assert_string_equal(traced(), "a@0");
}

/* ---- The exception handler, debug mode */

static void a_program_may_report_to_the_handler_too(void **state) {
  (void)state;
  fl_loop_call_exception_handler(loop, &(fl_exception){.what = "odd", .name = "x", .error = FL_ETLS, .message = "why"});
  assert_string_equal(reported(), "odd: x: FL_ETLS: why");
}

static void takes_time(void *arg) { virtual_clock.now_us += *(int64_t *)arg; }

fl_async(takes_time_in_a_step, int64_t us) {
  fl_begin;
  takes_time(&self->us);
  fl_await(fl_sleep(0));
  takes_time(&self->us);
  fl_end;
}

static void debug_mode_reports_what_takes_long(void **state) {
  (void)state;
  fl_handle handle = {0};
  int64_t us = 100 * FL_MS, less = us - 1;
  fl_call_soon(loop, &handle, takes_time, &us);
  settle();
  assert_string_equal(reported(), "");
  fl_loop_set_debug(loop, true, 0);
  fl_call_soon(loop, &handle, takes_time, &less);
  settle();
  assert_string_equal(reported(), "");
  fl_call_soon(loop, &handle, takes_time, &us);
  settle();
  assert_string_equal(reported(), "Executing took too long: -");
  fl_create_task_with(loop, (&(fl_task_options){.name = "slow"}), takes_time_in_a_step, us);
  settle();
  assert_string_equal(reported(), "Executing took too long: slow; Executing took too long: slow");
  fl_loop_set_debug(loop, true, 10 * FL_MS);
  fl_call_soon(loop, &handle, takes_time, &less);
  settle();
  assert_string_equal(reported(), "Executing took too long: -");
  fl_loop_set_debug(loop, false, 0);
  fl_call_soon(loop, &handle, takes_time, &us);
  settle();
  assert_string_equal(reported(), "");
}

/* The task is gone when its last step has run. */
fl_async(slow_and_gone, int64_t us) {
  fl_begin;
  takes_time(&self->us);
  fl_end;
}

static void debug_mode_knows_the_name_of_a_task_that_its_step_has_ended(void **state) {
  (void)state;
  fl_loop_set_debug(loop, true, 0);
  fl_release(fl_create_task_with(loop, (&(fl_task_options){.name = "gone"}), slow_and_gone, FL_SECOND));
  settle();
  assert_string_equal(reported(), "Executing took too long: gone");
}

fl_async(waits_with_a_timeout, fl_future future) {
  fl_begin;
  fl_await(fl_wait(NULL, &self->future, 1, 30, FL_ALL_COMPLETED)); /* its timer is in an allocated frame */
  fl_end;
}
fl_async(has_a_deadline, fl_timeout timeout) {
  fl_begin;
  fl_timeout_after(self, &self->timeout, 30); /* stands beside it in the wheel */
  fl_await(fl_sleep(FL_NEVER));
  fl_end;
}

static void closing_frees_frames_after_the_timers_in_them(void **state) {
  (void)state;
  fl_create_task(loop, waits_with_a_timeout, fl_future_new(loop));
  fl_create_task(loop, has_a_deadline);
  settle();
  loop_end();
  assert_string_equal(reported(), "Task was destroyed but it is pending!: Task-1; "
                                  "Task was destroyed but it is pending!: Task-2");
}

/* ---- run() */

fl_async(program_, int *steps; bool fails) {
  fl_begin;
  ++*self->steps;
  fl_create_task(fl_this_loop(self), never_ends, self->steps);
  fl_await(fl_sleep(0));
  if (self->fails) {
    fl_loop_set_exception_handler(fl_this_loop(self), NULL, NULL);
    fl_raise(FL_ETLS, "expected on stderr by this test");
  }
  fl_finally;
  ++*self->steps;
  fl_end;
}

static void run_runs_a_program_and_cancels_what_it_left(void **state) {
  (void)state;
  int steps = 0;
  assert_int_equal(fl_run(program_, &steps), 0);
  assert_int_equal(steps, 3);
}

fl_async(runs_another, int inner, n) {
  fl_begin;
  fl_loop_set_exception_handler(fl_this_loop(self), NULL, NULL);
  self->inner = fl_run(never_ends, NULL);
  if (self->inner != 1) fl_raise(FL_ESTATE, "a program within a program");
  raise(SIGINT);
  for (self->n = 0; self->n < 1000; self->n++) fl_await(fl_sleep(0));
  fl_end;
}

static void run_is_interrupted_also_when_busy_and_runs_no_other(void **state) {
  (void)state;
  assert_int_equal(fl_run(runs_another), 130);
}

static unsigned interrupts;
static void count_interrupt(int number) {
  (void)number;
  interrupts++;
}

fl_async(interrupts_itself, bool not_yet) {
  fl_begin;
  if (!self->not_yet) raise(SIGINT);
  fl_await(fl_sleep(0));
  fl_end;
}

static void run_leaves_a_handler_of_the_program_alone(void **state) {
  (void)state;
  signal(SIGINT, count_interrupt);
  interrupts = 0;
  assert_int_equal(fl_run(interrupts_itself, true), 0);
  assert_ptr_equal(signal(SIGINT, count_interrupt), count_interrupt);
  assert_int_equal(fl_run(interrupts_itself), 0);
  assert_int_equal(interrupts, 1);
  signal(SIGINT, SIG_DFL);
  assert_int_equal(fl_run(interrupts_itself), 130);
  assert_ptr_equal(signal(SIGINT, SIG_DFL), SIG_DFL);
}

static void run_returns_1_when_the_program_failed(void **state) {
  (void)state;
  int steps = 0;
  assert_int_equal(fl_run(program_, &steps, .fails = true), 1);
  assert_int_equal(steps, 3);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      ASYNC_TEST(it_returns_the_futures_error_and_calls_back_before),
      ASYNC_TEST(what_else_is_there_runs_meanwhile_and_is_left_after),
      ASYNC_TEST(what_nothing_can_complete_is_a_deadlock),
      ASYNC_TEST(a_stop_returns_before_it_is_done),
      ASYNC_TEST(the_error_it_returns_has_been_read),
      ASYNC_TEST(it_may_be_released_by_its_own_callback),
      ASYNC_TEST(it_runs_until_nothing_is_left),
      ASYNC_TEST(a_stop_ends_it_after_this_turn),
      ASYNC_TEST(stopped_before_it_runs_it_takes_one_turn),
      ASYNC_TEST(a_running_loop_is_not_run_turned_or_closed),
      ASYNC_TEST(a_loop_that_the_host_turns_is_closed_once_the_turn_is_over),
      ASYNC_TEST(another_loop_may_run_within),
      ASYNC_TEST(closing_reports_what_is_pending_and_runs_no_finally),
      ASYNC_TEST(closing_forgets_handles_and_timers),
      ASYNC_TEST(closing_frees_all_that_is_held),
      ASYNC_TEST(closing_frees_frames_after_the_timers_in_them),
      ASYNC_TEST(a_virtual_clock_stands_still_but_for_waiting),
      ASYNC_TEST(seconds_become_microseconds_to_the_nearest),
      ASYNC_TEST(the_hosts_clock_waits_at_least_as_long),
      ASYNC_TEST(on_a_clock_that_cannot_be_waited_for_the_host_turns_it),
      ASYNC_TEST(on_such_a_clock_a_stop_holds_the_turns_until_it_runs_again),
      ASYNC_TEST(a_program_may_report_to_the_handler_too),
      ASYNC_TEST(debug_mode_reports_what_takes_long),
      ASYNC_TEST(debug_mode_knows_the_name_of_a_task_that_its_step_has_ended),
      ASYNC_TEST(run_runs_a_program_and_cancels_what_it_left),
      ASYNC_TEST(run_leaves_a_handler_of_the_program_alone),
      ASYNC_TEST(run_returns_1_when_the_program_failed),
      ASYNC_TEST(run_is_interrupted_also_when_busy_and_runs_no_other),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
