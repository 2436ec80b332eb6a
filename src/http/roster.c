/* Who is there: the requests that have not ended, and what each waits for. */
#include "../loop/loop.h"
#include "request.h"

static const char *in_flight_state(const fl_request *request) {
  fl_progress progress = fl__flight_progress(request->session, request->flight);
  if (!progress.connected) return "connecting";
  if (progress.paused) return "paused";
  return request->flight->status || progress.status ? "downloading" : "waiting";
}

static const char *queued_state(const fl_request *request) {
  fl__origin *origin = request->lane->origin;
  int64_t now_us = fl_loop_time(request->session->loop);
  return fl__gate_opens_us(&origin->gate, now_us) > now_us ? "held back" : "queued";
}

static const char *state_of(const fl_request *request) {
  switch (request->state) {
  case FL__QUEUED: return queued_state(request);
  case FL__IN_FLIGHT: return request->flight ? in_flight_state(request) : "connecting";
  case FL__BACKING_OFF: return "backing off";
  default: return "ending";
  }
}

static fl_request_info info_of(const fl_request *request) {
  int64_t now_us = fl__loop_clock_us(request->session->loop);
  bool flies = request->state == FL__IN_FLIGHT && request->flight;
  return (fl_request_info){.id = request->id,
                           .method = fl__request_method(request),
                           .url = fl__request_url(request),
                           .state = state_of(request),
                           .retries = fl_request_retries(request),
                           .age_us = now_us - request->queued_us,
                           .attempt_age_us = flies ? now_us - request->flight->started_us : FL_NAN};
}

size_t fl_session_requests(fl_session *session, void (*each)(const fl_request_info *info, void *arg), void *arg) {
  for (uint32_t i = 0; each && i < session->requests.size; i++) {
    const fl_request *request = fl__ids_at(&session->requests, i);
    if (!request) continue;
    fl_request_info info = info_of(request);
    each(&info, arg);
  }
  return session->requests.live;
}
