/* Locks and queues between the tasks of a loop: asyncio's. Each is a struct of the program's, valid when it is zeroed
 * but for what its initialiser says, and needs no end (a queue is made by fl_queue_init() and ended by
 * fl_queue_free()): it must only outlive those who wait on it. They are served in the order of their coming. A task
 * that is woken and cancelled in the same turn passes the wake-up on. */
#ifndef FETCHLOOP_SYNC_H
#define FETCHLOOP_SYNC_H

#include "task.h"

#ifdef __cplusplus
extern "C" {
#endif

/* ---- Lock: fl_await(fl_lock_acquire(&lock)); ... fl_lock_release(&lock); ------------------------------------- */

typedef struct fl_lock {
  fl_link waiters; /* All fields are the loop's. */
  bool locked;
} fl_lock;
extern const struct fl__wait_kind fl__lock_kind;
static inline fl_awaitable fl_lock_acquire(fl_lock *lock) {
  return (fl_awaitable){&fl__lock_kind, lock, &lock->waiters, 0};
}
int fl_lock_release(fl_lock *lock); /* Errors: FL_ESTATE (it isn't locked). It need not be the task that locked it. */
bool fl_lock_locked(const fl_lock *lock);

/* ---- Event: wait() lasts until it is set ----------------------------------------------------------------------- */

typedef struct fl_event {
  fl_link waiters;
  bool set;
} fl_event;
extern const struct fl__wait_kind fl__event_kind;
static inline fl_awaitable fl_event_wait(fl_event *event) {
  return (fl_awaitable){&fl__event_kind, event, &event->waiters, 0};
}
void fl_event_set(fl_event *event); /* wakes all who wait */
void fl_event_clear(fl_event *event);
bool fl_event_is_set(const fl_event *event);

/* ---- Condition: wait() gives up its lock, and has it again when it returns, also when it was cancelled ------------
 */

typedef struct fl_condition {
  fl_link waiters;
  fl_lock *lock; /* NULL: one of its own */
  fl_lock own;
} fl_condition;
fl_awaitable fl_condition_acquire(fl_condition *condition);
int fl_condition_release(fl_condition *condition); /* Errors: FL_ESTATE */
bool fl_condition_locked(const fl_condition *condition);

/* The await may give FL_ESTATE (it isn't locked), FL_ENOMEM (it is still locked). Cancelled after it was notified, it
 * notifies another (asyncio: since 3.13). wait_for() waits until predicate(arg), asked each time it is notified. */
fl_awaitable fl_condition_wait(fl_condition *condition);
fl_awaitable fl_condition_wait_for(fl_condition *condition, bool (*predicate)(void *arg), void *arg);
int fl_condition_notify(fl_condition *condition, size_t count); /* Errors: FL_ESTATE (it isn't locked) */
int fl_condition_notify_all(fl_condition *condition);

/* ---- Semaphore: = FL_SEMAPHORE(3), or FL_BOUNDED_SEMAPHORE(3) ---------------------------------------------------- */

typedef struct fl_semaphore {
  fl_link waiters;
  size_t value;
  size_t bound;
} fl_semaphore;
#define FL_SEMAPHORE(value_) \
  { .value = (value_), .bound = SIZE_MAX }
#define FL_BOUNDED_SEMAPHORE(value_) \
  { .value = (value_), .bound = (value_) }
fl_awaitable fl_semaphore_acquire(fl_semaphore *semaphore);
int fl_semaphore_release(fl_semaphore *semaphore); /* Errors: FL_ESTATE (more often than acquired, when bounded) */
bool fl_semaphore_locked(const fl_semaphore *semaphore); /* acquire() would have to wait */

/* ---- Barrier: = FL_BARRIER(3) -------------------------------------------------------------------------------------
 */

typedef struct fl_barrier {
  fl_condition condition;
  size_t parties, count;
  enum { FL__BARRIER_FILLING, FL__BARRIER_DRAINING, FL__BARRIER_RESETTING, FL__BARRIER_BROKEN } state;
} fl_barrier;
#define FL_BARRIER(parties_) \
  { .parties = (parties_) }

/* Waits until `parties` have come. *index, which may be NULL, is 0 for the first of them to come, and so on. The await
 * may give FL_EBROKEN (aborted, or reset while it waited), FL_EINVAL (no parties), FL_ENOMEM. */
fl_awaitable fl_barrier_wait(fl_barrier *barrier, size_t *index);
fl_awaitable fl_barrier_reset(fl_barrier *barrier); /* who waits gets FL_EBROKEN, then it is as new */
fl_awaitable fl_barrier_abort(fl_barrier *barrier); /* it stays broken until it is reset */
size_t fl_barrier_waiting(const fl_barrier *barrier);
bool fl_barrier_broken(const fl_barrier *barrier);

/* ---- Queue of pointers ------------------------------------------------------------------------------------------- */

typedef enum fl_queue_order { FL_FIFO, FL_LIFO, FL_PRIORITY } fl_queue_order;

/* Items are the program's own, and never NULL-checked, copied or freed. Its memory grows with the items in it. */
typedef struct fl_queue {
  void **items; /* All fields are the loop's. */
  size_t first, size, capacity, size_max, unfinished;
  int (*compare)(const void *a, const void *b);
  fl_link getters, putters, joiners;
  fl_queue_order order;
  bool shut_down;
} fl_queue;

/* `size_max`: put() waits while so many are in it; 0: no bound. `compare`, for FL_PRIORITY only: negative when a is to
 * be taken before b; equals are taken in any order. Errors: FL_EINVAL. free() forgets what is in it; nobody may wait.
 */
int fl_queue_init(fl_queue *queue, fl_queue_order order, size_t size_max, int (*compare)(const void *a, const void *b));
void fl_queue_free(fl_queue *queue);

/* The awaits may give FL_ESHUTDOWN; put, FL_ENOMEM. Who waits to put is served in order, and who waits to get. */
fl_awaitable fl_queue_put(fl_queue *queue, void *item);
fl_awaitable fl_queue_get(fl_queue *queue, void **out);
int fl_queue_put_nowait(fl_queue *queue, void *item); /* Errors: FL_EQUEUEFULL, FL_ENOMEM, FL_ESHUTDOWN */
int fl_queue_get_nowait(fl_queue *queue, void **out); /* Errors: FL_EQUEUEEMPTY, FL_ESHUTDOWN */

/* Each item that was got is to be told done; join() waits until all are. Errors: FL_ESTATE (more than were put). */
int fl_queue_task_done(fl_queue *queue);
fl_awaitable fl_queue_join(fl_queue *queue);

/* No more can be put: FL_ESHUTDOWN. What is in it can still be got, then get() gives the same; with `immediate` it is
 * forgotten. asyncio: Queue.shutdown() of 3.13. */
void fl_queue_shutdown(fl_queue *queue, bool immediate);
size_t fl_queue_size(const fl_queue *queue);
bool fl_queue_empty(const fl_queue *queue);
bool fl_queue_full(const fl_queue *queue);

#ifdef __cplusplus
}
#endif
#endif
