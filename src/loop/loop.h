/* What the floors above may ask of the loop besides fetchloop.h. */
#ifndef FL_LOOP_H
#define FL_LOOP_H

#include "../fetchloop.h"

/* The clock itself, not the turn's time: for measuring what happened, never for deciding what is due. */
int64_t fl__loop_clock_us(const fl_loop *loop);

#endif
