/* Scopes of a deadline: timeout, wait_for; and how scopes are left. */
#include "async_support.h"

/* ---- timeout */

fl_async(times_out, int64_t limit_us, work_us; fl_timeout timeout; int error, before) {
  fl_begin;
  self->before = fl_timeout_after(self, &self->timeout, self->limit_us);
  if (self->before) fl_raise(self->before, NULL);
  fl_try(self->error, fl_sleep(self->work_us));
  if (self->error) trace("inside:%s", fl_error_name(self->error));
  if (self->error) fl_raise(self->error, fl_caught_message(self, self->error));
  fl_await(fl_leave(&self->timeout));
  trace_at("left");
  fl_finally;
  trace("%s:%d", fl_error_name(self->coro.pending), fl_timeout_expired(&self->timeout));
  fl_end;
}

static int run_times_out(int64_t limit_us, int64_t work_us) {
  return run_task(fl_create_task(loop, times_out, limit_us, work_us));
}

static void work_that_is_in_time_is_left_alone(void **state) {
  (void)state;
  assert_int_equal(run_times_out(20 * FL_MS, 10 * FL_MS), FL_OK);
  assert_string_equal(traced(), "left@10 FL_OK:0");
  assert_int_equal(fl_loop_turn(loop), FL_NEVER);
}

static void work_that_is_late_is_cancelled_and_its_scope_times_out(void **state) {
  (void)state;
  assert_int_equal(run_times_out(20 * FL_MS, 30 * FL_MS), FL_ETIMEOUT);
  assert_string_equal(traced(), "inside:FL_ECANCELLED FL_ETIMEOUT:1");
  assert_int_equal(virtual_clock.now_us, 20 * FL_MS);
}

static void a_deadline_that_has_passed_cancels_the_next_await(void **state) {
  (void)state;
  assert_int_equal(run_times_out(-5, 30 * FL_MS), FL_ETIMEOUT);
  assert_int_equal(run_times_out(0, 30 * FL_MS), FL_ETIMEOUT);
  assert_int_equal(virtual_clock.now_us, 0);
  traced();
}

static void no_deadline_is_none(void **state) {
  (void)state;
  assert_int_equal(run_times_out(FL_NEVER, 86400 * FL_SECOND), FL_OK);
  traced();
}

static void a_deadline_that_is_not_a_number_is_refused(void **state) {
  (void)state;
  assert_int_equal(run_times_out(FL_NAN, 0), FL_EINVAL);
  traced();
}

fl_async(leaves_explicitly, fl_timeout timeout; int error; int64_t limit_us) {
  fl_begin;
  fl_timeout_at(self, &self->timeout, 10 * FL_MS);
  assert_true(fl_timeout_when(&self->timeout) == 10 * FL_MS);
  fl_try(self->error, fl_sleep(FL_SECOND));
  trace("%s", fl_error_name(self->error));
  fl_try(self->error, fl_leave(&self->timeout));
  trace("%s:%d", fl_error_name(self->error), fl_task_cancelling(fl_this_task(self)));
  fl_end;
}

/* asyncio: the body has swallowed the CancelledError, so __aexit__ sees none, and raises none. */
static void a_timeout_whose_cancellation_was_caught_inside_is_no_error(void **state) {
  (void)state;
  assert_int_equal(run_task(fl_create_task(loop, leaves_explicitly)), FL_OK);
  assert_string_equal(traced(), "FL_ECANCELLED FL_OK:0");
}

static void a_task_that_is_cancelled_from_elsewhere_is_not_timed_out(void **state) {
  (void)state;
  fl_task task = fl_create_task(loop, times_out, FL_SECOND, 2 * FL_SECOND);
  settle();
  fl_cancel(task, "elsewhere");
  assert_int_equal(fl_loop_run_until_complete(loop, task, NULL, NULL), FL_ECANCELLED);
  assert_string_equal(fl_future_message(task), "elsewhere");
  assert_string_equal(traced(), "inside:FL_ECANCELLED FL_ECANCELLED:0");
}

static void cancelled_and_timed_out_in_one_turn_is_cancelled(void **state) {
  (void)state;
  fl_task task = fl_create_task(loop, times_out, 10 * FL_MS, FL_SECOND);
  settle();
  virtual_clock.now_us = 10 * FL_MS;
  fl_cancel(task, NULL);
  assert_int_equal(run_task(task), FL_ECANCELLED);
  traced();
}

fl_async(fails_in_time, fl_timeout timeout) {
  fl_begin;
  fl_timeout_after(self, &self->timeout, FL_SECOND);
  fl_await(fl_call_new(sleeper, "s", FL_MS, FL_ETLS, "own"));
  fl_end;
}

static void another_error_goes_through(void **state) {
  (void)state;
  fl_task task = fl_create_task(loop, fails_in_time);
  assert_int_equal(fl_loop_run_until_complete(loop, task, NULL, NULL), FL_ETLS);
  assert_string_equal(fl_future_message(task), "own");
  assert_int_equal(fl_loop_turn(loop), FL_NEVER); /* its timer is gone */
  traced();
}

/* ---- Nested */

fl_async(inner_scope, int64_t limit_us; fl_timeout timeout) {
  fl_begin;
  fl_timeout_after(self, &self->timeout, self->limit_us);
  fl_await(fl_sleep(FL_SECOND));
  fl_end;
}
fl_async(nests, int64_t outer_us, inner_us; fl_timeout outer; inner_scope inner; int error) {
  fl_begin;
  fl_timeout_after(self, &self->outer, self->outer_us);
  fl_try(self->error, fl_call(inner_scope, &self->inner, self->inner_us));
  trace_at(fl_error_name(self->error));
  if (self->error == FL_ECANCELLED) fl_raise(self->error, fl_caught_message(self, self->error));
  fl_await(fl_sleep(100 * FL_MS));
  fl_end;
}

static void the_inner_of_two_times_out_alone(void **state) {
  (void)state;
  assert_int_equal(run_task(fl_create_task(loop, nests, 500 * FL_MS, 10 * FL_MS)), FL_OK);
  assert_string_equal(traced(), "FL_ETIMEOUT@10");
  assert_int_equal(virtual_clock.now_us, 110 * FL_MS);
}

static void the_outer_of_two_times_out_through_the_inner(void **state) {
  (void)state;
  assert_int_equal(run_task(fl_create_task(loop, nests, 10 * FL_MS, 500 * FL_MS)), FL_ETIMEOUT);
  assert_string_equal(traced(), "FL_ECANCELLED@10");
}

static void the_outer_may_follow_the_inner(void **state) {
  (void)state;
  assert_int_equal(run_task(fl_create_task(loop, nests, 50 * FL_MS, 10 * FL_MS)), FL_ETIMEOUT);
  assert_string_equal(traced(), "FL_ETIMEOUT@10");
  assert_int_equal(virtual_clock.now_us, 50 * FL_MS);
}

fl_async(two_in_one, fl_timeout outer, inner; int error) {
  fl_begin;
  fl_timeout_after(self, &self->outer, 50 * FL_MS);
  fl_timeout_after(self, &self->inner, 10 * FL_MS);
  fl_try(self->error, fl_leave(&self->outer));
  trace("%s:%s", fl_error_name(self->error), fl_caught_message(self, self->error));
  fl_await(fl_leave(&self->inner));
  fl_try(self->error, fl_leave(&self->inner));
  trace("%s", fl_error_name(self->error));
  fl_await(fl_leave(&self->outer));
  fl_await(fl_sleep(FL_SECOND));
  fl_end;
}

static void only_the_innermost_scope_can_be_left(void **state) {
  (void)state;
  assert_int_equal(run_task(fl_create_task(loop, two_in_one)), FL_OK);
  assert_string_equal(traced(), "FL_ESTATE:it is not the innermost scope that this coroutine has entered FL_ESTATE");
  assert_int_equal(virtual_clock.now_us, FL_SECOND);
}

fl_async(leaves_what_it_never_entered, fl_timeout timeout; int error) {
  fl_begin;
  fl_try(self->error, fl_leave(&self->timeout));
  trace("%s:%d", fl_error_name(self->error), fl_timeout_reschedule(&self->timeout, 5) == FL_ESTATE);
  trace("%d", fl_timeout_expired(&self->timeout));
  fl_end;
}

static void a_scope_that_was_not_entered_cannot_be_left_or_moved(void **state) {
  (void)state;
  assert_int_equal(run_task(fl_create_task(loop, leaves_what_it_never_entered)), FL_OK);
  assert_string_equal(traced(), "FL_ESTATE:1 0");
}

fl_async(both_at_the_end, fl_timeout outer, inner) {
  fl_begin;
  fl_timeout_after(self, &self->outer, 20 * FL_MS);
  fl_timeout_after(self, &self->inner, 10 * FL_MS);
  fl_await(fl_sleep(FL_SECOND));
  fl_finally;
  trace("%s:%d:%d", fl_error_name(self->coro.pending), fl_timeout_expired(&self->inner),
        fl_timeout_expired(&self->outer));
  fl_end;
}

static void scopes_are_left_before_finally_when_the_coroutine_ends(void **state) {
  (void)state;
  assert_int_equal(run_task(fl_create_task(loop, both_at_the_end)), FL_ETIMEOUT);
  assert_string_equal(traced(), "FL_ETIMEOUT:1:0");
}

fl_async(enters_in_finally, fl_timeout timeout) {
  fl_begin;
  fl_raise(FL_ETLS, "first");
  fl_finally;
  fl_timeout_after(self, &self->timeout, 10 * FL_MS);
  fl_await(fl_sleep(FL_SECOND));
  fl_end;
}

static void finally_may_have_a_deadline(void **state) {
  (void)state;
  assert_int_equal(run_task(fl_create_task(loop, enters_in_finally)), FL_ETIMEOUT);
  assert_int_equal(virtual_clock.now_us, 10 * FL_MS);
}

/* ---- Again, and moved */

fl_async(enters_again, int i; fl_timeout timeout; int error) {
  fl_begin;
  for (self->i = 0; self->i < 3; self->i++) {
    fl_timeout_after(self, &self->timeout, 20 * FL_MS);
    fl_await(fl_sleep(15 * FL_MS));
    fl_await(fl_leave(&self->timeout));
  }
  fl_timeout_after(self, &self->timeout, 10 * FL_MS);
  fl_await(fl_sleep(FL_SECOND));
  fl_end;
}

static void a_scope_may_be_entered_again_after_it_was_left(void **state) {
  (void)state;
  assert_int_equal(run_task(fl_create_task(loop, enters_again)), FL_ETIMEOUT);
  assert_int_equal(virtual_clock.now_us, 55 * FL_MS);
}

fl_async(enters_again_with_another_around, fl_timeout a, b) {
  fl_begin;
  fl_timeout_after(self, &self->a, FL_SECOND);
  fl_timeout_after(self, &self->b, FL_SECOND);
  fl_await(fl_leave(&self->b));
  fl_await(fl_leave(&self->a));
  fl_timeout_after(self, &self->a, 20 * FL_MS); /* what was around it is within now */
  fl_timeout_after(self, &self->b, 10 * FL_MS);
  fl_await(fl_leave(&self->b));
  fl_await(fl_sleep(FL_SECOND));
  fl_end;
}

static void scopes_may_be_entered_again_in_any_order(void **state) {
  (void)state;
  assert_int_equal(run_task(fl_create_task(loop, enters_again_with_another_around)), FL_ETIMEOUT);
  assert_int_equal(virtual_clock.now_us, 20 * FL_MS);
}

fl_async(moves_it, int64_t to_us; fl_timeout timeout; int moved) {
  fl_begin;
  fl_timeout_after(self, &self->timeout, 10 * FL_MS);
  self->moved = fl_timeout_reschedule(&self->timeout, self->to_us);
  trace("%s:%d", fl_error_name(self->moved), fl_timeout_when(&self->timeout) == self->to_us);
  fl_await(fl_sleep(FL_SECOND));
  fl_await(fl_leave(&self->timeout));
  trace("%s", fl_error_name(fl_timeout_reschedule(&self->timeout, 5)));
  fl_end;
}

static void a_deadline_can_be_moved_while_it_has_not_passed(void **state) {
  (void)state;
  static const int64_t to_us[] = {5 * FL_MS, 100 * FL_MS, -1, 2 * FL_SECOND, FL_NEVER, FL_NAN};
  static const int64_t ends_us[] = {5 * FL_MS, 100 * FL_MS, 0, FL_SECOND, FL_SECOND, 10 * FL_MS};
  static const char *const says[] = {"FL_OK:1",           "FL_OK:1",           "FL_OK:1",
                                     "FL_OK:1 FL_ESTATE", "FL_OK:1 FL_ESTATE", "FL_EINVAL:0"};
  for (unsigned i = 0; i < LENGTH(to_us); i++) {
    assert_int_equal(async_teardown(state), 0);
    assert_int_equal(async_setup(state), 0);
    int error = run_task(fl_create_task(loop, moves_it, to_us[i]));
    assert_int_equal(error, ends_us[i] == FL_SECOND ? FL_OK : FL_ETIMEOUT);
    assert_int_equal(virtual_clock.now_us, ends_us[i]);
    assert_string_equal(traced(), says[i]);
  }
}

fl_async(moves_it_too_late, fl_timeout timeout; int error) {
  fl_begin;
  fl_timeout_after(self, &self->timeout, 10 * FL_MS);
  fl_try(self->error, fl_sleep(FL_SECOND));
  trace("%s", fl_error_name(fl_timeout_reschedule(&self->timeout, FL_NEVER)));
  fl_end;
}

static void a_deadline_that_has_passed_cannot_be_moved(void **state) {
  (void)state;
  assert_int_equal(run_task(fl_create_task(loop, moves_it_too_late)), FL_OK);
  assert_string_equal(traced(), "FL_ESTATE");
}

static void a_deadline_goes_with_its_loop(void **state) {
  (void)state;
  fl_create_task(loop, both_at_the_end);
  settle();
  loop_end();
  assert_string_equal(reported(), "Task was destroyed but it is pending!: Task-1");
}

/* ---- wait_for() */

fl_async(waits_for_future, fl_future future; int64_t limit_us; int error) {
  fl_begin;
  fl_try(self->error, fl_wait_for(self->future, self->limit_us));
  trace("%s:%s", fl_error_name(self->error), fl_caught_message(self, self->error));
  trace_at("end");
  fl_end;
}

static void run_wait_for(fl_future future, int64_t limit_us) {
  assert_int_equal(run_task(fl_create_task(loop, waits_for_future, future, limit_us)), FL_OK);
}

static void wait_for_gives_what_the_await_gives_in_time(void **state) {
  (void)state;
  run_wait_for(fl_create_task(loop, sleeper, "a", 10 * FL_MS), 20 * FL_MS);
  run_wait_for(fl_create_task(loop, sleeper, "b", 10 * FL_MS, FL_ETLS, "own"), FL_NEVER);
  assert_string_equal(traced(), "a@10 FL_OK: end@10 b@20 FL_ETLS:own end@20");
}

static void wait_for_cancels_what_is_late(void **state) {
  (void)state;
  fl_task task = fl_create_task(loop, sleeper, "a", 30 * FL_MS);
  run_wait_for(task, 20 * FL_MS);
  assert_string_equal(traced(), "a-cancelled FL_ETIMEOUT:timed out end@20");
  assert_true(fl_cancelled(task));
}

static void wait_for_no_time_cancels_what_is_not_done(void **state) {
  (void)state;
  fl_future done = fl_future_new(loop), failed = fl_future_new(loop);
  fl_task task = fl_create_task(loop, sleeper, "a", 30 * FL_MS);
  fl_future_set_result(done, NULL);
  fl_future_set_error(failed, FL_ETLS, "own");
  settle();
  run_wait_for(task, 0);
  run_wait_for(fl_create_task(loop, sleeper, "b"), -1);
  run_wait_for(done, 0);
  run_wait_for(failed, -1);
  assert_string_equal(traced(), "a-cancelled FL_ETIMEOUT:timed out end@0 b-cancelled FL_ETIMEOUT:timed out end@0 "
                                "FL_OK: end@0 FL_ETLS:own end@0");
}

static void wait_for_refuses_a_time_that_is_not_a_number(void **state) {
  (void)state;
  fl_future future = fl_future_new(loop);
  run_wait_for(future, FL_NAN);
  assert_string_equal(traced(), "FL_EINVAL:an argument is out of range end@0");
  assert_false(fl_done(future));
}

static void wait_for_refuses_what_is_gone(void **state) {
  (void)state;
  fl_future future = fl_future_new(loop);
  fl_release(future);
  run_wait_for(future, 10);
  run_wait_for(future, 0);
  run_wait_for((fl_future){0}, 10);
  run_wait_for((fl_future){0}, 0);
  assert_string_equal(traced(), "FL_ERELEASED:the future or task has been released end@0 "
                                "FL_ERELEASED:the future or task has been released end@0 "
                                "FL_EINVAL:an argument is out of range end@0 "
                                "FL_EINVAL:an argument is out of range end@0");
}

fl_async(waits_for_calls, sleeper frame; int error; int64_t limit_us) {
  fl_begin;
  fl_try(self->error, fl_wait_for(fl_call(sleeper, &self->frame, "a", 10 * FL_MS), self->limit_us));
  trace("%s", fl_error_name(self->error));
  fl_try(self->error, fl_wait_for(fl_call_new(sleeper, "b", 10 * FL_MS), self->limit_us));
  trace("%s", fl_error_name(self->error));
  fl_try(self->error, fl_wait_for(fl_wait_for(fl_sleep(10 * FL_MS), self->limit_us), self->limit_us));
  trace("%s", fl_error_name(self->error));
  fl_end;
}

fl_async(waits_for_nested, int error) {
  fl_begin;
  fl_try(self->error, fl_wait_for(fl_wait_for(fl_call_new(sleeper, "never"), FL_SECOND), 0));
  trace("%s", fl_error_name(self->error));
  fl_end;
}

static void what_is_not_begun_is_freed_however_deep(void **state) {
  (void)state;
  assert_int_equal(run_task(fl_create_task(loop, waits_for_nested)), FL_OK);
  assert_string_equal(traced(), "FL_ETIMEOUT");
}

static void wait_for_takes_any_awaitable(void **state) {
  (void)state;
  assert_int_equal(run_task(fl_create_task(loop, waits_for_calls, .limit_us = 20 * FL_MS)), FL_OK);
  assert_string_equal(traced(), "a@10 FL_OK b@20 FL_OK FL_OK");
  assert_int_equal(run_task(fl_create_task(loop, waits_for_calls, .limit_us = 5 * FL_MS)), FL_OK);
  assert_string_equal(traced(), "a-cancelled FL_ETIMEOUT b-cancelled FL_ETIMEOUT FL_ETIMEOUT");
  assert_int_equal(run_task(fl_create_task(loop, waits_for_calls, .limit_us = 0)), FL_OK);
  assert_string_equal(traced(), "FL_ETIMEOUT FL_ETIMEOUT FL_ETIMEOUT"); /* none was begun */
}

fl_async(will_not_end, int error) {
  fl_begin;
  fl_try(self->error, fl_sleep(FL_SECOND));
  fl_await(fl_sleep(50 * FL_MS));
  trace_at("ended");
  fl_end;
}

static void wait_for_lasts_until_the_late_one_has_ended(void **state) {
  (void)state;
  run_wait_for(fl_create_task(loop, will_not_end), 10 * FL_MS);
  assert_string_equal(traced(), "ended@60 FL_OK: end@60");
}

int main(void) {
  const struct CMUnitTest tests[] = {
      ASYNC_TEST(work_that_is_in_time_is_left_alone),
      ASYNC_TEST(work_that_is_late_is_cancelled_and_its_scope_times_out),
      ASYNC_TEST(a_deadline_that_has_passed_cancels_the_next_await),
      ASYNC_TEST(no_deadline_is_none),
      ASYNC_TEST(a_deadline_that_is_not_a_number_is_refused),
      ASYNC_TEST(a_timeout_whose_cancellation_was_caught_inside_is_no_error),
      ASYNC_TEST(a_task_that_is_cancelled_from_elsewhere_is_not_timed_out),
      ASYNC_TEST(cancelled_and_timed_out_in_one_turn_is_cancelled),
      ASYNC_TEST(another_error_goes_through),
      ASYNC_TEST(the_inner_of_two_times_out_alone),
      ASYNC_TEST(the_outer_of_two_times_out_through_the_inner),
      ASYNC_TEST(the_outer_may_follow_the_inner),
      ASYNC_TEST(only_the_innermost_scope_can_be_left),
      ASYNC_TEST(a_scope_that_was_not_entered_cannot_be_left_or_moved),
      ASYNC_TEST(scopes_are_left_before_finally_when_the_coroutine_ends),
      ASYNC_TEST(finally_may_have_a_deadline),
      ASYNC_TEST(a_scope_may_be_entered_again_after_it_was_left),
      ASYNC_TEST(scopes_may_be_entered_again_in_any_order),
      ASYNC_TEST(a_deadline_can_be_moved_while_it_has_not_passed),
      ASYNC_TEST(a_deadline_that_has_passed_cannot_be_moved),
      ASYNC_TEST(a_deadline_goes_with_its_loop),
      ASYNC_TEST(wait_for_gives_what_the_await_gives_in_time),
      ASYNC_TEST(wait_for_cancels_what_is_late),
      ASYNC_TEST(wait_for_no_time_cancels_what_is_not_done),
      ASYNC_TEST(wait_for_refuses_a_time_that_is_not_a_number),
      ASYNC_TEST(wait_for_refuses_what_is_gone),
      ASYNC_TEST(what_is_not_begun_is_freed_however_deep),
      ASYNC_TEST(wait_for_takes_any_awaitable),
      ASYNC_TEST(wait_for_lasts_until_the_late_one_has_ended),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
