#include "resume.h"

#include "../loop/loop.h"
#include "details.h"
#include "http_date.h"
#include "scan.h"

#include <stdlib.h>
#include <string.h>

/* A date is strong when the thing had not changed for a second before it was sent (RFC 9110, 8.8.2.2). */
static bool is_strong_date(const fl_session *session, const fl__flight *flight, const char *modified) {
  char *date = fl__flight_header(session, flight, "date");
  if (!date) return false;
  int64_t sent_us = fl__http_date_us(date, 0), modified_us = fl__http_date_us(modified, 0);
  free(date);
  return sent_us != FL_NAN && modified_us != FL_NAN && sent_us - modified_us >= FL_SECOND;
}

/* Allocated; NULL when there is none that is strong. */
static char *validator_of(const fl_session *session, const fl__flight *flight) {
  char *etag = fl__flight_header(session, flight, "etag");
  if (etag && etag[0] == '"') return etag;
  bool weak = etag != NULL; /* it says that the date is no better */
  free(etag);
  char *modified = weak ? NULL : fl__flight_header(session, flight, "last-modified");
  if (modified && is_strong_date(session, flight, modified)) return modified;
  free(modified);
  return NULL;
}

static bool refuses_ranges(const fl_session *session, const fl__flight *flight) {
  char *accepted = fl__flight_header(session, flight, "accept-ranges");
  bool refused = accepted && strcmp(accepted, "none") == 0;
  free(accepted);
  return refused;
}

/* As the response says that it is sent; 0: it doesn't. */
static uint64_t length_of(const fl_session *session, const fl__flight *flight) {
  char *text = fl__flight_header(session, flight, "content-length");
  const char *at = text;
  int64_t length = text ? fl__take_digits(&at) : 0;
  free(text);
  return length > 0 ? (uint64_t)length : 0;
}

bool fl__resume_is_possible(fl_request *request, const fl__flight *flight, const fl_progress *progress) {
  const fl_session *session = request->session;
  if (!flight->token) return false; /* it was not even sent, and what it was to go on from is gone */
  if (flight->timed_out && !session->transport->stop) return false;
  if (!flight->status) return flight->resumes_at > 0; /* it broke before its response: all stays as it was */
  if (flight->status != 200 && (flight->status != 206 || !flight->resumes_at)) return false;
  if (!progress->body_bytes || strcmp(fl__request_method(request), "GET") != 0 || fl__request_has_body(request) ||
      fl__headers_get(fl__request_headers(request), "range") || refuses_ranges(session, flight))
    return false;
  char *validator = validator_of(session, flight);
  if (!validator || fl__details_need(request)) {
    free(validator);
    return false;
  }
  free(request->details->validator);
  request->details->validator = validator;
  free(request->details->encoding);
  request->details->encoding = fl__flight_header(session, flight, "content-encoding");
  if (!flight->resumes_at) request->details->whole_bytes = length_of(session, flight);
  return true;
}

uint64_t fl__resume_at(const fl__flight *flight, const fl_progress *progress) {
  return flight->status == 200 || flight->status == 206 ? progress->body_bytes : flight->resumes_at;
}

int fl__resume_headers(fl__headers **out, const fl_request *request, uint64_t at) {
  char digits[FL__DIGITS], range[sizeof "bytes=-" + FL__DIGITS] = "bytes=";
  strcat(strcat(range, fl__decimal(digits, (int64_t)at)), "-");
  fl_header more[] = {{"range", range}, {"if-range", request->details->validator}};
  return fl__headers_with(out, fl__request_headers(request), more, 2);
}

/* A range is one of encoded bytes. */
static bool is_encoded_alike(const fl_session *session, const fl__flight *flight) {
  const char *encoding = flight->request->details->encoding;
  char *now = fl__flight_header(session, flight, "content-encoding");
  bool alike = encoding && now ? strcmp(encoding, now) == 0 : encoding == now;
  free(now);
  return alike;
}

/* Another validator is another entity, whatever the server made of If-Range (RFC 9110, 15.3.7.3). */
static bool is_the_same(const fl_session *session, const fl__flight *flight) {
  const char *validator = flight->request->details->validator;
  char *now = fl__flight_header(session, flight, validator[0] == '"' ? "etag" : "last-modified");
  bool same = !now || strcmp(now, validator) == 0;
  free(now);
  return same;
}

/* Whether a Content-Range is all from there on: "bytes 500-999/1000", and of what is as long. A server may send less
 * than was asked for (RFC 9110, 15.3.7), which would end as if it were whole. */
static bool is_the_rest(const char *range, uint64_t at, uint64_t *whole) {
  if (fl__take_one_of(&range, "bytes ") < 0 || *range++ != ' ') return false;
  if (fl__take_digits(&range) != (int64_t)at || *range++ != '-') return false;
  int64_t last = fl__take_digits(&range), end = last < FL_NEVER ? last + 1 : 0;
  if (end <= (int64_t)at || *range++ != '/' || (*range != '*' && fl__take_digits(&range) != end)) return false;
  if (!*whole) *whole = (uint64_t)end;
  return *whole == (uint64_t)end;
}

bool fl__resume_fits(const fl_session *session, const fl__flight *flight) {
  char *range = fl__flight_header(session, flight, "content-range");
  bool fits = range && is_the_rest(range, flight->resumes_at, &flight->request->details->whole_bytes);
  free(range);
  return fits && is_the_same(session, flight) && is_encoded_alike(session, flight);
}
