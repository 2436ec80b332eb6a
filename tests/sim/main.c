/* The session in simulated worlds: see world.h. Everything comes from a seed, and each seed is run twice.
 *
 *   sim_test [--from SEED] [--seeds COUNT] [--file SEEDS.txt] [--trace] */
#include "world.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

static uint64_t all_traces = 14695981039346656037u;

static bool run_seed(uint64_t seed, bool trace, int *attempts) {
  const char *violation, *again;
  int ignored = 0;
  uint64_t first = world_run(seed, trace, &violation, attempts);
  uint64_t second = world_run(seed, false, &again, &ignored);
  if (!violation && first != second) violation = "the same seed gives the same trace";
  all_traces = (all_traces ^ first) * 1099511628211u;
  if (violation) printf("seed %" PRIu64 ": violated: %s\n", seed, violation);
  fflush(stdout); /* what it leaks by that ends the program before it could */
  return !violation;
}

int main(int argc, char **argv) {
  uint64_t from = 1;
  int seeds = 1000, passed = 0, failed = 0, attempts = 0;
  bool trace = false;
  const char *path = NULL;
  for (int i = 1; i < argc; i++) {
    if (!strcmp(argv[i], "--trace"))
      trace = true;
    else if (!strcmp(argv[i], "--from") && i + 1 < argc)
      from = strtoull(argv[++i], NULL, 10);
    else if (!strcmp(argv[i], "--seeds") && i + 1 < argc)
      seeds = atoi(argv[++i]);
    else if (!strcmp(argv[i], "--file") && i + 1 < argc)
      path = argv[++i];
    else
      return fprintf(stderr, "sim_test: unknown argument %s\n", argv[i]), 2;
  }
  FILE *file = path ? fopen(path, "r") : NULL;
  if (path && !file) return perror(path), 2;
  for (uint64_t seed; file && fscanf(file, "%" SCNu64 "%*[^\n]", &seed) == 1;)
    run_seed(seed, trace, &attempts) ? passed++ : failed++;
  if (file) fclose(file);
  for (int i = 0; i < seeds; i++) run_seed(from + (uint64_t)i, trace, &attempts) ? passed++ : failed++;
  printf("simulation: %d attempts, trace %016" PRIx64 "\n%d passed, %d failed\n", attempts, all_traces, passed, failed);
  return failed > 0;
}
