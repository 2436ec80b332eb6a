/* The transport of the host that a wasm module runs in: emscripten_fetch with completion callbacks. library.js is the
 * JavaScript half. What emscripten_fetch is like to work with, which the comments here speak of, is what its source
 * says (Emscripten 4.0 to 6.0, system/lib/fetch and src/Fetch.js). */
#include "fetch.h"

#include "../http/build.h"
#include "as_text.h"

#include <emscripten.h>
#include <emscripten/fetch.h>
#include <stdlib.h>
#include <string.h>

/* What XMLHttpRequest doesn't say, and fetchloop's own does. */
typedef struct fl__xhr_state {
  double connected, reused, paused, delivered;
  double last_ms; /* performance.now() */
  double body_bytes;
  double status; /* also of a response that broke off */
} fl__xhr_state;

/* The next XMLHttpRequest to be made is for this session and request, and goes on where `resumes` broke off (0: none);
 * `again`: what came before, and may be stored somewhere, was not what is wanted. */
extern void fl__host_sending(fl_session *session, void *arg, uint32_t attempt, unsigned resumes, bool has_body,
                             bool again);
extern int fl__host_error(unsigned fetch_id, char *buffer, size_t size); /* a name, as fl__host_header() gives texts */
extern void fl__host_state(unsigned fetch_id, fl__xhr_state *out);
extern int fl__host_header(unsigned fetch_id, const char *name, char *buffer, size_t size);
extern int fl__host_headers(unsigned fetch_id, char *buffer, size_t size);
extern bool fl__host_has_quota(unsigned fetch_id);
extern void fl__host_stop(unsigned fetch_id);
extern void fl__host_join(unsigned fetch_id);
extern void fl__host_unwanted(unsigned fetch_id); /* the response's body may be dropped as it comes */
extern int fl__host_follows_redirects(void);

typedef struct sent {
  fl_session *session;
  emscripten_fetch_t *fetch;
  uint32_t id;
} sent;

static bool has_response(const emscripten_fetch_t *fetch) {
  return fetch->status != 0 && fetch->status != (unsigned short)-1;
}

/* Why the XMLHttpRequest failed, as far as can be told. */
static int error_of(const emscripten_fetch_t *fetch) {
  char name[32];
  fl__host_error(fetch->id, name, sizeof name);
  int error = fl_error_number(name);
  return error ? error : FL_ENETWORK;
}

/* onsuccess and onerror alike: a status outside 200..299 comes as an error, with its body. May come from inside
 * emscripten_fetch(). The session only enqueues, so the fetch is closed from a turn, never from its own callback. */
static void on_reply(emscripten_fetch_t *fetch) {
  sent *sent = fetch->userData;
  fl_reply reply = {0};
  if (fetch->readyState == 4 && has_response(fetch)) {
    reply.status = fetch->status;
    reply.body = (const uint8_t *)fetch->data;
    reply.body_bytes = (size_t)fetch->numBytes;
    reply.quota = fl__host_has_quota(fetch->id);
  } else {
    fl__xhr_state state;
    fl__host_state(fetch->id, &state);
    reply.error = error_of(fetch);
    reply.status = (int)state.status;
  }
  fl_session_reply(sent->session, sent->id, &reply);
}

/* The head of a response has come. */
static void on_ready_state(emscripten_fetch_t *fetch) {
  sent *sent = fetch->userData;
  if (fetch->readyState != 2 || !has_response(fetch)) return;
  fl_reply head = {.status = fetch->status, .quota = fl__host_has_quota(fetch->id)};
  if (!fl_session_head(sent->session, sent->id, &head)) fl__host_unwanted(fetch->id);
}

static int send(void *self, void **token, const fl_attempt *attempt) {
  (void)self;
  sent *made = malloc(sizeof *made);
  if (!made) return FL_ENOMEM;
  fl__as_text text;
  if (fl__as_text_make(&text, attempt)) {
    free(made);
    return FL_ENOMEM;
  }
  *made = (sent){.session = attempt->session, .id = attempt->id};
  emscripten_fetch_attr_t attributes;
  emscripten_fetch_attr_init(&attributes);
  strcpy(attributes.requestMethod, attempt->method);
  attributes.attributes = EMSCRIPTEN_FETCH_REPLACE; /* no IndexedDB */
  if (attempt->flags & FL_BODY_ON_HEAP) attributes.attributes |= EMSCRIPTEN_FETCH_LOAD_TO_MEMORY;
  attributes.onsuccess = attributes.onerror = on_reply;
  attributes.onreadystatechange = on_ready_state;
  attributes.userData = made;
  attributes.requestData = attempt->body;
  attributes.requestDataSize = attempt->body_bytes;
  _Static_assert(sizeof(fl_header) == 2 * sizeof(char *), "headers are names and values in turn, as it wants them");
  attributes.requestHeaders = (const char *const *)text.headers;
  fl__host_sending(attempt->session, fl_request_arg(attempt->request), attempt->id,
                   fl__emscripten_fetch_id(attempt->resumes), attempt->flags & FL_BODY_AT_TRANSPORT,
                   fl_request_retries(attempt->request) > 0);
  made->fetch = emscripten_fetch(&attributes, text.url);
  fl__as_text_free(&text);
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

static void stop(void *self, void *token) {
  (void)self;
  fl__host_stop(fl__emscripten_fetch_id(token));
}

static void join(void *self, void *token) {
  (void)self;
  fl__host_join(fl__emscripten_fetch_id(token));
}

unsigned fl__emscripten_fetch_id(const void *token) { return token ? ((const sent *)token)->fetch->id : 0; }

static void progress(void *self, void *token, fl_progress *out) {
  (void)self;
  fl__xhr_state state;
  fl__host_state(fl__emscripten_fetch_id(token), &state);
  *out = (fl_progress){.connected = state.connected != 0,
                       .reused = state.reused != 0,
                       .paused = state.paused != 0,
                       .delivered = state.delivered != 0,
                       .last_us = (int64_t)(state.last_ms * 1000),
                       .body_bytes = (uint64_t)state.body_bytes,
                       .status = (int)state.status};
}

static int header(void *self, void *token, const char *name, char *buffer, size_t size) {
  (void)self;
  return fl__host_header(fl__emscripten_fetch_id(token), name, buffer, size);
}

static int headers(void *self, void *token, char *buffer, size_t size) {
  (void)self;
  return fl__host_headers(fl__emscripten_fetch_id(token), buffer, size);
}

const fl_transport *fl_emscripten_transport(void) {
  static fl_transport transport = {.send = send,
                                   .close = close,
                                   .stop = stop,
                                   .join = FL__IN_PAGE ? NULL : join, /* what is resumed there has been shown */
                                   .progress = progress,
                                   .header = header,
                                   .headers = headers};
  transport.follows_redirects = FL__IN_PAGE || fl__host_follows_redirects();
  return &transport;
}
