#ifndef FL_TEST_WORLD_SUPPORT_H
#define FL_TEST_WORLD_SUPPORT_H

#include "support.h"

#include "../../src/host/sim.h"

/* A session over the simulator.
 *
 * What becomes of an attempt stands in the query of its URL, times in ms or `never`: http://a/?connect=5&answer=100.
 * Without one it is answered with status 200 after 10 ms. The others are status=404, error=FL_ECONNECT,
 * refused=FL_ENOMEM, reports=2, again=50, inside=1; they mean what they mean in fl_sim_fate. Or a test decides itself,
 * in `decide`, or by a list: answer_in_turn(). */

typedef struct ended {
  char url[128], final_url[128], method[16];
  uint32_t id;
  int error, status;
  unsigned retries, redirects;
  int64_t at_us; /* when on_end was called */
  int64_t queued_us, started_us, attempt_us, ended_us;
} ended;

typedef struct at_server {
  char url[128];
  int64_t at_us;
  int change;
} at_server;

/* What the transport was given. */
typedef struct sent {
  char url[128], method[16];
  char *headers; /* "name: value\n" each */
  int64_t at_us;
  size_t url_bytes, body_bytes;
  unsigned flags;
  bool resumes;
} sent;

typedef struct world world;
struct world {
  fl_sim *sim;
  fl_loop *loop;
  fl_session *session;
  unsigned asked;
  ended *ends; /* in the order in which they came */
  unsigned ends_count;
  at_server *server; /* what the server saw, in order */
  unsigned server_count;
  sent *sent; /* the attempts, in order */
  unsigned sent_count;
  unsigned calls; /* into the session that have not returned */
  bool closing;
  unsigned closed;                             /* how often on_closed was called */
  void (*then)(world *w, fl_request *request); /* what on_end does besides writing it down; NULL: nothing */
  /* What becomes of the attempt w->sent[w->sent_count - 1]. NULL: what the list says, or its URL. */
  void (*decide)(world *w, const fl_attempt *attempt, fl_sim_fate *fate);
  const fl_sim_fate *fates;
  unsigned fates_count, fates_given;
  void *arg; /* for the test's own use */
};

/* Attempts meet these fates in turn; all that follow, the last. One without a time is answered after 10 ms. */
#define answer_in_turn(w, ...)                                            \
  ((w)->fates = (const fl_sim_fate[]){__VA_ARGS__}, (w)->fates_given = 0, \
   (w)->fates_count = LENGTH(((const fl_sim_fate[]){__VA_ARGS__})))

/* Of a response, for fl_sim_fate. */
#define HEADERS(...)            \
  (const fl_header[]) {         \
    __VA_ARGS__, { NULL, NULL } \
  }

/* Fails the test when it cannot be opened. Seed 1; `options` as for fl_session_open(), their arg is the world. */
world *world_open(const fl_session_options *options);

/* Close what is open, let all time pass, and fail the test unless each request ended once and on_closed came last. */
void world_close(world *w);

/* The session's calls. That no on_end comes before they return is checked in each. */
fl_request *ask(world *w, const char *url_format, ...) __attribute__((format(printf, 2, 3)));
fl_request *ask_for(world *w, const fl_request_options *options, const char *url_format, ...)
    __attribute__((format(printf, 3, 4)));
int try_to_ask(world *w, const fl_request_options *options, const char *url); /* its error */
void cancel(world *w, fl_request *request);
void close_session(world *w);

/* A session without a retry: for tests of one attempt. */
extern const fl_retry_options no_retries;

/* For batches: on_end with a world as its arg, and what ask() counts. */
void world_on_end(fl_request *request, void *arg);

/* Let time pass: until nothing is left to happen, or until `ms` on the sim's clock. */
void run(world *w);
void run_until(world *w, int64_t ms);

fl_session_stats stats_of(world *w);

/* When each attempt was sent, in ms, and of those whose URL starts with `url`: "0 10 250". Valid until the next call.
 */
const char *times_sent(const world *w, const char *url);

/* The one end of the request whose URL starts with `url`; fails the test when there is none or another. */
const ended *end_of(const world *w, const char *url);
void check_end(const world *w, const char *url, int error, int64_t at_us); /* of it, also its ended_us */
unsigned ends_of(const world *w, const char *url);

/* What started, and what ended, in order, as "a/1 b/1": without scheme and query. Valid until the next call. */
const char *starts(const world *w);
const char *ends(const world *w);

/* The most requests that the server had at once of those whose URL starts with `url`, in any case; and how many came.
 */
int peak(const world *w, const char *url);
unsigned started(const world *w, const char *url);

#endif
