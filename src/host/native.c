/* The platform's clock where a thread may sleep. */
#define _POSIX_C_SOURCE 200809L
#include "../fetchloop.h"
#include "../loop/task.h"

#include <signal.h>
#include <stdio.h>
#include <time.h>

static volatile sig_atomic_t interrupted;

/* Each turn begins with this: so it is also where Ctrl-C is seen, which has woken the thread if it slept. */
static int64_t now_us(void *self) {
  (void)self;
  if (interrupted) {
    interrupted = 0;
    fl__program_interrupt();
  }
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return now.tv_sec * FL_SECOND + now.tv_nsec / 1000;
}

static void wait_until(void *self, int64_t when_us) {
  (void)self;
  struct timespec until = {.tv_sec = when_us / FL_SECOND, .tv_nsec = when_us % FL_SECOND * 1000};
  if (!interrupted) clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &until, NULL);
}

const fl_clock *fl_host_clock(void) {
  static const fl_clock clock = {.now_us = now_us, .wait_until = wait_until};
  return &clock;
}

void fl__host_report(const char *line) { fprintf(stderr, "%s\n", line); }

/* ---- Ctrl-C: the first cancels the program, the second kills it. Who has a handler keeps it, as with asyncio.run() */

static bool ours;

static void on_interrupt(int number) {
  (void)number;
  interrupted = 1;
}

void fl__host_program_begins(void) {
  struct sigaction there;
  interrupted = 0;
  ours = !sigaction(SIGINT, NULL, &there) && there.sa_handler == SIG_DFL;
  if (ours) sigaction(SIGINT, &(struct sigaction){.sa_handler = on_interrupt, .sa_flags = (int)SA_RESETHAND}, NULL);
}

void fl__host_program_ends(int code) {
  (void)code; /* fl_run() returns it */
  if (ours) signal(SIGINT, SIG_DFL);
  ours = false;
}
