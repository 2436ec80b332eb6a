#include "batch.h"

#include "lane.h"
#include "request.h"

#include <assert.h>
#include <stdlib.h>

enum { READ_AHEAD = 10000 };

int fl_batch_open(fl_batch **out, fl_session *session, const fl_batch_options *options) {
  if (session->closing) return FL_ECLOSED;
  fl_batch *batch = calloc(1, sizeof *batch);
  if (!batch) return FL_ENOMEM;
  batch->session = session;
  batch->options = *options;
  fl__list_init(&batch->requests);
  if (!batch->options.read_ahead) batch->options.read_ahead = READ_AHEAD;
  session->batches_open++;
  *out = batch;
  return FL_OK;
}

static void wait_no_more(fl_batch *batch) {
  if (batch->waits) batch->session->batches_waiting--;
  batch->waits = false;
  if (fl__linked(&batch->link)) fl__unlink(&batch->link);
}

static void wait_in(fl_batch *batch, fl_link *list) {
  if (fl__linked(&batch->link)) fl__unlink(&batch->link);
  fl__push_back(list, &batch->link);
}

static void changed(fl_batch *batch) {
  if (batch->waits) wait_in(batch, &batch->session->batches_changed);
}

void fl__batch_count(fl_batch *batch, int queued, int untaken) {
  batch->queued += (uint32_t)queued;
  batch->untaken += (uint32_t)untaken;
  changed(batch);
}

void fl_batch_close(fl_batch *batch) {
  fl_session *session = batch->session;
  while (!fl__list_empty(&batch->requests))
    fl__request_discard(fl__container_of(batch->requests.next, fl_request, in_batch));
  wait_no_more(batch);
  fl_handle_cancel(&batch->wants_handle);
  free(batch);
  session->batches_open--;
  fl__session_pump(session);
}

/* In flight and untaken together: `limit` of each, so that a consumer who keeps up never makes a place stand empty. */
bool fl__batch_has_room(const fl_batch *batch) { return batch->untaken < 2 * (uint64_t)batch->session->options.limit; }

static bool is_full(const fl_batch *batch) {
  return !fl__batch_has_room(batch) || batch->queued >= batch->options.read_ahead;
}

/* A short stock, so that a place which falls free is used within the turn; and while places are free that nothing in
 * the stock can use, a longer one, to find a URL for another host. */
static bool wants(const fl_batch *batch, uint32_t stock) {
  const fl_session *session = batch->session;
  if (session->closing || is_full(batch)) return false;
  return batch->queued < stock || (!session->paused && session->stats.in_flight < session->options.limit);
}

bool fl_batch_wants(fl_batch *batch) {
  fl_session *session = batch->session;
  if (wants(batch, session->options.limit)) return true;
  if (!batch->waits) session->batches_waiting++;
  batch->waits = true;
  changed(batch);
  return false;
}

static void call_on_wants(void *arg) {
  fl_batch *batch = arg;
  if (batch->options.on_wants) batch->options.on_wants(batch->options.arg);
}

static void look_at(fl_batch *batch) {
  fl_session *session = batch->session;
  /* Half the stock: the reader is woken for several URLs at a time. */
  if (wants(batch, (session->options.limit + 1) / 2)) {
    wait_no_more(batch);
    fl_call_soon(session->loop, &batch->wants_handle, call_on_wants, batch);
  } else if (!is_full(batch)) {
    wait_in(batch, &session->batches_for_place);
  }
}

static fl_batch *take_first(fl_link *list) {
  fl_link *link = fl__pop_front(list);
  return link ? fl__container_of(link, fl_batch, link) : NULL;
}

void fl__batches_wake(fl_session *session) {
  if (session->closing) return;
  for (fl_batch *batch; (batch = take_first(&session->batches_changed));) look_at(batch);
  if (session->paused || session->stats.in_flight >= session->options.limit) return;
  for (fl_batch *batch; (batch = take_first(&session->batches_for_place));) look_at(batch);
}

/* A batch answers for each of its URLs, good or bad, and has no more answers outstanding than its consumer can take. */
int fl_batch_request(fl_request **out, fl_batch *batch, const char *url, size_t url_bytes,
                     const fl_request_options *options) {
  fl_session *session = batch->session;
  void *arg = options && options->arg ? options->arg : batch->options.arg;
  fl__url parsed;
  int error = fl__url_parse(&parsed, url, url_bytes);
  if (error) return fl__request_refuse(out, batch, NULL, arg, error);
  error = fl__request_ask(out, session, batch, &parsed, options, batch->options.on_end, arg);
  bool batch_wide = error == FL_ENOMEM || error == FL_EFULL || error == FL_ECLOSED;
  return error && !batch_wide ? fl__request_refuse(out, batch, &parsed, arg, error) : error;
}

int fl_batch_get(fl_request **out, fl_batch *batch, const char *url, size_t url_bytes, unsigned flags) {
  fl_request_options options = {.flags = flags};
  return fl_batch_request(out, batch, url, url_bytes, &options);
}

uint32_t fl_batch_queued(const fl_batch *batch) { return batch->queued; }

void fl_batch_taken(fl_batch *batch) {
  assert(batch->untaken > 0); /* one for each on_end, no more */
  fl__batch_count(batch, 0, -1);
  fl__lane_wake_at_batch(batch, batch->session);
  fl__session_pump(batch->session);
}
