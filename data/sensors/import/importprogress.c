#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "log.h"
#include "importprogress.h"

#define TERMINAL_MS 200
#define PLAIN_MS 10000

/* The real clock: MARTLET_NOW stops the other one. */
static int64_t clock_ms(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (int64_t)ts.tv_sec * 1000 + ts.tv_nsec / 1000000;
}

void importprogress_start(struct importprogress *p, const char *file,
			  const char *doing)
{
	const char *slash = strrchr(file, '/');

	/* The name alone: a line that wraps cannot be written over. */
	*p = (struct importprogress){.file = slash != NULL ? slash + 1 : file,
				     .doing = doing};
	p->terminal = isatty(STDERR_FILENO) == 1;
	p->began_ms = clock_ms();
	p->next_ms = p->began_ms + (p->terminal ? TERMINAL_MS : PLAIN_MS);
}

void importprogress_show(struct importprogress *p, int64_t rows, double share)
{
	int64_t now = clock_ms(), took = now - p->began_ms;
	char text[160];
	int len;

	if (now < p->next_ms)
		return;
	p->next_ms = now + (p->terminal ? TERMINAL_MS : PLAIN_MS);
	took = took > 0 ? took : 1;
	len = snprintf(text, sizeof(text), "%s %" PRId64 " rows, %" PRId64 "/s",
		       p->doing, rows, rows * 1000 / took);
	if (share > 0 && len > 0 && (size_t)len < sizeof(text))
		snprintf(text + len, sizeof(text) - (size_t)len,
			 ", %.0f %% done, %.0f s left", share * 100,
			 (double)took / 1000 * (1 - share) / share);
	if (p->terminal)
		log_live("%s: %s", p->file, text);
	else
		log_note("%s: %s", p->file, text);
}

void importprogress_end(const struct importprogress *p)
{
	if (p->terminal)
		log_live_end();
}
