/* A batch: a long list of URLs, read only as fast as it is used. */
#ifndef FETCHLOOP_BATCH_H
#define FETCHLOOP_BATCH_H

#include "request.h"

#ifdef __cplusplus
extern "C" {
#endif

/* A batch stands between a source of URLs and the consumer of their results, each as slow as it likes. It says when the
 * next URL is wanted, so that a list of a million lines needs the memory of a few: no more than 2 * `limit` of its
 * requests are in flight or untaken at a time, and besides the `read_ahead` no more than `limit` wait. Its requests to
 * one host start in order; several batches, and single requests, take turns. */
typedef struct fl_batch_options {
  uint32_t read_ahead; /* URLs that may wait, read but not started, because their host has no place; 0: 10,000 */
  /* fl_batch_wants() has become true again after it said false. From a turn. May be NULL. */
  void (*on_wants)(void *arg);
  fl_on_end *on_end; /* for each of its requests */
  void *arg;         /* for both */
} fl_batch_options;

/* Open and close. `options` is copied. Close cancels what has not ended (their on_end is not called) and frees the
 * batch; it may be called from on_end and on_wants, but not from the session's on_attempt, on_reply and on_trace.
 * Errors: FL_ENOMEM, FL_ECLOSED. */
int fl_batch_open(fl_batch **out, fl_session *session, const fl_batch_options *options);
void fl_batch_close(fl_batch *batch);

/* Whether the next URL is wanted now: a place in the session is free, and what waits can't use it. */
bool fl_batch_wants(fl_batch *batch);

/* As fl_session_request(), but the ends come to the batch's on_end, also those of what is refused (fl_request_url() is
 * "" for a URL that is not valid). `options` may be NULL; its on_end is not used, its arg, unless NULL, stands for the
 * batch's. Takes one even when none is wanted, and has no queue limit but FL_REQUESTS_MAX. Errors: FL_ENOMEM, FL_EFULL,
 * FL_ECLOSED. */
int fl_batch_request(fl_request **out, fl_batch *batch, const char *url, size_t url_bytes,
                     const fl_request_options *options);

/* The same with GET and the session's defaults. */
int fl_batch_get(fl_request **out, fl_batch *batch, const char *url, size_t url_bytes, unsigned flags);

/* How many of its requests wait for a place. */
uint32_t fl_batch_queued(const fl_batch *batch);

/* The consumer has taken one result: each on_end is to be answered by one of these, then or later. */
void fl_batch_taken(fl_batch *batch);

#ifdef __cplusplus
}
#endif
#endif
