#include <errno.h>
#include <inttypes.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

#include "log.h"
#include "str.h"
#include "xalloc.h"
#include "notify.h"

#define US_PER_MS 1000

struct notify {
	int fd;
	struct sockaddr_un to;
	socklen_t len;
	int64_t watchdog_ms;
};

/* Of another process unless WATCHDOG_PID says otherwise, or is not set. */
static int64_t read_watchdog(void)
{
	const char *text = getenv("WATCHDOG_USEC");
	const char *pid = getenv("WATCHDOG_PID");
	int64_t us, whose = getpid();

	if (text == NULL || !str_to_int64(text, 1, INT64_MAX, &us) ||
	    (pid != NULL && !str_to_int64(pid, 1, INT64_MAX, &whose)) ||
	    whose != getpid())
		return 0;
	us /= 2 * US_PER_MS;
	return us > 0 ? us : 1;
}

struct notify *notify_open(void)
{
	const char *path = getenv("NOTIFY_SOCKET");
	size_t len = path != NULL ? strlen(path) : 0;
	struct notify *n;

	if (len == 0)
		return NULL;
	n = xalloc_zero(1, sizeof(*n));
	n->fd = -1;
	n->to.sun_family = AF_UNIX;
	if ((*path == '/' || *path == '@') && len < sizeof(n->to.sun_path))
		n->fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	else
		errno = EINVAL;
	if (n->fd < 0) {
		log_warning("cannot tell the service manager at '%s' how it "
			    "goes: %s",
			    path, strerror(errno));
		free(n);
		return NULL;
	}
	memcpy(n->to.sun_path, path, len);
	/* An abstract name begins with NUL and does not end with one. */
	if (*path == '@')
		n->to.sun_path[0] = '\0';
	n->len = (socklen_t)(offsetof(struct sockaddr_un, sun_path) + len);
	n->watchdog_ms = read_watchdog();
	return n;
}

void notify_free(struct notify *n)
{
	if (n == NULL)
		return;
	close(n->fd);
	free(n);
}

/* A manager that does not listen is no reason to stop, or to wait. */
static void tell(struct notify *n, const char *text)
{
	if (n != NULL &&
	    sendto(n->fd, text, strlen(text), MSG_DONTWAIT | MSG_NOSIGNAL,
		   (const struct sockaddr *)&n->to, n->len) < 0)
		return;
}

void notify_ready(struct notify *n)
{
	tell(n, "READY=1");
}

void notify_reloading(struct notify *n)
{
	struct timespec now;
	char text[64];

	clock_gettime(CLOCK_MONOTONIC, &now);
	snprintf(text, sizeof(text), "RELOADING=1\nMONOTONIC_USEC=%" PRId64,
		 (int64_t)now.tv_sec * 1000000 + now.tv_nsec / 1000);
	tell(n, text);
}

void notify_stopping(struct notify *n)
{
	tell(n, "STOPPING=1");
}

void notify_status(struct notify *n, const char *text)
{
	char *line = xalloc_printf("STATUS=%s", text);

	tell(n, line);
	free(line);
}

int64_t notify_watchdog_ms(const struct notify *n)
{
	return n != NULL ? n->watchdog_ms : 0;
}

void notify_watchdog(struct notify *n)
{
	tell(n, "WATCHDOG=1");
}
