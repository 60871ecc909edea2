#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>

#include "log.h"
#include "sandbox_calls.h"
#include "sandbox_files.h"
#include "sandbox.h"

int sandbox_enter(const struct workspace *ws)
{
	return sandbox_enter_with(ws, NULL, 0);
}

int sandbox_enter_with(const struct workspace *ws, const char *const *more,
		       size_t count)
{
	const char *wanted = config_text(ws->config, "scan.sandbox");
	int files, calls;

	if (strcmp(wanted, "yes") != 0 && strcmp(wanted, "no") != 0) {
		log_error("scan.sandbox is yes or no, not '%s'", wanted);
		return -1;
	}
	if (strcmp(wanted, "no") == 0) {
		log_note("without a sandbox: scan.sandbox is 'no'");
		return 0;
	}
	/* SQLite would ask for /var/tmp when it sorts much. */
	setenv("SQLITE_TMPDIR", ws->directory, 1);
	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0) {
		log_error("cannot give up new privileges: %s", strerror(errno));
		return -1;
	}
	files = sandbox_files_limit(ws, more, count);
	calls = files < 0 ? -1 : sandbox_calls_limit();
	if (files < 0 || calls < 0) {
		log_hint("'-o scan.sandbox=no' scans without the sandbox");
		return -1;
	}
	return (files > 0 ? SANDBOX_FILES : 0) |
	       (calls > 0 ? SANDBOX_CALLS : 0);
}
