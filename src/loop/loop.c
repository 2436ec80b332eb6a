/* The event loop: a queue of what is ready, a heap of what has a deadline, and the turn that runs them. */
#include "loop.h"

#include "heap.h"
#include "list.h"

#include <assert.h>
#include <stdlib.h>

enum {
  TURN_BUDGET_US = 8000,        /* half a frame at 60 Hz: the other half is the page's */
  CALLBACKS_BETWEEN_CLOCKS = 16 /* reading the clock may cost as much as a callback */
};

struct fl_loop {
  const fl_clock *clock;
  fl_link ready;   /* handles, in the order in which they will run */
  fl_link running; /* this turn's snapshot of ready; empty between turns */
  fl__heap timers;
  uint64_t timers_made;
  int64_t now_us;
  int64_t wake_us; /* the wake-up that the clock has been asked for */
  int64_t turn_budget_us;
  bool turning;
};

int fl_loop_open(fl_loop **out, const fl_clock *clock, int64_t turn_budget_us) {
  if (turn_budget_us < 0) return FL_EINVAL;
  fl_loop *loop = calloc(1, sizeof *loop);
  if (!loop) return FL_ENOMEM;
  loop->clock = clock;
  loop->turn_budget_us = turn_budget_us ? turn_budget_us : TURN_BUDGET_US;
  loop->wake_us = FL_NEVER;
  loop->now_us = fl__loop_clock_us(loop);
  fl__list_init(&loop->ready);
  fl__list_init(&loop->running);
  *out = loop;
  return FL_OK;
}

void fl_loop_close(fl_loop *loop) {
  assert(!loop->turning);
  if (loop->wake_us != FL_NEVER) loop->clock->wake_at(loop->clock->self, loop, FL_NEVER);
  free(loop);
}

int64_t fl__loop_clock_us(const fl_loop *loop) { return loop->clock->now_us(loop->clock->self); }

int64_t fl_loop_time(fl_loop *loop) {
  if (!loop->turning) loop->now_us = fl__loop_clock_us(loop);
  return loop->now_us;
}

static int64_t later(int64_t time_us, int64_t delay_us) {
  return time_us > FL_NEVER - delay_us ? FL_NEVER : time_us + delay_us;
}

static int64_t next_deadline(const fl_loop *loop) {
  if (!fl__list_empty(&loop->ready)) return loop->now_us;
  return loop->timers.root ? loop->timers.root->when_us : FL_NEVER;
}

static void ask_to_be_woken(fl_loop *loop) {
  int64_t deadline_us = next_deadline(loop);
  if (deadline_us == FL_NEVER && loop->wake_us == FL_NEVER) return;
  loop->wake_us = deadline_us;
  loop->clock->wake_at(loop->clock->self, loop, loop->wake_us);
}

/* What is next has changed. The wake-up asked for is left as it is when it only comes too early, unless nothing is left
 * to wake for: an armed timer keeps a Node process alive. */
static void arm(fl_loop *loop) {
  if (loop->turning) return; /* once, at the turn's end */
  int64_t deadline_us = next_deadline(loop);
  bool too_late = deadline_us < loop->wake_us;
  bool for_nothing = deadline_us == FL_NEVER && loop->wake_us != FL_NEVER;
  if (too_late || for_nothing) ask_to_be_woken(loop);
}

static void make_ready(fl_handle *handle) { fl__push_back(&handle->loop->ready, &handle->link); }

static void collect_due_timers(fl_loop *loop) {
  for (fl_timer *timer; (timer = loop->timers.root) && timer->when_us <= loop->now_us;) {
    fl__heap_remove(&loop->timers, timer);
    make_ready(&timer->handle);
  }
}

static void run_snapshot(fl_loop *loop) {
  int64_t turn_end_us = later(loop->now_us, loop->turn_budget_us);
  unsigned until_clock = CALLBACKS_BETWEEN_CLOCKS;
  /* Over a snapshot: a callback may cancel its neighbour, and what it makes ready waits for the next turn. */
  fl__splice_front(&loop->running, &loop->ready);
  for (fl_link *link; (link = fl__pop_front(&loop->running));) {
    fl_handle *handle = fl__container_of(link, fl_handle, link);
    handle->loop = NULL; /* before the call: it may schedule itself again, or free itself */
    handle->callback(handle->arg);
    if (--until_clock == 0) {
      until_clock = CALLBACKS_BETWEEN_CLOCKS;
      if (fl__loop_clock_us(loop) >= turn_end_us) break;
    }
  }
  fl__splice_front(&loop->ready, &loop->running);
}

int64_t fl_loop_turn(fl_loop *loop) {
  assert(!loop->turning);
  loop->turning = true;
  loop->now_us = fl__loop_clock_us(loop);
  collect_due_timers(loop);
  run_snapshot(loop);
  loop->turning = false;
  ask_to_be_woken(loop); /* whether the last wake-up brought us here, and is used up, or is still to come */
  return next_deadline(loop);
}

void fl_call_soon(fl_loop *loop, fl_handle *handle, fl_callback *callback, void *arg) {
  if (handle->loop) return;
  *handle = (fl_handle){.loop = loop, .callback = callback, .arg = arg};
  make_ready(handle);
  arm(loop);
}

void fl_handle_cancel(fl_handle *handle) {
  if (!handle->loop) return;
  fl_loop *loop = handle->loop;
  fl__unlink(&handle->link);
  handle->loop = NULL;
  arm(loop);
}

void fl_call_at(fl_loop *loop, fl_timer *timer, int64_t when_us, fl_callback *callback, void *arg) {
  fl_timer_cancel(timer);
  timer->handle = (fl_handle){.loop = loop, .callback = callback, .arg = arg};
  timer->when_us = when_us;
  timer->order = loop->timers_made++;
  fl__heap_insert(&loop->timers, timer);
  arm(loop);
}

void fl_call_later(fl_loop *loop, fl_timer *timer, int64_t delay_us, fl_callback *callback, void *arg) {
  fl_call_at(loop, timer, later(fl_loop_time(loop), delay_us < 0 ? 0 : delay_us), callback, arg);
}

void fl_timer_cancel(fl_timer *timer) {
  fl_loop *loop = timer->handle.loop;
  if (!loop) return;
  if (fl__linked(&timer->handle.link)) { /* its time has come, its turn not yet */
    fl_handle_cancel(&timer->handle);
    return;
  }
  fl__heap_remove(&loop->timers, timer);
  timer->handle.loop = NULL;
  arm(loop);
}
