/* What the tasks of a program share, and the trace that it leaves. */
#ifndef DIFFERENTIAL_WORLD_H
#define DIFFERENTIAL_WORLD_H

#include "../../src/fetchloop.h"
#include "script.h"

enum { NUMBERED = 4, SEMAPHORES = 3, BARRIERS = 2, QUEUES = 3, HANDLES = 4, USER_ERROR = -1000 };

/* A task, and what is known of it after its end. */
typedef struct record {
  struct record *next; /* in the order of their making */
  int number;
  fl_task task;
  struct record *awaits[SLOTS]; /* what a cancellation is passed on to */
  size_t awaiting;
  int result;
  bool released, ended;
  fl_handle done;
} record;

typedef struct counted_condition {
  fl_condition condition;
  int count;
  int waited_for;
} counted_condition;

typedef struct world {
  fl_virtual_clock clock;
  fl_loop *loop;
  record *records, *last;
  int tasks_made, items_made;
  fl_future slots[SLOTS];
  record *slot_records[TASK_SLOTS];
  fl_lock locks[NUMBERED];
  fl_event events[NUMBERED];
  counted_condition conditions[NUMBERED];
  fl_semaphore semaphores[SEMAPHORES];
  fl_barrier barriers[BARRIERS];
  fl_queue queues[QUEUES];
  fl_timeout *timeouts[NUMBERED]; /* that are entered */
  fl_task_group *groups[NUMBERED];
  struct call *handles[HANDLES], *calls;
  struct text *texts;
} world;
extern world the;

/* A line: the time, who, the op, and what became of it. `me` is NULL for a callback. */
__attribute__((format(printf, 3, 4))) void trace(const operation *op, const record *me, const char *format, ...);
const char *error_text(int error);       /* its name */
const char *task_text(int number);       /* valid until the next call */
const char *text_kept(const char *text); /* a copy, for as long as the world is */

/* ---- tasks.c */

/* NULL, with the reason in *error. A `group` of NULL: none. */
record *task_spawn(const op_list *body, bool eager, fl_task_group *group, int *error);
bool would_be_circular(const record *me, int slot);

/* ---- sync_ops.c */

void sync_op_run(const operation *op, record *me);
void sync_block_run(const op_list *block);
void calls_free(void);

#endif
