#ifndef FL_TEST_READER_SUPPORT_H
#define FL_TEST_READER_SUPPORT_H

#include "world_support.h"

/* A reader: gives a batch the URLs of a list as it wants them, and takes results or doesn't */

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
