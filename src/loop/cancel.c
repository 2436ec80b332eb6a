/* Cancelling a future, and a task with all that it awaits: asyncio's Future.cancel() and Task.cancel(). */
#include "task.h"

enum { CANCEL_LEVELS = 32 };

static bool cancel_task(fl__task *task, const char *message);

bool fl__future_cancel(fl__future *future, const char *message) {
  future->unread = false; /* as asyncio has it: who cancels knows of it */
  if (future->state != FL__PENDING) return false;
  if (future->is_task) return cancel_task((fl__task *)future, message);
  fl__complete(future, FL__CANCELLED, FL_ECANCELLED, fl__copy(message));
  return true;
}

int fl_cancel(fl_future handle, const char *message) {
  int error;
  fl__future *future = fl__future_of(handle, &error);
  if (!future) return error;
  return fl__future_cancel(future, message) ? FL_OK : FL_EDONE;
}

static void keep_message(fl__task *task, const char *message) {
  char *copy = fl__copy(message); /* it may be the one that is there */
  free(task->future.value);
  task->future.value = copy;
}

/* Let it wait no longer. */
static bool call_off(fl__task *task, const char *message) {
  if (task->waits != FL__WAITING) return false;
  keep_message(task, message);
  task->waits = FL__CALLED_OFF;
  fl_timer_cancel(&task->wake);
  fl__schedule(task);
  return true;
}

/* Cancel what it awaits. Returns false when there is nothing to be cancelled, for it is about to go on. */
static bool cancel_wait(fl__task *task, const char *message) {
  if (!task->kind) return false;
  if (!task->kind->cancel) return call_off(task, message);
  bool was_cancelling = task->cancelling;
  task->cancelling = true;
  bool delivered = task->kind->cancel(task, message);
  task->cancelling = was_cancelling;
  return delivered;
}

static bool is_called_off(const fl__task *task) {
  return task->kind && !task->kind->cancel && task->waits == FL__CALLED_OFF;
}

static fl__task *awaited_task(const fl__task *task) {
  fl__future *awaited = fl__awaited(task);
  return awaited && awaited->is_task && awaited->state == FL__PENDING ? (fl__task *)awaited : NULL;
}

/* The last in the chain of those who await each other, from `first` on. When the chain is a circle, which is a
 * deadlock, it is the one that awaits one before it, or one whose cancellation has led here. */
static fl__task *last_in_chain(fl__task *first, bool *is_circle) {
  fl__task *last = first, *next;
  for (; (next = awaited_task(last)) && !next->passed && !next->cancelling; last = next) last->passed = true;
  for (fl__task *each = first; each != last; each = awaited_task(each)) each->passed = false;
  *is_circle = next;
  return last;
}

static void cancel_next_step(fl__task *task, const char *message) {
  if (!is_called_off(task)) keep_message(task, message); /* it gets the message of the first */
  task->must_cancel = true;
  fl__task_start(task);
}

static void cancel_last(fl__task *task, const char *message) {
  if (!cancel_wait(task, message)) cancel_next_step(task, message);
}

/* A gather passes it on to its children, they to theirs, and so on: below some levels that is put off until those above
 * are through, for a stack has an end. Until all are, none of them is gone through again: see last_in_chain(). */
static void cancel_within(fl__task *task, const char *message) {
  fl_loop *loop = task->future.loop;
  bool passes_it_on = task->kind && task->kind->cancel; /* and stands in no list */
  if (loop->cancel_level == CANCEL_LEVELS && passes_it_on) {
    if (!fl__linked(&task->waiter)) fl__push_back(&loop->to_cancel, &task->waiter);
    return;
  }
  loop->cancel_level++;
  cancel_last(task, message);
  if (loop->cancel_level == 1) {
    fl_link put_off;
    fl__list_init(&put_off);
    for (fl_link *link; (link = fl__pop_front(&loop->to_cancel));) {
      fl__push_back(&put_off, link);
      fl__waiter_of(link)->cancelling = true;
      cancel_last(fl__waiter_of(link), message);
    }
    for (fl_link *link; (link = fl__pop_front(&put_off));) fl__waiter_of(link)->cancelling = false;
  }
  loop->cancel_level--;
}

/* asyncio: Task.cancel(). A task passes it on to the task that it awaits, and so on: in a loop, for such a chain may be
 * long. A circle, where asyncio has a RecursionError, is broken at its end. */
static bool cancel_task(fl__task *task, const char *message) {
  bool is_circle;
  fl__task *last = last_in_chain(task, &is_circle);
  for (; task != last; task = awaited_task(task)) {
    task->cancels++;
    task->future.unread = false;
  }
  last->cancels++;
  last->future.unread = false;
  if (!is_circle)
    cancel_within(last, message);
  else if (!call_off(last, message))
    cancel_next_step(last, message);
  return true;
}

void fl__cancel_if_asked(fl__task *task) {
  if (task->must_cancel && cancel_wait(task, task->future.value)) task->must_cancel = false;
}
