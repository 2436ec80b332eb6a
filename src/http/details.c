#include "details.h"

#include "basic_auth.h"
#include "build.h"
#include "request.h"
#include "retry.h"
#include "url_resolve.h"

#include <stdlib.h>
#include <string.h>

int fl__timeouts_fill_in(fl_timeouts *timeouts, const fl_timeouts *defaults) {
  int64_t *times = (int64_t *)timeouts; /* they all are */
  for (size_t i = 0; i < sizeof *timeouts / sizeof *times; i++) {
    if (!times[i]) times[i] = ((const int64_t *)defaults)[i];
    if (times[i] < 0) return FL_EINVAL;
  }
  return FL_OK;
}

/* ---- Making */

static bool is_default(const fl_request_options *options) {
  static const fl_timeouts none = {0};
  const fl_retry_options *retry = &options->retry;
  return !options->method && !options->headers_count && !options->body_bytes && !options->on_response &&
         !retry->limit && !retry->backoff_us && !retry->backoff_max_us && !retry->statuses[0] && !options->redirects &&
         memcmp(&options->timeouts, &none, sizeof none) == 0;
}

static bool has_userinfo(const fl__url *url) {
  const char *user, *password;
  size_t user_bytes, password_bytes;
  return FL__HAS_PROGRAM && fl__url_userinfo(url, &user, &user_bytes, &password, &password_bytes);
}

/* CONNECT asks for a tunnel, not for a response; a browser sends the others for nobody. */
static bool is_refused(const char *method) {
#ifdef FL_BROWSER
  if (strcmp(method, "TRACE") == 0 || strcmp(method, "TRACK") == 0) return true;
#endif
  return strcmp(method, "CONNECT") == 0;
}

/* A token (RFC 9110, 9.1). */
static int set_method(fl__details *details, const char *method) {
  if (!method) method = "GET";
  size_t bytes = strlen(method);
  if (bytes >= FL__METHOD_BYTES || !fl__is_token(method) || is_refused(method)) return FL_EMETHOD;
  strcpy(details->method, method);
  return FL_OK;
}

/* A user name and password in the URL become a header, unless there is one. */
static int set_headers(fl__details *details, fl_session *session, const fl__url *url,
                       const fl_request_options *options) {
  const fl__headers *defaults = session->headers;
  int error = fl__headers_make(&details->headers, defaults ? defaults->items : NULL, defaults ? defaults->count : 0,
                               options->headers, options->headers_count);
  if (error || !FL__HAS_PROGRAM) return error;
  char *authorization;
  error = fl__basic_auth_of_url(&authorization, url);
  if (error || !authorization) return error;
  if (!fl__headers_get(details->headers, "authorization")) {
    fl_header more = {"authorization", authorization};
    fl__headers *with;
    error = fl__headers_with(&with, details->headers, &more, 1);
    if (!error) {
      free(details->headers);
      details->headers = with;
    }
  }
  free(authorization);
  return error ? error : fl__url_without_userinfo(&details->url, NULL, url);
}

int fl__details_make(fl__details **out, fl_session *session, const fl__url *url, const fl_request_options *options) {
  static const fl_request_options defaults = {0};
  if (!options) options = &defaults;
  *out = NULL;
  if (options->retry.after_max_us || options->retry.budget) return FL_EINVAL;
  if (is_default(options) && !has_userinfo(url)) return FL_OK;
  fl__details *details = calloc(1, sizeof *details);
  if (!details) return FL_ENOMEM;
  details->body = options->body;
  details->body_bytes = options->body_bytes;
  details->on_response = options->on_response;
  details->timeouts = options->timeouts;
  details->retry = options->retry;
  details->redirects_max = options->redirects == FL_REDIRECTS_NONE ? 0
                           : options->redirects                    ? options->redirects
                                                                   : session->options.redirects;
  int error = set_method(details, options->method);
  if (!error) error = fl__timeouts_fill_in(&details->timeouts, &session->options.timeouts);
  if (!error) error = fl__retry_fill_in(&details->retry, &session->options.retry);
  if (!error) error = set_headers(details, session, url, options);
  if (error) {
    fl__details_free(details);
    return error;
  }
  *out = details;
  return FL_OK;
}

int fl__details_need(fl_request *request) {
  if (request->details) return FL_OK;
  fl_session *session = request->session;
  fl__details *details = calloc(1, sizeof *details);
  if (!details) return FL_ENOMEM;
  strcpy(details->method, "GET");
  details->timeouts = session->options.timeouts;
  details->retry = session->options.retry;
  details->redirects_max = session->options.redirects;
  if (session->headers && fl__headers_with(&details->headers, session->headers, NULL, 0)) {
    free(details);
    return FL_ENOMEM;
  }
  request->details = details;
  return FL_OK;
}

void fl__details_free(fl__details *details) {
  if (!details) return;
  for (uint32_t i = 0; FL__FOLLOWS_REDIRECTS && i < details->history_count; i++)
    free((char *)details->history[i].method);
  free(details->history);
  free(details->headers);
  free(details->url);
  free(details->validator);
  free(details->encoding);
  free(details);
}

/* ---- Reading */

const char *fl__request_method(const fl_request *request) {
  return request->details ? request->details->method : "GET";
}

const char *fl__request_url(const fl_request *request) {
  return request->details && request->details->url ? request->details->url : request->url;
}

const fl__headers *fl__request_headers(const fl_request *request) {
  return request->details ? request->details->headers : request->session->headers;
}

const fl_timeouts *fl__request_timeouts(const fl_request *request) {
  return request->details ? &request->details->timeouts : &request->session->options.timeouts;
}

const fl_retry_options *fl__request_retry(const fl_request *request) {
  return request->details ? &request->details->retry : &request->session->options.retry;
}

uint32_t fl__request_redirects_max(const fl_request *request) {
  return request->details ? request->details->redirects_max : request->session->options.redirects;
}

bool fl__request_has_body(const fl_request *request) {
  return request->flags & FL_BODY_AT_TRANSPORT || (request->details && request->details->body_bytes);
}

bool fl__request_may_be_sent_again(const fl_request *request) {
  if (fl__request_has_body(request) && request->flags & FL_BODY_ONCE) return false;
  return request->flags & FL_REPLAY_SAFE || fl__method_is_idempotent(fl__request_method(request));
}

/* ---- For programs */

const char *fl_request_url(const fl_request *request) { return request->url; }
const char *fl_request_final_url(const fl_request *request) { return fl__request_url(request); }
const char *fl_request_method(const fl_request *request) { return fl__request_method(request); }

int fl_request_error(const fl_request *request) { return request->error; }
int fl_request_status(const fl_request *request) { return request->status; }
uint32_t fl_request_id(const fl_request *request) { return request->id; }
void *fl_request_arg(const fl_request *request) { return request->arg; }
unsigned fl_request_retries(const fl_request *request) { return request->retries + request->server_waits; }
void *fl_request_token(const fl_request *request) { return request->flight ? request->flight->token : NULL; }
int64_t fl_request_queued_us(const fl_request *request) { return request->queued_us; }
int64_t fl_request_started_us(const fl_request *request) { return request->started_us; }
int64_t fl_request_ended_us(const fl_request *request) { return request->ended_us; }

int64_t fl_request_attempt_us(const fl_request *request) {
  return request->flight ? request->flight->started_us : request->started_us;
}

const uint8_t *fl_request_body(const fl_request *request, size_t *bytes) {
  *bytes = request->flight ? request->flight->reply.body_bytes : 0;
  return request->flight ? request->flight->reply.body : NULL;
}

int fl_request_set_header(fl_request *request, const char *name, const char *value) {
  fl_header more = {name, value};
  int error = fl__headers_check(&more, 1);
  if (!error) error = fl__details_need(request);
  if (error) return error;
  fl__headers *with;
  error = fl__headers_with(&with, request->details->headers, &more, 1);
  if (error) return error;
  free(request->details->headers);
  request->details->headers = with;
  return FL_OK;
}

size_t fl_request_history(const fl_request *request, const fl_redirected **out) {
  bool has = FL__FOLLOWS_REDIRECTS && request->details;
  *out = has ? request->details->history : NULL;
  return has ? request->details->history_count : 0;
}
