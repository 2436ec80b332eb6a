/* A request's headers: checked, copied and merged. In the order in which they were given, names repeated where given.
 */
#ifndef FL_HEADERS_H
#define FL_HEADERS_H

#include "../fetchloop.h"

enum { FL__HEADERS_MAX = 100, FL__HEADERS_BYTES_MAX = 65536 };

/* One allocation, for free(): an array of count + 1, the last {NULL, NULL}, and after it the text. */
typedef struct fl__headers {
  uint32_t count;
  uint32_t bytes; /* of the text, the NULs included */
  fl_header items[];
} fl__headers;

/* Whether two names are the same: case doesn't count. */
bool fl__header_is(const char *name, const char *other);

/* RFC 9110, 5.6.2: what a method and a header's name are. */
bool fl__is_token(const char *text);

/* FL_EHEADER: a name that is no token (RFC 9110, 5.6.2), a value with a control character other than a tab.
 * FL_EFORBIDDEN: a header of the connection (Connection, Content-Length, ...), which is the transport's.
 * A value of NULL is well. */
int fl__headers_check(const fl_header *headers, size_t count);

/* A checked copy of `defaults` and `own`, in this order; a default is left out when `own` has its name. An own one with
 * the value NULL only leaves out the default. Spaces and tabs around values go. Never NULL, even when there are none.
 * Errors: those of fl__headers_check(), FL_EHEADERSLONG (more than 100, or than 64 KiB of text), FL_ENOMEM. */
int fl__headers_make(fl__headers **out, const fl_header *defaults, size_t defaults_count, const fl_header *own,
                     size_t own_count);

/* A copy of `headers` (may be NULL) in which `more` replaces those of its names. Errors as above. */
int fl__headers_with(fl__headers **out, const fl__headers *headers, const fl_header *more, size_t count);

/* A copy of `headers` (may be NULL) without those that `drop` is true for. Errors: FL_ENOMEM. */
int fl__headers_without(fl__headers **out, const fl__headers *headers, bool (*drop)(const char *name, void *arg),
                        void *arg);

/* The first value of that name; NULL without one. `headers` may be NULL. */
const char *fl__headers_get(const fl__headers *headers, const char *name);

#endif
