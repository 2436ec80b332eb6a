/* Task groups: tasks that end together. */
#include "async_support.h"

static const fl_task_options later_ = {.later = true};

/* What a test's group does, in one coroutine: makes up to three sleepers, works, and leaves. */
typedef struct child {
  const char *name;
  int64_t delay_us;
  int fails;
  const char *message;
} child;
#define WORKS(name_, delay_us_) \
  { .name = (name_), .delay_us = (delay_us_) }

fl_async(groups, child children[3]; int64_t work_us; int raises; fl_task_group group; int error; fl_task made[3]) {
  fl_begin;
  fl_group_enter(self, &self->group);
  for (int i = 0; i < 3 && self->children[i].name; i++)
    self->made[i] = fl_group_create_task(&self->group, sleeper, self->children[i].name, self->children[i].delay_us,
                                         self->children[i].fails, self->children[i].message);
  if (self->work_us) fl_await(fl_sleep(self->work_us));
  if (self->raises) fl_raise(self->raises, "body");
  fl_try(self->error, fl_leave(&self->group));
  trace_at("left");
  if (self->error) fl_raise(self->error, fl_caught_message(self, self->error));
  fl_finally;
  for (int i = 0; fl_group_failed(&self->group, (size_t)i).at; i++)
    trace("failed:%s", fl_task_name(fl_group_failed(&self->group, (size_t)i)));
  fl_end;
}

static const char *run_group(int expected, groups frame) {
  static char message[256];
  fl_task task = fl_create_task(loop, groups);
  groups *made = fl_task_frame(task, groups);
  memcpy(made->children, frame.children, sizeof made->children);
  made->work_us = frame.work_us;
  made->raises = frame.raises;
  assert_int_equal(fl_loop_run_until_complete(loop, task, NULL, NULL), expected);
  snprintf(message, sizeof message, "%s", fl_future_message(task));
  return message;
}

static void leaving_awaits_all(void **state) {
  (void)state;
  run_group(FL_OK, (groups){.children = {WORKS("a", 20 * FL_MS), WORKS("b", 10 * FL_MS)}});
  assert_string_equal(traced(), "b@10 a@20 left@20");
}

static void an_empty_group_is_left_at_once(void **state) {
  (void)state;
  run_group(FL_OK, (groups){0});
  assert_string_equal(traced(), "left@0");
}

static void one_that_fails_cancels_the_others(void **state) {
  (void)state;
  const char *message = run_group(
      FL_EGROUP,
      (groups){.children = {WORKS("a", FL_SECOND), {"b", 10 * FL_MS, FL_ETLS, "bad"}, WORKS("c", FL_SECOND)}});
  assert_string_equal(message, "Task-3: bad");
  assert_string_equal(traced(), "b@10 a-cancelled c-cancelled left@10 failed:Task-3");
}

static void all_that_fail_are_listed_in_the_order_of_their_ends(void **state) {
  (void)state;
  const char *message = run_group(
      FL_EGROUP, (groups){.children = {{"a", 10 * FL_MS, FL_ENETWORK, NULL}, {"b", 10 * FL_MS, FL_ETLS, "bad"}}});
  assert_string_equal(message, "Task-2: network error; Task-3: bad");
  assert_string_equal(traced(), "a@10 b@10 left@10 failed:Task-2 failed:Task-3");
}

static void a_failure_cancels_the_coroutine_that_is_still_inside(void **state) {
  (void)state;
  const char *message =
      run_group(FL_EGROUP,
                (groups){.children = {{"a", 10 * FL_MS, FL_ETLS, "bad"}, WORKS("b", FL_SECOND)}, .work_us = FL_SECOND});
  assert_string_equal(message, "Task-2: bad");
  assert_string_equal(traced(), "a@10 b-cancelled failed:Task-2");
  assert_int_equal(virtual_clock.now_us, 10 * FL_MS);
}

static void an_error_of_the_coroutine_cancels_them_and_is_in_the_group(void **state) {
  (void)state;
  const char *message =
      run_group(FL_EGROUP, (groups){.children = {WORKS("a", FL_SECOND)}, .work_us = FL_MS, .raises = FL_ETLS});
  assert_string_equal(message, "groups: body");
  assert_string_equal(traced(), "a-cancelled");
}

static void a_child_that_is_cancelled_is_no_failure(void **state) {
  (void)state;
  fl_task task = fl_create_task(loop, groups, .children = {WORKS("a", FL_SECOND), WORKS("b", 10 * FL_MS)});
  settle();
  fl_cancel(fl_task_frame(task, groups)->made[0], "you");
  assert_int_equal(run_task(task), FL_OK);
  assert_string_equal(traced(), "a-cancelled b@10 left@10");
}

static void a_cancellation_from_elsewhere_stays_one(void **state) {
  (void)state;
  for (int inside = 0; inside <= 1; inside++) {
    fl_task task = fl_create_task(loop, groups, .children = {WORKS("a", FL_SECOND)}, .work_us = inside ? FL_SECOND : 0);
    settle();
    fl_cancel(task, "elsewhere");
    assert_int_equal(fl_loop_run_until_complete(loop, task, NULL, NULL), FL_ECANCELLED);
    assert_string_equal(fl_future_message(task), "elsewhere");
    assert_int_equal(fl_task_cancelling(task), 1);
    assert_string_equal(traced(), inside ? "a-cancelled" : "a-cancelled left@0");
  }
}

fl_async(fails_in_its_cleanup, int error) {
  fl_begin;
  fl_await(fl_sleep(FL_SECOND));
  fl_finally;
  fl_raise(FL_ETLS, "cleanup");
  fl_end;
}

fl_async(cancelled_with_a_failure, fl_task_group group; int error) {
  fl_begin;
  fl_group_enter(self, &self->group);
  fl_group_create_task(&self->group, fails_in_its_cleanup);
  fl_try(self->error, fl_leave(&self->group));
  trace("%s:%s", fl_error_name(self->error), fl_caught_message(self, self->error));
  trace("%d", fl_task_cancelling(fl_this_task(self)));
  fl_try(self->error, fl_sleep(FL_SECOND));
  trace("%s", fl_error_name(self->error));
  fl_end;
}

/* asyncio 3.13: the group's error is first, and the cancellation arrives at the next await */
static void a_cancellation_from_elsewhere_comes_after_the_groups_error(void **state) {
  (void)state;
  fl_task task = fl_create_task(loop, cancelled_with_a_failure);
  settle();
  fl_cancel(task, "elsewhere");
  assert_int_equal(run_task(task), FL_OK);
  assert_string_equal(traced(), "FL_EGROUP:Task-2: cleanup 1 FL_ECANCELLED");
}

fl_async(adds_one, fl_task_group *group; fl_task made) {
  fl_begin;
  self->made = fl_group_create_task(self->group, sleeper, "grandchild", 10 * FL_MS);
  fl_end;
}
fl_async(has_grandchildren, fl_task_group group) {
  fl_begin;
  fl_group_enter(self, &self->group);
  fl_group_create_task(&self->group, adds_one, &self->group);
  fl_await(fl_leave(&self->group));
  trace_at("left");
  fl_end;
}

static void a_child_may_add_another_while_the_group_is_being_left(void **state) {
  (void)state;
  assert_int_equal(run_task(fl_create_task(loop, has_grandchildren)), FL_OK);
  assert_string_equal(traced(), "grandchild@10 left@10");
}

static fl_task_group never_entered;
fl_async(adds_after_the_end, fl_task_group group; fl_task made) {
  fl_begin;
  self->made = fl_group_create_task(&never_entered, sleeper, "x");
  trace("%s", fl_error_name(fl_future_error(self->made)));
  trace("%d", fl_group_failed(&never_entered, 0).at != NULL);
  fl_group_enter(self, &self->group);
  fl_await(fl_leave(&self->group));
  self->made = fl_group_create_task(&self->group, sleeper, "x");
  trace("%s:%s", fl_error_name(fl_future_error(self->made)), fl_future_message(self->made));
  fl_end;
}

static void no_task_is_made_in_a_group_that_has_not_begun_or_has_ended(void **state) {
  (void)state;
  assert_int_equal(run_task(fl_create_task(loop, adds_after_the_end)), FL_OK);
  assert_string_equal(traced(), "FL_ESTATE 0 FL_ESTATE:not possible in this state");
}

fl_async(adds_after_a_failure, fl_task_group group; fl_task made; int error) {
  fl_begin;
  fl_group_enter(self, &self->group);
  fl_group_create_task(&self->group, sleeper, "a", 0, FL_ETLS);
  fl_try(self->error, fl_sleep(FL_SECOND));
  self->made = fl_group_create_task(&self->group, sleeper, "x");
  trace("%s", fl_error_name(fl_future_error(self->made)));
  fl_raise(self->error, NULL);
  fl_end;
}

static void no_task_is_made_in_a_group_that_is_shutting_down(void **state) {
  (void)state;
  assert_int_equal(run_task(fl_create_task(loop, adds_after_a_failure)), FL_EGROUP);
  assert_string_equal(traced(), "a@0 FL_ESTATE");
}

fl_async(has_options, fl_task_group group) {
  fl_begin;
  fl_group_enter(self, &self->group);
  fl_group_create_task_with(&self->group, (&(fl_task_options){.eager = true}), sleeper, "eager", 0);
  fl_group_create_task_with(&self->group, (&(fl_task_options){.name = "named"}), sleeper, "fails", FL_MS, FL_ETLS);
  fl_await(fl_leave(&self->group));
  fl_end;
}

static void its_tasks_take_options(void **state) {
  (void)state;
  fl_task task = fl_create_task(loop, has_options);
  assert_int_equal(fl_loop_run_until_complete(loop, task, NULL, NULL), FL_EGROUP);
  assert_string_equal(fl_future_message(task), "named: the TLS handshake failed");
  traced();
}

fl_async(has_one_for_later, fl_task_group group) {
  fl_begin;
  fl_group_enter(self, &self->group);
  fl_group_create_task_with(&self->group, &later_, sleeper, "later", 10 * FL_MS);
  fl_await(fl_sleep(20 * FL_MS));
  trace_at("leaving");
  fl_await(fl_leave(&self->group));
  trace_at("left");
  fl_end;
}

static void leaving_starts_those_made_for_later(void **state) {
  (void)state;
  assert_int_equal(run_task(fl_create_task(loop, has_one_for_later)), FL_OK);
  assert_string_equal(traced(), "leaving@20 later@30 left@30");
}

fl_async(is_entered_again, fl_task_group group; int rounds; int error) {
  fl_begin;
  for (self->rounds = 0; self->rounds < 3; self->rounds++) {
    fl_group_enter(self, &self->group);
    fl_group_create_task(&self->group, sleeper, "s", FL_MS, self->rounds == 1 ? FL_ETLS : 0);
    fl_try(self->error, fl_leave(&self->group));
    trace("%s:%d", fl_error_name(self->error), fl_group_failed(&self->group, 0).at != NULL);
  }
  fl_end;
}

static void a_group_may_be_entered_again(void **state) {
  (void)state;
  assert_int_equal(run_task(fl_create_task(loop, is_entered_again)), FL_OK);
  assert_string_equal(traced(), "s@1 FL_OK:0 s@2 FL_EGROUP:1 s@3 FL_OK:0");
}

fl_async(inner_group, int fails; fl_task_group group) {
  fl_begin;
  fl_group_enter(self, &self->group);
  fl_group_create_task(&self->group, sleeper, "inner", 10 * FL_MS, self->fails, "deep");
  fl_await(fl_sleep(FL_SECOND));
  fl_end;
}
fl_async(outer_group, int inner_fails; int outer_fails; fl_task_group group) {
  fl_begin;
  fl_group_enter(self, &self->group);
  fl_group_create_task(&self->group, inner_group, self->inner_fails);
  fl_group_create_task(&self->group, sleeper, "outer", 20 * FL_MS, self->outer_fails, "high");
  fl_await(fl_leave(&self->group));
  fl_end;
}

static void groups_may_be_nested(void **state) {
  (void)state;
  fl_task task = fl_create_task(loop, outer_group, FL_ETLS);
  assert_int_equal(fl_loop_run_until_complete(loop, task, NULL, NULL), FL_EGROUP);
  assert_string_equal(fl_future_message(task), "Task-2: Task-4: deep");
  assert_string_equal(traced(), "inner@10 outer-cancelled");
  task = fl_create_task(loop, outer_group, 0, FL_ENETWORK);
  assert_int_equal(fl_loop_run_until_complete(loop, task, NULL, NULL), FL_EGROUP);
  assert_string_equal(fl_future_message(task), "Task-7: high");
  traced();
}

fl_async(has_a_deadline, fl_timeout timeout; fl_task_group group) {
  fl_begin;
  fl_timeout_after(self, &self->timeout, 10 * FL_MS);
  fl_group_enter(self, &self->group);
  fl_group_create_task(&self->group, sleeper, "a", FL_SECOND);
  fl_await(fl_leave(&self->group));
  fl_end;
}

static void a_deadline_around_a_group_cancels_its_tasks(void **state) {
  (void)state;
  assert_int_equal(run_task(fl_create_task(loop, has_a_deadline)), FL_ETIMEOUT);
  assert_string_equal(traced(), "a-cancelled");
  assert_int_equal(virtual_clock.now_us, 10 * FL_MS);
}

fl_async(releases_them, fl_task_group group; fl_task made; int error) {
  fl_begin;
  fl_group_enter(self, &self->group);
  self->made = fl_group_create_task(&self->group, sleeper, "a", FL_MS, FL_ETLS, "bad");
  fl_release(self->made);
  fl_try(self->error, fl_leave(&self->group));
  trace("%s:%s", fl_error_name(self->error), fl_future_message(fl_group_failed(&self->group, 0)));
  fl_end;
}

static void a_released_task_is_kept_by_its_group(void **state) {
  (void)state;
  assert_int_equal(run_task(fl_create_task(loop, releases_them)), FL_OK);
  assert_string_equal(traced(), "a@1 FL_EGROUP:bad");
}

static void a_group_goes_with_its_loop(void **state) {
  (void)state;
  fl_create_task(loop, groups, .children = {WORKS("a", FL_SECOND), WORKS("b", FL_SECOND)});
  settle();
  loop_end();
  assert_string_equal(reported(), "Task was destroyed but it is pending!: Task-1; "
                                  "Task was destroyed but it is pending!: Task-2; "
                                  "Task was destroyed but it is pending!: Task-3");
}

static fl_barrier for_nobody;

fl_async(catches_and_leaves, fl_task_group group; int error) {
  fl_begin;
  fl_group_enter(self, &self->group);
  fl_group_create_task(&self->group, sleeper, "s", FL_SECOND);
  fl_try(self->error, fl_barrier_wait(&for_nobody, NULL)); /* an error with a message */
  fl_end;
}

static void an_error_that_was_caught_inside_is_no_cause_to_leave(void **state) {
  (void)state;
  fl_task task = fl_create_task(loop, catches_and_leaves);
  settle();
  fl_cancel(task, "stop");
  settle();
  assert_true(fl_cancelled(task));
  assert_string_equal(MESSAGE_OF(task), "stop");
  fl_release(task);
  traced();
}

fl_async(lets_itself_go, int none) {
  fl_begin;
  fl_release(fl_this_task(self));
  fl_end;
}

fl_async(makes_it_eagerly, fl_task_group group) {
  fl_begin;
  fl_group_enter(self, &self->group);
  fl_group_create_task_with(&self->group, (&(fl_task_options){.eager = true}), lets_itself_go);
  fl_end;
}

static void an_eager_member_may_end_and_let_itself_go_at_once(void **state) {
  (void)state;
  assert_int_equal(run_task(fl_create_task(loop, makes_it_eagerly)), FL_OK);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      ASYNC_TEST(an_eager_member_may_end_and_let_itself_go_at_once),
      ASYNC_TEST(an_error_that_was_caught_inside_is_no_cause_to_leave),
      ASYNC_TEST(leaving_awaits_all),
      ASYNC_TEST(an_empty_group_is_left_at_once),
      ASYNC_TEST(one_that_fails_cancels_the_others),
      ASYNC_TEST(all_that_fail_are_listed_in_the_order_of_their_ends),
      ASYNC_TEST(a_failure_cancels_the_coroutine_that_is_still_inside),
      ASYNC_TEST(an_error_of_the_coroutine_cancels_them_and_is_in_the_group),
      ASYNC_TEST(a_child_that_is_cancelled_is_no_failure),
      ASYNC_TEST(a_cancellation_from_elsewhere_stays_one),
      ASYNC_TEST(a_cancellation_from_elsewhere_comes_after_the_groups_error),
      ASYNC_TEST(a_child_may_add_another_while_the_group_is_being_left),
      ASYNC_TEST(no_task_is_made_in_a_group_that_has_not_begun_or_has_ended),
      ASYNC_TEST(no_task_is_made_in_a_group_that_is_shutting_down),
      ASYNC_TEST(its_tasks_take_options),
      ASYNC_TEST(leaving_starts_those_made_for_later),
      ASYNC_TEST(a_group_may_be_entered_again),
      ASYNC_TEST(groups_may_be_nested),
      ASYNC_TEST(a_deadline_around_a_group_cancels_its_tasks),
      ASYNC_TEST(a_released_task_is_kept_by_its_group),
      ASYNC_TEST(a_group_goes_with_its_loop),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
