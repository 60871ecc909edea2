#include <errno.h>
#include <fcntl.h>
#include <linux/landlock.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "log.h"
#include "reference.h"
#include "sandbox_files.h"

/* Of the third version of the interface; older headers lack it. */
#define ACCESS_TRUNCATE (UINT64_C(1) << 14)

#define ACCESS_READ                                                            \
	((uint64_t)(LANDLOCK_ACCESS_FS_READ_FILE | LANDLOCK_ACCESS_FS_READ_DIR))
#define ACCESS_OF_FILES                                                        \
	((uint64_t)(LANDLOCK_ACCESS_FS_READ_FILE |                             \
		    LANDLOCK_ACCESS_FS_WRITE_FILE) |                           \
	 ACCESS_TRUNCATE)
/* No device, socket or pipe is made in a workspace, and nothing is run. */
#define ACCESS_WRITE                                                           \
	(ACCESS_READ | ACCESS_OF_FILES |                                       \
	 (uint64_t)(LANDLOCK_ACCESS_FS_REMOVE_FILE |                           \
		    LANDLOCK_ACCESS_FS_MAKE_REG |                              \
		    LANDLOCK_ACCESS_FS_MAKE_DIR |                              \
		    LANDLOCK_ACCESS_FS_REMOVE_DIR))
#define ACCESS_FIRST ((UINT64_C(1) << 13) - 1) /* all of version 1 */

/* Libraries load more of themselves when they are needed: character sets,
 * time zones, the configuration of OpenSSL. */
static const char *const system_paths[] = {
    "/usr/lib",
    "/usr/lib64",
    "/lib",
    "/lib64",
    "/usr/share/zoneinfo",
    "/usr/share/locale",
    "/var/lib/location",
    "/usr/share/libloc-location",
    "/etc/ssl/openssl.cnf",
    "/etc/localtime",
    "/etc/resolv.conf", /* for --ptr */
    "/etc/ld.so.cache",
    "/dev/null",
    "/dev/urandom",
#ifdef __SANITIZE_ADDRESS__
    "/proc", /* for its report at the end */
#endif
};

struct rules {
	int fd;
	uint64_t handled;
};

/* A path that is not there needs no rule. */
static int allow(const struct rules *r, const char *path, uint64_t access)
{
	struct landlock_path_beneath_attr rule = {0};
	struct stat st;
	int rc = 0;

	rule.parent_fd = open(path, O_PATH | O_CLOEXEC);
	if (rule.parent_fd < 0)
		return 0;
	if (fstat(rule.parent_fd, &st) == 0 && !S_ISDIR(st.st_mode))
		access &= ACCESS_OF_FILES;
	rule.allowed_access = access & r->handled;
	if (syscall(SYS_landlock_add_rule, r->fd, LANDLOCK_RULE_PATH_BENEATH,
		    &rule, 0) != 0) {
		log_error("the sandbox cannot allow '%s': %s", path,
			  strerror(errno));
		rc = -1;
	}
	close(rule.parent_fd);
	return rc;
}

/* The directory: its files are replaced by renaming. */
static int allow_beside(const struct rules *r, const struct workspace *ws,
			const char *name, uint64_t access)
{
	char *path = workspace_path(ws, name), *real = realpath(path, NULL);
	char *at = real != NULL ? real : path, *slash = strrchr(at, '/');
	int rc;

	if (slash != NULL)
		slash[slash == at ? 1 : 0] = '\0';
	rc = allow(r, slash != NULL ? at : ".", access);
	free(real);
	free(path);
	return rc;
}

/* Every file or directory that a setting lists. */
static int allow_list(const struct rules *r, const struct workspace *ws,
		      const char *key)
{
	char item[4096];
	int rc = 0;

	for (int i = 0;
	     rc == 0 && config_list(ws->config, key, i, item, sizeof(item));
	     i++) {
		char *path = workspace_path(ws, item);

		rc = allow(r, path, ACCESS_READ);
		free(path);
	}
	return rc;
}

static int allow_configured(const struct rules *r, const struct workspace *ws)
{
	const char *location = config_text(ws->config, "reference.location");
	char *share = reference_path("data");
	int rc = share != NULL ? allow(r, share, ACCESS_READ) : -1;

	free(share);
	if (rc == 0)
		rc = allow_list(r, ws, "fingerprints.paths");
	if (rc == 0)
		rc = allow_list(r, ws, "reference.scanners");
	if (rc == 0 && *location != '\0')
		rc = allow(r, location, ACCESS_READ);
	if (rc == 0)
		rc = allow_beside(r, ws,
				  config_text(ws->config, "scope.opt_out"),
				  ACCESS_READ);
	return rc;
}

static int allow_all(const struct rules *r, const struct workspace *ws,
		     const char *const *more, size_t count)
{
	int rc = allow(r, ws->directory, ACCESS_WRITE);

	for (size_t i = 0; rc == 0 && i < ARRAY_LEN(system_paths); i++)
		rc = allow(r, system_paths[i], ACCESS_READ);
	if (rc == 0)
		rc = allow_beside(r, ws, "martlet.db", ACCESS_WRITE);
	for (size_t i = 0; rc == 0 && i < count; i++)
		rc = allow_beside(r, ws, more[i], ACCESS_WRITE);
	return rc == 0 ? allow_configured(r, ws) : rc;
}

int sandbox_files_limit(const struct workspace *ws, const char *const *more,
			size_t count)
{
	struct landlock_ruleset_attr attr = {.handled_access_fs = ACCESS_FIRST};
	long version = syscall(SYS_landlock_create_ruleset, NULL, 0,
			       LANDLOCK_CREATE_RULESET_VERSION);
	struct rules r;
	int rc = -1;

	if (version < 1) {
		log_note("the sandbox does not limit files: this kernel has no "
			 "Landlock");
		return 0;
	}
	if (version >= 2)
		attr.handled_access_fs |= LANDLOCK_ACCESS_FS_REFER;
	if (version >= 3)
		attr.handled_access_fs |= ACCESS_TRUNCATE;
	r.handled = attr.handled_access_fs;
	r.fd =
	    (int)syscall(SYS_landlock_create_ruleset, &attr, sizeof(attr), 0);
	if (r.fd < 0) {
		log_error("cannot make a Landlock ruleset: %s",
			  strerror(errno));
		return -1;
	}
	if (allow_all(&r, ws, more, count) == 0) {
		if (syscall(SYS_landlock_restrict_self, r.fd, 0) == 0)
			rc = 1;
		else
			log_error("cannot enter Landlock: %s", strerror(errno));
	}
	close(r.fd);
	return rc;
}
