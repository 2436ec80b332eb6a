/* Tasks: coroutines on their own, step by step, as asyncio's Task.__step() runs them. */
#include "task.h"

#include <stdlib.h>
#include <string.h>

enum { FRAME_AT = (sizeof(fl__task) + 7) / 8 * 8 };

fl_coro *fl__frame_of(fl__task *task) { return (fl_coro *)((char *)task + FRAME_AT); }
size_t fl__task_bytes(fl__task *task) { return FRAME_AT + fl__frame_of(task)->code->frame_bytes; }

/* ---- Awaiting anything */

bool fl__begin_park(fl__task *task, const fl_awaitable *awaitable) {
  fl__park(task, awaitable->kind, awaitable->on, awaitable->out);
  return true;
}

int fl__leave_list(fl__task *task, int error) {
  fl__unlink(&task->waiter);
  return error;
}

/* ---- A future, or a task */

static bool begin_future(fl__task *task, const fl_awaitable *awaitable) {
  int error;
  fl__future *future = fl__future_of((fl_future){awaitable->on, (uint32_t)awaitable->number}, &error);
  const char *message = NULL;
  if (future == &task->future) {
    error = FL_EINVAL;
    message = "a task cannot await itself";
  } else if (future && future->loop != task->future.loop) {
    error = FL_EINVAL;
    message = "it belongs to another loop";
  } else if (future && future->state == FL__PENDING) {
    fl__future_start(future);
    fl__pin(future);
    fl__park(task, awaitable->kind, future, NULL);
    fl__on_done(future, &task->wake.handle, fl__take_step, task);
    return true;
  } else if (future) {
    error = fl__read_error(future);
    message = error ? future->value : NULL;
  }
  fl__await_failed(task, error, message);
  return false;
}

static int future_resumed(fl__task *task, int cancelled) {
  fl__future *future = task->on;
  int error = fl__read_error(future);
  if (cancelled && error != FL_ECANCELLED) /* after it was done: its own error is lost, as in asyncio */
    error = cancelled;
  else
    fl__await_failed(task, error, error ? future->value : NULL);
  fl__unpin(future);
  return error;
}

static bool future_cancel(fl__task *task, const char *message) { return fl__future_cancel(task->on, message); }

void fl__each_on(fl__task *task, void (*each)(fl__future *future, void *arg), void *arg) { each(task->on, arg); }

const fl__wait_kind fl__future_kind = {"task", begin_future, future_resumed, future_cancel, fl__each_on};

fl__future *fl__awaited(const fl__task *task) { return task->kind == &fl__future_kind ? task->on : NULL; }

fl_future fl__future_to_await(fl_awaitable awaitable) {
  return awaitable.kind == &fl__future_kind ? (fl_future){awaitable.on, (uint32_t)awaitable.number} : (fl_future){0};
}

/* ---- Sleeping */

static void on_sleep_over(void *arg) { fl__wake(arg); }

static bool begin_sleep(fl__task *task, const fl_awaitable *awaitable) {
  if (awaitable->number == FL_NAN) {
    fl__await_failed(task, FL_EINVAL, "a delay that is not a number");
    return false;
  }
  fl__park(task, awaitable->kind, NULL, NULL);
  if (awaitable->number <= 0)
    fl__wake(task); /* asyncio's bare yield: a cancellation finds nothing to be cancelled, and waits for the step */
  else
    fl_call_later(task->future.loop, &task->wake, awaitable->number, on_sleep_over, task);
  return true;
}

const fl__wait_kind fl__sleep_kind = {.name = "sleep", .begin = begin_sleep};

/* The commonest kind is asked for by name: a call through a pointer costs more than what it does. */
bool fl__await(fl_coro *coro, const fl_awaitable *awaitable) {
  fl__coro_set_error(coro, FL_OK, NULL);
  if (awaitable->kind == &fl__sleep_kind) return begin_sleep(coro->task, awaitable);
  return awaitable->kind->begin(coro->task, awaitable);
}

/* ---- Steps */

static void finish(fl__task *task) {
  fl_coro *frame = fl__frame_of(task);
  fl__future *future = &task->future;
  int error = frame->error;
  char *message = error ? frame->message : NULL;
  if (!error) free(frame->message);
  frame->message = NULL;
  fl__coro_clear(frame);
  if (!error && task->must_cancel) { /* asked for in its last step */
    error = FL_ECANCELLED;
    message = future->value;
    future->value = NULL;
  }
  task->must_cancel = false;
  fl__unlink(&task->all);
  fl__complete(future, error == FL_ECANCELLED ? FL__CANCELLED : FL__FINISHED, error, message);
  fl__unpin(future);
}

/* Run the innermost coroutine until the task waits, or its outermost one has ended. Returns whether that is so. */
static inline bool coros_run(fl__task *task) {
  for (;;) {
    fl_coro *coro = task->top;
    bool cancelled_before_it_began = coro->error && coro->line == 0;
    if (cancelled_before_it_began)
      coro->line = FL__OVER;
    else if (coro->code->resume(coro) == FL__PAUSED) {
      if (task->top != coro) continue; /* it has called another, or yielded */
      return false;
    }
    fl_coro *caller = coro->caller;
    if (!caller) return true;
    fl__coro_set_error(caller, coro->error, coro->error ? coro->message : NULL);
    if (coro->error) coro->message = NULL; /* else it is of an error that it has caught */
    task->top = caller;
    fl__coro_clear(coro);
    if (coro->on_heap) free(coro);
  }
}

static void run(fl__task *task) {
  fl_loop *loop = task->future.loop;
  fl__task *outer = loop->current; /* an eager task begins within another's step */
  loop->current = task;
  bool ended = coros_run(task);
  loop->current = outer;
  if (ended) {
    finish(task);
    return;
  }
  task->since_us = loop->now_us;
  if (task->must_cancel) fl__cancel_if_asked(task);
}

static char *take_message(fl__task *task) {
  char *message = task->future.value;
  task->future.value = NULL;
  return message;
}

/* It is to be cancelled, or there is something to be done when its wait is over. */
static void go_on(fl__task *task, const fl__wait_kind *kind, bool cancelled) {
  task->must_cancel = false;
  int error = cancelled ? FL_ECANCELLED : FL_OK;
  char *message = cancelled ? take_message(task) : NULL;
  if (kind && kind->resumed) {
    error = kind->resumed(task, error);
    if (error == FL__AGAIN) return;
  }
  if (task->must_cancel) { /* the kind has put it off */
    task->future.value = message;
    message = NULL;
  }
  bool has_its_own = task->top->error; /* what it awaited was cancelled before: that message it is */
  if (error == FL_ECANCELLED && message && !has_its_own)
    fl__coro_set_error(task->top, error, message);
  else
    free(message);
  task->top->error = error;
  run(task);
}

/* Its turn has come: for the first time, or because what it awaits is done or called off. */
void fl__take_step(void *arg) {
  fl__task *task = arg;
  const fl__wait_kind *kind = task->kind;
  task->kind = NULL;
  bool cancelled = task->must_cancel || (kind && task->waits == FL__CALLED_OFF);
  if (cancelled || (kind && kind->resumed)) {
    go_on(task, kind, cancelled);
    return;
  }
  task->top->error = FL_OK;
  run(task);
}

/* ---- Making them */

void fl__task_start(fl__task *task) {
  if (task->started) return;
  task->started = true;
  fl_handle_cancel(&task->wake.handle); /* it may be about to be dropped */
  fl__schedule(task);
}

static void drop(void *arg) {
  fl__task *task = arg;
  if (task->future.pins > 1) return;
  fl__unlink(&task->all);
  fl__unpin(&task->future);
}

/* Not at once: who releases it may start it then. */
void fl__task_drop_soon(fl__task *task) { fl__make_ready(task->future.loop, &task->wake.handle, drop, task); }

void fl__task_begin(fl__task *task, bool eager) {
  if (!eager || !task->future.loop->turning || task->started) {
    fl__task_start(task);
    return;
  }
  task->started = true;
  run(task);
}

fl_task fl__create_task(fl_loop *loop, const fl_task_options *options, const fl_coro *frame) {
  static const fl_task_options none = {0};
  if (!options) options = &none;
  if (loop->destroying) return fl__no_future(FL_ESTATE);
  char *name = fl__copy(options->name);
  if (options->name && !name) return fl__no_future(FL_ENOMEM);
  fl__task *task = fl__block_take(&loop->blocks, FRAME_AT + frame->code->frame_bytes);
  if (!task) {
    free(name);
    return fl__no_future(FL_ENOMEM);
  }
  fl__block block = task->future.block;
  *task = (fl__task){.future.block = block, .name = name, .number = ++loop->tasks_made};
  fl__future_init(&task->future, loop);
  task->future.is_task = true;
  memcpy(fl__frame_of(task), frame, frame->code->frame_bytes);
  task->top = fl__frame_of(task);
  task->top->task = task;
  task->since_us = loop->now_us;
  fl__push_back(&loop->tasks, &task->all);
  fl__pin(&task->future); /* until it ends */
  fl_task handle = fl__handle_of(&task->future);
  if (options->eager || !options->later) fl__task_begin(task, options->eager);
  return handle;
}

/* ---- The loop closes */

static fl__task *task_at(fl_link *link) { return fl__container_of(link, fl__task, all); }

static void destroy(fl__task *task) {
  fl_loop_call_exception_handler(
      task->future.loop, &(fl_exception){.what = "Task was destroyed but it is pending!", .name = fl__task_name(task)});
  for (fl_coro *coro = task->top; coro; coro = coro->caller) fl__coro_clear(coro);
}

static void free_frames(fl__task *task) {
  for (fl_coro *coro = task->top; coro;) {
    fl_coro *caller = coro->caller;
    if (coro->on_heap) free(coro);
    coro = caller;
  }
}

static void clear(void *block) { fl__future_clear(block); }
static void forget_callbacks(void *block) { fl__future_forget_callbacks(block); }

void fl__tasks_destroy(fl_loop *loop) {
  loop->destroying = true;                          /* an exception handler makes no more */
  fl__blocks_each(&loop->blocks, forget_callbacks); /* some lie in frames */
  for (fl_link *link = loop->tasks.next; link != &loop->tasks; link = link->next) destroy(task_at(link));
  /* Only now: a handle in one's frame may stand in a list between those in the frames of others. */
  for (fl_link *link; (link = fl__pop_front(&loop->tasks));) free_frames(task_at(link));
  fl__blocks_each(&loop->blocks, clear);
}

/* ---- What tasks can do */

fl__task *fl__task_of(fl_task handle, int *error) {
  fl__future *future = fl__future_of(handle, error);
  if (future && !future->is_task) *error = FL_EINVAL;
  return *error ? NULL : (fl__task *)future;
}

int fl_task_start(fl_task handle) {
  int error;
  fl__task *task = fl__task_of(handle, &error);
  if (!task) return error;
  if (task->started) return task->future.state == FL__PENDING ? FL_ESTATE : FL_EDONE;
  fl__task_start(task);
  return FL_OK;
}

void *fl__task_frame(fl_task handle, const fl__code *code) {
  int error;
  fl__task *task = fl__task_of(handle, &error);
  return task && fl__frame_of(task)->code == code ? fl__frame_of(task) : NULL;
}

const char *fl__task_name(fl__task *task) {
  if (task->name) return task->name;
  char name[sizeof "Task-" + FL__DIGITS] = "Task-", digits[FL__DIGITS];
  strcat(name, fl__decimal(digits, task->number));
  task->name = fl__copy(name);
  return task->name ? task->name : "Task";
}

const char *fl__task_name_of_step(const fl_handle *handle) {
  return handle->callback == fl__take_step ? fl__task_name(handle->arg) : NULL;
}

const char *fl_task_name(fl_task handle) {
  int error;
  fl__task *task = fl__task_of(handle, &error);
  return task ? fl__task_name(task) : "";
}

int fl_task_set_name(fl_task handle, const char *name) {
  int error;
  fl__task *task = fl__task_of(handle, &error);
  if (!task) return error;
  char *copy = fl__copy(name);
  if (!copy) return name ? FL_ENOMEM : FL_EINVAL;
  free(task->name);
  task->name = copy;
  return FL_OK;
}

int fl_task_cancelling(fl_task handle) {
  int error;
  fl__task *task = fl__task_of(handle, &error);
  return task ? (int)fl__cancelling(task) : error;
}

int fl_task_uncancel(fl_task handle) {
  int error;
  fl__task *task = fl__task_of(handle, &error);
  if (!task) return error;
  fl__task *asked = task;
  while (!asked->cancels && asked->scope_of) asked = asked->scope_of;
  if (asked->cancels) asked->cancels--;
  if (!fl__cancelling(task)) task->must_cancel = false;
  return (int)fl__cancelling(task);
}

fl_task fl_current_task(const fl_loop *loop) {
  return loop->current ? fl__handle_of(&loop->current->future) : (fl_task){0};
}
fl_task fl__this_task(const fl_coro *coro) { return fl__handle_of(&coro->task->future); }
fl_loop *fl__this_loop(const fl_coro *coro) { return coro->task->future.loop; }
