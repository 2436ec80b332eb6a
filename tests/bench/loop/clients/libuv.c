/* libuv, which has no tasks: its timers, and what comes nearest to call_soon(). `libuv MEASURE` prints one line of
 * JSON. */
#define _GNU_SOURCE /* for uv.h */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <uv.h>

enum { BATCH = 1000, TIMERS = 100000, CALLS = 4000000, SLEEPS = 200000 };

static void print_ns(uint64_t began, double count) { printf("{\"ns\":%.3f}\n", (double)(uv_hrtime() - began) / count); }

static uint64_t random_state = 88172645463325252u;
static uint64_t random_below(uint64_t below) { /* xorshift64 */
  random_state ^= random_state << 13;
  random_state ^= random_state >> 7;
  random_state ^= random_state << 17;
  return random_state % below;
}
static uint64_t random_delay_ms(void) { return 1 + random_below(1000); }

static uv_loop_t *loop;
static uv_timer_t timers[SLEEPS];
static long fired;

/* ---- call_soon: an idle handle runs once in each iteration; as many of them as are started */

static long left;

static void on_idle(uv_idle_t *idle) {
  if (--left <= 0) uv_idle_stop(idle);
}

static void run_idle(int handles, long calls) {
  static uv_idle_t idle[BATCH];
  left = calls;
  for (int i = 0; i < handles; i++) {
    uv_idle_init(loop, &idle[i]);
    uv_idle_start(&idle[i], on_idle);
  }
  uv_run(loop, UV_RUN_DEFAULT);
}

static void measure_idle(int handles, long calls) {
  run_idle(handles, calls / 10);
  uint64_t began = uv_hrtime();
  run_idle(handles, calls);
  print_ns(began, (double)calls);
}
static void measure_call_soon(void) { measure_idle(BATCH, CALLS); }
static void measure_call_soon_alone(void) { measure_idle(1, CALLS / 8); }

/* ---- Timers: 100,000 pending, always */

static void arm_again(uv_timer_t *timer) {
  fired++;
  uv_timer_start(timer, arm_again, random_delay_ms(), 0);
}

static void init_all(int count) {
  for (int i = 0; i < count; i++) uv_timer_init(loop, &timers[i]);
}
static void arm_all(int count) {
  uv_update_time(loop);
  for (int i = 0; i < count; i++) uv_timer_start(&timers[i], arm_again, random_delay_ms(), 0);
}
static void cancel_all(void) {
  for (int i = 0; i < TIMERS; i++) uv_timer_stop(&timers[i]);
}

static void measure_arm(void) {
  init_all(TIMERS);
  uint64_t spent = 0;
  for (int i = 0; i < 10; i++) {
    uint64_t began = uv_hrtime();
    arm_all(TIMERS);
    if (i > 1) spent += uv_hrtime() - began;
    cancel_all();
  }
  printf("{\"ns\":%.3f}\n", (double)spent / (8.0 * TIMERS));
}

/* All are due, for the loop was held up for a second; each arms itself again. */
static void measure_fire(void) {
  init_all(TIMERS);
  arm_all(TIMERS);
  uv_sleep(1001);
  uint64_t began = uv_hrtime();
  uv_run(loop, UV_RUN_NOWAIT);
  print_ns(began, (double)fired);
}

static void measure_cancel(void) {
  enum { SOME = TIMERS / 100 };
  init_all(TIMERS);
  arm_all(TIMERS);
  uint64_t spent = 0;
  long cancelled = 0;
  for (int round = 0; round < 600; round++) {
    uv_timer_t *some[SOME];
    for (int i = 0; i < SOME; i++) some[i] = &timers[random_below(TIMERS)];
    uint64_t began = uv_hrtime();
    for (int i = 0; i < SOME; i++) uv_timer_stop(some[i]);
    if (round >= 100) {
      spent += uv_hrtime() - began;
      cancelled += SOME;
    }
    for (int i = 0; i < SOME; i++) uv_timer_start(some[i], arm_again, random_delay_ms(), 0);
  }
  printf("{\"ns\":%.3f}\n", (double)spent / (double)cancelled);
}

static void measure_memory(void) { printf("{\"bytes\":%zu}\n", sizeof(uv_timer_t)); }

static void count_it(uv_timer_t *timer) {
  (void)timer;
  fired++;
}
static void measure_sleeps(void) {
  uint64_t began = uv_hrtime();
  uv_update_time(loop);
  init_all(SLEEPS);
  for (int i = 0; i < SLEEPS; i++) uv_timer_start(&timers[i], count_it, random_delay_ms(), 0);
  uv_run(loop, UV_RUN_DEFAULT);
  if (fired != SLEEPS) exit(1);
  printf("{\"seconds\":%.4f,\"heap\":%zu}\n", (double)(uv_hrtime() - began) / 1e9, sizeof timers);
}

static const struct {
  const char *name;
  void (*run)(void);
} measures[] = {{"call-soon", measure_call_soon},
                {"call-soon-alone", measure_call_soon_alone},
                {"arm", measure_arm},
                {"fire", measure_fire},
                {"cancel", measure_cancel},
                {"memory", measure_memory},
                {"sleeps", measure_sleeps}};

int main(int argc, char **argv) {
  loop = uv_default_loop();
  for (size_t i = 0; argc == 2 && i < sizeof measures / sizeof *measures; i++)
    if (strcmp(measures[i].name, argv[1]) == 0) {
      measures[i].run();
      return 0;
    }
  fprintf(stderr, "usage: libuv MEASURE, one of:");
  for (size_t i = 0; i < sizeof measures / sizeof *measures; i++) fprintf(stderr, " %s", measures[i].name);
  fputc('\n', stderr);
  return 2;
}
