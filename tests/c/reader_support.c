#include "reader_support.h"

static void reader_on_end(fl_request *request, void *arg) {
  reader *r = arg;
  assert_non_null(r->batch);
  world_on_end(request, r->w);
  r->ends++;
  r->untaken++;
  if (r->takes) reader_take(r, 1);
  if (r->closes_on_end) reader_close(r);
}

static void on_wants(void *arg) {
  reader *r = arg;
  assert_non_null(r->batch);
  assert_int_equal(r->w->calls, 0);
  r->woken++;
  assert_in_range(r->woken, 1, r->falses);
  if (r->closes_on_wants)
    reader_close(r);
  else if (!r->deaf)
    reader_read(r);
}

void reader_open(reader *r, world *w, uint32_t read_ahead) {
  r->w = w;
  fl_batch_options options = {.read_ahead = read_ahead, .on_wants = on_wants, .on_end = reader_on_end, .arg = r};
  assert_int_equal(fl_batch_open(&r->batch, w->session, &options), FL_OK);
  reader_read(r);
}

void reader_close(reader *r) {
  r->w->calls++;
  fl_batch_close(r->batch);
  r->w->calls--;
  r->batch = NULL;
  r->w->asked -= r->next - r->ends; /* these have no on_end */
}

fl_request *reader_read_one(reader *r) {
  char url[128];
  fl_request *request = NULL;
  r->url(url, sizeof url, r->next++);
  r->w->calls++;
  assert_int_equal(fl_batch_get(&request, r->batch, url, strlen(url), 0), FL_OK);
  r->w->calls--;
  r->w->asked++;
  return request;
}

void reader_read(reader *r) {
  for (; r->next < r->count; reader_read_one(r)) {
    if (fl_batch_wants(r->batch)) continue;
    r->falses++;
    return;
  }
}

void reader_take(reader *r, unsigned count) {
  for (; count; count--) {
    assert_true(r->untaken > 0);
    r->untaken--;
    r->w->calls++;
    fl_batch_taken(r->batch);
    r->w->calls--;
  }
}
