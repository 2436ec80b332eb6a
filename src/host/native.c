/* The platform's clock where a thread may sleep. */
#define _POSIX_C_SOURCE 200809L
#include "../fetchloop.h"
#include "../loop/task.h"

#include <time.h>

static int64_t now_us(void *self) {
  (void)self;
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return now.tv_sec * FL_SECOND + now.tv_nsec / 1000;
}

static void wait_until(void *self, int64_t when_us) {
  (void)self;
  struct timespec until = {.tv_sec = when_us / FL_SECOND, .tv_nsec = when_us % FL_SECOND * 1000};
  clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &until, NULL); /* a signal only wakes us early */
}

const fl_clock *fl_host_clock(void) {
  static const fl_clock clock = {.now_us = now_us, .wait_until = wait_until};
  return &clock;
}

void fl__host_exit(int code) { (void)code; } /* fl_run() returns it */
