/*
 * What the engines behind a network have in common.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "log.h"
#include "outfile.h"
#include "str.h"
#include "xalloc.h"
#include "sensorengine.h"

#define PASSWORD_MAX 4096 /* bytes of its file */
#define SAID_MAX 1000     /* bytes shown of what a server said */

int sensorengine_complain(const struct engine *e, const char *said,
			  const char *hint)
{
	size_t len = strlen(said);
	char *line = xalloc_string_n(said, len), *shown;

	while (len > 0 && line[len - 1] == '\n')
		len--;
	for (size_t i = 0; i < len; i++)
		if (line[i] == '\n' || line[i] == '\t')
			line[i] = ' ';
	shown = str_vis(line, len, SAID_MAX);
	log_error("cannot read the sensor database '%s': %s", e->name, shown);
	if (hint != NULL)
		log_hint("%s", hint);
	free(shown);
	free(line);
	return -1;
}

/* A password that all users of the machine can read is none. */
static int check_rights(const char *path)
{
	struct stat st;

	if (stat(path, &st) == 0 && (st.st_mode & S_IRWXO) != 0) {
		log_error("sensors.password_file '%s' is open to every user of "
			  "this machine",
			  path);
		log_hint("chmod 600 '%s'", path);
		return -1;
	}
	return 0;
}

int sensorengine_password(const struct workspace *ws, char **out)
{
	const char *given = getenv("MARTLET_SENSORS_PASSWORD");
	const char *file = config_text(ws->config, "sensors.password_file");
	char *path;

	*out = NULL;
	if (given != NULL && *given != '\0') {
		*out = xalloc_string(given);
		return 0;
	}
	if (*file == '\0')
		return 0;
	path = workspace_path(ws, file);
	if (check_rights(path) == 0)
		*out = outfile_read(path, PASSWORD_MAX, NULL);
	free(path);
	if (*out == NULL)
		return -1;
	(*out)[strcspn(*out, "\r\n")] = '\0';
	return 0;
}

void sensorengine_password_free(char *password)
{
	if (password != NULL)
		explicit_bzero(password, strlen(password));
	free(password);
}

struct engine *sensorengine_refuse_password(void)
{
	log_error("sensors.database holds a password, which others could read "
		  "there");
	log_hint("take it out, and put it into the file that "
		 "sensors.password_file names (chmod 600) or into the "
		 "environment as MARTLET_SENSORS_PASSWORD");
	return NULL;
}
