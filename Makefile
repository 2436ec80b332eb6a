# fetchloop. `make help` lists what there is.
#
# Objects of each kind of build lie in a folder of their own under build/; -MMD -MP writes down which headers each one read.

BUILD := build
DEBUG ?=

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
.PHONY: all help run demo-race test test-c test-sim test-node test-cli lint format bench clean FORCE

all: $(MODULE) $(BUILD)/libfetchloop.a node_modules/.package-lock.json ## Build the wasm module and the C library

# ---- The module

# Which kind of build the linked files are: changing DEBUG links anew.
$(BUILD)/kind: FORCE
	@mkdir -p $(@D)
	@echo $(WASM_KIND) | cmp -s - $@ || echo $(WASM_KIND) > $@

$(EMCC) $(EMAR) &: tools/toolchain.sh
	@mkdir -p $(@D)
	tools/toolchain.sh $(EMCC)

$(BUILD)/wasm-$(WASM_KIND)/%.o: src/%.c Makefile | $(EMCC)
	@mkdir -p $(@D)
	$(EMCC) $(WARN) $(WASM_FLAGS) $(DEPEND) -c $< -o $@

$(MODULE): $(WASM_OBJECTS) $(GLUE) Makefile $(BUILD)/kind
	$(EMCC) $(WASM_FLAGS) $(WASM_OBJECTS) $(LINK_FLAGS) -o $@
	@echo "$@: $$(wc -c < $(BUILD)/fetchloop.wasm) bytes of wasm, $$(wc -c < $@) of JavaScript; gzipped" \
	  "$$(gzip -9c $(BUILD)/fetchloop.wasm | wc -c) and $$(gzip -9c $@ | wc -c)"

# For programs in C: link it with -lfetchloop and the two files in GLUE. See README.md.
$(BUILD)/libfetchloop.a: $(filter-out %/exports.o,$(WASM_OBJECTS)) $(BUILD)/kind
	rm -f $@
	$(EMAR) rcs $@ $(filter %.o,$^)

node_modules/.package-lock.json: package.json package-lock.json
	npm ci --no-audit --no-fund --loglevel=error
	@touch $@

-include $(WASM_OBJECTS:.o=.d)

clean: ## Remove what was built (the toolchain stays in the user's cache)
	rm -rf $(BUILD)
