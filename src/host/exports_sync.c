/* asyncio's locks and queues for JavaScript: structs that it owns, and frees when nobody waits any more. To wait for
 * one is an await: exports_loop.c. */
#include "../fetchloop.h"

#include <emscripten.h>
#include <stdlib.h>
#include <string.h>

extern int fl__host_compare(uint32_t a, uint32_t b);

static uint32_t number_of(const void *item) { return (uint32_t)(uintptr_t)item; }

static void *on_heap(const void *value, size_t bytes) {
  void *made = malloc(bytes);
  return made ? memcpy(made, value, bytes) : NULL;
}

EMSCRIPTEN_KEEPALIVE void fl__js_free(void *made) { free(made); }
EMSCRIPTEN_KEEPALIVE fl_lock *fl__js_lock(void) { return on_heap(&(fl_lock){0}, sizeof(fl_lock)); }
EMSCRIPTEN_KEEPALIVE int fl__js_lock_release(fl_lock *lock) { return fl_lock_release(lock); }
EMSCRIPTEN_KEEPALIVE bool fl__js_lock_locked(const fl_lock *lock) { return fl_lock_locked(lock); }

EMSCRIPTEN_KEEPALIVE fl_event *fl__js_event(void) { return on_heap(&(fl_event){0}, sizeof(fl_event)); }
EMSCRIPTEN_KEEPALIVE void fl__js_event_set(fl_event *event) { fl_event_set(event); }
EMSCRIPTEN_KEEPALIVE void fl__js_event_clear(fl_event *event) { fl_event_clear(event); }
EMSCRIPTEN_KEEPALIVE bool fl__js_event_is_set(const fl_event *event) { return fl_event_is_set(event); }

EMSCRIPTEN_KEEPALIVE fl_condition *fl__js_condition(fl_lock *lock) {
  return on_heap(&(fl_condition){.lock = lock}, sizeof(fl_condition));
}
EMSCRIPTEN_KEEPALIVE int fl__js_condition_notify(fl_condition *condition, double count) {
  return fl_condition_notify(condition, count < SIZE_MAX ? (size_t)count : SIZE_MAX);
}

EMSCRIPTEN_KEEPALIVE fl_semaphore *fl__js_semaphore(size_t value, bool bounded) {
  return on_heap(&(fl_semaphore){.value = value, .bound = bounded ? value : SIZE_MAX}, sizeof(fl_semaphore));
}
EMSCRIPTEN_KEEPALIVE int fl__js_semaphore_release(fl_semaphore *semaphore) { return fl_semaphore_release(semaphore); }
EMSCRIPTEN_KEEPALIVE bool fl__js_semaphore_locked(const fl_semaphore *semaphore) {
  return fl_semaphore_locked(semaphore);
}

EMSCRIPTEN_KEEPALIVE fl_barrier *fl__js_barrier(size_t parties) {
  return on_heap(&(fl_barrier)FL_BARRIER(parties), sizeof(fl_barrier));
}
EMSCRIPTEN_KEEPALIVE size_t fl__js_barrier_waiting(const fl_barrier *barrier) { return fl_barrier_waiting(barrier); }
EMSCRIPTEN_KEEPALIVE bool fl__js_barrier_broken(const fl_barrier *barrier) { return fl_barrier_broken(barrier); }

/* Items are JavaScript's numbers. */
static int compare(const void *a, const void *b) { return fl__host_compare(number_of(a), number_of(b)); }

EMSCRIPTEN_KEEPALIVE fl_queue *fl__js_queue(int order, size_t size_max) {
  fl_queue *queue = malloc(sizeof *queue);
  if (queue) fl_queue_init(queue, (fl_queue_order)order, size_max, order == FL_PRIORITY ? compare : NULL);
  return queue;
}
EMSCRIPTEN_KEEPALIVE void fl__js_queue_free(fl_queue *queue) {
  fl_queue_free(queue);
  free(queue);
}
EMSCRIPTEN_KEEPALIVE int fl__js_queue_put_nowait(fl_queue *queue, uint32_t item) {
  return fl_queue_put_nowait(queue, (void *)(uintptr_t)item);
}
/* The item's number, which is more than 0, or an error. */
EMSCRIPTEN_KEEPALIVE double fl__js_queue_get_nowait(fl_queue *queue) {
  void *item;
  int error = fl_queue_get_nowait(queue, &item);
  return error ? error : (double)number_of(item);
}
EMSCRIPTEN_KEEPALIVE int fl__js_queue_task_done(fl_queue *queue) { return fl_queue_task_done(queue); }
EMSCRIPTEN_KEEPALIVE void fl__js_queue_shutdown(fl_queue *queue, bool immediate) {
  fl_queue_shutdown(queue, immediate);
}
/* The numbers of what is in it, in no order: `index` below its size. */
EMSCRIPTEN_KEEPALIVE uint32_t fl__js_queue_item(const fl_queue *queue, size_t index) {
  return number_of(queue->items[(queue->first + index) & (queue->capacity - 1)]);
}
EMSCRIPTEN_KEEPALIVE size_t fl__js_queue_size(const fl_queue *queue) { return fl_queue_size(queue); }
EMSCRIPTEN_KEEPALIVE bool fl__js_queue_full(const fl_queue *queue) { return fl_queue_full(queue); }
