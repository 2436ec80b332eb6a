/* The loop for JavaScript. An async function can't be driven from here, so a task of JavaScript's is a task whose one
 * coroutine, js_body, stands by while the function runs. What the function awaits of ours are small tasks, its
 * children, one for each await; so an await is served, and cancelled, as that of any task is, by the same code and in
 * the same turn. Cancelling a body cancels its children; the function gets the error from its own await.
 *
 * Seconds cross as doubles. Bodies, awaits and callbacks are named by JavaScript's own numbers, and tasks and futures
 * also by their address: valid until their end is told, or they are released; JavaScript forgets it then. */
#include "../loop/task.h"

#include <emscripten.h>
#include <math.h>
#include <string.h>

extern void fl__host_on_call(uint32_t slot);
extern void fl__host_on_begin(uint32_t id, fl__task *task); /* a task's first step: call its function */
/* An error of FL_EUSER or less is an exception that JavaScript has: FL_EUSER - the number of the future it is of. */
extern void fl__host_on_body_end(uint32_t id, int error, const char *message);
extern void fl__host_on_cancel(uint32_t id, bool delivered);
extern void fl__host_on_wait(uint32_t id, int error, const char *message, double value);

int fl__js_open_loop(fl_loop **out); /* exports.c */

static fl_loop *loop; /* the module's one */

EMSCRIPTEN_KEEPALIVE int fl__js_loop_open(void) { return fl__js_open_loop(&loop); }

/* asyncio's clock goes on within a turn; so does this, by the millisecond, for JavaScript may take its time there. */
static int64_t now_us(void) {
  int64_t turn_us = fl_loop_time(loop), clock_us = fl__loop_clock_us(loop);
  return clock_us - turn_us < FL_MS ? turn_us : clock_us;
}
EMSCRIPTEN_KEEPALIVE double fl__js_loop_time(void) { return (double)now_us() / 1e6; }

/* As C counts delays, from the turn's time on. */
static int64_t delay_us(double seconds) {
  int64_t from_now_us = fl_seconds(seconds);
  return from_now_us <= 0 ? from_now_us : fl__later(from_now_us, now_us() - fl_loop_time(loop));
}

static fl_future handle_at(fl__future *at) { return at ? fl__handle_of(at) : (fl_future){0}; }

/* ---- Callbacks. Their handles lie in chunks, which are never moved nor freed, by JavaScript's numbers. */

enum { CHUNK = 512 };
static fl_timer **chunks;
static uint32_t chunks_count;

static bool add_chunks(uint32_t wanted) {
  fl_timer **more = realloc(chunks, wanted * 2 * sizeof *more);
  if (!more) return false;
  memset(&more[chunks_count], 0, (wanted * 2 - chunks_count) * sizeof *more);
  chunks = more;
  chunks_count = wanted * 2;
  return true;
}

static fl_timer *timer_of(uint32_t slot) {
  uint32_t chunk = slot / CHUNK;
  if (chunk >= chunks_count && !add_chunks(chunk + 1)) return NULL;
  if (!chunks[chunk]) chunks[chunk] = calloc(CHUNK, sizeof **chunks);
  return chunks[chunk] ? &chunks[chunk][slot % CHUNK] : NULL;
}

static void *arg_of(uint32_t number) { return (void *)(uintptr_t)number; }
static uint32_t number_of(const void *arg) { return (uint32_t)(uintptr_t)arg; }

static void on_call(void *slot) {
  fl__host_on_call(number_of(slot));
  fl__loop_give_way(loop, FL__BEFORE_NEXT_TURN);
}

EMSCRIPTEN_KEEPALIVE int fl__js_call_soon(uint32_t slot) {
  fl_timer *timer = timer_of(slot);
  if (!timer) return FL_ENOMEM;
  fl_call_soon(loop, &timer->handle, on_call, arg_of(slot));
  return FL_OK;
}

EMSCRIPTEN_KEEPALIVE int fl__js_call_at(uint32_t slot, double when_s) {
  fl_timer *timer = timer_of(slot);
  return timer ? fl_call_at(loop, timer, fl_seconds(when_s), on_call, arg_of(slot)) : FL_ENOMEM;
}

EMSCRIPTEN_KEEPALIVE int fl__js_on_done(uint32_t slot, fl__future *future) {
  fl_timer *timer = timer_of(slot);
  if (!timer) return FL_ENOMEM;
  fl__on_done(future, &timer->handle, on_call, arg_of(slot));
  return FL_OK;
}

EMSCRIPTEN_KEEPALIVE void fl__js_call_off(uint32_t slot) { fl_timer_cancel(timer_of(slot)); }

/* ---- Bodies: an async function that runs, a task's or that of a scope */

typedef enum body_kind { TASK, EAGER_TASK, TIMEOUT, GROUP } body_kind;

/* A body or an await in the list of its parent, the body that it is within. */
typedef struct child {
  fl_link link;
  fl__task *task;
  bool aborted; /* by its own signal: the parent's task can't take that back */
} child;

fl_frame(
    js_body, uint32_t id; body_kind kind; double seconds; child as_child; fl_link children; fl__task * parent;
    int error; const char *message; union {
      fl_timeout timeout;
      fl_task_group group;
    });

static js_body *body_of(fl__task *task) { return (js_body *)fl__frame_of(task); }
static bool is_task(const js_body *body) { return body->kind == TASK || body->kind == EAGER_TASK; }

static void leave_parent(child *child) {
  if (fl__linked(&child->link)) fl__unlink(&child->link);
}

static child *child_of(fl_link *link) { return fl__container_of(link, child, link); }

static js_body *scope_of(const child *child) {
  return fl__frame_of(child->task)->code == &js_body__code ? body_of(child->task) : NULL;
}

/* A request that is not its own, and so not counted there. */
static void pass_on(fl__task *task, const char *message) {
  uint32_t counted = task->cancels;
  fl__future_cancel(&task->future, message);
  task->cancels = counted;
}

/* Whether there is anything to cancel. A child may go while its neighbour is being cancelled: no list is walked. */
static bool cancel_children(js_body *body, const char *message) {
  fl_link all;
  fl__list_init(&all);
  fl__splice_back(&all, &body->children);
  bool any = false;
  for (fl_link *link; (link = fl__pop_front(&all)); any = true) {
    fl__push_back(&body->children, link);
    pass_on(child_of(link)->task, message);
  }
  return any;
}

/* With the scopes that are open in it, which count their own deadlines and failures. */
static uint32_t cancelling_in(js_body *body) {
  uint32_t count = body->coro.task->cancels;
  for (fl_link *link = body->children.next; link != &body->children; link = link->next)
    if (scope_of(child_of(link))) count += cancelling_in(scope_of(child_of(link)));
  return count;
}

/* False: there is none. */
static bool take_request_back(js_body *body) {
  if (body->coro.task->cancels) {
    body->coro.task->cancels--;
    return true;
  }
  for (fl_link *link = body->children.next; link != &body->children; link = link->next)
    if (scope_of(child_of(link)) && take_request_back(scope_of(child_of(link)))) return true;
  return false;
}

/* All requests are taken back: what has not been told of one yet will not be. */
static void forget_request(js_body *body) {
  body->coro.task->must_cancel = false;
  for (fl_link *link = body->children.next; link != &body->children; link = link->next) {
    child *each = child_of(link);
    if (each->aborted) continue;
    each->task->must_cancel = false;
    if (scope_of(each)) forget_request(scope_of(each));
  }
}

/* The function runs, or awaits something that isn't ours. */
static bool cancel_javascript(fl__task *task, const char *message) {
  js_body *body = task->on;
  bool delivered = cancel_children(body, message);
  fl__host_on_cancel(body->id, delivered);
  return delivered;
}

/* It has ended. Asked to be cancelled in its last step, a task is cancelled; a scope is at its next await, which is
 * that of a group for its tasks, or else its parent's. */
static int javascript_resumed(fl__task *task, int cancelled) {
  js_body *body = task->on;
  if (body->error) fl__await_failed(task, body->error, body->message);
  if (is_task(body)) return body->error ? body->error : cancelled;
  task->must_cancel = cancelled;
  return body->error;
}

static void each_child(fl__task *task, void (*each)(fl__future *future, void *arg), void *arg) {
  js_body *body = task->on;
  for (fl_link *link = body->children.next; link != &body->children; link = link->next)
    each(&fl__container_of(link, child, link)->task->future, arg);
}

static fl_awaitable javascript(js_body *body) {
  static const fl__wait_kind kind = {"JavaScript", fl__begin_park, javascript_resumed, cancel_javascript, each_child};
  return (fl_awaitable){.kind = &kind, .on = body};
}

/* It may end before the scope does. */
static void enter_parent(fl__task *scope, fl__task *parent) {
  scope->scope_of = parent;
  if (parent) fl__pin(&parent->future);
}

/* A cancellation of the task that has not been delivered in the scope is delivered after it. */
static void hand_on(fl__task *scope) {
  fl__task *parent = scope->scope_of;
  if (!parent) return;
  if (scope->must_cancel && fl__cancelling(scope) && parent->future.state == FL__PENDING) {
    free(parent->future.value);
    parent->future.value = scope->future.value;
    scope->future.value = NULL;
    parent->must_cancel = true;
    parent->cancels += scope->cancels;
  }
  scope->must_cancel = false;
  scope->cancels = 0;
  scope->scope_of = NULL;
  fl__unpin(&parent->future);
}

fl_async_body(js_body) {
  fl_begin;
  if (self->kind == TIMEOUT) fl_timeout_after(self, &self->timeout, delay_us(self->seconds));
  if (self->kind == GROUP) fl_group_enter(self, &self->group);
  if (self->kind == TASK) fl_await(fl_sleep(0)); /* from here on it can be cancelled, and will still tell its end */
  if (is_task(self)) {
    fl__host_on_begin(self->id, self->coro.task);
    fl__loop_give_way(loop, FL__BEFORE_NEXT_CALLBACK);
  }
  fl_await(javascript(self));
  fl_finally;
  while (!fl__list_empty(&self->children)) fl__pop_front(&self->children);
  leave_parent(&self->as_child);
  if (!is_task(self)) hand_on(self->coro.task);
  fl__host_on_body_end(self->id, self->coro.pending, self->coro.pending_message);
  fl__loop_give_way(loop, is_task(self) ? FL__BEFORE_NEXT_TURN : FL__BEFORE_NEXT_CALLBACK);
  fl_end;
}

/* The task that was made to be started later takes its first step at once, as if it were part of who makes it. Nobody
 * holds it: it goes when it has ended. What JavaScript doesn't retrieve, JavaScript reports. */
static void begin_now(fl__task *task) {
  task->future.waived = true;
  fl_release(fl__handle_of(&task->future));
  fl_handle_cancel(&task->wake.handle); /* a group that is being left has started it already */
  task->started = true;
  fl__take_step(task);
}

static void adopt(fl__task *parent, child *child, fl__task *task) {
  child->task = task;
  if (parent) fl__push_back(&body_of(parent)->children, &child->link);
}

/* A cancellation that its body was asked for, and that found nothing to cancel, finds it here. */
static void deliver(fl__task *parent, fl__task *task) {
  if (!parent || !parent->must_cancel) return;
  parent->must_cancel = false;
  pass_on(task, parent->future.value);
}

static const fl_task_options later = {.later = true};

static fl__task *begin_body(js_body *frame, fl__task *in_group) {
  fl_task made = in_group ? fl__group_create_task(&body_of(in_group)->group, &later, &frame->coro)
                          : fl__create_task(loop, &later, &frame->coro);
  if (!made.at) return NULL;
  fl__task *task = (fl__task *)made.at;
  js_body *body = body_of(task);
  fl__list_init(&body->children);
  if (!is_task(body)) {
    adopt(body->parent, &body->as_child, task);
    enter_parent(task, body->parent);
  }
  begin_now(task);
  if (!is_task(body)) deliver(body->parent, task);
  return task;
}

/* NULL: the group takes no more, or there is no memory. */
EMSCRIPTEN_KEEPALIVE fl__task *fl__js_task(uint32_t id, bool eager, fl__task *group) {
  return begin_body(&fl_generator(js_body, .id = id, .kind = eager ? EAGER_TASK : TASK), group);
}

/* JavaScript calls its function itself. `parent`: the body that it is within; NULL: none. */
EMSCRIPTEN_KEEPALIVE fl__task *fl__js_timeout(uint32_t id, fl__task *parent, double seconds) {
  return begin_body(&fl_generator(js_body, .id = id, .kind = TIMEOUT, .parent = parent, .seconds = seconds), NULL);
}
EMSCRIPTEN_KEEPALIVE fl__task *fl__js_group(uint32_t id, fl__task *parent) {
  return begin_body(&fl_generator(js_body, .id = id, .kind = GROUP, .parent = parent), NULL);
}

/* The function has ended, with 0 or an error; `message`, borrowed for the call, may be NULL. Its body takes its step at
 * once. */
EMSCRIPTEN_KEEPALIVE void fl__js_body_end(fl__task *task, int error, const char *message) {
  body_of(task)->error = error;
  body_of(task)->message = message;
  task->waits = FL__WOKEN;
  fl__take_step(task);
}

EMSCRIPTEN_KEEPALIVE int fl__js_reschedule(fl__task *task, double when_s) {
  return fl_timeout_reschedule(&body_of(task)->timeout, fl_seconds(when_s));
}
EMSCRIPTEN_KEEPALIVE double fl__js_timeout_when(fl__task *task) {
  int64_t when_us = fl_timeout_when(&body_of(task)->timeout);
  return when_us == FL_NEVER ? HUGE_VAL : (double)when_us / 1e6;
}
EMSCRIPTEN_KEEPALIVE bool fl__js_timeout_expired(fl__task *task) { return fl_timeout_expired(&body_of(task)->timeout); }

/* The number of the group's member that failed; 0 past the last. While the group's end is being told. */
EMSCRIPTEN_KEEPALIVE uint32_t fl__js_group_failed(fl__task *group, size_t index) {
  fl_task failed = fl_group_failed(&body_of(group)->group, index);
  return failed.at ? body_of((fl__task *)failed.at)->id : 0;
}

/* Of a task, as asyncio counts: its scopes' requests are its own. */
EMSCRIPTEN_KEEPALIVE int fl__js_cancelling(fl__task *task) { return (int)cancelling_in(body_of(task)); }
EMSCRIPTEN_KEEPALIVE int fl__js_uncancel(fl__task *task) {
  js_body *body = body_of(task);
  if (take_request_back(body) && !cancelling_in(body)) forget_request(body);
  return (int)cancelling_in(body);
}
EMSCRIPTEN_KEEPALIVE bool fl__js_must_cancel(fl__task *task) { return task->must_cancel; }

/* ---- Futures */

EMSCRIPTEN_KEEPALIVE fl__future *fl__js_future(void) { return fl_future_new(loop).at; }

/* JavaScript has what became of it, and lets it go: fl__js_release(). `message` is of a cancellation, or NULL. */
EMSCRIPTEN_KEEPALIVE void fl__js_complete(fl__future *future, int error, const char *message) {
  future->waived = true;
  fl__complete(future, error == FL_ECANCELLED ? FL__CANCELLED : FL__FINISHED, error, fl__copy(message));
}

/* An await's cancellation, or that of a gather, may have cancelled one. */
EMSCRIPTEN_KEEPALIVE bool fl__js_is_cancelled(const fl__future *future) { return future->state == FL__CANCELLED; }
EMSCRIPTEN_KEEPALIVE const char *fl__js_cancel_message(const fl__future *future) { return future->value; }

EMSCRIPTEN_KEEPALIVE void fl__js_release(fl__future *future) { fl_release(fl__handle_of(future)); }

/* Of a task, a scope or an await; `message` may be NULL. */
EMSCRIPTEN_KEEPALIVE void fl__js_cancel_task(fl__future *task, const char *message) {
  fl__future_cancel(task, message);
}

/* ---- Awaits */

fl_frame(js_wait, uint32_t id; child as_child; fl_awaitable awaitable; fl_future * futures; void *item; size_t number);

/* What it is awaited for: an item's number, a barrier's index, how many are done. */
static double value_of(const js_wait *wait) { return wait->item ? number_of(wait->item) : (double)wait->number; }

fl_async_body(js_wait) {
  fl_begin;
  fl_await(self->awaitable);
  fl_finally;
  leave_parent(&self->as_child);
  free(self->futures);
  fl__host_on_wait(self->id, self->coro.pending, self->coro.pending_message, value_of(self));
  fl__loop_give_way(loop, FL__BEFORE_NEXT_CALLBACK);
  fl_end;
}

static fl__task *make_wait(uint32_t id) {
  fl_task made = fl__create_task(loop, &later, &fl_generator(js_wait, .id = id).coro);
  if (!made.at) fl__host_on_wait(id, FL_ENOMEM, NULL, 0);
  return (fl__task *)made.at;
}

static js_wait *wait_of(fl__task *task) { return (js_wait *)fl__frame_of(task); }

/* An await or a scope, by a signal that it was given: that is no request to its task. */
EMSCRIPTEN_KEEPALIVE void fl__js_abort(fl__task *task) {
  bool is_scope = fl__frame_of(task)->code == &js_body__code;
  *(is_scope ? &body_of(task)->as_child.aborted : &wait_of(task)->as_child.aborted) = true;
  pass_on(task, NULL);
}

/* NULL: it was over at once, and its end has been told. */
static fl__task *begin_wait(fl__task *task, fl__task *parent, fl_awaitable awaitable) {
  fl_future handle = fl__handle_of(&task->future);
  int gone;
  wait_of(task)->awaitable = awaitable;
  adopt(parent, &wait_of(task)->as_child, task);
  begin_now(task);
  if (!fl__future_of(handle, &gone)) return NULL;
  deliver(parent, task);
  return task;
}

/* begin(id, parent, …) for each kind of await: `parent` is the body that awaits, or NULL. */
#define AWAIT(name, awaitable, ...)                                                          \
  EMSCRIPTEN_KEEPALIVE fl__task *fl__js_##name(uint32_t id, fl__task *parent, __VA_ARGS__) { \
    fl__task *task = make_wait(id);                                                          \
    return task ? begin_wait(task, parent, (awaitable)) : NULL;                              \
  }

AWAIT(sleep, fl_sleep(delay_us(seconds)), double seconds)
AWAIT(await_future, fl__await_future(handle_at(future)), fl__future *future)
AWAIT(shield, fl_shield(handle_at(future)), fl__future *future)
AWAIT(lock_acquire, fl_lock_acquire(lock), fl_lock *lock)
AWAIT(event_wait, fl_event_wait(event), fl_event *event)
AWAIT(condition_wait, fl_condition_wait(condition), fl_condition *condition)
AWAIT(semaphore_acquire, fl_semaphore_acquire(semaphore), fl_semaphore *semaphore)
AWAIT(barrier_wait, fl_barrier_wait(barrier, &wait_of(task)->number), fl_barrier *barrier)
AWAIT(barrier_reset, fl_barrier_reset(barrier), fl_barrier *barrier)
AWAIT(barrier_abort, fl_barrier_abort(barrier), fl_barrier *barrier)
AWAIT(queue_put, fl_queue_put(queue, arg_of(item)), fl_queue *queue, uint32_t item)
AWAIT(queue_get, fl_queue_get(queue, &wait_of(task)->item), fl_queue *queue)
AWAIT(queue_join, fl_queue_join(queue), fl_queue *queue)

/* `futures` is malloc()'s, `count` addresses, and freed here. */
static fl_future *handles_at(fl__future **futures, size_t count) {
  fl_future *handles = malloc((count + 1) * sizeof *handles);
  for (size_t i = 0; handles && i < count; i++) handles[i] = handle_at(futures[i]);
  free(futures);
  return handles;
}

EMSCRIPTEN_KEEPALIVE fl__future **fl__js_futures(size_t count) { return malloc((count + 1) * sizeof(fl__future *)); }

EMSCRIPTEN_KEEPALIVE fl__task *fl__js_gather(uint32_t id, fl__task *parent, fl__future **futures, size_t count,
                                             bool return_exceptions) {
  fl__task *task = make_wait(id);
  if (!task) {
    free(futures);
    return NULL;
  }
  fl_future *handles = wait_of(task)->futures = handles_at(futures, count);
  fl_gather_options options = {.return_exceptions = return_exceptions};
  return begin_wait(task, parent, fl_gather(handles, handles ? count : 0, &options));
}

EMSCRIPTEN_KEEPALIVE fl__task *fl__js_wait(uint32_t id, fl__task *parent, fl__future **futures, size_t count,
                                           double timeout_s, int return_when) {
  fl__task *task = make_wait(id);
  if (!task) {
    free(futures);
    return NULL;
  }
  fl_future *handles = wait_of(task)->futures = handles_at(futures, count);
  return begin_wait(
      task, parent,
      fl_wait(&wait_of(task)->number, handles, handles ? count : 0, delay_us(timeout_s), (fl_return_when)return_when));
}
