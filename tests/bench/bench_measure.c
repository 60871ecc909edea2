/*
 * bench_measure FILE COMMAND...: runs the command and writes into FILE
 * "WALL-SECONDS CPU-SECONDS PEAK-MEMORY-MB SOCKETS", the last one being the
 * sockets that were still open when it ended. Exits as the command did.
 */
#include <dirent.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static double now(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (double)ts.tv_sec + (double)ts.tv_nsec / 1e9;
}

static double seconds(const struct timeval *t)
{
	return (double)t->tv_sec + (double)t->tv_usec / 1e6;
}

static int count_sockets(pid_t pid)
{
	char path[PATH_MAX], to[64];
	struct dirent *entry;
	int sockets = 0;
	DIR *dir;

	snprintf(path, sizeof(path), "/proc/%ld/fd", (long)pid);
	dir = opendir(path);
	if (dir == NULL)
		return -1;
	while ((entry = readdir(dir)) != NULL) {
		ssize_t n;

		snprintf(path, sizeof(path), "/proc/%ld/fd/%s", (long)pid,
			 entry->d_name);
		n = readlink(path, to, sizeof(to) - 1);
		sockets += n > 7 && memcmp(to, "socket:", 7) == 0;
	}
	closedir(dir);
	return sockets;
}

/* Stops the command once at its very end, with all that it has open. */
static int follow(pid_t pid, int *sockets, struct rusage *usage)
{
	int status;

	*sockets = -1;
	while (wait4(pid, &status, 0, usage) == pid) {
		int signal = 0;

		if (!WIFSTOPPED(status))
			return WIFEXITED(status) ? WEXITSTATUS(status) : 125;
		if (status >> 8 == (SIGTRAP | PTRACE_EVENT_EXIT << 8))
			*sockets = count_sockets(pid);
		else if (WSTOPSIG(status) != SIGTRAP)
			signal = WSTOPSIG(status);
		else
			ptrace(PTRACE_SETOPTIONS, pid, 0,
			       (long)PTRACE_O_TRACEEXIT);
		ptrace(PTRACE_CONT, pid, 0, (long)signal);
	}
	return 125;
}

int main(int argc, char **argv)
{
	struct rusage usage = {0};
	double started = now();
	int sockets, status;
	pid_t pid;
	FILE *out;

	if (argc < 3) {
		fprintf(stderr, "usage: bench_measure FILE COMMAND...\n");
		return 2;
	}
	pid = fork();
	if (pid == 0) {
		ptrace(PTRACE_TRACEME, 0, 0, 0);
		execvp(argv[2], argv + 2);
		perror(argv[2]);
		_exit(127);
	}
	status = follow(pid, &sockets, &usage);
	out = fopen(argv[1], "w");
	if (out == NULL) {
		perror(argv[1]);
		return 1;
	}
	fprintf(out, "%.3f %.3f %.1f %d\n", now() - started,
		seconds(&usage.ru_utime) + seconds(&usage.ru_stime),
		(double)usage.ru_maxrss / 1024, sockets);
	fclose(out);
	return status;
}
