/* A result that is not there yet: asyncio's Future. */
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
  loop->destroy_tasks = fl__tasks_destroy;
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

void fl__future_forget_callbacks(fl__future *future) {
  for (fl_link *link; (link = fl__pop_front(&future->callbacks));) fl__container_of(link, fl_handle, link)->loop = NULL;
}

static void go_when_unneeded(fl__future *future) {
  if (future->held || future->pins > 1) return;
  if (future->pins) {
    if (future->is_task && !((fl__task *)future)->started) fl__task_drop_soon((fl__task *)future);
    return;
  }
  fl__future_forget_callbacks(future); /* nobody can complete it any more */
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
