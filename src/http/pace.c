#include "pace.h"

static const int64_t PER_MAX_US = INT64_C(1) << 50, BURST_BY_DEFAULT_US = 10 * FL_MS, SLACK_MAX_US = 5 * FL_MS;

static uint32_t default_burst(const fl_rate *rate) {
  int64_t burst = rate->requests * BURST_BY_DEFAULT_US / rate->per_us;
  return burst < 1 ? 1 : burst > UINT32_MAX ? UINT32_MAX : (uint32_t)burst;
}

int fl__pace_init(fl__pace *pace, const fl_rate *rate) {
  *pace = (fl__pace){0};
  if (!rate->requests) return FL_OK;
  if (rate->per_us <= 0 || rate->per_us > PER_MAX_US) return FL_EINVAL;
  uint32_t burst = rate->burst ? rate->burst : default_burst(rate);
  pace->requests = rate->requests;
  pace->interval_us = rate->per_us / rate->requests;
  pace->interval_rest = (uint32_t)(rate->per_us % rate->requests);
  bool endless = (double)burst * (double)rate->per_us / rate->requests > (double)PER_MAX_US;
  uint64_t more = burst - 1;
  pace->tolerance_us =
      endless ? PER_MAX_US
              : (int64_t)(more * (uint64_t)pace->interval_us + more * pace->interval_rest / rate->requests);
  pace->slack_us = pace->interval_us / 20 < SLACK_MAX_US ? pace->interval_us / 20 : SLACK_MAX_US;
  pace->next_us = INT64_MIN;
  return FL_OK;
}

int64_t fl__pace_next_us(const fl__pace *pace, int64_t now_us) {
  if (!pace->requests || pace->next_us == INT64_MIN) return now_us;
  return pace->next_us + (pace->next_rest > 0) - pace->tolerance_us;
}

void fl__pace_take(fl__pace *pace, int64_t now_us) {
  if (!pace->requests) return;
  bool first = pace->next_us == INT64_MIN;
  int64_t since_us = first ? now_us : now_us - pace->slack_us;
  if (pace->next_us + (pace->next_rest > 0) < since_us) {
    pace->next_us = since_us;
    pace->next_rest = 0;
  }
  pace->next_us += pace->interval_us;
  uint64_t rest = (uint64_t)pace->next_rest + pace->interval_rest;
  if (rest >= pace->requests) {
    rest -= pace->requests;
    pace->next_us++;
  }
  pace->next_rest = (uint32_t)rest;
}
