# fetchloop. `make help` lists what there is.
#
# Objects of each kind of build lie in a folder of their own under build/; -MMD -MP writes down which headers each one read.

BUILD := build
DEBUG ?=
V ?=
# say,VERB,COMMAND: run it, and print only VERB and the target, or with V=1 the command itself
say = $(if $(V),$(2),@printf '  %-6s %s\n' '$(1)' '$@'; $(2))

LOOP    := $(wildcard src/loop/*.c)
CORE    := $(LOOP) $(wildcard src/http/*.c)
HOST    := src/host/emscripten.c src/host/fetch.c src/host/as_text.c $(wildcard src/host/exports*.c)
# What JavaScript calls; a page without the loop has exports.o alone.
EXPORTS := %/exports.o %/exports_loop.o %/exports_sync.o
GLUE    := src/host/library.js src/host/pre.js
WARN    := -std=c11 -Wall -Wextra -Werror -Wshadow -Wstrict-prototypes
DEPEND  := -MMD -MP

EMCC := $(BUILD)/emcc
EMAR := $(BUILD)/emar
ifeq ($(DEBUG),)
  WASM_KIND  := release
  WASM_FLAGS := -O3
  LINK_FLAGS :=
else
  WASM_KIND  := debug
  WASM_FLAGS := -O1 -g -gsource-map
  LINK_FLAGS := -sASSERTIONS=2 -sSAFE_HEAP=1 -sSTACK_OVERFLOW_CHECK=2
endif
# ABORTING_MALLOC: an allocation that fails inside Fetch.js would otherwise write at address 0.
LINK_FLAGS += --no-entry -sMODULARIZE -sEXPORT_ES6 -sENVIRONMENT=web,worker,node -sFETCH=1 -sFETCH_SUPPORT_INDEXEDDB=0 \
  -sABORTING_MALLOC=1 -sALLOW_MEMORY_GROWTH=1 -sINITIAL_MEMORY=1MB -sDEFAULT_TO_CXX=0 \
  -sEXPORTED_RUNTIME_METHODS=HEAPU8,HEAPF64,UTF8ToString --js-library src/host/library.js --js-library src/host/library_loop.js --pre-js src/host/pre.js

WASM_OBJECTS := $(patsubst src/%.c,$(BUILD)/wasm-$(WASM_KIND)/%.o,$(CORE) $(HOST))
MODULE := $(BUILD)/fetchloop.mjs
WEB    := $(BUILD)/web
REPORT := $(BUILD)/report.html
SCRIPTS := $(wildcard web/*.js web/*/*.js web/*/*/*.js node/*.js node/*/*.js node/*/*/*.js)

.DEFAULT_GOAL := all
.DELETE_ON_ERROR:
.SECONDARY: # keep the objects of test programs
.PHONY: all help package docs run serve test test-c test-valgrind test-wasm test-fuzz fuzz coverage test-sim test-differential differential test-node test-browser test-demo test-package test-bundlers test-runtimes lint format bench bench-download bench-chromium bench-queued bench-start bench-loop clean FORCE

all: $(MODULE) $(BUILD)/libfetchloop.a $(WEB)/index.js $(REPORT) ## Build the wasm modules, what browsers and Node load, and the C library

# ---- The module

# Which kind of build the linked files are: changing DEBUG links anew.
$(BUILD)/kind: FORCE
	@mkdir -p $(@D)
	@echo $(WASM_KIND) | cmp -s - $@ || echo $(WASM_KIND) > $@

$(EMCC) $(EMAR) &: tools/toolchain.sh
	@mkdir -p $(@D)
	@tools/toolchain.sh $(EMCC)

$(BUILD)/wasm-$(WASM_KIND)/%.o: src/%.c Makefile | $(EMCC)
	@mkdir -p $(@D)
	$(call say,emcc,$(EMCC) $(WARN) $(WASM_FLAGS) $(DEPEND) -c $< -o $@)

# From the archive, which leaves out what no one needs: whole objects ask for their JavaScript before they are dropped.
$(MODULE): $(filter $(EXPORTS),$(WASM_OBJECTS)) $(BUILD)/libfetchloop.a $(GLUE) src/host/library_loop.js Makefile $(BUILD)/kind
	$(call say,link,$(EMCC) $(WASM_FLAGS) $(filter %.o %.a,$^) $(LINK_FLAGS) -o $@)
	@cp src/host/module.d.mts $(@:.mjs=.d.mts)
	@tools/sizes.sh $(BUILD)/fetchloop.wasm $@

# For programs in C: link it with -lfetchloop and the two files in GLUE. See README.md.
$(BUILD)/libfetchloop.a: $(filter-out $(EXPORTS),$(WASM_OBJECTS)) $(BUILD)/kind
	@rm -f $@
	$(call say,ar,$(EMAR) rcs $@ $(filter %.o,$^))

node_modules/.package-lock.json: package.json package-lock.json
	$(call say,npm,npm ci --no-audit --no-fund --no-update-notifier --loglevel=error)
	@touch $@

-include $(WASM_OBJECTS:.o=.d)

# ---- For browsers: the same, as small as it gets, in build/web; and what Node loads, in build/node

# -flto for our own objects alone: the linker optimises them together, and the toolchain's libraries stay as they are.
ifeq ($(DEBUG),)
  WEB_FLAGS := -Oz -flto -Isrc/host/browser # its assert.h
  # Fewer functions inlined than -Oz has, and no loads moved before branches, which is for speed; and all once more: what the
  # first round leaves.
  WEB_LINK  := -Oz -Wl,-mllvm,-inline-threshold=-15 -Wl,-mllvm,-enable-load-pre=0 -sBINARYEN_EXTRA_PASSES=-Oz,--reorder-functions
else
  WEB_FLAGS := -O1 -g
  WEB_LINK  := -O1 -g -sASSERTIONS=1 -sSTACK_OVERFLOW_CHECK=2
endif
# The system's Fetch.js is replaced by src/host/browser; an allocation that fails gives NULL, which C looks for.
WEB_LINK += --no-entry -sMINIMAL_RUNTIME=1 -sEXPORT_KEEPALIVE=1 -sMODULARIZE -sEXPORT_ES6 -sENVIRONMENT=web,worker -sTEXTDECODER=2 -sMALLOC=none \
  -sABORTING_MALLOC=0 -sALLOW_MEMORY_GROWTH=1 -sINITIAL_MEMORY=1MB -sDEFAULT_TO_CXX=0 \
  -sEXPORTED_RUNTIME_METHODS=HEAPU8,HEAPF64,UTF8ToString
WEB_LIBC  := src/host/browser/malloc.c src/host/browser/string.c
SIMULATED := src/host/simulated.c src/host/sim.c $(WEB_LIBC)
LESSON    := src/host/lesson.c src/host/browser/loop_texts.c $(WEB_LIBC)
WEB_GLUE := src/host/library.js src/host/browser/library.js src/host/browser/pre.js

WEB_OBJECTS := $(patsubst src/%.c,$(BUILD)/wasm-web-$(WASM_KIND)/%.o,$(CORE) $(HOST) $(wildcard src/host/browser/*.c))

$(BUILD)/wasm-web-$(WASM_KIND)/host/browser/string.o: WEB_FLAGS += -fno-builtin -fno-lto
$(BUILD)/wasm-web-$(WASM_KIND)/%.o: src/%.c Makefile | $(EMCC)
	@mkdir -p $(@D)
	$(call say,emcc,$(EMCC) $(WARN) $(WEB_FLAGS) -DFL_BROWSER $(DEPEND) -c $< -o $@)

$(WEB)/libfetchloop.a: $(filter-out $(EXPORTS) %/loop_texts.o,$(WEB_OBJECTS)) $(BUILD)/kind
	@mkdir -p $(@D) && rm -f $@
	$(call say,ar,$(EMAR) rcs $@ $(filter %.o,$^))

link_web = $(call say,link,$(EMCC) $(filter %.o %.a,$^) $(WEB_LINK) $(patsubst %,--js-library %,$(filter %/library.js %/library_loop.js,$^)) \
  --pre-js src/host/browser/pre.js -o $@ \
  && cp src/host/module.d.mts $(@:.mjs=.d.mts))
$(WEB)/fetchloop.mjs: $(filter %/exports.o,$(WEB_OBJECTS)) $(WEB)/libfetchloop.a $(WEB_GLUE) Makefile $(BUILD)/kind
	$(link_web)
# With the loop for JavaScript: half as large again.
$(WEB)/fetchloop-loop.mjs: $(filter $(EXPORTS) %/loop_texts.o,$(WEB_OBJECTS)) $(WEB)/libfetchloop.a $(WEB_GLUE) \
    src/host/library_loop.js Makefile $(BUILD)/kind
	$(link_web)

# On the simulated network in place of a browser's, for the demo page that opens from a file.
$(WEB)/simulated.mjs: $(patsubst src/%.c,$(BUILD)/wasm-web-$(WASM_KIND)/%.o,$(CORE) src/host/exports.c $(SIMULATED)) src/host/library.js \
    src/host/library_simulated.js Makefile $(BUILD)/kind
	$(call say,link,$(EMCC) $(filter %.o %.a,$^) $(WEB_LINK) $(patsubst %,--js-library %,$(filter %.js,$^)) --pre-js src/host/browser/pre.js -o $@)

# The loop alone, with the small programs that the page shows.
$(WEB)/lesson.mjs: $(patsubst src/%.c,$(BUILD)/wasm-web-$(WASM_KIND)/%.o,$(LOOP) $(LESSON)) src/host/library_lesson.js Makefile $(BUILD)/kind
	$(call say,link,$(EMCC) $(filter %.o,$^) $(WEB_LINK) --js-library $(filter %.js,$^) --pre-js src/host/browser/pre.js -o $@)

$(WEB)/index.js: $(WEB)/fetchloop.mjs $(WEB)/fetchloop-loop.mjs $(MODULE) tools/bundle.js tools/shorten.js package.json node_modules/.package-lock.json \
    $(SCRIPTS)
	$(call say,bundle,node tools/bundle.js $(if $(DEBUG),--debug))
	@tools/sizes.sh $(WEB)/fetchloop.wasm $(WEB)/index.js
	@tools/sizes.sh $(WEB)/more.js
	@tools/sizes.sh $(WEB)/fetchloop-loop.wasm $(WEB)/loop.js

-include $(WEB_OBJECTS:.o=.d) $(patsubst src/%.c,$(BUILD)/wasm-web-$(WASM_KIND)/%.d,$(SIMULATED) $(LESSON))

# ---- The npm package

# From the comments, as is the reference.
TYPES := $(BUILD)/types/node/index.d.ts
DEMO  := $(BUILD)/demo/index.html
$(TYPES): tsconfig.json web/wasm-file.d.ts tools/strip-internal.js $(SCRIPTS) $(MODULE) $(WEB)/fetchloop.mjs node_modules/.package-lock.json
	@rm -rf $(BUILD)/types
	$(call say,tsc,npx --no-install tsc && cp web/wasm-file.d.ts $(BUILD)/types/web/ && node tools/strip-internal.js $(BUILD)/types)

MAN := $(BUILD)/man/fetchloop.1
$(MAN): $(WEB)/index.js
	@mkdir -p $(@D)
	$(call say,man,node $(BUILD)/node/cli.js -q man >$@)

package: all $(TYPES) $(DEMO) $(MAN) ## What is published, for `npm pack`

docs: $(TYPES) ## The API's reference, in build/docs
	npx --no-install typedoc

# ---- The demo page

$(DEMO): $(WEB)/index.js $(WEB)/simulated.mjs $(WEB)/lesson.mjs tools/demo.js $(wildcard web/demo/*.* web/demo/*/*.*)
	$(call say,demo,node tools/demo.js $(if $(DEBUG),--debug))
dist/demo.html: $(DEMO) ## The demo page as one file, on a simulated network

serve: $(DEMO) ## Serve the demo page on a port of this machine
	node node/cli.js demo

# ---- The command

# What --report writes, without its data.
$(REPORT): tools/report.js $(wildcard node/command/report/*.js node/command/report/page/* web/waterfall/*) node_modules/.package-lock.json
	@mkdir -p $(@D)
	$(call say,bundle,node tools/report.js $(if $(DEBUG),--debug))
	@tools/sizes.sh $@

run: all ## Fetch the five sites one at a time, then all at once
	node $(BUILD)/node/cli.js --race

# ---- Examples in C: as wasm programs, with the flags of README.md, and those without HTTP natively too

EXAMPLES        := compute print_sum producer_consumer group_failure
EXAMPLES_HTTP   := fetch_urls crawler
EXAMPLE_HEADERS := $(wildcard src/*.h src/*/*.h examples/*.h)
EXAMPLE_LINK    := -Isrc -L$(BUILD) -lfetchloop -sFETCH=1 -sFETCH_SUPPORT_INDEXEDDB=0 -sALLOW_MEMORY_GROWTH -sABORTING_MALLOC \
  -sDEFAULT_TO_CXX=0 -sEXPORT_ES6 --js-library src/host/library.js --pre-js src/host/pre.js
NATIVE          := $(patsubst src/%.c,$(BUILD)/native/%.o,$(LOOP) src/host/native.c)

.PHONY: examples
examples: $(EXAMPLES:%=$(BUILD)/examples/%) $(patsubst %,$(BUILD)/examples/%.mjs,$(EXAMPLES) $(EXAMPLES_HTTP)) ## Build the examples in C

$(BUILD)/examples/%.mjs: examples/%.c $(BUILD)/libfetchloop.a $(EXAMPLE_HEADERS) $(GLUE) Makefile | $(EMCC)
	@mkdir -p $(@D)
	$(call say,emcc,$(EMCC) $(WARN) $(WASM_FLAGS) $(filter %.c,$^) $(EXAMPLE_LINK) -o $@)
$(BUILD)/examples/crawler.mjs: examples/links.c

$(BUILD)/examples/%: examples/%.c $(NATIVE) $(EXAMPLE_HEADERS) Makefile
	@mkdir -p $(@D)
	$(call say,cc,$(CC) $(WARN) -O2 -Isrc $(filter %.c %.o,$^) -lm -o $@)

$(BUILD)/native/%.o: src/%.c Makefile
	@mkdir -p $(@D)
	$(call say,cc,$(CC) $(WARN) -O2 $(DEPEND) -c $< -o $@)

-include $(NATIVE:.o=.d)

# ---- Tests: real servers and compilers, from Debian's packages

TEST_PACKAGES := libcmocka-dev clang libclang-rt-dev clang-format clang-tidy cppcheck valgrind nginx-light curl openssl python3 libxml2-utils \
  python3-httpbin python3-gunicorn nghttp2-server tinyproxy squid microsocks zstd tmux zsh fish mandoc
SANITIZE      := -g -O1 -fno-omit-frame-pointer -fsanitize=address,undefined -fno-sanitize-recover=all
SIM           := src/host/sim.c src/host/native.c
UNIT_TESTS    := $(patsubst tests/c/%.c,%,$(wildcard tests/c/test_*.c))
TEST_SUPPORT  := $(wildcard tests/c/*support.c)
SIM_TEST      := $(wildcard tests/sim/*.c)
SIM_LINK      := -Wl,--wrap=malloc,--wrap=calloc,--wrap=realloc,--wrap=free # its heap.c counts
SIM_SEEDS     := 10000

$(BUILD)/test-packages: Makefile tools/need.sh
	@mkdir -p $(@D)
	tools/need.sh $(TEST_PACKAGES)
	@touch $@

# What is only computing runs side by side; then, one after the other, what measures time or fills memory.
test: node_modules/.package-lock.json $(BUILD)/test-packages ## Build and run every test
	@$(MAKE) --no-print-directory --output-sync=target -j $$(nproc) lint test-c test-valgrind test-wasm test-fuzz test-sim test-differential
	@$(MAKE) --no-print-directory test-node test-browser test-demo
	@$(MAKE) --no-print-directory --output-sync=target -j 2 test-package test-bundlers test-runtimes

# $(1): the kind of build, $(2): the compiler, $(3): its flags. The core, with the simulated host, is compiled once for all
# its test programs.
define native
NATIVE_$(1) := $$(patsubst src/%.c,$(BUILD)/native-$(1)/%.o,$(CORE) $(SIM))
SUPPORT_$(1) := $$(patsubst %.c,$(BUILD)/native-$(1)/%.o,$(TEST_SUPPORT))

$(BUILD)/native-$(1)/%.o: src/%.c Makefile | $(BUILD)/test-packages
	@mkdir -p $$(@D)
	$$(call say,$(2),$(2) $$(WARN) $(3) $$(DEPEND) -c $$< -o $$@)

$(BUILD)/native-$(1)/tests/%.o: tests/%.c Makefile | $(BUILD)/test-packages
	@mkdir -p $$(@D)
	$$(call say,$(2),$(2) $$(WARN) $(3) $$(DEPEND) -c $$< -o $$@)

$(BUILD)/native-$(1)/test_%: $(BUILD)/native-$(1)/tests/c/test_%.o $$(SUPPORT_$(1)) $$(NATIVE_$(1))
	$$(call say,link,$(2) $(3) $$^ -lcmocka -lm $$(LDFLAGS_test_$$*) -o $$@)

$(BUILD)/native-$(1)/sim_test: $(SIM_TEST:%.c=$(BUILD)/native-$(1)/%.o) $$(NATIVE_$(1))
	$$(call say,link,$(2) $(3) $$^ $$(SIM_LINK) -lm -o $$@)

-include $$(NATIVE_$(1):.o=.d) $$(wildcard $(BUILD)/native-$(1)/tests/*/*.d)
endef
$(eval $(call native,gcc,gcc,$$(SANITIZE)))
$(eval $(call native,clang,clang,$$(SANITIZE)))
$(eval $(call native,plain,gcc,-g -O1)) # for valgrind
$(eval $(call native,coverage,gcc,-O0 --coverage))

LDFLAGS_test_nomem := -Wl,--wrap=malloc,--wrap=calloc,--wrap=realloc
LDFLAGS_test_nomem_async := $(LDFLAGS_test_nomem)
LDFLAGS_test_nomem_session := $(LDFLAGS_test_nomem)

test-c: $(foreach compiler,gcc clang,$(UNIT_TESTS:%=$(BUILD)/native-$(compiler)/%)) ## Unit tests, by gcc and clang, under ASan and UBSan
	@set -e; for test in $^; do echo "== $$test"; $$test; done

# What the sanitizers don't see: memory that was never set.
test-valgrind: $(UNIT_TESTS:%=$(BUILD)/native-plain/%) ## The same under valgrind
	@printf '%s\n' $^ | xargs -P 2 -I TEST sh -c 'timeout 300 valgrind --quiet --error-exitcode=1 --leak-check=full \
	  --log-file=TEST.valgrind TEST >TEST.output 2>&1 || { cat TEST.valgrind TEST.output; exit 1; }'
	@awk '/^\[  PASSED  \]/ {tests += $$4} END {printf "valgrind: %d tests passed\n", tests}' $(^:%=%.output)

# As WebAssembly: Debian's cmocka is native, so tests/c/wasm has what our tests use of it. All tests that are linked alike
# are one program, which is told whose main() to run.
WASM_TEST         := $(BUILD)/wasm-test
WASM_TEST_FLAGS   := -g -O1
WASM_TEST_OBJECTS := $(patsubst %.c,$(WASM_TEST)/%.o,$(CORE) $(SIM) $(TEST_SUPPORT) tests/c/wasm/cmocka.c)
WASM_TESTS_WRAP   := $(foreach test,$(UNIT_TESTS),$(if $(LDFLAGS_$(test)),$(test)))
WASM_TESTS        := $(filter-out $(WASM_TESTS_WRAP),$(UNIT_TESTS))

$(WASM_TEST)/%.o: %.c Makefile | $(EMCC)
	@mkdir -p $(@D)
	$(call say,emcc,$(EMCC) $(WARN) $(WASM_TEST_FLAGS) -Itests/c/wasm $(if $(filter $(WASM_TESTS),$(*F)),-Dmain=main_$(*F)) \
	  $(DEPEND) -c $< -o $@)

$(WASM_TEST)/main.c: Makefile $(UNIT_TESTS:%=tests/c/%.c)
	@mkdir -p $(@D)
	@{ printf '#include <string.h>\n'; printf 'int main_%s(void);\n' $(WASM_TESTS); printf 'int main(int argc, char **argv) {\n'; \
	  for test in $(WASM_TESTS); do echo "  if (argc > 1 && !strcmp(argv[1], \"$$test\")) return main_$$test();"; done; \
	  printf '  return 2;\n}\n'; } >$@

link_wasm_test = $(call say,link,$(EMCC) $(WASM_TEST_FLAGS) -sDEFAULT_TO_CXX=0 -sENVIRONMENT=node -sEXIT_RUNTIME=1 -sALLOW_MEMORY_GROWTH=1 \
  -sSTACK_SIZE=1MB -sSTACK_OVERFLOW_CHECK=2 -sASSERTIONS=1 $(filter %.c %.o,$^) $(LDFLAGS_$(basename $(@F))) -o $@)
$(WASM_TEST)/tests.cjs: $(WASM_TEST)/main.c $(WASM_TESTS:%=$(WASM_TEST)/tests/c/%.o) $(WASM_TEST_OBJECTS)
	$(link_wasm_test)
$(WASM_TEST)/test_%.cjs: $(WASM_TEST)/tests/c/test_%.o $(WASM_TEST_OBJECTS)
	$(link_wasm_test)

-include $(WASM_TEST_OBJECTS:.o=.d) $(UNIT_TESTS:%=$(WASM_TEST)/tests/c/%.d)

test-wasm: $(WASM_TEST)/tests.cjs $(WASM_TESTS_WRAP:%=$(WASM_TEST)/%.cjs) ## The unit tests as WebAssembly
	@set -e; for test in $(WASM_TESTS); do echo "== $$test, wasm"; timeout 300 node $< $$test; done
	@set -e; for test in $(WASM_TESTS_WRAP); do echo "== $$test, wasm"; timeout 300 node $(WASM_TEST)/$$test.cjs; done

# What random programs do to the loop, and what strangers' texts do to the session: tests/fuzz/fuzz_*.c.
FUZZ_FLAGS   := -g -O1 -fno-omit-frame-pointer -fsanitize=fuzzer,address,undefined -fno-sanitize-recover=all
FUZZ_CORE    := $(CORE) src/host/native.c
FUZZ_CORPUS  := $(BUILD)/fuzz-corpus
FUZZ_TESTS   := loop headers
FUZZ_loop    := -max_len=1024 -len_control=0
FUZZ_headers := -max_len=200 -len_control=10 -dict=tests/fuzz/headers.dict
RUNS_loop    := 20000
RUNS_headers := 50000
SECONDS      := 60

$(BUILD)/fuzz/%.o: %.c Makefile | $(BUILD)/test-packages
	@mkdir -p $(@D)
	$(call say,clang,clang $(WARN) $(FUZZ_FLAGS) $(DEPEND) -c $< -o $@)
$(BUILD)/fuzz_%: $(BUILD)/fuzz/tests/fuzz/fuzz_%.o $(FUZZ_CORE:%.c=$(BUILD)/fuzz/%.o)
	$(call say,link,clang $(FUZZ_FLAGS) $^ -lm -o $@)
-include $(FUZZ_CORE:%.c=$(BUILD)/fuzz/%.d) $(wildcard $(BUILD)/fuzz/tests/fuzz/*.d)

fuzz: $(FUZZ_TESTS:%=fuzz-%) ## Random programs on the loop, and random headers, for SECONDS=60 each
fuzz-%: $(BUILD)/fuzz_%
	@mkdir -p $(FUZZ_CORPUS)/$*
	$< -max_total_time=$(SECONDS) $(FUZZ_$*) -use_value_profile=1 -print_final_stats=1 -artifact_prefix=$(BUILD)/ $(FUZZ_CORPUS)/$*

test-fuzz: $(FUZZ_TESTS:%=test-fuzz-%) ## A fixed number of them
test-fuzz-%: $(BUILD)/fuzz_%
	@$< -runs=$(RUNS_$*) -seed=1 $(FUZZ_$*) -artifact_prefix=$(BUILD)/ >$<.output 2>&1 || { cat $<.output; exit 1; }
	@echo "$*: $$(grep DONE $<.output)"

# build/native-coverage/lines has them one by one. By the unit tests alone; the simulation runs them all over again.
COVERAGE := $(BUILD)/native-coverage
coverage: $(UNIT_TESTS:%=$(COVERAGE)/%) ## Which lines of the loop and of the session the unit tests run
	@find $(COVERAGE) -name '*.gcda' -delete
	@for test in $(UNIT_TESTS:%=$(COVERAGE)/%); do timeout 300 $$test >$$test.output 2>&1; done; true # test-c is where they must pass
	@rm -rf $(COVERAGE)/lines && mkdir $(COVERAGE)/lines
	@for part in loop http; do gcov --object-directory $(COVERAGE)/$$part src/$$part/*.c >/dev/null && mv *.gcov $(COVERAGE)/lines; \
	  awk -f tests/c/coverage.awk $$(ls src/$$part/*.c | sed 's,.*/,$(COVERAGE)/lines/,; s,$$,.gcov,'); done

test-sim: $(BUILD)/native-gcc/sim_test $(BUILD)/native-clang/sim_test ## Seeded simulation
	$(BUILD)/native-gcc/sim_test --file tests/sim/seeds.txt --seeds $(SIM_SEEDS)
	$(BUILD)/native-clang/sim_test --from $$(date +%s) --seeds 500

# Random programs, run by CPython's asyncio and by the loop: each must leave the same trace.
DIFFERENTIAL := $(BUILD)/native-gcc/differential
$(DIFFERENTIAL): $(patsubst %.c,$(BUILD)/native-gcc/%.o,$(wildcard tests/differential/*.c)) $(filter $(BUILD)/native-gcc/loop/%,$(NATIVE_gcc)) \
    $(BUILD)/native-gcc/host/native.o
	$(call say,link,gcc $(SANITIZE) $^ -lm -o $@)

test-differential: $(DIFFERENTIAL) $(WEB)/index.js ## Random programs, compared with asyncio
	/usr/bin/python3 tests/differential/run.py --file tests/differential/kept.txt --programs 1000 --seed 1
	/usr/bin/python3 tests/differential/run.py --programs 1000
	/usr/bin/python3 tests/differential/run.py --javascript --programs 1500 --seed 1
	/usr/bin/python3 tests/differential/run.py --javascript --given --programs 1500 --seed 100000

N := 2000
SEED = $(shell date +%s)000
differential: $(DIFFERENTIAL) $(WEB)/index.js ## More of them: N=100000 SEED=1
	/usr/bin/python3 tests/differential/run.py --programs $(N) --seed $(SEED)
	/usr/bin/python3 tests/differential/run.py --javascript --programs $(N) --seed $(SEED)

# The same core and simulation as WebAssembly, which tests/node/core.test.js compares with the native one.
$(BUILD)/sim_test.cjs: $(SIM_TEST) $(CORE) $(SIM) $(wildcard src/*.h src/*/*.h tests/sim/*.h) Makefile | $(EMCC)
	$(call say,emcc,$(EMCC) $(WARN) -O2 -sDEFAULT_TO_CXX=0 -sENVIRONMENT=node -sNODERAWFS=1 -sEXIT_RUNTIME=1 \
	  -sALLOW_MEMORY_GROWTH=1 $(filter %.c,$^) $(SIM_LINK) -o $@)

# A server whose latency is exact.
$(BUILD)/slow: tests/farm/slow.c Makefile | $(BUILD)/test-packages
	@mkdir -p $(@D)
	$(call say,gcc,gcc $(WARN) -O2 $< -o $@)

# What measures time runs alone, what measures memory two at a time; the others mostly wait for servers, three at a time.
NODE_TESTS = $(patsubst %,tests/node/%.test.js,$(1))
TIME_TESTS := $(call NODE_TESTS,cancel-storm farm fetch-all limits loop loop-tasks queued race start-up wall-time)
MEMORY_TESTS := $(call NODE_TESTS,memory scale sessions)
OTHER_TESTS := $(filter-out $(TIME_TESTS) $(MEMORY_TESTS),$(wildcard tests/node/*.test.js))

test-node: all examples $(DEMO) $(BUILD)/slow $(BUILD)/sim_test.cjs $(BUILD)/native-gcc/sim_test | $(BUILD)/test-packages ## The core in wasm, the module, and the command against real servers
	node --test --test-reporter=spec --test-concurrency=3 $(OTHER_TESTS)
	node --test --test-reporter=spec --test-concurrency=2 $(MEMORY_TESTS)
	node --test --test-reporter=spec --test-concurrency=1 $(TIME_TESTS)

# In a page: Debian's Chromium, driven through playwright-core.
BROWSER_PACKAGES := chromium

$(BUILD)/browser-packages: Makefile tools/need.sh
	@mkdir -p $(@D)
	tools/need.sh $(BROWSER_PACKAGES)
	@touch $@

$(BUILD)/browser/%.mjs: tests/browser/%.c $(LOOP) src/host/emscripten.c src/host/library.js \
    $(wildcard src/*.h src/*/*.h) Makefile | $(EMCC)
	@mkdir -p $(@D)
	$(call say,emcc,$(EMCC) $(WARN) -O3 -sDEFAULT_TO_CXX=0 --no-entry -sMODULARIZE -sEXPORT_ES6 -sENVIRONMENT=web \
	  -sALLOW_MEMORY_GROWTH=1 --js-library src/host/library.js $(filter %.c,$^) -o $@)

test-package: package ## What npm packs: its contents, its types, its size
	node --test --test-reporter=spec tests/package/

FRAME_TESTS := tests/browser/loop.test.js tests/browser/many.test.js # alone: they count a page's frames

test-browser: all $(BUILD)/browser/ready_callbacks.mjs | $(BUILD)/browser-packages ## The loop and the session in a page, in Chromium
	node --test --test-reporter=spec --test-concurrency=1 $(FRAME_TESTS)
	node --test --test-reporter=spec --test-concurrency=2 $(filter-out $(FRAME_TESTS),$(wildcard tests/browser/*.test.js))

# The demo page, with axe and Lighthouse, in Chromium and in Firefox.
$(BUILD)/demo-packages: Makefile tools/need.sh
	@mkdir -p $(@D)
	tools/need.sh $(BROWSER_PACKAGES) firefox-esr
	@touch $@

test-demo: $(DEMO) tests/demo/node_modules/.package-lock.json | $(BUILD)/demo-packages ## The demo page, as a person uses it, in Chromium and Firefox
	node --test --test-reporter=spec tests/demo/race.test.js # alone, for it measures
	node --test --test-reporter=spec --test-concurrency=2 $(filter-out %/race.test.js,$(wildcard tests/demo/*.test.js))

# Tools that only one folder of tests needs are a package of their own there.
tests/%/node_modules/.package-lock.json: tests/%/package.json tests/%/package-lock.json
	$(call say,npm,npm ci --prefix tests/$* --no-audit --no-fund --no-update-notifier --loglevel=error)
	@touch $@

test-bundlers: package tests/bundlers/node_modules/.package-lock.json | $(BUILD)/browser-packages ## Vite, webpack, Rollup and esbuild with the packed package, in Chromium
	node --test --test-reporter=spec tests/bundlers/

test-runtimes: package tests/runtimes/node_modules/.package-lock.json | $(BUILD)/test-packages ## Node 22, 24 and 26, Bun and Deno with the packed package
	node --test --test-reporter=spec tests/runtimes/

C_FILES := $(wildcard src/*.h src/*/*.[ch] src/*/*/*.[ch] tests/*/*.[ch] tests/*/*/*.[ch] examples/*.[ch])
lint: node_modules/.package-lock.json $(TYPES) $(MODULE) $(WEB)/fetchloop.mjs $(WEB)/fetchloop-loop.mjs $(BUILD)/test-packages ## Formatting and static checks
	clang-format --dry-run --Werror $(C_FILES)
	clang-tidy --quiet --warnings-as-errors='*' $(CORE) $(SIM) -- $(WARN) 2>/dev/null
	cppcheck --quiet --std=c11 --enable=warning,performance,portability --inline-suppr --error-exitcode=1 $(CORE) $(SIM)
	npx --no-install biome ci --colors=off --error-on-warnings .
	npx --no-install tsc -p tsconfig.check.json
	npx --no-install typedoc --emit none

format: node_modules/.package-lock.json ## Format everything
	clang-format -i $(C_FILES)
	npx --no-install biome check --write --colors=off .

# ---- Speed

BENCH_PACKAGES := nginx-light wrk curl python3-aiohttp python3-uvloop
bench: all ## Throughput side by side with the peers (ROUNDS=5 REQUESTS=20000 CONCURRENCY=64 ONLY=a,b)
	tools/need.sh $(BENCH_PACKAGES)
	node tests/bench/run.js
	$(if $(ONLY),,@$(MAKE) --no-print-directory bench-download bench-chromium bench-queued)

bench-download: all ## One large body to a file, beside curl and others (ROUNDS=9 MEGABYTES=1000)
	tools/need.sh nginx-light curl python3-aiohttp
	node tests/bench/download.js

bench-chromium: all | $(BUILD)/browser-packages ## Throughput in a page (ROUNDS=9 REQUESTS=5000)
	node tests/bench/chromium.js

bench-queued: all ## What a million URLs cost that wait (ROUNDS=3 COUNT=1000000 ONLY=a,b)
	node tests/bench/queued.js

bench-start: all | $(BUILD)/browser-packages ## How long one URL takes: by the command, beside Node's own start, and in a page (ROUNDS=30)
	tools/need.sh nginx-light
	node tests/bench/start.js
	node tests/bench/start-page.js

# The loop without the session, as WebAssembly and natively, and libuv.
BENCH_LOOP_PACKAGES := gcc libc6-dev pkg-config libuv1-dev python3-uvloop
LOOP_CLIENTS := tests/bench/loop/clients
LOOP_HEADERS := $(wildcard src/*.h src/*/*.h)

$(BUILD)/bench-loop-packages: Makefile tools/need.sh
	@mkdir -p $(BUILD)/bench
	tools/need.sh $(BENCH_LOOP_PACKAGES)
	@touch $@

$(BUILD)/bench/fetchloop.cjs: $(LOOP_CLIENTS)/fetchloop.c $(LOOP) src/host/emscripten.c src/host/library.js $(LOOP_HEADERS) \
    Makefile | $(EMCC)
	@mkdir -p $(@D)
	$(call say,emcc,$(EMCC) $(WARN) -O3 -sDEFAULT_TO_CXX=0 -sENVIRONMENT=node -sALLOW_MEMORY_GROWTH=1 -sMAXIMUM_MEMORY=4GB \
	  -sINITIAL_MEMORY=1MB --js-library src/host/library.js $(filter %.c,$^) -o $@)

$(BUILD)/bench/fetchloop-native: $(LOOP_CLIENTS)/fetchloop.c $(LOOP) src/host/native.c $(LOOP_HEADERS) Makefile \
    $(BUILD)/bench-loop-packages
	$(call say,gcc,gcc $(WARN) -O2 $(filter %.c,$^) -lm -o $@)

$(BUILD)/bench/libuv: $(LOOP_CLIENTS)/libuv.c Makefile $(BUILD)/bench-loop-packages
	$(call say,gcc,gcc $(WARN) -O2 $< $$(pkg-config --cflags --libs libuv) -o $@)

bench-loop: $(BUILD)/bench/fetchloop.cjs $(BUILD)/bench/fetchloop-native $(BUILD)/bench/libuv ## The loop side by side with its peers (ROUNDS=5 ONLY=a,b)
	tools/need.sh $(BENCH_LOOP_PACKAGES)
	node tests/bench/loop/run.js

# ---- Pictures

PICTURE_PACKAGES := chromium tmux pngquant fonts-dejavu-core openssl
.PHONY: pictures
pictures: all $(DEMO) ## Take README's pictures anew, into web/pictures (as root: their server is on ports 80 and 443)
	tools/need.sh $(PICTURE_PACKAGES)
	node tests/pictures/pictures.js

# ---- Housekeeping

clean: ## Remove what was built (the toolchain stays in the user's cache)
	rm -rf $(BUILD)

help: ## List what there is
	@echo 'Usage: make [target] [DEBUG=1]'
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  %-14s %s\n", $$1, $$2}' Makefile
	@echo '  DEBUG=1    build with assertions, SAFE_HEAP and source maps'
	@echo '  V=1        show the commands'
