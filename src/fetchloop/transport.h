/* A transport: how attempts reach the network. */
#ifndef FETCHLOOP_TRANSPORT_H
#define FETCHLOOP_TRANSPORT_H

#include "request.h"

#ifdef __cplusplus
extern "C" {
#endif

/* One attempt. All of it is borrowed for the call, but for `body`, which lives until close(). */
typedef struct fl_attempt {
  fl_session *session;
  uint32_t id; /* of the attempt, for its reports; a request's attempts have different ones */
  const fl_request *request;
  const char *method, *url;
  const fl_header *headers; /* the last has a NULL name; NULL: none */
  const void *body;
  size_t body_bytes;
  unsigned flags; /* the request's */
  void *resumes;  /* NULL, or the token of an attempt whose body broke off: what comes with a 206 is appended to what it
                   * received; it is closed after this call */
} fl_attempt;

/* How far an attempt has come. */
typedef struct fl_progress {
  bool connected;  /* its connection stands; true where it can't be told */
  bool reused;     /* and has carried requests before; false where it can't be told */
  bool paused;     /* the reader is behind, so nothing is asked of the server now */
  bool delivered;  /* some of the body has gone to its reader, so it can't be had anew */
  int64_t last_us; /* when something last came from the server (that its connection stands among it), it took a piece of
                    * the request's body, or reading went on; now, while all that isn't connected waits for is room on a
                    * connection that stands; 0: not yet */
  uint64_t body_bytes; /* received, before a Content-Encoding was undone; with what it resumes */
  int status;          /* of the response that is coming; 0: its head isn't there yet */
} fl_progress;

typedef struct fl_reply {
  int error;           /* 0, or FL_E... when no whole response came */
  int status;          /* 100 to 999; with an error, 0 or that of the response that broke off */
  const uint8_t *body; /* with FL_BODY_ON_HEAP: borrowed until close() of its token; else NULL */
  size_t body_bytes;
  bool quota; /* the response has a RateLimit or X-RateLimit-... header */
} fl_reply;

struct fl_transport {
  void *self;
  /* Begin. 0 and a token, or FL_E.... Reports the end by fl_session_reply(session, id), once, now or later. */
  int (*send)(void *self, void **token, const fl_attempt *attempt);
  /* Forget it: abort it if it is in flight, free the token. Comes exactly once for each token, from a turn or from
   * fl_request_cancel() and its like, never inside send(). No report is wanted afterwards. */
  void (*close)(void *self, void *token);
  /* Abort it, if it is in flight still, but keep what it has received, for the attempt that resumes it; close()
   * follows. May be NULL: then a download that timed out is not resumed. */
  void (*stop)(void *self, void *token);
  /* Its body goes on where that of the attempt which it resumes broke off, so its head is that one's from now on: the
   * two are one response. Comes at most once, before its response is shown. May be NULL: then its head stays its own.
   */
  void (*join)(void *self, void *token);
  /* How far it is; also of one that has failed. `out` is zero. */
  void (*progress)(void *self, void *token, fl_progress *out);
  /* A header of its response, as fl_request_header(). */
  int (*header)(void *self, void *token, const char *name, char *buffer, size_t size);
  /* All of them, as fl_request_headers(). NULL: it has none to show. */
  int (*headers)(void *self, void *token, char *buffer, size_t size);
  /* The time of day, in microseconds since 1970. NULL: the C library's. */
  int64_t (*wall_us)(void *self);
  /* It follows redirects itself, and shows only the last response. */
  bool follows_redirects;
};

/* A transport's report: the end. Only enqueues. One for an id that has ended, or was never given, changes nothing, so a
 * transport may report late or twice, as long as the session lives: it outlives all its tokens. */
void fl_session_reply(fl_session *session, uint32_t id, const fl_reply *reply);

/* The same for the head of a response, of which only `status` and `quota` are read; not for 1xx. Must be told of for
 * FL_STREAM and FL_TRACED and for an attempt that resumes another, and may be for others. Whether the body is wanted:
 * else it may be dropped as it comes, and the end is to be reported all the same. Only enqueues. */
bool fl_session_head(fl_session *session, uint32_t id, const fl_reply *head);

/* A step of a request with FL_TRACED that only its transport sees: connected, chunk. `bytes` of a chunk, else 0. */
void fl_session_step(fl_session *session, uint32_t id, fl_step step, int64_t when_us, uint64_t bytes);

/* The host that a wasm module runs in: setTimeout and its kin, emscripten_fetch. Static. */
const fl_transport *fl_emscripten_transport(void);

#ifdef __cplusplus
}
#endif
#endif
