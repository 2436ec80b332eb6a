/* asyncio's shield(). */
#include "task.h"

static void on_shielded_done(void *arg) { fl__wake(arg); }

static bool begin_shield(fl__task *task, const fl_awaitable *awaitable) {
  int error;
  fl__future *future = fl__future_of((fl_future){awaitable->on, (uint32_t)awaitable->number}, &error);
  bool refused = !future || future == &task->future || future->loop != task->future.loop;
  if (refused || future->state != FL__PENDING) { /* nothing to shield it from */
    fl_awaitable itself = fl__await_future((fl_future){awaitable->on, (uint32_t)awaitable->number});
    return itself.kind->begin(task, &itself);
  }
  fl__future_start(future);
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
