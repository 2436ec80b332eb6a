/* Memory that runs out under a program that uses everything: the nth allocation fails, for every n. Whatever fails, no
 * task hangs, every `finally` runs, every lock is given back. What leaks or is used after its end, the sanitizers see.
 */
#include "async_support.h"
#include "failing_malloc.h"

#include <stdlib.h>

/* ---- What came of a run */

enum { CHILDREN = 4, ITEMS = 20 };

typedef struct shared {
  fl_lock lock;
  fl_condition condition;
  fl_event event;
  fl_semaphore semaphore;
  fl_barrier barrier;
  fl_queue queue;
  unsigned begun, cleaned; /* coroutines with a `finally` */
  unsigned refused;        /* FL_ENOMEM, at all */
  unsigned put, got;
  int error;         /* of what was not expected: the first, */
  const char *where; /* and at what */
} shared;
static shared w;

/* An error may be `expected`, or for want of memory. */
static void note(int error, int expected, const char *where) {
  if (error == FL_ENOMEM) w.refused++;
  if (error == FL_OK || error == FL_ENOMEM || error == expected || w.error) return;
  w.error = error;
  w.where = where;
}
#define TRY(thing, expected)  \
  fl_try(self->error, thing); \
  note(self->error, (expected), #thing)

static void on_report(fl_loop *from, const fl_exception *exception, void *arg) {
  (void)from, (void)arg;
  note(exception->error ? exception->error : FL_ESTATE, FL_ETLS, exception->what);
}

/* ---- The program */

fl_async(child, int64_t delay_us; int fails; int error; int result) {
  fl_begin;
  w.begun++;
  fl_await(fl_sleep(self->delay_us));
  if (self->fails) fl_raise(self->fails, "with a message of its own");
  fl_return(1);
  fl_finally;
  w.cleaned++;
  fl_end;
}

fl_frame(deep, int depth);
fl_async_body(deep) {
  fl_begin;
  w.begun++;
  if (self->depth > 0) fl_await(fl_call_new(deep, self->depth - 1));
  fl_await(fl_sleep(0));
  fl_finally;
  w.cleaned++;
  fl_end;
}

static void make_children(fl_task *out, const fl_task_options *options, int fails_from) {
  for (int i = 0; i < CHILDREN; i++) {
    out[i] = fl_create_task_with(loop, options, child, i * FL_MS, i >= fails_from ? FL_ETLS : FL_OK);
    note(out[i].at ? FL_OK : fl_future_error(out[i]), FL_OK, "create_task");
  }
}

static void release_children(fl_task *out) {
  for (int i = 0; i < CHILDREN; i++) {
    fl_cancel(out[i], "not needed any more");
    fl_release(out[i]);
  }
}

fl_async(uses_combinators, fl_task made[CHILDREN]; fl_task one; int error; size_t done; fl_as_completed as) {
  fl_begin;
  make_children(self->made, &(fl_task_options){.name = "named"}, CHILDREN);
  TRY(fl_gather(self->made, CHILDREN, NULL), FL_OK);
  release_children(self->made);
  make_children(self->made, &(fl_task_options){.later = true}, 2);
  TRY(fl_gather(self->made, CHILDREN, &(fl_gather_options){.limit = 2}), FL_ETLS);
  release_children(self->made);
  make_children(self->made, NULL, 3);
  TRY(fl_wait(&self->done, self->made, CHILDREN, 2 * FL_MS, FL_FIRST_EXCEPTION), FL_OK);
  TRY(fl_wait(NULL, self->made, CHILDREN, FL_NEVER, FL_ALL_COMPLETED), FL_OK);
  note(fl_task_set_name(self->made[0], "renamed"), FL_OK, "set_name");
  release_children(self->made);
  make_children(self->made, NULL, CHILDREN);
  self->error = fl_as_completed_enter(self, &self->as, self->made, CHILDREN, 2 * FL_MS);
  note(self->error, FL_OK, "as_completed");
  while (!self->error) {
    TRY(fl_as_completed_next(&self->as, &self->one), FL_ETIMEOUT);
    if (!self->error && !self->one.at) break;
    if (self->error == FL_ETIMEOUT) self->error = 0;
  }
  release_children(self->made);
  TRY(fl_wait_for(fl_call_new(child, 5 * FL_MS), 2 * FL_MS), FL_ETIMEOUT);
  TRY(fl_wait_for(fl_call_new(child, FL_MS), 0), FL_ETIMEOUT);
  TRY(fl_wait_for(fl_gather(self->made, 0, NULL), FL_SECOND), FL_OK);
  self->one = fl_create_task(loop, child, 5 * FL_MS);
  TRY(fl_wait_for(self->one, 2 * FL_MS), FL_ETIMEOUT);
  fl_release(self->one);
  self->one = fl_create_task(loop, child, 5 * FL_MS);
  TRY(fl_wait_for(self->one, 0), FL_ETIMEOUT);
  fl_cancel(self->one, NULL);
  fl_release(self->one);
  self->one = fl_create_task(loop, child, 5 * FL_MS, FL_ETLS);
  TRY(fl_shield(self->one), FL_ETLS);
  fl_release(self->one);
  TRY(fl_call_new(deep, 20), FL_OK);
  fl_end;
}

fl_async(uses_groups, fl_task_group group; int error) {
  fl_begin;
  fl_group_enter(self, &self->group);
  for (int i = 0; i < CHILDREN; i++)
    note(fl_group_create_task(&self->group, child, i * FL_MS).at ? FL_OK : FL_ENOMEM, 0, "");
  TRY(fl_leave(&self->group), FL_OK);
  fl_group_enter(self, &self->group);
  fl_group_create_task(&self->group, child, FL_MS, FL_ETLS);
  fl_group_create_task(&self->group, child, FL_SECOND);
  TRY(fl_leave(&self->group), FL_EGROUP);
  fl_end;
}

/* ---- Locks and queues */

fl_async(locks, int error; bool locked, acquired) {
  fl_begin;
  w.begun++;
  fl_await(fl_event_wait(&w.event));
  fl_await(fl_semaphore_acquire(&w.semaphore));
  self->acquired = true;
  fl_await(fl_lock_acquire(&w.lock));
  self->locked = true;
  fl_await(fl_sleep(FL_MS));
  fl_finally;
  w.cleaned++;
  if (self->locked) note(fl_lock_release(&w.lock), FL_OK, "lock");
  if (self->acquired) note(fl_semaphore_release(&w.semaphore), FL_OK, "semaphore");
  fl_end;
}

fl_async(is_notified, bool locked) {
  fl_begin;
  w.begun++;
  fl_await(fl_condition_acquire(&w.condition));
  self->locked = true;
  fl_await(fl_condition_wait(&w.condition));
  fl_finally;
  w.cleaned++;
  if (self->locked) note(fl_condition_release(&w.condition), FL_OK, "condition");
  fl_end;
}

fl_async(meets, size_t index) {
  fl_begin;
  w.begun++;
  fl_await(fl_barrier_wait(&w.barrier, &self->index));
  fl_finally;
  w.cleaned++;
  fl_end;
}

fl_async(produces, int i) {
  fl_begin;
  w.begun++;
  for (self->i = 0; self->i < ITEMS; self->i++) {
    fl_await(fl_queue_put(&w.queue, &w));
    w.put++;
  }
  fl_finally;
  w.cleaned++;
  fl_end;
}

fl_async(consumes, void *item) {
  fl_begin;
  w.begun++;
  for (;;) {
    fl_await(fl_queue_get(&w.queue, &self->item));
    w.got++;
    fl_await(fl_sleep(0));
    note(fl_queue_task_done(&w.queue), FL_OK, "task_done");
  }
  fl_finally;
  w.cleaned++;
  fl_end;
}

/* Those that wait on each other may lack one that could not be made: so they get a second, and are cancelled. */
fl_async(uses_locks, fl_task tasks[8]; int count; int error; int i) {
  fl_begin;
  self->tasks[self->count++] = fl_create_task(loop, locks);
  self->tasks[self->count++] = fl_create_task(loop, locks);
  self->tasks[self->count++] = fl_create_task(loop, is_notified);
  self->tasks[self->count++] = fl_create_task(loop, is_notified);
  self->tasks[self->count++] = fl_create_task(loop, meets);
  self->tasks[self->count++] = fl_create_task(loop, meets);
  self->tasks[self->count++] = fl_create_task(loop, produces);
  self->tasks[self->count++] = fl_create_task(loop, consumes);
  fl_await(fl_sleep(FL_MS));
  fl_event_set(&w.event);
  TRY(fl_condition_acquire(&w.condition), FL_OK);
  note(fl_condition_notify_all(&w.condition), FL_OK, "notify");
  note(fl_condition_release(&w.condition), FL_OK, "release");
  fl_await(fl_sleep(FL_SECOND));
  TRY(fl_wait_for(fl_queue_join(&w.queue), FL_SECOND), w.refused ? FL_ETIMEOUT : FL_OK);
  for (self->i = 0; self->i < self->count; self->i++) {
    fl_cancel(self->tasks[self->i], "over");
    TRY(self->tasks[self->i], FL_ECANCELLED);
    fl_release(self->tasks[self->i]);
  }
  fl_end;
}

fl_async(uses_everything, int error) {
  fl_begin;
  TRY(fl_call_new(uses_combinators, .error = 0), FL_OK);
  TRY(fl_call_new(uses_groups, .error = 0), FL_OK);
  TRY(fl_call_new(uses_locks, .error = 0), FL_OK);
  fl_end;
}

/* ---- Runs */

static void run_program(unsigned long nth, bool from_then_on) {
  w = (shared){.semaphore = FL_BOUNDED_SEMAPHORE(1), .barrier = FL_BARRIER(2)};
  fl_virtual_clock_init(&virtual_clock);
  fl_queue_init(&w.queue, FL_FIFO, 9, NULL);
  arm(nth, from_then_on);
  int error = fl_loop_open(&loop, &virtual_clock.clock, 0);
  note(error, FL_OK, "open");
  if (!error) {
    fl_loop_set_exception_handler(loop, on_report, NULL);
    fl_task task = fl_create_task(loop, uses_everything);
    note(fl_loop_run_until_complete(loop, task, NULL, NULL), FL_OK, "run_until_complete");
    fl_release(task);
    note(fl_loop_run_forever(loop), FL_OK, "run_forever");
    note(fl_loop_close(loop), FL_OK, "close");
  }
  fl_queue_free(&w.queue);
}

static void check(unsigned long nth) {
  bool all_given_back = !w.lock.locked && w.semaphore.value == 1 && !fl_condition_locked(&w.condition) &&
                        !fl_condition_locked(&w.barrier.condition) && w.barrier.count == 0;
  if (w.error || w.begun != w.cleaned || w.got != w.put || !all_given_back)
    fail_msg("allocation %lu failing: %s at %s; %u begun, %u cleaned up; %u put, %u got; all given back: %d", nth,
             fl_error_name(w.error), w.where ? w.where : "-", w.begun, w.cleaned, w.put, w.got, all_given_back);
}

static unsigned long allocations_of_a_run(void) {
  run_program(0, false);
  unsigned long all = allocations;
  check(0);
  assert_int_equal(w.refused, 0);
  assert_int_equal(w.got, ITEMS);
  return all;
}

static void a_single_failure_is_an_error_or_harmless(void **state) {
  (void)state;
  unsigned long all = allocations_of_a_run(), errors = 0;
  assert_in_range(all, 50, 10000);
  for (unsigned long nth = 1; nth <= all; nth++) {
    run_program(nth, false);
    arm(0, false);
    check(nth);
    errors += w.refused > 0;
  }
  assert_in_range(errors, all / 3, all); /* the others were of names and messages */
}

static void nor_is_anything_lost_when_nothing_is_given_any_more(void **state) {
  (void)state;
  unsigned long all = allocations_of_a_run();
  for (unsigned long nth = 1; nth <= all; nth++) {
    run_program(nth, true);
    arm(0, false);
    check(nth);
    if (w.refused == 0 && nth < all / 2) fail_msg("allocation %lu and all after it failing: no error", nth);
  }
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(a_single_failure_is_an_error_or_harmless),
      cmocka_unit_test(nor_is_anything_lost_when_nothing_is_given_any_more),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
