# Targets that are not the build itself: packages, tests, lint, demo, install.

BUILD_DEPS := gcc libc6-dev make pkg-config libcurl4-openssl-dev libxml2-dev \
        libcmark-gfm-dev libcmark-gfm-extensions-dev libsqlite3-dev \
        libpcre2-dev libjansson-dev libloc-dev libzstd-dev zlib1g-dev \
        libssl-dev libcmocka-dev libseccomp-dev libc-ares-dev libpq-dev
BUILD_DEPS += libpcap-dev
# Where there is none Martlet is built without.
BUILD_DEPS += $(if $(filter x86_64,$(shell uname -m)),libhyperscan-dev)
BUILD_DEPS += $(if $(filter aarch64 ppc64le,$(shell uname -m)),libvectorscan-dev)
RUN_DEPS   := libloc-database tzdata zstd gzip perl sqlite3 jq iproute2 openssl \
        libxml2-utils
FULL_DEPS  := chromium fonts-noto-cjk
# What tests/full/real-software.t starts: the third word of its table.
REAL_DEPS  := $(shell awk '$$1 == "program" {print $$3}' tests/full/real/programs.sh | sort -u)
# Servers that tests ask: not every system has them.
ENGINE_DEPS := postgresql clickhouse-server clickhouse-client
# User interfaces whose pages are compared; those that a system does not have
# are left out, and the test says so.
PAGE_DEPS  := apache2 squid squid-langpack tomcat10 caddy webfs php-cli \
        php-mbstring php-xml php-intl php-sqlite3 phpmyadmin adminer dokuwiki \
        mediawiki roundcube-core roundcube-sqlite3 simplesamlphp icingaweb2 \
        rss-bridge cups motion transmission-daemon syncthing monit darkstat \
        minidlna icecast2 haproxy fossil mercurial cgit gitweb qbittorrent-nox \
        deluge-web radicale jupyter-notebook shellinabox novnc websockify
LINT_DEPS  := clang-format cppcheck universal-ctags
MAN_DEPS   := help2man

deps:
	$(Q)tests/install-packages $(BUILD_DEPS) $(RUN_DEPS)

.PHONY: deps-engines
deps-engines:
	$(Q)tests/install-packages --available $(ENGINE_DEPS)

# The sanitized build is a second tree, so that neither spoils the other.
ASAN := $(MAKE) --no-print-directory BUILD=$(BUILD)/asan \
        CFLAGS='-O1 -g -fno-omit-frame-pointer' \
        SANITIZE='-fsanitize=address,undefined -fno-sanitize-recover=all'

# The seeds of the fuzz targets run with every test, without libFuzzer.
REPLAY_BIN := $(patsubst tests/fuzz/%.c,$(BUILD)/replay/%,$(wildcard tests/fuzz/fuzz_*.c))

$(REPLAY_BIN): $(BUILD)/replay/%: tests/fuzz/%.c tests/fuzz/replay.c $(BUILD)/libmartlet.a
	$(call say,LINK,$@)
	$(Q)mkdir -p $(@D)
	$(Q)$(CC) $(ALL_CFLAGS) $(ALL_INC) $(PKG_CFLAGS) $(ALL_LDFLAGS) -o $@ $^ $(PKG_LIBS)

.PHONY: test-programs test-plain check-asan
test-programs: all $(TEST_BIN) $(REPLAY_BIN) $(BUILD)/page_class

test: deps deps-engines
	$(Q)$(MAKE) --no-print-directory test-programs
	$(Q)$(ASAN) test-programs
	$(Q)tests/run --build $(BUILD) --build $(BUILD)/asan

# One tree only, without looking at packages: for daily work.
test-plain: test-programs
	$(Q)tests/run --build $(BUILD)

check-asan:
	$(Q)$(ASAN) test-programs
	$(Q)tests/run --build $(BUILD)/asan

test-full: deps deps-engines
	$(Q)tests/install-packages $(FULL_DEPS)
	$(Q)tests/install-packages --available $(REAL_DEPS) || true
	$(Q)$(MAKE) --no-print-directory test-programs
	$(Q)$(ASAN) test-programs
	$(Q)tests/run --full --build $(BUILD) --build $(BUILD)/asan

demo: deps
	$(Q)$(MAKE) --no-print-directory all
	$(Q)tests/demo $(BUILD)

SOURCES := martlet.c $(foreach r,$(ROOMS),$(wildcard $(r)/*.c $(r)/*.h)) \
        $(wildcard tests/*/*.c tests/*/*.h)

format:
	$(Q)clang-format -i $(SOURCES)

format-check:
	$(Q)clang-format --dry-run -Werror $(SOURCES)

lint:
	$(Q)tests/install-packages $(LINT_DEPS)
	$(Q)tests/lint $(SOURCES)

# Benchmarks: each prints the ratio to a named reference of the same run.
BENCH_BIN := $(patsubst tests/bench/%.c,$(BUILD)/bench/%,$(wildcard tests/bench/*.c))
BENCH_LINKED := $(BUILD)/bench/bench_identify

# The references share no code with Martlet; this one measures its parts.
$(BENCH_LINKED): $(BUILD)/bench/%: tests/bench/%.c $(BUILD)/libmartlet.a
	$(call say,LINK,$@)
	$(Q)mkdir -p $(@D)
	$(Q)$(CC) $(ALL_CFLAGS) $(ALL_INC) $(PKG_CFLAGS) $(ALL_LDFLAGS) -o $@ $^ $(PKG_LIBS)

$(filter-out $(BENCH_LINKED),$(BENCH_BIN)): $(BUILD)/bench/%: tests/bench/%.c
	$(call say,LINK,$@)
	$(Q)mkdir -p $(@D)
	$(Q)$(CC) $(ALL_CFLAGS) $(ALL_LDFLAGS) -o $@ $< \
	        $(shell pkg-config --cflags --libs libcurl libssl libcrypto) \
	        -Wl,--as-needed -lpcap

bench: all $(BENCH_BIN)
	$(Q)for b in tests/bench/*.sh; do [ -e "$$b" ] || continue; \
	        echo "== $$b"; BUILD=$(BUILD) bash "$$b" || exit 1; done

man: all
	$(Q)tests/install-packages $(MAN_DEPS)
	$(Q)tests/make-man $(BUILD)

UNITS := $(DESTDIR)$(PREFIX)/lib/systemd/system
SHARE := $(DESTDIR)$(PREFIX)/share/martlet
install: all
	$(Q)install -d $(DESTDIR)$(PREFIX)/bin $(SHARE)
	$(Q)install -m 755 $(PROGRAM) $(DESTDIR)$(PREFIX)/bin/martlet
	$(Q)cd data && find reference fingerprints -type f \( -name '*.csv' -o -name '*.xml' \) \
	        -exec install -D -m 644 {} "$(abspath $(SHARE))/data/{}" \;
	$(Q)find templates -type f ! -path '*/systemd/*' -exec install -D -m 644 {} "$(abspath $(SHARE))/{}" \;
	$(Q)install -d $(UNITS) && sed 's|@PREFIX@|$(PREFIX)|' \
	        'templates/systemd/martlet-watch@.service' >'$(UNITS)/martlet-watch@.service' && \
	        chmod 644 '$(UNITS)/martlet-watch@.service'
	$(Q)if [ -d $(BUILD)/man ]; then install -d $(DESTDIR)$(PREFIX)/share/man/man1 && \
	        install -m 644 $(BUILD)/man/*.1 $(DESTDIR)$(PREFIX)/share/man/man1/; fi

uninstall:
	$(Q)rm -f $(DESTDIR)$(PREFIX)/bin/martlet \
	        $(DESTDIR)$(PREFIX)/share/man/man1/martlet*.1
	$(Q)rm -f '$(UNITS)/martlet-watch@.service'
	$(Q)rm -rf $(SHARE)

clean:
	$(Q)rm -rf $(BUILD)

# The only way in which tests/golden changes: look at the difference after.
.PHONY: golden
golden: test-programs
	$(Q)MARTLET_GOLDEN=write $(BUILD)/tests/document/test_article
	$(Q)git --no-pager diff --stat -- tests/golden

# Readers of hostile input under libFuzzer with sanitizers, each for a while;
# seeds are tests/fuzz/NAME.in/, new finds stay in the build directory.
.PHONY: fuzz fuzz-programs
FUZZ_SECONDS ?= 60
FUZZ_BIN := $(patsubst tests/fuzz/%.c,$(BUILD)/%,$(wildcard tests/fuzz/fuzz_*.c))

fuzz-programs: $(FUZZ_BIN)

$(FUZZ_BIN): $(BUILD)/%: tests/fuzz/%.c $(BUILD)/libmartlet.a
	$(call say,LINK,$@)
	$(Q)$(CC) $(ALL_CFLAGS) $(ALL_INC) $(PKG_CFLAGS) $(LDFLAGS) \
	        -fsanitize=fuzzer -o $@ $^ $(PKG_LIBS)

fuzz:
	$(Q)$(MAKE) --no-print-directory BUILD=$(BUILD)/fuzz CC=clang WARN= \
	        CFLAGS='-O1 -g' SANITIZE='-fsanitize=fuzzer-no-link,address,undefined \
	        -fno-sanitize-recover=all' fuzz-programs
	$(Q)for f in tests/fuzz/fuzz_*.c; do n=$$(basename $$f .c); \
	        mkdir -p $(BUILD)/fuzz/$$n.new; echo "== $$n"; \
	        $(BUILD)/fuzz/$$n -max_total_time=$(FUZZ_SECONDS) -timeout=5 \
	        -max_len=65536 -print_final_stats=0 -verbosity=0 \
	        -artifact_prefix=$(BUILD)/fuzz/$$n- $(BUILD)/fuzz/$$n.new \
	        tests/fuzz/$$n.in || exit 1; done
