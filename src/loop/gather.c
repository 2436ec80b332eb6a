/* Awaiting several futures: asyncio's gather(), wait() and as_completed(); and shield(). */
#include "scope.h"

#include <stdlib.h>

/* ---- The ends of several futures */

typedef struct fl__completion {
  fl_handle handle;
  fl_link link;       /* of as_completed, in its list of the finished */
  void *of;           /* the gather, wait or as_completed */
  fl__future *future; /* pinned; NULL: one that is watched already */
  bool started;       /* by gather() */
} fl__completion;

static int check(const fl_future *futures, size_t count, const fl_loop *loop) {
  int error;
  for (size_t i = 0; i < count; i++) {
    if (!fl__future_of(futures[i], &error)) return error;
    if (futures[i].at->loop != loop) return FL_EINVAL;
  }
  return FL_OK;
}

/* Call each[i].callback(&each[i]) when futures[i] is done. A future that stands there twice is watched once: *watched
 * is how many are. */
static int watch(fl__completion *each, size_t *watched, const fl_future *futures, size_t count, fl_callback *callback,
                 void *of, const fl_loop *loop) {
  int error = check(futures, count, loop);
  if (error) return error;
  *watched = 0;
  for (size_t i = 0; i < count; i++) {
    fl__future *future = futures[i].at;
    each[i] = (fl__completion){.of = of};
    if (future->watched) continue;
    future->watched = true;
    ++*watched;
    each[i].future = future;
    fl__pin(future);
    fl__on_done(future, &each[i].handle, callback, &each[i]);
  }
  for (size_t i = 0; i < count; i++) futures[i].at->watched = false;
  return FL_OK;
}

static void unwatch(fl__completion *each, size_t count) {
  for (size_t i = 0; i < count; i++) {
    if (!each[i].future) continue;
    fl_handle_cancel(&each[i].handle);
    fl__unpin(each[i].future);
    each[i].future = NULL;
  }
}

static void each_watched(const fl__completion *each_of, size_t count, void (*each)(fl__future *, void *), void *arg) {
  for (size_t i = 0; i < count; i++)
    if (each_of[i].future) each(each_of[i].future, arg);
}

static void start(fl__future *future) {
  if (future->is_task) fl__task_start((fl__task *)future);
}

static bool begin_waiting(fl__task *task, const fl_awaitable *awaitable) {
  fl__park(task, awaitable->kind, awaitable->on, NULL);
  return true;
}

/* ---- gather() */

fl_frame(gather, const fl_future *futures; size_t count; fl_gather_options options;
         size_t watched, finished, begun, under_way; fl__future * failed; int error; bool over, cancelling, cancelled;
         fl__completion each[]);

static void start_more(gather *self) {
  for (; self->begun < self->count; self->begun++) {
    fl__completion *next = &self->each[self->begun];
    if (!next->future || !next->future->is_task || ((fl__task *)next->future)->started) continue;
    if (self->options.limit && self->under_way == self->options.limit) return;
    next->started = true;
    self->under_way++;
    start(next->future);
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

/* It isn't over before they are. */
static bool cancel_gather(fl__task *task, const char *message) {
  gather *self = task->on;
  bool any = false;
  if (self->over) return false;
  if (self->cancelling) { /* one of them awaits this one: a deadlock, which ends here */
    end_gather(self, FL_ECANCELLED, NULL);
    return true;
  }
  self->cancelling = true;
  for (size_t i = 0; i < self->count; i++)
    if (self->each[i].future && fl__future_cancel(self->each[i].future, message)) any = true;
  self->cancelling = false;
  self->cancelled |= any;
  return any;
}

static void each_gathered(fl__task *task, void (*each)(fl__future *, void *), void *arg) {
  gather *self = task->on;
  each_watched(self->each, self->count, each, arg);
}

static fl_awaitable all_gathered(gather *self) {
  static const fl__wait_kind kind = {"gather", begin_waiting, gathered, cancel_gather, each_gathered};
  return (fl_awaitable){.kind = &kind, .on = self};
}

fl_async_body(gather) {
  fl_begin;
  if (self->count == 0) fl_return_void;
  self->error = watch(self->each, &self->watched, self->futures, self->count, on_gathered, self, fl_this_loop(self));
  if (self->error) fl_raise(self->error, NULL);
  start_more(self);
  fl_await(all_gathered(self));
  fl_finally;
  for (size_t i = 0; i < self->count; i++) /* nobody will ask again for the errors of those that are left */
    if (self->each[i].future) self->each[i].future->waived = true;
  unwatch(self->each, self->count);
  fl_end;
}

fl_awaitable fl_gather(const fl_future *futures, size_t count, const fl_gather_options *options) {
  gather frame = fl_generator(gather, futures, count, options ? *options : (fl_gather_options){0});
  return fl__call_sized(&frame.coro, count * sizeof(fl__completion));
}

/* ---- wait() */

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
  each_watched(self->each, self->count, each, arg);
}

static fl_awaitable enough(wait *self) {
  static const fl__wait_kind kind = {.name = "wait", .begin = begin_waiting, .awaited = each_waited};
  return (fl_awaitable){.kind = &kind, .on = self};
}

fl_async_body(wait) {
  fl_begin;
  if (self->count == 0) fl_raise(FL_EINVAL, "nothing to wait for");
  if (self->timeout_us == FL_NAN) fl_raise(FL_EINVAL, "a timeout that is not a number");
  if (self->timeout_us != FL_NEVER)
    fl_call_later(fl_this_loop(self), &self->timer, self->timeout_us, on_wait_timeout, self->coro.task);
  self->error = watch(self->each, &self->missing, self->futures, self->count, on_waited, self, fl_this_loop(self));
  if (self->error) fl_raise(self->error, NULL);
  for (size_t i = 0; i < self->count; i++) start(self->futures[i].at);
  fl_await(enough(self));
  fl_finally;
  fl_timer_cancel(&self->timer);
  unwatch(self->each, self->count);
  if (self->done) *self->done = 0;
  for (size_t i = 0; self->done && i < self->count; i++) *self->done += fl_done(self->futures[i]);
  fl_end;
}

fl_awaitable fl_wait(size_t *done, const fl_future *futures, size_t count, int64_t timeout_us,
                     fl_return_when return_when) {
  wait frame = fl_generator(wait, done, futures, count, timeout_us, return_when);
  return fl__call_sized(&frame.coro, count * sizeof(fl__completion));
}

/* ---- shield() */

static void on_shielded_done(void *arg) { fl__wake(arg); }

static bool begin_shield(fl__task *task, const fl_awaitable *awaitable) {
  int error;
  fl__future *future = fl__future_of((fl_future){awaitable->on, (uint32_t)awaitable->number}, &error);
  bool refused = !future || future == &task->future || future->loop != task->future.loop;
  if (refused || future->state != FL__PENDING) { /* nothing to shield it from */
    fl_awaitable itself = fl__await_future((fl_future){awaitable->on, (uint32_t)awaitable->number});
    return itself.kind->begin(task, &itself);
  }
  start(future);
  fl__pin(future);
  fl__park(task, awaitable->kind, future, NULL);
  fl__on_done(future, &task->wake.handle, on_shielded_done, task);
  return true;
}

static int shield_resumed(fl__task *task, int cancelled) {
  fl__future *future = task->on;
  int error = task->waits == FL__CALLED_OFF ? FL_OK : fl__read_error(future);
  if (error == FL_ECANCELLED) /* as in asyncio, it comes through without its message */
    fl__await_failed(task, error, NULL);
  else if (cancelled)
    error = cancelled;
  else
    fl__await_failed(task, error, error ? future->value : NULL);
  fl__unpin(future);
  return error;
}

fl_awaitable fl_shield(fl_future future) {
  static const fl__wait_kind kind = {
      .name = "shield", .begin = begin_shield, .resumed = shield_resumed, .awaited = fl__each_on};
  return (fl_awaitable){.kind = &kind, .on = future.at, .number = future.generation};
}

/* ---- as_completed() */

static fl__completion *completion_of(fl_link *link) { return fl__container_of(link, fl__completion, link); }

static void wake_first(fl_as_completed *as) {
  for (fl_link *link; (link = fl__pop_front(&as->waiters));)
    if (fl__wake(fl__waiter_of(link))) return;
}

static void on_completed(void *arg) {
  fl__completion *completion = arg;
  fl_as_completed *as = completion->of;
  fl__push_back(&as->finished, &completion->link);
  if (--as->missing == 0) fl_timer_cancel(&as->timer);
  wake_first(as);
}

static void on_too_late(void *arg) {
  fl_as_completed *as = arg;
  as->late = as->missing;
  as->missing = 0;
  for (size_t i = 0; i < as->count; i++) fl_handle_cancel(&as->completions[i].handle);
  for (size_t i = 0; i < as->late; i++) wake_first(as);
}

/* Whether there is something to take; then it is taken. */
static bool take(fl__task *task, fl_as_completed *as, fl_future *out) {
  fl_link *link = fl__pop_front(&as->finished);
  *out = link ? fl__handle_of(completion_of(link)->future) : (fl_future){0};
  if (link || (!as->missing && !as->late)) return true;
  if (!as->late) return false;
  as->late--;
  fl__await_failed(task, FL_ETIMEOUT, NULL);
  return true;
}

static bool begin_next(fl__task *task, const fl_awaitable *awaitable) {
  fl_as_completed *as = awaitable->on;
  if (!as->completions || as->scope.left) {
    fl__await_failed(task, FL_ESTATE, "it is not entered");
    return false;
  }
  task->out = awaitable->out;
  if (take(task, as, task->out)) return false;
  fl__park(task, awaitable->kind, as, &as->waiters);
  return true;
}

static const fl__wait_kind next_kind;

static int next_resumed(fl__task *task, int error) {
  fl_as_completed *as = task->on;
  if (fl__linked(&task->waiter)) fl__unlink(&task->waiter);
  if (error) {
    if (task->waits == FL__WOKEN) wake_first(as);
    return error;
  }
  if (take(task, as, task->out)) return task->top->error;
  fl__park(task, &next_kind, as, &as->waiters);
  return FL__AGAIN;
}

static void each_missing(fl__task *task, void (*each)(fl__future *, void *), void *arg) {
  fl_as_completed *as = task->on;
  each_watched(as->completions, as->count, each, arg);
}

static const fl__wait_kind next_kind = {"as_completed", begin_next, next_resumed, NULL, each_missing};

fl_awaitable fl_as_completed_next(fl_as_completed *as, fl_future *out) {
  return (fl_awaitable){.kind = &next_kind, .on = as, .out = out};
}

static void clear(fl_scope *scope) {
  fl_as_completed *as = (fl_as_completed *)scope;
  fl_timer_cancel(&as->timer);
  unwatch(as->completions, as->count);
  free(as->completions);
  as->completions = NULL;
}

fl_async_define(fl_as_completed) {
  fl_begin;
  fl__scope_reraise(&self->scope);
  fl_end;
}

int fl__as_completed_enter(fl_coro *owner, fl_as_completed *as, const fl_future *futures, size_t count,
                           int64_t timeout_us) {
  int error = timeout_us == FL_NAN ? FL_EINVAL : check(futures, count, fl__this_loop(owner));
  if (error) return error;
  fl__completion *completions = calloc(count ? count : 1, sizeof *completions);
  if (!completions) return FL_ENOMEM;
  fl__scope_enter(owner, &as->scope, &fl_as_completed__code, clear);
  fl_scope scope = as->scope;
  *as = (fl_as_completed){.scope = scope, .completions = completions};
  fl__list_init(&as->finished);
  fl__list_init(&as->waiters);
  watch(completions, &as->missing, futures, count, on_completed, as, fl__this_loop(owner));
  as->count = count;
  for (size_t i = 0; i < count; i++) start(futures[i].at);
  if (count && timeout_us != FL_NEVER) fl_call_later(fl__this_loop(owner), &as->timer, timeout_us, on_too_late, as);
  return FL_OK;
}
