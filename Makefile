# fetchloop. `make help` lists what there is.
#
# Objects of each kind of build lie in a folder of their own under build/; -MMD -MP writes down which headers each one read.

BUILD := build
DEBUG ?=
V ?=
# say,VERB,COMMAND: run it, and print only VERB and the target, or with V=1 the command itself
say = $(if $(V),$(2),@printf '  %-6s %s\n' '$(1)' '$@'; $(2))

CORE    := $(wildcard src/loop/*.c src/http/*.c)
HOST    := src/host/emscripten.c src/host/exports.c
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
  -sEXPORTED_RUNTIME_METHODS=HEAPU8,HEAPF64,UTF8ToString --js-library src/host/library.js --pre-js src/host/pre.js

WASM_OBJECTS := $(patsubst src/%.c,$(BUILD)/wasm-$(WASM_KIND)/%.o,$(CORE) $(HOST))
MODULE := $(BUILD)/fetchloop.mjs

.DEFAULT_GOAL := all
.DELETE_ON_ERROR:
.SECONDARY: # keep the objects of test programs
.PHONY: all help run test test-c test-sim test-node lint format bench clean FORCE

all: $(MODULE) $(BUILD)/libfetchloop.a node_modules/.package-lock.json ## Build the wasm module and the C library

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

$(MODULE): $(WASM_OBJECTS) $(GLUE) Makefile $(BUILD)/kind
	$(call say,link,$(EMCC) $(WASM_FLAGS) $(WASM_OBJECTS) $(LINK_FLAGS) -o $@)
	@echo "         $$(wc -c < $(BUILD)/fetchloop.wasm) bytes of wasm, $$(wc -c < $@) of JavaScript; gzipped" \
	  "$$(gzip -9c $(BUILD)/fetchloop.wasm | wc -c) and $$(gzip -9c $@ | wc -c)"

# For programs in C: link it with -lfetchloop and the two files in GLUE. See README.md.
$(BUILD)/libfetchloop.a: $(filter-out %/exports.o,$(WASM_OBJECTS)) $(BUILD)/kind
	@rm -f $@
	$(call say,ar,$(EMAR) rcs $@ $(filter %.o,$^))

node_modules/.package-lock.json: package.json package-lock.json
	$(call say,npm,npm ci --no-audit --no-fund --no-update-notifier --loglevel=error)
	@touch $@

-include $(WASM_OBJECTS:.o=.d)

# ---- The command

run: all ## Fetch the five sites one at a time, then all at once
	node node/cli.js --race

# ---- Tests: real servers and compilers, from Debian's packages

TEST_PACKAGES := libcmocka-dev clang libclang-rt-dev clang-format clang-tidy cppcheck nginx-light curl openssl
SANITIZE      := -g -O1 -fno-omit-frame-pointer -fsanitize=address,undefined -fno-sanitize-recover=all
SIM           := src/host/sim.c src/host/heap.c src/host/native.c
UNIT_TESTS    := $(patsubst tests/c/%.c,%,$(wildcard tests/c/test_*.c))
SIM_SEEDS     := 2000

$(BUILD)/test-packages: Makefile tools/need.sh
	@mkdir -p $(@D)
	tools/need.sh $(TEST_PACKAGES)
	@touch $@

test: lint test-c test-sim test-node ## Build and run every test

# $(1): the compiler. The core, with the simulated host, is compiled once for all its test programs.
define native
NATIVE_$(1) := $$(patsubst src/%.c,$(BUILD)/native-$(1)/%.o,$(CORE) $(SIM))

$(BUILD)/native-$(1)/%.o: src/%.c Makefile | $(BUILD)/test-packages
	@mkdir -p $$(@D)
	$$(call say,$(1),$(1) $$(WARN) $$(SANITIZE) $$(DEPEND) -c $$< -o $$@)

$(BUILD)/native-$(1)/tests/%.o: tests/%.c Makefile | $(BUILD)/test-packages
	@mkdir -p $$(@D)
	$$(call say,$(1),$(1) $$(WARN) $$(SANITIZE) $$(DEPEND) -c $$< -o $$@)

$(BUILD)/native-$(1)/test_%: $(BUILD)/native-$(1)/tests/c/test_%.o $(BUILD)/native-$(1)/tests/c/support.o $$(NATIVE_$(1))
	$$(call say,link,$(1) $$(SANITIZE) $$^ -lcmocka -lm $$(LDFLAGS_test_$$*) -o $$@)

$(BUILD)/native-$(1)/sim_test: $(BUILD)/native-$(1)/tests/sim/sim_test.o $$(NATIVE_$(1))
	$$(call say,link,$(1) $$(SANITIZE) $$^ -lm -o $$@)

-include $$(NATIVE_$(1):.o=.d) $$(wildcard $(BUILD)/native-$(1)/tests/*/*.d)
endef
$(foreach compiler,gcc clang,$(eval $(call native,$(compiler))))

LDFLAGS_test_nomem := -Wl,--wrap=malloc,--wrap=calloc,--wrap=realloc

test-c: $(foreach compiler,gcc clang,$(UNIT_TESTS:%=$(BUILD)/native-$(compiler)/%)) ## Unit tests, by gcc and clang, under ASan and UBSan
	@set -e; for test in $^; do echo "== $$test"; $$test; done

test-sim: $(BUILD)/native-gcc/sim_test $(BUILD)/native-clang/sim_test ## Seeded simulation
	$(BUILD)/native-gcc/sim_test --file tests/sim/seeds.txt --seeds $(SIM_SEEDS)
	$(BUILD)/native-clang/sim_test --from $$(date +%s) --seeds 200

# The same core and simulation as WebAssembly, which tests/node/core.test.js compares with the native one.
$(BUILD)/sim_test.cjs: tests/sim/sim_test.c $(CORE) $(SIM) $(wildcard src/*.h src/*/*.h) Makefile | $(EMCC)
	$(call say,emcc,$(EMCC) $(WARN) -O2 -sDEFAULT_TO_CXX=0 -sENVIRONMENT=node -sNODERAWFS=1 -sEXIT_RUNTIME=1 \
	  -sALLOW_MEMORY_GROWTH=1 $(filter %.c,$^) -o $@)

test-node: all $(BUILD)/sim_test.cjs $(BUILD)/native-gcc/sim_test | $(BUILD)/test-packages ## The core in wasm, the module, and the command against real servers
	node --test --test-reporter=spec tests/node/

C_FILES := $(wildcard src/*.h src/*/*.[ch] tests/*/*.[ch])
lint: node_modules/.package-lock.json $(BUILD)/test-packages ## Formatting and static checks
	clang-format --dry-run --Werror $(C_FILES)
	clang-tidy --quiet --warnings-as-errors='*' $(CORE) $(SIM) -- $(WARN) 2>/dev/null
	cppcheck --quiet --std=c11 --enable=warning,performance,portability --inline-suppr --error-exitcode=1 $(CORE) $(SIM)
	npx --no-install biome ci --colors=off --error-on-warnings .

format: node_modules/.package-lock.json ## Format everything
	clang-format -i $(C_FILES)
	npx --no-install biome check --write --colors=off .

# ---- Speed

BENCH_PACKAGES := nginx-light wrk curl python3-aiohttp python3-uvloop
bench: all ## Throughput side by side with the peers (ROUNDS=5 REQUESTS=20000 CONCURRENCY=64 ONLY=a,b)
	tools/need.sh $(BENCH_PACKAGES)
	node tests/bench/run.js

# ---- Housekeeping

clean: ## Remove what was built (the toolchain stays in the user's cache)
	rm -rf $(BUILD)

help: ## List what there is
	@echo 'Usage: make [target] [DEBUG=1]'
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  %-10s %s\n", $$1, $$2}' Makefile
	@echo '  DEBUG=1    build with assertions, SAFE_HEAP and source maps'
	@echo '  V=1        show the commands'
