/* The loop, measured from inside. `fetchloop MEASURE` prints one line of JSON. Natively and as WebAssembly. */
#define _GNU_SOURCE /* clock_gettime(), mallinfo2() */
#include "../../../../src/fetchloop.h"

#include <malloc.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#ifdef __EMSCRIPTEN__
#include <emscripten.h>
#include <emscripten/heap.h>
#else
#include <sys/resource.h>
#endif

enum {
  WARM_UP = 300000,
  SWITCHES = 4000000,
  HOST_SWITCHES = 1000000,
  BATCH = 1000,
  TIMERS = 100000,
  FIRINGS = 1000000,
  TASKS = 1000000,
  GATHERS = 1000,
  SLEEPS = 200000
};

static double seconds(void) {
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

static void print_ns(double began, long count) { printf("{\"ns\":%.3f}\n", (seconds() - began) * 1e9 / (double)count); }

static uint64_t random_state = 88172645463325252u;
static uint64_t random_below(uint64_t below) { /* xorshift64 */
  random_state ^= random_state << 13;
  random_state ^= random_state >> 7;
  random_state ^= random_state << 17;
  return random_state % below;
}
static int64_t random_delay_us(void) { return FL_MS + (int64_t)random_below(999 * FL_MS + 1); } /* 1 ms to 1 s */

static fl_virtual_clock virtual_clock;
static fl_loop *open_loop(void) { /* on which time costs nothing, so that what is timed is the loop alone */
  fl_loop *loop;
  fl_virtual_clock_init(&virtual_clock);
  if (fl_loop_open(&loop, &virtual_clock.clock, 0)) exit(1);
  return loop;
}

static void must(int error) {
  if (!error) return;
  fprintf(stderr, "%s\n", fl_error_name(error));
  exit(1);
}

static void release(fl_task *tasks, int count) {
  for (int i = 0; i < count; i++) fl_release(tasks[i]);
}

/* ---- Switches: two tasks take turns */

fl_async(yielder, long left) {
  fl_begin;
  while (self->left-- > 0) fl_await(fl_sleep(0));
  fl_end;
}

typedef struct table {
  fl_event event[2];
  fl_lock lock;
  fl_queue queue[2];
} table;

fl_async(event_player, table *at; int seat; long left) {
  fl_begin;
  while (self->left-- > 0) {
    fl_await(fl_event_wait(&self->at->event[self->seat]));
    fl_event_clear(&self->at->event[self->seat]);
    fl_event_set(&self->at->event[!self->seat]);
  }
  fl_end;
}

/* Once both want it, who releases it comes back to find that it is the other's turn. */
fl_async(lock_player, table *at; int seat; long left) {
  fl_begin;
  fl_await(fl_lock_acquire(&self->at->lock));
  fl_await(fl_sleep(0));
  while (self->left-- > 0) {
    fl_lock_release(&self->at->lock);
    fl_await(fl_lock_acquire(&self->at->lock));
  }
  fl_lock_release(&self->at->lock);
  fl_end;
}

fl_async(queue_player, table *at; int seat; long left; void *item) {
  fl_begin;
  while (self->left-- > 0) {
    fl_await(fl_queue_get(&self->at->queue[self->seat], &self->item));
    fl_await(fl_queue_put(&self->at->queue[!self->seat], self->item));
  }
  fl_end;
}

typedef void start_pair(fl_loop *loop, fl_task pair[2], table *at, long each);

static void start_yielders(fl_loop *loop, fl_task pair[2], table *at, long each) {
  (void)at;
  for (int i = 0; i < 2; i++) pair[i] = fl_create_task(loop, yielder, each);
}
static void start_event_players(fl_loop *loop, fl_task pair[2], table *at, long each) {
  fl_event_set(&at->event[0]);
  for (int i = 0; i < 2; i++) pair[i] = fl_create_task(loop, event_player, at, i, each);
}
static void start_lock_players(fl_loop *loop, fl_task pair[2], table *at, long each) {
  for (int i = 0; i < 2; i++) pair[i] = fl_create_task(loop, lock_player, at, i, each);
}
static void start_queue_players(fl_loop *loop, fl_task pair[2], table *at, long each) {
  for (int i = 0; i < 2; i++) must(fl_queue_init(&at->queue[i], FL_FIFO, 1, NULL));
  must(fl_queue_put_nowait(&at->queue[0], at));
  for (int i = 0; i < 2; i++) pair[i] = fl_create_task(loop, queue_player, at, i, each);
}

static void play(start_pair *start, long each) {
  fl_loop *loop = open_loop();
  static table at;
  memset(&at, 0, sizeof at);
  fl_task pair[2];
  start(loop, pair, &at, each);
  for (int i = 0; i < 2; i++) must(fl_loop_run_until_complete(loop, pair[i], NULL, NULL));
  for (int i = 0; i < 2; i++) fl_queue_free(&at.queue[i]);
  must(fl_loop_close(loop));
}

static void measure_pair(start_pair *start) {
  play(start, WARM_UP / 2);
  double began = seconds();
  play(start, SWITCHES / 2);
  print_ns(began, SWITCHES);
}

static void measure_switch(void) { measure_pair(start_yielders); }
static void measure_event(void) { measure_pair(start_event_players); }
static void measure_lock(void) { measure_pair(start_lock_players); }
static void measure_queue(void) { measure_pair(start_queue_players); }

/* The same on the host's clock, woken by the host: what a program gets that does nothing else. */
fl_async(host_switches, double began; fl_task pair[2]; int round; int i) {
  fl_begin;
  for (self->round = 0; self->round < 2; self->round++) {
    self->began = seconds();
    start_yielders(fl_this_loop(self), self->pair, NULL, (self->round ? HOST_SWITCHES : WARM_UP) / 2);
    for (self->i = 0; self->i < 2; self->i++) fl_await(self->pair[self->i]);
    release(self->pair, 2);
  }
  print_ns(self->began, HOST_SWITCHES);
  fl_end;
}
static void measure_host_switch(void) { fl_run(host_switches); }

/* ---- call_soon */

typedef struct chain {
  fl_handle handle;
  fl_loop *loop;
  long left;
} chain;

static void next_link(void *arg) {
  chain *self = arg;
  if (self->left-- > 0) fl_call_soon(self->loop, &self->handle, next_link, self);
}

static void run_chains(int chains, long each) {
  static chain all[BATCH];
  memset(all, 0, sizeof all);
  fl_loop *loop = open_loop();
  for (int i = 0; i < chains; i++) {
    all[i] = (chain){.loop = loop, .left = each - 1};
    fl_call_soon(loop, &all[i].handle, next_link, &all[i]);
  }
  fl_loop_run_forever(loop);
  must(fl_loop_close(loop));
}

static void measure_chains(int chains) {
  run_chains(chains, WARM_UP / chains);
  double began = seconds();
  run_chains(chains, SWITCHES / chains);
  print_ns(began, SWITCHES);
}
static void measure_call_soon(void) { measure_chains(BATCH); }
static void measure_call_soon_alone(void) { measure_chains(1); }

static long ran;
static void count_it(void *arg) {
  (void)arg;
  ran++;
}
/* From outside a turn, as what comes from the host does. */
static void call_from_outside(fl_loop *loop, fl_handle *handles, long count) {
  for (long done = 0; done < count; done += BATCH) {
    for (int i = 0; i < BATCH; i++) fl_call_soon(loop, &handles[i], count_it, NULL);
    fl_loop_turn(loop);
  }
}
static void measure_call_soon_outside(void) {
  static fl_handle handles[BATCH];
  fl_loop *loop = open_loop();
  call_from_outside(loop, handles, WARM_UP);
  double began = seconds();
  call_from_outside(loop, handles, SWITCHES);
  print_ns(began, SWITCHES);
  if (ran != WARM_UP + SWITCHES) exit(1);
}

/* ---- Timers: 100,000 pending, always */

typedef struct pending {
  fl_loop *loop;
  fl_timer *timers;
  long fired;
} pending;
static pending timers;

static void open_timers(void) {
  timers = (pending){.loop = open_loop(), .timers = calloc(TIMERS, sizeof(fl_timer))};
  if (!timers.timers) exit(1);
}

static void arm_again(void *arg) {
  timers.fired++;
  fl_call_later(timers.loop, arg, random_delay_us(), arm_again, arg);
}

static void arm_all(void) {
  for (int i = 0; i < TIMERS; i++)
    fl_call_later(timers.loop, &timers.timers[i], random_delay_us(), arm_again, &timers.timers[i]);
}
static void cancel_all(void) {
  for (int i = 0; i < TIMERS; i++) fl_timer_cancel(&timers.timers[i]);
}

/* Time goes to each deadline, or on by `step_us`. */
static void fire(long count, int64_t step_us) {
  for (timers.fired = 0; timers.fired < count;) {
    int64_t next_us = fl_loop_turn(timers.loop);
    if (step_us) next_us = virtual_clock.now_us + step_us;
    if (next_us > virtual_clock.now_us) virtual_clock.now_us = next_us;
  }
}

static void measure_arm(void) {
  open_timers();
  double spent = 0;
  for (int i = 0; i < 10; i++) {
    double began = seconds();
    arm_all();
    if (i > 1) spent += seconds() - began;
    cancel_all();
    virtual_clock.now_us += FL_SECOND;
    fl_loop_turn(timers.loop);
  }
  printf("{\"ns\":%.3f}\n", spent * 1e9 / (8.0 * TIMERS));
}
static void measure_fire_by(int64_t step_us) {
  open_timers();
  arm_all();
  fire(WARM_UP, step_us);
  double began = seconds();
  fire(FIRINGS, step_us);
  print_ns(began, timers.fired);
}
static void measure_fire(void) { measure_fire_by(0); }
static void measure_fire_each_ms(void) { measure_fire_by(FL_MS); }

/* Cancelled in no order, and armed again, out of the time: there are 100,000 while one in a hundred is cancelled. */
static void measure_cancel(void) {
  enum { SOME = TIMERS / 100 };
  open_timers();
  arm_all();
  double spent = 0;
  long cancelled = 0;
  for (int round = 0; round < 600; round++) {
    fl_timer *some[SOME];
    for (int i = 0; i < SOME; i++) some[i] = &timers.timers[random_below(TIMERS)];
    double began = seconds();
    for (int i = 0; i < SOME; i++) fl_timer_cancel(some[i]);
    if (round >= 100) {
      spent += seconds() - began;
      cancelled += SOME;
    }
    for (int i = 0; i < SOME; i++) fl_call_later(timers.loop, some[i], random_delay_us(), arm_again, some[i]);
  }
  printf("{\"ns\":%.3f}\n", spent * 1e9 / (double)cancelled);
}

/* ---- Tasks */

fl_async(short_task, int result) {
  fl_begin;
  fl_return(1);
  fl_end;
}

static void run_tasks(fl_loop *loop, long count) {
  static fl_task tasks[BATCH];
  for (long done = 0; done < count; done += BATCH) {
    for (int i = 0; i < BATCH; i++) tasks[i] = fl_create_task(loop, short_task);
    must(fl_loop_run_until_complete(loop, tasks[BATCH - 1], NULL, NULL));
    release(tasks, BATCH);
  }
}
static void measure_task(void) {
  fl_loop *loop = open_loop();
  run_tasks(loop, WARM_UP);
  double began = seconds();
  run_tasks(loop, SWITCHES / 4);
  print_ns(began, SWITCHES / 4);
}

fl_async(gatherer, long left; fl_task tasks[BATCH]) {
  fl_begin;
  for (; self->left > 0; self->left--) {
    for (int i = 0; i < BATCH; i++) self->tasks[i] = fl_create_task(fl_this_loop(self), short_task);
    fl_await(fl_gather(self->tasks, BATCH, NULL));
    release(self->tasks, BATCH);
  }
  fl_end;
}
static void measure_gather(void) {
  fl_loop *loop = open_loop();
  fl_task warm_up = fl_create_task(loop, gatherer, WARM_UP / BATCH);
  must(fl_loop_run_until_complete(loop, warm_up, NULL, NULL));
  double began = seconds();
  fl_task task = fl_create_task(loop, gatherer, GATHERS);
  must(fl_loop_run_until_complete(loop, task, NULL, NULL));
  print_ns(began, (long)GATHERS * BATCH);
}

/* ---- Memory */

fl_async(sleeper, int64_t delay_us) {
  fl_begin;
  fl_await(fl_sleep(self->delay_us));
  fl_end;
}

#ifdef __EMSCRIPTEN__
static double heap_used(void) { return (double)mallinfo().uordblks; }
static double heap_size(void) { return (double)emscripten_get_heap_size(); }
EM_JS(double, process_peak, (void), { return process.resourceUsage().maxRSS * 1024; })
#else
static double process_peak(void) {
  struct rusage usage;
  getrusage(RUSAGE_SELF, &usage);
  return (double)usage.ru_maxrss * 1024;
}
static double heap_used(void) {
  struct mallinfo2 info = mallinfo2();
  return (double)(info.uordblks + info.hblkhd); /* and what is mapped */
}
static double heap_size(void) {
  struct mallinfo2 info = mallinfo2();
  return (double)(info.arena + info.hblkhd);
}
#endif

static void measure_memory(void) {
  fl_loop *loop = open_loop();
  double before = heap_used(), began = seconds();
  for (int i = 0; i < TASKS; i++) fl_release(fl_create_task(loop, sleeper, random_delay_us()));
  fl_loop_turn(loop); /* all of them sleep now */
  double bytes = (heap_used() - before) / TASKS;
  double own = (double)sizeof(sleeper);
  printf("{\"bytes\":%.1f,\"whole\":%.1f,\"frame\":%.0f,\"fields\":%.0f,\"ns\":%.1f}\n", bytes - own, bytes, own,
         own - (double)sizeof(fl_coro), (seconds() - began) * 1e9 / TASKS);
}

/* ---- Sleeps of 1 ms to 1 s, on the host's clock */

typedef struct sleepers {
  int left;
  fl_event none_left;
} sleepers;

fl_async(one_of_many, sleepers *all; int delay_us) {
  fl_begin;
  fl_await(fl_sleep(self->delay_us));
  if (--self->all->left == 0) fl_event_set(&self->all->none_left);
  fl_end;
}

fl_async(all_sleepers, double began, peak; sleepers all) {
  fl_begin;
  self->peak = process_peak();
  self->began = seconds();
  self->all.left = SLEEPS;
  for (int i = 0; i < SLEEPS; i++)
    fl_release(fl_create_task(fl_this_loop(self), one_of_many, &self->all, (int)random_delay_us()));
  fl_await(fl_event_wait(&self->all.none_left));
  printf("{\"seconds\":%.4f,\"heap\":%.0f,\"rss\":%.0f}\n", seconds() - self->began, heap_size(),
         process_peak() - self->peak);
  fl_end;
}
static void measure_sleeps(void) { fl_run(all_sleepers); }

/* ---- */

static const struct {
  const char *name;
  void (*run)(void);
} measures[] = {{"switch", measure_switch},
                {"host-switch", measure_host_switch},
                {"event", measure_event},
                {"lock", measure_lock},
                {"queue", measure_queue},
                {"call-soon", measure_call_soon},
                {"call-soon-alone", measure_call_soon_alone},
                {"call-soon-outside", measure_call_soon_outside},
                {"arm", measure_arm},
                {"fire", measure_fire},
                {"fire-each-ms", measure_fire_each_ms},
                {"cancel", measure_cancel},
                {"task", measure_task},
                {"gather", measure_gather},
                {"memory", measure_memory},
                {"sleeps", measure_sleeps}};

int main(int argc, char **argv) {
  for (size_t i = 0; argc == 2 && i < sizeof measures / sizeof *measures; i++)
    if (strcmp(measures[i].name, argv[1]) == 0) {
      measures[i].run();
      return 0;
    }
  fprintf(stderr, "usage: fetchloop MEASURE, one of:");
  for (size_t i = 0; i < sizeof measures / sizeof *measures; i++) fprintf(stderr, " %s", measures[i].name);
  fputc('\n', stderr);
  return 2;
}
