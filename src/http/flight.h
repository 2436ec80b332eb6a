/* A flight is one attempt of a request: from when it is given to the transport until the transport has reported, or is
 * told to forget it. A redirect, a retry and a resumed download are flights of their own. */
#ifndef FL_FLIGHT_H
#define FL_FLIGHT_H

#include "judge.h"
#include "session.h"

typedef struct fl__flight {
  fl_request *request;
  fl_handle head, landing; /* the turns in which its reports are dealt with */
  fl_timer deadline;
  void *token;
  fl_reply reply;
  int64_t started_us, ended_us;
  uint64_t resumes_at; /* the first byte that it asked for; 0: all */
  fl__judgement judgement;
  uint32_t id;
  int16_t status;
  bool judged, asked, airborne; /* asked: the program, of its response; airborne: no end has been reported */
  bool shuts;                   /* its response asks to be left alone for longer than is waited */
  bool timed_out;               /* it is the session that reported it: its connection is still open */
} fl__flight;

/* Take off. FL_ENOMEM: then there is none. Any other failure to send is reported as the flight's. */
int fl__flight_start(fl_request *request, int64_t now_us);

/* Forget it: the transport closes its token. */
void fl__flight_close(fl_session *session, fl__flight *flight);

/* It has landed, and waits for the flight that resumes it: nothing more is to come of it. */
void fl__flight_stop(fl_session *session, fl__flight *flight);

/* It is one response with the flight that it resumes, whose head it has from now on. */
void fl__flight_join(const fl_session *session, fl__flight *flight);

/* How far it is. */
fl_progress fl__flight_progress(const fl_session *session, const fl__flight *flight);

/* A header of its response, allocated; NULL when it isn't there, or for want of memory. */
char *fl__flight_header(const fl_session *session, const fl__flight *flight, const char *name);

/* Whether it is there; needs no memory. */
bool fl__flight_has_header(const fl_session *session, const fl__flight *flight, const char *name);

#endif
