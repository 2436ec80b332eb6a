/* A request that can be awaited, for the examples: the session's own calls back. */
#ifndef FETCH_H
#define FETCH_H

#include <fetchloop.h>

/* GET it, and read it whole. The await gives what fl_session_get() and fl_request_error() give; any status is a
 * success. Cancelled, it cancels the request. `body` ends with a NUL; whoever calls frees it, whatever the await gives.
 *
 *   fl_await(fl_call(fetch, &self->page, session, url));        page = await (await session.get(url)).read()
 */
fl_async_declare(fetch, fl_session *session; const char *url; int status; char *body; size_t bytes; int64_t took_us;
                 fl_request * request; fl_event ended; int error, ignored);

/* Close the session, and wait until it is: at the end of a program. fl_await(fl_call(close_session, &self->closing,
 * session)); NULL is closed already. */
fl_async_declare(close_session, fl_session *session; fl_event closed);

#endif
