/* Futures and tasks from inside: what future.c and task.c share with the combinators and the locks. */
#ifndef FL_TASK_H
#define FL_TASK_H

#include "loop.h"

#include <stdlib.h>

typedef enum { FL__PENDING, FL__FINISHED, FL__CANCELLED } fl__future_state;

typedef struct fl__future {
  fl__block block;
  uint32_t pins; /* of those in the loop who still need it: its own running, who waits for it */
  fl_loop *loop;
  fl_link callbacks; /* handles: once it is done, they go to the loop's ready queue, all at once */
  void *value;       /* the result. With an error, and while a task is pending: a message, owned, or NULL */
  int error;
  uint8_t state;
  bool is_task : 1;
  bool held : 1;    /* not yet released */
  bool unread : 1;  /* its error has been told to nobody, */
  bool waived : 1;  /* and need not be */
  bool watched : 1; /* while gather() looks for futures that are given twice */
} fl__future;

/* A task awaits one thing at a time, and stands in one list while it does; so it has room for that, and waiting
 * allocates nothing. What asyncio does with a future of its own for each wait, its `waiter`, is `waits` here. */
typedef enum { FL__WAITING, FL__WOKEN, FL__CALLED_OFF } fl__waits;

typedef struct fl__task {
  fl__future future;
  /* Of its next step: in the ready queue, among the callbacks of the future that it awaits, or a timer. */
  fl_timer wake;
  fl_coro *top;                     /* the innermost of its coroutines; each knows its caller */
  const struct fl__wait_kind *kind; /* what it awaits; NULL: nothing, its next step is due */
  void *on, *out;                   /* the kind's */
  fl_link waiter;                   /* in the list of whom it awaits */
  fl_link all;                      /* in loop->tasks */
  char *name;                       /* owned; NULL: Task-`number` */
  uint32_t number;
  int64_t since_us;
  uint32_t cancels; /* asked for and not taken back */
  /* Pinned: it is a scope within that one, and what that one is asked for it is, too; or NULL. */
  struct fl__task *scope_of;
  uint8_t waits;
  bool must_cancel : 1; /* at the next step */
  bool started : 1;
  bool passed : 1;                /* while a cancellation looks for whom to cancel */
  bool cancelling : 1;            /* while what it awaits is being cancelled, where that may lead back to it */
  bool has_parent : 1, shown : 1; /* while fl_pstree() looks */
} fl__task;

/* How often it has been asked to be cancelled, it and what it is a scope of. */
static inline uint32_t fl__cancelling(const fl__task *task) {
  uint32_t count = 0;
  for (; task; task = task->scope_of) count += task->cancels;
  return count;
}

/* Something that can be awaited. */
typedef struct fl__wait_kind {
  const char *name; /* for fl_ps() */
  /* Begin to wait, and return whether the task must pause. When it need not, fl__await_failed() may have been called.
   */
  bool (*begin)(fl__task *task, const fl_awaitable *awaitable);
  /* The task goes on, with `error`: 0, or FL_ECANCELLED. Returns the await's error, or FL__AGAIN after fl__park().
   * NULL: `error`, as it is. */
  int (*resumed)(fl__task *task, int error);
  /* The task is to be cancelled. Returns whether this takes care of it. NULL: the task is woken with FL_ECANCELLED. */
  bool (*cancel)(fl__task *task, const char *message);
  /* For fl_pstree(): call each(future, arg) for what it awaits. NULL: no future. */
  void (*awaited)(fl__task *task, void (*each)(fl__future *future, void *arg), void *arg);
} fl__wait_kind;
enum { FL__AGAIN = INT32_MIN }; /* which no program may have for an error */

/* ---- future.c */

/* The future of a handle; NULL, and why in *error, when there is none. */
fl__future *fl__future_of(fl_future future, int *error);
fl__task *fl__task_of(fl_task task, int *error);
fl_future fl__handle_of(fl__future *future);
fl_future fl__no_future(int error);

void fl__future_init(fl__future *future, fl_loop *loop); /* all but its block */
void fl__future_forget_callbacks(fl__future *future);
void fl__future_clear(fl__future *future); /* what it owns; its error is reported when nobody has read it */

/* Keep it while something in the loop may need it. */
void fl__pin(fl__future *future);
void fl__unpin(fl__future *future);

/* End it. `value` is owned from here when it is a message. */
void fl__complete(fl__future *future, fl__future_state state, int error, void *value);
bool fl__future_cancel(fl__future *future, const char *message); /* false: it is done */
int fl__read_error(fl__future *future);                          /* and note that it has been read */
void fl__on_done(fl__future *future, fl_handle *handle, fl_callback *callback, void *arg);

char *fl__copy(const char *message); /* NULL for NULL, or when memory is short */

/* ---- coro.c */

void fl__call(fl__task *task, fl_coro *callee); /* it runs next, as part of the task, and then who called it */
void fl__coro_clear(fl_coro *coro);             /* what it owns */
/* fl_call_new(), with so many zeroed bytes after the frame. */
fl_awaitable fl__call_sized(const fl_coro *frame, size_t extra_bytes);
void fl__awaitable_drop(fl_awaitable awaitable); /* it will not be awaited */
static inline void fl__coro_set_error(fl_coro *coro, int error, char *owned_message) {
  if (coro->message) free(coro->message); /* asked first: almost never, and on the way of each await */
  coro->error = error;
  coro->message = owned_message;
}

/* The await gives this error, of the coroutine that task->top is; `message` is copied. */
void fl__await_failed(fl__task *task, int error, const char *message);

/* ---- task.c */

/* Let the task whose step is running wait; for a kind's begin(), and for resumed() before it returns FL__AGAIN. With a
 * list it stands at its end, till it unlinks itself or is taken out. */
static inline void fl__park(fl__task *task, const fl__wait_kind *kind, void *on, fl_link *list) {
  task->kind = kind;
  task->on = on;
  task->waits = FL__WAITING;
  if (!list) return;
  if (!list->next) fl__list_init(list); /* a zeroed lock has a zeroed list */
  fl__push_back(list, &task->waiter);
}

/* Schedule the next step of a task that waits: its await is done. False when it has been woken or cancelled already. */
void fl__take_step(void *task);
static inline void fl__schedule(fl__task *task) {
  fl__make_ready(task->future.loop, &task->wake.handle, fl__take_step, task);
}
static inline bool fl__wake(fl__task *task) {
  if (task->waits != FL__WAITING) return false;
  task->waits = FL__WOKEN;
  fl__schedule(task);
  return true;
}
static inline fl__task *fl__waiter_of(fl_link *link) { return fl__container_of(link, fl__task, waiter); }

/* The plainest begin() and resumed(): park on awaitable->on, in the list awaitable->out (may be NULL); leave that list.
 */
bool fl__begin_park(fl__task *task, const fl_awaitable *awaitable);
int fl__leave_list(fl__task *task, int error);

void fl__task_start(fl__task *task);
void fl__task_drop_soon(fl__task *task); /* nobody is left who could start it */
static inline void fl__future_start(fl__future *future) {
  if (future->is_task) fl__task_start((fl__task *)future);
}
void fl__task_begin(fl__task *task, bool eager); /* eager: at once, where it may */
void fl__cancel_if_asked(fl__task *task);        /* it has asked itself before it began to wait */
void fl__tasks_destroy(fl_loop *loop);
fl__future *fl__awaited(const fl__task *task);         /* the future or task that it awaits; NULL */
fl_future fl__future_to_await(fl_awaitable awaitable); /* {0} when it is something else */
/* A kind's `awaited`: the future that task->on is. */
void fl__each_on(fl__task *task, void (*each)(fl__future *future, void *arg), void *arg);
fl_coro *fl__frame_of(fl__task *task);
size_t fl__task_bytes(fl__task *task);
const char *fl__task_name(fl__task *task);
const char *fl__task_name_of_step(const fl_handle *handle); /* NULL for any other callback's */

/* ---- inspect.c, and the host */

/* All tasks that are not done but one; the caller frees the array. NULL when memory is short. */
fl_future *fl__tasks_but(fl_loop *loop, fl_task but, size_t *count);

/* fl_run() begins and ends. Between, the host calls the other two: the user wants it to end (Ctrl-C), which cancels
 * its main task; or the host sees that nothing is left that could wake the loop. `code` is the process's exit code. */
void fl__host_program_begins(void);
void fl__host_program_ends(int code);
void fl__program_interrupt(void);
void fl__program_is_stuck(void);

#endif
