#include "retry.h"

#include <string.h>

bool fl__method_is_idempotent(const char *method) {
  static const char *const methods[] = {"GET", "HEAD", "PUT", "DELETE", "OPTIONS", "TRACE"};
  for (size_t i = 0; i < sizeof methods / sizeof *methods; i++)
    if (strcmp(method, methods[i]) == 0) return true;
  return false;
}

bool fl__error_is_retried(int error) {
  switch (error) {
  case FL_ERESOLVELATER:
  case FL_ECONNECT:
  case FL_ECONNECTTIMEOUT:
  case FL_EATTEMPTTIMEOUT:
  case FL_EREADTIMEOUT:
  case FL_EEMPTY:
  case FL_EPARTIAL:
  case FL_ENETWORK: return true;
  default: return false;
  }
}

int fl__retry_fill_in(fl_retry_options *retry, const fl_retry_options *defaults) {
  if (retry->backoff_us < 0 || retry->backoff_max_us < 0 || retry->after_max_us < 0) return FL_EINVAL;
  if (!retry->limit)
    retry->limit = defaults->limit;
  else if (retry->limit == FL_RETRIES_NONE)
    retry->limit = 0;
  if (!retry->backoff_us) retry->backoff_us = defaults->backoff_us;
  if (!retry->backoff_max_us) retry->backoff_max_us = defaults->backoff_max_us;
  if (!retry->after_max_us) retry->after_max_us = defaults->after_max_us;
  if (!retry->budget) retry->budget = defaults->budget;
  if (!retry->statuses[0]) memcpy(retry->statuses, defaults->statuses, sizeof retry->statuses);
  return FL_OK;
}

int64_t fl__backoff_us(unsigned retries_made, int64_t base_us, int64_t max_us, uint64_t random) {
  int64_t ceiling_us = base_us;
  for (unsigned i = 0; i < retries_made && ceiling_us < max_us; i++)
    ceiling_us = ceiling_us > max_us / 2 ? max_us : ceiling_us * 2;
  if (ceiling_us > max_us) ceiling_us = max_us;
  return (int64_t)(random % ((uint64_t)ceiling_us + 1));
}

enum { TENTHS = 10, DEPOSIT = 2 };

void fl__budget_init(fl__budget *budget, uint32_t reserve) {
  /* No more than twice the reserve is saved up: good times do not pay for hammering in bad ones. */
  *budget = (fl__budget){.tenths = (uint64_t)reserve * TENTHS, .most = (uint64_t)reserve * TENTHS * 2};
}

void fl__budget_deposit(fl__budget *budget) {
  if (budget->tenths + DEPOSIT <= budget->most) budget->tenths += DEPOSIT;
}

bool fl__budget_withdraw(fl__budget *budget) {
  if (budget->tenths < TENTHS) return false;
  budget->tenths -= TENTHS;
  return true;
}
