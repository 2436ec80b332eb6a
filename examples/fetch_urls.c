/* async.py, the usual first program with aiohttp: fetch all URLs at once, tell of each as it comes, and how long all of
 * them took.
 *
 *   async def fetch(url):
 *       async with aiohttp.ClientSession() as session:
 *           async with session.get(url) as res:
 *               print(url + ' / ' + str(res.status))
 *
 *   s = time.time()
 *   tasks = [fetch(url) for url in URL_LIST]
 *   loop = asyncio.get_event_loop()
 *   loop.run_until_complete(asyncio.wait(tasks))
 *   print('end: ' + str(time.time() - s))
 *
 * make examples && node examples/run.mjs fetch_urls https://www.python.org/ https://www.scala-lang.org/
 *
 * The exit code is 1 when one could not be fetched. */
#include <fetchloop.h>
#include <stdio.h>
#include <stdlib.h>

fl_async(show, fl_session *session; const char *url; fl_fetch page; int error) {
  fl_begin;
  fl_try(self->error, fl_call(fl_fetch, &self->page, self->session, self->url));
  if (self->error) {
    printf("%s / %s\n", self->url, fl_caught_message(self, self->error));
    fl_reraise(self->error);
  }
  printf("%s / %d  %.2f s\n", self->url, self->page.result.status,
         (double)(self->page.result.ended_us - self->page.result.queued_us) / FL_SECOND);
  fl_finally;
  fl_response_free(&self->page.result);
  fl_end;
}

fl_async(fetch_all, char **urls; int count; fl_session_options all_at_once; fl_session * session; fl_task * tasks;
         int64_t began_us; int error, failed; fl_session_closing closing) {
  fl_begin;
  self->began_us = fl_loop_time(fl_this_loop(self));
  self->tasks = calloc((size_t)self->count, sizeof *self->tasks);
  if (!self->tasks) fl_raise(FL_ENOMEM, NULL);
  self->all_at_once = (fl_session_options){.limit = (uint32_t)self->count, .limit_per_host = (uint32_t)self->count};
  self->error = fl_session_open(&self->session, fl_this_loop(self), fl_emscripten_transport(), &self->all_at_once);
  if (self->error) fl_raise(self->error, NULL);
  for (int i = 0; i < self->count; i++)
    self->tasks[i] = fl_create_task(fl_this_loop(self), show, self->session, self->urls[i]);
  fl_await(fl_wait(NULL, self->tasks, (size_t)self->count, FL_NEVER, FL_ALL_COMPLETED));
  printf("end: %.2f s\n", (double)(fl_loop_time(fl_this_loop(self)) - self->began_us) / FL_SECOND);
  for (int i = 0; i < self->count; i++)
    if (fl_future_error(self->tasks[i])) self->failed++;
  if (self->failed) fl_raise(FL_ENETWORK, "not all could be fetched");
  fl_finally;
  free(self->tasks);
  fl_await(fl_call(fl_session_closing, &self->closing, self->session));
  fl_end;
}

int main(int argc, char **argv) {
  if (argc < 2) {
    fprintf(stderr, "Usage: node examples/run.mjs fetch_urls URL...\n");
    return 2;
  }
  return fl_run(fetch_all, argv + 1, argc - 1);
}
