#include <errno.h>
#include <malloc.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "buf.h"
#include "civil.h"
#include "log.h"
#include "sandbox.h"
#include "sensordb.h"
#include "str.h"
#include "xalloc.h"
#include "planner.h"

#define DAY_S 86400
#define HOUR_MS 3600000.0
/* Hosts of one answer. The rest, which was seen earlier, comes with a later
 * look. */
#define HOSTS_MAX 100000
#define MESSAGES_MAX 4000 /* bytes that are passed on */

/* Both processes have all of it. A question and its answer lie in "paper",
 * one at a time; a byte through the socket says that it is there. */
struct planner {
	int socket;
	int paper;
	int messages; /* standard error of the process that looks */
	struct workspace ws;
	struct plan_wishes wishes;
};

struct head {
	bool good;
	int64_t took_ms;
	size_t hosts, targets, probes, answered, sources;
	size_t refused[REFUSAL_COUNT];
};

static int64_t clock_ms(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (int64_t)ts.tv_sec * 1000 + ts.tv_nsec / 1000000;
}

/* --- the paper */

static int write_paper(int fd, const struct buf *b)
{
	size_t done = 0;

	if (ftruncate(fd, 0) < 0)
		return -1;
	while (done < b->len) {
		ssize_t n =
		    pwrite(fd, b->data + done, b->len - done, (off_t)done);

		if (n <= 0)
			return -1;
		done += (size_t)n;
	}
	return 0;
}

static void read_paper(int fd, size_t max, struct buf *out)
{
	char bytes[65536];
	ssize_t n;

	buf_init(out, max);
	while (!out->too_big &&
	       (n = pread(fd, bytes, sizeof(bytes), (off_t)out->len)) > 0)
		buf_add(out, bytes, (size_t)n);
}

/* --- the process that looks */

static void read_question(struct planner *p)
{
	struct config *config = config_new();
	struct buf paper;
	size_t at = 0;

	read_paper(p->paper, BUF_NO_LIMIT, &paper);
	while (at < paper.len) {
		/* It was right in the parent. */
		if (config_override(config, paper.data + at) < 0)
			break;
		at += strlen(paper.data + at) + 1;
	}
	buf_release(&paper);
	config_free(p->ws.config);
	p->ws.config = config;
}

/* The days that can hold a packet of a source that is fresh. */
static int find_period(const struct planner *p, struct period *out)
{
	struct sensordb *db = sensordb_open(&p->ws);
	int64_t age = config_int(p->ws.config, "triage.max_age_days");
	char first[CIVIL_DAY_TEXT], last[CIVIL_DAY_TEXT], *text;
	struct zone *zone;
	bool good;

	if (db == NULL)
		return -1;
	zone = sensordb_zone(db);
	text = xalloc_printf(
	    "%s..%s",
	    civil_format_day(zone_day(zone, civil_now() - age * DAY_S), first),
	    civil_format_day(zone_day(zone, civil_now()) + 1, last));
	good = period_parse(text, out);
	free(text);
	sensordb_close(db);
	return good ? 0 : -1;
}

static int compare_seen(const void *a, const void *b)
{
	const struct plan_host *x = a, *y = b;

	if (x->last_seen != y->last_seen)
		return x->last_seen > y->last_seen ? -1 : 1;
	return addr_compare(&x->address, &y->address);
}

static int look(const struct planner *p, struct plan *out)
{
	double cooldown = config_real(p->ws.config, "watch.cooldown_hours");
	struct plan_wishes wishes = p->wishes;
	struct plan_parts parts = {.ws = &p->ws};
	struct scope *scope = scope_open(&p->ws);
	struct location *location =
	    location_open(config_text(p->ws.config, "reference.location"));
	struct ports *ports = ports_load();
	struct period period;
	int rc = -1;

	if (scope != NULL && location != NULL && ports != NULL &&
	    find_period(p, &period) == 0)
		parts.casefile = casefile_open(&p->ws, CASEFILE_READ);
	if (parts.casefile != NULL) {
		parts.scope = scope;
		parts.location = location;
		parts.ports = ports;
		wishes.period = &period;
		wishes.asked_since_ms =
		    civil_now_ms() - (int64_t)(cooldown * HOUR_MS);
		rc = plan_make(&parts, &wishes, out);
	}
	casefile_close(parts.casefile);
	ports_free(ports);
	location_free(location);
	scope_free(scope);
	if (rc == 0 && out->count > 1)
		qsort(out->hosts, out->count, sizeof(*out->hosts),
		      compare_seen);
	return rc;
}

static int answer(struct planner *p)
{
	int64_t began = clock_ms();
	struct plan plan = {0};
	struct head h = {.good = look(p, &plan) == 0};
	struct buf paper;
	int rc;

	h.took_ms = clock_ms() - began;
	h.hosts = plan.count < HOSTS_MAX ? plan.count : HOSTS_MAX;
	h.targets = plan.targets;
	h.probes = plan.probes;
	h.answered = plan.answered;
	h.sources = plan.sources;
	memcpy(h.refused, plan.refused, sizeof(h.refused));
	buf_init(&paper, BUF_NO_LIMIT);
	buf_add(&paper, &h, sizeof(h));
	for (size_t i = 0; i < h.hosts; i++) {
		const struct plan_host *host = &plan.hosts[i];

		buf_add(&paper, host, sizeof(*host));
		buf_add(&paper, host->ports,
			host->port_count * sizeof(*host->ports));
	}
	plan_release(&plan);
	rc = write_paper(p->paper, &paper);
	buf_release(&paper);
	malloc_trim(0);
	return rc;
}

static void forget_messages(void)
{
	if (ftruncate(STDERR_FILENO, 0) == 0)
		lseek(STDERR_FILENO, 0, SEEK_SET);
}

static int enter_sandbox(const struct planner *p)
{
	const char *database = config_text(p->ws.config, "sensors.database");
	const char *file = database + strlen("sqlite:");

	/* The client of a server reads files of the user's and of the system's,
	 * and has any kind of socket; no stranger's bytes come here. */
	if (!str_starts(database, "sqlite:"))
		return 0;
	/* A reader of SQLite writes its locks and its index of the log. */
	return sandbox_enter_with(&p->ws, &file, 1);
}

/* Ends only with its parent, or when that wants no more: a signal to the
 * whole service is for the parent. */
static _Noreturn void serve(struct planner *p, pid_t parent)
{
	sigset_t all;
	char byte;

	sigfillset(&all);
	sigprocmask(SIG_SETMASK, &all, NULL);
	if (prctl(PR_SET_PDEATHSIG, SIGKILL) < 0 || getppid() != parent ||
	    dup2(p->messages, STDOUT_FILENO) < 0 ||
	    dup2(p->messages, STDERR_FILENO) < 0 || enter_sandbox(p) < 0)
		_exit(1);
	for (;;) {
		/* What the sandbox has to say, the parent says too. */
		forget_messages();
		if (read(p->socket, &byte, 1) != 1)
			_exit(0);
		read_question(p);
		if (answer(p) < 0 || write(p->socket, &byte, 1) != 1)
			_exit(1);
		if (read(p->socket, &byte, 1) != 1) /* it was taken */
			_exit(0);
	}
}

/* --- the process that asks */

static struct planner *fail(struct planner *p)
{
	log_error("cannot start the process that looks at the sensor "
		  "database: %s",
		  strerror(errno));
	planner_free(p);
	return NULL;
}

struct planner *planner_start(const struct workspace *ws,
			      const struct plan_wishes *wishes)
{
	struct planner *p = xalloc_zero(1, sizeof(*p));
	pid_t parent = getpid(), child;
	int ends[2];

	p->socket = -1;
	p->wishes = *wishes;
	p->paper = memfd_create("martlet-plan", MFD_CLOEXEC);
	p->messages = memfd_create("martlet-messages", MFD_CLOEXEC);
	if (p->paper < 0 || p->messages < 0 ||
	    socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) < 0)
		return fail(p);
	p->socket = ends[0];
	child = fork();
	if (child == 0) {
		close(ends[0]);
		p->socket = ends[1];
		p->ws = *ws;
		serve(p, parent);
	}
	close(ends[1]);
	return child > 0 ? p : fail(p);
}

void planner_free(struct planner *p)
{
	if (p == NULL)
		return;
	if (p->socket >= 0)
		close(p->socket);
	if (p->paper >= 0)
		close(p->paper);
	if (p->messages >= 0)
		close(p->messages);
	free(p);
}

int planner_fd(const struct planner *p)
{
	return p->socket;
}

static char *read_messages(const struct planner *p)
{
	struct buf text;

	read_paper(p->messages, MESSAGES_MAX, &text);
	return buf_detach(&text);
}

/* What it had to say before it died says why. */
static int complain(const struct planner *p)
{
	char *text = read_messages(p);

	log_error("the process that looks at the sensor database ended");
	if (*text != '\0')
		log_note("%s", text);
	free(text);
	return -1;
}

int planner_ask(struct planner *p, const struct config *config)
{
	const char *key, *value;
	struct buf paper;
	size_t at = 0;
	int rc;

	buf_init(&paper, BUF_NO_LIMIT);
	while ((key = config_given(config, &at, &value)) != NULL) {
		buf_printf(&paper, "%s=%s", key, value);
		buf_add_char(&paper, '\0');
	}
	rc = write_paper(p->paper, &paper);
	buf_release(&paper);
	if (rc == 0 && send(p->socket, "?", 1, MSG_NOSIGNAL) == 1)
		return 0;
	return complain(p);
}

static int read_hosts(const struct buf *paper, size_t count, struct plan *out)
{
	size_t at = sizeof(struct head);

	out->hosts = xalloc_zero(count + 1, sizeof(*out->hosts));
	for (size_t i = 0; i < count; i++) {
		struct plan_host *h = &out->hosts[i];
		size_t size;

		if (paper->len - at < sizeof(*h))
			return -1;
		memcpy(h, paper->data + at, sizeof(*h));
		at += sizeof(*h);
		size = h->port_count * sizeof(*h->ports);
		if (paper->len - at < size)
			return -1;
		h->ports = xalloc(size + 1);
		memcpy(h->ports, paper->data + at, size);
		at += size;
		out->count++;
	}
	return 0;
}

static int read_answer(struct planner *p, struct planner_answer *out)
{
	struct buf paper;
	struct head h;
	int rc = -1;

	read_paper(p->paper, BUF_NO_LIMIT, &paper);
	if (paper.len >= sizeof(h)) {
		memcpy(&h, paper.data, sizeof(h));
		out->good = h.good;
		out->took_ms = h.took_ms;
		out->plan.targets = h.targets;
		out->plan.probes = h.probes;
		out->plan.answered = h.answered;
		out->plan.sources = h.sources;
		memcpy(out->plan.refused, h.refused, sizeof(h.refused));
		rc = read_hosts(&paper, h.hosts, &out->plan);
	}
	buf_release(&paper);
	return rc;
}

int planner_take(struct planner *p, struct planner_answer *out)
{
	char byte;

	*out = (struct planner_answer){0};
	if (read(p->socket, &byte, 1) != 1 || read_answer(p, out) < 0) {
		planner_answer_release(out);
		return complain(p);
	}
	out->messages = read_messages(p);
	/* Memory of the paper is given back. */
	if (ftruncate(p->paper, 0) < 0 ||
	    send(p->socket, "!", 1, MSG_NOSIGNAL) != 1) {
		planner_answer_release(out);
		return complain(p);
	}
	return 0;
}

void planner_answer_release(struct planner_answer *a)
{
	plan_release(&a->plan);
	free(a->messages);
	*a = (struct planner_answer){0};
}
