/* Random programs on the loop. The input's bytes are read as operations, by what stands outside the loop and by the
 * tasks that it has made: they await, cancel, release and misuse what there is, gone or not. The checks: a lock is one
 * task's, a semaphore's places are as many as they were, a queue neither loses nor doubles, each task ends once, a
 * handle that was released stays so, a mistake is an error, and in the end every task can be ended. Leaks and misuse
 * of memory are the sanitizers' part. */
#include "program.h"

/* ---- Tasks that do what the input says */

struct actor;
static fl_awaitable begin(struct actor *self);
static void after(struct actor *self);
static void simple(struct actor *self);
static void give_condition_back(struct actor *self);
static void give_all_back(struct actor *self);

fl_async(napper, int64_t for_us; int error) {
  fl_begin;
  fl_await(fl_sleep(self->for_us));
  fl_await(fl_event_wait(&p->event));
  fl_finally;
  fl_try(self->error, fl_sleep(0));
  fl_end;
}

fl_async(ticker, int count; int result) {
  fl_begin;
  for (; self->count < 3; self->count++) {
    fl_await(fl_sleep(1));
    fl_yield(self->count);
  }
  fl_end;
}

fl_async(actor, int depth; unsigned number; int error; unsigned steps, what, queue, lock;
         bool has_lock[LOCKS], in, has_condition, ending; bool in_timeout, in_group, in_as, ticking, waits_on_condition;
         size_t done, index; fl_future some[4], one; size_t count; void *out; item * put; fl_timeout timeout;
         fl_task_group group; fl_as_completed as; ticker ticks) {
  fl_begin;
  p->begun++;
  while (!p->over && self->steps++ < STEPS_MAX) {
    if (draw(3) == 0) {
      simple(self);
    } else {
      fl_try(self->error, begin(self));
      after(self);
      if (self->error == FL_ECANCELLED && draw(4)) fl_raise(FL_ECANCELLED, fl_caught_message(self, FL_ECANCELLED));
      if (self->error && draw(8) == 0) fl_raise(self->error, some_message());
    }
  }
  give_condition_back(self);
  if (draw(4) == 0) fl_raise(FL_EUSER, some_message());
  fl_finally;
  if (!p->over && draw(4) == 0) fl_try(self->error, fl_sleep(draw(3)));
  CHECK(!self->ending);
  self->ending = true;
  give_all_back(self);
  p->ended++;
  fl_end;
}

static bool is_predicate(void *arg) { return (void)arg, p->over || next() % 2; }

/* Tasks that await each other in a circle never end, and in asyncio can't be cancelled: RecursionError. So here a task
 * awaits only younger ones. */
static fl_future one_to_await(const actor *self) {
  fl_future future = some_handle();
  const actor *other = fl_task_frame(future, actor);
  return other && other->number <= self->number ? (fl_future){0} : future;
}

static void choose_some(actor *self) {
  self->count = draw(5);
  for (size_t i = 0; i < self->count; i++) self->some[i] = one_to_await(self);
}

static fl_awaitable begin_one(actor *self);

static fl_awaitable begin(actor *self) {
  self->what = draw(40);
  self->out = NULL;
  return begin_one(self);
}

/* The same, with a deadline. Not for what must be told whether it was begun. */
static fl_awaitable begin_with_timeout(actor *self) {
  static const unsigned all[] = {0, 1, 2, 4, 5, 6, 7, 9, 10, 12, 17, 19, 20};
  int64_t delay_us = some_time();
  self->what = all[draw(sizeof all / sizeof *all)];
  return fl_wait_for(begin_one(self), delay_us);
}

/* Who awaits a task that needs the lock to be cancelled, as a condition's wait() does, had better not have it. */
static bool is_wait_for_others(const actor *self) { return self->what > 8 && self->what != 27; }

static fl_awaitable begin_one(actor *self) {
  if (is_wait_for_others(self)) give_condition_back(self);
  switch (self->what) {
  case 0: return fl_sleep(some_time());
  case 1:
    self->lock = draw(LOCKS);
    if (self->has_lock[self->lock] && draw(4)) break; /* it would wait for itself */
    return fl_lock_acquire(&p->locks[self->lock]);
  case 2:
    if (self->in) break;
    return fl_semaphore_acquire(&p->semaphore);
  case 3:
    if (self->has_condition) break;
    return fl_condition_acquire(&p->condition);
  case 4: return fl_event_wait(&p->event);
  case 5: self->queue = draw(QUEUES); return fl_queue_put(&p->queues[self->queue], self->put = new_item());
  case 6: self->queue = draw(QUEUES); return fl_queue_get(&p->queues[self->queue], &self->out);
  case 7: return fl_queue_join(&p->queues[draw(QUEUES)]);
  case 8:
  case 27:
    self->waits_on_condition = self->has_condition;
    if (!self->has_condition && fl_condition_locked(&p->condition)) break; /* it would give up another's lock */
    if (self->has_condition) p->condition_holder = NULL;
    self->has_condition = false;
    return self->what == 8 ? fl_condition_wait(&p->condition)
                           : fl_condition_wait_for(&p->condition, is_predicate, NULL);
  case 9: return fl_barrier_wait(&p->barrier, &self->index);
  case 10: return fl_barrier_reset(&p->barrier);
  case 11: return fl_barrier_abort(&p->barrier);
  case 12:
  case 13: return fl__await_future(one_to_await(self));
  case 14: return fl__await_future(fl_this_task(self));
  case 15:
  case 16: {
    choose_some(self);
    return fl_gather(self->some, self->count, &(fl_gather_options){.return_exceptions = draw(2), .limit = draw(3)});
  }
  case 17: {
    choose_some(self);
    int64_t timeout_us = some_time();
    return fl_wait(&self->done, self->some, self->count, timeout_us, (fl_return_when)draw(3));
  }
  case 18: return fl_shield(one_to_await(self));
  case 19:
    if (self->depth < 3) return fl_call_new(actor, self->depth + 1, self->number);
    break;
  case 20:
    if (self->depth < 3) return fl_call_new(napper, some_time());
    break;
  case 21:
  case 22:
    if (!self->in_as) break;
    return fl_as_completed_next(&self->as, &self->one);
  case 23:
    if (!self->ticking) self->ticks = fl_generator(ticker, 0);
    self->ticking = true;
    return draw(4) ? fl_next(&self->ticks) : fl_close(&self->ticks);
  case 24: return fl_leave(&self->timeout);
  case 25: return fl_leave(&self->group);
  case 26: return fl_leave(&self->as);
  case 28:
  case 29:
  case 30: return begin_with_timeout(self);
  default: break;
  }
  self->what = 0;
  return fl_sleep(0);
}

static void after(actor *self) {
  int error = self->error;
  switch (self->what) {
  case 1:
    if (error) break;
    CHECK(!p->holder[self->lock]);
    p->holder[self->lock] = self;
    self->has_lock[self->lock] = true;
    break;
  case 2:
    if (error) break;
    self->in = true;
    CHECK(++p->inside <= PLACES);
    break;
  case 3:
    if (error) break;
    CHECK(!p->condition_holder);
    p->condition_holder = self;
    self->has_condition = true;
    break;
  case 5: was_put(self->queue, self->put, error); break;
  case 6: was_got(self->queue, self->out, error); break;
  case 8:
  case 27:
    if (!self->waits_on_condition) {
      CHECK(error == FL_ESTATE || (!error && self->what == 27));
      break;
    }
    CHECK(!p->condition_holder && fl_condition_locked(&p->condition));
    p->condition_holder = self;
    self->has_condition = true;
    break;
  case 14: CHECK(error == FL_EINVAL); break;
  case 17:
    if (!error) CHECK(self->done <= self->count);
    break;
  case 24: self->in_timeout = error == FL_ESTATE && self->in_timeout; break;
  case 25: self->in_group = error == FL_ESTATE && self->in_group; break;
  case 26: self->in_as = error == FL_ESTATE && self->in_as; break;
  default: break;
  }
  if (error) give_condition_back(self); /* scopes are left next, and wait for others */
}

static void give_lock_back(actor *self, unsigned lock) {
  if (!self->has_lock[lock]) return;
  CHECK(p->holder[lock] == self && fl_lock_locked(&p->locks[lock]));
  p->holder[lock] = NULL;
  self->has_lock[lock] = false;
  CHECK(fl_lock_release(&p->locks[lock]) == FL_OK);
}

static void leave_semaphore(actor *self) {
  if (!self->in) return;
  self->in = false;
  p->inside--;
  CHECK(fl_semaphore_release(&p->semaphore) == FL_OK);
}

static void give_condition_back(actor *self) {
  if (!self->has_condition) return;
  CHECK(p->condition_holder == self);
  p->condition_holder = NULL;
  self->has_condition = false;
  CHECK(fl_condition_release(&p->condition) == FL_OK);
}

static void give_all_back(actor *self) {
  for (unsigned lock = 0; lock < LOCKS; lock++) give_lock_back(self, lock);
  leave_semaphore(self);
  give_condition_back(self);
}

/* ---- What needs no await: from within tasks, and without (`self` is NULL) */

static void make_task(void) {
  if (p->made >= TASKS_MAX) return;
  p->made++;
  unsigned what = next();
  fl_task_options options = {.eager = what & 1, .later = what & 2, .name = what & 4 ? "named" : NULL};
  keep(fl_create_task_with(p->loop, &options, actor, .number = p->made));
}

static void complete_some(void) {
  fl_future future = some_handle();
  bool is_pending = future.at && fl_future_error(future) == FL_EPENDING, is_task = *fl_task_name(future);
  int error =
      draw(2) ? fl_future_set_result(future, p) : fl_future_set_error(future, -1 - (int)draw(20), some_message());
  CHECK((error == FL_OK) == (is_pending && !is_task));
}

static void scopes(actor *self) {
  if (!self) return;
  switch (draw(6)) {
  case 0: {
    if (self->in_timeout) break;
    int64_t us = some_time();
    int error = draw(2) ? fl_timeout_after(self, &self->timeout, us) : fl_timeout_at(self, &self->timeout, us);
    CHECK(error == (us == FL_NAN ? FL_EINVAL : FL_OK));
    self->in_timeout = !error;
    break;
  }
  case 1:
    if (self->in_timeout) fl_timeout_reschedule(&self->timeout, some_time());
    break;
  case 2:
    if (self->in_group) break;
    fl_group_enter(self, &self->group);
    self->in_group = true;
    break;
  case 3:
  case 4:
    if (!self->in_group || p->made >= TASKS_MAX) break;
    p->made++;
    keep(fl_group_create_task(&self->group, actor, .number = p->made));
    break;
  case 5:
    if (self->in_as) break;
    choose_some(self);
    self->in_as = fl_as_completed_enter(self, &self->as, self->some, self->count, some_time()) == FL_OK;
    break;
  }
}

static void on_timer(void *arg) { (void)arg; }

static void misuse(void) {
  char text[64];
  fl_queue bad;
  switch (draw(8)) {
  case 0:
    if (!p->holder[0]) CHECK(fl_lock_release(&p->locks[0]) == FL_ESTATE);
    break;
  case 1: fl_ps(p->loop, text, draw(sizeof text)); break;
  case 2: fl_pstree(p->loop, text, draw(sizeof text)); break;
  case 3: CHECK(fl_queue_init(&bad, FL_PRIORITY, 0, NULL) == FL_EINVAL); break;
  case 4:
    if (!fl_condition_locked(&p->condition)) CHECK(fl_condition_notify(&p->condition, 1) == FL_ESTATE);
    break;
  case 5:
    if (fl_loop_is_running(p->loop)) CHECK(fl_loop_close(p->loop) == FL_ERUNNING);
    break;
  case 6:
    if (fl_loop_is_running(p->loop)) CHECK(fl_loop_turn(p->loop) == FL_ERUNNING);
    break;
  case 7: CHECK(fl_call_at(p->loop, &p->timers[0], FL_NAN, on_timer, NULL) == FL_EINVAL); break;
  }
}

static void simple(actor *self) {
  switch (draw(22)) {
  case 0:
  case 1:
  case 2: make_task(); break;
  case 3: keep(fl_future_new(p->loop)); break;
  case 4:
  case 5: fl_cancel(some_handle(), some_message()); break;
  case 6: release(); break;
  case 7: ask_about(some_handle()); break;
  case 8: complete_some(); break;
  case 9: fl_task_start(some_handle()); break;
  case 10: fl_task_uncancel(some_handle()); break;
  case 11: fl_task_set_name(some_handle(), some_message()); break;
  case 12: draw(2) ? fl_event_set(&p->event) : fl_event_clear(&p->event); break;
  case 13:
  case 14: queue_nowait(); break;
  case 15:
    if (self) give_lock_back(self, draw(LOCKS));
    break;
  case 16:
    if (self) leave_semaphore(self);
    break;
  case 17:
    if (self && self->has_condition) fl_condition_notify(&p->condition, draw(3));
    if (self && draw(2)) give_condition_back(self);
    break;
  case 18: scopes(self); break;
  case 19: misuse(); break;
  case 20: watch(); break;
  case 21: {
    fl_timer *timer = &p->timers[draw(TIMERS)];
    if (draw(4))
      fl_call_later(p->loop, timer, some_time(), on_timer, NULL);
    else
      fl_timer_cancel(timer);
  }
  }
}

/* ---- A whole program */

static void pass_time(void) {
  int64_t us = draw(20);
  if (p->clock.now_us < FL_NEVER / 2) p->clock.now_us += us;
  fl_loop_turn(p->loop);
}

static void check_queues(void) {
  for (unsigned queue = 0; queue < QUEUES; queue++) CHECK(fl_queue_size(&p->queues[queue]) == p->in_queue[queue]);
}

static fl_task pending[TASKS_MAX];
static size_t pending_count;
static void on_each(const fl_task_info *info, void *arg) {
  (void)arg;
  if (pending_count < TASKS_MAX) pending[pending_count++] = info->task;
}

/* It was told of the end, or waits for it; or the future went before it had one, and nobody can complete it. */
static void check_watched(const watched *w) {
  CHECK(w->calls == 1 || w->handle.loop || fl_future_error(w->of) == FL_ERELEASED);
}

/* However it stands, all of it can be ended. */
static void end_all(void) {
  p->over = true;
  for (int round = 0; round < 1000 && fl_all_tasks(p->loop, NULL, NULL) > 0; round++) {
    pending_count = 0;
    fl_all_tasks(p->loop, on_each, NULL);
    for (size_t i = 0; i < pending_count; i++) fl_cancel(pending[i], NULL);
    for (int i = 0; i < 20; i++) pass_time(), p->clock.now_us++;
  }
  if (fl_all_tasks(p->loop, NULL, NULL) > 0) {
    char table[4096];
    fl_ps(p->loop, table, sizeof table);
    fputs(table, stderr);
  }
  CHECK(fl_all_tasks(p->loop, NULL, NULL) == 0);
  CHECK(p->begun == p->ended);
  for (unsigned lock = 0; lock < LOCKS; lock++) CHECK(!fl_lock_locked(&p->locks[lock]));
  CHECK(p->inside == 0 && p->semaphore.value == PLACES && !fl_condition_locked(&p->condition));
  for (unsigned i = 0; i < p->watched; i++) check_watched(&p->watches[i]);
  check_queues();
}

static void ignore(fl_loop *loop, const fl_exception *exception, void *arg) {
  (void)loop, (void)arg;
  CHECK(exception->what != NULL);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  static program all;
  p = &all;
  *p = (program){.at = data, .end = data + size};
  p->semaphore = (fl_semaphore)FL_BOUNDED_SEMAPHORE(PLACES);
  p->barrier = (fl_barrier)FL_BARRIER(2);
  static const size_t sizes[QUEUES] = {0, 1, 2, 3};
  for (unsigned i = 0; i < QUEUES; i++)
    fl_queue_init(&p->queues[i], (fl_queue_order)(i % 3), sizes[i], i % 3 == FL_PRIORITY ? compare : NULL);
  fl_virtual_clock_init(&p->clock);
  if (fl_loop_open(&p->loop, &p->clock.clock, FL_NEVER)) return 0;
  fl_loop_set_exception_handler(p->loop, ignore, NULL);
  bool closes_early = next() % 8 == 0;
  while (!p->over) {
    if (draw(3) == 0)
      pass_time(), check_queues();
    else
      simple(NULL);
  }
  if (!closes_early) end_all();
  for (unsigned i = 0; i < TIMERS; i++) fl_timer_cancel(&p->timers[i]);
  CHECK(fl_loop_close(p->loop) == FL_OK);
  for (unsigned i = 0; i < QUEUES; i++) fl_queue_free(&p->queues[i]);
  return 0;
}
