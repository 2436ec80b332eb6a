/* compute.c again, with the loop in its own hands and each of its eight steps told as it happens: its time, its number.
 *
 *   loop = asyncio.get_event_loop()
 *   loop.run_until_complete(print_sum(1, 2))
 *   loop.close()
 *
 * make examples && build/examples/print_sum             natively: the thread sleeps through step 5
 * make examples && node examples/run.mjs print_sum      as WebAssembly: Node waits, and could do other things */
#include <fetchloop.h>
#include <stdio.h>

static fl_loop *loop;
static int64_t began_us;

static void step(int number, const char *what) {
  printf("%.2f s  %d. %s\n", (double)(fl_loop_time(loop) - began_us) / FL_SECOND, number, what);
}

fl_async(compute, int x, y; int result) {
  fl_begin;
  printf("Compute %d + %d ...\n", self->x, self->y);
  step(5, "Wait 1 second: a timer is set, and the loop goes on");
  fl_await(fl_sleep(FL_SECOND));
  step(6, "Return 3: the timer has come");
  fl_return(self->x + self->y);
  fl_end;
}

fl_async(print_sum, int x, y; compute sum) {
  fl_begin;
  step(3, "Start print_sum(1, 2)");
  step(4, "Call compute(1, 2)");
  fl_await(fl_call(compute, &self->sum, self->x, self->y));
  step(7, "Print \"1 + 2 = 3\"");
  printf("%d + %d = %d\n", self->x, self->y, self->sum.result);
  fl_end;
}

static void close_loop(void *arg) {
  (void)arg;
  step(8, "Close loop");
  fl_loop_close(loop);
}

int main(void) {
  if (fl_loop_open(&loop, fl_host_clock(), 0)) return 1;
  began_us = fl_loop_time(loop);
  fl_task task = fl_create_task(loop, print_sum, 1, 2);
  step(1, "Put coroutine to event loop");
  step(2, "Run event loop");
  bool waits = fl_host_clock()->wait_until; /* else the next line returns at once, and the host turns the loop */
  int error = fl_loop_run_until_complete(loop, task, waits ? NULL : close_loop, NULL);
  if (waits) close_loop(NULL);
  return error ? 1 : 0;
}
