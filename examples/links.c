#include "links.h"

#include <ctype.h>
#include <fetchloop.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

/* ---- URLs */

/* "https://host:port" of "https://host:port/path": its length. */
static size_t origin_length(const char *url) {
  const char *host = strstr(url, "://");
  return host ? (size_t)(host + 3 - url) + strcspn(host + 3, "/?#") : 0;
}

/* A scheme comes before any of these: "mailto:me", but not "/a:b". */
static bool has_scheme(const char *link) { return link[strcspn(link, ":/?#")] == ':'; }

static void remove_dot_segments(char *path) {
  char *query = path + strcspn(path, "?");
  char *out = path;
  for (char *in = path; in < query;) {
    size_t length = strcspn(in + 1, "/?") + 1; /* "/segment" */
    bool last = in + length == query;
    if (length == 2 && in[1] == '.') {
      if (last) *out++ = '/';
    } else if (length == 3 && in[1] == '.' && in[2] == '.') {
      while (out > path && *--out != '/')
        ;
      if (last) *out++ = '/';
    } else {
      memmove(out, in, length);
      out += length;
    }
    in += length;
  }
  memmove(out, query, strlen(query) + 1);
}

/* How much of `base` stays before `link`, whose own origin is skipped. Returns whether it is the same. */
static bool join(size_t *kept, const char *base, const char **link) {
  size_t origin = origin_length(base);
  size_t path = origin + strcspn(base + origin, "?#");
  bool no_scheme = strncmp(*link, "//", 2) == 0;
  if (no_scheme || has_scheme(*link)) {
    size_t skipped = no_scheme ? strcspn(base, ":") + 1 : 0;
    size_t length = origin - skipped;
    if (strncasecmp(base + skipped, *link, length) != 0 || !strchr("/?#", (*link)[length])) return false;
    *link += length;
    path = origin;
  } else if (**link == '/') {
    path = origin;
  } else if (**link != '?') {
    while (path > origin && base[path - 1] != '/') path--;
  }
  *kept = path;
  return true;
}

char *link_resolve(const char *base, const char *link) {
  size_t origin = origin_length(base), kept;
  if (!origin || !*link || *link == '#' || !join(&kept, base, &link)) return NULL;
  size_t length = strcspn(link, "#");
  char *url = malloc(kept + length + 2), *end = url + kept;
  if (!url) return NULL;
  memcpy(url, base, kept);
  if (kept == origin && *link != '/') *end++ = '/';
  memcpy(end, link, length);
  end[length] = '\0';
  remove_dot_segments(url + origin);
  return url;
}

/* ---- Pages */

/* The value between quotes after `at`, which stands behind "href"; NULL when there is none. */
static const char *value_after(const char *at, size_t *length) {
  while (isspace((unsigned char)*at)) at++;
  if (*at++ != '=') return NULL;
  while (isspace((unsigned char)*at)) at++;
  if (*at != '"' && *at != '\'') return NULL;
  const char *end = strchr(at + 1, *at);
  if (!end) return NULL;
  while (isspace((unsigned char)*++at))
    ;
  while (end > at && isspace((unsigned char)end[-1])) end--;
  *length = (size_t)(end - at);
  return at;
}

/* The value, with &amp; read as &. NULL when memory is short. */
static char *copy_value(const char *value, size_t length) {
  char *copy = malloc(length + 1);
  if (!copy) return NULL;
  char *out = copy;
  for (const char *end = value + length; value < end;) {
    *out++ = *value;
    value += end - value >= 5 && strncmp(value, "&amp;", 5) == 0 ? 5 : 1;
  }
  *out = '\0';
  return copy;
}

static int give(const char *value, size_t length, const char *base, int (*each)(const char *, void *), void *arg) {
  char *link = copy_value(value, length);
  if (!link) return FL_ENOMEM;
  char *url = link_resolve(base, link);
  int error = url ? each(url, arg) : 0;
  free(link);
  free(url);
  return error;
}

int links_each(const char *page, const char *base, int (*each)(const char *url, void *arg), void *arg) {
  int error = 0;
  for (const char *at = page; !error && *at; at++) {
    if ((*at != 'h' && *at != 'H') || strncasecmp(at, "href", 4) != 0) continue;
    if (at == page || !isspace((unsigned char)at[-1])) continue; /* data-href */
    size_t length;
    const char *value = value_after(at + 4, &length);
    if (value) error = give(value, length, base, each, arg);
  }
  return error;
}
