/* How coroutines call, await, raise and end: what the macros of fetchloop/task.h stand for. */
#include "scope.h"

#include <stdlib.h>
#include <string.h>

/* ---- Errors travel along awaits */

void fl__await_failed(fl__task *task, int error, const char *message) {
  fl__coro_set_error(task->top, error, error ? fl__copy(message) : NULL);
}

void fl__raise(fl_coro *coro, int error, const char *message) {
  char *copy = fl__copy(message); /* it may be the one that is there */
  fl__coro_set_error(coro, error && error != FL__AGAIN ? error : FL_EINVAL, copy);
}

int fl__caught(fl_coro *coro) {
  int error = coro->error;
  coro->error = FL_OK; /* the message stays, for fl_caught_message() */
  return error;
}

const char *fl__caught_message(const fl_coro *coro, int error) {
  return coro->message ? coro->message : fl_error_message(error);
}

/* ---- Await */

void fl__call(fl__task *task, fl_coro *callee) {
  callee->task = task;
  callee->caller = task->top;
  task->top = callee; /* which the task finds when this step returns */
}

/* Its frame is fresh, or a generator's. */
static bool begin_call(fl__task *task, const fl_awaitable *awaitable) {
  fl_coro *callee = awaitable->on;
  if (!callee) {
    fl__await_failed(task, FL_ENOMEM, NULL);
    return false;
  }
  fl__call(task, callee);
  return true;
}

const fl__wait_kind fl__call_kind = {.begin = begin_call};

fl_awaitable fl__call_sized(const fl_coro *frame, size_t extra_bytes) {
  fl_coro *coro = extra_bytes > SIZE_MAX / 2 ? NULL : calloc(1, frame->code->frame_bytes + extra_bytes);
  if (coro) {
    memcpy(coro, frame, frame->code->frame_bytes);
    coro->on_heap = true;
  }
  return fl__await_coro(coro);
}

fl_awaitable fl__await_new(const fl_coro *frame) { return fl__call_sized(frame, 0); }

void fl__awaitable_drop(fl_awaitable awaitable) {
  fl_coro *coro = awaitable.on;
  if (awaitable.kind == &fl__call_kind && coro && coro->on_heap) free(coro);
}

/* ---- Generators */

bool fl__yield(fl_coro *coro) {
  if (!coro->running) {
    fl__raise(coro, FL_ESTATE, "only a generator, within fl_next(), can yield");
    return false;
  }
  coro->running = false;
  coro->task->top = coro->caller;
  if (coro->closing) fl__await_failed(coro->task, FL_ESTATE, "the generator ignored FL_EGENERATOREXIT");
  coro->closing = false;
  return true;
}

static bool begin_next(fl__task *task, const fl_awaitable *awaitable) {
  fl_coro *generator = awaitable->on;
  if (generator->line == FL__OVER) return false;
  if (generator->running) {
    fl__await_failed(task, FL_ESTATE, "the generator is running already");
    return false;
  }
  generator->running = true;
  fl__coro_set_error(generator, FL_OK, NULL);
  fl__call(task, generator);
  return true;
}

fl_awaitable fl__await_next(fl_coro *generator) {
  static const fl__wait_kind kind = {.begin = begin_next};
  return (fl_awaitable){.kind = &kind, .on = generator};
}

static bool begin_close(fl__task *task, const fl_awaitable *awaitable) {
  fl_coro *generator = awaitable->on;
  if (generator->line == 0) generator->line = FL__OVER;
  if (!begin_next(task, awaitable)) return false;
  generator->closing = true;
  generator->error = FL_EGENERATOREXIT;
  return true;
}

fl_awaitable fl__await_close(fl_coro *generator) {
  static const fl__wait_kind kind = {.begin = begin_close};
  return (fl_awaitable){.kind = &kind, .on = generator};
}

/* ---- The end: scopes are left, `finally` runs, and the error that led here, if any, goes on */

static void end(fl_coro *coro) {
  if (coro->error)
    free(coro->pending_message); /* what is raised in `finally` takes its place */
  else
    fl__coro_set_error(coro, coro->pending, coro->pending_message);
  coro->pending_message = NULL;
  coro->line = FL__OVER;
}

/* Returns whether the coroutine has more to do now; if not, a scope has. */
bool fl__leave(fl_coro *coro) {
  if (coro->scopes && fl__scope_leave(coro)) {
    coro->line = FL__LEAVING;
    return false;
  }
  if (!coro->finalizing) {
    if (!coro->error) fl__coro_set_error(coro, FL_OK, NULL); /* what is left of an error that was caught */
    coro->finalizing = true;
    coro->pending = coro->error;
    coro->pending_message = coro->message;
    coro->error = FL_OK;
    coro->message = NULL;
    coro->line = FL__FINALLY;
    return true;
  }
  end(coro);
  return true;
}

/* The switch has no case for where it stands: it has just left a scope, has no `finally`, or is over. */
bool fl__over(fl_coro *coro) {
  if (coro->line == FL__LEAVING) return false;
  if (coro->line == FL__FINALLY) end(coro);
  if (coro->closing && coro->error == FL_EGENERATOREXIT) fl__coro_set_error(coro, FL_OK, NULL);
  return true;
}

void fl__coro_clear(fl_coro *coro) {
  if (coro->scopes) fl__scopes_clear(coro);
  if (coro->message) free(coro->message);
  if (coro->pending_message) free(coro->pending_message);
  coro->message = coro->pending_message = NULL;
}
