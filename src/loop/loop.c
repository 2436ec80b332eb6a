/* The event loop: a queue of what is ready, a wheel of what has a deadline, and the turn that runs them. */
#include "loop.h"

#include "task.h"

#include <math.h>
#include <stdlib.h>

enum {
  TURN_BUDGET_US = 8000,    /* half a frame at 60 Hz: the other half is the page's */
  TURNS_US = 1000,          /* so long may turn follow turn before the host has its own, which takes 1 to 30 us */
  CLOCK_GAP_US = 100,       /* the clock is read about as often, */
  CLOCK_STRIDE_FIRST = 4,   /* first after so many callbacks, */
  CLOCK_STRIDE_MAX = 256,   /* and after so many at the latest */
  SLOW_CALLBACK_US = 100000 /* asyncio: slow_callback_duration */
};

/* ---- Time */

int64_t fl_seconds(double seconds) {
  if (isnan(seconds)) return FL_NAN;
  double us = nearbyint(seconds * 1e6);
  if (us >= 0x1p63) return FL_NEVER;
  return us < -0x1p62 ? -(INT64_C(1) << 62) : (int64_t)us;
}

int64_t fl__later(int64_t from_us, int64_t delay_us) {
  if (delay_us < 0) return from_us;
  return from_us > FL_NEVER - delay_us ? FL_NEVER : from_us + delay_us;
}

int64_t fl__loop_clock_us(const fl_loop *loop) { return loop->clock->now_us(loop->clock->self); }

int64_t fl_loop_time(fl_loop *loop) {
  if (!loop->turning) loop->now_us = fl__loop_clock_us(loop);
  return loop->now_us;
}

/* ---- Open and close */

int fl_loop_open(fl_loop **out, const fl_clock *clock, int64_t turn_budget_us) {
  if (turn_budget_us < 0) return FL_EINVAL;
  fl_loop *loop = calloc(1, sizeof *loop);
  if (!loop) return FL_ENOMEM;
  loop->clock = clock;
  loop->turn_budget_us = turn_budget_us ? turn_budget_us : TURN_BUDGET_US;
  loop->stride = CLOCK_STRIDE_FIRST;
  loop->wake_us = FL_NEVER;
  loop->now_us = fl__loop_clock_us(loop);
  fl__list_init(&loop->ready);
  fl__list_init(&loop->running);
  fl__list_init(&loop->tasks);
  fl__list_init(&loop->to_cancel);
  fl__timers_init(&loop->timers, loop->now_us);
  *out = loop;
  return FL_OK;
}

/* Whatever is pending, or was made so by an exception handler: its owner may use it with another loop. */
static void forget_pending(fl_loop *loop) {
  fl__timers_collect(&loop->timers, FL_NEVER, &loop->ready);
  for (fl_link *link; (link = fl__pop_front(&loop->ready));) fl__container_of(link, fl_handle, link)->loop = NULL;
}

int fl_loop_close(fl_loop *loop) {
  bool by_the_host = loop->turning && !loop->clock->wait_until; /* there is nobody to return to who could close it */
  if (by_the_host) loop->closing = true;
  if (fl_loop_is_running(loop)) return by_the_host ? FL_OK : FL_ERUNNING;
  forget_pending(loop); /* some lie in frames */
  if (loop->destroy_tasks) loop->destroy_tasks(loop);
  forget_pending(loop);
  if (loop->wake_us != FL_NEVER) loop->clock->wake_at(loop->clock->self, loop, FL_NEVER);
  fl__blocks_free(&loop->blocks);
  free(loop);
  return FL_OK;
}

bool fl_loop_is_running(const fl_loop *loop) { return loop->turning || loop->waiting; }

/* ---- Wake-ups */

static int64_t next_deadline(const fl_loop *loop) {
  return fl__list_empty(&loop->ready) ? fl__timers_next(&loop->timers) : loop->now_us;
}

static void ask_to_be_woken(fl_loop *loop) {
  if (!loop->clock->wake_at || loop->stopping) return;
  int64_t deadline_us = next_deadline(loop);
  if (deadline_us == FL_NEVER && loop->wake_us == FL_NEVER) return;
  loop->wake_us = deadline_us;
  loop->clock->wake_at(loop->clock->self, loop, loop->wake_us);
}

/* The wake-up asked for is left as it is when it only comes too early, unless nothing is left
 * to wake for: an armed timer keeps a Node process alive. */
void fl__loop_arm(fl_loop *loop) {
  if (loop->turning) return; /* once, at the turn's end */
  int64_t deadline_us = next_deadline(loop);
  bool too_late = deadline_us < loop->wake_us;
  bool for_nothing = deadline_us == FL_NEVER && loop->wake_us != FL_NEVER;
  if (too_late || for_nothing) ask_to_be_woken(loop);
}

/* ---- The turn */

static void call(fl_loop *loop, fl_handle *handle) {
  handle->loop = NULL; /* before the call: it may schedule itself again, or free itself */
  if (loop->call)
    loop->call(loop, handle);
  else
    handle->callback(handle->arg);
}

/* Reading the clock takes as long as fifty short callbacks (0.5 us in Chromium), and one long callback as long as a
 * turn: so the shorter they have been, the less often it is read. */
static void read_clock(fl_loop *loop) {
  int64_t now_us = fl__loop_clock_us(loop), gap_us = now_us - loop->read_us;
  if (gap_us < CLOCK_GAP_US)
    loop->stride = loop->stride < CLOCK_STRIDE_MAX ? loop->stride * 2 : CLOCK_STRIDE_MAX;
  else
    loop->stride = gap_us < (int64_t)loop->stride * CLOCK_GAP_US ? loop->stride * CLOCK_GAP_US / (unsigned)gap_us : 1;
  loop->until_clock = loop->stride;
  loop->read_us = now_us;
}

/* Over a snapshot: a callback may cancel its neighbour, and what it makes ready waits for the next turn. */
static void take_snapshot(fl_loop *loop) {
  if (loop->timers.pending) fl__timers_collect(&loop->timers, loop->now_us, &loop->ready);
  fl__splice_front(&loop->running, &loop->ready);
}

/* Run what is left of the snapshot, unless a callback gives way. */
static void run_snapshot(fl_loop *loop) {
  for (fl_link *link; (link = loop->running.next) != &loop->running;) {
    loop->running.next = link->next;
    link->next->prev = &loop->running;
    loop->gave_way = false;
    call(loop, fl__container_of(link, fl_handle, link));
    if (--loop->until_clock == 0) {
      read_clock(loop);
      if (loop->read_us >= loop->turn_end_us) break;
    }
    if (loop->gives_way == FL__BEFORE_NEXT_CALLBACK) return;
  }
  fl__splice_front(&loop->ready, &loop->running);
}

static void begin_turn(fl_loop *loop) {
  loop->turning = true;
  loop->now_us = loop->read_us = fl__loop_clock_us(loop);
  loop->turn_end_us = fl__later(loop->now_us, loop->turn_budget_us);
  if (loop->stride > CLOCK_STRIDE_FIRST) loop->stride = CLOCK_STRIDE_FIRST; /* what comes now may be something else */
  loop->until_clock = loop->stride;
}

static int64_t end_turn(fl_loop *loop) {
  loop->turning = false;
  if (loop->closing) {
    fl_loop_close(loop);
    return FL_NEVER;
  }
  ask_to_be_woken(loop); /* whether the last wake-up brought us here, and is used up, or is still to come */
  return next_deadline(loop);
}

int64_t fl_loop_turn(fl_loop *loop) {
  if (loop->turning) return FL_ERUNNING;
  if (loop->stopping && !loop->waiting) return FL_NEVER;
  begin_turn(loop);
  take_snapshot(loop);
  run_snapshot(loop);
  return end_turn(loop);
}

static bool another_turn(const fl_loop *loop) {
  if (fl__list_empty(&loop->ready) || loop->stopping || loop->closing) return false;
  if (loop->host_between && !loop->gave_way) return false;
  return loop->read_us < loop->turns_end_us && loop->read_us < loop->turn_end_us;
}

bool fl__loop_turns(fl_loop *loop) {
  if (loop->gives_way) {
    loop->gives_way = FL__STRAIGHT_ON;
    loop->gave_way = true;
  } else {
    if (loop->turning || (loop->stopping && !loop->waiting)) return false;
    begin_turn(loop);
    loop->turns_end_us = fl__later(loop->now_us, TURNS_US);
    take_snapshot(loop);
  }
  for (;;) {
    run_snapshot(loop);
    if (loop->gives_way) return true;
    if (!another_turn(loop)) break;
    loop->now_us = loop->read_us;
    take_snapshot(loop);
  }
  end_turn(loop);
  return false;
}

/* ---- Running it */

int fl__loop_run(fl_loop *loop) {
  loop->waiting = true;
  int error = FL_OK;
  for (;;) {
    int64_t next_us = fl_loop_turn(loop);
    if (loop->stopping) break;
    if (next_us == FL_NEVER) {
      error = FL_EDEADLOCK;
      break;
    }
    if (next_us > loop->now_us) loop->clock->wait_until(loop->clock->self, next_us);
  }
  loop->waiting = loop->stopping = false;
  return error;
}

int fl_loop_run_forever(fl_loop *loop) {
  if (fl_loop_is_running(loop)) return FL_ERUNNING;
  if (loop->clock->wait_until) {
    fl__loop_run(loop);
  } else {
    loop->stopping = false;
    ask_to_be_woken(loop);
  }
  return FL_OK;
}

void fl_loop_stop(fl_loop *loop) { loop->stopping = true; }

/* ---- Handles and timers */

void fl_call_soon(fl_loop *loop, fl_handle *handle, fl_callback *callback, void *arg) {
  fl__make_ready(loop, handle, callback, arg);
}

void fl__loop_call_all_soon(fl_loop *loop, fl_link *handles) {
  if (fl__list_empty(handles)) return;
  fl__splice_back(&loop->ready, handles);
  fl__loop_arm(loop);
}

void fl_handle_cancel(fl_handle *handle) {
  if (!handle->loop) return;
  fl_loop *loop = handle->loop;
  fl__unlink(&handle->link);
  handle->loop = NULL;
  fl__loop_arm(loop);
}

int fl_call_at(fl_loop *loop, fl_timer *timer, int64_t when_us, fl_callback *callback, void *arg) {
  if (when_us == FL_NAN) return FL_EINVAL;
  fl_timer_cancel(timer);
  timer->handle.loop = loop;
  timer->handle.callback = callback;
  timer->handle.arg = arg;
  timer->when_us = when_us;
  fl__timers_arm(&loop->timers, timer);
  fl__loop_arm(loop);
  return FL_OK;
}

int fl_call_later(fl_loop *loop, fl_timer *timer, int64_t delay_us, fl_callback *callback, void *arg) {
  return fl_call_at(loop, timer, delay_us == FL_NAN ? FL_NAN : fl__later(fl_loop_time(loop), delay_us), callback, arg);
}

void fl_timer_cancel(fl_timer *timer) {
  fl_loop *loop = timer->handle.loop;
  if (!loop) return;
  if (!fl__timer_armed(timer)) { /* its time has come, its turn not yet */
    fl_handle_cancel(&timer->handle);
    return;
  }
  fl__timers_disarm(&loop->timers, timer);
  timer->handle.loop = NULL;
  fl__loop_arm(loop);
}

/* ---- Debug mode */

static void call_timed(fl_loop *loop, fl_handle *handle) {
  fl_callback *callback = handle->callback;
  char *name = fl__copy(fl__task_name_of_step(handle)); /* for the task may be gone after its last step */
  int64_t began_us = fl__loop_clock_us(loop);
  callback(handle->arg);
  int64_t took_us = fl__loop_clock_us(loop) - began_us;
  if (took_us >= loop->slow_callback_us)
    fl_loop_call_exception_handler(
        loop, &(fl_exception){.what = "Executing took too long", .name = name, .took_us = took_us});
  free(name);
}

void fl_loop_set_debug(fl_loop *loop, bool on, int64_t slow_callback_us) {
  loop->call = on ? call_timed : NULL;
  loop->slow_callback_us = slow_callback_us > 0 ? slow_callback_us : SLOW_CALLBACK_US;
}
