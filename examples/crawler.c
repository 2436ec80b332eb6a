/* A crawler's skeleton: from the URLs given, along the links that stay on their host, each page once, down to a depth;
 * so many at a time, so many a second, each with a time limit; and it ends when nothing is left to fetch.
 *
 *   async with asyncio.TaskGroup() as group:
 *       group.create_task(shut_down_when_joined(frontier))
 *       while True:
 *           try: page = await frontier.get()
 *           except asyncio.QueueShutDown: break
 *           await places.acquire()
 *           await rate()
 *           group.create_task(visit(page))
 *
 * make examples && node examples/run.mjs crawler [-d DEPTH] [-p PARALLEL] [-r RATE] [-t SECONDS] URL...
 *
 * Prints, for each page, its depth, its status or what went wrong, the number of its links, and its URL. It reads no
 * robots.txt: crawl what is yours. */
#define _XOPEN_SOURCE 700 /* tsearch(), strdup() */
#include "fetch.h"
#include "links.h"

#include <search.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { PARALLEL_MAX = 10000 };

typedef struct options {
  double depth, parallel, rate, timeout;
  char **urls;
} options;

typedef struct crawl {
  options options;
  fl_session *session;
  fl_queue frontier; /* of pages that nobody visits yet */
  fl_semaphore places;
  void *seen; /* a tree of URLs; owns them */
  unsigned pages, failed;
} crawl;

typedef struct page {
  const char *url;
  int depth;
} page;

/* ---- The frontier */

static int compare(const void *a, const void *b) { return strcmp(a, b); }

/* Put it there, unless it has been. */
static int add(crawl *crawl, const char *url, int depth) {
  if (tfind(url, &crawl->seen, compare)) return 0;
  char *copy = strdup(url);
  if (!copy) return FL_ENOMEM;
  if (!tsearch(copy, &crawl->seen, compare)) {
    free(copy);
    return FL_ENOMEM;
  }
  page *made = malloc(sizeof *made);
  if (!made) return FL_ENOMEM;
  *made = (page){.url = copy, .depth = depth};
  int error = fl_queue_put_nowait(&crawl->frontier, made);
  if (error) free(made);
  return error;
}

static void free_all(crawl *crawl) {
  for (void *left; fl_queue_get_nowait(&crawl->frontier, &left) == FL_OK;) free(left);
  fl_queue_free(&crawl->frontier);
  while (crawl->seen) {
    char *url = *(char **)crawl->seen;
    tdelete(url, &crawl->seen, compare);
    free(url);
  }
}

/* ---- A page */

typedef struct found {
  crawl *crawl;
  int depth;
  unsigned links;
} found;

static int on_link(const char *url, void *arg) {
  found *found = arg;
  found->links++;
  return found->depth > found->crawl->options.depth ? 0 : add(found->crawl, url, found->depth);
}

fl_async(visit, crawl *crawl; page * page; fetch got; found found; int error) {
  fl_begin;
  fl_try(self->error, fl_wait_for(fl_call(fetch, &self->got, self->crawl->session, self->page->url),
                                  fl_seconds(self->crawl->options.timeout)));
  if (self->error == FL_ECANCELLED) fl_raise(self->error, NULL);
  self->crawl->pages++;
  if (self->error) {
    self->crawl->failed++;
    printf("%d  %s  %s\n", self->page->depth, fl_caught_message(self, self->error), self->page->url);
    fl_return_void; /* one page that fails stops nothing */
  }
  self->found = (found){.crawl = self->crawl, .depth = self->page->depth + 1};
  self->error = links_each(self->got.body, self->page->url, on_link, &self->found);
  if (self->error) fl_raise(self->error, NULL);
  printf("%d  %d  %u links  %s\n", self->page->depth, self->got.status, self->found.links, self->page->url);
  fl_finally;
  free(self->got.body);
  free(self->page);
  fl_semaphore_release(&self->crawl->places);
  fl_queue_task_done(&self->crawl->frontier);
  fl_end;
}

/* ---- All of them */

fl_async(shut_down_when_joined, fl_queue *queue) {
  fl_begin;
  fl_await(fl_queue_join(self->queue));
  fl_queue_shutdown(self->queue, false);
  fl_end;
}

fl_async(visit_all, crawl *crawl; fl_task_group group; void *page; int64_t next_us, apart_us; int error) {
  fl_begin;
  self->apart_us = fl_seconds(1 / self->crawl->options.rate);
  fl_group_enter(self, &self->group);
  self->error = fl_release(fl_group_create_task(&self->group, shut_down_when_joined, &self->crawl->frontier));
  if (self->error) fl_raise(self->error, NULL);
  for (;;) {
    fl_try(self->error, fl_queue_get(&self->crawl->frontier, &self->page));
    if (self->error == FL_ESHUTDOWN) break;
    if (self->error) fl_raise(self->error, NULL);
    fl_await(fl_semaphore_acquire(&self->crawl->places));
    fl_await(fl_sleep(self->next_us - fl_loop_time(fl_this_loop(self))));
    self->next_us = fl_loop_time(fl_this_loop(self)) + self->apart_us;
    self->error = fl_release(fl_group_create_task(&self->group, visit, self->crawl, self->page)); /* the group has it */
    if (self->error) fl_raise(self->error, NULL);
    self->page = NULL; /* it is the task's now */
  }
  fl_await(fl_leave(&self->group));
  fl_finally;
  free(self->page);
  fl_end;
}

static int begin(crawl *crawl, fl_loop *loop) {
  /* Ours are the semaphore and the timeout. */
  const fl_session_options limits = {
      .limit = PARALLEL_MAX, .limit_per_host = PARALLEL_MAX, .timeouts.attempt_us = FL_NEVER};
  crawl->places = (fl_semaphore)FL_BOUNDED_SEMAPHORE((size_t)crawl->options.parallel);
  int error = fl_queue_init(&crawl->frontier, FL_FIFO, 0, NULL);
  if (!error) error = fl_session_open(&crawl->session, loop, fl_emscripten_transport(), &limits);
  for (char **start = crawl->options.urls; !error && *start; start++) {
    char *url = link_resolve(*start, *start);
    error = add(crawl, url ? url : *start, 0); /* one that is no URL fails when it is fetched */
    free(url);
  }
  return error;
}

fl_async(run, options options; crawl crawl; visit_all visiting; close_session closing; int error) {
  fl_begin;
  self->crawl.options = self->options;
  self->error = begin(&self->crawl, fl_this_loop(self));
  if (self->error) fl_raise(self->error, NULL);
  fl_await(fl_call(visit_all, &self->visiting, &self->crawl));
  printf("%u pages, of which %u failed\n", self->crawl.pages, self->crawl.failed);
  fl_finally;
  fl_await(fl_call(close_session, &self->closing, self->crawl.session));
  free_all(&self->crawl);
  fl_end;
}

static int usage(void) {
  fprintf(stderr, "Usage: crawler [-d DEPTH] [-p PARALLEL] [-r STARTS_PER_SECOND] [-t SECONDS] URL...\n");
  return 2;
}

static bool read_options(options *options, int argc, char **argv) {
  for (int option; (option = getopt(argc, argv, "d:p:r:t:")) != -1;) {
    double *value = option == 'd'   ? &options->depth
                    : option == 'p' ? &options->parallel
                    : option == 'r' ? &options->rate
                                    : &options->timeout;
    if (option == '?') return false;
    char *end;
    *value = strtod(optarg, &end);
    if (end == optarg || *end) return false;
  }
  options->urls = argv + optind;
  return *options->urls && options->depth >= 0 && options->parallel >= 1 && options->parallel <= PARALLEL_MAX &&
         options->rate > 0 && options->timeout > 0;
}

int main(int argc, char **argv) {
  options options = {.depth = 2, .parallel = 4, .rate = 10, .timeout = 10};
  return read_options(&options, argc, argv) ? fl_run(run, options) : usage();
}
