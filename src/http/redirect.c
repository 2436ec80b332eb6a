#include "redirect.h"

#include <stdlib.h>
#include <string.h>

#include "url.h"
#include "url_resolve.h"

typedef struct passage {
  const char *const *sensitive;
  size_t sensitive_count;
  bool changes_method, crosses_origin, downgrades;
} passage;

bool fl__status_redirects(int status) {
  return status == 301 || status == 302 || status == 303 || status == 307 || status == 308;
}

static bool becomes_get(const char *method, int status) {
  if (status == 303) return strcmp(method, "GET") != 0 && strcmp(method, "HEAD") != 0;
  return (status == 301 || status == 302) && strcmp(method, "POST") == 0;
}

static bool begins(const char *name, const char *word) {
  while (*word && fl__lower(*name) == *word) name++, word++;
  return !*word;
}

static bool contains(const char *name, const char *word) {
  for (; *name; name++)
    if (begins(name, word)) return true;
  return false;
}

/* RFC 9110, 15.4, step 5 */
static bool describes_body(const char *name) {
  return begins(name, "content-") || fl__header_is(name, "Digest") || fl__header_is(name, "Repr-Digest") ||
         fl__header_is(name, "Last-Modified");
}

/* By what the name has in it, since everyone invents his own: X-Api-Key, X-Auth-Token, X-Goog-Signature. One that is
 * harmless and goes missing at another origin is the smaller damage. */
static bool may_be_secret(const char *name) {
  static const char *const words[] = {"auth",     "token",  "key",       "secret", "session", "cookie", "credential",
                                      "password", "passwd", "signature", "jwt",    "bearer",  "csrf",   "xsrf"};
  for (size_t i = 0; i < sizeof words / sizeof *words; i++)
    if (contains(name, words[i])) return true;
  return false;
}

static bool stays_behind(const char *name, void *arg) {
  const passage *to = arg;
  if (to->changes_method && describes_body(name)) return true;
  if (!to->crosses_origin) return false;
  if (may_be_secret(name) || fl__header_is(name, "Host") || fl__header_is(name, "Origin")) return true;
  if (to->downgrades && fl__header_is(name, "Referer")) return true;
  for (size_t i = 0; i < to->sensitive_count; i++)
    if (fl__header_is(name, to->sensitive[i])) return true;
  return false;
}

int fl__redirect(fl__next_hop *out, const fl__hop *hop, int status, const char *location, size_t location_bytes,
                 const char *const *sensitive, size_t sensitive_count) {
  fl__url here, there;
  char *url;
  size_t url_bytes;
  int error = fl__url_parse(&here, hop->url, strlen(hop->url));
  if (!error) error = fl__url_resolve(&url, &url_bytes, hop->url, here.bytes, location, location_bytes);
  if (error) return error;

  passage to = {.sensitive = sensitive, .sensitive_count = sensitive_count};
  to.changes_method = becomes_get(hop->method, status);
  error = hop->has_body && !hop->replayable && !to.changes_method ? FL_EREPLAY : fl__url_parse(&there, url, url_bytes);
  if (error) goto error1;
  to.crosses_origin = !fl__url_same_origin(&here, &there);
  to.downgrades = here.https && !there.https;
  fl__headers *headers;
  error = fl__headers_without(&headers, hop->headers, stays_behind, &to);
  if (error) goto error1;

  *out = (fl__next_hop){.method = to.changes_method ? "GET" : hop->method,
                        .url = url,
                        .headers = headers,
                        .drops_body = to.changes_method,
                        .crosses_origin = to.crosses_origin};
  return FL_OK;

error1:
  free(url);
  return error;
}

/* What is asked of the server: path and query. */
static const char *target(const fl__url *url, size_t *bytes) {
  const char *end = url->text + url->bytes, *start = url->host + url->host_bytes;
  while (start < end && !strchr("/?#", *start)) start++;
  const char *hash = memchr(start, '#', (size_t)(end - start));
  *bytes = (size_t)((hash ? hash : end) - start);
  if (*bytes) return start;
  *bytes = 1;
  return "/";
}

static bool same_resource(const fl__url *a, const fl__url *b) {
  size_t a_bytes, b_bytes;
  const char *a_target = target(a, &a_bytes), *b_target = target(b, &b_bytes);
  return fl__url_same_origin(a, b) && a_bytes == b_bytes && memcmp(a_target, b_target, a_bytes) == 0;
}

bool fl__redirect_loops(const fl_redirected *history, size_t count, const char *method, const char *url) {
  fl__url next, visited;
  if (fl__url_parse(&next, url, strlen(url))) return false;
  for (size_t i = 0; i < count; i++)
    if (strcmp(history[i].method, method) == 0 && !fl__url_parse(&visited, history[i].url, strlen(history[i].url)) &&
        same_resource(&visited, &next))
      return true;
  return false;
}
