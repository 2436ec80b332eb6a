/* As much of emscripten_fetch as src/host/fetch.c uses, in place of Emscripten's own, in a tenth of its size: no copies
 * of what was given to it, no body from C's memory and none into it, no IndexedDB. library.js beside it is the
 * JavaScript half. */
#include <emscripten.h>
#include <emscripten/fetch.h>
#include <stdlib.h>
#include <string.h>

/* Make the XMLHttpRequest and send it. It reads the texts before it returns its id. */
extern unsigned fl__fetch_start(emscripten_fetch_t *fetch, const char *method, const char *url,
                                const char *const *headers);
extern void fl__fetch_free(unsigned id);

void emscripten_fetch_attr_init(emscripten_fetch_attr_t *attributes) { memset(attributes, 0, sizeof *attributes); }

emscripten_fetch_t *emscripten_fetch(emscripten_fetch_attr_t *attributes, const char *url) {
  emscripten_fetch_t *fetch = calloc(1, sizeof *fetch);
  if (!fetch) return NULL;
  fetch->userData = attributes->userData;
  fetch->__attributes = *attributes;
  fetch->id = fl__fetch_start(fetch, attributes->requestMethod, url, attributes->requestHeaders);
  return fetch;
}

EMSCRIPTEN_RESULT emscripten_fetch_close(emscripten_fetch_t *fetch) {
  fl__fetch_free(fetch->id);
  free(fetch);
  return EMSCRIPTEN_RESULT_SUCCESS;
}

/* Neither may come before emscripten_fetch() has returned: its id is not known until then. */
EMSCRIPTEN_KEEPALIVE void fl__fetch_report(emscripten_fetch_t *fetch, int ready_state, int status, bool ended) {
  fetch->readyState = (unsigned short)ready_state;
  fetch->status = (unsigned short)status;
  if (ended)
    fetch->__attributes.onsuccess(fetch); /* in fetch.c the same as onerror */
  else
    fetch->__attributes.onreadystatechange(fetch);
}
