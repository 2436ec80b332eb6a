/* A random program's state: its input, its handles, its locks and queues, and what must be true of them. All static,
 * for one target. */
#ifndef FL_FUZZ_PROGRAM_H
#define FL_FUZZ_PROGRAM_H

#include "../../src/fetchloop.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define CHECK(condition) \
  ((condition) ? (void)0 : (fprintf(stderr, "%s:%d: %s\n", __FILE__, __LINE__, #condition), abort()))

enum {
  HANDLES = 24,
  LOCKS = 3,
  QUEUES = 4,
  ITEMS = 4096,
  PLACES = 2,
  TASKS_MAX = 200,
  STEPS_MAX = 40,
  TIMERS = 4,
  WATCHED_MAX = 64
};

typedef enum item { UNUSED, PUT, GOT } item;

/* A future that has a done callback. */
typedef struct watched {
  fl_handle handle;
  fl_future of;
  unsigned calls;
} watched;

typedef struct program {
  const uint8_t *at, *end;
  fl_virtual_clock clock;
  fl_loop *loop;
  fl_future handles[HANDLES]; /* of futures and tasks, some of which are gone */
  bool released[HANDLES];
  unsigned made, begun, ended; /* tasks */
  watched watches[WATCHED_MAX];
  unsigned watched;
  fl_lock locks[LOCKS];
  const void *holder[LOCKS];
  fl_semaphore semaphore;
  size_t inside;
  fl_event event;
  fl_condition condition;
  const void *condition_holder;
  fl_barrier barrier;
  fl_queue queues[QUEUES];
  size_t in_queue[QUEUES];
  item items[ITEMS];
  size_t items_made;
  fl_timer timers[TIMERS];
  bool over;
} program;

static program *p;

static unsigned next(void) {
  if (p->at < p->end) return *p->at++;
  p->over = true;
  return 0;
}
static unsigned draw(unsigned below) { return next() % below; }

/* Mostly short, at times none, past, endless or no time at all. */
static int64_t some_time(void) {
  unsigned byte = next();
  switch (byte) {
  case 250: return FL_NEVER;
  case 251: return FL_NAN;
  case 252: return -5;
  case 253: return FL_NEVER - 1;
  default: return byte % 16;
  }
}

static const char *some_message(void) { return next() % 2 ? "a message" : NULL; }

/* ---- Handles */

static unsigned keep(fl_future future) {
  unsigned i = draw(HANDLES);
  p->handles[i] = future;
  p->released[i] = false;
  return i;
}

static fl_future some_handle(void) {
  unsigned byte = next();
  return byte == 255 ? (fl_future){0} : p->handles[byte % HANDLES];
}

static void release(void) {
  unsigned i = draw(HANDLES);
  int error = fl_release(p->handles[i]);
  if (!p->handles[i].at)
    CHECK(error != FL_OK);
  else
    CHECK(error == (p->released[i] ? FL_ERELEASED : FL_OK));
  p->released[i] = true;
  for (unsigned other = 0; other < HANDLES; other++) /* copies of it, made by what is below */
    if (p->handles[other].at == p->handles[i].at && p->handles[other].generation == p->handles[i].generation)
      p->released[other] = true;
}

static void ask_about(fl_future future) {
  int error = fl_future_error(future);
  CHECK(fl_future_message(future) != NULL);
  CHECK(fl_task_name(future) != NULL);
  if (fl_cancelled(future)) CHECK(fl_done(future) && error == FL_ECANCELLED);
  if (error == FL_EPENDING) CHECK(!fl_done(future) && !fl_future_result(future));
  if (error == FL_ERELEASED && !fl_done(future)) /* gone; a task may end with that error of its own */
    CHECK(fl_cancel(future, NULL) == FL_ERELEASED && fl_release(future) == FL_ERELEASED &&
          fl_task_start(future) == FL_ERELEASED && fl_future_set_result(future, NULL) == FL_ERELEASED);
  if (fl_done(future)) CHECK(fl_cancel(future, NULL) == FL_EDONE);
  if (!future.at) CHECK(error == FL_EINVAL || error == FL_ESTATE);
}

static void on_done(void *arg) { CHECK(++*(unsigned *)arg == 1); }

static void watch(void) {
  if (p->watched == WATCHED_MAX) return;
  watched *w = &p->watches[p->watched];
  w->of = some_handle();
  if (fl_add_done_callback(w->of, &w->handle, on_done, &w->calls) == FL_OK) p->watched++;
}

/* ---- Queues. What is put is told apart by its place in `items`. */

static int compare(const void *a, const void *b) { return a < b ? -1 : a > b; }

static item *new_item(void) {
  item *made = &p->items[p->items_made];
  if (p->items_made + 1 < ITEMS) p->items_made++;
  *made = PUT;
  return made;
}

static void was_put(unsigned queue, item *put, int error) {
  CHECK(error == FL_OK || error == FL_ESHUTDOWN || error == FL_ECANCELLED || error == FL_ETIMEOUT ||
        error == FL_EQUEUEFULL || error == FL_EINVAL);
  if (error) CHECK(*put == PUT); /* nobody can have got it */
  if (!error) p->in_queue[queue]++;
  if (error) *put = UNUSED;
}

static void was_got(unsigned queue, void *out, int error) {
  if (error) {
    CHECK(!out);
    return;
  }
  item *got = out;
  CHECK(got && *got == PUT);
  *got = GOT;
  p->in_queue[queue]--;
}

static void queue_nowait(void) {
  unsigned queue = draw(QUEUES);
  fl_queue *q = &p->queues[queue];
  switch (draw(8)) {
  case 0:
  case 1:
  case 2: {
    bool full = fl_queue_full(q);
    item *made = new_item();
    int error = fl_queue_put_nowait(q, made);
    CHECK(error == (q->shut_down ? FL_ESHUTDOWN : full ? FL_EQUEUEFULL : FL_OK));
    was_put(queue, made, error);
    break;
  }
  case 3:
  case 4:
  case 5: {
    void *out = NULL;
    bool empty = fl_queue_empty(q);
    int error = fl_queue_get_nowait(q, &out);
    CHECK(error == (!empty ? FL_OK : q->shut_down ? FL_ESHUTDOWN : FL_EQUEUEEMPTY));
    was_got(queue, out, error);
    break;
  }
  case 6: {
    bool too_often = q->unfinished == 0;
    CHECK(fl_queue_task_done(q) == (too_often ? FL_ESTATE : FL_OK));
    break;
  }
  case 7:
    if (draw(8)) break;
    bool immediate = draw(2);
    size_t forgotten = immediate ? fl_queue_size(q) : 0;
    fl_queue_shutdown(q, immediate);
    p->in_queue[queue] -= forgotten;
    CHECK(fl_queue_put_nowait(q, q) == FL_ESHUTDOWN);
  }
}

#endif
