#include "judge.h"

#include "../loop/loop.h"
#include "build.h"
#include "lane.h"
#include "redirect.h"
#include "request.h"
#include "resume.h"
#include "retry_after.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

/* How often a server may say when to come back before that counts as a retry. */
enum { WAITS_MAX = 10, TOO_MANY_REQUESTS = 429, UNAVAILABLE = 503 };

static int64_t wall_us(const fl_session *session) {
  const fl_transport *transport = session->transport;
  return transport->wall_us ? transport->wall_us(transport->self) : (int64_t)time(NULL) * FL_SECOND;
}

/* FL_NAN when the response doesn't say. */
static int64_t retry_after_us(const fl_session *session, const fl__flight *flight) {
  char *text = fl__flight_header(session, flight, "retry-after");
  if (!text) return FL_NAN;
  char *date = fl__flight_header(session, flight, "date");
  int64_t wait_us = fl__retry_after_us(text, date, wall_us(session));
  free(date);
  free(text);
  return wait_us;
}

static bool says_when(int status) { return status == TOO_MANY_REQUESTS || status == UNAVAILABLE; }

/* ---- What the origin learns */

static bool is_too_long(const fl_session *session, int64_t wait_us) {
  return wait_us > session->options.retry.after_max_us;
}

/* It is not asked again before that. What waits for it ends, when that is longer than a server may ask for. */
static void park(fl__flight *flight, int64_t wait_us) {
  fl__origin *origin = flight->request->lane->origin;
  fl_session *session = origin->session;
  int64_t now_us = fl__loop_clock_us(session->loop), until_us = fl__later(now_us, wait_us);
  int64_t from_us = origin->gate.parked_until_us > now_us ? origin->gate.parked_until_us : now_us;
  if (until_us > from_us) origin->parked_us = fl__later(origin->parked_us, until_us - from_us);
  flight->shuts |= is_too_long(session, wait_us);
  fl__gate_park(&origin->gate, until_us, flight->shuts);
  if (flight->shuts) fl__request_fail_waiting(origin);
}

static void learn_quota(fl_request *request, fl__flight *flight) {
  static const char *const names[][2] = {{"ratelimit", NULL},
                                         {"ratelimit-policy", NULL},
                                         {"ratelimit-remaining", "x-ratelimit-remaining"},
                                         {"ratelimit-reset", "x-ratelimit-reset"},
                                         {"ratelimit-limit", "x-ratelimit-limit"}};
  enum { NAMES = sizeof names / sizeof *names };
  fl_session *session = request->session;
  char *texts[NAMES] = {NULL};
  for (int i = 0; i < NAMES; i++) {
    texts[i] = fl__flight_header(session, flight, names[i][0]);
    if (!texts[i] && names[i][1]) texts[i] = fl__flight_header(session, flight, names[i][1]);
  }
  fl__rate_limit_headers headers = {
      .rate_limit = texts[0], .policy = texts[1], .remaining = texts[2], .reset = texts[3], .limit = texts[4]};
  fl__quota quota;
  fl__origin *origin = request->lane->origin;
  bool is_told = fl__quota_read(&quota, &headers, wall_us(session));
  for (int i = 0; i < NAMES; i++) free(texts[i]);
  if (!is_told) return;
  fl__gate_set_quota(&origin->gate, &quota, origin->in_flight - 1, fl__loop_clock_us(session->loop));
  if (quota.remaining == 0 && is_too_long(session, quota.reset_us)) park(flight, quota.reset_us);
  fl__lane_look_again(origin);
}

void fl__judge_learn(fl_request *request, fl__flight *flight) {
  fl_session *session = request->session;
  fl__origin *origin = request->lane->origin;
  if (flight->reply.quota && !session->options.ignore_rate_limit) learn_quota(request, flight);
  if (!says_when(flight->status)) {
    if (flight->status < 500) fl__gate_success(&origin->gate);
    return;
  }
  int64_t wait_us = retry_after_us(session, flight);
  if (wait_us == FL_NAN) return;
  if (flight->status == TOO_MANY_REQUESTS) fl__gate_too_many(&origin->gate, fl__loop_clock_us(session->loop));
  park(flight, wait_us);
}

/* ---- Verdicts */

static bool is_retried(const fl_request *request, int status) {
  const uint16_t *statuses = fl__request_retry(request)->statuses;
  for (int i = 0; i < FL_STATUSES_MAX && statuses[i]; i++)
    if (statuses[i] == status) return true;
  return false;
}

static bool take_retry(fl_request *request) {
  if (request->retries >= fl__request_retry(request)->limit) return false;
  if (!fl__budget_withdraw(&request->lane->origin->budget)) return false;
  request->retries++;
  return true;
}

static int64_t backoff_us(fl_request *request) {
  const fl_retry_options *retry = fl__request_retry(request);
  return fl__backoff_us(request->retries - 1u, retry->backoff_us, retry->backoff_max_us,
                        fl__session_random(request->session));
}

static fl__judgement end_with(int error) { return (fl__judgement){.verdict = FL__END, .error = error}; }

static fl__judgement judge_redirect(const fl_request *request, const fl__flight *flight) {
  int64_t wait_us = retry_after_us(request->session, flight);
  if (wait_us == FL_NAN) wait_us = 0;
  if (is_too_long(request->session, wait_us)) return end_with(FL_EPARKED);
  return (fl__judgement){.verdict = FL__REDIRECT, .wait_us = wait_us};
}

static bool is_redirect(const fl_request *request, const fl__flight *flight) {
  if (!FL__FOLLOWS_REDIRECTS || request->session->transport->follows_redirects || !fl__status_redirects(flight->status))
    return false;
  if (fl__request_redirects_max(request) == 0) return false; /* as curl without -L */
  return fl__flight_has_header(request->session, flight, "location");
}

static fl__judgement judge_status(fl_request *request, const fl__flight *flight) {
  fl_session *session = request->session;
  if (!is_retried(request, flight->status) || !fl__request_may_be_sent_again(request)) return end_with(0);
  int64_t asked_us = retry_after_us(session, flight);
  if (flight->shuts || (asked_us != FL_NAN && is_too_long(session, asked_us))) return end_with(0);
  fl__judgement retry = {.verdict = FL__RETRY, .wait_us = asked_us, .resumes = flight->resumes_at > 0};
  if (says_when(flight->status) && asked_us > 0 && request->server_waits < WAITS_MAX &&
      fl__request_retry(request)->limit > 0) {
    request->server_waits++;
    retry.at_gate = true;
    return retry;
  }
  if (!take_retry(request)) return end_with(0);
  int64_t jittered_us = backoff_us(request);
  if (asked_us == FL_NAN || jittered_us > asked_us) retry.wait_us = jittered_us;
  return retry;
}

/* A resumed download that didn't get what it asked for starts anew, unless its reader has had a part of it. */
static fl__judgement judge_resumed(fl_request *request, fl__flight *flight) {
  if (flight->status == 200 && !request->delivering) {
    flight->resumes_at = 0;
    return end_with(0);
  }
  if (flight->status == 206 && fl__resume_fits(request->session, flight)) {
    fl__flight_join(request->session, flight);
    return end_with(0);
  }
  if (request->delivering) return end_with(FL_ERANGE);
  if (!take_retry(request)) return end_with(FL_ERANGE);
  return (fl__judgement){.verdict = FL__RETRY};
}

fl__judgement fl__judge_response(fl_request *request, fl__flight *flight) {
  if (is_redirect(request, flight)) return judge_redirect(request, flight);
  if (flight->resumes_at && (flight->status == 200 || flight->status == 206 || flight->status == 416))
    return judge_resumed(request, flight);
  fl__judgement judgement = judge_status(request, flight);
  if (judgement.verdict == FL__END && request->delivering) judgement.error = FL_EPARTIAL;
  return judgement;
}

static bool is_stale(const fl_request *request, const fl__flight *flight, const fl_progress *progress, int error) {
  return FL__TELLS_REUSE && progress->reused && !flight->status && !progress->body_bytes && !flight->resumes_at &&
         !request->resent && (error == FL_EEMPTY || error == FL_ENETWORK);
}

fl__judgement fl__judge_failure(fl_request *request, fl__flight *flight, int error) {
  if (!fl__error_is_retried(error) || !fl__request_may_be_sent_again(request)) return end_with(error);
  fl_progress progress = fl__flight_progress(request->session, flight);
  if (is_stale(request, flight, &progress, error)) {
    request->resent = true;
    if (fl__request_may_start_now(request)) return (fl__judgement){.verdict = FL__RESEND};
    return (fl__judgement){.verdict = FL__RETRY, .at_gate = true};
  }
  bool resumes = fl__resume_is_possible(request, flight, &progress);
  if ((request->delivering && !resumes) || !take_retry(request)) return end_with(error);
  return (fl__judgement){.verdict = FL__RETRY, .wait_us = backoff_us(request), .resumes = resumes};
}

fl__judgement fl__judge_again(fl_request *request, const fl__judgement *end) {
  if (request->delivering || !fl__request_may_be_sent_again(request) || !take_retry(request)) return *end;
  return (fl__judgement){.verdict = FL__RETRY, .wait_us = backoff_us(request)};
}
