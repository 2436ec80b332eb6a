/* Four copies that are of use only together. One fails: the task group cancels those that are still at it, waits for
 * their `finally` to clean up, and then raises one error that tells of every failure, a failed clean-up among them.
 *
 *   try:
 *       async with asyncio.TaskGroup() as group:
 *           for job in jobs:
 *               group.create_task(copy(job), name=job.name)
 *   except* OSError as failed:
 *       for error in failed.exceptions:
 *           print(error)
 *
 * make examples && build/examples/group_failure             natively
 * make examples && node examples/run.mjs group_failure      as WebAssembly */
#include <fetchloop.h>
#include <stdio.h>

enum { DISK_FULL = -1001, READ_ONLY = -1002 }; /* the program's own errors */

typedef struct job {
  const char *name;
  int64_t takes_us;
  const char *fails, *cleanup_fails; /* why; NULL: it doesn't */
} job;

static const job jobs[] = {
    {"quick", 0, NULL, NULL},
    {"slow", 3600 * FL_SECOND, NULL, NULL},
    {"unlucky", 10 * FL_MS, "the disk is full", NULL},
    {"stuck", 3600 * FL_SECOND, NULL, "what there is of it can't be removed"},
};
enum { JOBS = sizeof jobs / sizeof *jobs };

fl_async(copy, const job *job; bool whole) {
  fl_begin;
  printf("%s: begun\n", self->job->name);
  fl_await(fl_sleep(self->job->takes_us));
  if (self->job->fails) fl_raise(DISK_FULL, self->job->fails);
  self->whole = true;
  printf("%s: copied\n", self->job->name);
  fl_finally;
  if (!self->whole) {
    printf("%s: cleaning up\n", self->job->name);
    fl_await(fl_sleep(10 * FL_MS));
    if (self->job->cleanup_fails) fl_raise(READ_ONLY, self->job->cleanup_fails);
    printf("%s: removed\n", self->job->name);
  }
  fl_end;
}

fl_async(copy_all, fl_task_group group; int error) {
  fl_begin;
  fl_group_enter(self, &self->group);
  for (int i = 0; i < JOBS; i++) {
    const fl_task_options named = {.name = jobs[i].name};
    self->error = fl_release(fl_group_create_task_with(&self->group, &named, copy, &jobs[i])); /* the group has it */
    if (self->error) fl_raise(self->error, NULL);
  }
  fl_try(self->error, fl_leave(&self->group));
  if (self->error && self->error != FL_EGROUP) fl_reraise(self->error);
  printf("in short: %s\n", fl_caught_message(self, self->error));
  for (size_t i = 0; fl_group_failed(&self->group, i).at; i++) {
    fl_task failed = fl_group_failed(&self->group, i);
    printf("failed: %s: %d, %s\n", fl_task_name(failed), fl_future_error(failed), fl_future_message(failed));
  }
  fl_end;
}

int main(void) { return fl_run(copy_all); }
