#include "rate_limit.h"

#include "url.h"

#include <string.h>

/* ---- Items, of a list, and their parameters: as much of RFC 8941 as these headers use, and what servers make of it */

typedef struct scan {
  const char *at, *end;
} scan;

static bool is_space(char c) { return c == ' ' || c == '\t'; }
static void skip_space(scan *s) {
  while (s->at < s->end && is_space(*s->at)) s->at++;
}

static bool take(scan *s, char expected) {
  skip_space(s);
  if (s->at == s->end || *s->at != expected) return false;
  s->at++;
  return true;
}

/* A whole number, saturated; -1 when there is none. `fraction`: whether there is one, which is passed over. */
static int64_t take_number_and(scan *s, bool *fraction) {
  *fraction = false;
  skip_space(s);
  if (s->at == s->end || *s->at < '0' || *s->at > '9') return -1;
  int64_t number = 0;
  for (; s->at < s->end && *s->at >= '0' && *s->at <= '9'; s->at++)
    number = number > (FL_NEVER - 9) / 10 ? FL_NEVER : number * 10 + (*s->at - '0');
  if (s->at < s->end && *s->at == '.')
    for (s->at++; s->at < s->end && *s->at >= '0' && *s->at <= '9'; s->at++) *fraction |= *s->at != '0';
  return number;
}

static int64_t take_number(scan *s) {
  bool fraction;
  return take_number_and(s, &fraction);
}

/* Seconds, rounded up: nobody is asked too early. */
static int64_t take_seconds(scan *s) {
  bool fraction;
  int64_t number = take_number_and(s, &fraction);
  return fraction && number < FL_NEVER ? number + 1 : number;
}

/* A quoted string's inside, or a token. */
static fl__text take_word(scan *s) {
  skip_space(s);
  if (s->at < s->end && *s->at == '"') {
    const char *from = ++s->at;
    while (s->at < s->end && *s->at != '"') s->at++;
    fl__text word = {.text = from, .bytes = (size_t)(s->at - from)};
    if (s->at < s->end) s->at++;
    return word;
  }
  const char *from = s->at;
  while (s->at < s->end && !strchr(",;= \t", *s->at)) s->at++;
  return (fl__text){.text = from, .bytes = (size_t)(s->at - from)};
}

static bool is(fl__text word, const char *name) {
  if (word.bytes != strlen(name)) return false;
  for (size_t i = 0; i < word.bytes; i++)
    if (fl__lower(word.text[i]) != name[i]) return false;
  return true;
}

static bool same(fl__text a, fl__text b) { return a.bytes == b.bytes && memcmp(a.text, b.text, a.bytes) == 0; }

typedef struct item {
  fl__text name;
  int64_t number; /* where the name is one; else -1 */
  int64_t r, t, q, w;
} item;

static void take_parameter(scan *s, item *i) {
  fl__text key = take_word(s);
  if (!take(s, '=')) return;
  scan before = *s;
  int64_t number = is(key, "t") || is(key, "w") ? take_seconds(s) : take_number(s);
  if (number < 0) {
    *s = before;
    take_word(s);
  }
  if (is(key, "r")) i->r = number;
  if (is(key, "t")) i->t = number;
  if (is(key, "q")) i->q = number;
  if (is(key, "w")) i->w = number;
}

/* The next of the list; false at its end. */
static bool take_item(scan *s, item *i) {
  while (take(s, ',')) {
  }
  skip_space(s);
  if (s->at == s->end) return false;
  *i = (item){.number = -1, .r = -1, .t = -1, .q = -1, .w = -1};
  scan number = *s;
  i->name = take_word(s);
  i->number = take_number(&number);
  while (take(s, ';')) take_parameter(s, i);
  while (s->at < s->end && *s->at != ',') s->at++; /* what isn't understood */
  return true;
}

static scan scan_of(fl__text text) { return (scan){.at = text.text, .end = text.text + text.bytes}; }

/* ---- The headers */

static int64_t us_of(int64_t seconds) {
  return seconds < 0 ? -1 : seconds > FL_NEVER / FL_SECOND ? FL_NEVER : seconds * FL_SECOND;
}

/* A time of day rather than a number of seconds, when it is too large for that. */
static int64_t reset_us_of(int64_t number, int64_t wall_us) {
  static const int64_t SECONDS = 1000000000, MILLISECONDS = SECONDS * 1000;
  if (number < SECONDS) return us_of(number);
  int64_t at_us = number >= MILLISECONDS ? (number > FL_NEVER / 1000 ? FL_NEVER : number * 1000) : us_of(number);
  return at_us > wall_us ? at_us - wall_us : 0;
}

static bool is_less(const fl__quota *a, const fl__quota *b) {
  if (b->remaining < 0) return true;
  return a->remaining >= 0 && a->remaining < b->remaining;
}

/* "default";q=100;w=60, or 100;w=60 */
static void read_policy(fl__quota *quota, fl__text policy, const fl__text *name) {
  if (!policy.text) return;
  scan s = scan_of(policy);
  item i;
  for (bool first = true; take_item(&s, &i); first = false) {
    bool matches = name && i.q >= 0 && same(i.name, *name);
    if (!first && !matches) continue;
    quota->limit = i.q >= 0 ? i.q : i.number;
    quota->window_us = us_of(i.w);
    if (matches) return;
  }
}

/* "default";r=50;t=30 */
static bool read_items(fl__quota *out, const fl__rate_limit_headers *headers, int64_t wall_us) {
  scan s = scan_of(headers->rate_limit);
  item i;
  bool found = false;
  while (take_item(&s, &i)) {
    if (i.r < 0) continue;
    fl__quota quota = {.remaining = i.r, .limit = -1, .reset_us = reset_us_of(i.t, wall_us), .window_us = -1};
    read_policy(&quota, headers->policy, &i.name);
    if (!found || is_less(&quota, out)) *out = quota;
    found = true;
  }
  return found;
}

/* limit=100, remaining=50, reset=30 */
static bool read_fields(fl__quota *out, const fl__rate_limit_headers *headers, int64_t wall_us) {
  scan s = scan_of(headers->rate_limit);
  fl__quota quota = {-1, -1, -1, -1};
  while (s.at < s.end) {
    fl__text key = take_word(&s);
    int64_t number = !take(&s, '=') ? -1 : is(key, "reset") ? take_seconds(&s) : take_number(&s);
    if (is(key, "limit")) quota.limit = number;
    if (is(key, "remaining")) quota.remaining = number;
    if (is(key, "reset")) quota.reset_us = reset_us_of(number, wall_us);
    while (s.at < s.end && *s.at != ',' && *s.at != ';') s.at++;
    if (s.at < s.end) s.at++;
  }
  if (quota.remaining < 0) return false;
  int64_t limit = quota.limit;
  read_policy(&quota, headers->policy, NULL);
  if (limit >= 0) quota.limit = limit;
  *out = quota;
  return true;
}

/* What goes on otherwise is no number: a date that begins with its year, or 500ms. */
static int64_t if_it_ends(const scan *s, int64_t number) {
  return s->at == s->end || strchr(" \t,;", *s->at) ? number : -1;
}

static int64_t number_in(fl__text text) {
  if (!text.text) return -1;
  scan s = scan_of(text);
  int64_t number = take_number(&s);
  return if_it_ends(&s, number);
}

static int64_t seconds_in(fl__text text) {
  if (!text.text) return -1;
  scan s = scan_of(text);
  int64_t seconds = take_seconds(&s);
  return if_it_ends(&s, seconds);
}

/* RateLimit-Remaining: 50, and its kin; RateLimit-Limit: 100, 100;w=60 */
static bool read_numbers(fl__quota *out, const fl__rate_limit_headers *headers, int64_t wall_us) {
  fl__quota quota = {.remaining = number_in(headers->remaining),
                     .limit = number_in(headers->limit),
                     .reset_us = reset_us_of(seconds_in(headers->reset), wall_us),
                     .window_us = -1};
  if (quota.remaining < 0) return false;
  if (headers->limit.text) {
    scan s = scan_of(headers->limit);
    for (item i; take_item(&s, &i);)
      if (i.w >= 0 && quota.window_us < 0) quota.window_us = us_of(i.w);
  }
  if (quota.window_us < 0 && headers->policy.text) {
    int64_t limit = quota.limit;
    read_policy(&quota, headers->policy, NULL);
    if (limit >= 0) quota.limit = limit;
  }
  *out = quota;
  return true;
}

bool fl__quota_read(fl__quota *out, const fl__rate_limit_headers *headers, int64_t wall_us) {
  if (headers->rate_limit.text && (read_items(out, headers, wall_us) || read_fields(out, headers, wall_us)))
    return true;
  return read_numbers(out, headers, wall_us);
}
