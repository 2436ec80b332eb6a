/* A simulated host: a virtual clock and a seeded network, for tests. The session runs on it exactly as
 * it runs in the world, except that an hour takes no time and that one seed gives one trace. */
#ifndef FL_SIM_H
#define FL_SIM_H

#include "../fetchloop.h"

typedef struct fl_sim fl_sim;

/* What becomes of one attempt. The times count each from the end of what stands before it. A failure before the head
 * has an `error` and no `status`; one within the body has both. */
typedef struct fl_sim_fate {
  int64_t connect_us;       /* until its connection stands; FL_NEVER: it never does, and no answer comes */
  int64_t hint_us;          /* until a 103 comes, which isn't shown, but is an arrival; 0: none */
  int64_t answer_us;        /* until the head, or the error without one, is there; FL_NEVER: none comes */
  int status, error;        /* as in fl_reply; neither: 200 */
  const fl_header *headers; /* of the response, the last has a NULL name; copied; NULL: none */
  const void *body;         /* what comes of it, copied; NULL: zeros */
  size_t body_bytes;
  uint32_t chunks;      /* in which it comes, each as long as the others; 0: all at once with the head */
  int64_t chunk_us;     /* before each of them; FL_NEVER: it stalls after the head */
  uint32_t pause_after; /* so many chunks its reader falls behind, for `pause_us`; 0: never */
  int64_t pause_us;
  int64_t end_us;   /* until the end is reported; FL_NEVER: it never is */
  bool reused;      /* its connection has carried requests before */
  bool tells_head;  /* also where it need not */
  int refused;      /* what send() itself returns; 0: it takes the attempt */
  bool inside_send; /* all of it, the first report of the end too, happens before send() returns */
  uint8_t reports;  /* how often its end, and a head that it tells of, are reported; 0 counts as 1 */
  int64_t again_us; /* between one report and the next: they may come long after the attempt ended */
  void *mark;       /* for on_server and on_event */
} fl_sim_fate;

/* What the network does to an attempt that is not closed. */
typedef enum fl_sim_event {
  FL_SIM_CONNECTED,
  FL_SIM_ARRIVAL, /* a 103, or a chunk */
  FL_SIM_PAUSE,   /* its reader falls behind, */
  FL_SIM_READ_ON, /* and goes on */
  FL_SIM_HEAD,
  FL_SIM_END
} fl_sim_event;

typedef struct fl_sim_options {
  uint64_t seed;
  void *arg; /* for the four */
  /* Decide one attempt's fate; `fate` is zero. NULL: a status of 200 after 1 to 100 ms. */
  void (*decide)(void *arg, fl_sim *sim, const fl_attempt *attempt, fl_sim_fate *fate);
  /* The server's view: an attempt has come (+1), or is over, answered or aborted (-1). May be NULL. */
  void (*on_server)(void *arg, const char *url, void *mark, int change);
  /* An event, after which the session is told of it if it must be; `told`: it is. `bytes` it has of its body, with what
   * it resumes. Not of reports that come again. May be NULL. */
  void (*on_event)(void *arg, void *mark, fl_sim_event event, bool told, size_t bytes);
  /* Something has happened: a turn of the loop, or else an event of the network. May be NULL. */
  void (*on_step)(void *arg, bool turn);
} fl_sim_options;

/* `options` is copied. Errors: FL_ENOMEM. */
int fl_sim_open(fl_sim **out, const fl_sim_options *options);
void fl_sim_close(fl_sim *sim);

/* The session has been freed: reports that are still on their way to it are dropped. To be called from its on_closed
 * when some of them may come that late. */
void fl_sim_forget(fl_sim *sim, const fl_session *session);

const fl_clock *fl_sim_clock(fl_sim *sim);
const fl_transport *fl_sim_transport(fl_sim *sim);

/* Uniform in 0 .. below - 1, from the seed. */
uint64_t fl_sim_random(fl_sim *sim, uint64_t below);

int64_t fl_sim_time(const fl_sim *sim);

/* The time of day; it begins at the billionth second of 1970's count, and goes with the clock. */
int64_t fl_sim_wall(const fl_sim *sim);

/* Somebody sets the time of day, forward or back. */
void fl_sim_shift_wall(fl_sim *sim, int64_t by_us);

/* The clock, and the time of day, jump forward, as when a laptop wakes: what was due meanwhile comes now. */
void fl_sim_sleep(fl_sim *sim, int64_t for_us);

/* What an attempt has received of its body, with what it resumes; borrowed until it receives more or is closed. */
const uint8_t *fl_sim_received(const void *token, size_t *bytes);

size_t fl_sim_tokens(const fl_sim *sim); /* that are not closed */

/* Nothing is due now: only time makes something happen. */
bool fl_sim_is_idle(const fl_sim *sim);

/* Let time pass, from one thing that happens to the next, until it is `until_us` or nothing is left to happen. What is
 * due at one time comes in an order from the seed. Gives the time that it is then. Not reentrant. */
int64_t fl_sim_run(fl_sim *sim, int64_t until_us);

#endif
