/* Locks and their kin: asyncio's locks.py. Who waits stands in a list; when it is woken it stays there until its step,
 * as asyncio's waiters do, so that who comes meanwhile queues up behind it. */
#include "task.h"

#include <stdlib.h>

/* ---- What all of them do */

static fl_link *first(const fl_link *list) { return list->next && !fl__list_empty(list) ? list->next : NULL; }
static fl_link *next(const fl_link *list, const fl_link *link) { return link->next == list ? NULL : link->next; }

/* The first that still waits, is not yet woken. */
static fl__task *first_waiting(const fl_link *list) {
  for (fl_link *link = first(list); link; link = next(list, link))
    if (fl__waiter_of(link)->waits == FL__WAITING) return fl__waiter_of(link);
  return NULL;
}

static bool all_called_off(const fl_link *list) {
  for (fl_link *link = first(list); link; link = next(list, link))
    if (fl__waiter_of(link)->waits != FL__CALLED_OFF) return false;
  return true;
}

/* ---- Lock */

static void wake_first(fl_lock *lock) {
  fl_link *link = first(&lock->waiters);
  if (link) fl__wake(fl__waiter_of(link));
}

static bool begin_lock(fl__task *task, const fl_awaitable *awaitable) {
  fl_lock *lock = awaitable->on;
  if (!lock->locked && all_called_off(&lock->waiters)) {
    lock->locked = true;
    return false;
  }
  return fl__begin_park(task, awaitable);
}

static int lock_resumed(fl__task *task, int cancelled) {
  fl_lock *lock = task->on;
  fl__unlink(&task->waiter);
  if (!cancelled)
    lock->locked = true;
  else if (!lock->locked)
    wake_first(lock);
  return cancelled;
}

const fl__wait_kind fl__lock_kind = {.name = "lock", .begin = begin_lock, .resumed = lock_resumed};

int fl_lock_release(fl_lock *lock) {
  if (!lock->locked) return FL_ESTATE;
  lock->locked = false;
  wake_first(lock);
  return FL_OK;
}

bool fl_lock_locked(const fl_lock *lock) { return lock->locked; }

/* ---- Event */

static bool begin_event(fl__task *task, const fl_awaitable *awaitable) {
  if (((fl_event *)awaitable->on)->set) return false;
  return fl__begin_park(task, awaitable);
}

const fl__wait_kind fl__event_kind = {.name = "event", .begin = begin_event, .resumed = fl__leave_list};

void fl_event_set(fl_event *event) {
  if (event->set) return;
  event->set = true;
  for (fl_link *link = first(&event->waiters); link; link = next(&event->waiters, link)) fl__wake(fl__waiter_of(link));
}

void fl_event_clear(fl_event *event) { event->set = false; }
bool fl_event_is_set(const fl_event *event) { return event->set; }

/* ---- Semaphore */

static void wake_next(fl_semaphore *semaphore) {
  fl__task *task = first_waiting(&semaphore->waiters);
  if (!task) return;
  semaphore->value--; /* for it: nobody can take that away */
  fl__wake(task);
}

/* Those who came while another had been woken had to queue up, though there was room. */
static void wake_all_there_is_room_for(fl_semaphore *semaphore) {
  while (semaphore->value > 0 && first_waiting(&semaphore->waiters)) wake_next(semaphore);
}

bool fl_semaphore_locked(const fl_semaphore *semaphore) {
  return semaphore->value == 0 || !all_called_off(&semaphore->waiters);
}

static bool begin_semaphore(fl__task *task, const fl_awaitable *awaitable) {
  fl_semaphore *semaphore = awaitable->on;
  if (!fl_semaphore_locked(semaphore)) {
    semaphore->value--;
    return false;
  }
  return fl__begin_park(task, awaitable);
}

static int semaphore_resumed(fl__task *task, int cancelled) {
  fl_semaphore *semaphore = task->on;
  fl__unlink(&task->waiter);
  if (cancelled && task->waits == FL__WOKEN) semaphore->value++;
  wake_all_there_is_room_for(semaphore);
  return cancelled;
}

fl_awaitable fl_semaphore_acquire(fl_semaphore *semaphore) {
  static const fl__wait_kind kind = {.name = "semaphore", .begin = begin_semaphore, .resumed = semaphore_resumed};
  return (fl_awaitable){.kind = &kind, .on = semaphore, .out = &semaphore->waiters};
}

int fl_semaphore_release(fl_semaphore *semaphore) {
  if (semaphore->value >= semaphore->bound) return FL_ESTATE;
  semaphore->value++;
  wake_next(semaphore);
  return FL_OK;
}

/* ---- Condition */

static fl_lock *lock_of(const fl_condition *condition) {
  return condition->lock ? condition->lock : (fl_lock *)&condition->own;
}

fl_awaitable fl_condition_acquire(fl_condition *condition) { return fl_lock_acquire(lock_of(condition)); }
int fl_condition_release(fl_condition *condition) { return fl_lock_release(lock_of(condition)); }
bool fl_condition_locked(const fl_condition *condition) { return lock_of(condition)->locked; }

static void notify(fl_condition *condition, size_t count) {
  for (fl_link *link = first(&condition->waiters); link && count > 0; link = next(&condition->waiters, link))
    count -= fl__wake(fl__waiter_of(link));
}

int fl_condition_notify(fl_condition *condition, size_t count) {
  if (!fl_condition_locked(condition)) return FL_ESTATE;
  notify(condition, count);
  return FL_OK;
}

int fl_condition_notify_all(fl_condition *condition) { return fl_condition_notify(condition, SIZE_MAX); }

static fl_awaitable notified(fl_condition *condition) {
  static const fl__wait_kind kind = {.name = "condition", .begin = fl__begin_park, .resumed = fl__leave_list};
  return (fl_awaitable){.kind = &kind, .on = condition, .out = &condition->waiters};
}

/* In `finally`: end with this error in place of the one that led there. */
static void end_with(fl_coro *coro, int error) {
  free(coro->pending_message);
  coro->pending = error;
  coro->pending_message = coro->message;
  coro->message = NULL;
}

fl_async(condition_wait, fl_condition *condition; int error; bool released) {
  fl_begin;
  if (!fl_condition_locked(self->condition)) fl_raise(FL_ESTATE, "the condition's lock is not held");
  fl_condition_release(self->condition);
  self->released = true;
  fl_await(notified(self->condition));
  fl_finally;
  while (self->released) { /* the lock is taken again whatever comes */
    fl_try(self->error, fl_condition_acquire(self->condition));
    if (!self->error) break;
    end_with(&self->coro, self->error);
  }
  /* It may have been notified: another is, in its place. */
  if (self->released && self->coro.pending) notify(self->condition, 1);
  fl_end;
}

fl_awaitable fl_condition_wait(fl_condition *condition) { return fl_call_new(condition_wait, condition); }

fl_async(condition_wait_for, fl_condition *condition; bool (*predicate)(void *arg); void *arg; condition_wait wait) {
  fl_begin;
  while (!self->predicate(self->arg)) fl_await(fl_call(condition_wait, &self->wait, self->condition));
  fl_end;
}

fl_awaitable fl_condition_wait_for(fl_condition *condition, bool (*predicate)(void *arg), void *arg) {
  return fl_call_new(condition_wait_for, condition, predicate, arg);
}

/* ---- Barrier */

static bool can_be_entered(void *arg) {
  const fl_barrier *barrier = arg;
  return barrier->state == FL__BARRIER_FILLING || barrier->state == FL__BARRIER_BROKEN;
}

static bool is_no_longer_filling(void *arg) { return ((const fl_barrier *)arg)->state != FL__BARRIER_FILLING; }

static void turn_to(fl_barrier *barrier, int state) {
  barrier->state = state;
  fl_condition_notify_all(&barrier->condition);
}

fl_async(barrier_wait, fl_barrier *barrier; size_t * index; condition_wait_for wait; bool locked, counted) {
  fl_begin;
  if (self->barrier->parties == 0) fl_raise(FL_EINVAL, "a barrier for no parties");
  fl_await(fl_condition_acquire(&self->barrier->condition));
  self->locked = true;
  fl_await(fl_call(condition_wait_for, &self->wait, &self->barrier->condition, can_be_entered, self->barrier));
  if (self->barrier->state == FL__BARRIER_BROKEN) fl_raise(FL_EBROKEN, NULL);
  self->counted = true;
  if (self->index) *self->index = self->barrier->count;
  if (++self->barrier->count == self->barrier->parties) {
    turn_to(self->barrier, FL__BARRIER_DRAINING);
  } else {
    fl_await(fl_call(condition_wait_for, &self->wait, &self->barrier->condition, is_no_longer_filling, self->barrier));
    if (self->barrier->state != FL__BARRIER_DRAINING) fl_raise(FL_EBROKEN, NULL);
  }
  fl_finally;
  if (self->counted && --self->barrier->count == 0) {
    if (self->barrier->state != FL__BARRIER_BROKEN) self->barrier->state = FL__BARRIER_FILLING;
    fl_condition_notify_all(&self->barrier->condition);
  }
  if (self->locked) fl_condition_release(&self->barrier->condition);
  fl_end;
}

fl_awaitable fl_barrier_wait(fl_barrier *barrier, size_t *index) { return fl_call_new(barrier_wait, barrier, index); }

fl_async(barrier_end, fl_barrier *barrier; bool abort) {
  fl_begin;
  fl_await(fl_condition_acquire(&self->barrier->condition));
  turn_to(self->barrier, self->abort                ? FL__BARRIER_BROKEN
                         : self->barrier->count > 0 ? FL__BARRIER_RESETTING
                                                    : FL__BARRIER_FILLING);
  fl_condition_release(&self->barrier->condition);
  fl_end;
}

fl_awaitable fl_barrier_reset(fl_barrier *barrier) { return fl_call_new(barrier_end, barrier, .abort = false); }
fl_awaitable fl_barrier_abort(fl_barrier *barrier) { return fl_call_new(barrier_end, barrier, .abort = true); }
size_t fl_barrier_waiting(const fl_barrier *barrier) {
  return barrier->state == FL__BARRIER_FILLING ? barrier->count : 0;
}
bool fl_barrier_broken(const fl_barrier *barrier) { return barrier->state == FL__BARRIER_BROKEN; }
