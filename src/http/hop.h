/* A hop: what a request becomes by following a redirect. */
#ifndef FL_HOP_H
#define FL_HOP_H

#include "request.h"

/* Turn `request`, whose flight has landed with a redirect, into what it goes on as. `out` is where to: borrowed from
 * the request. Errors: FL_EREDIRECTS, FL_EREDIRECTLOOP, FL_EREPLAY, FL_EURL... (Location), FL_ENOMEM; the request is
 * then as it was. */
int fl__hop_take(fl__url *out, fl_request *request);

#endif
