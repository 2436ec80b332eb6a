/* What may come of an attempt that is over, by the documentation. */
#include "world.h"

static bool is_idempotent(const char *method) { return strcmp(method, "POST") != 0 && strcmp(method, "PATCH") != 0; }

bool may_be_sent_again(const ask *a) {
  if (a->has_body && a->flags & FL_BODY_ONCE) return false;
  return a->flags & FL_REPLAY_SAFE || is_idempotent(a->method);
}

static bool is_retried_status(const ask *a, int status) {
  static const uint16_t usual[FL_STATUSES_MAX] = {408, 425, 429, 500, 502, 503, 504};
  const uint16_t *statuses = a->retry.statuses[0] ? a->retry.statuses : usual;
  for (int i = 0; i < FL_STATUSES_MAX && statuses[i]; i++)
    if (statuses[i] == status) return true;
  return false;
}

static bool is_retried_error(int error) {
  return error == FL_ERESOLVELATER || error == FL_ECONNECT || error == FL_ECONNECTTIMEOUT ||
         error == FL_EATTEMPTTIMEOUT || error == FL_EREADTIMEOUT || error == FL_EEMPTY || error == FL_EPARTIAL ||
         error == FL_ENETWORK;
}

/* Its reader has it already; not what answers a download that was to go on and does not. */
static bool is_delivered(const attempt *t) {
  return t->told && t->ask->delivering && (!t->delivering_then || (t->status == 206 && t->fits));
}

int timeouts_due(const world *w, const attempt *t, int due[3]) {
  const fl_timeouts *timeouts = &t->ask->timeouts;
  int64_t now_us = now_of(w), read_us = timeouts->read_us;
  int count = 0;
  bool delivered = is_delivered(t);
  if (delivered && read_us == FL_NEVER) read_us = timeouts->attempt_us;
  bool attempt_due = !delivered && now_us >= later_than(t->sent_us, timeouts->attempt_us);
  if (attempt_due || now_us >= later_than(t->sent_us, timeouts->transfer_us)) due[count++] = FL_EATTEMPTTIMEOUT;
  if (!t->connected && now_us >= later_than(t->sent_us, timeouts->connect_us)) due[count++] = FL_ECONNECTTIMEOUT;
  if (t->connected && !t->paused && now_us >= later_than(t->last_us, read_us)) due[count++] = FL_EREADTIMEOUT;
  return count;
}

static void may_end(verdict *v, int error) {
  if (!error) {
    v->end_ok = true;
    return;
  }
  for (int i = 0; i < 4; i++) {
    if (v->end_error[i] == error) return;
    if (v->end_error[i]) continue;
    v->end_error[i] = error;
    return;
  }
}

static int64_t backoff_most_us(const ask *a) {
  const fl_retry_options *retry = &a->retry;
  int64_t most_us = retry->backoff_us;
  for (unsigned i = 0; i < a->retries + a->unsure && most_us < retry->backoff_max_us; i++) most_us *= 2;
  return most_us < retry->backoff_max_us ? most_us : retry->backoff_max_us;
}

/* A retry that counts, if there may be one; the end if there may not. */
static void retry_or_end(verdict *v, const ask *a, const attempt *t, int64_t asked_us, int error) {
  if (a->retries >= a->retry.limit) {
    may_end(v, error);
    return;
  }
  v->retry = v->counted = true;
  v->least_us = asked_us > 0 ? asked_us : 0;
  v->most_us = backoff_most_us(a) > v->least_us ? backoff_most_us(a) : v->least_us;
  bool sure = (t->sure_then || (!t->told && !t->ended)) && !is_doubtful(a->world, t) && !a->unsure && budget_surely(t);
  if (sure)
    v->must_go_on = true;
  else
    may_end(v, error);
}

/* The case of hosts doesn't count, and nothing else has any. */
static bool same(const char *a, const char *b) {
  while (*a && (*a | 0x20) == (*b | 0x20)) a++, b++;
  return !*a && !*b;
}

static bool goes_round(const ask *a, const attempt *t, const char *method) {
  char next[104];
  if (t->after_us > 0 || t->sets_cookie) return false;
  strcpy(next, method);
  strcat(strcat(next, " "), t->location);
  for (int i = a->since_cookie; i < a->hops; i++)
    if (same(a->history[i], next)) return true;
  char here[104];
  strcpy(here, a->method);
  strcat(strcat(here, " "), a->url);
  return same(here, next);
}

static void redirect(verdict *v, const ask *a, const attempt *t) {
  bool becomes_get = t->status == 303 ? strcmp(a->method, "HEAD") != 0
                                      : (t->status == 301 || t->status == 302) && !strcmp(a->method, "POST");
  const char *method = becomes_get ? "GET" : a->method;
  v->hop = t->after_us <= a->world->retry.after_max_us;
  if (!v->hop) {
    may_end(v, FL_EPARKED);
  } else if ((uint32_t)a->hops >= a->redirects_max) {
    may_end(v, FL_EREDIRECTS);
  } else if (t->bad_location) {
    may_end(v, FL_EPROTOCOL);
  } else if (a->has_body && a->flags & FL_BODY_ONCE && !becomes_get) {
    may_end(v, FL_EREPLAY);
  } else if (goes_round(a, t, method)) {
    may_end(v, FL_EREDIRECTLOOP);
  } else {
    v->redirect = v->must_go_on = true;
    v->least_us = v->most_us = t->after_us > 0 ? t->after_us : 0;
    int64_t now_us = now_of(a->world);
    if (now_us < a->world->host[t->to_host].maybe_shut_us) may_end(v, FL_EPARKED);
  }
}

static bool waits_as_asked(const ask *a, const attempt *t) {
  return (t->status == 429 || t->status == 503) && t->after_us > 0 && a->waits < 10 && a->retry.limit > 0;
}

static void judge_status(verdict *v, const ask *a, const attempt *t) {
  int end = t->delivering_then ? FL_EPARTIAL : FL_OK;
  v->resumes = t->range_at > 0;
  bool shuts = t->after_us > a->world->retry.after_max_us || gate_is_used_up(a->world, t);
  bool retried = is_retried_status(a, t->status) && may_be_sent_again(a) && !shuts;
  if (!retried)
    may_end(v, end);
  else if (waits_as_asked(a, t))
    v->retry = v->must_go_on = true;
  else
    retry_or_end(v, a, t, t->after_us, end);
}

static void judge_response(verdict *v, const ask *a, const attempt *t) {
  if (t->redirects && a->redirects_max > 0) {
    redirect(v, a, t);
  } else if (t->range_at && (t->status == 200 || t->status == 206 || t->status == 416)) {
    bool good = (t->status == 200 && !t->delivering_then) || (t->status == 206 && t->fits);
    if (good)
      may_end(v, FL_OK);
    else if (t->delivering_then)
      may_end(v, FL_ERANGE);
    else
      retry_or_end(v, a, t, 0, FL_ERANGE);
    if (v->retry) v->most_us = 0;
  } else {
    judge_status(v, a, t);
  }
}

static bool is_stale(const ask *a, const attempt *t, int error) {
  return t->reused && !t->headed && !t->bytes && !t->range_at && !a->resent &&
         (error == FL_EEMPTY || error == FL_ENETWORK);
}

static bool may_resume(const ask *a, const attempt *t, bool head_known) {
  if (t->transport_error) return false;
  if (!head_known) return t->range_at > 0;
  if (t->status != 200 && (t->status != 206 || !t->range_at)) return false;
  bool strong = a->validator == STRONG || a->validator == DATED;
  return t->bytes > 0 && strong && !strcmp(a->method, "GET") && !a->has_body && !a->refuses_ranges;
}

static void judge_failure(verdict *v, const ask *a, const attempt *t, bool head_known, int error) {
  if (!is_retried_error(error) || !may_be_sent_again(a)) {
    may_end(v, error);
    return;
  }
  if (is_stale(a, t, error)) {
    v->resend = v->must_go_on = true;
    return;
  }
  v->resumes = may_resume(a, t, head_known);
  if (a->delivering && !v->resumes)
    may_end(v, error);
  else
    retry_or_end(v, a, t, 0, error);
}

/* The program has had its say of a whole response, or of its head. */
static void hear_program(verdict *v, const ask *a, const attempt *t) {
  if (t->said && t->said != FL_AGAIN) {
    *v = (verdict){0};
    may_end(v, t->said);
  } else if (t->said == FL_AGAIN && !v->must_go_on && !v->retry && !v->hop) {
    if (a->delivering || !may_be_sent_again(a)) return;
    verdict end = *v;
    *v = (verdict){0};
    retry_or_end(v, a, t, 0, FL_OK);
    if (!v->must_go_on) {
      v->end_ok = end.end_ok;
      memcpy(v->end_error, end.end_error, sizeof end.end_error);
    }
  } else if (t->said == FL_AGAIN && v->retry && !v->must_go_on) {
    v->most_us = v->most_us > backoff_most_us(a) ? v->most_us : backoff_most_us(a);
  }
}

static void add(verdict *v, const verdict *other) {
  bool both = (v->retry || v->redirect) && (other->retry || other->redirect);
  v->must_go_on &= other->must_go_on;
  v->least_us = both && v->least_us < other->least_us ? v->least_us : other->least_us;
  v->most_us = v->most_us > other->most_us ? v->most_us : other->most_us;
  v->resumes_unsure |= v->resumes != other->resumes;
  v->resumes |= other->resumes;
  v->retry |= other->retry;
  v->vague |= v->counted != other->counted || v->redirect != other->redirect || v->resend != other->resend;
  v->counted |= other->counted;
  v->resend |= other->resend;
  v->redirect |= other->redirect;
  v->end_ok |= other->end_ok;
  for (int i = 0; i < 4 && other->end_error[i]; i++) may_end(v, other->end_error[i]);
}

/* By its head, when the session knows it, and by how it broke, if it did: 0 for not at all. */
static verdict by(const ask *a, const attempt *t, bool head_known, bool status_known, int error) {
  verdict v = {0}, failure = {0};
  if (head_known) judge_response(&v, a, t);
  if (head_known && t->asked_program) hear_program(&v, a, t);
  if (error && (!head_known || v.end_ok)) judge_failure(&failure, a, t, status_known, error);
  if (error && head_known && v.end_ok && v.retry) { /* that depends on the budget */
    v.end_ok = false;
    add(&v, &failure);
  } else if (error && (!head_known || v.end_ok)) {
    v = failure;
  }
  return v;
}

verdict verdict_of(const ask *a, const attempt *t) {
  verdict v = {0};
  bool any = false;
  if (t->ended) {
    v = by(a, t, t->told || !t->error, t->headed, t->error);
    any = true;
  } else if (t->told && t->asked_program && t->said) { /* it may be the end, before the body is there */
    v = by(a, t, true, true, FL_OK);
    any = true;
  }
  int due[6], count = t->ended ? 0 : timeouts_due(a->world, t, due);
  for (int i = 0; i < t->dues && is_doubtful(a->world, t); i++) due[count++] = t->due[i];
  for (int i = 0; i < count; i++) {
    verdict late = by(a, t, t->told, t->headed, due[i]);
    if (any)
      add(&v, &late);
    else
      v = late;
    any = true;
    if (!t->told || !is_doubtful(a->world, t)) continue;
    late = by(a, t, false, false, due[i]); /* what it was told, it no longer wanted to know */
    add(&v, &late);
  }
  return v;
}
