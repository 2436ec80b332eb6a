/* The vocabulary of the programs: X(name, arguments). An argument is i: a number, l: a list, b: a block. Python reads
 * this file too, so each X stands on a line of its own. */
#ifndef DIFFERENTIAL_OPS_H
#define DIFFERENTIAL_OPS_H

/* These await, or belong to a coroutine.
 * Slots 0 to 7 hold tasks, 8 to 11 futures; slot 0 is the main task. Times are milliseconds, -1 is none. */
// clang-format off
#define ASYNC_OPS(X) \
  X(sleep, "i") /* delay */ \
  X(call, "b") \
  X(await, "i") /* slot */ \
  X(shield, "i") /* slot */ \
  X(gather, "il") /* return_exceptions, slots */ \
  X(wait, "iil") /* return_when, timeout, slots */ \
  X(as_completed, "il") /* timeout, slots */ \
  X(wait_for, "ib") /* delay */ \
  X(wait_for_slot, "ii") /* delay, slot */ \
  X(wait_for_thing, "iii") /* delay, which kind of thing, which one */ \
  X(timeout, "iiib") /* number, delay, how often it is entered */ \
  X(group, "iib") /* number, how often it is entered */ \
  X(raise, "i") /* error; odd: with a message */ \
  X(try, "ibb") /* 1: a cancellation passes, 2: raise it again after the second block */ \
  X(finally, "bb") \
  X(lock, "ib") \
  X(acquire, "i") \
  X(event_wait, "i") \
  X(condition, "ib") \
  X(condition_wait, "i") \
  X(condition_wait_for, "ii") /* number, the count that it waits for */ \
  X(semaphore, "ib") \
  X(semaphore_acquire, "i") \
  X(barrier, "i") \
  X(barrier_reset, "i") \
  X(barrier_abort, "i") \
  X(put, "ii") /* queue, item */ \
  X(get, "i") \
  X(join, "i")

/* These don't, and stand in callbacks too. */
#define SYNC_OPS(X) \
  X(spawn, "iib") /* slot, -1: none is kept; eager */ \
  X(group_spawn, "iib") /* group, eager */ \
  X(cancel, "ii") /* slot, message */ \
  X(cancel_self, "i") /* message */ \
  X(uncancel, "i") /* slot */ \
  X(uncancel_self, "") \
  X(cancelling, "i") /* slot */ \
  X(result, "i") /* what the task will return */ \
  X(reschedule, "ii") /* timeout, delay */ \
  X(release, "i") \
  X(event_set, "i") \
  X(event_clear, "i") \
  X(notify, "ii") /* condition, how many */ \
  X(notify_all, "i") \
  X(count, "i") /* the condition's count goes up */ \
  X(semaphore_release, "i") \
  X(put_nowait, "ii") \
  X(get_nowait, "i") \
  X(task_done, "i") \
  X(shutdown, "ii") /* queue, immediate */ \
  X(call_soon, "ib") /* handle */ \
  X(call_later, "iib") /* handle, delay */ \
  X(call_at, "iib") /* handle, time */ \
  X(handle_cancel, "i") \
  X(callback, "ib") /* slot */ \
  X(future, "i") /* slot: a new one, if the last is done */ \
  X(set_result, "ii") /* slot, value */ \
  X(set_error, "ii") /* slot, error */
// clang-format on

#define OPS(X) ASYNC_OPS(X) SYNC_OPS(X)

#endif
