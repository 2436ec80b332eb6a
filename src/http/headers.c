#include "headers.h"

#include <stdlib.h>
#include <string.h>

#include "url.h"

/* What will be copied. */
typedef struct picked {
  size_t count, bytes;
  fl_header items[FL__HEADERS_MAX];
} picked;

bool fl__header_is(const char *name, const char *other) {
  while (*name && fl__lower(*name) == fl__lower(*other)) name++, other++;
  return *name == *other;
}

bool fl__is_token(const char *name) {
  const char *c = name;
  while ((*c >= '0' && *c <= '9') || (fl__lower(*c) >= 'a' && fl__lower(*c) <= 'z') ||
         (*c && strchr("!#$%&'*+-.^_`|~", *c)))
    c++;
  return c > name && !*c;
}

/* A line end in a value would begin a header, or a request, of its own. */
static bool is_one_line(const char *value) {
  for (; *value; value++)
    if (((unsigned char)*value < ' ' && *value != '\t') || *value == 0x7f) return false;
  return true;
}

/* Those that say how the message is sent, not what it is: two parties who write them get request smuggling. */
static bool belongs_to_the_connection(const char *name) {
  static const char *const names[] = {
      "Connection",       "Content-Length", "Transfer-Encoding",   "Keep-Alive", "Upgrade", "TE",
      "Proxy-Connection", "HTTP2-Settings", "Proxy-Authorization", "Trailer",    "Expect"};
  if (name[0] == ':') return true; /* HTTP/2's */
  for (size_t i = 0; i < sizeof names / sizeof *names; i++)
    if (fl__header_is(name, names[i])) return true;
  return false;
}

int fl__headers_check(const fl_header *headers, size_t count) {
  for (size_t i = 0; i < count; i++) {
    const char *name = headers[i].name, *value = headers[i].value;
    if (!name) return FL_EHEADER;
    if (belongs_to_the_connection(name)) return FL_EFORBIDDEN;
    if (!fl__is_token(name) || (value && !is_one_line(value))) return FL_EHEADER;
  }
  return FL_OK;
}

static const char *trim(const char *value, size_t *bytes) {
  value += strspn(value, " \t");
  size_t left = strlen(value);
  while (left && strchr(" \t", value[left - 1])) left--;
  *bytes = left;
  return value;
}

static int pick(picked *to, const fl_header *header) {
  size_t value_bytes, name_bytes = strlen(header->name);
  trim(header->value, &value_bytes);
  if (to->count == FL__HEADERS_MAX || name_bytes > FL__HEADERS_BYTES_MAX || value_bytes > FL__HEADERS_BYTES_MAX)
    return FL_EHEADERSLONG;
  to->bytes += name_bytes + value_bytes + 2;
  if (to->bytes > FL__HEADERS_BYTES_MAX) return FL_EHEADERSLONG;
  to->items[to->count++] = *header;
  return FL_OK;
}

static char *put(char *to, const char **out, const char *text, size_t bytes) {
  *out = to;
  memcpy(to, text, bytes);
  to[bytes] = 0;
  return to + bytes + 1;
}

static int pack(fl__headers **out, const picked *from) {
  size_t items_bytes = (from->count + 1) * sizeof(fl_header);
  fl__headers *headers = malloc(sizeof *headers + items_bytes + from->bytes);
  if (!headers) return FL_ENOMEM;
  headers->count = (uint32_t)from->count;
  headers->bytes = (uint32_t)from->bytes;
  char *text = (char *)(headers->items + from->count + 1);
  for (size_t i = 0; i < from->count; i++) {
    size_t bytes;
    const char *value = trim(from->items[i].value, &bytes);
    text = put(text, &headers->items[i].name, from->items[i].name, strlen(from->items[i].name));
    text = put(text, &headers->items[i].value, value, bytes);
  }
  headers->items[from->count] = (fl_header){NULL, NULL};
  *out = headers;
  return FL_OK;
}

static bool has(const fl_header *headers, size_t count, const char *name) {
  for (size_t i = 0; i < count; i++)
    if (fl__header_is(headers[i].name, name)) return true;
  return false;
}

int fl__headers_make(fl__headers **out, const fl_header *defaults, size_t defaults_count, const fl_header *own,
                     size_t own_count) {
  int error = fl__headers_check(defaults, defaults_count);
  if (!error) error = fl__headers_check(own, own_count);
  picked all;
  all.count = all.bytes = 0;
  for (size_t i = 0; i < defaults_count && !error; i++)
    if (defaults[i].value && !has(own, own_count, defaults[i].name)) error = pick(&all, &defaults[i]);
  for (size_t i = 0; i < own_count && !error; i++)
    if (own[i].value) error = pick(&all, &own[i]);
  return error ? error : pack(out, &all);
}

int fl__headers_with(fl__headers **out, const fl__headers *headers, const fl_header *more, size_t count) {
  return fl__headers_make(out, headers ? headers->items : NULL, headers ? headers->count : 0, more, count);
}

int fl__headers_without(fl__headers **out, const fl__headers *headers, bool (*drop)(const char *name, void *arg),
                        void *arg) {
  int error = FL_OK;
  picked kept;
  kept.count = kept.bytes = 0;
  for (size_t i = 0; headers && i < headers->count && !error; i++)
    if (!drop(headers->items[i].name, arg)) error = pick(&kept, &headers->items[i]);
  return error ? error : pack(out, &kept);
}

const char *fl__headers_get(const fl__headers *headers, const char *name) {
  for (size_t i = 0; headers && i < headers->count; i++)
    if (fl__header_is(headers->items[i].name, name)) return headers->items[i].value;
  return NULL;
}
