/* The clock of the host that a wasm module runs in: its timers turn the loop. library.js is the JavaScript half. */
#include "../loop/task.h"

#include <emscripten.h>
#include <emscripten/console.h>

extern void fl__host_wake_at(fl_loop *loop, double delay_ms); /* negative: never */

static int64_t now_us(void *self) {
  (void)self;
  return (int64_t)(emscripten_get_now() * 1000);
}

static void wake_at(void *self, fl_loop *loop, int64_t when_us) {
  int64_t now = now_us(self);
  fl__host_wake_at(loop, when_us == FL_NEVER ? -1 : when_us <= now ? 0 : (double)(when_us - now) / 1000);
}

EMSCRIPTEN_KEEPALIVE bool fl__host_turn(fl_loop *loop) { return fl__loop_turns(loop); }

const fl_clock *fl_host_clock(void) {
  static const fl_clock clock = {.now_us = now_us, .wake_at = wake_at};
  return &clock;
}

void fl__host_report(const char *line) { emscripten_err(line); }
