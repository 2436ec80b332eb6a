/* asyncio's as_completed(): a scope, for what is watched must be let go. */
#include "scope.h"
#include "watch.h"

#include <stdlib.h>

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
  fl__each_watched(as->completions, as->count, each, arg);
}

static const fl__wait_kind next_kind = {"as_completed", begin_next, next_resumed, NULL, each_missing};

fl_awaitable fl_as_completed_next(fl_as_completed *as, fl_future *out) {
  return (fl_awaitable){.kind = &next_kind, .on = as, .out = out};
}

static void clear(fl_scope *scope) {
  fl_as_completed *as = (fl_as_completed *)scope;
  fl_timer_cancel(&as->timer);
  fl__unwatch(as->completions, as->count);
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
  int error = timeout_us == FL_NAN ? FL_EINVAL : fl__check_futures(futures, count, fl__this_loop(owner));
  if (error) return error;
  fl__completion *completions = calloc(count ? count : 1, sizeof *completions);
  if (!completions) return FL_ENOMEM;
  fl__scope_enter(owner, &as->scope, &fl_as_completed__code, clear);
  fl_scope scope = as->scope;
  *as = (fl_as_completed){.scope = scope, .completions = completions};
  fl__list_init(&as->finished);
  fl__list_init(&as->waiters);
  fl__watch(completions, &as->missing, futures, count, on_completed, as, fl__this_loop(owner));
  as->count = count;
  for (size_t i = 0; i < count; i++) fl__future_start(futures[i].at);
  if (count && timeout_us != FL_NEVER) fl_call_later(fl__this_loop(owner), &as->timer, timeout_us, on_too_late, as);
  return FL_OK;
}
