/* An attempt's URL and headers as Emscripten's fetch wants them: in UTF-8, for it makes JavaScript's texts of them. The
 * module's JavaScript has given them so. A program's are bytes, which are to arrive as they are. */
#ifndef FL_AS_TEXT_H
#define FL_AS_TEXT_H

#include "../fetchloop.h"

typedef struct fl__as_text {
  const char *url;
  const fl_header *headers;
  void *owned; /* NULL: both are the attempt's */
} fl__as_text;

#ifdef FL_BROWSER /* no program */
static inline int fl__as_text_make(fl__as_text *out, const fl_attempt *attempt) {
  *out = (fl__as_text){attempt->url, attempt->headers, NULL};
  return FL_OK;
}
static inline void fl__as_text_free(fl__as_text *text) { (void)text; }
#else
/* Borrows the attempt until it is freed. Errors: FL_ENOMEM. */
int fl__as_text_make(fl__as_text *out, const fl_attempt *attempt);
void fl__as_text_free(fl__as_text *text);
#endif

#endif
