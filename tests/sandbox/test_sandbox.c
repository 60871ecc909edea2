#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "casefile.h"
#include "compiler.h"
#include "reference.h"
#include "sandbox.h"

static char dir[64], outside[64];
static struct workspace ws;

/* Outcomes of a child, as exit statuses. */
enum {
	DONE = 0,
	NOT_ENTERED = 100, /* sandbox_enter failed */
	NO_PART = 101,     /* this machine or build lacks what is tested */
	ODD = 102,         /* failed otherwise than it should */
};

typedef int act(void); /* 0 or an errno */

static int opened(const char *path, int flags)
{
	int fd = open(path, flags | O_CLOEXEC, 0600);

	if (fd < 0)
		return errno;
	close(fd);
	return 0;
}

static int read_shadow(void)
{
	return opened("/etc/shadow", O_RDONLY);
}

static int read_passwd(void)
{
	return opened("/etc/passwd", O_RDONLY);
}

static int read_outside(void)
{
	return opened(outside, O_RDONLY);
}

static int cut_outside(void)
{
	return truncate(outside, 0) == 0 ? 0 : errno;
}

static int write_outside(void)
{
	return opened("/tmp/martlet-sandbox-made", O_WRONLY | O_CREAT);
}

static int write_device(void)
{
	return opened("/dev/null", O_WRONLY);
}

static int write_inside(void)
{
	char path[128], renamed[128];
	int rc;

	snprintf(path, sizeof(path), "%s/made", dir);
	snprintf(renamed, sizeof(renamed), "%s/renamed", dir);
	rc = opened(path, O_RDWR | O_CREAT);
	if (rc != 0 || rename(path, renamed) != 0 || unlink(renamed) != 0)
		return rc != 0 ? rc : errno;
	return 0;
}

static int read_reference(void)
{
	char *path = reference_path("data/reference/ports.csv");
	int rc = opened(path, O_RDONLY);

	free(path);
	return rc;
}

static int write_reference(void)
{
	char *path = reference_path("data/reference/ports.csv");
	int rc = opened(path, O_WRONLY);

	free(path);
	return rc;
}

static int run_program(void)
{
	char *const argv[] = {"true", NULL}, *const env[] = {NULL};

	execve("/bin/true", argv, env);
	return errno;
}

static int start_process(void)
{
	pid_t child = fork();

	if (child == 0)
		_exit(0);
	return child < 0 ? errno : 0;
}

static int make_socket(int family, int type)
{
	int fd = socket(family, type, 0);

	if (fd < 0)
		return errno;
	close(fd);
	return 0;
}

static int make_local_socket(void)
{
	return make_socket(AF_UNIX, SOCK_STREAM);
}

static int make_netlink(void)
{
	return make_socket(AF_NETLINK, SOCK_RAW);
}

static int listen_somewhere(void)
{
	struct sockaddr_in any = {.sin_family = AF_INET};
	int fd = socket(AF_INET, SOCK_STREAM, 0);

	any.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	if (fd < 0)
		return ODD;
	return bind(fd, (struct sockaddr *)&any, sizeof(any)) < 0 ? errno : 0;
}

static int signal_parent(void)
{
	return kill(getppid(), 0) == 0 ? 0 : errno;
}

/* To a port where nobody listens: refused is what a scan hears. */
static int ask_a_peer(void)
{
	struct sockaddr_in to = {.sin_family = AF_INET, .sin_port = htons(1)};
	int fd = socket(AF_INET, SOCK_STREAM, 0);

	to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	if (fd < 0)
		return errno;
	if (connect(fd, (struct sockaddr *)&to, sizeof(to)) == 0)
		return 0;
	return errno == ECONNREFUSED ? 0 : errno;
}

static int store_something(void)
{
	struct casefile *cf = casefile_open(&ws, CASEFILE_WRITE);
	int64_t scan;
	int rc =
	    cf != NULL && casefile_begin_scan(cf, "2025", false, &scan) == 0
		? 0
		: ODD;

	casefile_close(cf);
	return rc;
}

static const struct {
	const char *what;
	act *act;
	int part;  /* without which it is allowed; 0: allowed with all */
	int error; /* or another that means the same */
	int other;
} cases[] = {
    {"the password hashes are not read", read_shadow, SANDBOX_FILES, EACCES, 0},
    {"no other file of the system is read", read_passwd, SANDBOX_FILES, EACCES,
     0},
    {"a file beside the workspace is not read", read_outside, SANDBOX_FILES,
     EACCES, 0},
    {"nor emptied", cut_outside, SANDBOX_FILES, EACCES, EPERM},
    {"nothing is made outside", write_outside, SANDBOX_FILES, EACCES, 0},
    {"no device is written", write_device, SANDBOX_FILES, EACCES, 0},
    {"reference data are not changed", write_reference, SANDBOX_FILES, EACCES,
     0},
    {"no program is run", run_program, SANDBOX_FILES, EACCES, EPERM},
    {"no process is started", start_process, SANDBOX_CALLS, EPERM, 0},
    {"no local service is talked to", make_local_socket, SANDBOX_CALLS, EPERM,
     0},
    {"no route is changed", make_netlink, SANDBOX_CALLS, EPERM, 0},
    {"nothing is listened to", listen_somewhere, SANDBOX_CALLS, EPERM, 0},
    {"no process is signalled", signal_parent, SANDBOX_CALLS, EPERM, 0},
    {"files of the workspace are made, renamed, removed", write_inside, 0, 0,
     0},
    {"reference data are read", read_reference, 0, 0, 0},
    {"a peer is asked", ask_a_peer, 0, 0, 0},
    {"results are stored", store_something, 0, 0, 0},
};

static int in_child(act *what, int part)
{
	int status;
	pid_t child = fork();

	if (child == 0) {
		int parts = sandbox_enter(&ws);

		if (parts < 0)
			_exit(NOT_ENTERED);
		if ((parts & part) != part)
			_exit(NO_PART);
		_exit(what() & 0xff);
	}
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_true(WIFEXITED(status));
	return WEXITSTATUS(status);
}

static void test_limits(void **state)
{
	int lacking = 0;

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		int got = in_child(cases[i].act, cases[i].part);

		if (cases[i].part != 0 && got == NO_PART) {
			lacking++;
			continue;
		}
		if (got != cases[i].error &&
		    (cases[i].other == 0 || got != cases[i].other))
			fail_msg("%s: %s", cases[i].what, strerror(got));
	}
	if (lacking > 0)
		print_message("# %d cases not tried: this build or kernel "
			      "lacks a part of the sandbox\n",
			      lacking);
}

/* That the cases above say something: outside all is allowed. */
static void test_switched_off(void **state)
{
	const char *const no = "scan.sandbox=no";

	(void)state;
	assert_int_equal(config_override(ws.config, no), 0);
	assert_int_equal(in_child(read_passwd, 0), 0);
	assert_int_equal(in_child(read_outside, 0), 0);
	assert_int_equal(in_child(write_device, 0), 0);
	assert_int_equal(in_child(make_local_socket, 0), 0);
	assert_int_equal(in_child(run_program, 0), 0);
	assert_int_equal(config_override(ws.config, "scan.sandbox=yes"), 0);
}

static int make_workspace(void **state)
{
	int fd;

	(void)state;
	snprintf(dir, sizeof(dir), "/tmp/martlet-sandbox-XXXXXX");
	snprintf(outside, sizeof(outside), "/tmp/martlet-outside-XXXXXX");
	fd = mkstemp(outside);
	if (mkdtemp(dir) == NULL || fd < 0)
		return -1;
	close(fd);
	ws.directory = dir;
	ws.config = config_new();
	return 0;
}

static int remove_workspace(void **state)
{
	static const char *const names[] = {"martlet.db", "martlet.db-wal",
					    "martlet.db-shm"};
	char path[128];

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(names); i++) {
		snprintf(path, sizeof(path), "%s/%s", dir, names[i]);
		unlink(path);
	}
	unlink(outside);
	config_free(ws.config);
	return rmdir(dir);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_limits),
	    cmocka_unit_test(test_switched_off),
	};

	return cmocka_run_group_tests_name("sandbox", tests, make_workspace,
					   remove_workspace);
}
