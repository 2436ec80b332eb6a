/* The pending timers: a hierarchical timing wheel (Varghese and Lauck, 1987) with ticks of one microsecond. Arming and
 * cancelling are O(1); a timer moves at most once through each of the levels below its own before it is due. Nothing
 * allocates. Timers come out in the order of their deadlines, those with one deadline in the order of their making:
 * equal deadlines always share a slot, and slots are lists in that order. */
#ifndef FL_TIMERS_H
#define FL_TIMERS_H

#include "list.h"

enum {
  FL__WHEEL_BITS = 6, /* of the deadline that a level looks at: its 64 slots are one word of `filled` */
  FL__WHEEL_SLOTS = 1 << FL__WHEEL_BITS,
  FL__WHEEL_LEVELS = 11 /* 66 bits: every deadline has its place */
};

typedef struct fl__timers {
  int64_t elapsed_us; /* all that is due by then has been collected */
  unsigned pending;
  fl_link due; /* armed with a deadline that had passed already; by deadline */
  uint64_t filled[FL__WHEEL_LEVELS];
  fl_link slots[FL__WHEEL_LEVELS * FL__WHEEL_SLOTS];
  int64_t earliest_us[FL__WHEEL_LEVELS * FL__WHEEL_SLOTS]; /* of a slot that is filled; too early after a cancel */
} fl__timers;

void fl__timers_init(fl__timers *timers, int64_t now_us);
void fl__timers_arm(fl__timers *timers, fl_timer *timer); /* for timer->when_us */
void fl__timers_disarm(fl__timers *timers, fl_timer *timer);

/* Move the handles of all that is due at `now_us` to the back of `ready`. */
void fl__timers_collect(fl__timers *timers, int64_t now_us, fl_link *ready);

/* When to collect next: never too late; FL_NEVER when there are none. */
int64_t fl__timers_next(const fl__timers *timers);

static inline bool fl__timer_armed(const fl_timer *timer) { return timer->slot != 0; }

#endif
