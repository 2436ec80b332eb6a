/* Tasks and their coroutines: a block is a coroutine, and so is each op that has one. */
#include "world.h"

#include <stdlib.h>

/* ---- Who awaits whom */

static bool reaches(const record *from, const record *to) {
  if (from == to) return true;
  for (size_t i = 0; i < from->awaiting; i++)
    if (reaches(from->awaits[i], to)) return true;
  return false;
}

/* Nobody awaits himself: asyncio recurses without end when such a circle is cancelled. */
bool would_be_circular(const record *me, int slot) {
  return slot < TASK_SLOTS && the.slot_records[slot] && reaches(the.slot_records[slot], me);
}

static void note_awaited(record *me, int slot) {
  if (slot < TASK_SLOTS && the.slot_records[slot]) me->awaits[me->awaiting++] = the.slot_records[slot];
}

/* ---- Blocks */

fl_frame(run_block, const op_list *block; record * me; size_t at; int error; fl_future futures[SLOTS];
         int futures_slots[SLOTS]; size_t count, done, index; void *item; bool skip);

static fl_awaitable awaitable_of(run_block *self, const operation *op);
static void trace_awaited(const run_block *self, const operation *op);
static bool is_async(const operation *op) { return op->code <= OP_join; }

/* The futures that the op awaits, into the frame. A slot that is empty, or may not be awaited, is left out. */
static void find_futures(run_block *self, const operation *op) {
  bool passes_on = op->code == OP_await || op->code == OP_gather || op->code == OP_wait_for_slot;
  int of_args = op->code == OP_await || op->code == OP_shield ? 0
                : op->code == OP_wait_for_slot                ? 1
                                                              : -1; /* or the list */
  const int *slots = of_args < 0 ? op->list : &op->args[of_args];
  size_t count = of_args < 0 ? op->listed : 1;
  self->count = self->done = 0;
  self->skip = false;
  for (size_t i = 0; i < count; i++) {
    if (!the.slots[slots[i]].at || would_be_circular(self->me, slots[i])) continue;
    self->futures_slots[self->count] = slots[i];
    self->futures[self->count++] = the.slots[slots[i]];
  }
  for (size_t i = 0; i < self->count && passes_on; i++) note_awaited(self->me, self->futures_slots[i]);
  self->skip = of_args >= 0 && self->count == 0;
}

fl_async_body(run_block) {
  fl_begin;
  for (; self->at < self->block->count; self->at++) {
    if (!is_async(&self->block->ops[self->at])) {
      sync_op_run(&self->block->ops[self->at], self->me);
      continue;
    }
    find_futures(self, &self->block->ops[self->at]);
    if (self->skip) continue;
    fl_try(self->error, awaitable_of(self, &self->block->ops[self->at]));
    self->me->awaiting = 0;
    if (self->error) {
      trace(&self->block->ops[self->at], self->me, "%s %s", error_text(self->error),
            fl_caught_message(self, self->error));
      fl_raise(self->error, fl_caught_message(self, self->error));
    }
    trace_awaited(self, &self->block->ops[self->at]);
  }
  fl_end;
}

static int result_of(fl_future future) {
  record *made = the.records;
  while (made && (made->task.at != future.at || made->task.generation != future.generation)) made = made->next;
  return made ? made->result : (int)(intptr_t)fl_future_result(future);
}

static void trace_awaited(const run_block *self, const operation *op) {
  switch (op->code) {
  case OP_await:
  case OP_shield:
  case OP_wait_for_slot: trace(op, self->me, "got %d", result_of(self->futures[0])); break;
  case OP_gather:
    trace(op, self->me, "gathered");
    for (size_t i = 0; i < self->count; i++) {
      int error = fl_future_error(self->futures[i]);
      trace(op, self->me, "  %s %s %d", error_text(error), fl_future_message(self->futures[i]),
            error ? 0 : result_of(self->futures[i]));
    }
    break;
  case OP_wait: trace(op, self->me, "done %zu of %zu", self->done, self->count); break;
  case OP_barrier: trace(op, self->me, "index %zu", self->index); break;
  case OP_get: trace(op, self->me, "got %d", (int)(intptr_t)self->item); break;
  case OP_wait_for_thing: trace(op, self->me, op->args[1] == 3 ? "got %d" : "ok", (int)(intptr_t)self->item); break;
  default: trace(op, self->me, "ok");
  }
}

#define body(number) fl_call_new(run_block, &self->op->blocks[number], self->me)

/* ---- Ops that have blocks */

enum { CANCELLATION_PASSES = 1, RAISE_AGAIN = 2 };

fl_async(run_try, const operation *op; record * me; int error; const char *message) {
  fl_begin;
  fl_try(self->error, body(0));
  if (!self->error) fl_return_void;
  self->message = text_kept(fl_caught_message(self, self->error));
  if (self->op->args[0] & CANCELLATION_PASSES && self->error == FL_ECANCELLED) fl_raise(self->error, self->message);
  trace(self->op, self->me, "caught %s %s cancelling %d", error_text(self->error), self->message,
        fl_task_cancelling(fl_this_task(self)));
  fl_await(body(1));
  if (self->op->args[0] & RAISE_AGAIN) fl_raise(self->error, self->message);
  fl_end;
}

fl_async(run_finally, const operation *op; record * me) {
  fl_begin;
  fl_await(body(0));
  fl_finally;
  trace(self->op, self->me, "finally");
  fl_await(body(1));
  fl_end;
}

fl_async(run_timeout, const operation *op; record * me; fl_timeout timeout; int times) {
  fl_begin;
  for (;;) {
    fl_timeout_after(self, &self->timeout, self->op->args[1] < 0 ? FL_NEVER : self->op->args[1] * FL_MS);
    the.timeouts[self->op->args[0]] = &self->timeout;
    fl_await(body(0));
    if (++self->times == self->op->args[2]) break;
    fl_await(fl_leave(&self->timeout));
  }
  if (self->op->id % 2) fl_await(fl_leave(&self->timeout));
  fl_finally;
  trace(self->op, self->me, "expired %d", fl_timeout_expired(&self->timeout));
  if (the.timeouts[self->op->args[0]] == &self->timeout) the.timeouts[self->op->args[0]] = NULL;
  fl_end;
}

fl_async(run_group, const operation *op; record * me; fl_task_group group; int times) {
  fl_begin;
  for (;;) {
    fl_group_enter(self, &self->group);
    the.groups[self->op->args[0]] = &self->group;
    fl_await(body(0));
    if (++self->times == self->op->args[1]) break;
    fl_await(fl_leave(&self->group));
  }
  if (self->op->id % 2) fl_await(fl_leave(&self->group));
  fl_finally;
  for (size_t i = 0; fl_group_failed(&self->group, i).at; i++)
    trace(self->op, self->me, "failed %s", fl_task_name(fl_group_failed(&self->group, i)));
  if (the.groups[self->op->args[0]] == &self->group) the.groups[self->op->args[0]] = NULL;
  fl_end;
}

fl_async(run_as_completed, const operation *op; record * me; const run_block *of; fl_as_completed as; fl_future next;
         int error) {
  fl_begin;
  {
    int64_t timeout_us = self->op->args[0] < 0 ? FL_NEVER : self->op->args[0] * FL_MS;
    fl_as_completed_enter(self, &self->as, self->of->futures, self->of->count, timeout_us);
  }
  for (;;) {
    fl_try(self->error, fl_as_completed_next(&self->as, &self->next));
    if (self->error && self->error != FL_ETIMEOUT) fl_raise(self->error, fl_caught_message(self, self->error));
    if (!self->error && !self->next.at) break;
    size_t i = 0;
    while (!self->error && self->of->futures[i].at != self->next.at) i++;
    trace(self->op, self->me, "next %d", self->error ? -1 : self->of->futures_slots[i]);
  }
  fl_end;
}

fl_async(run_lock, const operation *op; record * me; bool locked) {
  fl_begin;
  fl_await(fl_lock_acquire(&the.locks[self->op->args[0]]));
  self->locked = true;
  trace(self->op, self->me, "acquired");
  fl_await(body(0));
  fl_finally;
  if (self->locked)
    trace(self->op, self->me, "released %s", error_text(fl_lock_release(&the.locks[self->op->args[0]])));
  fl_end;
}

fl_async(run_condition, const operation *op; record * me; bool locked) {
  fl_begin;
  fl_await(fl_condition_acquire(&the.conditions[self->op->args[0]].condition));
  self->locked = true;
  trace(self->op, self->me, "acquired");
  fl_await(body(0));
  fl_finally;
  if (self->locked)
    trace(self->op, self->me, "released %s",
          error_text(fl_condition_release(&the.conditions[self->op->args[0]].condition)));
  fl_end;
}

fl_async(run_semaphore, const operation *op; record * me; bool locked) {
  fl_begin;
  fl_await(fl_semaphore_acquire(&the.semaphores[self->op->args[0]]));
  self->locked = true;
  trace(self->op, self->me, "acquired");
  fl_await(body(0));
  fl_finally;
  if (self->locked)
    trace(self->op, self->me, "released %s", error_text(fl_semaphore_release(&the.semaphores[self->op->args[0]])));
  fl_end;
}

fl_async(run_raise, const operation *op) {
  fl_begin;
  fl_raise(USER_ERROR - self->op->args[0], self->op->args[0] % 2 ? "raised" : NULL);
  fl_end;
}

typedef struct expected_count {
  counted_condition *condition;
  int at_least;
} expected_count;
static bool has_count(void *arg) {
  const expected_count *expected = arg;
  return expected->condition->count >= expected->at_least;
}

fl_async(run_condition_wait_for, const operation *op; expected_count expected) {
  fl_begin;
  self->expected = (expected_count){&the.conditions[self->op->args[0]], self->op->args[1]};
  fl_await(fl_condition_wait_for(&self->expected.condition->condition, has_count, &self->expected));
  fl_end;
}

/* ---- The rest */

static fl_awaitable thing_of(run_block *self, int kind, int number) {
  switch (kind) {
  case 0: return fl_lock_acquire(&the.locks[number % 2]);
  case 1: return fl_event_wait(&the.events[number % 2]);
  case 2: return fl_semaphore_acquire(&the.semaphores[number % SEMAPHORES]);
  case 3: return fl_queue_get(&the.queues[number % QUEUES], &self->item);
  case 4: return fl_queue_join(&the.queues[number % QUEUES]);
  case 5: return fl_barrier_wait(&the.barriers[number % BARRIERS], &self->index);
  default: return fl_sleep(number * FL_MS);
  }
}

static fl_awaitable awaitable_of(run_block *self, const operation *op) {
  const int first = op->args[0], second = op->args[1];
  const int64_t delay_us = first < 0 ? FL_NEVER : first * FL_MS;
  switch (op->code) {
  case OP_sleep: return fl_sleep(first * FL_MS);
  case OP_call: return fl_call_new(run_block, &op->blocks[0], self->me);
  case OP_await: return fl__await_future(self->futures[0]);
  case OP_shield: return fl_shield(self->futures[0]);
  case OP_gather: return fl_gather(self->futures, self->count, &(fl_gather_options){.return_exceptions = first});
  case OP_wait:
    return fl_wait(&self->done, self->futures, self->count, second < 0 ? FL_NEVER : second * FL_MS,
                   (fl_return_when)first);
  case OP_as_completed: return fl_call_new(run_as_completed, op, self->me, self);
  case OP_wait_for: return fl_wait_for(fl_call_new(run_block, &op->blocks[0], self->me), delay_us);
  case OP_wait_for_slot: return fl_wait_for(self->futures[0], delay_us);
  case OP_wait_for_thing: return fl_wait_for(thing_of(self, second, op->args[2]), delay_us);
  case OP_timeout: return fl_call_new(run_timeout, op, self->me);
  case OP_group: return fl_call_new(run_group, op, self->me);
  case OP_raise: return fl_call_new(run_raise, op);
  case OP_try: return fl_call_new(run_try, op, self->me);
  case OP_finally: return fl_call_new(run_finally, op, self->me);
  case OP_lock: return fl_call_new(run_lock, op, self->me);
  case OP_acquire: return fl_lock_acquire(&the.locks[first]);
  case OP_event_wait: return fl_event_wait(&the.events[first]);
  case OP_condition: return fl_call_new(run_condition, op, self->me);
  case OP_condition_wait: return fl_condition_wait(&the.conditions[first].condition);
  case OP_condition_wait_for: return fl_call_new(run_condition_wait_for, op);
  case OP_semaphore: return fl_call_new(run_semaphore, op, self->me);
  case OP_semaphore_acquire: return fl_semaphore_acquire(&the.semaphores[first]);
  case OP_barrier: return fl_barrier_wait(&the.barriers[first], &self->index);
  case OP_barrier_reset: return fl_barrier_reset(&the.barriers[first]);
  case OP_barrier_abort: return fl_barrier_abort(&the.barriers[first]);
  case OP_put: return fl_queue_put(&the.queues[first], (void *)(intptr_t)(second * 1000 + the.items_made++));
  case OP_get: return fl_queue_get(&the.queues[first], &self->item);
  case OP_join: return fl_queue_join(&the.queues[first]);
  default: abort();
  }
}

/* ---- Tasks */

fl_async(run_task, const op_list *block; record * me) {
  fl_begin;
  self->me->task = fl_this_task(self); /* an eager one is here before its maker has it */
  trace(NULL, self->me, "began");
  fl_await(fl_call_new(run_block, self->block, self->me));
  fl_end;
}

static void on_task_done(void *arg) {
  record *me = arg;
  me->ended = true;
  if (me->released) {
    trace(NULL, me, "done");
    return;
  }
  int error = fl_future_error(me->task);
  trace(NULL, me, "done %s %s %d cancelled %d", error_text(error), fl_future_message(me->task), error ? 0 : me->result,
        fl_cancelled(me->task));
}

static record *record_new(void) {
  record *made = calloc(1, sizeof *made);
  if (!made) abort();
  made->number = the.tasks_made++;
  *(the.last ? &the.last->next : &the.records) = made;
  the.last = made;
  return made;
}

record *task_spawn(const op_list *block, bool eager, fl_task_group *group, int *error) {
  record *made = record_new();
  fl_task_options options = {.name = task_text(made->number), .eager = eager};
  fl_task task = group ? fl_group_create_task_with(group, &options, run_task, block, made)
                       : fl_create_task_with(the.loop, &options, run_task, block, made);
  *error = task.at ? FL_OK : fl_future_error(task);
  if (*error) return NULL;
  made->task = task;
  fl_add_done_callback(task, &made->done, on_task_done, made);
  return made;
}
