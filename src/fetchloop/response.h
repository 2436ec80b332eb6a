/* A request that is awaited: what a coroutine does with a session.
 *
 *   fl_async(show, fl_session *session; const char *url; fl_fetch page) {     async def show(session, url):
 *     fl_begin;
 *     fl_await(fl_call(fl_fetch, &self->page, self->session, self->url));       response = await session.get(url)
 *     puts(self->page.result.body);                                             print(await response.text())
 *     fl_finally;
 *     fl_response_free(&self->page.result);
 *     fl_end;
 *   }
 */
#ifndef FETCHLOOP_RESPONSE_H
#define FETCHLOOP_RESPONSE_H

#include "request.h"
#include "sync.h"
#include "task.h"

#ifdef __cplusplus
extern "C" {
#endif

/* A response, read whole. It is the caller's, and outlives its session; {0} is one that holds nothing. */
typedef struct fl_response {
  int status;
  char *url;     /* that it came from, after redirects */
  char *headers; /* as fl_request_headers() gives them: "name: value\r\n" for each */
  char *body;    /* with a NUL after it; "" for none */
  size_t body_bytes;
  unsigned retries, redirects;
  int64_t queued_us, started_us, ended_us; /* as fl_request_queued_us() and its kin */
} fl_response;

/* Free what it holds; it is {0} then. */
void fl_response_free(fl_response *response);

/* A header's value, copied into `buffer` with a NUL, cut to fit; its whole length, -1 when it isn't there. Several of
 * one name are joined by ", ". */
int fl_response_header(const fl_response *response, const char *name, char *buffer, size_t size);

/* Ask for `url`, and read the response whole; any status is a success, unless FL_RAISE_FOR_STATUS. `options` may be
 * left out; its callbacks and arg are not used, and what it borrows it borrows until the await ends. Cancelling the
 * task cancels the request. `result` is to be freed, whatever the await gives. Errors: those of fl_session_request()
 * and of fl_request_error(). */
fl_async_declare(fl_fetch, fl_session *session; const char *url; const fl_request_options *options; fl_response result;
                 fl_request * request; fl_event ended; int error, ignored);

/* fl_session_close(), and wait until it is: fl_await(fl_call(fl_session_closing, &self->closing, session)). NULL is
 * closed already, and one that is being closed, by whomever, is waited for. Once begun, this ends when the session is
 * gone, also when it is cancelled meanwhile: don't give it the pointer again. aiohttp: await session.close(). */
fl_async_declare(fl_session_closing, fl_session *session; fl_handle handle; fl_event closed; int ignored);

#ifdef __cplusplus
}
#endif
#endif
