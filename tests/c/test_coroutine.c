/* Coroutines: calls, results, errors that travel along awaits, `finally`. */
#include "async_support.h"

#include <stdlib.h>

/* ---- Calls */

fl_async(add, int x, y; int result) {
  fl_begin;
  fl_await(fl_sleep(10 * FL_MS));
  fl_return(self->x + self->y);
  fl_end;
}

fl_async(sums, int to, i; add add; int result) {
  fl_begin;
  for (self->i = 1; self->i <= self->to; self->i++) {
    fl_await(fl_call(add, &self->add, self->result, .y = self->i));
    self->result = self->add.result;
  }
  trace_at("summed");
  fl_end;
}

static void a_call_in_a_loop_uses_its_frame_again(void **state) {
  (void)state;
  fl_task task = fl_create_task(loop, sums, 10);
  assert_int_equal(fl_loop_run_until_complete(loop, task, NULL, NULL), FL_OK);
  assert_int_equal(fl_task_frame(task, sums)->result, 55);
  assert_string_equal(traced(), "summed@100");
}

fl_async(at_once, int result) {
  fl_begin;
  trace("called");
  fl_return(1);
  fl_end;
}
fl_async(calls_at_once, at_once frame) {
  fl_begin;
  trace("before");
  fl_await(fl_call(at_once, &self->frame));
  trace("after");
  fl_end;
}

static void a_call_runs_at_once_and_needs_no_turn(void **state) {
  (void)state;
  fl_create_task(loop, calls_at_once);
  turns(1);
  assert_string_equal(traced(), "before called after");
}

typedef struct point {
  double x, y;
} point;
fl_async(gives_a_double, double result) {
  fl_begin;
  fl_return(0.5);
  fl_end;
}
fl_async(gives_a_pointer, const char *result) {
  fl_begin;
  fl_return("text");
  fl_end;
}
fl_async(gives_a_struct, point result) {
  fl_begin;
  fl_return(((point){1.5, 2.5}));
  fl_end;
}
fl_async(gives_64_bits, int64_t result) {
  fl_begin;
  fl_return(INT64_MIN);
  fl_end;
}
fl_async(gives_a_bool, bool result) {
  fl_begin;
  fl_return(true);
  fl_end;
}
fl_async(gives_a_task, fl_task result) {
  fl_begin;
  fl_return(fl_this_task(self));
  fl_end;
}
fl_async(gets_all, gives_a_double a; gives_a_pointer b; gives_a_struct c; gives_64_bits d; gives_a_bool e;
         gives_a_task f) {
  fl_begin;
  fl_await(fl_call(gives_a_double, &self->a));
  fl_await(fl_call(gives_a_pointer, &self->b));
  fl_await(fl_call(gives_a_struct, &self->c));
  fl_await(fl_call(gives_64_bits, &self->d));
  fl_await(fl_call(gives_a_bool, &self->e));
  fl_await(fl_call(gives_a_task, &self->f));
  assert_true(self->a.result == 0.5);
  assert_string_equal(self->b.result, "text");
  assert_true(self->c.result.x == 1.5 && self->c.result.y == 2.5);
  assert_true(self->d.result == INT64_MIN);
  assert_true(self->e.result);
  assert_ptr_equal(self->f.result.at, fl_this_task(self).at);
  trace("all");
  fl_end;
}

static void a_result_may_be_of_any_type(void **state) {
  (void)state;
  assert_int_equal(run_task(fl_create_task(loop, gets_all)), FL_OK);
  assert_string_equal(traced(), "all");
}

fl_async(leaves_early, int way; int i, j; int result) {
  fl_begin;
  for (self->i = 0; self->i < 10; self->i++) {
    while (self->j < 10) {
      if (self->way == 0) {
        fl_await(fl_sleep(FL_MS));
        fl_return(100 + self->i);
      }
      if (self->way == 1 && self->i == 3) fl_return_void;
      self->j += 10;
    }
    self->j = 0;
  }
  trace("not here");
  fl_finally;
  trace("finally:%d", self->result);
  fl_end;
}

static void a_return_leaves_nested_blocks_through_finally(void **state) {
  (void)state;
  assert_int_equal(run_task(fl_create_task(loop, leaves_early, 0)), FL_OK);
  assert_int_equal(run_task(fl_create_task(loop, leaves_early, 1)), FL_OK);
  assert_string_equal(traced(), "finally:100 finally:0");
}

/* ---- Recursion */

fl_frame(fibonacci, int n; int *out; int a, b);
fl_async_body(fibonacci) {
  fl_begin;
  if (self->n < 2) {
    *self->out = self->n;
    fl_return_void;
  }
  fl_await(fl_call_new(fibonacci, self->n - 1, &self->a));
  fl_await(fl_call_new(fibonacci, self->n - 2, &self->b));
  fl_await(fl_sleep(0));
  *self->out = self->a + self->b;
  fl_end;
}

static void a_coroutine_may_call_itself(void **state) {
  (void)state;
  int out = 0;
  assert_int_equal(run_task(fl_create_task(loop, fibonacci, 15, &out)), FL_OK);
  assert_int_equal(out, 610);
}

fl_frame(deep, int depth; int fails);
fl_async_body(deep) {
  fl_begin;
  if (self->depth > 0)
    fl_await(fl_call_new(deep, self->depth - 1, self->fails));
  else if (self->fails)
    fl_raise(self->fails, "at the bottom");
  else
    fl_await(fl_sleep(FL_SECOND));
  fl_end;
}

enum { DEEP = 100000 };

static void calls_may_be_100000_deep(void **state) {
  (void)state;
  assert_int_equal(run_task(fl_create_task(loop, deep, DEEP)), FL_OK);
  assert_int_equal(virtual_clock.now_us, FL_SECOND);
}

static void an_error_comes_up_from_100000_calls(void **state) {
  (void)state;
  fl_task task = fl_create_task(loop, deep, DEEP, FL_ENETWORK);
  assert_int_equal(fl_loop_run_until_complete(loop, task, NULL, NULL), FL_ENETWORK);
  assert_string_equal(fl_future_message(task), "at the bottom");
}

static void a_cancellation_comes_up_from_100000_calls(void **state) {
  (void)state;
  fl_task task = fl_create_task(loop, deep, DEEP);
  settle();
  fl_cancel(task, "up");
  assert_int_equal(fl_loop_run_until_complete(loop, task, NULL, NULL), FL_ECANCELLED);
  assert_string_equal(fl_future_message(task), "up");
}

static void frames_that_never_end_go_with_the_loop(void **state) {
  (void)state;
  fl_create_task(loop, deep, 100);
  settle();
  loop_end();
  assert_string_equal(reported(), "Task was destroyed but it is pending!: Task-1");
}

/* ---- Errors */

fl_async(raises, int error; const char *message) {
  fl_begin;
  fl_await(fl_sleep(FL_MS));
  fl_raise(self->error, self->message);
  fl_end;
}
fl_async(passes_on, int error; const char *message; raises raises) {
  fl_begin;
  fl_await(fl_call(raises, &self->raises, self->error, self->message));
  trace("not here");
  fl_finally;
  trace("passes:%s", fl_error_name(self->coro.pending));
  fl_end;
}
fl_async(catches, int error; const char *message; passes_on inner; int caught) {
  fl_begin;
  fl_try(self->caught, fl_call(passes_on, &self->inner, self->error, self->message));
  trace("caught:%s:%s", fl_error_name(self->caught), fl_caught_message(self, self->caught));
  fl_try(self->caught, fl_sleep(0));
  trace("then:%s:%s", fl_error_name(self->caught), fl_caught_message(self, self->caught));
  fl_end;
}

static void an_error_is_caught_with_its_message_up_the_calls(void **state) {
  (void)state;
  assert_int_equal(run_task(fl_create_task(loop, catches, FL_ETLS, "bad key")), FL_OK);
  assert_string_equal(traced(), "passes:FL_ETLS caught:FL_ETLS:bad key then:FL_OK:");
  assert_int_equal(run_task(fl_create_task(loop, catches, FL_ETLS)), FL_OK);
  assert_string_equal(traced(), "passes:FL_ETLS caught:FL_ETLS:the TLS handshake failed then:FL_OK:");
}

fl_async(catches_its_own, raises raises; int caught) {
  fl_begin;
  fl_try(self->caught, fl_call(raises, &self->raises, FL_ETLS, "the callee's"));
  fl_finally;
  trace("%s", fl_caught_message(self, FL_ENETWORK));
  fl_end;
}
fl_async(calls_who_catches, catches_its_own inner) {
  fl_begin;
  fl_await(fl_call(catches_its_own, &self->inner));
  trace("%s", fl_caught_message(self, FL_ENETWORK));
  fl_end;
}

static void a_message_that_was_caught_is_nobody_else_s(void **state) {
  (void)state;
  assert_int_equal(run_task(fl_create_task(loop, calls_who_catches)), FL_OK);
  assert_string_equal(traced(), "network error network error");
}

static void a_message_is_copied_when_it_is_raised(void **state) {
  (void)state;
  char message[] = "first";
  fl_task task = fl_create_task(loop, raises, FL_ETLS, message);
  assert_int_equal(fl_loop_run_until_complete(loop, task, NULL, NULL), FL_ETLS);
  message[0] = 'X';
  assert_string_equal(fl_future_message(task), "first");
}

static void to_raise_no_error_is_one(void **state) {
  (void)state;
  assert_int_equal(run_task(fl_create_task(loop, raises, 0, "nothing")), FL_EINVAL);
}

fl_async(adds_to_it, int error; raises raises) {
  fl_begin;
  fl_try(self->error, fl_call(raises, &self->raises, FL_ETLS, "inner"));
  fl_raise(self->error, fl_caught_message(self, self->error));
  fl_end;
}

static void an_error_that_is_raised_again_keeps_its_message(void **state) {
  (void)state;
  fl_task task = fl_create_task(loop, adds_to_it);
  assert_int_equal(fl_loop_run_until_complete(loop, task, NULL, NULL), FL_ETLS);
  assert_string_equal(fl_future_message(task), "inner");
}

/* ---- `finally` */

fl_async(fails_in_finally, int first, second; bool by_await) {
  fl_begin;
  if (self->first) fl_raise(self->first, "first");
  trace("body");
  fl_finally;
  fl_await(fl_sleep(FL_MS));
  if (self->by_await) fl_await(fl_call_new(raises, self->second, "second"));
  if (self->second) fl_raise(self->second, "second");
  trace("end");
  fl_end;
}

static void an_error_survives_a_finally_that_awaits(void **state) {
  (void)state;
  fl_task task = fl_create_task(loop, fails_in_finally, FL_ETLS);
  assert_int_equal(fl_loop_run_until_complete(loop, task, NULL, NULL), FL_ETLS);
  assert_string_equal(fl_future_message(task), "first");
  assert_string_equal(traced(), "end");
}

static void an_error_in_finally_takes_the_place_of_the_first(void **state) {
  (void)state;
  for (int by_await = 0; by_await <= 1; by_await++)
    for (int first = 0; first <= 1; first++) {
      fl_task task = fl_create_task(loop, fails_in_finally, first ? FL_ETLS : 0, FL_ENETWORK, by_await);
      assert_int_equal(fl_loop_run_until_complete(loop, task, NULL, NULL), FL_ENETWORK);
      assert_string_equal(fl_future_message(task), "second");
      assert_string_equal(traced(), first ? "" : "body");
    }
}

fl_async(returns_in_finally, int result) {
  fl_begin;
  fl_raise(FL_ETLS, "first");
  fl_finally;
  self->result = 1;
  if (self->result) fl_return(2);
  trace("not here");
  fl_end;
}

static void a_return_in_finally_ends_it_but_not_the_error(void **state) {
  (void)state;
  fl_task task = fl_create_task(loop, returns_in_finally);
  assert_int_equal(fl_loop_run_until_complete(loop, task, NULL, NULL), FL_ETLS);
  assert_string_equal(fl_future_message(task), "first");
}

fl_async(catches_in_finally, int error) {
  fl_begin;
  fl_await(fl_call_new(raises, FL_ETLS, "first"));
  fl_finally;
  fl_try(self->error, fl_call_new(raises, FL_ENETWORK, "second"));
  trace("%s", fl_caught_message(self, self->error));
  fl_end;
}

static void an_error_caught_in_finally_leaves_the_first(void **state) {
  (void)state;
  fl_task task = fl_create_task(loop, catches_in_finally);
  assert_int_equal(fl_loop_run_until_complete(loop, task, NULL, NULL), FL_ETLS);
  assert_string_equal(fl_future_message(task), "first");
  assert_string_equal(traced(), "second");
}

fl_async(only_cleans_up, int calls) {
  fl_begin;
  fl_return_void;
  fl_finally;
  trace("once:%d", ++self->calls);
  fl_end;
}

static void finally_runs_once(void **state) {
  (void)state;
  assert_int_equal(run_task(fl_create_task(loop, only_cleans_up)), FL_OK);
  assert_string_equal(traced(), "once:1");
}

/* ---- Time */

fl_async(sleeps, int64_t delay_us; int error) {
  fl_begin;
  fl_try(self->error, fl_sleep(self->delay_us));
  trace("%s", self->error ? fl_caught_message(self, self->error) : "slept");
  fl_end;
}

static void delays_of_all_lengths_are_kept(void **state) {
  (void)state;
  static const int64_t delays[] = {0,     -1,        INT64_MIN + 1,     1,
                                   FL_MS, FL_SECOND, 86400 * FL_SECOND, (INT64_C(1) << 40) * FL_MS};
  for (unsigned i = 0; i < LENGTH(delays); i++) {
    int64_t began_us = virtual_clock.now_us;
    assert_int_equal(run_task(fl_create_task(loop, sleeps, delays[i])), FL_OK);
    assert_int_equal(virtual_clock.now_us - began_us, delays[i] > 0 ? delays[i] : 0);
    assert_string_equal(traced(), "slept");
  }
}

static void a_delay_that_is_not_a_number_is_refused(void **state) {
  (void)state;
  assert_int_equal(run_task(fl_create_task(loop, sleeps, FL_NAN)), FL_OK);
  assert_int_equal(run_task(fl_create_task(loop, sleeps, fl_seconds(0.0 / 0.0))), FL_OK);
  assert_string_equal(traced(), "a delay that is not a number a delay that is not a number");
}

static void a_sleep_for_ever_can_be_cancelled(void **state) {
  (void)state;
  fl_task task = fl_create_task(loop, sleeps, FL_NEVER);
  assert_int_equal(fl_loop_run_until_complete(loop, task, NULL, NULL), FL_EDEADLOCK);
  fl_cancel(task, "enough");
  assert_int_equal(run_task(task), FL_OK);
  assert_string_equal(traced(), "enough");
}

fl_async(takes_turns, const char *word; int i) {
  fl_begin;
  for (self->i = 0; self->i < 3; self->i++) {
    trace("%s%d", self->word, self->i);
    fl_await(fl_sleep(0));
  }
  fl_end;
}

static void no_delay_lets_others_run(void **state) {
  (void)state;
  fl_create_task(loop, takes_turns, "a");
  fl_create_task(loop, takes_turns, "b");
  settle();
  assert_string_equal(traced(), "a0 b0 a1 b1 a2 b2");
}

static void sleepers_wake_in_the_order_of_their_deadlines(void **state) {
  (void)state;
  fl_create_task(loop, sleeper, "c", 30 * FL_MS);
  fl_create_task(loop, sleeper, "a", 10 * FL_MS);
  fl_create_task(loop, sleeper, "b1", 20 * FL_MS);
  fl_create_task(loop, sleeper, "b2", 20 * FL_MS);
  fl_loop_run_forever(loop);
  assert_string_equal(traced(), "a@10 b1@20 b2@20 c@30");
}

fl_async(raises_number, int number) {
  fl_begin;
  fl_raise(self->number, NULL);
  fl_end;
}

fl_async(awaits_number, fl_task of; int result) {
  fl_begin;
  fl_try(self->result, self->of);
  fl_end;
}

static void any_number_may_be_an_error(void **state) {
  (void)state;
  const int numbers[] = {1, -1, 2, INT32_MAX, INT32_MIN + 1, FL_EUSER - 1};
  for (size_t i = 0; i < LENGTH(numbers); i++) {
    fl_task task = fl_create_task(loop, awaits_number, fl_create_task(loop, raises_number, numbers[i]));
    fl_loop_run_until_complete(loop, task, NULL, NULL);
    assert_int_equal(fl_task_frame(task, awaits_number)->result, numbers[i]);
  }
}

int main(void) {
  const struct CMUnitTest tests[] = {
      ASYNC_TEST(any_number_may_be_an_error),
      ASYNC_TEST(a_call_in_a_loop_uses_its_frame_again),
      ASYNC_TEST(a_call_runs_at_once_and_needs_no_turn),
      ASYNC_TEST(a_result_may_be_of_any_type),
      ASYNC_TEST(a_return_leaves_nested_blocks_through_finally),
      ASYNC_TEST(a_coroutine_may_call_itself),
      ASYNC_TEST(calls_may_be_100000_deep),
      ASYNC_TEST(an_error_comes_up_from_100000_calls),
      ASYNC_TEST(a_cancellation_comes_up_from_100000_calls),
      ASYNC_TEST(frames_that_never_end_go_with_the_loop),
      ASYNC_TEST(an_error_is_caught_with_its_message_up_the_calls),
      ASYNC_TEST(a_message_that_was_caught_is_nobody_else_s),
      ASYNC_TEST(a_message_is_copied_when_it_is_raised),
      ASYNC_TEST(to_raise_no_error_is_one),
      ASYNC_TEST(an_error_that_is_raised_again_keeps_its_message),
      ASYNC_TEST(an_error_survives_a_finally_that_awaits),
      ASYNC_TEST(an_error_in_finally_takes_the_place_of_the_first),
      ASYNC_TEST(a_return_in_finally_ends_it_but_not_the_error),
      ASYNC_TEST(an_error_caught_in_finally_leaves_the_first),
      ASYNC_TEST(finally_runs_once),
      ASYNC_TEST(delays_of_all_lengths_are_kept),
      ASYNC_TEST(a_delay_that_is_not_a_number_is_refused),
      ASYNC_TEST(a_sleep_for_ever_can_be_cancelled),
      ASYNC_TEST(no_delay_lets_others_run),
      ASYNC_TEST(sleepers_wake_in_the_order_of_their_deadlines),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
