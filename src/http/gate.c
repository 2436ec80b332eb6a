#include "gate.h"

#include "../loop/loop.h"

void fl__gate_init(fl__gate *gate, uint32_t limit, const fl__pace *pace) {
  *gate = (fl__gate){.pace = *pace, .limit = limit, .window = limit, .taken_us = FL_NAN, .quota_until_us = INT64_MIN};
}

void fl__gate_set_pace(fl__gate *gate, const fl__pace *pace) {
  gate->pace = *pace;
  if (gate->taken_us != FL_NAN) fl__pace_take(&gate->pace, gate->taken_us);
}

static void renew_quota(fl__gate *gate, int64_t now_us) {
  if (gate->quota_until_us == INT64_MIN || now_us < gate->quota_until_us) return;
  bool goes_on = gate->quota_limit > 0 && gate->quota_window_us > 0;
  gate->quota = gate->quota_limit;
  gate->quota_until_us = goes_on ? fl__later(now_us, gate->quota_window_us) : INT64_MIN;
}

int64_t fl__gate_opens_us(fl__gate *gate, int64_t now_us) {
  int64_t opens_us = fl__pace_next_us(&gate->pace, now_us);
  if (gate->parked_until_us > opens_us) opens_us = gate->parked_until_us;
  renew_quota(gate, now_us);
  if (gate->quota_until_us != INT64_MIN && gate->quota <= 0 && gate->quota_until_us > opens_us)
    opens_us = gate->quota_until_us;
  return opens_us;
}

void fl__gate_take(fl__gate *gate, int64_t now_us) {
  fl__pace_take(&gate->pace, now_us);
  gate->taken_us = now_us;
  if (gate->quota_until_us != INT64_MIN) gate->quota--;
}

void fl__gate_park(fl__gate *gate, int64_t until_us, bool shut) {
  if (until_us > gate->parked_until_us) gate->parked_until_us = until_us;
  if (shut) gate->shut = true;
}

bool fl__gate_is_shut(fl__gate *gate, int64_t now_us) {
  if (gate->shut && now_us >= gate->parked_until_us) gate->shut = false;
  return gate->shut;
}

/* Once for each parking: what was in flight then is answered 429, too. */
void fl__gate_too_many(fl__gate *gate, int64_t now_us) {
  gate->successes = 0;
  if (now_us < gate->parked_until_us || gate->window == 1) return;
  gate->window /= 2;
}

void fl__gate_success(fl__gate *gate) {
  if (gate->window >= gate->limit || ++gate->successes < gate->window) return;
  gate->window++;
  gate->successes = 0;
}

void fl__gate_set_quota(fl__gate *gate, const fl__quota *quota, uint32_t in_flight, int64_t now_us) {
  if (quota->remaining < 0 || quota->reset_us < 0) return;
  gate->quota = quota->remaining - (int64_t)in_flight;
  gate->quota_until_us = fl__later(now_us, quota->reset_us);
  gate->quota_limit = quota->limit;
  gate->quota_window_us = quota->window_us;
}

bool fl__gate_is_idle(const fl__gate *gate, int64_t now_us) {
  return gate->parked_until_us <= now_us && gate->quota_until_us <= now_us &&
         fl__pace_next_us(&gate->pace, now_us) <= now_us;
}
