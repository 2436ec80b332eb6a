/* Tasks that await each other in a circle, a deadlock which a cancellation ends; and in a very long row. */
#include "async_support.h"

static fl_task tasks[4];

fl_async(awaits, const fl_task *of; const char *name; int error) {
  fl_begin;
  fl_try(self->error, *self->of);
  trace("%s:%s:%s", self->name, fl_error_name(self->error), fl_caught_message(self, self->error));
  fl_raise(self->error, fl_caught_message(self, self->error));
  fl_end;
}

static void await_each_other(int count, int the_last_awaits) {
  static const char *names[] = {"a", "b", "c", "d"};
  for (int i = 0; i < count; i++)
    tasks[i] = fl_create_task(loop, awaits, &tasks[i + 1 < count ? i + 1 : the_last_awaits], names[i]);
  settle();
}

static void a_circle_is_broken_at_the_one_that_awaits_the_first(void **state) {
  (void)state;
  await_each_other(3, 0);
  assert_int_equal(fl_cancel(tasks[0], "stop"), FL_OK);
  settle();
  assert_string_equal(traced(), "c:FL_ECANCELLED:stop b:FL_ECANCELLED:stop a:FL_ECANCELLED:stop");
  for (int i = 0; i < 3; i++) assert_true(fl_cancelled(tasks[i]));
}

static void who_awaits_a_circle_is_cancelled_with_it(void **state) {
  (void)state;
  await_each_other(4, 1);
  fl_cancel(tasks[0], "stop");
  settle();
  assert_string_equal(traced(), "d:FL_ECANCELLED:stop c:FL_ECANCELLED:stop b:FL_ECANCELLED:stop a:FL_ECANCELLED:stop");
}

static void all_of_a_circle_can_be_cancelled_at_once(void **state) {
  (void)state;
  await_each_other(3, 0);
  for (int i = 0; i < 3; i++) assert_int_equal(fl_cancel(tasks[i], NULL), FL_OK);
  settle();
  for (int i = 0; i < 3; i++) assert_true(fl_cancelled(tasks[i]));
}

fl_async(gathers, const fl_task *of; int error) {
  fl_begin;
  fl_try(self->error, fl_gather(self->of, 1, NULL));
  trace("gather:%s", fl_error_name(self->error));
  fl_end;
}

static void one_with_a_gather_in_it_too(void **state) {
  (void)state;
  tasks[0] = fl_create_task(loop, gathers, &tasks[1]);
  tasks[1] = fl_create_task(loop, awaits, &tasks[0], "b");
  settle();
  fl_cancel(tasks[0], NULL);
  settle();
  assert_string_equal(traced(), "b:FL_ECANCELLED:cancelled gather:FL_ECANCELLED");
}

fl_async(gathers_next, const fl_task *next) {
  fl_begin;
  fl_await(fl_gather(self->next, 1, NULL));
  fl_end;
}

static void gathers_of_each_other_too_however_many(void **state) {
  (void)state;
  static const int counts[] = {2, 31, 32, 33, 64, 65, 1000};
  static fl_task all[1000];
  for (size_t i = 0; i < sizeof counts / sizeof *counts; i++) {
    for (int j = 0; j < counts[i]; j++) all[j] = fl_create_task(loop, gathers_next, &all[(j + 1) % counts[i]]);
    settle();
    assert_int_equal(fl_cancel(all[counts[i] / 2], NULL), FL_OK);
    settle();
    for (int j = 0; j < counts[i]; j++) assert_true(fl_cancelled(all[j]));
    for (int j = 0; j < counts[i]; j++) fl_release(all[j]);
  }
}

fl_async(gathers_one, fl_future of[1]) {
  fl_begin;
  fl_await(fl_gather(self->of, 1, NULL));
  fl_end;
}

static void gathers_of_gathers_need_no_stack_of_their_depth(void **state) {
  (void)state;
  fl_future waited_for = fl_future_new(loop);
  fl_task task = fl_create_task(loop, gathers_one, {waited_for});
  for (int i = 0; i < 100000; i++) task = fl_create_task(loop, gathers_one, {task});
  settle();
  assert_int_equal(fl_cancel(task, NULL), FL_OK);
  assert_true(fl_cancelled(waited_for));
  settle();
  assert_true(fl_cancelled(task));
}

int main(void) {
  const struct CMUnitTest tests[] = {
      ASYNC_TEST(a_circle_is_broken_at_the_one_that_awaits_the_first),
      ASYNC_TEST(who_awaits_a_circle_is_cancelled_with_it),
      ASYNC_TEST(all_of_a_circle_can_be_cancelled_at_once),
      ASYNC_TEST(one_with_a_gather_in_it_too),
      ASYNC_TEST(gathers_of_each_other_too_however_many),
      ASYNC_TEST(gathers_of_gathers_need_no_stack_of_their_depth),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
