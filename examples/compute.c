/* The first program of asyncio's documentation, line by line:
 *
 *   async def compute(x, y):
 *       print("Compute %s + %s ..." % (x, y))
 *       await asyncio.sleep(1.0)
 *       return x + y
 *
 *   async def print_sum(x, y):
 *       result = await compute(x, y)
 *       print("%s + %s = %s" % (x, y, result))
 *
 *   asyncio.run(print_sum(1, 2))
 *
 * make examples && build/examples/compute             natively
 * make examples && node examples/run.mjs compute      as WebAssembly */
#include <fetchloop.h>
#include <stdio.h>

fl_async(compute, int x, y; int result) {
  fl_begin;
  printf("Compute %d + %d ...\n", self->x, self->y);
  fl_await(fl_sleep(FL_SECOND));
  fl_return(self->x + self->y);
  fl_end;
}

fl_async(print_sum, int x, y; compute sum) {
  fl_begin;
  fl_await(fl_call(compute, &self->sum, self->x, self->y));
  printf("%d + %d = %d\n", self->x, self->y, self->sum.result);
  fl_end;
}

int main(void) { return fl_run(print_sum, 1, 2); }
