#include "hop.h"

#include "redirect.h"

#include <stdlib.h>
#include <string.h>

static fl__hop hop_of(const fl_request *request) {
  return (fl__hop){.method = fl__request_method(request),
                   .url = fl__request_url(request),
                   .headers = fl__request_headers(request),
                   .has_body = fl__request_has_body(request),
                   .replayable = !(request->flags & FL_BODY_ONCE)};
}

/* Where it is redirected to, by the response that its flight landed with. */
static int find_next(fl__next_hop *next, const fl_request *request) {
  const fl_session *session = request->session;
  char *location = fl__flight_header(session, request->flight, "location");
  if (!location) return FL_ENOMEM;
  fl__hop hop = hop_of(request);
  int error = fl__redirect(next, &hop, request->flight->status, location, strlen(location), session->sensitive,
                           session->options.sensitive_count);
  free(location);
  return error;
}

static bool sets_cookies(const fl_request *request) {
  return fl__flight_has_header(request->session, request->flight, "set-cookie");
}

/* The hop that has been made, for the history. */
static int remember(fl_request *request) {
  fl__details *details = request->details;
  const char *method = fl__request_method(request), *url = fl__request_url(request);
  size_t method_bytes = strlen(method) + 1, url_bytes = strlen(url) + 1;
  fl_redirected *history = realloc(details->history, (details->history_count + 1) * sizeof *history);
  if (!history) return FL_ENOMEM;
  details->history = history;
  char *texts = malloc(method_bytes + url_bytes);
  if (!texts) return FL_ENOMEM;
  memcpy(texts, method, method_bytes);
  memcpy(texts + method_bytes, url, url_bytes);
  history[details->history_count++] =
      (fl_redirected){.status = request->flight->status, .method = texts, .url = texts + method_bytes};
  return FL_OK;
}

static bool goes_round(const fl_request *request, const fl__next_hop *next) {
  const fl__details *details = request->details;
  if (request->flight->judgement.wait_us > 0) return false; /* it polls, at the server's pace */
  uint32_t from = details->cookies_set;
  return fl__redirect_loops(details->history + from, details->history_count - from, next->method, next->url);
}

static void go_there(fl_request *request, fl__next_hop *next) {
  fl__details *details = request->details;
  if (next->method != details->method) strcpy(details->method, next->method);
  free(details->url);
  free(details->headers);
  details->url = next->url;
  details->headers = next->headers;
  if (next->drops_body) {
    details->body = NULL;
    details->body_bytes = 0;
    request->flags &= (uint8_t) ~(FL_BODY_AT_TRANSPORT | FL_BODY_ONCE);
  }
  /* What makes it safe, an Idempotency-Key, does not go to another origin. */
  if (next->crosses_origin) request->flags &= (uint8_t)~FL_REPLAY_SAFE;
  request->redirects++;
  request->resent = false;
}

int fl__hop_take(fl__url *out, fl_request *request) {
  if (request->redirects >= fl__request_redirects_max(request)) return FL_EREDIRECTS;
  int error = fl__details_need(request);
  if (error) return error;
  fl__next_hop next;
  error = find_next(&next, request);
  if (error) return error;
  error = remember(request);
  if (sets_cookies(request)) request->details->cookies_set = request->details->history_count;
  if (!error && goes_round(request, &next)) error = FL_EREDIRECTLOOP;
  if (error) {
    free(next.url);
    free(next.headers);
    return error;
  }
  go_there(request, &next);
  return fl__url_parse(out, request->details->url, strlen(request->details->url));
}
