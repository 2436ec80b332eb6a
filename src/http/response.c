#include "../fetchloop/response.h"

#include "session.h"
#include "url.h"

#include <stdlib.h>
#include <string.h>

/* ---- A response */

void fl_response_free(fl_response *response) {
  free(response->url);
  free(response->headers);
  free(response->body);
  *response = (fl_response){0};
}

/* With a NUL after it; NULL for want of memory. */
static char *copy(const void *bytes, size_t count) {
  char *made = malloc(count + 1);
  if (!made) return NULL;
  if (count) memcpy(made, bytes, count);
  made[count] = '\0';
  return made;
}

static char *copy_headers(const fl_request *request) {
  int bytes = fl_request_headers(request, NULL, 0);
  if (bytes < 0) return copy("", 0);
  char *made = malloc((size_t)bytes + 1);
  if (made) fl_request_headers(request, made, (size_t)bytes + 1);
  return made;
}

static int read_response(fl_response *out, const fl_request *request) {
  const fl_redirected *history;
  const uint8_t *body = fl_request_body(request, &out->body_bytes);
  const char *url = fl_request_final_url(request);
  out->status = fl_request_status(request);
  out->retries = fl_request_retries(request);
  out->redirects = (unsigned)fl_request_history(request, &history);
  out->queued_us = fl_request_queued_us(request);
  out->started_us = fl_request_started_us(request);
  out->ended_us = fl_request_ended_us(request);
  out->url = copy(url, strlen(url));
  out->headers = copy_headers(request);
  out->body = copy(body, out->body_bytes);
  return out->url && out->headers && out->body ? FL_OK : FL_ENOMEM;
}

/* Where the next value of `name` stands; NULL after the last. */
static const char *find_value(const char *line, const char *name, size_t *bytes) {
  size_t name_bytes = strlen(name);
  for (const char *end; (end = strstr(line, "\r\n")); line = end + 2) {
    if ((size_t)(end - line) < name_bytes || line[name_bytes] != ':') continue;
    size_t same = 0;
    while (same < name_bytes && fl__lower(line[same]) == fl__lower(name[same])) same++;
    if (same < name_bytes) continue;
    const char *value = line + name_bytes + 1;
    while (*value == ' ' || *value == '\t') value++;
    *bytes = (size_t)(end - value);
    return value;
  }
  return NULL;
}

typedef struct cut {
  char *at;
  size_t room; /* with the NUL's */
  int whole;   /* all that there was to put */
} cut;

static void put(cut *out, const char *text, size_t bytes) {
  out->whole += (int)bytes;
  if (!out->room) return;
  size_t fits = bytes < out->room ? bytes : out->room - 1;
  memcpy(out->at, text, fits);
  out->at += fits;
  out->room -= fits;
  *out->at = '\0';
}

int fl_response_header(const fl_response *response, const char *name, char *buffer, size_t size) {
  cut out = {.at = buffer, .room = size, .whole = -1};
  size_t bytes;
  const char *at = response->headers ? response->headers : "";
  while ((at = find_value(at, name, &bytes))) {
    if (out.whole < 0)
      out.whole = 0;
    else
      put(&out, ", ", 2);
    put(&out, at, bytes);
    at += bytes + 2;
  }
  return out.whole;
}

/* ---- Awaiting one */

/* Once this returns the request is gone. */
static void on_end(fl_request *request, void *arg) {
  fl_fetch *self = arg;
  self->request = NULL;
  self->error = fl_request_error(request);
  int error = read_response(&self->result, request);
  if (!self->error) self->error = error;
  fl_event_set(&self->ended);
}

static int ask(fl_fetch *self) {
  fl_request_options options = self->options ? *self->options : (fl_request_options){0};
  options.flags = (options.flags | FL_BODY_ON_HEAP) & ~(unsigned)FL_STREAM;
  options.on_response = NULL;
  options.on_end = on_end;
  options.arg = self;
  return fl_session_request(&self->request, self->session, self->url, strlen(self->url), &options);
}

fl_async_define(fl_fetch) {
  fl_begin;
  self->error = ask(self);
  if (self->error) fl_raise(self->error, NULL);
  fl_await(fl_event_wait(&self->ended));
  if (self->error) fl_raise(self->error, NULL);
  fl_finally;
  if (self->request) fl_request_cancel(self->request);
  /* Its end is reported even so, to this frame, which must not be gone by then, however often it is cancelled. */
  while (self->request) fl_try(self->ignored, fl_event_wait(&self->ended));
  fl_end;
}

static void on_closed(void *arg) { fl_event_set(arg); }

fl_async_define(fl_session_closing) {
  fl_begin;
  if (!self->session) fl_return_void;
  fl__session_on_closed(self->session, &self->handle, on_closed, &self->closed);
  fl_session_close(self->session, NULL, NULL);
  fl_await(fl_event_wait(&self->closed));
  fl_finally;
  /* The session has `handle` until then, however often this is cancelled. */
  while (self->handle.callback && !fl_event_is_set(&self->closed)) fl_try(self->ignored, fl_event_wait(&self->closed));
  fl_end;
}
