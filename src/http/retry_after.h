#ifndef FL_RETRY_AFTER_H
#define FL_RETRY_AFTER_H

#include "../fetchloop.h"

/* How long a Retry-After (RFC 9110, 10.2.3) asks to wait from when its response came: seconds, a fraction of one
 * rounded up; or a date, less the response's own Date (the server's clock) when that is one, else less `wall_us`. 0
 * when the date has passed; FL_NEVER when it is too far; FL_NAN when it is neither. */
int64_t fl__retry_after_us(const char *text, const char *date, int64_t wall_us);

#endif
