/* The ends of several futures, for whoever awaits them together. */
#ifndef FL_WATCH_H
#define FL_WATCH_H

#include "task.h"

typedef struct fl__completion {
  fl_handle handle;
  fl_link link;       /* of as_completed, in its list of the finished */
  void *of;           /* the gather, wait or as_completed */
  fl__future *future; /* pinned; NULL: one that is watched already */
  bool started;       /* by gather() */
} fl__completion;

/* Whether they are there, and of this loop. Errors: FL_ERELEASED and the like, FL_EINVAL. */
int fl__check_futures(const fl_future *futures, size_t count, const fl_loop *loop);

/* Call callback(&each[i]) when futures[i] is done. A future that stands there twice is watched once: *watched is how
 * many are. Errors: those of fl__check_futures(). */
int fl__watch(fl__completion *each, size_t *watched, const fl_future *futures, size_t count, fl_callback *callback,
              void *of, const fl_loop *loop);
void fl__unwatch(fl__completion *each, size_t count);

/* For fl__wait_kind.awaited. */
void fl__each_watched(const fl__completion *of, size_t count, void (*each)(fl__future *, void *), void *arg);

#endif
