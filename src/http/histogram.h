/* A histogram of durations, for percentiles in constant memory: 16 buckets to each doubling, so that what is read is at
 * most a thirty-second too much or too little. (HdrHistogram's idea.) */
#ifndef FL_HISTOGRAM_H
#define FL_HISTOGRAM_H

#include <stdint.h>

/* Up to 2^40 us, 12 days; what is longer counts as that. */
enum { FL__HISTOGRAM_STEPS = 16, FL__HISTOGRAM_BUCKETS = FL__HISTOGRAM_STEPS * (40 - 4 + 1) };

typedef struct fl__histogram {
  uint64_t count;
  int64_t max_us;
  uint32_t buckets[FL__HISTOGRAM_BUCKETS];
} fl__histogram; /* all 0: empty */

/* Negative counts as 0. */
void fl__histogram_add(fl__histogram *histogram, int64_t duration_us);

/* The duration that `fraction` of them (0 to 1) don't exceed: the nearest rank; the largest is told exactly. -1 when it
 * is empty. */
int64_t fl__histogram_percentile_us(const fl__histogram *histogram, double fraction);

#endif
