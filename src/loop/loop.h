/* The loop's inside, for this folder; and what the floors above may ask of it besides fetchloop.h. */
#ifndef FL_LOOP_H
#define FL_LOOP_H

#include "../fetchloop.h"
#include "blocks.h"
#include "timers.h"

struct fl_loop {
  const fl_clock *clock;
  fl_link ready;   /* handles, in the order in which they will run */
  fl_link running; /* this turn's snapshot of ready; empty between turns */
  fl__timers timers;
  int64_t now_us;
  int64_t wake_us; /* the wake-up that the clock has been asked for */
  int64_t turn_budget_us;
  int64_t turn_end_us;
  int64_t read_us;              /* when the clock was last read, */
  unsigned stride, until_clock; /* after how many callbacks that is done, and how many of them are left */
  int64_t slow_callback_us;     /* in debug mode */
  int64_t turns_end_us;         /* until when turn may follow turn */

  /* Pointers, so that who has no debug mode, or no tasks, need not link what they are for. */
  void (*call)(struct fl_loop *loop, fl_handle *handle); /* NULL: not in debug mode */
  void (*destroy_tasks)(struct fl_loop *loop);           /* NULL: there has not even been a future */

  bool turning, waiting, stopping, closing, destroying;
  bool host_between; /* the host has something to do after each turn: its promises belong to the program */
  bool gave_way;     /* after the last callback: the host's promises have had their go */
  uint8_t gives_way; /* an fl__way */

  fl__blocks blocks; /* the memory of futures and tasks */
  fl_link tasks;     /* all that are pending, oldest first */
  uint32_t tasks_made;
  struct fl__task *current; /* whose step is running */
  unsigned cancel_level;    /* of a cancellation that is being passed on, */
  fl_link to_cancel;        /* and to whom it goes later */

  fl_exception_handler *on_exception;
  void *on_exception_arg;
};

/* The clock itself, not the turn's time: for measuring what happened, never for deciding what is due. */
int64_t fl__loop_clock_us(const fl_loop *loop);

/* `from_us` + `delay_us`, a negative one counting as 0; FL_NEVER when that is past the end of time. */
int64_t fl__later(int64_t from_us, int64_t delay_us);

/* What is next has changed: see whether the clock is to wake us at another time. */
void fl__loop_arm(fl_loop *loop);

/* fl_call_soon(), within this folder. */
static inline void fl__make_ready(fl_loop *loop, fl_handle *handle, fl_callback *callback, void *arg) {
  if (handle->loop) return;
  handle->loop = loop;
  handle->callback = callback;
  handle->arg = arg;
  fl__push_back(&loop->ready, &handle->link);
  if (!loop->turning) fl__loop_arm(loop);
}

/* Schedule many at once: a list of handles, whose fields are filled in. */
void fl__loop_call_all_soon(fl_loop *loop, fl_link *handles);

/* A number that is not negative, as text that ends with `digits`. */
enum { FL__DIGITS = 24 };
const char *fl__decimal(char digits[FL__DIGITS], int64_t number);

/* The host's: a line to stderr, or where its programs complain. */
void fl__host_report(const char *line);

/* fl_loop_turn(), and again for a millisecond while something is ready: for those who turn it in a host's loop, or in
 * one of their own, where coming back may take longer than a turn. True: a callback gives way (below), and the turn
 * is not over; to be called again when the host's promises have had their go. */
bool fl__loop_turns(fl_loop *loop);

/* For a callback of a turn by fl__loop_turns(), which has made a promise of the host's go on: before the next callback
 * runs, or the next turn begins, the host lets them. Meanwhile the turn counts as running. */
typedef enum { FL__STRAIGHT_ON, FL__BEFORE_NEXT_TURN, FL__BEFORE_NEXT_CALLBACK } fl__way;
static inline void fl__loop_give_way(fl_loop *loop, fl__way way) {
  if (loop->turning && loop->gives_way < way) loop->gives_way = (uint8_t)way;
}

/* Turn until fl_loop_stop(), or until nothing is left to wait for: then FL_EDEADLOCK. */
int fl__loop_run(fl_loop *loop);

#endif
