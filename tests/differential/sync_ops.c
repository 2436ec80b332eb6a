/* What awaits nothing: each op gives what is traced of it. */
#include "world.h"

#include <stdio.h>
#include <stdlib.h>

/* A callback of the program's: its handle, and what it does. */
typedef struct call {
  fl_timer timer;
  struct call *next;
  const operation *op;
} call;

static void on_call(void *arg) {
  const call *made = arg;
  trace(made->op, NULL, "called");
  sync_block_run(&made->op->blocks[0]);
}

static call *call_new(const operation *op) {
  call *made = calloc(1, sizeof *made);
  if (!made) abort();
  *made = (call){.op = op, .next = the.calls};
  the.calls = made;
  return made;
}

void calls_free(void) {
  while (the.calls) {
    call *next = the.calls->next;
    free(the.calls);
    the.calls = next;
  }
}

static int run_call(const operation *op) {
  call *made = call_new(op);
  if (op->code == OP_callback) return fl_add_done_callback(the.slots[op->args[0]], &made->timer.handle, on_call, made);
  the.handles[op->args[0]] = made;
  if (op->code == OP_call_soon) fl_call_soon(the.loop, &made->timer.handle, on_call, made);
  if (op->code == OP_call_later) return fl_call_later(the.loop, &made->timer, op->args[1] * FL_MS, on_call, made);
  if (op->code == OP_call_at) return fl_call_at(the.loop, &made->timer, op->args[1] * FL_MS, on_call, made);
  return FL_OK;
}

static const char *message_text(char text[16], int message) {
  if (message < 0) return NULL;
  snprintf(text, 16, "c%d", message);
  return text;
}

static int spawn(const operation *op) {
  int error, slot = op->args[0];
  record *made = task_spawn(&op->blocks[0], op->args[1], NULL, &error);
  if (!made) return error;
  if (slot < 0) {
    made->released = true;
    fl_release(made->task);
  } else {
    the.slots[slot] = made->task;
    the.slot_records[slot] = made;
  }
  return FL_OK;
}

static int group_spawn(const operation *op) {
  int error = FL_ESTATE;
  fl_task_group *group = the.groups[op->args[0]];
  if (group) task_spawn(&op->blocks[0], op->args[1], group, &error);
  return error;
}

static int renew(int slot) {
  if (the.slots[slot].at && !fl_done(the.slots[slot])) return FL_EPENDING;
  the.slots[slot] = fl_future_new(the.loop);
  return FL_OK;
}

static int reschedule(const operation *op) {
  fl_timeout *timeout = the.timeouts[op->args[0]];
  int64_t when_us = op->args[1] < 0 ? FL_NEVER : fl_loop_time(the.loop) + op->args[1] * FL_MS;
  return timeout ? fl_timeout_reschedule(timeout, when_us) : FL_ESTATE;
}

static void handle_cancel(int number) {
  if (the.handles[number]) fl_timer_cancel(&the.handles[number]->timer);
}

static int set_error(const operation *op) {
  char message[16];
  snprintf(message, sizeof message, "m%d", op->args[1]);
  return fl_future_set_error(the.slots[op->args[0]], USER_ERROR - op->args[1], op->args[1] % 2 ? message : NULL);
}

static int put(const operation *op) {
  intptr_t item = op->args[1] * 1000 + the.items_made++;
  return fl_queue_put_nowait(&the.queues[op->args[0]], (void *)item);
}

static void get(const operation *op, const record *me) {
  void *item = NULL;
  int error = fl_queue_get_nowait(&the.queues[op->args[0]], &item);
  trace(op, me, "%s %d left %zu", error_text(error), (int)(intptr_t)item, fl_queue_size(&the.queues[op->args[0]]));
}

static void count(const operation *op, const record *me) { trace(op, me, "%d", ++the.conditions[op->args[0]].count); }

static int semaphore_release(const operation *op, const record *me) {
  fl_semaphore *semaphore = &the.semaphores[op->args[0]];
  int error = fl_semaphore_release(semaphore);
  trace(op, me, "%s locked %d", error_text(error), fl_semaphore_locked(semaphore));
  return error;
}

static int shutdown(const operation *op) {
  fl_queue_shutdown(&the.queues[op->args[0]], op->args[1]);
  return FL_OK;
}

void sync_op_run(const operation *op, record *me) {
  const int first = op->args[0], second = op->args[1];
  char text[16];
  int error = FL_OK;
  switch (op->code) {
  case OP_spawn: error = spawn(op); break;
  case OP_group_spawn: error = group_spawn(op); break;
  case OP_cancel: error = fl_cancel(the.slots[first], message_text(text, second)); break;
  case OP_cancel_self: error = me ? fl_cancel(me->task, message_text(text, first)) : FL_OK; break;
  case OP_uncancel: trace(op, me, "%d", fl_task_uncancel(the.slots[first])); return;
  case OP_uncancel_self: trace(op, me, "%d", me ? fl_task_uncancel(me->task) : 0); return;
  case OP_cancelling: trace(op, me, "%d", fl_task_cancelling(the.slots[first])); return;
  case OP_result:
    if (me) me->result = first;
    break;
  case OP_reschedule: error = reschedule(op); break;
  case OP_release: error = fl_lock_release(&the.locks[first]); break;
  case OP_event_set: fl_event_set(&the.events[first]); break;
  case OP_event_clear: fl_event_clear(&the.events[first]); break;
  case OP_notify: error = fl_condition_notify(&the.conditions[first].condition, (size_t)second); break;
  case OP_notify_all: error = fl_condition_notify_all(&the.conditions[first].condition); break;
  case OP_count: count(op, me); return;
  case OP_semaphore_release: semaphore_release(op, me); return;
  case OP_put_nowait: error = put(op); break;
  case OP_get_nowait: get(op, me); return;
  case OP_task_done: error = fl_queue_task_done(&the.queues[first]); break;
  case OP_shutdown: error = shutdown(op); break;
  case OP_handle_cancel: handle_cancel(first); break;
  case OP_future: error = renew(first); break;
  case OP_set_result: error = fl_future_set_result(the.slots[first], (void *)(intptr_t)second); break;
  case OP_set_error: error = set_error(op); break;
  default: error = run_call(op);
  }
  trace(op, me, "%s", error_text(error));
}

void sync_block_run(const op_list *block) {
  for (size_t i = 0; i < block->count; i++) sync_op_run(&block->ops[i], NULL);
}
