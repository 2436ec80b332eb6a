/* What strangers send: URLs, Location, Retry-After and dates, RateLimit, Content-Range, and headers that a program
 * passes on. The input's first byte says which, its lines are the texts. The checks: what is taken is in range and in
 * order, is taken again as it came out, and carries no secret and no line end; what isn't, is an error. Reads beyond a
 * text are the sanitizers' part: each has an allocation of its own. */
#include "../../src/http/basic_auth.h"
#include "../../src/http/gate.h"
#include "../../src/http/http_date.h"
#include "../../src/http/redirect.h"
#include "../../src/http/resume.h"
#include "../../src/http/retry_after.h"
#include "../../src/http/url_resolve.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t bytes);

#define CHECK(so)                                              \
  do {                                                         \
    if (!(so)) {                                               \
      fprintf(stderr, "%s:%d: %s\n", __FILE__, __LINE__, #so); \
      abort();                                                 \
    }                                                          \
  } while (0)

static const int64_t WALL_US = INT64_C(1768478400) * FL_SECOND; /* 2026-01-15 12:00:00 UTC */

/* ---- The input's lines; the last ones may be empty */

enum { LINES = 5 };
typedef struct lines {
  char *text[LINES]; /* without a NUL */
  size_t bytes[LINES];
} lines;

static void take_lines(lines *to, const uint8_t *data, size_t bytes) {
  for (unsigned i = 0; i < LINES; i++) {
    const uint8_t *end = i + 1 < LINES && bytes ? memchr(data, '\n', bytes) : NULL;
    size_t taken = end ? (size_t)(end - data) : bytes;
    to->text[i] = malloc(taken ? taken : 1);
    to->bytes[i] = taken;
    if (taken) memcpy(to->text[i], data, taken);
    taken += end != NULL;
    data += taken;
    bytes -= taken;
  }
}

static void free_lines(lines *l) {
  for (unsigned i = 0; i < LINES; i++) free(l->text[i]);
}

/* With a NUL, and up to the first that it has. The caller frees it. */
static char *string_of(const lines *l, unsigned i) {
  char *text = malloc(l->bytes[i] + 1);
  memcpy(text, l->text[i], l->bytes[i]);
  text[l->bytes[i]] = '\0';
  return text;
}

/* ---- Times */

static void check_date(const lines *l) {
  static const int64_t FIRST_S = INT64_C(-62167219200), LAST_S = INT64_C(253402300800); /* years 0 to 9999 */
  char *given = string_of(l, 0);
  int64_t us = fl__http_date_us(given, WALL_US);
  free(given);
  if (us == FL_NAN) return;
  CHECK(us % FL_SECOND == 0 && us >= FIRST_S * FL_SECOND && us <= LAST_S * FL_SECOND);
  time_t seconds = (time_t)(us / FL_SECOND);
  const struct tm *tm = gmtime(&seconds);
  char text[64];
  if (!tm || tm->tm_year + 1900 > 9999) return;
  static const char *const days[] = {"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
  static const char *const months[] = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                       "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
  snprintf(text, sizeof text, "%s, %02d %s %04d %02d:%02d:%02d GMT", days[tm->tm_wday], tm->tm_mday, months[tm->tm_mon],
           tm->tm_year + 1900, tm->tm_hour, tm->tm_min, tm->tm_sec);
  CHECK(fl__http_date_us(text, 0) == us);
}

static bool is_digits(const char *text) { return *text && text[strspn(text, "0123456789")] == '\0'; }

static void check_retry_after(const lines *l) {
  char *text = string_of(l, 0), *date = string_of(l, 1), *longer = malloc(strlen(text) + sizeof ".5");
  int64_t us = fl__retry_after_us(text, date, WALL_US);
  int64_t without_date_us = fl__retry_after_us(text, NULL, WALL_US);
  CHECK(us == FL_NAN || us >= 0);
  CHECK((us == FL_NAN) == (without_date_us == FL_NAN)); /* a date can't make it better or worse */
  if (is_digits(text)) {
    CHECK(us != FL_NAN && us == without_date_us);
    int64_t longer_us = fl__retry_after_us(strcat(strcpy(longer, text), ".5"), NULL, WALL_US);
    CHECK(longer_us > us || us == FL_NEVER);
    CHECK(fl__retry_after_us(strcat(strcpy(longer, text), "0"), NULL, WALL_US) >= us);
  }
  free(longer);
  free(date);
  free(text);
}

/* ---- RateLimit, and what a gate makes of it */

static void check_rate_limit(const lines *l) {
  char *texts[LINES];
  for (unsigned i = 0; i < LINES; i++) texts[i] = l->bytes[i] ? string_of(l, i) : NULL;
  fl__rate_limit_headers headers = {
      .rate_limit = texts[0], .policy = texts[1], .remaining = texts[2], .reset = texts[3], .limit = texts[4]};
  fl__quota quota;
  bool is_told = fl__quota_read(&quota, &headers, WALL_US);
  if (is_told) CHECK(headers.rate_limit || headers.remaining);
  for (unsigned i = 0; i < LINES; i++) free(texts[i]);
  if (!is_told) return;
  CHECK(quota.remaining >= 0 && quota.limit >= -1 && quota.reset_us >= -1 && quota.window_us >= -1);
  fl__gate gate;
  fl__gate_init(&gate, 6, &(fl__pace){0});
  fl__gate_set_quota(&gate, &quota, 3, 1000);
  int64_t now_us = 1000;
  for (int i = 0; i < 100; i++) {
    int64_t opens_us = fl__gate_opens_us(&gate, now_us);
    if (opens_us > now_us) now_us = opens_us;
    if (now_us == FL_NEVER) return;
    CHECK(fl__gate_opens_us(&gate, now_us) <= now_us); /* it opens when it said */
    fl__gate_take(&gate, now_us);
  }
}

/* ---- URLs */

static bool is_clean(const char *text) {
  for (; *text; text++)
    if ((unsigned char)*text <= ' ' || *text == 0x7f) return false;
  return true;
}

static void check_resolved(const char *url, size_t url_bytes) {
  fl__url parsed;
  const char *user, *password;
  size_t user_bytes, password_bytes;
  CHECK(strlen(url) == url_bytes && is_clean(url));
  CHECK(fl__url_parse(&parsed, url, url_bytes) == FL_OK);
  CHECK(!fl__url_userinfo(&parsed, &user, &user_bytes, &password, &password_bytes));
  char *again;
  CHECK(fl__url_resolve(&again, NULL, url, url_bytes, url, url_bytes) == FL_OK);
  fl__url same;
  CHECK(fl__url_parse(&same, again, strlen(again)) == FL_OK && fl__url_same_origin(&parsed, &same));
  char *third;
  CHECK(fl__url_resolve(&third, NULL, again, strlen(again), again, strlen(again)) == FL_OK);
  CHECK(strcmp(again, third) == 0);
  free(third);
  free(again);
}

static bool has_header(const fl__headers *headers, const char *name) { return fl__headers_get(headers, name) != NULL; }

static const int statuses[] = {301, 302, 303, 307, 308};

static void check_redirect(const lines *l, uint8_t how) {
  static const fl_header given[] = {{"Authorization", "x"}, {"Cookie", "y"}, {"X-Plain", "1"}, {"x-plain", "2"},
                                    {"Referer", "z"},       {"Mine", "m"},   {"cookie", "w"}};
  static const char *const mine[] = {"mine"}, *const methods[] = {"GET", "POST", "PUT", "HEAD"};
  char *url = string_of(l, 0);
  fl__url from;
  fl__headers *headers = NULL;
  CHECK(fl__headers_make(&headers, NULL, 0, given, sizeof given / sizeof *given) == FL_OK);
  if (fl__url_parse(&from, url, strlen(url)) == FL_OK) {
    fl__hop hop = {
        .method = methods[how % 4], .url = url, .headers = headers, .has_body = how & 4, .replayable = how & 8};
    int status = statuses[(how >> 4) % 5];
    fl__next_hop next;
    int error = fl__redirect(&next, &hop, status, l->text[1], l->bytes[1], mine, 1);
    CHECK(error <= 0);
    if (!error) {
      fl__url to;
      check_resolved(next.url, strlen(next.url));
      CHECK(fl__url_parse(&to, next.url, strlen(next.url)) == FL_OK);
      CHECK(next.crosses_origin == !fl__url_same_origin(&from, &to));
      CHECK(next.drops_body == (strcmp(next.method, hop.method) != 0));
      CHECK(next.drops_body || !hop.has_body || hop.replayable);
      CHECK(next.headers->count == (next.crosses_origin ? (from.https && !to.https ? 2u : 3u) : 7u));
      CHECK(has_header(next.headers, "Cookie") != next.crosses_origin);
      CHECK(has_header(next.headers, "mine") != next.crosses_origin);
      fl_redirected hops[] = {{.status = status, .method = next.method, .url = next.url}};
      CHECK(fl__redirect_loops(hops, 1, next.method, next.url));
      free(next.url);
      free(next.headers);
    }
  }
  free(headers);
  free(url);
}

static void check_url(const lines *l) {
  fl__url url;
  const char *text = l->text[0], *end = text + l->bytes[0];
  int error = fl__url_parse(&url, text, l->bytes[0]);
  CHECK(error <= 0);
  if (error) return;
  CHECK(url.port > 0 && url.host_bytes > 0 && url.host >= text && url.host + url.host_bytes <= end);
  CHECK(fl__url_same_origin(&url, &url));
  char *without, *authorization;
  size_t without_bytes;
  CHECK(fl__url_without_userinfo(&without, &without_bytes, &url) == FL_OK);
  fl__url same;
  CHECK(fl__url_parse(&same, without, without_bytes) == FL_OK && fl__url_same_origin(&url, &same));
  free(without);
  if (fl__basic_auth_of_url(&authorization, &url) == FL_OK && authorization) {
    CHECK(strncmp(authorization, "Basic ", 6) == 0);
    CHECK(strspn(authorization + 6, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/=") ==
          strlen(authorization + 6));
    free(authorization);
  }
}

/* ---- Content-Range, and the validator beside it */

typedef struct ranged {
  const char *range, *etag, *modified; /* NULL: it sent none */
} ranged;

static int give_header(void *self, void *token, const char *name, char *buffer, size_t size) {
  const ranged *sent = self;
  CHECK(token);
  const char *text;
  if (strcmp(name, "content-range") == 0) {
    text = sent->range;
  } else if (strcmp(name, "etag") == 0) {
    text = sent->etag;
  } else {
    CHECK(strcmp(name, "last-modified") == 0);
    text = sent->modified;
  }
  return text ? snprintf(buffer, size, "%s", text) : -1;
}

/* -1: no digits; INT64_MAX for what comes within 7 of it, and for all that is more. */
static int64_t number_of(const char *digits) {
  if (*digits < '0' || *digits > '9') return -1;
  unsigned long long number = strtoull(digits, NULL, 10);
  return number >= INT64_MAX - 7 ? INT64_MAX : (int64_t)number;
}

static bool fits(const char *text, uint64_t at) {
  char expected[32];
  int length = snprintf(expected, sizeof expected, "bytes %llu-", (unsigned long long)at);
  if (strncmp(text, expected, (size_t)length) != 0) return false;
  const char *last = text + length, *slash = last + strspn(last, "0123456789"), *total = slash + 1;
  int64_t end = number_of(last);
  if (*slash != '/' || end < (int64_t)at || end == INT64_MAX) return false;
  return *total == '*' || number_of(total) == end + 1;
}

/* The lines: Content-Range, where the download goes on, its validator, and the ones that come now. */
static void check_content_range(const lines *l) {
  char *text[LINES];
  for (unsigned i = 0; i < LINES; i++) text[i] = string_of(l, i);
  ranged sent = {text[0], text[3][0] ? text[3] : NULL, text[4][0] ? text[4] : NULL};
  fl_transport transport = {.self = &sent, .header = give_header};
  fl_session session = {.transport = &transport};
  fl__details details = {.validator = text[2]};
  fl_request request = {.session = &session, .details = &details};
  fl__flight flight = {.request = &request, .token = text, .resumes_at = strtoull(text[1], NULL, 10)};
  const char *now = text[2][0] == '"' ? sent.etag : sent.modified;
  if (flight.resumes_at < INT64_MAX / 2) /* no download is so large */
    CHECK(fl__resume_fits(&session, &flight) ==
          (fits(text[0], flight.resumes_at) && (!now || strcmp(now, text[2]) == 0)));
  for (unsigned i = 0; i < LINES; i++) free(text[i]);
}

/* ---- Headers of a request */

static void check_headers(const lines *l) {
  char *name = string_of(l, 0), *value = string_of(l, 1), *other_name = string_of(l, 2), *other = string_of(l, 3);
  fl_header defaults[] = {{name, value}}, own[] = {{other_name, other}, {other_name, value}};
  fl__headers *made = NULL;
  int error = fl__headers_make(&made, defaults, 1, own, 2);
  CHECK(error <= 0);
  if (!error) {
    CHECK(made->count == (fl__header_is(name, other_name) ? 2u : 3u));
    size_t text_bytes = 0;
    for (uint32_t i = 0; i < made->count; i++) {
      const fl_header *header = &made->items[i];
      CHECK(fl__is_token(header->name) && !strpbrk(header->value, "\r\n"));
      CHECK(!fl__header_is(header->name, "content-length") && !fl__header_is(header->name, "transfer-encoding"));
      size_t bytes = strlen(header->value);
      CHECK(!bytes || (!strchr(" \t", header->value[0]) && !strchr(" \t", header->value[bytes - 1])));
      text_bytes += strlen(header->name) + bytes + 2;
    }
    CHECK(text_bytes == made->bytes && text_bytes <= FL__HEADERS_BYTES_MAX);
    CHECK(!made->items[made->count].name);
    fl__headers *again = NULL;
    CHECK(fl__headers_with(&again, made, NULL, 0) == FL_OK && again->count == made->count &&
          again->bytes == made->bytes);
    free(again);
  }
  free(made);
  free(name);
  free(value);
  free(other_name);
  free(other);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t bytes) {
  if (bytes < 2) return 0;
  lines l;
  take_lines(&l, data + 2, bytes - 2);
  switch (data[0] % 7) {
  case 0: check_date(&l); break;
  case 1: check_retry_after(&l); break;
  case 2: check_rate_limit(&l); break;
  case 3: check_redirect(&l, data[1]); break;
  case 4: check_url(&l); break;
  case 5: check_content_range(&l); break;
  default: check_headers(&l); break;
  }
  free_lines(&l);
  return 0;
}
