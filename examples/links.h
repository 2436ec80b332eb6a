/* The links of a page, for the crawler. No HTML parser: it finds href="..." and href='...' wherever they stand, in
 * comments and scripts too, and knows no <base>, no unquoted value and no entity but &amp;. */
#ifndef LINKS_H
#define LINKS_H

/* What `link` means on the page `base`: absolute, without its fragment, `.` and `..` resolved; to be freed. NULL when
 * it leads to another scheme, host or port (as they are written), is only a fragment, or when memory is short. */
char *link_resolve(const char *base, const char *link);

/* Call each(url, arg) for every link of `page`, which came from `base`, that link_resolve() gives; `url` is valid for
 * the call, the same may come twice. Returns 0, what each() returned when that is not 0, which ends it, or FL_ENOMEM.
 */
int links_each(const char *page, const char *base, int (*each)(const char *url, void *arg), void *arg);

#endif
