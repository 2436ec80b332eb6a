#include "support.h"

/* ---- A clock moved by hand */

static int64_t now_us(void *self) {
  hand_clock *clock = self;
  clock->read++;
  return clock->now_us;
}

static void wake_at(void *self, fl_loop *woken, int64_t when_us) {
  hand_clock *clock = self;
  (void)woken;
  clock->wake_us = when_us;
  clock->asked++;
}

void hand_clock_init(hand_clock *clock) {
  *clock = (hand_clock){.clock = {.self = clock, .now_us = now_us, .wake_at = wake_at}, .wake_us = FL_NEVER};
}

int64_t hand_clock_turn(hand_clock *clock, fl_loop *turned, int64_t now) {
  clock->now_us = now;
  clock->wake_us = FL_NEVER;
  return fl_loop_turn(turned);
}

/* ---- A loop on that clock */

hand_clock hand;
fl_loop *loop;
static char ran[1024];
static size_t ran_length;

int loop_setup(void **state) {
  (void)state;
  hand_clock_init(&hand);
  ran_length = 0;
  return fl_loop_open(&loop, &hand.clock, 0);
}

void loop_end(void) {
  if (loop) fl_loop_close(loop);
  loop = NULL;
}

int loop_teardown(void **state) {
  (void)state;
  loop_end();
  return 0;
}

void loop_reopen(int64_t turn_budget_us) {
  loop_end();
  hand_clock_init(&hand);
  assert_int_equal(fl_loop_open(&loop, &hand.clock, turn_budget_us), FL_OK);
}

void run_job(void *arg) {
  job *self = arg;
  assert_true(ran_length + 1 < sizeof ran);
  ran[ran_length++] = self->name;
  hand.now_us += self->takes_us;
  if (self->also) self->also(self);
}

void soon(job *j) { fl_call_soon(loop, &j->handle, run_job, j); }
void at(job *j, int64_t when_us) { fl_call_at(loop, &j->timer, when_us, run_job, j); }
void later(job *j, int64_t delay_us) { fl_call_later(loop, &j->timer, delay_us, run_job, j); }
int64_t turn(int64_t now) { return hand_clock_turn(&hand, loop, now); }

const char *what_ran(void) {
  static char out[sizeof ran];
  memcpy(out, ran, ran_length);
  out[ran_length] = '\0';
  ran_length = 0;
  return out;
}

/* ---- Chance */

uint64_t random_bits(uint64_t *seed) {
  uint64_t z = *seed += 0x9e3779b97f4a7c15u;
  z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9u;
  z = (z ^ z >> 27) * 0x94d049bb133111ebu;
  return z ^ z >> 31;
}

int64_t random_below(uint64_t *seed, int64_t below) { return (int64_t)(random_bits(seed) % (uint64_t)below); }
