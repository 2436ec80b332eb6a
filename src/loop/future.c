#include "task.h"

#include <stdlib.h>
#include <string.h>

char *fl__copy(const char *message) {
  if (!message) return NULL;
  size_t bytes = strlen(message) + 1;
  char *copy = malloc(bytes);
  return copy ? memcpy(copy, message, bytes) : NULL;
}

/* ---- Handles */

fl__future *fl__future_of(fl_future future, int *error) {
  *error = FL_OK;
  if (!future.at)
    *error = future.generation ? (int)future.generation : FL_EINVAL;
  else if (future.at->block.generation != future.generation)
    *error = FL_ERELEASED;
  return *error ? NULL : future.at;
}

fl_future fl__handle_of(fl__future *future) {
  return (fl_future){.at = future, .generation = future->block.generation};
}

fl_future fl__no_future(int error) { return (fl_future){.generation = (uint32_t)error}; }

/* ---- Lifetime */

void fl__future_init(fl__future *future, fl_loop *loop) {
  *future = (fl__future){.block = future->block, .loop = loop, .held = true};
  fl__list_init(&future->callbacks);
}

fl_future fl_future_new(fl_loop *loop) {
  if (loop->destroying) return fl__no_future(FL_ESTATE);
  fl__future *future = fl__block_take(&loop->blocks, sizeof *future);
  if (!future) return fl__no_future(FL_ENOMEM);
  fl__future_init(future, loop);
  return fl__handle_of(future);
}

void fl__future_clear(fl__future *future) {
  if (future->unread) {
    future->unread = false;
    fl_loop_call_exception_handler(
        future->loop, &(fl_exception){.what = future->is_task ? "Task exception was never retrieved"
                                                              : "Future exception was never retrieved",
                                      .name = future->is_task ? fl__task_name((fl__task *)future) : NULL,
                                      .error = future->error,
                                      .message = future->value ? future->value : fl_error_message(future->error)});
  }
  if (future->error || future->is_task) free(future->value);
  if (future->is_task) free(((fl__task *)future)->name);
}

static void go_when_unneeded(fl__future *future) {
  if (future->held || future->pins) return;
  for (fl_link *link; (link = fl__pop_front(&future->callbacks));) /* nobody can complete it any more */
    fl__container_of(link, fl_handle, link)->loop = NULL;
  size_t bytes = future->is_task ? fl__task_bytes((fl__task *)future) : sizeof *future;
  fl__future_clear(future);
  fl__block_give(&future->loop->blocks, future, bytes);
}

void fl__pin(fl__future *future) { future->pins++; }

void fl__unpin(fl__future *future) {
  future->pins--;
  go_when_unneeded(future);
}

int fl_release(fl_future handle) {
  int error;
  fl__future *future = fl__future_of(handle, &error);
  if (!future) return error;
  if (!future->held) return FL_ERELEASED;
  future->held = false;
  go_when_unneeded(future);
  return FL_OK;
}

/* ---- Completion */

void fl__complete(fl__future *future, fl__future_state state, int error, void *value) {
  if (future->is_task) free(future->value); /* the message of a cancellation that didn't come to pass */
  future->state = (uint8_t)state;
  future->error = error;
  future->value = value;
  future->unread = error && state != FL__CANCELLED && !future->waived;
  fl__loop_call_all_soon(future->loop, &future->callbacks);
}

/* The future of a handle, if the program may complete it. */
static fl__future *completable(fl_future handle, int *error) {
  fl__future *future = fl__future_of(handle, error);
  if (future && future->is_task) *error = FL_EINVAL;
  if (future && !*error && future->state != FL__PENDING) *error = FL_EDONE;
  return *error ? NULL : future;
}

int fl_future_set_result(fl_future handle, void *result) {
  int cannot;
  fl__future *future = completable(handle, &cannot);
  if (future) fl__complete(future, FL__FINISHED, FL_OK, result);
  return cannot;
}

int fl_future_set_error(fl_future handle, int error, const char *message) {
  int cannot;
  fl__future *future = completable(handle, &cannot);
  if (!error || error == FL__AGAIN) return FL_EINVAL;
  if (future) fl__complete(future, error == FL_ECANCELLED ? FL__CANCELLED : FL__FINISHED, error, fl__copy(message));
  return cannot;
}

int fl_add_done_callback(fl_future future, fl_handle *handle, fl_callback *callback, void *arg) {
  int error;
  fl__future *of = fl__future_of(future, &error);
  if (of) fl__on_done(of, handle, callback, arg);
  return error;
}

void fl__on_done(fl__future *future, fl_handle *handle, fl_callback *callback, void *arg) {
  if (future->state != FL__PENDING) {
    fl_call_soon(future->loop, handle, callback, arg);
    return;
  }
  if (handle->loop) return;
  handle->loop = future->loop;
  handle->callback = callback;
  handle->arg = arg;
  fl__push_back(&future->callbacks, &handle->link);
}

/* ---- What became of it */

bool fl_done(fl_future handle) {
  int error;
  fl__future *future = fl__future_of(handle, &error);
  return future && future->state != FL__PENDING;
}

bool fl_cancelled(fl_future handle) {
  int error;
  fl__future *future = fl__future_of(handle, &error);
  return future && future->state == FL__CANCELLED;
}

int fl__read_error(fl__future *future) {
  future->unread = false;
  return future->error;
}

int fl_future_error(fl_future handle) {
  int error;
  fl__future *future = fl__future_of(handle, &error);
  if (!future) return error;
  return future->state == FL__PENDING ? FL_EPENDING : fl__read_error(future);
}

const char *fl_future_message(fl_future handle) {
  int error;
  fl__future *future = fl__future_of(handle, &error);
  if (!future) return fl_error_message(error);
  if (future->state == FL__PENDING) return fl_error_message(FL_EPENDING);
  return future->error && future->value ? future->value : fl_error_message(future->error);
}

void *fl_future_result(fl_future handle) {
  int error;
  fl__future *future = fl__future_of(handle, &error);
  if (!future || future->state == FL__PENDING || future->error) return NULL;
  return future->is_task ? fl__frame_of((fl__task *)future) : future->value;
}

/* ---- Cancellation */

enum { CANCEL_LEVELS = 32 };

static bool cancel_task(fl__task *task, const char *message);

bool fl__future_cancel(fl__future *future, const char *message) {
  future->unread = false; /* as asyncio has it: who cancels knows of it */
  if (future->state != FL__PENDING) return false;
  if (future->is_task) return cancel_task((fl__task *)future, message);
  fl__complete(future, FL__CANCELLED, FL_ECANCELLED, fl__copy(message));
  return true;
}

int fl_cancel(fl_future handle, const char *message) {
  int error;
  fl__future *future = fl__future_of(handle, &error);
  if (!future) return error;
  return fl__future_cancel(future, message) ? FL_OK : FL_EDONE;
}

static void keep_message(fl__task *task, const char *message) {
  char *copy = fl__copy(message); /* it may be the one that is there */
  free(task->future.value);
  task->future.value = copy;
}

/* Let it wait no longer. */
static bool call_off(fl__task *task, const char *message) {
  if (task->waits != FL__WAITING) return false;
  keep_message(task, message);
  task->waits = FL__CALLED_OFF;
  fl_timer_cancel(&task->wake);
  fl__schedule(task);
  return true;
}

/* Cancel what it awaits. Returns false when there is nothing to be cancelled, for it is about to go on. */
static bool cancel_wait(fl__task *task, const char *message) {
  if (!task->kind) return false;
  return task->kind->cancel ? task->kind->cancel(task, message) : call_off(task, message);
}

static bool is_called_off(const fl__task *task) {
  return task->kind && !task->kind->cancel && task->waits == FL__CALLED_OFF;
}

static fl__task *awaited_task(const fl__task *task) {
  fl__future *awaited = fl__awaited(task);
  return awaited && awaited->is_task && awaited->state == FL__PENDING ? (fl__task *)awaited : NULL;
}

/* The last in the chain of those who await each other, from `first` on. When the chain is a circle, which is a
 * deadlock, it is the one that awaits one before it. */
static fl__task *last_in_chain(fl__task *first, bool *is_circle) {
  fl__task *last = first, *next;
  for (; (next = awaited_task(last)) && !next->passed; last = next) last->passed = true;
  for (fl__task *each = first; each != last; each = awaited_task(each)) each->passed = false;
  *is_circle = next;
  return last;
}

static void cancel_next_step(fl__task *task, const char *message) {
  if (!is_called_off(task)) keep_message(task, message); /* it gets the message of the first */
  task->must_cancel = true;
  fl__task_start(task);
}

static void cancel_last(fl__task *task, const char *message) {
  if (!cancel_wait(task, message)) cancel_next_step(task, message);
}

/* A gather passes it on to its children, they to theirs, and so on: below some levels that is put off until those above
 * are through, for a stack has an end. */
static void cancel_within(fl__task *task, const char *message) {
  fl_loop *loop = task->future.loop;
  bool passes_it_on = task->kind && task->kind->cancel; /* and stands in no list */
  if (loop->cancel_level == CANCEL_LEVELS && passes_it_on) {
    if (!fl__linked(&task->waiter)) fl__push_back(&loop->to_cancel, &task->waiter);
    return;
  }
  loop->cancel_level++;
  cancel_last(task, message);
  if (loop->cancel_level == 1)
    for (fl_link *link; (link = fl__pop_front(&loop->to_cancel));) cancel_last(fl__waiter_of(link), message);
  loop->cancel_level--;
}

/* asyncio: Task.cancel(). A task passes it on to the task that it awaits, and so on: in a loop, for such a chain may be
 * long. A circle, where asyncio has a RecursionError, is broken at its end. */
static bool cancel_task(fl__task *task, const char *message) {
  bool is_circle;
  fl__task *last = last_in_chain(task, &is_circle);
  for (; task != last; task = awaited_task(task)) {
    task->cancels++;
    task->future.unread = false;
  }
  last->cancels++;
  last->future.unread = false;
  if (!is_circle)
    cancel_within(last, message);
  else if (!call_off(last, message))
    cancel_next_step(last, message);
  return true;
}

void fl__cancel_if_asked(fl__task *task) {
  if (task->must_cancel && cancel_wait(task, task->future.value)) task->must_cancel = false;
}
