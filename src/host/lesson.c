/* Three small programs on a loop of their own, for the demo page's "Inside the loop": JavaScript lets time pass and
 * turns the loop, and is told of each moment that a program marks, with all that stands in the loop at that moment. The
 * page shows these lines, without the marks. */
#include "../loop/task.h"

#include <emscripten.h>
#include <emscripten/console.h>
#include <stdio.h>
#include <stdlib.h>

/* A moment: first what is ready, and the tasks, then the moment itself. `step`: of the document's eight, 0: none.
 * `text`: what the program prints, or NULL. `line`: where it is, of this file. Milliseconds; negative: no timer. */
extern void fl__lesson_on_ready(const char *name);
extern void fl__lesson_on_task(const char *name, const char *coroutine, unsigned line, const char *awaits,
                               const char *awaited, double since_ms);
extern void fl__lesson_on_moment(int step, const char *text, unsigned line, double now_ms, unsigned timers,
                                 double next_ms);

void fl__host_report(const char *line) { emscripten_err(line); }

static fl_virtual_clock hands; /* of a clock that JavaScript moves */
static fl_loop *loop;
static fl_task task;

static void tell_task(const fl_task_info *info, void *arg) {
  (void)arg;
  fl__lesson_on_task(info->name, info->coroutine, info->line, info->awaits, fl_task_name(info->awaited),
                     (double)info->since_us / FL_MS);
}

static void tell_ready(const fl_link *list) {
  for (const fl_link *link = list->next; link != list; link = link->next) {
    const char *name = fl__task_name_of_step(fl__container_of(link, fl_handle, link));
    fl__lesson_on_ready(name ? name : "a callback");
  }
}

static void tell(int step, const char *text, unsigned line) {
  if (loop) {
    tell_ready(&loop->running);
    tell_ready(&loop->ready);
    fl_all_tasks(loop, tell_task, NULL);
  }
  int64_t next_us = loop ? fl__timers_next(&loop->timers) : FL_NEVER;
  fl__lesson_on_moment(step, text, line, (double)hands.now_us / FL_MS, loop ? loop->timers.pending : 0,
                       next_us == FL_NEVER ? -1 : (double)next_us / FL_MS);
}

/* The line that follows is where the program is. */
#define MARK(step) tell(step, NULL, __LINE__ + 1)
#define SAY(...)                              \
  do {                                        \
    char said[80];                            \
    snprintf(said, sizeof said, __VA_ARGS__); \
    tell(0, said, __LINE__);                  \
  } while (0)

/* ---- The document's program */

/* begin print_sum */
fl_async(compute, int x, y; int result) {
  fl_begin;
  MARK(4);
  SAY("Compute %d + %d ...", self->x, self->y);
  MARK(5);
  fl_await(fl_sleep(FL_SECOND));
  MARK(6);
  fl_return(self->x + self->y);
  fl_end;
}

fl_async(print_sum, int x, y; compute sum) {
  fl_begin;
  MARK(3);
  fl_await(fl_call(compute, &self->sum, self->x, self->y));
  MARK(7);
  SAY("%d + %d = %d", self->x, self->y, self->sum.result);
  fl_end;
}

static void begin_print_sum(void) {
  MARK(1);
  task = fl_create_task(loop, print_sum, 1, 2);
}
/* end print_sum */

/* ---- Three at once */

/* begin gather */
fl_async(fetch, const char *site; int64_t latency_us) {
  fl_begin;
  SAY("ask %s", self->site);
  MARK(0);
  fl_await(fl_sleep(self->latency_us));
  SAY("%s has answered", self->site);
  fl_end;
}

fl_async(all, fl_task tasks[3]; int error) {
  fl_begin;
  MARK(0);
  self->tasks[0] = fl_create_task(loop, fetch, "python.org", 710 * FL_MS);
  self->tasks[1] = fl_create_task(loop, fetch, "netflix.com", 2140 * FL_MS);
  self->tasks[2] = fl_create_task(loop, fetch, "amazon.com", 1120 * FL_MS);
  MARK(0);
  fl_try(self->error, fl_gather(self->tasks, 3, NULL));
  for (int i = 0; i < 3; i++) fl_release(self->tasks[i]);
  SAY("all have answered");
  fl_end;
}

static void begin_gather(void) { task = fl_create_task(loop, all, {{0}}); }
/* end gather */

/* ---- A queue between two */

/* begin queue */
fl_async(producer, fl_queue *queue; int item) {
  fl_begin;
  for (self->item = 1; self->item <= 4; self->item++) {
    MARK(0);
    fl_await(fl_queue_put(self->queue, &self->item));
    SAY("put item %d", self->item);
  }
  fl_queue_shutdown(self->queue, false);
  fl_end;
}

fl_async(consumer, fl_queue *queue; void *got; int error, done) {
  fl_begin;
  for (;;) {
    MARK(0);
    fl_try(self->error, fl_queue_get(self->queue, &self->got));
    if (self->error) break;
    MARK(0);
    fl_await(fl_sleep(600 * FL_MS));
    SAY("consumed %d", ++self->done);
  }
  SAY("the consumer goes home");
  fl_end;
}

fl_async(both, fl_queue queue; fl_task_group group) {
  fl_begin;
  fl_queue_init(&self->queue, FL_FIFO, 2, NULL);
  fl_group_enter(self, &self->group);
  fl_release(fl_group_create_task(&self->group, producer, &self->queue));
  fl_release(fl_group_create_task(&self->group, consumer, &self->queue));
  MARK(0);
  fl_await(fl_leave(&self->group));
  fl_finally;
  fl_queue_free(&self->queue);
  fl_end;
}

static void begin_queue(void) { task = fl_create_task(loop, both, {0}); }
/* end queue */

/* ---- What JavaScript does with them */

EMSCRIPTEN_KEEPALIVE void fl__lesson_close(void) {
  if (!loop) return;
  fl_loop_close(loop);
  loop = NULL;
}

EMSCRIPTEN_KEEPALIVE void fl__lesson_open(int program) {
  static void (*const begin[])(void) = {begin_print_sum, begin_gather, begin_queue};
  fl__lesson_close();
  fl_virtual_clock_init(&hands);
  if (fl_loop_open(&loop, &hands.clock, FL_NEVER)) abort();
  begin[program]();
}

/* One turn. Gives whether the program has ended. */
EMSCRIPTEN_KEEPALIVE bool fl__lesson_turn(void) {
  fl_loop_turn(loop);
  return fl_done(task);
}

EMSCRIPTEN_KEEPALIVE void fl__lesson_pass(double ms) { hands.now_us += (int64_t)(ms * FL_MS); }

/* Tell of the moment between two turns. */
EMSCRIPTEN_KEEPALIVE void fl__lesson_tell(int step) { tell(step, NULL, 0); }
