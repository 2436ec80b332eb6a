#include "rate_limit.h"

#include "scan.h"

#include <string.h>

/* ---- Items, of a list, and their parameters: as much of RFC 8941 as these headers use, and what servers make of it */

enum { REMAINING, RESET, LIMIT, WINDOW, TOLD };

typedef struct item {
  fl__word name;
  int64_t number;     /* where the name is one; else -1 */
  int64_t told[TOLD]; /* -1: it isn't */
} item;

static const item nothing = {.name.text = "", .number = -1, .told = {-1, -1, -1, -1}};

static bool is_time(int what) { return what == RESET || what == WINDOW; }

/* After its = a parameter's value. Seconds are rounded up: nobody is asked too early. */
static void take_value(const char **at, item *i, fl__word key) {
  const char *name = key.text;
  int what = fl__take_one_of(&name, "remaining reset limit w r t q ");
  bool is_known = what >= 0 && name == key.text + key.bytes;
  if (what > WINDOW) what -= WINDOW + 1;
  int64_t number = fl__take_number(at, is_known && is_time(what));
  if (number < 0) fl__take_word(at);
  if (is_known) i->told[what] = number;
}

/* Up to what follows an item or a parameter. */
static void skip_rest(const char **at) { *at += strcspn(*at, ",;"); }

/* Whether limit=100 comes, and not an item: of a dictionary, as drafts up to 07 have it. */
static bool is_dictionary(const char *at) { return fl__take_word(&at).bytes && fl__take(&at, '='); }

static bool take_commas(const char **at) {
  if (!fl__take(at, ',')) return false;
  while (fl__take(at, ',')) {
  }
  return true;
}

/* The next of the list, or all of a dictionary; false at its end. */
static bool take_item(const char **at, item *i) {
  take_commas(at);
  fl__skip_spaces(at);
  if (!**at) return false;
  *i = nothing;
  if (!is_dictionary(*at)) {
    const char *number = *at;
    i->name = fl__take_word(at);
    i->number = fl__take_number(&number, false);
    skip_rest(at);
    if (!fl__take(at, ';')) return true;
  }
  do {
    fl__word key = fl__take_word(at);
    if (fl__take(at, '=')) take_value(at, i, key);
    skip_rest(at);
  } while (fl__take(at, ';') || (take_commas(at) && is_dictionary(*at)));
  return true;
}

/* ---- The headers */

/* A time of day rather than a number of seconds, when it is too large for that. */
static int64_t reset_us_of(int64_t number, int64_t wall_us) {
  static const int64_t SECONDS = 1000000000, MILLISECONDS = SECONDS * 1000;
  if (number < SECONDS) return fl__us_of_seconds(number);
  int64_t at_us =
      number >= MILLISECONDS ? (number > FL_NEVER / 1000 ? FL_NEVER : number * 1000) : fl__us_of_seconds(number);
  return at_us > wall_us ? at_us - wall_us : 0;
}

/* "default";q=100;w=60, or 100;w=60: the one of that name, or else the first. */
static item policy_of(const char *policies, fl__word name) {
  item found = nothing, i;
  for (bool first = true; policies && take_item(&policies, &i); first = false) {
    if (i.told[LIMIT] < 0) i.told[LIMIT] = i.number;
    if (first) found = i;
    if (i.name.bytes == name.bytes && memcmp(i.name.text, name.text, name.bytes) == 0) return i;
  }
  return found;
}

static fl__quota quota_of(const item *i, const char *policies, int64_t wall_us) {
  item policy = policy_of(policies, i->name);
  int64_t limit = i->told[LIMIT], window = i->told[WINDOW];
  return (fl__quota){.remaining = i->told[REMAINING],
                     .limit = limit < 0 ? policy.told[LIMIT] : limit,
                     .reset_us = reset_us_of(i->told[RESET], wall_us),
                     .window_us = fl__us_of_seconds(window < 0 ? policy.told[WINDOW] : window)};
}

/* What goes on otherwise is no number: a date that begins with its year, or 500ms. */
static int64_t number_in(const char *text, bool rounds_up) {
  if (!text) return -1;
  int64_t number = fl__take_number(&text, rounds_up);
  return !*text || strchr(" \t,;", *text) ? number : -1;
}

/* RateLimit-Remaining: 50, and its kin; RateLimit-Limit: 100, 100;w=60 */
static item item_of_numbers(const fl__rate_limit_headers *headers) {
  item i = nothing, part;
  i.told[REMAINING] = number_in(headers->remaining, false);
  i.told[RESET] = number_in(headers->reset, true);
  i.told[LIMIT] = number_in(headers->limit, false);
  for (const char *limit = headers->limit; limit && i.told[WINDOW] < 0 && take_item(&limit, &part);)
    i.told[WINDOW] = part.told[WINDOW];
  return i;
}

bool fl__quota_read(fl__quota *out, const fl__rate_limit_headers *headers, int64_t wall_us) {
  bool found = false;
  item i;
  for (const char *at = headers->rate_limit; at && take_item(&at, &i);) {
    if (i.told[REMAINING] < 0 || (found && i.told[REMAINING] >= out->remaining)) continue;
    *out = quota_of(&i, headers->policy, wall_us);
    found = true;
  }
  if (found) return true;
  i = item_of_numbers(headers);
  *out = quota_of(&i, headers->policy, wall_us);
  return out->remaining >= 0;
}
