#include "pace.h"

static const int64_t PER_MAX_US = INT64_C(1) << 50, BURST_BY_DEFAULT_US = 10 * FL_MS, SLACK_MAX_US = 5 * FL_MS;

/* a * b / c, rounded down, when that is below 2^63: in digits of 12 bits, so that nothing on the way overflows. */
static int64_t scale(uint32_t a, int64_t b, uint32_t c) {
  int64_t quotient = 0, rest = 0;
  for (int shift = 24; shift >= 0; shift -= 12) {
    int64_t digit = a >> shift & (shift == 24 ? 0xff : 0xfff);
    int64_t part = rest * 4096 + digit * (b % c);
    quotient = quotient * 4096 + digit * (b / c) + part / c;
    rest = part % c;
  }
  return quotient;
}

static uint32_t default_burst(const fl_rate *rate) {
  int64_t burst = scale(rate->requests, BURST_BY_DEFAULT_US, 1) / rate->per_us;
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
  pace->tolerance_us = endless ? PER_MAX_US : scale(burst - 1, rate->per_us, rate->requests);
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
