/* Asking for a request: it is made, gets its lane, and waits. */
#include "batch.h"
#include "request.h"

#include <stdlib.h>
#include <string.h>

static int make(fl_request **out, fl_session *session, const char *url, size_t url_bytes) {
  if (session->closing) return FL_ECLOSED;
  fl_request *request = calloc(1, sizeof *request + url_bytes + 1);
  if (!request) return FL_ENOMEM;
  int error = fl__ids_add(&request->id, &session->requests, request);
  if (error) {
    free(request);
    return error;
  }
  request->session = session;
  memcpy(request->url, url, url_bytes);
  request->queued_us = fl_loop_time(session->loop);
  request->started_us = FL_NEVER;
  *out = request;
  return FL_OK;
}

static void unmake(fl_request *request) {
  fl__ids_remove(&request->session->requests, request->id);
  fl__details_free(request->details);
  free(request);
}

static void join_batch(fl_request *request, fl_batch *batch, int queued, int untaken) {
  request->batch = batch;
  fl__push_back(&batch->requests, &request->in_batch);
  fl__batch_count(batch, queued, untaken);
}

/* Who is to give way to a new one; NULL: nobody need. */
static int find_room(fl_request **gives_way, fl_session *session, int priority) {
  *gives_way = NULL;
  if (session->stats.queued < session->options.queue_limit) return FL_OK;
  if (session->options.when_full != FL_FULL_DROP_OLDEST) return FL_EFULL;
  fl__heap_node *least = session->by_age.root;
  if (!least || least->key > priority) return FL_EFULL;
  *gives_way = fl__container_of(least, fl_request, by_age);
  return FL_OK;
}

int fl__request_ask(fl_request **out, fl_session *session, fl_batch *batch, const fl__url *url,
                    const fl_request_options *options, fl_on_end *on_end, void *arg) {
  int priority = options ? options->priority : 0;
  if (priority < INT8_MIN || priority > INT8_MAX) return FL_EINVAL;
  fl_request *request, *gives_way = NULL;
  int error = batch ? FL_OK : find_room(&gives_way, session, priority);
  if (!error) error = make(&request, session, url->text, url->bytes);
  if (error) return error;
  error = fl__details_make(&request->details, session, url, options);
  if (!error) error = fl__lane_join(&request->lane, session, url, batch);
  if (error) {
    unmake(request);
    return error;
  }
  request->flags = options ? (uint8_t)options->flags : 0;
  request->on_end = on_end;
  request->arg = arg;
  if (batch) join_batch(request, batch, 1, 0);
  fl__lane_number(request->lane, session, &request->place, priority);
  fl__request_enqueue(request);
  if (out) *out = request;
  if (gives_way) fl__request_abandon(gives_way, FL_EFULL); /* not for one that can't be asked for */
  fl__session_pump(session);
  return FL_OK;
}

int fl__request_refuse(fl_request **out, fl_batch *batch, const fl__url *url, void *arg, int reason) {
  fl_request *request;
  int error = make(&request, batch->session, url ? url->text : "", url ? url->bytes : 0);
  if (error) return error;
  request->on_end = batch->options.on_end;
  request->arg = arg;
  join_batch(request, batch, 0, 1);
  request->error = reason;
  request->ended_us = request->queued_us;
  request->state = FL__ABANDONED;
  fl_call_soon(batch->session->loop, &request->timer.handle, fl__request_end, request);
  if (out) *out = request;
  return FL_OK;
}

int fl_session_request(fl_request **out, fl_session *session, const char *url, size_t url_bytes,
                       const fl_request_options *options) {
  fl__url parsed;
  int error = fl__url_parse(&parsed, url, url_bytes);
  return error ? error : fl__request_ask(out, session, NULL, &parsed, options, options->on_end, options->arg);
}

int fl_session_get(fl_request **out, fl_session *session, const char *url, size_t url_bytes, unsigned flags,
                   fl_on_end *on_end, void *arg) {
  fl_request_options options = {.flags = flags, .on_end = on_end, .arg = arg};
  return fl_session_request(out, session, url, url_bytes, &options);
}

fl_request *fl_session_find(fl_session *session, uint32_t id) { return fl__ids_get(&session->requests, id); }
