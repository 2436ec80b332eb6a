/* A rate, kept: a token bucket in its form as a virtual schedule (GCRA, ITU-T I.371). In any stretch of time T no more
 * than `burst` + (T + slack) * requests / per_us start, and in the long run just that rate. It reads no clock. */
#ifndef FL_PACE_H
#define FL_PACE_H

#include "../fetchloop.h"

typedef struct fl__pace {
  int64_t interval_us; /* between two, and `requests`-ths of a microsecond; both 0: no limit */
  uint32_t interval_rest, requests;
  int64_t tolerance_us; /* how far a burst may run ahead of the schedule, */
  int64_t slack_us; /* and, of one that starts late, how much the next may make good for: a twentieth of the interval,
                     * 5 ms at most, for timers are late, and each delay would add up; 0 for exact distances */
  int64_t next_us;  /* when the schedule has the next one, and `requests`-ths */
  uint32_t next_rest;
} fl__pace;

/* FL_EINVAL: a rate with `per_us` of 0 or less, or of more than 2^50 (36 years). */
int fl__pace_init(fl__pace *pace, const fl_rate *rate);

/* When the next may start: not after `now_us` when it may now. */
int64_t fl__pace_next_us(const fl__pace *pace, int64_t now_us);

/* One starts. */
void fl__pace_take(fl__pace *pace, int64_t now_us);

#endif
