#ifndef FL_FETCH_H
#define FL_FETCH_H

#include "../fetchloop.h"

/* The number under which Fetch.js keeps the XMLHttpRequest of a token; 0 for NULL. */
unsigned fl__emscripten_fetch_id(const void *token);

#endif
