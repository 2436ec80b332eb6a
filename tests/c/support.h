/* What the unit tests share: a clock that is moved by hand, a loop on it, chance that isn't. */
#ifndef FL_TEST_SUPPORT_H
#define FL_TEST_SUPPORT_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "../../src/fetchloop.h"

#define MS 1000LL
#define SECOND (1000 * MS)
#define LENGTH(array) (sizeof(array) / sizeof *(array))

/* ---- A clock moved by hand */

typedef struct hand_clock {
  fl_clock clock;
  int64_t now_us;
  int64_t wake_us; /* the wake-up that it was asked for last */
  unsigned asked;  /* how often it was asked for one, */
  unsigned read;   /* and for the time */
} hand_clock;

void hand_clock_init(hand_clock *clock);

/* The turn for which the clock was asked, or an earlier one: at `now_us`, its wake-up used up. */
int64_t hand_clock_turn(hand_clock *clock, fl_loop *turned, int64_t now_us);

/* ---- A loop on that clock, and callbacks that write down that they ran */

extern hand_clock hand;
extern fl_loop *loop;

/* For a test's setup and teardown; an earlier end; a loop with a budget of its own instead. */
int loop_setup(void **state);
int loop_teardown(void **state);
void loop_end(void);
void loop_reopen(int64_t turn_budget_us);
#define LOOP_TEST(name) cmocka_unit_test_setup_teardown(name, loop_setup, loop_teardown)

/* When it runs it writes down its name, lets time pass, and does what its test wants. */
typedef struct job job;
struct job {
  fl_handle handle;
  fl_timer timer;
  char name;
  int64_t takes_us;
  void (*also)(job *self);
  job *other;
};

void run_job(void *arg);
void soon(job *j);
void at(job *j, int64_t when_us);
void later(job *j, int64_t delay_us);
int64_t turn(int64_t now_us); /* hand_clock_turn() */

/* The names of those that ran since it was last asked, in order. Valid until the next call. */
const char *what_ran(void);

/* ---- Chance: splitmix64, from the test's own seed */

uint64_t random_bits(uint64_t *seed);
int64_t random_below(uint64_t *seed, int64_t below);

#endif
