#include "url_resolve.h"

#include <stdlib.h>
#include <string.h>

typedef struct span {
  const char *text; /* NULL: the URL doesn't have this part, which is not the same as an empty one */
  size_t bytes;
} span;

typedef struct parts {
  span scheme, authority, path, query, fragment;
} parts;

/* The WHATWG's percent-encode sets, without control characters, which are refused, and ^, which some leave alone. */
static const char path_unsafe[] = " \"<>`{}", query_unsafe[] = " \"<>'", fragment_unsafe[] = " \"<>`";

static span trim(const char *text, size_t bytes) {
  while (bytes && strchr(" \t\r\n", text[bytes - 1]) && text[bytes - 1]) bytes--;
  while (bytes && strchr(" \t\r\n", *text) && *text) text++, bytes--;
  return (span){text, bytes};
}

/* Cut the first `bytes` off, and `separators` after them. */
static span cut(span *rest, size_t bytes, size_t separators) {
  span first = {rest->text, bytes};
  rest->text += bytes + separators;
  rest->bytes -= bytes + separators;
  return first;
}

static size_t until(span text, const char *ends) {
  size_t i = 0;
  while (i < text.bytes && !strchr(ends, text.text[i])) i++;
  return i;
}

static size_t scheme_bytes(span text) {
  size_t i = 0;
  for (; i < text.bytes; i++) {
    char c = fl__lower(text.text[i]);
    if (!(c >= 'a' && c <= 'z') && (i == 0 || !((c >= '0' && c <= '9') || strchr("+-.", c)))) break;
  }
  return i < text.bytes && text.text[i] == ':' ? i : 0;
}

/* RFC 3986, appendix B. `text` has no NUL. */
static parts split(span text) {
  parts out = {{NULL, 0}, {NULL, 0}, {NULL, 0}, {NULL, 0}, {NULL, 0}};
  size_t scheme = scheme_bytes(text);
  if (scheme) out.scheme = cut(&text, scheme, 1);
  if (text.bytes >= 2 && text.text[0] == '/' && text.text[1] == '/') {
    cut(&text, 2, 0);
    out.authority = cut(&text, until(text, "/?#"), 0);
  }
  out.path = cut(&text, until(text, "?#"), 0);
  if (text.bytes && *text.text == '?') {
    cut(&text, 1, 0);
    out.query = cut(&text, until(text, "#"), 0);
  }
  if (text.bytes) out.fragment = (span){text.text + 1, text.bytes - 1};
  return out;
}

/* Browsers take a backslash for a slash, others don't: it must not be what decides which host is meant. */
static bool backslash_decides(span text, const parts *reference) {
  if (reference->authority.text && memchr(reference->authority.text, '\\', reference->authority.bytes)) return true;
  if (reference->authority.text || text.bytes < 2) return false;
  return strchr("/\\", text.text[0]) && strchr("/\\", text.text[1]);
}

static int split_reference(parts *out, span text) {
  if (text.bytes > FL_URL_BYTES_MAX) return FL_EURLLONG;
  for (size_t i = 0; i < text.bytes; i++)
    if ((unsigned char)text.text[i] < ' ' || text.text[i] == 0x7f) return FL_EURLCHAR;
  *out = split(text);
  return backslash_decides(text, out) ? FL_EURLHOST : FL_OK;
}

/* RFC 3986, 5.2.2, but for the dot segments: what the result consists of. `directory` comes before its path. */
static parts merge(const parts *base, const parts *reference, span *directory) {
  parts out = *reference;
  *directory = (span){NULL, 0};
  if (!out.fragment.text) out.fragment = base->fragment;
  if (out.scheme.text) return out;
  out.scheme = base->scheme;
  if (out.authority.text) return out;
  out.authority = base->authority;
  if (!out.path.bytes) {
    out.path = base->path;
    if (!out.query.text) out.query = base->query;
  } else if (out.path.text[0] != '/') {
    *directory = base->path;
    while (directory->bytes && directory->text[directory->bytes - 1] != '/') directory->bytes--;
    if (!directory->bytes) *directory = (span){"/", 1};
  }
  return out;
}

/* RFC 3986, 5.2.4, in place, for a path that begins with a slash. Gives its new length. */
static size_t remove_dot_segments(char *path, size_t bytes) {
  size_t out = 0;
  for (size_t in = 0, end; in < bytes; in = end) {
    for (end = in + 1; end < bytes && path[end] != '/';) end++;
    bool up = end - in == 3 && path[in + 1] == '.' && path[in + 2] == '.';
    bool here = end - in == 2 && path[in + 1] == '.';
    if (up)
      while (out && path[--out] != '/') continue;
    if (!up && !here) {
      memmove(path + out, path + in, end - in);
      out += end - in;
    } else if (end == bytes) {
      path[out++] = '/';
    }
  }
  return out;
}

/* The length of the UTF-8 sequence that `bytes` begin with (RFC 3629); 0 when they don't. */
static size_t sequence_bytes(const unsigned char *bytes, size_t count) {
  unsigned char first = bytes[0];
  size_t length = first < 0xc2 || first > 0xf4 ? 0 : first < 0xe0 ? 2 : first < 0xf0 ? 3 : 4;
  if (!length || length > count) return 0;
  for (size_t i = 1; i < length; i++)
    if ((bytes[i] & 0xc0) != 0x80) return 0;
  bool overlong = (first == 0xe0 && bytes[1] < 0xa0) || (first == 0xf0 && bytes[1] < 0x90);
  bool no_character = (first == 0xed && bytes[1] >= 0xa0) || (first == 0xf4 && bytes[1] >= 0x90);
  return overlong || no_character ? 0 : length;
}

static char *put(char *to, span from) {
  if (from.bytes) memcpy(to, from.text, from.bytes);
  return to + from.bytes;
}

static char *put_encoded(char *to, span from, const char *unsafe) {
  for (size_t i = 0, step; i < from.bytes; i += step) {
    const unsigned char *c = (const unsigned char *)from.text + i;
    step = *c < 0x80 ? !strchr(unsafe, *c) : sequence_bytes(c, from.bytes - i);
    if (step) {
      to = put(to, (span){from.text + i, step});
    } else {
      *to++ = '%';
      *to++ = "0123456789ABCDEF"[*c >> 4];
      *to++ = "0123456789ABCDEF"[*c & 15];
      step = 1;
    }
  }
  return to;
}

static span without_userinfo(span authority) {
  size_t start = authority.bytes;
  while (start && authority.text[start - 1] != '@') start--;
  return (span){authority.text + start, authority.bytes - start};
}

static char *write_url(char *to, const parts *url, span directory) {
  to = put(to, url->scheme);
  *to++ = ':';
  if (url->authority.text) {
    to = put(to, (span){"//", 2});
    to = put(to, without_userinfo(url->authority));
  }
  char *path = to;
  to = put_encoded(to, directory, path_unsafe);
  to = put_encoded(to, url->path, path_unsafe);
  if (to > path && *path == '/') to = path + remove_dot_segments(path, (size_t)(to - path));
  if (url->query.text) {
    *to++ = '?';
    to = put_encoded(to, url->query, query_unsafe);
  }
  if (url->fragment.text) {
    *to++ = '#';
    to = put_encoded(to, url->fragment, fragment_unsafe);
  }
  *to = 0;
  return to;
}

int fl__url_resolve(char **out, size_t *out_bytes, const char *base, size_t base_bytes, const char *reference,
                    size_t reference_bytes) {
  fl__url checked;
  int error = fl__url_parse(&checked, base, base_bytes);
  if (error) return error;
  span text = trim(reference, reference_bytes);
  parts from = split((span){base, base_bytes}), to;
  error = split_reference(&to, text);
  if (error) return error;

  span directory;
  parts result = merge(&from, &to, &directory);
  char *url = malloc(3 * (base_bytes + text.bytes) + sizeof ":///?#");
  if (!url) return FL_ENOMEM;
  size_t bytes = (size_t)(write_url(url, &result, directory) - url);
  error = fl__url_parse(&checked, url, bytes);
  if (error) {
    free(url);
    return error;
  }
  *out = url;
  if (out_bytes) *out_bytes = bytes;
  return FL_OK;
}

int fl__url_without_userinfo(char **out, size_t *out_bytes, const fl__url *url) {
  span text = {url->text, url->bytes};
  span start = cut(&text, until(text, "/") + 2, 0); /* http:// */
  cut(&text, (size_t)(url->host - text.text), 0);
  char *copy = malloc(start.bytes + text.bytes + 1);
  if (!copy) return FL_ENOMEM;
  char *end = put(put(copy, start), text);
  *end = 0;
  *out = copy;
  if (out_bytes) *out_bytes = (size_t)(end - copy);
  return FL_OK;
}
