/* The transport of the host that a wasm module runs in: emscripten_fetch with completion callbacks. library.js is the
 * JavaScript half. What emscripten_fetch is like to work with, which the comments here speak of, is what its source
 * says (Emscripten 4.0 to 6.0, system/lib/fetch and src/Fetch.js). */
#include "fetch.h"

#include <emscripten.h>
#include <emscripten/fetch.h>
#include <stdlib.h>
#include <string.h>

/* The FL_E... of that name; 0 for one that there isn't. */
EMSCRIPTEN_KEEPALIVE int fl__host_error_number(const char *name) {
  for (int error = -1; error >= -FL__ERRORS; error--)
    if (strcmp(fl_error_name(error), name) == 0) return error;
  return 0;
}

extern void fl__host_sending(fl_session *session); /* the next XMLHttpRequest to be made is this session's */
extern int fl__host_error(unsigned fetch_id); /* why the XMLHttpRequest failed, FL_E...; 0 where that can't be told */
extern int fl__host_connected(unsigned fetch_id);

typedef struct sent {
  fl_session *session;
  emscripten_fetch_t *fetch;
  uint32_t id;
} sent;

/* onsuccess and onerror alike: a status outside 200..299 comes as an error, with its body. May come from inside
 * emscripten_fetch(). The session only enqueues, so the fetch is closed from a turn, never from its own callback. */
static void on_reply(emscripten_fetch_t *fetch) {
  sent *sent = fetch->userData;
  fl_reply reply = {0};
  if (fetch->readyState == 4 && fetch->status != 0 && fetch->status != (unsigned short)-1) {
    reply.status = fetch->status;
    reply.body = (const uint8_t *)fetch->data;
    reply.body_bytes = (size_t)fetch->numBytes;
  } else {
    int error = fl__host_error(fetch->id);
    reply.error = error ? error : FL_ENETWORK;
  }
  fl_session_reply(sent->session, sent->id, &reply);
}

static int send(void *self, void **token, fl_session *session, uint32_t id, const char *url, unsigned flags) {
  (void)self;
  sent *made = malloc(sizeof *made);
  if (!made) return FL_ENOMEM;
  *made = (sent){.session = session, .id = id};
  emscripten_fetch_attr_t attributes;
  emscripten_fetch_attr_init(&attributes);
  strcpy(attributes.requestMethod, "GET");
  attributes.attributes = EMSCRIPTEN_FETCH_REPLACE; /* no IndexedDB */
  if (flags & FL_BODY_ON_HEAP) attributes.attributes |= EMSCRIPTEN_FETCH_LOAD_TO_MEMORY;
  attributes.onsuccess = attributes.onerror = on_reply;
  attributes.userData = made;
  fl__host_sending(session);
  made->fetch = emscripten_fetch(&attributes, url);
  if (!made->fetch) {
    free(made);
    return FL_ENOMEM;
  }
  *token = made;
  return FL_OK;
}

static void close(void *self, void *token) {
  (void)self;
  sent *sent = token;
  sent->fetch->__attributes.onerror = NULL; /* else a close in flight reports an error, for a request that is gone */
  emscripten_fetch_close(sent->fetch);
  free(sent);
}

unsigned fl__emscripten_fetch_id(const void *token) { return token ? ((const sent *)token)->fetch->id : 0; }

static int connected(void *self, void *token) {
  (void)self;
  return fl__host_connected(fl__emscripten_fetch_id(token));
}

const fl_transport *fl_emscripten_transport(void) {
  static const fl_transport transport = {.send = send, .close = close, .connected = connected};
  return &transport;
}
