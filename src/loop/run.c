/* Running a loop until something is done: asyncio's run_until_complete() and asyncio.run(). */
#include "task.h"

#include <stdlib.h>

typedef struct until {
  fl_handle handle;
  fl_loop *loop;
  fl_callback *on_done;
  void *arg;
  bool on_heap;
} until;

static void on_done(void *arg) {
  until *self = arg;
  if (self->loop) fl_loop_stop(self->loop);
  if (self->on_done) self->on_done(self->arg);
  if (self->on_heap) free(self);
}

static int run_and_wait(fl_loop *loop, fl__future *future, until *self) {
  self->loop = loop;
  fl__on_done(future, &self->handle, on_done, self);
  int error = fl__loop_run(loop);
  if (future->state != FL__PENDING)
    error = fl__read_error(future);
  else if (!error)
    error = FL_EPENDING; /* stopped before */
  fl_handle_cancel(&self->handle);
  return error;
}

static int let_run(fl_loop *loop, fl__future *future, const until *wanted) {
  until *self = malloc(sizeof *self);
  if (!self) return FL_ENOMEM;
  *self = *wanted;
  self->on_heap = true;
  fl__on_done(future, &self->handle, on_done, self);
  return fl_loop_run_forever(loop);
}

int fl_loop_run_until_complete(fl_loop *loop, fl_future handle, fl_callback *callback, void *arg) {
  int error;
  fl__future *future = fl__future_of(handle, &error);
  if (!future) return error;
  if (fl_loop_is_running(loop)) return FL_ERUNNING;
  if (future->is_task) fl__task_start((fl__task *)future);
  until self = {.on_done = callback, .arg = arg};
  if (!loop->clock->wait_until) return let_run(loop, future, &self);
  fl__pin(future);
  error = run_and_wait(loop, future, &self);
  fl__unpin(future);
  return error;
}

/* ---- A whole program */

/* The program's own coroutine, then what it has left behind. */
fl_async(program, fl_task main; int error; fl_future * left; size_t count) {
  fl_begin;
  fl_try(self->error, self->main);
  if (self->error)
    fl_loop_call_exception_handler(fl_this_loop(self), &(fl_exception){.what = "Unhandled exception",
                                                                       .name = fl_task_name(self->main),
                                                                       .error = self->error,
                                                                       .message = fl_future_message(self->main)});
  self->left = fl__tasks_but(fl_this_loop(self), fl_this_task(self), &self->count);
  for (size_t i = 0; i < self->count; i++) fl_cancel(self->left[i], NULL);
  fl_await(fl_gather(self->left, self->count, &(fl_gather_options){.return_exceptions = true}));
  fl_finally;
  free(self->left);
  fl_end;
}

static void on_program_end(void *arg) {
  fl_task *task = arg;
  program *ended = fl_task_frame(*task, program);
  fl__host_exit(ended && ended->error ? 1 : 0);
}

int fl__run(fl_coro *main) {
  static fl_task task; /* as a process has one program */
  fl_loop *loop;
  int error = fl_loop_open(&loop, fl_host_clock(), 0);
  if (error) return 1;
  fl_task main_task = fl__create_task(loop, NULL, main);
  task = fl_create_task(loop, program, main_task);
  error = fl_loop_run_until_complete(loop, task, on_program_end, &task);
  if (!loop->clock->wait_until) return error ? 1 : 0; /* it goes on, and lives as long as the page or the process */
  program *ended = fl_task_frame(task, program);
  int code = error || (ended && ended->error) ? 1 : 0;
  fl_loop_close(loop);
  return code;
}
