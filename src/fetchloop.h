/* fetchloop: asyncio and aiohttp for WebAssembly. An event loop and an HTTP client session.
 *
 * Times are microseconds in an int64_t: deadlines count from the clock's own zero, FL_NEVER is no deadline.
 * A function that can fail returns 0 or a negative FL_E...; what it gives out comes first among its arguments.
 * Nothing here is safe to call from a second thread: as in asyncio, a loop belongs to the thread that turns it. */
#ifndef FETCHLOOP_H
#define FETCHLOOP_H

#include "fetchloop/batch.h"     /* fl_batch: long lists of URLs */
#include "fetchloop/combine.h"   /* gather, wait, as_completed, wait_for, timeout, shield, task groups */
#include "fetchloop/error.h"     /* FL_E..., their names and messages */
#include "fetchloop/loop.h"      /* fl_loop, fl_clock: call_soon, call_later, run_until_complete */
#include "fetchloop/request.h"   /* fl_request */
#include "fetchloop/response.h"  /* fl_fetch, fl_response: a request that is awaited */
#include "fetchloop/session.h"   /* fl_session: limits, timeouts, retries, rates */
#include "fetchloop/sync.h"      /* lock, event, condition, semaphore, barrier, queue */
#include "fetchloop/task.h"      /* fl_future, fl_task; fl_async, fl_await: coroutines */
#include "fetchloop/transport.h" /* fl_transport: how requests reach the network */

#endif
