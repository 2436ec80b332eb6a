/* What the tests of futures, tasks and coroutines share: a loop on a clock that takes no time, a trace of what happened
 * in which order, and an exception handler that writes down what is reported. */
#ifndef FL_TEST_ASYNC_SUPPORT_H
#define FL_TEST_ASYNC_SUPPORT_H

#include "support.h"

extern fl_virtual_clock virtual_clock;

/* For a test's setup and teardown: `loop` on virtual_clock. The teardown fails the test when something was reported
 * that it has not asked for. */
int async_setup(void **state);
int async_teardown(void **state);
#define ASYNC_TEST(name) cmocka_unit_test_setup_teardown(name, async_setup, async_teardown)

/* Another loop on the same clock, without a handler; the test closes it. */
fl_loop *other_loop(void);

/* Write down a word, also with the loop's time: "a", "a@250" (ms). */
void trace(const char *format, ...) __attribute__((format(printf, 1, 2)));
void trace_at(const char *word);

/* A done callback, or any other: writes down its argument, a string. */
void trace_arg(void *arg);

/* All that was written down since it was last asked, with spaces between. Valid until the next call. */
const char *traced(void);

/* What the exception handler got since it was last asked: "what: name: FL_E...: message", with "; " between. */
const char *reported(void);

/* Run until it is done; gives its error, and lets it go. */
int run_task(fl_task task);

/* Turn the loop, without time passing, until nothing is ready; or so often. */
void settle(void);
void turns(unsigned count);

#define MESSAGE_OF(future) fl_future_message(future)

/* Of use in many tests: a task that sleeps, and says so. */
fl_async_declare(sleeper, const char *name; int64_t delay_us; int fails; const char *message; int result);

#endif
