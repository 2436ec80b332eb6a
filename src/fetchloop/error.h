/* Errors: 0, or a negative FL_E.... FL_EUSER and all below it are for the program, and so are
 * all positive numbers. A wasm program that is linked with -sABORTING_MALLOC, or without -sALLOW_MEMORY_GROWTH, aborts
 * where others get FL_ENOMEM. */
#ifndef FETCHLOOP_ERROR_H
#define FETCHLOOP_ERROR_H

#ifdef __cplusplus
extern "C" {
#endif

/* Name, the exit code that curl gives the same failure, message. The one list, in three parts: the enum, the names, the
 * messages and the codes that JavaScript sees all come from it. */
#define FL__ERRORS_SESSION(X)                                                                                 \
  X(FL_ENOMEM, 27, "out of memory")                                                                           \
  X(FL_EINVAL, 43, "an argument is out of range")                                                             \
  X(FL_EFULL, 43, "too many requests are waiting already")                                                    \
  X(FL_ECLOSED, 43, "the session is closed")                                                                  \
  X(FL_ECANCELLED, 42, "cancelled")                                                                           \
  X(FL_EURLEMPTY, 3, "an empty URL")                                                                          \
  X(FL_EURLSCHEME, 3, "no scheme, write http:// or https:// before it")                                       \
  X(FL_EPROTOCOL, 1, "only http and https are supported")                                                     \
  X(FL_EURLHOST, 3, "no host in the URL, or not a valid one")                                                 \
  X(FL_EURLPORT, 3, "the port must be a number from 1 to 65535")                                              \
  X(FL_EURLCHAR, 3, "a space or a control character in the URL, write it percent-encoded (a space is %20)")   \
  X(FL_EURLLONG, 3, "longer than 65536 bytes")                                                                \
  X(FL_EQUEUETIMEOUT, 28, "timed out while waiting for a place")                                              \
  X(FL_EATTEMPTTIMEOUT, 28, "timed out: one attempt took too long")                                           \
  X(FL_EREADTIMEOUT, 28, "timed out: the server sent nothing for too long")                                   \
  X(FL_ETOTALTIMEOUT, 28, "timed out: the time for the whole request is over")                                \
  X(FL_EPARTIAL, 18, "the connection ended before the whole response had come")                               \
  X(FL_EREDIRECTS, 47, "too many redirects")                                                                  \
  X(FL_EBODYREAD, 26, "the request's body could not be read")                                                 \
  X(FL_ERANGE, 33, "what was being downloaded has changed, so it can't go on where it broke")                 \
  X(FL_ESTATUS, 22, "the status says that it failed")                                                         \
  X(FL_EPARKED, 22, "the server asks to be left alone for longer than it is waited for")                      \
  X(FL_EMETHOD, 43, "not a valid method")                                                                     \
  X(FL_EHEADER, 43, "not a valid header: a name is letters, digits and !#$%&'*+-.^_`|~, a value is one line") \
  X(FL_EFORBIDDEN, 43, "a header that belongs to the connection, and is set by it")                           \
  X(FL_EHEADERSLONG, 43, "more than 100 headers, or more than 64 KiB of them")                                \
  X(FL_ETOOBIG, 63, "the body is larger than the limit")                                                      \
  X(FL_ENETWORK, 56, "network error")

/* Where connections, encodings and redirects are ours to see: a browser tells of none of these. */
#define FL__ERRORS_WIRE(X)                                                 \
  X(FL_ERESOLVE, 6, "the host's name does not resolve")                    \
  X(FL_ECONNECT, 7, "could not connect")                                   \
  X(FL_ECONNECTTIMEOUT, 28, "timed out while connecting")                  \
  X(FL_ERESOLVELATER, 6, "the host's name could not be resolved just now") \
  X(FL_EADDRESS, 7, "the host's address is not a public one")              \
  X(FL_EPROXY, 97, "the proxy did not let it through")                     \
  X(FL_ETLS, 35, "the TLS handshake failed")                               \
  X(FL_ECERTIFICATE, 60, "the server's certificate was not accepted")      \
  X(FL_ERESPONSE, 8, "the response is not valid HTTP")                     \
  X(FL_EEMPTY, 52, "the server closed the connection without a response")  \
  X(FL_EREDIRECTLOOP, 47, "the redirects go round in a circle")            \
  X(FL_EREPLAY, 65, "the body would have to be sent again, and can't be")  \
  X(FL_EENCODING, 61, "the body's Content-Encoding could not be decoded")

#define FL__ERRORS_LOOP(X)                                      \
  X(FL_ETIMEOUT, 28, "timed out")                               \
  X(FL_EDONE, 43, "the future or task is done already")         \
  X(FL_EPENDING, 43, "the future or task is not done yet")      \
  X(FL_ERELEASED, 43, "the future or task has been released")   \
  X(FL_ERUNNING, 43, "the loop is running")                     \
  X(FL_ESTATE, 43, "not possible in this state")                \
  X(FL_EDEADLOCK, 43, "nothing is left that could complete it") \
  X(FL_EGROUP, 43, "tasks of the group failed")                 \
  X(FL_EBROKEN, 43, "the barrier is broken")                    \
  X(FL_EQUEUEEMPTY, 43, "the queue is empty")                   \
  X(FL_EQUEUEFULL, 43, "the queue is full")                     \
  X(FL_ESHUTDOWN, 43, "the queue has been shut down")           \
  X(FL_EGENERATOREXIT, 43, "the generator is being closed")

#define FL_ERRORS(X) FL__ERRORS_SESSION(X) FL__ERRORS_WIRE(X) FL__ERRORS_LOOP(X)

enum fl__error_index {
#define X(name, curl, message) FL__##name,
  FL_ERRORS(X)
#undef X
      FL__ERRORS
};

enum fl_error {
  FL_OK = 0,
  FL_EUSER = -1000, /* and all below it: the program's own */
#define X(name, curl, message) name = -1 - FL__##name,
  FL_ERRORS(X)
#undef X
};

/* Static strings and numbers for `error`; an unknown one gives "FL_E?", "unknown error", 1. 0 gives "FL_OK", "", 0. */
const char *fl_error_name(int error);
const char *fl_error_message(int error);
int fl_error_curl_code(int error);

/* The error of that name; 0 when there is none. */
int fl_error_number(const char *name);

#ifdef __cplusplus
}
#endif
#endif
