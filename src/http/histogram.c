#include "histogram.h"

/* Below 2 * STEPS each number has its own; above, STEPS to a doubling. */
static uint32_t bucket_of(uint64_t number) {
  uint32_t shift = 0;
  while (number >> shift >= (uint64_t)2 * FL__HISTOGRAM_STEPS) shift++;
  uint64_t bucket = (uint64_t)shift * FL__HISTOGRAM_STEPS + (number >> shift);
  return bucket < FL__HISTOGRAM_BUCKETS ? (uint32_t)bucket : FL__HISTOGRAM_BUCKETS - 1;
}

/* Its middle. */
static int64_t value_of(uint32_t bucket) {
  if (bucket < 2 * FL__HISTOGRAM_STEPS) return bucket;
  uint32_t shift = bucket / FL__HISTOGRAM_STEPS - 1;
  uint64_t first = (uint64_t)(bucket % FL__HISTOGRAM_STEPS + FL__HISTOGRAM_STEPS) << shift;
  return (int64_t)(first + (UINT64_C(1) << shift) / 2);
}

void fl__histogram_add(fl__histogram *histogram, int64_t duration_us) {
  if (duration_us < 0) duration_us = 0;
  histogram->buckets[bucket_of((uint64_t)duration_us)]++;
  histogram->count++;
  if (duration_us > histogram->max_us) histogram->max_us = duration_us;
}

int64_t fl__histogram_percentile_us(const fl__histogram *histogram, double fraction) {
  if (!histogram->count) return -1;
  double rank = fraction * (double)histogram->count;
  uint64_t wanted = rank > 0 ? (uint64_t)rank + ((double)(uint64_t)rank < rank) : 0, passed = 0;
  if (wanted >= histogram->count) return histogram->max_us;
  uint32_t bucket = 0;
  for (; bucket < FL__HISTOGRAM_BUCKETS - 1; bucket++)
    if ((passed += histogram->buckets[bucket]) >= wanted && passed) break;
  int64_t value_us = value_of(bucket);
  return value_us < histogram->max_us ? value_us : histogram->max_us;
}
