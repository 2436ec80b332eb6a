/* asyncio's gather(). */
#include "watch.h"

fl_frame(gather, const fl_future *futures; size_t count; fl_gather_options options;
         size_t watched, finished, begun, under_way; fl__future * failed; int error; bool over, cancelled;
         fl__completion each[]);

static void start_more(gather *self) {
  for (; self->begun < self->count; self->begun++) {
    fl__completion *next = &self->each[self->begun];
    if (!next->future || !next->future->is_task || ((fl__task *)next->future)->started) continue;
    if (self->options.limit && self->under_way == self->options.limit) return;
    next->started = true;
    self->under_way++;
    fl__future_start(next->future);
  }
}

static void end_gather(gather *self, int error, fl__future *failed) {
  self->over = true;
  self->error = error;
  self->failed = failed;
  fl__wake(self->coro.task);
}

/* Whose message the await has when it was cancelled: the last one's, in the order in which they were given. */
static fl__future *last_cancelled(const gather *self) {
  fl__future *last = self->futures[self->count - 1].at;
  return last->state == FL__CANCELLED ? last : NULL;
}

static void on_gathered(void *arg) {
  fl__completion *completion = arg;
  gather *self = completion->of;
  int error = fl__read_error(completion->future);
  self->finished++;
  self->under_way -= completion->started;
  if (self->over) return;
  if (error && !self->options.return_exceptions)
    end_gather(self, error, completion->future);
  else if (self->finished == self->watched)
    end_gather(self, self->cancelled ? FL_ECANCELLED : FL_OK, self->cancelled ? last_cancelled(self) : NULL);
  else
    start_more(self);
}

static int gathered(fl__task *task, int cancelled) {
  gather *self = task->on;
  if (cancelled && self->error != FL_ECANCELLED) return cancelled;
  fl__await_failed(task, self->error, self->failed ? self->failed->value : NULL);
  return self->error;
}

static bool is_being_cancelled(const fl__future *future) {
  return future->is_task && future->state == FL__PENDING && ((const fl__task *)future)->cancelling;
}

/* It isn't over before they are; but for one that awaits this gather, which is a deadlock, and ends here. */
static bool cancel_gather(fl__task *task, const char *message) {
  gather *self = task->on;
  bool any = false, is_circle = false;
  if (self->over) return false;
  for (size_t i = 0; i < self->count; i++) {
    fl__future *each = self->each[i].future;
    if (!each) continue;
    if (is_being_cancelled(each))
      is_circle = true;
    else if (fl__future_cancel(each, message))
      any = true;
  }
  if (is_circle) end_gather(self, FL_ECANCELLED, NULL);
  self->cancelled |= any;
  return any || is_circle;
}

static void each_gathered(fl__task *task, void (*each)(fl__future *, void *), void *arg) {
  gather *self = task->on;
  fl__each_watched(self->each, self->count, each, arg);
}

static fl_awaitable all_gathered(gather *self) {
  static const fl__wait_kind kind = {"gather", fl__begin_park, gathered, cancel_gather, each_gathered};
  return (fl_awaitable){.kind = &kind, .on = self};
}

fl_async_body(gather) {
  fl_begin;
  if (self->count == 0) fl_return_void;
  self->error =
      fl__watch(self->each, &self->watched, self->futures, self->count, on_gathered, self, fl_this_loop(self));
  if (self->error) fl_raise(self->error, NULL);
  start_more(self);
  fl_await(all_gathered(self));
  fl_finally;
  for (size_t i = 0; i < self->count; i++) /* nobody will ask again for the errors of those that are left */
    if (self->each[i].future) self->each[i].future->waived = true;
  fl__unwatch(self->each, self->count);
  fl_end;
}

fl_awaitable fl_gather(const fl_future *futures, size_t count, const fl_gather_options *options) {
  gather frame = fl_generator(gather, futures, count, options ? *options : (fl_gather_options){0});
  return fl__call_sized(&frame.coro, count * sizeof(fl__completion));
}
