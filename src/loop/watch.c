#include "watch.h"

int fl__check_futures(const fl_future *futures, size_t count, const fl_loop *loop) {
  int error;
  for (size_t i = 0; i < count; i++) {
    if (!fl__future_of(futures[i], &error)) return error;
    if (futures[i].at->loop != loop) return FL_EINVAL;
  }
  return FL_OK;
}

int fl__watch(fl__completion *each, size_t *watched, const fl_future *futures, size_t count, fl_callback *callback,
              void *of, const fl_loop *loop) {
  int error = fl__check_futures(futures, count, loop);
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

void fl__unwatch(fl__completion *each, size_t count) {
  for (size_t i = 0; i < count; i++) {
    if (!each[i].future) continue;
    fl_handle_cancel(&each[i].handle);
    fl__unpin(each[i].future);
    each[i].future = NULL;
  }
}

void fl__each_watched(const fl__completion *of, size_t count, void (*each)(fl__future *, void *), void *arg) {
  for (size_t i = 0; i < count; i++)
    if (of[i].future) each(of[i].future, arg);
}
