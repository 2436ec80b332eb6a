/* A download that broke goes on where it did: Range and If-Range (RFC 9110, 13.1.5 and 14), when the server gave a
 * strong validator. */
#ifndef FL_RESUME_H
#define FL_RESUME_H

#include "request.h"

/* Whether what `flight` did not get can be asked for; keeps the validator in the request. */
bool fl__resume_is_possible(fl_request *request, const fl__flight *flight, const fl_progress *progress);

/* Where the flight that follows it begins. */
uint64_t fl__resume_at(const fl__flight *flight, const fl_progress *progress);

/* The headers that ask for it: all that the request has, and these. Errors: FL_ENOMEM, FL_EHEADERSLONG. */
int fl__resume_headers(fl__headers **out, const fl_request *request, uint64_t at);

/* Whether the 206 is what was asked for. */
bool fl__resume_fits(const fl_session *session, const fl__flight *flight);

#endif
