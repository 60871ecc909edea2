# Martlet: hand-written, GNU make. Everything that is built goes to build/.
# Short output; V=1 shows the commands.

PREFIX  ?= /usr/local
DESTDIR ?=
BUILD   ?= build
CC      ?= cc
V       ?= 0
VERSION := 0.1.0

Q = $(if $(filter 1,$(V)),,@)
say = $(if $(filter 1,$(V)),,@printf '  %-7s %s\n' $(1) $(2))

.DEFAULT_GOAL := all

# --- Rooms, lowest first. Each is compiled with the include paths of the
# rooms that it may use and no others, so a wrong include does not compile.
ROOMS := data/types data/reference data/casefile data/sensors/engine \
         data/sensors \
         data/sensors/import/capture data/sensors/import scanner/triage scanner/identify/page \
         scanner/identify/recog scanner/identify scanner/probe/engine \
         scanner/probe/sandbox \
         scanner/probe scanner/answerable scanner/probe/scan \
         scanner/probe/watch scanner/probe/show \
         report/analysis/traffic report/analysis/events \
         report/analysis/origins report/analysis/habits \
         report/analysis/answers \
         report/analysis/groups \
         report/analysis/findings report/document/template \
         report/document/leak report/document report/contacts

CASE := data/types data/reference data/casefile
DATA := $(CASE) data/sensors/engine data/sensors

uses_data/types               :=
uses_data/reference           := data/types
uses_data/casefile            := data/types data/reference
uses_data/sensors/engine      := $(CASE)
uses_data/sensors             := $(CASE) data/sensors/engine
uses_data/sensors/import      := $(DATA) data/sensors/import/capture
uses_data/sensors/import/capture := data/types data/reference
uses_scanner/triage           := $(DATA)
uses_scanner/identify/page    := $(CASE)
uses_scanner/identify/recog   := $(CASE)
uses_scanner/identify         := $(CASE) scanner/identify/page scanner/identify/recog
uses_scanner/probe/engine     := $(CASE) scanner/triage
uses_scanner/probe            := $(CASE) scanner/triage scanner/identify scanner/probe/engine
uses_scanner/answerable       := $(CASE) scanner/triage scanner/probe/engine
uses_scanner/probe/scan       := $(uses_scanner/probe) data/sensors/engine data/sensors scanner/probe scanner/answerable scanner/probe/sandbox
uses_scanner/probe/watch      := $(uses_scanner/probe/scan) scanner/probe/scan
uses_scanner/probe/sandbox    := $(CASE)
uses_scanner/probe/show       := $(DATA)
uses_report/analysis/traffic  := $(DATA)
uses_report/analysis/groups   := $(DATA)
uses_report/analysis/events   := $(DATA) report/analysis/traffic
uses_report/analysis/origins  := $(DATA) report/analysis/traffic
uses_report/analysis/habits   := $(DATA) report/analysis/traffic
uses_report/analysis/answers  := $(DATA) report/analysis/traffic report/analysis/events report/analysis/origins \
                                 report/analysis/habits
uses_report/analysis/findings := $(DATA) report/analysis/traffic report/analysis/groups
uses_report/document/template := $(CASE)
uses_report/document/leak     := $(DATA) report/analysis/groups
uses_report/document          := $(uses_report/analysis/findings) report/analysis/findings \
                                 report/document/template report/document/leak
uses_report/contacts          := $(DATA) report/analysis/groups

PKGS := libcurl libxml-2.0 libcmark-gfm sqlite3 libpcre2-8 jansson libloc \
        libzstd zlib libcrypto libssl
# Used where they are there; a build without one says so where it matters.
HAVE_SECCOMP := $(shell pkg-config --exists libseccomp 2>/dev/null && echo 1)
ifeq ($(HAVE_SECCOMP),1)
PKGS += libseccomp
HAVE += -DHAVE_SECCOMP
endif
HAVE_CARES := $(shell pkg-config --exists libcares 2>/dev/null && echo 1)
ifeq ($(HAVE_CARES),1)
PKGS += libcares
HAVE += -DHAVE_CARES
endif
# Likewise; Vectorscan has the same name here.
HAVE_HYPERSCAN := $(shell pkg-config --exists libhs 2>/dev/null && echo 1)
ifeq ($(HAVE_HYPERSCAN),1)
PKGS += libhs
HAVE += -DHAVE_HYPERSCAN
endif
HAVE_LIBPQ := $(shell pkg-config --exists libpq 2>/dev/null && echo 1)
ifeq ($(HAVE_LIBPQ),1)
PKGS += libpq
HAVE += -DHAVE_LIBPQ
endif
PKG_CFLAGS := $(shell pkg-config --cflags $(PKGS) 2>/dev/null)
PKG_LIBS   := $(shell pkg-config --libs $(PKGS) 2>/dev/null) \
              -lcmark-gfm-extensions -lresolv -lm

WARN := -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wstrict-prototypes \
        -Wmissing-prototypes -Wformat=2 -Wvla -Wundef -Werror
CFLAGS ?= -O2 -g
HARDEN := -fstack-protector-strong -fPIE
ALL_CFLAGS = -std=c17 -D_GNU_SOURCE -D_FILE_OFFSET_BITS=64 \
        -DMARTLET_VERSION='"$(VERSION)"' $(HAVE) $(WARN) $(HARDEN) $(CFLAGS) \
        $(SANITIZE) -MMD -MP
ALL_LDFLAGS = -pie -Wl,-z,relro,-z,now $(LDFLAGS) $(SANITIZE)

GEN := $(BUILD)/gen

room_src  = $(wildcard $(1)/*.c)
room_obj  = $(patsubst %.c,$(BUILD)/%.o,$(call room_src,$(1)))
room_inc  = -I$(GEN) $(addprefix -I,$(1) $(uses_$(1)))

OBJS := $(foreach r,$(ROOMS),$(call room_obj,$(r)))
PROGRAM := $(BUILD)/martlet

.PHONY: all deps demo test test-full check-asan lint format format-check \
        bench man install uninstall clean

all: $(PROGRAM) $(BUILD)/lab

# --- Generated: the closed lists as enums, the schemas as initializers of
# character arrays (a literal of ISO C ends at 4095 bytes).
LISTS := $(wildcard data/reference/lists/*.csv)
GENERATED := $(GEN)/lists.h $(GEN)/casefile_schema.h $(GEN)/sensors_schema.h \
        $(GEN)/contract_postgresql.h $(GEN)/contract_clickhouse.h

$(GEN)/lists.h: data/reference/lists.awk $(LISTS)
	$(call say,GEN,$@)
	$(Q)mkdir -p $(@D)
	$(Q)awk -f data/reference/lists.awk $(LISTS) >$@.tmp && mv $@.tmp $@

$(GEN)/%_schema.h: data/%/schema.sql
	$(call say,GEN,$@)
	$(Q)mkdir -p $(@D)
	$(Q)(echo '{'; od -An -vtd1 $< | sed 's/ *\([-0-9][0-9]*\)/\1,/g'; echo '0}') >$@.tmp && mv $@.tmp $@

$(GEN)/contract_%.h: data/sensors/contract/%.sql
	$(call say,GEN,$@)
	$(Q)mkdir -p $(@D)
	$(Q)sed -e 's/\\/\\\\/g' -e 's/"/\\"/g' -e 's/.*/"&\\n"/' $< >$@.tmp && mv $@.tmp $@

define room_rules
$(BUILD)/$(1)/%.o: $(1)/%.c | $(GENERATED)
	$$(call say,CC,$$<)
	$$(Q)mkdir -p $$(@D)
	$$(Q)$$(CC) $$(ALL_CFLAGS) $$(call room_inc,$(1)) $$(PKG_CFLAGS) -c $$< -o $$@
endef
$(foreach r,$(ROOMS),$(eval $(call room_rules,$(r))))

ALL_INC := -I$(GEN) $(addprefix -I,$(ROOMS))

$(BUILD)/martlet.o: martlet.c | $(GENERATED)
	$(call say,CC,$<)
	$(Q)mkdir -p $(@D)
	$(Q)$(CC) $(ALL_CFLAGS) $(ALL_INC) $(PKG_CFLAGS) -c $< -o $@

$(BUILD)/libmartlet.a: $(OBJS)
	$(call say,AR,$@)
	$(Q)rm -f $@ && ar rcs $@ $^

$(PROGRAM): $(BUILD)/martlet.o $(BUILD)/libmartlet.a
	$(call say,LINK,$@)
	$(Q)$(CC) $(ALL_LDFLAGS) -o $@ $^ $(PKG_LIBS)

# --- The laboratory is a program of its own: it shares no code with the
# scanner that it judges.
LAB_SRC := $(wildcard tests/lab/*.c)
LAB_OBJ := $(patsubst %.c,$(BUILD)/%.o,$(LAB_SRC))

$(BUILD)/tests/lab/%.o: tests/lab/%.c
	$(call say,CC,$<)
	$(Q)mkdir -p $(@D)
	$(Q)$(CC) $(ALL_CFLAGS) -Itests/lab $(PKG_CFLAGS) -c $< -o $@

$(BUILD)/lab: $(LAB_OBJ)
	$(call say,LINK,$@)
	$(Q)$(CC) $(ALL_LDFLAGS) -o $@ $^ $(shell pkg-config --libs libssl libcrypto jansson zlib)

# --- Unit tests: one program for each tests/<room>/test_<module>.c.
TEST_SRC := $(wildcard tests/*/test_*.c)
TEST_BIN := $(patsubst %.c,$(BUILD)/%,$(TEST_SRC))

$(BUILD)/tests/%.test.o: tests/%.c | $(GENERATED)
	$(call say,CC,$<)
	$(Q)mkdir -p $(@D)
	$(Q)$(CC) $(ALL_CFLAGS) $(ALL_INC) $(PKG_CFLAGS) -c $< -o $@

$(TEST_BIN): $(BUILD)/tests/%: $(BUILD)/tests/%.test.o $(BUILD)/libmartlet.a
	$(call say,LINK,$@)
	$(Q)$(CC) $(ALL_LDFLAGS) -o $@ $^ $(PKG_LIBS) -lcmocka \
	        -Wl,--as-needed -lpcap

# Prints the classes of pages, for tests/full/page-classes.t.
$(BUILD)/page_class: $(BUILD)/tests/identify/page_class.test.o \
                     $(BUILD)/libmartlet.a
	$(call say,LINK,$@)
	$(Q)$(CC) $(ALL_LDFLAGS) -o $@ $^ $(PKG_LIBS)

.PRECIOUS: $(BUILD)/tests/%.test.o

include tests/tests.mk

-include $(OBJS:.o=.d) $(BUILD)/martlet.d $(LAB_OBJ:.o=.d) \
         $(TEST_BIN:=.test.d) $(BUILD)/tests/identify/page_class.test.d
