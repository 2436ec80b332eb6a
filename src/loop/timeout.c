/* The scope of a deadline, and wait_for(): asyncio's timeouts.py of 3.12. */
#include "scope.h"

int64_t fl__from_now(const fl_coro *self, int64_t delay_us) {
  return delay_us == FL_NAN ? FL_NAN : fl__later(fl_loop_time(fl__this_loop(self)), delay_us);
}

static void on_timeout(void *arg) {
  fl_timeout *timeout = arg;
  timeout->state = FL__TIMEOUT_EXPIRING;
  fl_cancel(timeout->task, NULL);
}

int fl_timeout_reschedule(fl_timeout *timeout, int64_t when_us) {
  if (when_us == FL_NAN) return FL_EINVAL;
  if (timeout->state != FL__TIMEOUT_ENTERED) return FL_ESTATE;
  fl_loop *loop = fl__this_loop(timeout->scope.owner);
  timeout->when_us = when_us;
  fl_timer_cancel(&timeout->timer);
  if (when_us == FL_NEVER) return FL_OK;
  if (when_us <= fl_loop_time(loop)) /* before what is due by then: as in asyncio */
    fl_call_soon(loop, &timeout->timer.handle, on_timeout, timeout);
  else
    fl_call_at(loop, &timeout->timer, when_us, on_timeout, timeout);
  return FL_OK;
}

static void clear(fl_scope *scope) { fl_timer_cancel(&((fl_timeout *)scope)->timer); }

fl_async_define(fl_timeout) {
  fl_begin;
  fl_timer_cancel(&self->timer);
  if (self->state == FL__TIMEOUT_EXPIRING) {
    self->state = FL__TIMEOUT_EXPIRED;
    bool by_others = fl_task_uncancel(self->task) > self->cancelling;
    if (!by_others && self->scope.cause == FL_ECANCELLED) fl_raise(FL_ETIMEOUT, NULL);
  } else {
    self->state = FL__TIMEOUT_LEFT;
  }
  fl__scope_reraise(&self->scope);
  fl_end;
}

int fl__timeout_enter(fl_coro *owner, fl_timeout *timeout, int64_t when_us) {
  if (when_us == FL_NAN) return FL_EINVAL;
  fl__scope_enter(owner, &timeout->scope, &fl_timeout__code, clear);
  timeout->timer = (fl_timer){0};
  timeout->state = FL__TIMEOUT_ENTERED;
  timeout->task = fl__this_task(owner);
  timeout->cancelling = (int)fl__cancelling(owner->task);
  return fl_timeout_reschedule(timeout, when_us);
}

int64_t fl_timeout_when(const fl_timeout *timeout) { return timeout->when_us; }
bool fl_timeout_expired(const fl_timeout *timeout) {
  return timeout->state == FL__TIMEOUT_EXPIRING || timeout->state == FL__TIMEOUT_EXPIRED;
}

/* ---- wait_for() */

fl_async(wait_for, fl_awaitable awaitable; int64_t delay_us; fl_timeout timeout) {
  fl_begin;
  fl_timeout_after(self, &self->timeout, self->delay_us);
  fl_await(self->awaitable);
  fl_end;
}

/* Its time is over before it begins: asyncio's _cancel_and_wait(). */
fl_async(give_up, fl_future future; int error) {
  fl_begin;
  if (fl_done(self->future)) {
    fl_await(self->future);
  } else {
    fl_cancel(self->future, NULL);
    fl_await(fl_wait(NULL, &self->future, 1, FL_NEVER, FL_ALL_COMPLETED));
    fl_try(self->error, self->future);
    if (self->error == FL_ECANCELLED) fl_raise(FL_ETIMEOUT, NULL);
    if (self->error) fl_reraise(self->error);
  }
  fl_end;
}

fl_async(fail, int error) {
  fl_begin;
  fl_raise(self->error, NULL);
  fl_end;
}

/* It is not begun, and neither is what it would have awaited. */
static void drop(fl_awaitable awaitable) {
  while (awaitable.kind == &fl__call_kind && awaitable.on && ((fl_coro *)awaitable.on)->code == &wait_for__code) {
    fl_awaitable inner = ((wait_for *)awaitable.on)->awaitable;
    fl__awaitable_drop(awaitable);
    awaitable = inner;
  }
  fl__awaitable_drop(awaitable);
}

fl_awaitable fl__wait_for(fl_awaitable awaitable, int64_t delay_us) {
  if (delay_us > 0) {
    fl_awaitable waiting = fl_call_new(wait_for, awaitable, delay_us);
    if (!waiting.on) drop(awaitable);
    return waiting;
  }
  if (delay_us != FL_NAN && awaitable.kind == &fl__future_kind)
    return fl_call_new(give_up, fl__future_to_await(awaitable));
  drop(awaitable);
  return fl_call_new(fail, delay_us == FL_NAN ? FL_EINVAL : FL_ETIMEOUT);
}
