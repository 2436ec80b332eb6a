/**
 * A ClientError's `code`; curl's exit code for the same failure; what its message says.
 *
 * | code | exit code | message |
 * | --- | --- | --- |
 * | FL_ENOMEM | 27 | out of memory |
 * | FL_EINVAL | 43 | an argument is out of range |
 * | FL_EFULL | 43 | too many requests are waiting already |
 * | FL_ECLOSED | 43 | the session is closed |
 * | FL_ECANCELLED | 42 | cancelled |
 * | FL_EURLEMPTY | 3 | an empty URL |
 * | FL_EURLSCHEME | 3 | no scheme, write http:// or https:// before it |
 * | FL_EPROTOCOL | 1 | only http and https are supported |
 * | FL_EURLHOST | 3 | no host in the URL, or not a valid one |
 * | FL_EURLPORT | 3 | the port must be a number from 1 to 65535 |
 * | FL_EURLCHAR | 3 | a space or a control character in the URL, write it percent-encoded (a space is %20) |
 * | FL_EURLLONG | 3 | longer than 65536 bytes |
 * | FL_EQUEUETIMEOUT | 28 | timed out while waiting for a place |
 * | FL_EATTEMPTTIMEOUT | 28 | timed out: one attempt took too long |
 * | FL_EREADTIMEOUT | 28 | timed out: the server sent nothing for too long |
 * | FL_ETOTALTIMEOUT | 28 | timed out: the time for the whole request is over |
 * | FL_EPARTIAL | 18 | the connection ended before the whole response had come |
 * | FL_EREDIRECTS | 47 | too many redirects |
 * | FL_EBODYREAD | 26 | the request's body could not be read |
 * | FL_ERANGE | 33 | what was being downloaded has changed, so it can't go on where it broke |
 * | FL_ESTATUS | 22 | the status says that it failed |
 * | FL_EPARKED | 22 | the server asks to be left alone for longer than it is waited for |
 * | FL_EMETHOD | 43 | not a valid method |
 * | FL_EHEADER | 43 | not a valid header: a name is letters, digits and !#$%&'*+-.^_`|~, a value is one line |
 * | FL_EFORBIDDEN | 43 | a header that belongs to the connection, and is set by it |
 * | FL_EHEADERSLONG | 43 | more than 100 headers, or more than 64 KiB of them |
 * | FL_ETOOBIG | 63 | the body is larger than the limit |
 * | FL_ENETWORK | 56 | network error |
 * | FL_ERESOLVE | 6 | the host's name does not resolve |
 * | FL_ECONNECT | 7 | could not connect |
 * | FL_ECONNECTTIMEOUT | 28 | timed out while connecting |
 * | FL_ERESOLVELATER | 6 | the host's name could not be resolved just now |
 * | FL_EADDRESS | 7 | the host's address is not a public one |
 * | FL_EPROXY | 97 | the proxy did not let it through |
 * | FL_ETLS | 35 | the TLS handshake failed |
 * | FL_ECERTIFICATE | 60 | the server's certificate was not accepted |
 * | FL_ERESPONSE | 8 | the response is not valid HTTP |
 * | FL_EEMPTY | 52 | the server closed the connection without a response |
 * | FL_EREDIRECTLOOP | 47 | the redirects go round in a circle |
 * | FL_EREPLAY | 65 | the body would have to be sent again, and can't be |
 * | FL_EENCODING | 61 | the body's Content-Encoding could not be decoded |
 *
 * @typedef {'FL_ENOMEM' | 'FL_EINVAL' | 'FL_EFULL' | 'FL_ECLOSED' | 'FL_ECANCELLED' | 'FL_EURLEMPTY' |
 *   'FL_EURLSCHEME' | 'FL_EPROTOCOL' | 'FL_EURLHOST' | 'FL_EURLPORT' | 'FL_EURLCHAR' | 'FL_EURLLONG' |
 *   'FL_EQUEUETIMEOUT' | 'FL_EATTEMPTTIMEOUT' | 'FL_EREADTIMEOUT' |
 *   'FL_ETOTALTIMEOUT' | 'FL_EPARTIAL' | 'FL_EREDIRECTS' | 'FL_EBODYREAD' | 'FL_ERANGE' |
 *   'FL_ESTATUS' | 'FL_EPARKED' | 'FL_EMETHOD' | 'FL_EHEADER' | 'FL_EFORBIDDEN' | 'FL_EHEADERSLONG' |
 *   'FL_ETOOBIG' | 'FL_ENETWORK' | 'FL_ERESOLVE' | 'FL_ECONNECT' | 'FL_ECONNECTTIMEOUT' | 'FL_ERESOLVELATER' | 'FL_EADDRESS' |
 *   'FL_EPROXY' | 'FL_ETLS' | 'FL_ECERTIFICATE' | 'FL_ERESPONSE' | 'FL_EEMPTY' | 'FL_EREDIRECTLOOP' | 'FL_EREPLAY' |
 *   'FL_EENCODING'} ErrorCode
 */

/**
 * A LoopError's `code`, with what its message says. (A CancelledError's is FL_ECANCELLED, a TimeoutError's FL_ETIMEOUT.)
 *
 * | code | message |
 * | --- | --- |
 * | FL_ENOMEM | out of memory |
 * | FL_EINVAL | an argument is out of range |
 * | FL_ECANCELLED | cancelled |
 * | FL_ETIMEOUT | timed out |
 * | FL_EDONE | the future or task is done already |
 * | FL_EPENDING | the future or task is not done yet |
 * | FL_ERELEASED | the future or task has been released |
 * | FL_ERUNNING | the loop is running |
 * | FL_ESTATE | not possible in this state |
 * | FL_EDEADLOCK | nothing is left that could complete it |
 * | FL_EGROUP | tasks of the group failed |
 * | FL_EBROKEN | the barrier is broken |
 * | FL_EQUEUEEMPTY | the queue is empty |
 * | FL_EQUEUEFULL | the queue is full |
 * | FL_ESHUTDOWN | the queue has been shut down |
 * | FL_EGENERATOREXIT | the generator is being closed |
 *
 * @typedef {'FL_ENOMEM' | 'FL_EINVAL' | 'FL_ECANCELLED' | 'FL_ETIMEOUT' | 'FL_EDONE' | 'FL_EPENDING' |
 *   'FL_ERELEASED' | 'FL_ERUNNING' | 'FL_ESTATE' | 'FL_EDEADLOCK' | 'FL_EGROUP' | 'FL_EBROKEN' |
 *   'FL_EQUEUEEMPTY' | 'FL_EQUEUEFULL' | 'FL_ESHUTDOWN' | 'FL_EGENERATOREXIT'} LoopErrorCode
 */

export {};
