/* shield(): what is awaited runs on when the await is cancelled. */
#include "async_support.h"

#define TASK(...) fl_create_task(loop, sleeper, __VA_ARGS__)

fl_async(shields, fl_future future; int error) {
  fl_begin;
  fl_try(self->error, fl_shield(self->future));
  trace("%s:%s", fl_error_name(self->error), fl_caught_message(self, self->error));
  fl_end;
}

static void shield_awaits_as_an_await_does(void **state) {
  (void)state;
  fl_future done = fl_future_new(loop);
  fl_future_set_error(done, FL_ENETWORK, "done");
  fl_task task = fl_create_task_with(loop, (&(fl_task_options){.later = true}), sleeper, "a", FL_MS, FL_ETLS, "later");
  assert_int_equal(run_task(fl_create_task(loop, shields, task)), FL_OK);
  assert_int_equal(run_task(fl_create_task(loop, shields, done)), FL_OK);
  assert_string_equal(traced(), "a@1 FL_ETLS:later FL_ENETWORK:done");
}

static void what_is_shielded_runs_on(void **state) {
  (void)state;
  fl_task task = TASK("a", 10 * FL_MS), shielding = fl_create_task(loop, shields, task);
  settle();
  fl_cancel(shielding, "only me");
  assert_int_equal(run_task(shielding), FL_OK);
  assert_string_equal(traced(), "FL_ECANCELLED:only me");
  assert_int_equal(run_task(task), FL_OK);
  assert_string_equal(traced(), "a@10");
}

static void what_is_shielded_may_itself_be_cancelled(void **state) {
  (void)state;
  fl_task task = TASK("a", 10 * FL_MS), shielding = fl_create_task(loop, shields, task);
  settle();
  fl_cancel(task, "it");
  assert_int_equal(run_task(shielding), FL_OK);
  assert_string_equal(traced(), "a-cancelled FL_ECANCELLED:cancelled"); /* asyncio loses the message, too */
}

static void an_error_behind_a_shield_that_nobody_awaits_any_more_is_reported(void **state) {
  (void)state;
  fl_task task = TASK("a", 10 * FL_MS, FL_ETLS, "late"), shielding = fl_create_task(loop, shields, task);
  settle();
  fl_cancel(shielding, NULL);
  settle();
  fl_release(task);
  fl_loop_run_forever(loop);
  assert_string_equal(reported(), "Task exception was never retrieved: Task-1: FL_ETLS: late");
  assert_string_equal(traced(), "FL_ECANCELLED:cancelled a@10");
}

static void shield_refuses_what_an_await_refuses(void **state) {
  (void)state;
  fl_loop *other = other_loop();
  fl_task task = fl_create_task(loop, shields);
  fl_task_frame(task, shields)->future = task;
  assert_int_equal(run_task(task), FL_OK);
  assert_int_equal(run_task(fl_create_task(loop, shields, (fl_future){0})), FL_OK);
  assert_string_equal(traced(), "FL_EINVAL:a task cannot await itself FL_EINVAL:an argument is out of range");
  fl_task foreign = fl_create_task(loop, shields, fl_future_new(other));
  assert_int_equal(run_task(foreign), FL_OK);
  assert_string_equal(traced(), "FL_EINVAL:it belongs to another loop");
  fl_loop_close(other);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      ASYNC_TEST(shield_awaits_as_an_await_does),
      ASYNC_TEST(what_is_shielded_runs_on),
      ASYNC_TEST(what_is_shielded_may_itself_be_cancelled),
      ASYNC_TEST(an_error_behind_a_shield_that_nobody_awaits_any_more_is_reported),
      ASYNC_TEST(shield_refuses_what_an_await_refuses),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
