/* Running a loop until something is done: asyncio's run_until_complete() and asyncio.run(). */
#include "task.h"

#include <stdlib.h>

typedef struct until {
  fl_handle handle;
  fl_loop *loop;
  fl_callback *on_done;
  void *arg;
  fl__future *pinned; /* and the struct is on the heap, where nobody waits for it */
} until;

static void on_done(void *arg) {
  until *self = arg;
  if (self->loop) fl_loop_stop(self->loop);
  if (self->on_done) self->on_done(self->arg);
  if (!self->pinned) return;
  fl__unpin(self->pinned);
  free(self);
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
  self->pinned = future;
  fl__pin(future);
  fl__on_done(future, &self->handle, on_done, self);
  return fl_loop_run_forever(loop);
}

int fl_loop_run_until_complete(fl_loop *loop, fl_future handle, fl_callback *callback, void *arg) {
  int error;
  fl__future *future = fl__future_of(handle, &error);
  if (!future) return error;
  if (fl_loop_is_running(loop)) return FL_ERUNNING;
  fl__future_start(future);
  until self = {.on_done = callback, .arg = arg};
  if (!loop->clock->wait_until) return let_run(loop, future, &self);
  fl__pin(future);
  error = run_and_wait(loop, future, &self);
  fl__unpin(future);
  return error;
}

/* ---- A whole program */

static struct {
  fl_loop *loop;
  fl_task main, task;
  int code;
} running; /* a process has one */

static void report(const char *what, int error, const char *message) {
  fl_loop_call_exception_handler(
      running.loop,
      &(fl_exception){.what = what, .name = fl_task_name(running.main), .error = error, .message = message});
  running.code = 1;
}

/* The program's own coroutine, then what it has left behind. */
fl_async(program, fl_future *left; size_t count; int error) {
  fl_begin;
  fl_try(self->error, running.main);
  if (self->error && !running.code) report("Unhandled exception", self->error, fl_future_message(running.main));
  self->left = fl__tasks_but(running.loop, running.task, &self->count);
  for (size_t i = 0; i < self->count; i++) fl_cancel(self->left[i], NULL);
  fl_await(fl_gather(self->left, self->count, &(fl_gather_options){.return_exceptions = true}));
  fl_finally;
  free(self->left);
  fl_end;
}

static void end(void *arg) {
  (void)arg;
  fl__host_program_ends(running.code);
  if (running.loop->clock->wait_until) return; /* fl__run() goes on */
  fl_loop_close(running.loop);
  running.loop = NULL;
}

void fl__program_interrupt(void) {
  running.code = 128 + 2; /* as shells have it for SIGINT */
  fl_cancel(running.main, "interrupted");
}

void fl__program_is_stuck(void) {
  if (!running.loop) return;
  report("The program waits for nothing that could happen", FL_EDEADLOCK, fl_error_message(FL_EDEADLOCK));
  end(NULL);
}

int fl__run(fl_coro *main) {
  if (running.loop) {
    fl_loop_call_exception_handler(running.loop, &(fl_exception){.what = "fl_run() within fl_run()",
                                                                 .error = FL_ERUNNING,
                                                                 .message = fl_error_message(FL_ERUNNING)});
    return 1;
  }
  running.code = 0;
  if (fl_loop_open(&running.loop, fl_host_clock(), 0)) return 1;
  running.main = fl__create_task(running.loop, NULL, main);
  running.task = fl_create_task(running.loop, program);
  fl__host_program_begins();
  int error = fl_loop_run_until_complete(running.loop, running.task, end, NULL);
  if (error == FL_EDEADLOCK)
    fl__program_is_stuck();
  else if (error)
    report("The program could not run", error, fl_error_message(error));
  if (!fl_host_clock()->wait_until && !error) return 0; /* it runs on, as long as the page or the process lives */
  fl__host_program_ends(running.code);
  fl_loop_close(running.loop);
  running.loop = NULL;
  return running.code;
}
