/* Queues: asyncio's queues.py. */
#include "task.h"

#include <stdlib.h>

int fl_queue_init(fl_queue *queue, fl_queue_order order, size_t size_max, int (*compare)(const void *, const void *)) {
  if ((order == FL_PRIORITY) != (compare != NULL) || (unsigned)order > FL_PRIORITY) return FL_EINVAL;
  *queue = (fl_queue){.order = order, .size_max = size_max, .compare = compare};
  fl__list_init(&queue->getters);
  fl__list_init(&queue->putters);
  fl__list_init(&queue->joiners);
  return FL_OK;
}

void fl_queue_free(fl_queue *queue) {
  free(queue->items);
  queue->items = NULL;
  queue->size = queue->capacity = 0;
}

size_t fl_queue_size(const fl_queue *queue) { return queue->size; }
bool fl_queue_empty(const fl_queue *queue) { return queue->size == 0; }
bool fl_queue_full(const fl_queue *queue) { return queue->size_max && queue->size >= queue->size_max; }

/* ---- The items: a ring, whose end is a stack's top; for FL_PRIORITY a binary heap, with `first` 0 */

static void **item_at(fl_queue *queue, size_t index) {
  return &queue->items[(queue->first + index) & (queue->capacity - 1)]; /* a power of two */
}

static bool grow(fl_queue *queue) {
  if (queue->size < queue->capacity) return true;
  size_t capacity = queue->capacity ? queue->capacity * 2 : 8;
  void **items = capacity > SIZE_MAX / sizeof *items ? NULL : malloc(capacity * sizeof *items);
  if (!items) return false;
  for (size_t i = 0; i < queue->size; i++) items[i] = *item_at(queue, i);
  free(queue->items);
  queue->items = items;
  queue->capacity = capacity;
  queue->first = 0;
  return true;
}

static bool is_before(fl_queue *queue, size_t a, size_t b) {
  return queue->compare(*item_at(queue, a), *item_at(queue, b)) < 0;
}

static void swap(fl_queue *queue, size_t a, size_t b) {
  void *item = *item_at(queue, a);
  *item_at(queue, a) = *item_at(queue, b);
  *item_at(queue, b) = item;
}

static void add(fl_queue *queue, void *item) {
  size_t at = queue->size++;
  *item_at(queue, at) = item;
  if (queue->order != FL_PRIORITY) return;
  for (; at > 0 && is_before(queue, at, (at - 1) / 2); at = (at - 1) / 2) swap(queue, at, (at - 1) / 2);
}

static void sift_down(fl_queue *queue) {
  for (size_t at = 0;;) {
    size_t first = at, left = 2 * at + 1, right = left + 1;
    if (left < queue->size && is_before(queue, left, first)) first = left;
    if (right < queue->size && is_before(queue, right, first)) first = right;
    if (first == at) return;
    swap(queue, at, first);
    at = first;
  }
}

static void *take(fl_queue *queue) {
  void *item = *item_at(queue, queue->order == FL_LIFO ? queue->size - 1 : 0);
  queue->size--;
  if (queue->order == FL_FIFO) queue->first = (queue->first + 1) & (queue->capacity - 1);
  if (queue->order == FL_PRIORITY) {
    swap(queue, 0, queue->size);
    sift_down(queue);
  }
  return item;
}

/* ---- Who waits. Woken, it is out of the list: what it was woken for may be gone when its step comes, and then it
 * queues up again, at the end, as in asyncio. */

static void wake_next(fl_link *list) {
  for (fl_link *link; (link = fl__pop_front(list));)
    if (fl__wake(fl__waiter_of(link))) return;
}

static void wake_all(fl_link *list) {
  while (!fl__list_empty(list)) wake_next(list);
}

static void leave_if_there(fl__task *task) {
  if (fl__linked(&task->waiter)) fl__unlink(&task->waiter);
}

/* ---- Put */

int fl_queue_put_nowait(fl_queue *queue, void *item) {
  if (queue->shut_down) return FL_ESHUTDOWN;
  if (fl_queue_full(queue)) return FL_EQUEUEFULL;
  if (!grow(queue)) return FL_ENOMEM;
  add(queue, item);
  queue->unfinished++;
  wake_next(&queue->getters);
  return FL_OK;
}

static bool begin_put(fl__task *task, const fl_awaitable *awaitable) {
  fl_queue *queue = awaitable->on;
  int error = fl_queue_put_nowait(queue, awaitable->out);
  if (error != FL_EQUEUEFULL) {
    fl__await_failed(task, error, NULL);
    return false;
  }
  task->out = awaitable->out;
  fl__park(task, awaitable->kind, queue, &queue->putters);
  return true;
}

static const fl__wait_kind put_kind;

static int put_resumed(fl__task *task, int cancelled) {
  fl_queue *queue = task->on;
  leave_if_there(task);
  if (cancelled) {
    if (!fl_queue_full(queue) && task->waits == FL__WOKEN) wake_next(&queue->putters);
    return cancelled;
  }
  int error = fl_queue_put_nowait(queue, task->out);
  if (error != FL_EQUEUEFULL) return error;
  fl__park(task, &put_kind, queue, &queue->putters);
  return FL__AGAIN;
}

static const fl__wait_kind put_kind = {.name = "queue put", .begin = begin_put, .resumed = put_resumed};

fl_awaitable fl_queue_put(fl_queue *queue, void *item) {
  return (fl_awaitable){.kind = &put_kind, .on = queue, .out = item};
}

/* ---- Get */

int fl_queue_get_nowait(fl_queue *queue, void **out) {
  if (fl_queue_empty(queue)) return queue->shut_down ? FL_ESHUTDOWN : FL_EQUEUEEMPTY;
  *out = take(queue);
  wake_next(&queue->putters);
  return FL_OK;
}

static bool begin_get(fl__task *task, const fl_awaitable *awaitable) {
  fl_queue *queue = awaitable->on;
  int error = fl_queue_get_nowait(queue, awaitable->out);
  if (error != FL_EQUEUEEMPTY) {
    fl__await_failed(task, error, NULL);
    return false;
  }
  task->out = awaitable->out;
  fl__park(task, awaitable->kind, queue, &queue->getters);
  return true;
}

static const fl__wait_kind get_kind;

static int get_resumed(fl__task *task, int cancelled) {
  fl_queue *queue = task->on;
  leave_if_there(task);
  if (cancelled) {
    if (!fl_queue_empty(queue) && task->waits == FL__WOKEN) wake_next(&queue->getters);
    return cancelled;
  }
  int error = fl_queue_get_nowait(queue, task->out);
  if (error != FL_EQUEUEEMPTY) return error;
  fl__park(task, &get_kind, queue, &queue->getters);
  return FL__AGAIN;
}

static const fl__wait_kind get_kind = {.name = "queue get", .begin = begin_get, .resumed = get_resumed};

fl_awaitable fl_queue_get(fl_queue *queue, void **out) {
  return (fl_awaitable){.kind = &get_kind, .on = queue, .out = out};
}

/* ---- Join and shutdown */

static void all_finished(fl_queue *queue) {
  for (fl_link *link = queue->joiners.next; link != &queue->joiners; link = link->next) fl__wake(fl__waiter_of(link));
}

int fl_queue_task_done(fl_queue *queue) {
  if (queue->unfinished == 0) return FL_ESTATE;
  if (--queue->unfinished == 0) all_finished(queue);
  return FL_OK;
}

static bool begin_join(fl__task *task, const fl_awaitable *awaitable) {
  return ((fl_queue *)awaitable->on)->unfinished > 0 && fl__begin_park(task, awaitable);
}

fl_awaitable fl_queue_join(fl_queue *queue) {
  static const fl__wait_kind kind = {.name = "queue join", .begin = begin_join, .resumed = fl__leave_list};
  return (fl_awaitable){.kind = &kind, .on = queue, .out = &queue->joiners};
}

void fl_queue_shutdown(fl_queue *queue, bool immediate) {
  queue->shut_down = true;
  while (immediate && !fl_queue_empty(queue)) {
    take(queue);
    fl_queue_task_done(queue);
  }
  wake_all(&queue->getters);
  wake_all(&queue->putters);
}
