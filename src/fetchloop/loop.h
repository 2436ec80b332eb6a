/* The event loop: callbacks that run soon, or at a time, one after another. */
#ifndef FETCHLOOP_LOOP_H
#define FETCHLOOP_LOOP_H

#include "error.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* ---- Time: microseconds in an int64_t ------------------------------------------------------------------------ */

#define FL_NEVER INT64_MAX
/* No time at all: what fl_seconds(NAN) gives. What takes a time and can fail refuses it, with FL_EINVAL. */
#define FL_NAN INT64_MIN
#define FL_MS INT64_C(1000)
#define FL_SECOND INT64_C(1000000)

/* Seconds, as asyncio has them, to microseconds, to the nearest. Too large gives FL_NEVER, NaN gives FL_NAN. */
int64_t fl_seconds(double seconds);

/* A fraction of a second would be cut to 0 where microseconds are wanted: fl_sleep(0.5) doesn't compile. */
#ifndef __cplusplus
typedef struct fl__not_whole_microseconds {
  char none;
} fl__not_whole_microseconds;
#define fl__not_whole ((fl__not_whole_microseconds){0})
#define fl__whole(us) \
  _Generic((us), float : fl__not_whole, double : fl__not_whole, long double : fl__not_whole, default : (us))
#else
#define fl__whole(us) (us)
#endif

typedef struct fl_loop fl_loop;

/* Where a loop gets its time from, and who wakes it. Borrowed by the loop until it is closed. */
typedef struct fl_clock {
  void *self;
  /* Monotonic. */
  int64_t (*now_us)(void *self);
  /* Call fl_loop_turn(loop) once the clock has reached `when_us` (at once, but not inside this call, when it has been
   * reached; not at all for FL_NEVER). Replaces the wake-up asked for before. Waking early does no harm. NULL for a
   * clock that can only be waited for. */
  void (*wake_at)(void *self, fl_loop *loop, int64_t when_us);
  /* Block until it is `when_us`, or less long. NULL where that can't be done: in a
   * browser, in Node. */
  void (*wait_until)(void *self, int64_t when_us);
} fl_clock;

/* The platform's own clock. Natively the thread sleeps. As WebAssembly, in a browser and in Node, the host's timers
 * turn the loop, and nothing blocks. Static. */
const fl_clock *fl_host_clock(void);

/* A clock on which waiting takes no time: a program that sleeps for an hour is tested in a millisecond, and does the
 * same in each run. Time passes only while fl_loop_run_...() waits, or when the test says so. The caller owns it until
 * the loop is closed. */
typedef struct fl_virtual_clock {
  fl_clock clock; /* give this one to fl_loop_open() */
  int64_t now_us; /* 0 at first; may be moved forward at will */
} fl_virtual_clock;
void fl_virtual_clock_init(fl_virtual_clock *clock);

/* ---- Loop ---------------------------------------------------------------------------------------------------- */

/* Create a loop. `turn_budget_us`: how long a turn may run callbacks before the rest waits for the next turn, so that
 * a page keeps its frame rate; 0 for the default, 8000; FL_NEVER for no limit. Errors: FL_ENOMEM, FL_EINVAL. */
int fl_loop_open(fl_loop **out, const fl_clock *clock, int64_t turn_budget_us);

/* Free it, and all its futures and tasks, whose handles must not be used any more. Handles and timers that are still
 * pending are forgotten: they never run, and may be used with another loop. Tasks that are still pending are reported
 * to the exception handler, and their frames freed; their `finally` does not run, nor is what a generator's scopes have
 * allocated freed, where one is left at its fl_yield() (asyncio: loop.close(), "Task was destroyed but it is pending!";
 * fl_run() cancels them first). Sessions must be closed before. From a callback of a loop that the host turns, as in a
 * browser and in Node, it is closed once the turn is over. Errors: FL_ERUNNING (within fl_loop_run_...(), which must
 * return first).
 */
int fl_loop_close(fl_loop *loop);

/* The loop's time. Within a turn it is read once, at the start, so that all callbacks agree (asyncio's loop.time()
 * reads the clock at each call); outside it is the clock's. */
int64_t fl_loop_time(fl_loop *loop);

/* One turn: due timers become ready, then what is ready now runs, in FIFO order; what these callbacks make ready waits
 * for the next turn (asyncio: _run_once). Asks the clock for the next wake-up and returns that deadline: a time not
 * after fl_loop_time() when something is ready, FL_NEVER when the loop is idle, and before the next timer's deadline
 * when an earlier one has been cancelled. Never blocks. Errors: FL_ERUNNING (from a callback). */
int64_t fl_loop_turn(fl_loop *loop);

/* Turn it, and wait on its clock, until fl_loop_stop() is called. On a clock that can't be waited for this only lets
 * the host turn it, as it does anyway, and returns at once. Returns too when nothing is left to wait for. asyncio:
 * loop.run_forever(). Errors: FL_ERUNNING. */
int fl_loop_run_forever(fl_loop *loop);

/* Let run_forever() and run_until_complete() return at the end of this turn. Outside of
 * these, on any clock: fl_loop_turn() does nothing and gives FL_NEVER until one of them is called. asyncio:
 * loop.stop(). */
void fl_loop_stop(fl_loop *loop);

bool fl_loop_is_running(const fl_loop *loop); /* a callback is running, or one of fl_loop_run_...() */

/* ---- Callbacks ----------------------------------------------------------------------------------------------- */

/* A callback that will run once. The caller owns the memory, zeroed before its first use, and keeps it until it has
 * run, was cancelled or its loop is closed; so scheduling allocates nothing and cannot fail. It may be scheduled again
 * from its own callback. */
typedef void fl_callback(void *arg);
typedef struct fl_link {
  struct fl_link *next, *prev;
} fl_link;
typedef struct fl_handle {
  fl_link link; /* All fields are the loop's. */
  fl_loop *loop;
  fl_callback *callback;
  void *arg;
} fl_handle;

/* Run `callback` in the next turn. A handle that is already pending is left as it is. asyncio: loop.call_soon(). */
void fl_call_soon(fl_loop *loop, fl_handle *handle, fl_callback *callback, void *arg);

/* Take a pending handle back: it will not run. One that has run, or never was scheduled, is left as it is. */
void fl_handle_cancel(fl_handle *handle);

/* A handle with a deadline; the same rules of ownership. */
typedef struct fl_timer {
  fl_handle handle; /* All fields are the loop's. */
  int16_t slot;
  int64_t when_us;
} fl_timer;

/* Run `callback` at `when_us`, or once `delay_us` (negative counts as 0) have passed since fl_loop_time(). A pending
 * timer is moved to the new deadline. asyncio: loop.call_at(), loop.call_later(); timers with one deadline run in the
 * order of their making here, while there the heap shuffles them. Errors: FL_EINVAL (FL_NAN). */
int fl_call_at(fl_loop *loop, fl_timer *timer, int64_t when_us, fl_callback *callback, void *arg);
int fl_call_later(fl_loop *loop, fl_timer *timer, int64_t delay_us, fl_callback *callback, void *arg);
void fl_timer_cancel(fl_timer *timer);

/* ---- What goes wrong where nobody awaits it ------------------------------------------------------------------ */

typedef struct fl_exception {
  const char *what;    /* "Task exception was never retrieved" and the like: asyncio's words */
  const char *name;    /* of the task or coroutine; NULL when it is neither */
  int error;           /* FL_E...; 0 when there is none */
  const char *message; /* its message; NULL when there is none */
  int64_t took_us;     /* a slow callback; 0 when it isn't that */
} fl_exception;

/* Called from a turn, from fl_release(), or from fl_loop_close(), where it can make no tasks (FL_ESTATE); its argument
 * is valid for the call. asyncio: loop.set_exception_handler(). NULL, as at first, writes a line to stderr. */
typedef void fl_exception_handler(fl_loop *loop, const fl_exception *exception, void *arg);
void fl_loop_set_exception_handler(fl_loop *loop, fl_exception_handler *handler, void *arg);
void fl_loop_call_exception_handler(fl_loop *loop, const fl_exception *exception);

/* Debug mode: callbacks and steps of tasks that take `slow_callback_us` (0: 100 ms, as in asyncio) or longer are
 * reported to the exception handler. asyncio: loop.set_debug(). */
void fl_loop_set_debug(fl_loop *loop, bool on, int64_t slow_callback_us);

#ifdef __cplusplus
}
#endif
#endif
