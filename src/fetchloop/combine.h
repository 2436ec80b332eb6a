/* Awaiting several things, or not for long: asyncio's gather, wait, as_completed, shield, timeout, wait_for, TaskGroup.
 *
 * An array of futures is borrowed, and the futures held by their owner, until the await is over. Tasks that were made
 * to be started `later` are started by whatever awaits them. */
#ifndef FETCHLOOP_COMBINE_H
#define FETCHLOOP_COMBINE_H

#include "task.h"

#ifdef __cplusplus
extern "C" {
#endif

/* ---- Several at once ----------------------------------------------------------------------------------------- */

typedef struct fl_gather_options {
  bool return_exceptions; /* await all, whatever becomes of them; errors stay with their futures */
  uint32_t limit;         /* of those made to be started `later`, have so many under way at a time; 0: all */
} fl_gather_options;

/* Await all of them; their results stay with them. The first error of one is the await's, at once, and the others run
 * on. What a `limit`
 * has not begun by then is not begun. When the await is cancelled, so are all of them, and it ends with FL_ECANCELLED
 * when the first of them has ended so, with return_exceptions when all have. The same future may stand there twice; it
 * is cancelled once (asyncio: twice). `options` may be NULL. The await may give FL_ENOMEM, FL_ERELEASED. */
fl_awaitable fl_gather(const fl_future *futures, size_t count, const fl_gather_options *options);

typedef enum fl_return_when { FL_ALL_COMPLETED, FL_FIRST_COMPLETED, FL_FIRST_EXCEPTION } fl_return_when;

/* Await until all, or one, or one with an error, is done, or `timeout_us` (FL_NEVER: none) has passed: that is no
 * error. Nothing is cancelled, and no error is raised: ask fl_done() and fl_future_error(). *done, which may be NULL,
 * is how many are. The await may give FL_EINVAL (count is 0; FL_NAN), FL_ENOMEM, FL_ERELEASED. */
fl_awaitable fl_wait(size_t *done, const fl_future *futures, size_t count, int64_t timeout_us,
                     fl_return_when return_when);

/* Await it, but when the await is cancelled, let it run on. When it is cancelled itself, the message of that stays
 * behind, as in asyncio. */
fl_awaitable fl_shield(fl_future future);

/* ---- Scopes: `async with` ------------------------------------------------------------------------------------ */

/* Something that a coroutine enters, and that is left in the end: by fl_await(fl_leave(&self->group)), or else by
 * itself before `finally` when the coroutine ends, with whatever it ends with. The innermost is left first. A scope is
 * a field of the frame. It may be entered again after it was left. */
typedef struct fl_scope {
  fl_coro coro; /* All fields are the loop's. */
  fl_coro *owner;
  struct fl_scope *outer;
  int cause;
  char *cause_message;
  void (*clear)(struct fl_scope *scope);
  bool left;
} fl_scope;
#define fl_leave(scope_) fl__leave_scope(&(scope_)->scope)

/* As they come: fl_await(fl_as_completed_next(&self->as, &future)) gives the futures in the order of their ends, then
 * {0}; after `timeout_us` (FL_NEVER: none) the await gives FL_ETIMEOUT once for each that is missing. A scope.
 *
 *   fl_as_completed_enter(self, &self->as, tasks, count, FL_NEVER);
 *   for (;;) {
 *     fl_await(fl_as_completed_next(&self->as, &self->task));
 *     if (!self->task.at) break;
 *     ...
 *
 * enter() copies the array. Errors of enter(): FL_ENOMEM, FL_EINVAL (FL_NAN), FL_ERELEASED; next() may give FL_ESTATE
 * (it isn't entered). */
typedef struct fl_as_completed {
  union {
    fl_coro coro;
    fl_scope scope;
  };
  struct fl__completion *completions;
  fl_link finished, waiters;
  fl_timer timer;
  size_t count, missing, late;
} fl_as_completed;
int fl__as_completed_enter(fl_coro *self, fl_as_completed *as, const fl_future *futures, size_t count,
                           int64_t timeout_us);
#define fl_as_completed_enter(self, as, futures, count, timeout_us) \
  fl__as_completed_enter(&(self)->coro, (as), (futures), (count), fl__whole(timeout_us))
fl_awaitable fl_as_completed_next(fl_as_completed *as, fl_future *out);

/* A deadline for what the coroutine awaits until the scope is left: at that time the task is cancelled, and leaving the
 * scope makes FL_ETIMEOUT of FL_ECANCELLED. May be nested. asyncio: timeout(), timeout_at() of 3.12: a task that was
 * asked to be cancelled from elsewhere too is cancelled, not timed out. FL_NEVER: none. Errors of fl_timeout_at(),
 * fl_timeout_after() and fl_timeout_reschedule(): FL_EINVAL (FL_NAN), FL_ESTATE (it has expired, or is not entered). */
typedef struct fl_timeout {
  union {
    fl_coro coro;
    fl_scope scope;
  };
  fl_task task; /* that entered it: of a generator, not always the one that leaves it */
  fl_timer timer;
  int64_t when_us;
  int cancelling;
  enum { FL__TIMEOUT_LEFT, FL__TIMEOUT_ENTERED, FL__TIMEOUT_EXPIRING, FL__TIMEOUT_EXPIRED } state;
} fl_timeout;
int fl__timeout_enter(fl_coro *self, fl_timeout *timeout, int64_t when_us);
#define fl_timeout_at(self, timeout, when_us) fl__timeout_enter(&(self)->coro, (timeout), fl__whole(when_us))
#define fl_timeout_after(self, timeout, delay_us) \
  fl__timeout_enter(&(self)->coro, (timeout), fl__from_now(&(self)->coro, fl__whole(delay_us)))
int fl_timeout_reschedule(fl_timeout *timeout, int64_t when_us);
int64_t fl_timeout_when(const fl_timeout *timeout);
bool fl_timeout_expired(const fl_timeout *timeout);

/* Await one thing with a timeout: fl_await(fl_wait_for(fl_queue_get(&queue, &item), FL_SECOND)). What is awaited is
 * cancelled when its time is over, and the await gives FL_ETIMEOUT. As asyncio's of 3.12: a timeout() around an await,
 * no task of its own. A delay of 0 or less: a future that is not done is cancelled, and anything else isn't begun
 * (asyncio: it is a task that is cancelled before its first step, and the error comes some turns later).
 * The await may give FL_ENOMEM, FL_EINVAL (FL_NAN). */
#define fl_wait_for(thing, delay_us) fl__wait_for(fl__awaitable(thing), fl__whole(delay_us))

/* Tasks that end together. Leaving the scope awaits them all. When one fails, or the coroutine leaves with an error,
 * the others are cancelled, and so is the coroutine if it is still inside; in the end it gets FL_EGROUP, whose message
 * lists every error, those of the tasks in the order of their ends. A cancellation from elsewhere stays FL_ECANCELLED
 * when no task failed. asyncio: TaskGroup of 3.13. */
typedef struct fl_task_group {
  union {
    fl_coro coro;
    fl_scope scope;
  };
  fl_link members, errors; /* of these, those that are running, and those that failed */
  size_t failed;
  fl_task parent;
  bool entered, leaving, aborting, cancelled_parent;
  int error;
  fl_link waiters;
} fl_task_group;
void fl__group_enter(fl_coro *self, fl_task_group *group);
#define fl_group_enter(self, group) fl__group_enter(&(self)->coro, (group))

/* As fl_create_task(). One that can't be made has the reason: FL_ENOMEM, FL_ESTATE (the group isn't entered, is
 * shutting down, or has ended). */
#define fl_group_create_task(group, name, ...) \
  fl__group_create_task((group), NULL, &((name){.coro = {.code = &name##__code}, __VA_ARGS__}).coro)
#define fl_group_create_task_with(group, options, name, ...) \
  fl__group_create_task((group), (options), &((name){.coro = {.code = &name##__code}, __VA_ARGS__}).coro)

/* The tasks that failed, in the order of their ends: `index` from 0; {0} past the last. From when the group is left
 * until the coroutine that entered it ends. The coroutine's own error is not among them. */
fl_task fl_group_failed(const fl_task_group *group, size_t index);

/* ---- For the macros ------------------------------------------------------------------------------------------ */

extern const fl__code fl_as_completed__code, fl_timeout__code, fl_task_group__code;
fl_awaitable fl__leave_scope(fl_scope *scope);
int64_t fl__from_now(const fl_coro *self, int64_t delay_us);
fl_awaitable fl__wait_for(fl_awaitable awaitable, int64_t delay_us);
fl_task fl__group_create_task(fl_task_group *group, const fl_task_options *options, const fl_coro *coro);

#ifdef __cplusplus
}
#endif
#endif
