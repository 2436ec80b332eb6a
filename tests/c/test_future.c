/* Futures: results, errors, callbacks, cancellation, and what is known of one that is gone. */
#include "async_support.h"

#include <stdlib.h>

/* ---- Completion */

static void a_result_is_given_out_as_it_was_set(void **state) {
  (void)state;
  int thing;
  fl_future future = fl_future_new(loop);
  assert_false(fl_done(future));
  assert_int_equal(fl_future_error(future), FL_EPENDING);
  assert_null(fl_future_result(future));
  assert_int_equal(fl_future_set_result(future, &thing), FL_OK);
  assert_true(fl_done(future));
  assert_false(fl_cancelled(future));
  assert_int_equal(fl_future_error(future), FL_OK);
  assert_ptr_equal(fl_future_result(future), &thing);
  assert_string_equal(fl_future_message(future), "");
}

static void a_result_may_be_null(void **state) {
  (void)state;
  fl_future future = fl_future_new(loop);
  assert_int_equal(fl_future_set_result(future, NULL), FL_OK);
  assert_true(fl_done(future));
  assert_int_equal(fl_future_error(future), FL_OK);
  assert_null(fl_future_result(future));
}

static void an_error_has_a_message_that_was_copied(void **state) {
  (void)state;
  char message[] = "the sky fell";
  fl_future future = fl_future_new(loop);
  assert_int_equal(fl_future_set_error(future, FL_ENETWORK, message), FL_OK);
  message[0] = 'X';
  assert_int_equal(fl_future_error(future), FL_ENETWORK);
  assert_string_equal(fl_future_message(future), "the sky fell");
  assert_null(fl_future_result(future));
}

static void an_error_without_a_message_has_its_own(void **state) {
  (void)state;
  fl_future future = fl_future_new(loop);
  assert_string_equal(fl_future_message(future), fl_error_message(FL_EPENDING));
  fl_future_set_error(future, FL_ENETWORK, NULL);
  assert_string_equal(fl_future_message(future), fl_error_message(FL_ENETWORK));
  assert_int_equal(fl_future_error(future), FL_ENETWORK);
}

static void an_error_may_be_the_programs_own(void **state) {
  (void)state;
  fl_future future = fl_future_new(loop), positive = fl_future_new(loop);
  assert_int_equal(fl_future_set_error(future, -100000, "ours"), FL_OK);
  assert_int_equal(fl_future_error(future), -100000);
  assert_string_equal(fl_future_message(future), "ours");
  assert_int_equal(fl_future_set_error(positive, 7, NULL), FL_OK);
  assert_int_equal(fl_future_error(positive), 7);
}

static void zero_is_no_error(void **state) {
  (void)state;
  fl_future future = fl_future_new(loop);
  assert_int_equal(fl_future_set_error(future, 0, "nothing"), FL_EINVAL);
  assert_false(fl_done(future));
}

static void a_future_is_completed_once(void **state) {
  (void)state;
  int first, second;
  fl_future future = fl_future_new(loop), failed = fl_future_new(loop);
  fl_future_set_result(future, &first);
  assert_int_equal(fl_future_set_result(future, &second), FL_EDONE);
  assert_int_equal(fl_future_set_error(future, FL_ENETWORK, NULL), FL_EDONE);
  assert_int_equal(fl_cancel(future, NULL), FL_EDONE);
  assert_ptr_equal(fl_future_result(future), &first);
  fl_future_set_error(failed, FL_ENETWORK, "first");
  assert_int_equal(fl_future_set_error(failed, FL_ETLS, "second"), FL_EDONE);
  assert_int_equal(fl_future_set_result(failed, &second), FL_EDONE);
  assert_int_equal(fl_future_error(failed), FL_ENETWORK);
  assert_string_equal(fl_future_message(failed), "first");
}

/* ---- Cancellation */

static void a_future_is_cancelled_at_once(void **state) {
  (void)state;
  fl_future future = fl_future_new(loop);
  assert_int_equal(fl_cancel(future, "enough"), FL_OK);
  assert_true(fl_done(future));
  assert_true(fl_cancelled(future));
  assert_int_equal(fl_future_error(future), FL_ECANCELLED);
  assert_string_equal(fl_future_message(future), "enough");
  assert_null(fl_future_result(future));
  assert_int_equal(fl_cancel(future, "again"), FL_EDONE);
  assert_int_equal(fl_future_set_result(future, NULL), FL_EDONE);
  assert_string_equal(fl_future_message(future), "enough");
}

static void the_error_cancelled_cancels(void **state) {
  (void)state;
  fl_future future = fl_future_new(loop);
  fl_future_set_error(future, FL_ECANCELLED, NULL);
  assert_true(fl_cancelled(future));
}

/* ---- Done callbacks */

static void callbacks_run_in_the_order_of_their_adding_in_the_next_turn(void **state) {
  (void)state;
  fl_handle a = {0}, b = {0}, c = {0}, before = {0};
  fl_future future = fl_future_new(loop);
  assert_int_equal(fl_add_done_callback(future, &b, trace_arg, "b"), FL_OK);
  assert_int_equal(fl_add_done_callback(future, &a, trace_arg, "a"), FL_OK);
  assert_int_equal(fl_add_done_callback(future, &c, trace_arg, "c"), FL_OK);
  settle();
  assert_string_equal(traced(), "");
  fl_call_soon(loop, &before, trace_arg, "before");
  fl_future_set_result(future, NULL);
  assert_string_equal(traced(), "");
  turns(1);
  assert_string_equal(traced(), "before b a c");
  settle();
  assert_string_equal(traced(), "");
}

static void a_callback_of_what_is_done_is_scheduled_at_once(void **state) {
  (void)state;
  fl_handle handle = {0};
  fl_future future = fl_future_new(loop);
  fl_cancel(future, NULL);
  fl_add_done_callback(future, &handle, trace_arg, "late");
  assert_string_equal(traced(), "");
  turns(1);
  assert_string_equal(traced(), "late");
}

static void callbacks_run_for_results_errors_and_cancellations(void **state) {
  (void)state;
  fl_handle handles[3] = {0};
  fl_future futures[3];
  for (int i = 0; i < 3; i++) {
    futures[i] = fl_future_new(loop);
    fl_add_done_callback(futures[i], &handles[i], trace_arg,
                         (void *)(i == 0   ? "result"
                                  : i == 1 ? "error"
                                           : "cancelled"));
  }
  fl_cancel(futures[2], NULL);
  fl_future_set_error(futures[1], FL_ENETWORK, NULL);
  fl_future_set_result(futures[0], NULL);
  settle();
  assert_string_equal(traced(), "cancelled error result");
  assert_int_equal(fl_future_error(futures[1]), FL_ENETWORK);
}

static void a_callback_that_is_taken_back_does_not_run(void **state) {
  (void)state;
  fl_handle a = {0}, b = {0}, c = {0};
  fl_future future = fl_future_new(loop);
  fl_add_done_callback(future, &a, trace_arg, "a");
  fl_add_done_callback(future, &b, trace_arg, "b");
  fl_add_done_callback(future, &c, trace_arg, "c");
  fl_handle_cancel(&b);
  fl_future_set_result(future, NULL);
  fl_handle_cancel(&c); /* it is ready already */
  settle();
  assert_string_equal(traced(), "a");
}

static void a_handle_that_is_pending_keeps_its_place(void **state) {
  (void)state;
  fl_handle a = {0}, b = {0};
  fl_future future = fl_future_new(loop);
  fl_add_done_callback(future, &a, trace_arg, "a");
  fl_add_done_callback(future, &b, trace_arg, "b");
  fl_add_done_callback(future, &a, trace_arg, "other");
  fl_future_set_result(future, NULL);
  settle();
  assert_string_equal(traced(), "a b");
}

static fl_future completed_by_callback;
static fl_handle added_by_callback;
static void add_another(void *arg) {
  trace("%s", (char *)arg);
  fl_add_done_callback(completed_by_callback, &added_by_callback, trace_arg, "another");
}

static void a_callback_may_add_another(void **state) {
  (void)state;
  fl_handle handle = {0};
  added_by_callback = (fl_handle){0};
  completed_by_callback = fl_future_new(loop);
  fl_add_done_callback(completed_by_callback, &handle, add_another, "one");
  fl_future_set_result(completed_by_callback, NULL);
  turns(1);
  assert_string_equal(traced(), "one");
  turns(1);
  assert_string_equal(traced(), "another");
}

static void release_arg(void *arg) { trace("released %d", fl_release(*(fl_future *)arg)); }

static void a_callback_may_release_its_future(void **state) {
  (void)state;
  fl_handle a = {0}, b = {0};
  fl_future future = fl_future_new(loop);
  fl_add_done_callback(future, &a, release_arg, &future);
  fl_add_done_callback(future, &b, trace_arg, "b");
  fl_future_set_result(future, NULL);
  settle();
  assert_string_equal(traced(), "released 0 b");
  assert_int_equal(fl_future_error(future), FL_ERELEASED);
}

/* ---- Handles */

static void check_no_future(fl_future future, int error) {
  fl_handle handle = {0};
  assert_false(fl_done(future));
  assert_false(fl_cancelled(future));
  assert_int_equal(fl_future_error(future), error);
  assert_string_equal(fl_future_message(future), fl_error_message(error));
  assert_null(fl_future_result(future));
  assert_int_equal(fl_future_set_result(future, NULL), error);
  assert_int_equal(fl_future_set_error(future, FL_ENETWORK, NULL), error);
  assert_int_equal(fl_cancel(future, "x"), error);
  assert_int_equal(fl_add_done_callback(future, &handle, trace_arg, "x"), error);
  assert_int_equal(fl_release(future), error);
  assert_int_equal(fl_task_start(future), error);
  assert_string_equal(fl_task_name(future), "");
  assert_int_equal(fl_task_set_name(future, "x"), error);
  assert_int_equal(fl_task_cancelling(future), error);
  assert_int_equal(fl_task_uncancel(future), error);
  assert_null(fl_task_frame(future, sleeper));
  assert_int_equal(fl_loop_run_until_complete(loop, future, NULL, NULL), error);
  settle();
  assert_string_equal(traced(), "");
}

static void a_zeroed_handle_is_no_future(void **state) {
  (void)state;
  check_no_future((fl_future){0}, FL_EINVAL);
}

static void a_released_future_is_known_as_such(void **state) {
  (void)state;
  fl_future future = fl_future_new(loop), done = fl_future_new(loop);
  assert_int_equal(fl_release(future), FL_OK);
  check_no_future(future, FL_ERELEASED);
  fl_future_set_result(done, &future);
  assert_int_equal(fl_release(done), FL_OK);
  check_no_future(done, FL_ERELEASED);
}

static void a_handle_is_known_as_stale_after_its_memory_was_used_again(void **state) {
  (void)state;
  enum { ROUNDS = 20000 };
  fl_future *stale = malloc(ROUNDS * sizeof *stale);
  assert_non_null(stale);
  unsigned reused = 0;
  for (int i = 0; i < ROUNDS; i++) {
    stale[i] = fl_future_new(loop);
    reused += i > 0 && stale[i].at == stale[i - 1].at;
    assert_int_equal(fl_release(stale[i]), FL_OK);
  }
  fl_future live = fl_future_new(loop);
  assert_true(reused > 0);
  for (int i = 0; i < ROUNDS; i++) {
    assert_int_equal(fl_future_set_result(stale[i], NULL), FL_ERELEASED);
    assert_int_equal(fl_release(stale[i]), FL_ERELEASED);
  }
  assert_int_equal(fl_future_error(live), FL_EPENDING);
  free(stale);
}

static void a_stale_handle_of_a_future_is_not_that_of_a_later_task(void **state) {
  (void)state;
  fl_future futures[200];
  for (unsigned i = 0; i < LENGTH(futures); i++) futures[i] = fl_future_new(loop);
  for (unsigned i = 0; i < LENGTH(futures); i++) fl_release(futures[i]);
  for (unsigned i = 0; i < LENGTH(futures); i++) assert_int_equal(fl_release(fl_create_task(loop, sleeper, "")), FL_OK);
  for (unsigned i = 0; i < LENGTH(futures); i++) {
    assert_int_equal(fl_cancel(futures[i], NULL), FL_ERELEASED);
    assert_null(fl_task_frame(futures[i], sleeper));
  }
  settle();
  traced();
}

static void many_futures_live_side_by_side(void **state) {
  (void)state;
  enum { MANY = 30000 };
  fl_future *futures = malloc(MANY * sizeof *futures);
  assert_non_null(futures);
  for (intptr_t i = 0; i < MANY; i++) fl_future_set_result(futures[i] = fl_future_new(loop), (void *)(i + 1));
  for (intptr_t i = 0; i < MANY; i += 3) fl_release(futures[i]);
  for (intptr_t i = 0; i < MANY; i++) assert_int_equal((intptr_t)fl_future_result(futures[i]), i % 3 == 0 ? 0 : i + 1);
  free(futures); /* the rest go with the loop */
}

static void what_only_tasks_can_do_a_future_refuses(void **state) {
  (void)state;
  fl_future future = fl_future_new(loop);
  assert_int_equal(fl_task_start(future), FL_EINVAL);
  assert_string_equal(fl_task_name(future), "");
  assert_int_equal(fl_task_set_name(future, "x"), FL_EINVAL);
  assert_int_equal(fl_task_cancelling(future), FL_EINVAL);
  assert_int_equal(fl_task_uncancel(future), FL_EINVAL);
  assert_null(fl_task_frame(future, sleeper));
  assert_false(fl_done(future));
}

static void releasing_twice_is_an_error(void **state) {
  (void)state;
  fl_future future = fl_future_new(loop);
  assert_int_equal(fl_release(future), FL_OK);
  assert_int_equal(fl_release(future), FL_ERELEASED);
}

fl_async(waits_for, fl_future future; int error) {
  fl_begin;
  fl_try(self->error, self->future);
  trace("%s", fl_error_name(self->error));
  fl_end;
}

static void a_released_future_lives_while_it_is_awaited(void **state) {
  (void)state;
  fl_future future = fl_future_new(loop);
  fl_task task = fl_create_task(loop, waits_for, future);
  settle();
  assert_int_equal(fl_release(future), FL_OK);
  assert_int_equal(fl_release(future), FL_ERELEASED);
  assert_int_equal(fl_future_set_result(future, NULL), FL_OK);
  assert_int_equal(run_task(task), FL_OK);
  assert_string_equal(traced(), "FL_OK");
  assert_int_equal(fl_future_error(future), FL_ERELEASED);
}

/* ---- Errors that nobody has read */

static const char never[] = "Future exception was never retrieved: -: FL_ENETWORK: lost";

static void an_error_that_nobody_read_is_reported_on_release(void **state) {
  (void)state;
  fl_future future = fl_future_new(loop);
  fl_future_set_error(future, FL_ENETWORK, "lost");
  settle();
  assert_string_equal(reported(), "");
  fl_release(future);
  assert_string_equal(reported(), never);
  loop_end();
  assert_string_equal(reported(), "");
}

static void an_error_that_nobody_read_is_reported_when_the_loop_closes(void **state) {
  (void)state;
  fl_future_set_error(fl_future_new(loop), FL_ENETWORK, "lost");
  fl_future_set_error(fl_future_new(loop), FL_ENETWORK, NULL);
  fl_loop *closing = loop;
  fl_loop_close(closing);
  loop = NULL;
  const char *text = reported();
  assert_non_null(strstr(text, never));
  assert_non_null(strstr(text, "Future exception was never retrieved: -: FL_ENETWORK: network error"));
}

static void an_error_that_was_read_is_not_reported(void **state) {
  (void)state;
  fl_future read = fl_future_new(loop), awaited = fl_future_new(loop);
  fl_future_set_error(read, FL_ENETWORK, NULL);
  fl_future_set_error(awaited, FL_ENETWORK, NULL);
  assert_int_equal(fl_future_error(read), FL_ENETWORK);
  assert_int_equal(run_task(fl_create_task(loop, waits_for, awaited)), FL_OK);
  fl_release(read);
  fl_release(awaited);
  assert_string_equal(traced(), "FL_ENETWORK");
  assert_string_equal(reported(), "");
}

static void asking_whether_it_is_done_reads_no_error(void **state) {
  (void)state;
  fl_handle handle = {0};
  fl_future future = fl_future_new(loop);
  fl_add_done_callback(future, &handle, trace_arg, "done");
  fl_future_set_error(future, FL_ENETWORK, "lost");
  settle();
  assert_true(fl_done(future));
  assert_false(fl_cancelled(future));
  assert_null(fl_future_result(future));
  fl_release(future);
  assert_string_equal(reported(), never);
  assert_string_equal(traced(), "done");
}

static void a_cancellation_is_never_reported(void **state) {
  (void)state;
  fl_future future = fl_future_new(loop), failed = fl_future_new(loop);
  fl_cancel(future, "x");
  fl_release(future);
  fl_future_set_error(failed, FL_ENETWORK, NULL);
  assert_int_equal(fl_cancel(failed, NULL), FL_EDONE); /* asyncio: who cancels it knows of it */
  fl_release(failed);
  assert_string_equal(reported(), "");
}

static void a_future_that_is_released_takes_its_callbacks_back(void **state) {
  (void)state;
  fl_handle handle = {0};
  fl_future future = fl_future_new(loop);
  fl_add_done_callback(future, &handle, trace_arg, "called");
  fl_release(future);
  fl_release(fl_future_new(loop)); /* in the same block */
  fl_handle_cancel(&handle);
  fl_call_soon(loop, &handle, trace_arg, "soon"); /* it is free for another use */
  settle();
  assert_string_equal(traced(), "soon");
}

static fl_task made_by_the_handler;
static void makes_a_task(fl_loop *of, const fl_exception *exception, void *arg) {
  (void)exception, (void)arg;
  made_by_the_handler = fl_create_task(of, sleeper, "never", FL_SECOND);
}

static void while_a_loop_closes_none_is_made(void **state) {
  (void)state;
  fl_loop_set_exception_handler(loop, makes_a_task, NULL);
  fl_future_set_error(fl_future_new(loop), FL_ETLS, NULL);
  fl_create_task(loop, sleeper, "s", FL_SECOND);
  loop_end();
  assert_int_equal(fl_future_error(made_by_the_handler), FL_ESTATE);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      ASYNC_TEST(a_future_that_is_released_takes_its_callbacks_back),
      ASYNC_TEST(while_a_loop_closes_none_is_made),
      ASYNC_TEST(a_result_is_given_out_as_it_was_set),
      ASYNC_TEST(a_result_may_be_null),
      ASYNC_TEST(an_error_has_a_message_that_was_copied),
      ASYNC_TEST(an_error_without_a_message_has_its_own),
      ASYNC_TEST(an_error_may_be_the_programs_own),
      ASYNC_TEST(zero_is_no_error),
      ASYNC_TEST(a_future_is_completed_once),
      ASYNC_TEST(a_future_is_cancelled_at_once),
      ASYNC_TEST(the_error_cancelled_cancels),
      ASYNC_TEST(callbacks_run_in_the_order_of_their_adding_in_the_next_turn),
      ASYNC_TEST(a_callback_of_what_is_done_is_scheduled_at_once),
      ASYNC_TEST(callbacks_run_for_results_errors_and_cancellations),
      ASYNC_TEST(a_callback_that_is_taken_back_does_not_run),
      ASYNC_TEST(a_handle_that_is_pending_keeps_its_place),
      ASYNC_TEST(a_callback_may_add_another),
      ASYNC_TEST(a_callback_may_release_its_future),
      ASYNC_TEST(a_zeroed_handle_is_no_future),
      ASYNC_TEST(a_released_future_is_known_as_such),
      ASYNC_TEST(a_handle_is_known_as_stale_after_its_memory_was_used_again),
      ASYNC_TEST(a_stale_handle_of_a_future_is_not_that_of_a_later_task),
      ASYNC_TEST(many_futures_live_side_by_side),
      ASYNC_TEST(what_only_tasks_can_do_a_future_refuses),
      ASYNC_TEST(releasing_twice_is_an_error),
      ASYNC_TEST(a_released_future_lives_while_it_is_awaited),
      ASYNC_TEST(an_error_that_nobody_read_is_reported_on_release),
      ASYNC_TEST(an_error_that_nobody_read_is_reported_when_the_loop_closes),
      ASYNC_TEST(an_error_that_was_read_is_not_reported),
      ASYNC_TEST(asking_whether_it_is_done_reads_no_error),
      ASYNC_TEST(a_cancellation_is_never_reported),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
