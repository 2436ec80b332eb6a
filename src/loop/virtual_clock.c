#include "../fetchloop.h"

static int64_t now_us(void *self) { return ((fl_virtual_clock *)self)->now_us; }

static void wait_until(void *self, int64_t when_us) {
  fl_virtual_clock *clock = self;
  if (when_us > clock->now_us) clock->now_us = when_us;
}

void fl_virtual_clock_init(fl_virtual_clock *clock) {
  *clock = (fl_virtual_clock){.clock = {.self = clock, .now_us = now_us, .wait_until = wait_until}};
}
