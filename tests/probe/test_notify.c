#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "notify.h"

static int manager; /* the service manager's end */
static char name[64];

/* An abstract name leaves no file behind. */
static int set_up(void **state)
{
	struct sockaddr_un sa = {.sun_family = AF_UNIX};
	int len;

	(void)state;
	len =
	    snprintf(name, sizeof(name), "@martlet-notify-%ld", (long)getpid());
	memcpy(sa.sun_path, name, (size_t)len);
	sa.sun_path[0] = '\0';
	manager = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	if (bind(manager, (struct sockaddr *)&sa,
		 (socklen_t)(offsetof(struct sockaddr_un, sun_path) +
			     (size_t)len)) != 0)
		return -1;
	setenv("NOTIFY_SOCKET", name, 1);
	unsetenv("WATCHDOG_USEC");
	unsetenv("WATCHDOG_PID");
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	close(manager);
	return 0;
}

static const char *heard(void)
{
	static char text[256];
	ssize_t n = recv(manager, text, sizeof(text) - 1, MSG_DONTWAIT);

	text[n > 0 ? n : 0] = '\0';
	return text;
}

static void the_manager_hears_each_state(void **state)
{
	struct notify *n = notify_open();
	long long us = 0;

	(void)state;
	assert_non_null(n);
	notify_ready(n);
	assert_string_equal(heard(), "READY=1");
	notify_status(n, "2 waiting");
	assert_string_equal(heard(), "STATUS=2 waiting");
	notify_reloading(n);
	assert_int_equal(
	    sscanf(heard(), "RELOADING=1\nMONOTONIC_USEC=%lld", &us), 1);
	assert_true(us > 0);
	notify_watchdog(n);
	assert_string_equal(heard(), "WATCHDOG=1");
	notify_stopping(n);
	assert_string_equal(heard(), "STOPPING=1");
	assert_string_equal(heard(), "");
	notify_free(n);
}

static void without_a_manager_nothing_is_said(void **state)
{
	struct notify *n;

	(void)state;
	unsetenv("NOTIFY_SOCKET");
	n = notify_open();
	assert_null(n);
	notify_ready(n);
	notify_status(n, "x");
	notify_watchdog(n);
	assert_int_equal(notify_watchdog_ms(n), 0);
	notify_free(n);
	assert_string_equal(heard(), "");
}

static void a_manager_that_does_not_listen_stops_nobody(void **state)
{
	struct notify *n = notify_open();

	(void)state;
	for (int i = 0; i < 5000; i++)
		notify_ready(n);
	close(manager);
	notify_ready(n);
	manager = -1;
	notify_free(n);
}

static void a_socket_that_cannot_be_is_left_alone(void **state)
{
	char longer[200];

	(void)state;
	memset(longer, 'x', sizeof(longer) - 1);
	longer[0] = '/';
	longer[sizeof(longer) - 1] = '\0';
	setenv("NOTIFY_SOCKET", longer, 1);
	assert_null(notify_open());
	setenv("NOTIFY_SOCKET", "relative", 1);
	assert_null(notify_open());
}

static void half_of_the_watchdog_s_time(void **state)
{
	static const struct {
		const char *us, *pid;
		int64_t ms;
	} cases[] = {
	    {"30000000", NULL, 15000}, {"1500", NULL, 1},    {"0", NULL, 0},
	    {"soon", NULL, 0},         {"30000000", "1", 0},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct notify *n;

		setenv("WATCHDOG_USEC", cases[i].us, 1);
		if (cases[i].pid != NULL)
			setenv("WATCHDOG_PID", cases[i].pid, 1);
		n = notify_open();
		assert_int_equal(notify_watchdog_ms(n), cases[i].ms);
		notify_free(n);
	}
}

int main(void)
{
#define NOTIFY_TEST(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)
	const struct CMUnitTest tests[] = {
	    NOTIFY_TEST(the_manager_hears_each_state),
	    NOTIFY_TEST(without_a_manager_nothing_is_said),
	    NOTIFY_TEST(a_manager_that_does_not_listen_stops_nobody),
	    NOTIFY_TEST(a_socket_that_cannot_be_is_left_alone),
	    NOTIFY_TEST(half_of_the_watchdog_s_time),
	};

	return cmocka_run_group_tests_name("notify", tests, NULL, NULL);
}
