/* A host's gate: when, and for how many at once, it is open. What it is told decides: the rates, what the server said
 * (Retry-After, RateLimit), and how it took what was sent. */
#ifndef FL_GATE_H
#define FL_GATE_H

#include "pace.h"
#include "rate_limit.h"

typedef struct fl__gate {
  fl__pace pace;
  int64_t taken_us;        /* when the last one started; FL_NAN: none has */
  int64_t parked_until_us; /* the server asked not to be asked before; 0: it did not */
  bool shut;               /* for longer than it is waited for: what waits here fails */
  uint32_t limit, window;  /* in flight at once: as allowed, and as the server can take it */
  uint32_t successes;      /* since the window last grew */
  /* RateLimit: how many more may start before `quota_until_us`; then `quota_limit` more in each `quota_window_us`. */
  int64_t quota, quota_until_us, quota_limit, quota_window_us;
} fl__gate;

void fl__gate_init(fl__gate *gate, uint32_t limit, const fl__pace *pace);

/* At another pace from the last start on. */
void fl__gate_set_pace(fl__gate *gate, const fl__pace *pace);

/* When the next may start; not after `now_us` when it may now. */
int64_t fl__gate_opens_us(fl__gate *gate, int64_t now_us);
void fl__gate_take(fl__gate *gate, int64_t now_us);

static inline bool fl__gate_has_place(const fl__gate *gate, uint32_t in_flight) { return in_flight < gate->window; }

/* The server said Retry-After; `shut`: for too long to wait. */
void fl__gate_park(fl__gate *gate, int64_t until_us, bool shut);
bool fl__gate_is_shut(fl__gate *gate, int64_t now_us);

/* A 429 came, or what is none. The window halves, and grows by one for each window of successes: as TCP's does. */
void fl__gate_too_many(fl__gate *gate, int64_t now_us);
void fl__gate_success(fl__gate *gate);

/* RateLimit came. The server may have counted those that are in flight, or not: as if it had not. */
void fl__gate_set_quota(fl__gate *gate, const fl__quota *quota, uint32_t in_flight, int64_t now_us);

/* Whether it remembers nothing that it may not forget. */
bool fl__gate_is_idle(const fl__gate *gate, int64_t now_us);

#endif
