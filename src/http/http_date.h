#ifndef FL_HTTP_DATE_H
#define FL_HTTP_DATE_H

#include "../fetchloop.h"

/* An HTTP-date (RFC 9110, 5.6.7) in any of its three forms, with spaces after it or without, in microseconds since
 * 1970; FL_NAN for anything else. The year of two digits in the second form is the one that isn't more than 50 years
 * after `now_us`. A page leaves it to the browser, which is less strict with weekdays and the ends of months. */
int64_t fl__http_date_us(const char *text, int64_t now_us);

#endif
