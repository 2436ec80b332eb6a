#include "fetch.h"

#include <stdlib.h>
#include <string.h>

/* Once this returns the request is gone, and what it has must have been copied. */
static void on_end(fl_request *request, void *arg) {
  fetch *self = arg;
  self->request = NULL;
  self->error = fl_request_error(request);
  self->status = fl_request_status(request);
  self->took_us = fl_request_ended_us(request) - fl_request_queued_us(request);
  const uint8_t *body = fl_request_body(request, &self->bytes);
  self->body = malloc(self->bytes + 1);
  if (!self->body) {
    self->error = FL_ENOMEM;
  } else {
    if (self->bytes) memcpy(self->body, body, self->bytes);
    self->body[self->bytes] = '\0';
  }
  fl_event_set(&self->ended);
}

fl_async_define(fetch) {
  fl_begin;
  self->error =
      fl_session_get(&self->request, self->session, self->url, strlen(self->url), FL_BODY_ON_HEAP, on_end, self);
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

fl_async_define(close_session) {
  fl_begin;
  if (self->session) {
    fl_session_close(self->session, on_closed, &self->closed);
    fl_await(fl_event_wait(&self->closed));
  }
  fl_end;
}
