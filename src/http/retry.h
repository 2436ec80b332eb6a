/* What may be tried again, when, and how often. Pure, but for the budget, which is its caller's. */
#ifndef FL_RETRY_H
#define FL_RETRY_H

#include "../fetchloop.h"

/* GET, HEAD, PUT, DELETE, OPTIONS, TRACE (RFC 9110, 9.2.2): twice does the same as once. Case counts. */
bool fl__method_is_idempotent(const char *method);

/* Whether another attempt may fare better: what befell the connection, not what is wrong with the request or response.
 */
bool fl__error_is_retried(int error);

/* Fill in what is 0 from `defaults`; FL_RETRIES_NONE becomes 0. Errors: FL_EINVAL (a negative time). */
int fl__retry_fill_in(fl_retry_options *retry, const fl_retry_options *defaults);

/* Full jitter ("Exponential Backoff and Jitter", AWS, 2015): evenly in 0 .. the smaller of `max_us` and `base_us`
 * doubled `retries_made` times. */
int64_t fl__backoff_us(unsigned retries_made, int64_t base_us, int64_t max_us, uint64_t random);

/* A host's budget of retries (Finagle's, gRPC's): a service that is down isn't hammered by its clients' good will. Some
 * on credit; besides, one for each five first attempts. */
typedef struct fl__budget {
  uint64_t tenths, most;
} fl__budget;

void fl__budget_init(fl__budget *budget, uint32_t reserve);
void fl__budget_deposit(fl__budget *budget);  /* a first attempt */
bool fl__budget_withdraw(fl__budget *budget); /* a retry; false: it is spent */

#endif
