/* What the unit tests share: a clock that is moved by hand, and a session whose network is the simulator. */
#ifndef FL_TEST_SUPPORT_H
#define FL_TEST_SUPPORT_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "../../src/fetchloop.h"
#include "../../src/host/sim.h"

#define MS 1000LL
#define SECOND (1000 * MS)
#define LENGTH(array) (sizeof(array) / sizeof *(array))

/* ---- A clock moved by hand */

typedef struct hand_clock {
  fl_clock clock;
  int64_t now_us;
  int64_t wake_us; /* the wake-up that it was asked for last */
  unsigned asked;  /* how often it was asked for one, */
  unsigned read;   /* and for the time */
} hand_clock;

void hand_clock_init(hand_clock *clock);

/* The turn for which the clock was asked, or an earlier one: at `now_us`, its wake-up used up. */
int64_t hand_clock_turn(hand_clock *clock, fl_loop *turned, int64_t now_us);

/* ---- A loop on that clock, and callbacks that write down that they ran */

extern hand_clock hand;
extern fl_loop *loop;

/* For a test's setup and teardown; an earlier end; a loop with a budget of its own instead. */
int loop_setup(void **state);
int loop_teardown(void **state);
void loop_end(void);
void loop_reopen(int64_t turn_budget_us);
#define LOOP_TEST(name) cmocka_unit_test_setup_teardown(name, loop_setup, loop_teardown)

/* When it runs it writes down its name, lets time pass, and does what its test wants. */
typedef struct job job;
struct job {
  fl_handle handle;
  fl_timer timer;
  char name;
  int64_t takes_us;
  void (*also)(job *self);
  job *other;
};

void run_job(void *arg);
void soon(job *j);
void at(job *j, int64_t when_us);
void later(job *j, int64_t delay_us);
int64_t turn(int64_t now_us); /* hand_clock_turn() */

/* The names of those that ran since it was last asked, in order. Valid until the next call. */
const char *what_ran(void);

/* ---- A session over the simulator
 *
 * What becomes of a request stands in the query of its URL, times in ms or `never`: http://a/?connect=5&answer=100.
 * Without one it is answered with status 200 after 10 ms. The others are status=404, error=FL_ECONNECT,
 * refused=FL_ENOMEM, reports=2, again=50, inside=1; they mean what they mean in fl_sim_fate. */

typedef struct ended {
  char url[128];
  uint32_t id;
  int error, status;
  int64_t at_us; /* when on_end was called */
  int64_t queued_us, started_us, ended_us;
} ended;

typedef struct at_server {
  char url[128];
  int64_t at_us;
  int change;
} at_server;

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
  unsigned calls; /* into the session that have not returned */
  bool closing;
  unsigned closed;                             /* how often on_closed was called */
  void (*then)(world *w, fl_request *request); /* what on_end does besides writing it down; NULL: nothing */
  void *arg;                                   /* for the test's own use */
};

/* Fails the test when it cannot be opened. Seed 1; `options` as for fl_session_open(). */
world *world_open(const fl_session_options *options);

/* Close what is open, let all time pass, and fail the test unless each request ended once and on_closed came last. */
void world_close(world *w);

/* The session's calls. That no on_end comes before they return is checked in each. */
fl_request *ask(world *w, const char *url_format, ...) __attribute__((format(printf, 2, 3)));
void cancel(world *w, fl_request *request);
void close_session(world *w);

/* For batches: on_end with a world as its arg, and what ask() counts. */
void world_on_end(fl_request *request, void *arg);

/* Let time pass: until nothing is left to happen, or until `ms` on the sim's clock. */
void run(world *w);
void run_until(world *w, int64_t ms);

fl_session_stats stats_of(world *w);

/* The one end of the request whose URL starts with `url`; fails the test when there is none or another. */
const ended *end_of(const world *w, const char *url);
unsigned ends_of(const world *w, const char *url);

/* What started, and what ended, in order, as "a/1 b/1": without scheme and query. Valid until the next call. */
const char *starts(const world *w);
const char *ends(const world *w);

/* The most requests that the server had at once of those whose URL starts with `url`, in any case; and how many came.
 */
int peak(const world *w, const char *url);
unsigned started(const world *w, const char *url);

/* ---- A reader: gives a batch the URLs of a list as it wants them, and takes results or doesn't */

typedef struct reader reader;
struct reader {
  world *w;
  fl_batch *batch;
  void (*url)(char *out, size_t size, unsigned n); /* the nth of the list, */
  unsigned next, count;                            /* which has so many; the next to be read */
  bool takes;                                      /* results, at once */
  unsigned untaken;                                /* results */
  unsigned ends;
  unsigned falses, woken; /* how often wants() said false, and on_wants came */
  bool deaf;              /* doesn't read on when it is woken */
  bool closes_on_end, closes_on_wants;
};

/* Opens a batch and reads what it wants by now. `r` holds the list and the habits. */
void reader_open(reader *r, world *w, uint32_t read_ahead);
void reader_close(reader *r);

/* Read while URLs are wanted. */
void reader_read(reader *r);

/* Read the next whether it is wanted or not; gives its request. */
fl_request *reader_read_one(reader *r);

/* Take results. */
void reader_take(reader *r, unsigned count);

#endif
