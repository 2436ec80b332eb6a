/* Two producers and three consumers around a queue that has room for two: put() waits while it is full, get() while it
 * is empty, join() until every item was worked on, and after shutdown() the consumers go home.
 *
 *   queue = asyncio.Queue(maxsize=2)
 *   async with asyncio.TaskGroup() as consumers:
 *       for i in range(3): consumers.create_task(consumer(queue, i))
 *       async with asyncio.TaskGroup() as producers:
 *           for i in range(2): producers.create_task(producer(queue, i))
 *       await queue.join()
 *       queue.shutdown()
 *
 * make examples && build/examples/producer_consumer             natively
 * make examples && node examples/run.mjs producer_consumer      as WebAssembly */
#include <fetchloop.h>
#include <stdio.h>
#include <stdlib.h>

enum { PRODUCERS = 2, CONSUMERS = 3, ITEMS = 3, ROOM = 2 };

typedef struct item {
  int producer, number;
} item;

fl_async(producer, fl_queue *queue; int id; int number; item * item) {
  fl_begin;
  for (self->number = 1; self->number <= ITEMS; self->number++) {
    self->item = malloc(sizeof *self->item);
    if (!self->item) fl_raise(FL_ENOMEM, NULL);
    *self->item = (item){self->id, self->number};
    fl_await(fl_queue_put(self->queue, self->item));
    self->item = NULL; /* it is the queue's now */
    printf("producer %d has put item %d\n", self->id, self->number);
  }
  fl_finally;
  free(self->item);
  fl_end;
}

fl_async(consumer, fl_queue *queue; int id; int error; void *got) {
  fl_begin;
  for (;;) {
    fl_try(self->error, fl_queue_get(self->queue, &self->got));
    if (self->error == FL_ESHUTDOWN) break;
    if (self->error) fl_reraise(self->error);
    fl_await(fl_sleep((30 + 70 * self->id) * FL_MS)); /* the work, each at its own pace */
    item *done = self->got;
    printf("consumer %d has done item %d of producer %d\n", self->id, done->number, done->producer);
    free(done);
    self->got = NULL;
    fl_queue_task_done(self->queue);
  }
  printf("consumer %d goes home\n", self->id);
  fl_finally;
  free(self->got);
  fl_end;
}

fl_async(work, fl_queue queue; fl_task_group consumers, producers; int error; void *left) {
  fl_begin;
  fl_queue_init(&self->queue, FL_FIFO, ROOM, NULL);
  fl_group_enter(self, &self->consumers);
  for (int i = 1; i <= CONSUMERS; i++) {
    self->error = fl_release(fl_group_create_task(&self->consumers, consumer, &self->queue, i)); /* the group has it */
    if (self->error) fl_raise(self->error, NULL);
  }
  fl_group_enter(self, &self->producers);
  for (int i = 1; i <= PRODUCERS; i++) {
    self->error = fl_release(fl_group_create_task(&self->producers, producer, &self->queue, i));
    if (self->error) fl_raise(self->error, NULL);
  }
  fl_await(fl_leave(&self->producers));
  puts("all has been put");
  fl_await(fl_queue_join(&self->queue));
  puts("all has been done");
  fl_queue_shutdown(&self->queue, false);
  fl_await(fl_leave(&self->consumers));
  fl_finally;
  while (fl_queue_get_nowait(&self->queue, &self->left) == FL_OK) free(self->left);
  fl_queue_free(&self->queue);
  fl_end;
}

int main(void) { return fl_run(work); }
