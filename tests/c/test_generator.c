/* Async generators: what they yield, when they are exhausted, closed, cancelled. */
#include "async_support.h"

fl_async(counts, int from, to; int64_t every_us; int result) {
  fl_begin;
  for (; self->from < self->to; self->from++) {
    fl_await(fl_sleep(self->every_us));
    fl_yield(self->from);
  }
  fl_finally;
  trace("closed");
  fl_end;
}

fl_async(consumer, int from, to, stop_at; counts counts; int error, sum) {
  fl_begin;
  self->counts = fl_generator(counts, self->from, self->to, .every_us = FL_MS);
  for (;;) {
    fl_await(fl_next(&self->counts));
    if (fl_exhausted(&self->counts)) break;
    trace_at("got");
    self->sum += self->counts.result;
    if (self->counts.result == self->stop_at) break;
  }
  fl_await(fl_close(&self->counts));
  trace("sum:%d", self->sum);
  fl_end;
}

static void values_come_as_they_are_yielded(void **state) {
  (void)state;
  assert_int_equal(run_task(fl_create_task(loop, consumer, 1, 4, -1)), FL_OK);
  assert_string_equal(traced(), "got@1 got@2 got@3 closed sum:6");
}

static void one_that_yields_nothing_is_exhausted_at_once(void **state) {
  (void)state;
  assert_int_equal(run_task(fl_create_task(loop, consumer, 4, 4, -1)), FL_OK);
  assert_string_equal(traced(), "closed sum:0");
}

static void one_that_is_closed_early_cleans_up_once(void **state) {
  (void)state;
  assert_int_equal(run_task(fl_create_task(loop, consumer, 1, 100, 2)), FL_OK);
  assert_string_equal(traced(), "got@1 got@2 closed sum:3");
}

fl_async(awaits_past_the_end, counts counts; int i) {
  fl_begin;
  self->counts = fl_generator(counts, 0, 1);
  for (self->i = 0; self->i < 4; self->i++) {
    fl_await(fl_next(&self->counts));
    trace("%d", fl_exhausted(&self->counts));
  }
  fl_await(fl_close(&self->counts));
  fl_await(fl_close(&self->counts));
  fl_end;
}

static void past_its_end_it_stays_exhausted(void **state) {
  (void)state;
  assert_int_equal(run_task(fl_create_task(loop, awaits_past_the_end)), FL_OK);
  assert_string_equal(traced(), "0 closed 1 1 1");
}

fl_async(closes_unbegun, counts counts) {
  fl_begin;
  self->counts = fl_generator(counts, 0, 10);
  fl_await(fl_close(&self->counts));
  trace("%d", fl_exhausted(&self->counts));
  fl_await(fl_next(&self->counts));
  trace("%d", fl_exhausted(&self->counts));
  fl_end;
}

static void one_that_has_not_begun_never_runs_after_its_close(void **state) {
  (void)state;
  assert_int_equal(run_task(fl_create_task(loop, closes_unbegun)), FL_OK);
  assert_string_equal(traced(), "1 1");
}

/* ---- Errors */

fl_async(breaks, int i; int result) {
  fl_begin;
  for (self->i = 0; self->i < 2; self->i++) fl_yield(self->i);
  fl_raise(FL_ETLS, "third time unlucky");
  fl_finally;
  trace("finally");
  fl_end;
}
fl_async(sees_it_break, breaks breaks; int error) {
  fl_begin;
  self->breaks = fl_generator(breaks, 0);
  do {
    fl_try(self->error, fl_next(&self->breaks));
    trace("%s", self->error ? fl_caught_message(self, self->error) : "value");
  } while (!self->error);
  fl_await(fl_next(&self->breaks));
  trace("exhausted:%d", fl_exhausted(&self->breaks));
  fl_end;
}

static void an_error_comes_out_of_next_and_ends_it(void **state) {
  (void)state;
  assert_int_equal(run_task(fl_create_task(loop, sees_it_break)), FL_OK);
  assert_string_equal(traced(), "value value finally third time unlucky exhausted:1");
}

fl_async(fails_to_close, bool tls; int result) {
  fl_begin;
  fl_yield(1);
  trace("not here");
  fl_finally;
  fl_await(fl_sleep(5 * FL_MS));
  if (self->tls) fl_raise(FL_ETLS, "in finally");
  trace_at("closed");
  fl_end;
}
fl_async(closes_it, bool tls; fails_to_close it; int error) {
  fl_begin;
  self->it = fl_generator(fails_to_close, self->tls);
  fl_await(fl_next(&self->it));
  fl_try(self->error, fl_close(&self->it));
  trace("%s:%d", fl_error_name(self->error), fl_exhausted(&self->it));
  fl_end;
}

static void a_close_awaits_its_finally(void **state) {
  (void)state;
  assert_int_equal(run_task(fl_create_task(loop, closes_it, false)), FL_OK);
  assert_string_equal(traced(), "closed@5 FL_OK:1");
}

static void an_error_while_it_closes_comes_out_of_close(void **state) {
  (void)state;
  assert_int_equal(run_task(fl_create_task(loop, closes_it, true)), FL_OK);
  assert_string_equal(traced(), "FL_ETLS:1");
}

/* ---- Cancellation */

fl_async(cancelled_in_between, counts counts; int error) {
  fl_begin;
  self->counts = fl_generator(counts, 0, 10, FL_SECOND);
  fl_await(fl_next(&self->counts));
  trace_at("first");
  fl_try(self->error, fl_next(&self->counts));
  trace("%s:%s:%d", fl_error_name(self->error), fl_caught_message(self, self->error), fl_exhausted(&self->counts));
  fl_end;
}

static void a_cancellation_arrives_where_the_generator_awaits(void **state) {
  (void)state;
  fl_task task = fl_create_task(loop, cancelled_in_between);
  settle();
  virtual_clock.now_us = FL_SECOND;
  settle();
  fl_cancel(task, "stop");
  assert_int_equal(run_task(task), FL_OK);
  assert_string_equal(traced(), "first@1000 closed FL_ECANCELLED:stop:1");
}

fl_async(catches_inside, int error; int i; int result) {
  fl_begin;
  for (self->i = 0; self->i < 2; self->i++) {
    fl_try(self->error, fl_sleep(FL_SECOND));
    fl_yield(self->error ? -1 : self->i);
  }
  fl_end;
}
fl_async(uses_one_that_catches, catches_inside it; int sum) {
  fl_begin;
  self->it = fl_generator(catches_inside, 0);
  for (;;) {
    fl_await(fl_next(&self->it));
    if (fl_exhausted(&self->it)) break;
    trace("%d", self->it.result);
  }
  fl_end;
}

static void a_cancellation_caught_by_the_generator_is_over(void **state) {
  (void)state;
  fl_task task = fl_create_task(loop, uses_one_that_catches);
  settle();
  fl_cancel(task, NULL);
  assert_int_equal(run_task(task), FL_OK);
  assert_string_equal(traced(), "-1 1");
  assert_int_equal(virtual_clock.now_us, FL_SECOND);
}

/* ---- Between tasks, and nested */

static counts shared;
fl_async(takes_one, const char *name) {
  fl_begin;
  fl_await(fl_next(&shared));
  trace("%s:%d", self->name, shared.result);
  fl_end;
}

static void several_tasks_may_take_from_one_in_turn(void **state) {
  (void)state;
  shared = fl_generator(counts, 7, 10);
  assert_int_equal(run_task(fl_create_task(loop, takes_one, "a")), FL_OK);
  assert_int_equal(run_task(fl_create_task(loop, takes_one, "b")), FL_OK);
  assert_string_equal(traced(), "a:7 b:8");
}

fl_async(tries_one, const char *name; int error) {
  fl_begin;
  fl_try(self->error, fl_next(&shared));
  trace("%s:%s", self->name, fl_error_name(self->error));
  fl_end;
}

/* asyncio: RuntimeError, asynchronous generator is already running */
static void two_tasks_at_once_are_refused(void **state) {
  (void)state;
  shared = fl_generator(counts, 7, 10, FL_MS);
  fl_create_task(loop, tries_one, "a");
  fl_create_task(loop, tries_one, "b");
  fl_loop_run_forever(loop);
  assert_string_equal(traced(), "b:FL_ESTATE a:FL_OK");
}

fl_async(takes_from_itself, int error; int result) {
  fl_begin;
  fl_try(self->error, fl_next(self));
  trace("%s", fl_error_name(self->error));
  fl_yield(1);
  fl_end;
}
fl_async(uses_that, takes_from_itself it) {
  fl_begin;
  self->it = fl_generator(takes_from_itself, 0);
  fl_await(fl_next(&self->it));
  fl_await(fl_close(&self->it));
  fl_end;
}

static void one_cannot_await_itself(void **state) {
  (void)state;
  assert_int_equal(run_task(fl_create_task(loop, uses_that)), FL_OK);
  assert_string_equal(traced(), "FL_ESTATE");
}

fl_async(doubles, counts counts; int result) {
  fl_begin;
  self->counts = fl_generator(counts, 1, 4, FL_MS);
  for (;;) {
    fl_await(fl_next(&self->counts));
    if (fl_exhausted(&self->counts)) break;
    fl_yield(2 * self->counts.result);
  }
  fl_finally;
  fl_await(fl_close(&self->counts));
  fl_end;
}
fl_async(prints_doubles, doubles doubles; int left) {
  fl_begin;
  self->doubles = fl_generator(doubles, {.coro = {0}});
  for (; self->left > 0; self->left--) {
    fl_await(fl_next(&self->doubles));
    if (fl_exhausted(&self->doubles)) break;
    trace("%d", self->doubles.result);
  }
  fl_await(fl_close(&self->doubles));
  trace("end");
  fl_end;
}

static void one_may_take_from_another(void **state) {
  (void)state;
  assert_int_equal(run_task(fl_create_task(loop, prints_doubles, .left = 100)), FL_OK);
  assert_string_equal(traced(), "2 4 6 closed end");
  assert_int_equal(run_task(fl_create_task(loop, prints_doubles, .left = 1)), FL_OK);
  assert_string_equal(traced(), "2 closed end");
}

fl_async(keeps_a_message, int error; int result) {
  fl_begin;
  fl_try(self->error, fl_call_new(sleeper, "s", 0, FL_ETLS, "kept"));
  fl_yield(1);
  fl_end;
}
fl_async(walks_off, keeps_a_message it) {
  fl_begin;
  self->it = fl_generator(keeps_a_message, 0);
  fl_await(fl_next(&self->it));
  fl_await(fl_close(&self->it));
  fl_end;
}

static void one_that_has_caught_an_error_frees_it_when_closed(void **state) {
  (void)state;
  assert_int_equal(run_task(fl_create_task(loop, walks_off)), FL_OK);
  traced();
}

fl_async(slow_to_close, int result) {
  fl_begin;
  fl_yield(1);
  fl_finally;
  fl_await(fl_sleep(10 * FL_SECOND));
  fl_end;
}

fl_async(closes_in_time, slow_to_close gen; int error) {
  fl_begin;
  self->gen = fl_generator(slow_to_close, .result = 0);
  fl_await(fl_next(&self->gen));
  fl_try(self->error, fl_wait_for(fl_close(&self->gen), FL_SECOND));
  fl_end;
}

fl_async(yields_to_the_last, int result) {
  fl_begin;
  fl_yield(1);
  fl_finally;
  fl_yield(2);
  trace("never");
  fl_end;
}
fl_async(closes_until_it_is, yields_to_the_last gen; int error) {
  fl_begin;
  self->gen = fl_generator(yields_to_the_last, .result = 0);
  fl_await(fl_next(&self->gen));
  do {
    fl_try(self->error, fl_close(&self->gen));
    trace("%s %d %s%s", fl_error_name(self->error), fl_exhausted(&self->gen), fl_caught_message(self, self->error),
          self->error ? ";" : "");
  } while (self->error);
  fl_end;
}

static void one_that_yields_while_it_closes_is_not_closed(void **state) {
  (void)state;
  assert_int_equal(run_task(fl_create_task(loop, closes_until_it_is)), FL_OK);
  assert_string_equal(traced(), "FL_ESTATE 0 the generator ignored FL_EGENERATOREXIT; FL_OK 1 ");
}

static void a_timeout_while_it_closes_is_one(void **state) {
  (void)state;
  fl_task task = fl_create_task(loop, closes_in_time);
  fl_loop_run_until_complete(loop, task, NULL, NULL);
  assert_int_equal(fl_task_frame(task, closes_in_time)->error, FL_ETIMEOUT);
}

fl_async(has_a_deadline, int result; fl_timeout timeout) {
  fl_begin;
  fl_timeout_after(self, &self->timeout, FL_SECOND);
  fl_yield(1);
  fl_end;
}

fl_async(begins, has_a_deadline *gen) {
  fl_begin;
  fl_await(fl_next(self->gen));
  fl_end;
}

fl_async(closes_late, has_a_deadline *gen; int error) {
  fl_begin;
  fl_await(fl_sleep(2 * FL_SECOND));
  fl_try(self->error, fl_close(self->gen));
  fl_end;
}

static void a_deadline_in_it_is_that_of_the_task_that_entered_it(void **state) {
  (void)state;
  has_a_deadline gen = fl_generator(has_a_deadline, .result = 0);
  assert_int_equal(run_task(fl_create_task(loop, begins, &gen)), FL_OK);
  fl_task other = fl_create_task(loop, closes_late, &gen); /* in the same block */
  assert_int_equal(fl_loop_run_until_complete(loop, other, NULL, NULL), FL_OK);
  assert_int_equal(fl_task_frame(other, closes_late)->error, FL_OK);
}

static void only_a_generator_can_yield(void **state) {
  (void)state;
  assert_int_equal(run_task(fl_create_task(loop, slow_to_close)), FL_ESTATE);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      ASYNC_TEST(one_that_yields_while_it_closes_is_not_closed),
      ASYNC_TEST(a_timeout_while_it_closes_is_one),
      ASYNC_TEST(a_deadline_in_it_is_that_of_the_task_that_entered_it),
      ASYNC_TEST(only_a_generator_can_yield),
      ASYNC_TEST(values_come_as_they_are_yielded),
      ASYNC_TEST(one_that_yields_nothing_is_exhausted_at_once),
      ASYNC_TEST(one_that_is_closed_early_cleans_up_once),
      ASYNC_TEST(past_its_end_it_stays_exhausted),
      ASYNC_TEST(one_that_has_not_begun_never_runs_after_its_close),
      ASYNC_TEST(an_error_comes_out_of_next_and_ends_it),
      ASYNC_TEST(a_close_awaits_its_finally),
      ASYNC_TEST(an_error_while_it_closes_comes_out_of_close),
      ASYNC_TEST(a_cancellation_arrives_where_the_generator_awaits),
      ASYNC_TEST(a_cancellation_caught_by_the_generator_is_over),
      ASYNC_TEST(several_tasks_may_take_from_one_in_turn),
      ASYNC_TEST(two_tasks_at_once_are_refused),
      ASYNC_TEST(one_cannot_await_itself),
      ASYNC_TEST(one_may_take_from_another),
      ASYNC_TEST(one_that_has_caught_an_error_frees_it_when_closed),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
