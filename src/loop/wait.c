/* asyncio's wait(). */
#include "watch.h"

fl_frame(wait, size_t *done; const fl_future *futures; size_t count; int64_t timeout_us; fl_return_when return_when;
         size_t missing; fl_timer timer; int error; fl__completion each[]);

static void on_waited(void *arg) {
  fl__completion *completion = arg;
  wait *self = completion->of;
  self->missing--;
  bool enough = self->missing == 0 || self->return_when == FL_FIRST_COMPLETED;
  if (!enough && self->return_when == FL_FIRST_EXCEPTION && completion->future->state != FL__CANCELLED)
    enough = fl__read_error(completion->future);
  if (!enough) return;
  fl_timer_cancel(&self->timer);
  fl__wake(self->coro.task);
}

static void on_wait_timeout(void *arg) { fl__wake(arg); }

static void each_waited(fl__task *task, void (*each)(fl__future *, void *), void *arg) {
  wait *self = task->on;
  fl__each_watched(self->each, self->count, each, arg);
}

static fl_awaitable enough(wait *self) {
  static const fl__wait_kind kind = {.name = "wait", .begin = fl__begin_park, .awaited = each_waited};
  return (fl_awaitable){.kind = &kind, .on = self};
}

fl_async_body(wait) {
  fl_begin;
  if (self->count == 0) fl_raise(FL_EINVAL, "nothing to wait for");
  if (self->timeout_us == FL_NAN) fl_raise(FL_EINVAL, "a timeout that is not a number");
  if (self->timeout_us != FL_NEVER)
    fl_call_later(fl_this_loop(self), &self->timer, self->timeout_us, on_wait_timeout, self->coro.task);
  self->error = fl__watch(self->each, &self->missing, self->futures, self->count, on_waited, self, fl_this_loop(self));
  if (self->error) fl_raise(self->error, NULL);
  for (size_t i = 0; i < self->count; i++) fl__future_start(self->futures[i].at);
  fl_await(enough(self));
  fl_finally;
  fl_timer_cancel(&self->timer);
  fl__unwatch(self->each, self->count);
  if (self->done) *self->done = 0;
  for (size_t i = 0; self->done && i < self->count; i++) *self->done += fl_done(self->futures[i]);
  fl_end;
}

fl_awaitable fl_wait(size_t *done, const fl_future *futures, size_t count, int64_t timeout_us,
                     fl_return_when return_when) {
  wait frame = fl_generator(wait, done, futures, count, timeout_us, return_when);
  return fl__call_sized(&frame.coro, count * sizeof(fl__completion));
}
