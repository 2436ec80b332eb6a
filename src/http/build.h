/* What a build can meet. That of the module for pages (FL_BROWSER) leaves out what no browser and no JavaScript there
 * would ever ask for: it is downloaded. */
#ifndef FL_BUILD_H
#define FL_BUILD_H

#include <stdbool.h>

#ifdef FL_BROWSER
enum { FL__IN_PAGE = true };
#else
enum { FL__IN_PAGE = false };
#endif

enum {
  FL__FOLLOWS_REDIRECTS = !FL__IN_PAGE, /* a browser does it itself, */
  FL__TELLS_REUSE = !FL__IN_PAGE,       /* and doesn't tell of a request whether its connection was another's before */
  FL__HAS_PROGRAM = !FL__IN_PAGE,       /* in C: JavaScript has hooks, and credentials from URLs, of its own */
};

#endif
