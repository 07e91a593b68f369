# SPDX-License-Identifier: GPL-2.0
# `make help` lists the targets. Everything made goes to $(OUTPUT), by default build/ of the folder where
# make was called; `make O=FOLDER` names another one. CC, CFLAGS, CPPFLAGS and LDFLAGS are respected.

# Called from another folder (make -f .../Makefile): the same from here, for a build/ over there.
HERE := $(shell dirname -- '$(strip $(MAKEFILE_LIST))')
ifneq ($(HERE),.)
GOALS := $(or $(MAKECMDGOALS),all)
.PHONY: $(GOALS) from-here
$(GOALS): from-here
	@:
from-here:
	+@$(MAKE) --no-print-directory -C '$(HERE)' O='$(abspath $(or $(O),$(OUTPUT),build))' $(GOALS)
else

ifneq ($(O),)
override OUTPUT := $(O)
endif
ifneq ($(word 2,$(OUTPUT)),)
$(error what is made cannot go to a folder with a space in its name: $(OUTPUT))
endif

# SANITIZE=1: the same programs, watched by the sanitizers, in a tree of their own
ifeq ($(SANITIZE),1)
OUTPUT ?= build/asan
CFLAGS ?= -O1 -g -fsanitize=address,undefined -fno-sanitize-recover=undefined
endif
OUTPUT ?= build
CLANG ?= clang
BPFTOOL ?= $(shell command -v bpftool || echo /usr/sbin/bpftool)
PKG_CONFIG ?= pkg-config
LLVM_STRIP ?= llvm-strip

PKGS := libbpf libelf zlib libdw libzstd json-c libprotobuf-c
ARCH := $(shell uname -m | sed 's/x86_64/x86/; s/aarch64/arm64/')

WARNINGS := -Wall -Wextra
CFLAGS ?= -O2 -g
# Hardened by default; HARDENING= is without. Fortified only where the compiler optimizes and nobody else chose.
FORTIFY := $(if $(findstring FORTIFY_SOURCE,$(CFLAGS) $(CPPFLAGS)),,$(if $(filter-out -O0,$(filter -O%,$(CFLAGS))),-D_FORTIFY_SOURCE=2))
HARDENING ?= $(if $(findstring sanitize,$(CFLAGS)),,-fPIE -fstack-protector-strong -fstack-clash-protection $(FORTIFY))
HARDENED_LINK = $(if $(HARDENING),$(if $(STATIC),-static-pie,-pie) -Wl$(comma)-z$(comma)relro -Wl$(comma)-z$(comma)now,$(if $(STATIC),-static))
comma := ,
# the caller's flags come last, so that they win
override CFLAGS := $(HARDENING) -std=gnu11 $(WARNINGS) $(CFLAGS)
override LDFLAGS := $(HARDENED_LINK) $(LDFLAGS)
override CPPFLAGS += -D_GNU_SOURCE -Iinclude -Isrc -Itools -Itests/unit -I$(OUTPUT) $(shell $(PKG_CONFIG) --cflags $(PKGS) 2>/dev/null)
LDLIBS = $(shell $(PKG_CONFIG) $(if $(STATIC),--static) --libs $(PKGS)) -lpthread
BPF_CFLAGS ?= -O2 -g
BPF_CFLAGS += -target bpf -mcpu=v3 -D__TARGET_ARCH_$(ARCH) $(WARNINGS) -Wno-unused-parameter -Iinclude -Ibpf

SRCS := $(wildcard src/*/*.c)
OBJS := $(SRCS:src/%.c=$(OUTPUT)/src/%.o) $(OUTPUT)/pprof.pb-c.o
# rooms that know no kernel: records in, reports out; what fuzzers are built of
PURE_ROOMS := base record ledger audit judge report
PURE_SRCS := $(filter-out src/base/log_libbpf.c,$(wildcard $(PURE_ROOMS:%=src/%/*.c))) src/kernel/ksyms.c
LIB := $(OUTPUT)/libpinacct.a
LIB_OBJS := $(filter-out $(OUTPUT)/src/cmd/main.o,$(OBJS))

# tools/: small programs for developers; tests/live: what provokes pins in the test box
TOOLS := $(OUTPUT)/recasm $(OUTPUT)/recdump $(OUTPUT)/tables $(OUTPUT)/schema_page
TOOL_OBJS := $(patsubst %.c,$(OUTPUT)/%.o,$(wildcard tools/reclang*.c))
LIVE := $(patsubst %.c,$(OUTPUT)/%,$(wildcard tests/live/*.c))
LDLIBS_hold_rdma := -libverbs
LDLIBS_own_stack := $(shell $(PKG_CONFIG) --libs libbpf 2>/dev/null)
# tests/bench: what a call costs its caller, what each further page of it does, and a peer to measure beside
COST := $(addprefix $(OUTPUT)/tests/bench/,cost pages pace)
PEER := $(OUTPUT)/tests/bench/pagemap
# tests/pinfault: the user's side of the fault module; tests/vm/modules builds the other
PINCTL := $(OUTPUT)/tests/pinfault/pinctl
# tests/failalloc: what makes allocations fail, one after the other
FAILALLOC := $(addprefix $(OUTPUT)/tests/failalloc/,failalloc.so every_nth)
UNIT := $(patsubst %.c,$(OUTPUT)/%,$(wildcard tests/unit/*_test.c))
UNIT_OBJS := $(patsubst %.c,$(OUTPUT)/%.o,$(filter-out %_test.c %_bench.c,$(wildcard tests/unit/*.c)))
BENCH := $(patsubst %.c,$(OUTPUT)/%,$(wildcard tests/unit/*_bench.c))
FUZZ := $(patsubst tests/fuzz/%.c,$(OUTPUT)/fuzz/%,$(wildcard tests/fuzz/fuzz_*.c)) $(OUTPUT)/fuzz/fuzz_recfile_nocrc
# what compile_commands.json lists: all but kernel modules
COMPILED := $(SRCS) $(wildcard bpf/*.bpf.c bpf/hooks/*.bpf.c tools/*.c $(addprefix tests/,unit/*.c failalloc/*.c fuzz/*.c live/*.c bench/*.c pinfault/pinctl*.c))

ifeq ($(V),1)
Q :=
say :=
else
Q := @
# make -s: silent altogether
say = $(if $(findstring s,$(firstword -$(MAKEFLAGS))),,@printf '  %-8s %s\n' $(1) $(2))
endif

.DELETE_ON_ERROR:
.SECONDARY:
.DEFAULT_GOAL := all

all: $(OUTPUT)/pinacct man completions ## build/pinacct and its manual (the default)

$(OUTPUT)/pinacct: $(OBJS) $(OUTPUT)/flags.link
	$(call say,LINK,$@)
	$(Q)$(CC) $(CFLAGS) $(LDFLAGS) -o $@ $(OBJS) $(LDLIBS)

# What is compiled is compiled again when the flags change, and nothing is before all libraries are there.
$(OUTPUT)/flags.%: always | $(OUTPUT)
	$(Q)printf '%s\n' $(call quoted,$(FLAGS_$*)) | cmp -s - $@ || printf '%s\n' $(call quoted,$(FLAGS_$*)) >$@
quoted = '$(subst ','\'',$(1))'
FLAGS_cc = $(CC) $(CPPFLAGS) $(CFLAGS)
FLAGS_link = $(CC) $(CFLAGS) $(LDFLAGS) $(LDLIBS)
$(OUTPUT)/checked: tools/check-build | $(OUTPUT)
	$(Q)PKG_CONFIG='$(PKG_CONFIG)' CLANG='$(CLANG)' BPFTOOL='$(BPFTOOL)' CC='$(CC)' tools/check-build && touch $@

$(OUTPUT)/%.o: %.c $(OUTPUT)/flags.cc | $(OUTPUT)/checked
	$(call say,CC,$@)
	$(Q)mkdir -p $(@D)
	$(Q)$(CC) $(CPPFLAGS) $(CFLAGS) -MMD -MP -c -o $@ $<

$(LIB): $(LIB_OBJS)
	$(call say,AR,$@)
	$(Q)rm -f $@ && $(AR) rcs $@ $^

$(TOOLS): $(OUTPUT)/%: $(OUTPUT)/tools/%.o $(TOOL_OBJS) $(LIB)
	$(call say,LINK,$@)
	$(Q)$(CC) $(CFLAGS) $(LDFLAGS) -o $@ $^ $(LDLIBS)

$(LIVE) $(COST): $(OUTPUT)/%: $(OUTPUT)/%.o
	$(call say,LINK,$@)
	$(Q)$(CC) $(CFLAGS) $(LDFLAGS) -o $@ $^ -luring -lpthread $(LDLIBS_$(@F))

$(PEER): $(OUTPUT)/%: $(OUTPUT)/%.o
	$(call say,LINK,$@)
	$(Q)$(CC) $(CFLAGS) $(LDFLAGS) -o $@ $^ $(shell $(PKG_CONFIG) --libs libbpf)
$(OUTPUT)/tests/bench/pagemap.o: $(OUTPUT)/pagemap.skel.h

$(PINCTL): $(patsubst %.c,$(OUTPUT)/%.o,$(wildcard tests/pinfault/pinctl*.c))
	$(call say,LINK,$@)
	$(Q)$(CC) $(CFLAGS) $(LDFLAGS) -o $@ $^

$(OUTPUT)/tests/failalloc/failalloc.so: tests/failalloc/failalloc.c
	$(call say,LINK,$@)
	$(Q)mkdir -p $(@D)
	$(Q)$(CC) $(CPPFLAGS) $(CFLAGS) -fPIC -shared -o $@ $<

$(OUTPUT)/tests/failalloc/every_nth: $(OUTPUT)/tests/failalloc/every_nth.o
	$(call say,LINK,$@)
	$(Q)$(CC) $(CFLAGS) $(LDFLAGS) -o $@ $^

$(UNIT): $(OUTPUT)/%: $(OUTPUT)/%.o $(UNIT_OBJS) $(TOOL_OBJS) $(LIB)
	$(call say,LINK,$@)
	$(Q)$(CC) $(CFLAGS) $(LDFLAGS) -o $@ $^ -lcmocka $(LDLIBS)

$(BENCH): $(OUTPUT)/%: $(OUTPUT)/%.o $(UNIT_OBJS) $(TOOL_OBJS) $(LIB)
	$(call say,LINK,$@)
	$(Q)$(CC) $(CFLAGS) $(LDFLAGS) -o $@ $^ -lcmocka $(LDLIBS)

# everything that a fuzzer reaches is built with the sanitizers, in a tree of its own
FUZZ_CC = $(CLANG) $(CPPFLAGS) -std=gnu11 -g -O1 $(WARNINGS) -fno-sanitize-recover=undefined
FUZZ_OBJS := $(patsubst src/%.c,$(OUTPUT)/fuzz/src/%.o,$(PURE_SRCS))
$(OUTPUT)/fuzz/src/%.o: src/%.c
	$(call say,FUZZ-CC,$@)
	$(Q)mkdir -p $(@D)
	$(Q)$(FUZZ_CC) -fsanitize=fuzzer-no-link,address,undefined -MMD -MP -c -o $@ $<

$(OUTPUT)/fuzz/lib.a: $(FUZZ_OBJS)
	$(Q)rm -f $@ && $(AR) rcs $@ $^

# time_limit.c calls the fuzzer, and measures it
LINK_FUZZER = $(FUZZ_CC) -fsanitize=fuzzer,address,undefined -o $@ -DLLVMFuzzerTestOneInput=fuzz_one_input
FUZZ_LIBS = $(OUTPUT)/fuzz/time_limit.o $(OUTPUT)/fuzz/lib.a $(shell $(PKG_CONFIG) --libs libzstd zlib json-c)
$(OUTPUT)/fuzz/time_limit.o: tests/fuzz/time_limit.c
	$(call say,FUZZ-CC,$@)
	$(Q)mkdir -p $(@D)
	$(Q)$(FUZZ_CC) -fsanitize=fuzzer-no-link,address,undefined -c -o $@ $<
$(OUTPUT)/fuzz/fuzz_%: tests/fuzz/fuzz_%.c $(OUTPUT)/fuzz/time_limit.o $(OUTPUT)/fuzz/lib.a
	$(call say,FUZZ,$@)
	$(Q)$(LINK_FUZZER) $< $(FUZZ_LIBS)
# without checksums a fuzzer gets behind them; this reader comes before the library's
$(OUTPUT)/fuzz/fuzz_recfile_nocrc: tests/fuzz/fuzz_recfile.c src/record/recfile_read.c $(OUTPUT)/fuzz/time_limit.o $(OUTPUT)/fuzz/lib.a
	$(call say,FUZZ,$@)
	$(Q)$(LINK_FUZZER) -DFUZZING $< src/record/recfile_read.c $(FUZZ_LIBS)

$(patsubst %.c,$(OUTPUT)/%.o,$(wildcard src/capture/capture*.c)): $(OUTPUT)/pinacct.skel.h
$(OUTPUT)/src/kernel/lookup.o: $(OUTPUT)/lookup.skel.h
$(OUTPUT)/src/kernel/self.o: $(OUTPUT)/tasks.skel.h
$(OUTPUT)/src/report/flame_svg.o $(OUTPUT)/fuzz/src/report/flame_svg.o: $(OUTPUT)/flame_js.h $(OUTPUT)/flame_css.h
$(OUTPUT)/src/report/flame_pprof.o $(OUTPUT)/fuzz/src/report/flame_pprof.o: $(OUTPUT)/pprof.pb-c.h
$(OUTPUT)/src/kernel/ksyms_iter.o: $(OUTPUT)/ksyms.skel.h
$(OUTPUT)/src/capture/pages.o: $(OUTPUT)/pages.skel.h
$(OUTPUT)/src/capture/pin_objects.o: $(OUTPUT)/objects.skel.h

# a text file as a string: flame.js becomes `static const char flame_js[]`
define TEXT_AS_STRING
	$(call say,EMBED,$@)
	$(Q)mkdir -p $(@D)
	$(Q)sed -e '1i static const char $(notdir $(basename $@))[] =' -e 's/\\/\\\\/g; s/"/\\"/g; s/.*/"&\\n"/' -e '$$a ;' $< >$@
endef

$(OUTPUT)/%_js.h: src/report/%.js
	$(TEXT_AS_STRING)
$(OUTPUT)/%_css.h: src/report/%.css
	$(TEXT_AS_STRING)

$(OUTPUT)/%.pb-c.c $(OUTPUT)/%.pb-c.h: src/report/%.proto
	$(call say,PROTO,$<)
	$(Q)mkdir -p $(@D)
	$(Q)protoc-c --proto_path=$(<D) --c_out=$(OUTPUT) $(<F)
$(OUTPUT)/%.pb-c.o: $(OUTPUT)/%.pb-c.c
	$(call say,CC,$@)
	$(Q)$(CC) $(CPPFLAGS) $(CFLAGS) -c -o $@ $<

define BPF_OBJECT
	$(call say,BPF,$@)
	$(Q)$(CLANG) $(BPF_CFLAGS) -MMD -MP -MF $(OUTPUT)/$*.bpf.d -MT $@ -c -o $@.tmp $<
	$(Q)$(LLVM_STRIP) -g $@.tmp && mv $@.tmp $@
endef

$(OUTPUT)/%.bpf.o: bpf/%.bpf.c | $(OUTPUT)/checked
	$(BPF_OBJECT)
$(OUTPUT)/%.bpf.o: tests/bench/%.bpf.c | $(OUTPUT)/checked
	$(BPF_OBJECT)

$(OUTPUT)/%.skel.h: $(OUTPUT)/%.bpf.o
	$(call say,SKEL,$@)
	$(Q)$(BPFTOOL) gen skeleton $< name $*_bpf > $@

$(OUTPUT):
	$(Q)mkdir -p $@

# the manual: texts of src/man and the tables of the source
MAN := $(patsubst src/man/%.in,$(OUTPUT)/man/%,$(wildcard src/man/*.[578].in))
man: $(MAN) ## the pages of the manual, in build/man
IF_CHANGED = { cmp -s $@.new $@ && rm $@.new || mv $@.new $@; }
$(OUTPUT)/tables.tsv: $(OUTPUT)/tables
	$(Q)$< >$@.new && $(IF_CHANGED)
$(OUTPUT)/schema.man: src/man/pinacct.schema.json $(OUTPUT)/schema_page
	$(Q)$(OUTPUT)/schema_page $< >$@.new && $(IF_CHANGED)
$(OUTPUT)/wire.man: include/pinacct/wire.h tools/manual_wire $(OUTPUT)/tables.tsv
	$(Q)tools/manual_wire $(OUTPUT)/tables.tsv $< >$@
$(OUTPUT)/man/%: src/man/%.in $(wildcard src/man/*.in) tools/manual $(addprefix $(OUTPUT)/,tables.tsv schema.man wire.man)
	$(call say,MAN,$@)
	$(Q)mkdir -p $(@D)
	$(Q)tools/manual $(OUTPUT)/tables.tsv src/man/options.in $< >$@

# what shells complete, from the same tables
SHELLS := bash zsh fish
completions: $(addprefix $(OUTPUT)/completions/,$(SHELLS)) ## completions for bash, zsh and fish, in build/completions
$(OUTPUT)/completions/%: tools/completions $(OUTPUT)/tables.tsv
	$(call say,GEN,$@)
	$(Q)mkdir -p $(@D)
	$(Q)tools/completions $* $(OUTPUT)/tables.tsv >$@.new && mv $@.new $@

tools: $(TOOLS) ## build/recasm and build/recdump: record files from and to text

live-programs: $(LIVE) $(PINCTL)
unit-programs: $(UNIT)
failalloc-programs: $(FAILALLOC)
fuzz-programs: $(FUZZ)

test: all $(TOOLS) ## everything that can be tested here (tests/run lists the suites)
	@tests/run

lint unit golden fuzz cli failalloc box install-test: all $(TOOLS) ## one suite: lint, unit, golden, fuzz, cli, failalloc, box, install-test
	@tests/run $(@:-test=)

live: all $(LIVE) $(PINCTL) ## the workloads on every kernel of the matrix (KERNELS="NAME..." for some)
	@tests/run live

live-longer: all $(LIVE) $(PINCTL) ## the same, and injected faults, on the kernels that `make test` leaves out (PREEMPT_RT, the newest)
	@KERNELS="$$(awk '$$2 == "longer" { print $$1 }' tests/vm/kernels.list)" tests/run live inject

inject: all $(LIVE) $(PINCTL) ## faults committed on every kernel, and the table of what was reported
	@tests/run inject
	@tests/live/inject-table

soak: all $(LIVE) ## ten minutes of everything at once, on every kernel
	@tests/run soak

busy: all $(LIVE) ## verdicts beside others' direct I/O at full rate, on every kernel
	@tests/run busy

loss: all $(LIVE) $(PINCTL) ## losses forced on every kernel
	@tests/run loss

patched: all ## what is said of conversions, right and wrong: kernels built with tests/patches (15 minutes the first time)
	@tests/run patched

bench: all bench-programs ## instructions a call costs, beside bpftrace and a map of pages, on 6.12 and 7.2
	@tests/bench/run

bench-reader: all bench-programs ## what pinacct itself takes: start, idle, at 100,000 pairs a second, of fio's throughput
	@tests/bench/reader

cost: all bench-programs ## the budget of a short call, checked on 6.12 and 7.2
	@tests/run cost

bench-programs: $(COST) $(PEER)

bench-replay: $(BENCH) ## speed and memory of the ledger on a large synthetic recording (BENCH_FLAGS="-n 1000000" for a look)
	@$(OUTPUT)/tests/unit/replay_bench $(BENCH_FLAGS)

# For clangd and its like: each C file with its compiler's call
compile_commands.json: $(addprefix $(OUTPUT)/,pinacct.skel.h lookup.skel.h pages.skel.h objects.skel.h pagemap.skel.h) ## each file's compiler call, for editors and analysers
	$(call say,GEN,$@)
	$(Q){ for file in $(COMPILED); do \
		case $$file in \
		*.bpf.c) call='$(CLANG) $(BPF_CFLAGS)' ;; \
		*) call='$(CC) $(CPPFLAGS) $(CFLAGS)' ;; \
		esac; \
		call=$$(printf %s "$$call" | sed 's/[\\"]/\\&/g'); \
		printf '%s\n{ "directory": "%s", "file": "%s", "command": "%s -c %s" }' \
			"$$comma" "$(CURDIR)" "$$file" "$$call" "$$file"; \
		comma=,; \
	done; echo; } | sed '1s/^/[/; $$s/$$/]/' >$@

pictures: all ## the README's pictures, drawn from recordings in tests/pictures
	$(Q)$(OUTPUT)/pinacct flame --over run --cost pages -i tests/pictures/holders.rec -o tests/pictures/holders.svg

format: ## formats all C
	$(Q)git ls-files '*.c' '*.h' | xargs clang-format -i

golden-update: all $(TOOLS) ## rewrites the expected reports in tests/golden; read the diff
	@tests/suites/golden --update

PREFIX ?= /usr/local
SBINDIR ?= $(PREFIX)/sbin
MANDIR ?= $(PREFIX)/share/man
DATADIR ?= $(PREFIX)/share/pinacct
# where each of SHELLS looks
COMPLETION_bash := $(PREFIX)/share/bash-completion/completions/pinacct
COMPLETION_zsh := $(PREFIX)/share/zsh/site-functions/_pinacct
COMPLETION_fish := $(PREFIX)/share/fish/vendor_completions.d/pinacct.fish
INSTALL ?= install

# What was built is installed as it is, so that root compiles nothing with other flags.
install: $(if $(wildcard $(OUTPUT)/pinacct),,all) ## to $(DESTDIR)$(PREFIX), which is /usr/local by default
	$(Q)$(INSTALL) -D -m 0755 $(OUTPUT)/pinacct "$(DESTDIR)$(SBINDIR)/pinacct"
	$(Q)$(INSTALL) -D -m 0644 src/man/pinacct.schema.json "$(DESTDIR)$(DATADIR)/pinacct.schema.json"
	$(Q)for page in $(MAN); do \
		$(INSTALL) -D -m 0644 "$$page" "$(DESTDIR)$(MANDIR)/man$${page##*.}/$${page##*/}" || exit 1; \
	done
	$(Q)$(foreach shell,$(SHELLS),$(INSTALL) -D -m 0644 $(OUTPUT)/completions/$(shell) "$(DESTDIR)$(COMPLETION_$(shell))" &&) :

uninstall: ## removes what install put there
	$(Q)rm -f "$(DESTDIR)$(SBINDIR)/pinacct" "$(DESTDIR)$(DATADIR)/pinacct.schema.json"
	$(Q)for page in $(MAN); do rm -f "$(DESTDIR)$(MANDIR)/man$${page##*.}/$${page##*/}"; done
	$(Q)rm -f $(foreach shell,$(SHELLS),"$(DESTDIR)$(COMPLETION_$(shell))")
	$(Q)rmdir "$(DESTDIR)$(DATADIR)" 2>/dev/null || :

clean: ## removes build/
	$(Q)rm -rf $(OUTPUT)

deps: ## installs what building and testing need (Debian 12)
	$(Q)tools/deps all

help: ## lists the targets
	@sed -n 's/^\([a-z_. -]*\):.*## \(.*\)/  \1\t\2/p' $(firstword $(MAKEFILE_LIST)) | expand -t 32

# a file, but always made anew: the flags are make's
.PHONY: compile_commands.json
.PHONY: always all man completions tools install uninstall clean deps help format pictures golden-update
.PHONY: live-programs unit-programs fuzz-programs failalloc-programs bench-programs
.PHONY: test lint unit golden fuzz cli failalloc box install-test live live-longer inject patched soak loss busy
.PHONY: bench bench-reader cost bench-replay

-include $(shell find $(OUTPUT) -name "*.d" 2>/dev/null)
endif
