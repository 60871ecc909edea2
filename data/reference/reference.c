#include <limits.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "compiler.h"
#include "log.h"
#include "xalloc.h"
#include "reference.h"

/* A directory is ours when it has the list of ports. */
static bool is_share(const char *dir)
{
	char *probe = xalloc_printf("%s/data/reference/ports.csv", dir);
	bool found = access(probe, R_OK) == 0;

	free(probe);
	return found;
}

/* build/martlet, build/asan/martlet, PREFIX/bin/martlet */
static const char *const beside[] = {"..", "../..", "../share/martlet"};

static char *find_share(void)
{
	const char *given = getenv("MARTLET_SHARE");
	char exe[PATH_MAX];
	ssize_t len;

	if (given != NULL)
		return is_share(given) ? xalloc_string(given) : NULL;
	len = readlink("/proc/self/exe", exe, sizeof(exe) - 1);
	if (len <= 0)
		return NULL;
	exe[len] = '\0';
	*strrchr(exe, '/') = '\0';
	/* Unit tests lie deeper in the build tree than the program. */
	for (char *dir = exe; *dir != '\0'; *strrchr(dir, '/') = '\0') {
		for (size_t i = 0; i < ARRAY_LEN(beside); i++) {
			char *share = xalloc_printf("%s/%s", dir, beside[i]);

			if (is_share(share))
				return share;
			free(share);
		}
	}
	return NULL;
}

char *reference_path(const char *name)
{
	static char *share;

	if (share == NULL)
		share = find_share();
	if (share == NULL) {
		log_error("cannot find the files that come with martlet");
		log_hint("install it with 'make install', or set "
			 "MARTLET_SHARE to the directory that has data/ and "
			 "templates/");
		return NULL;
	}
	return xalloc_printf("%s/%s", share, name);
}
