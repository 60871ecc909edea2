#include "log.h"
#include "sandbox_calls.h"

#if defined(HAVE_SECCOMP) && !defined(__SANITIZE_ADDRESS__)

#include <errno.h>
#include <seccomp.h>
#include <stdint.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

/* As traced with strace over scans of the laboratory, with what other
 * versions of the C library use for the same. No process or thread is
 * started, no program run, nothing listened to. */
static const char *const allowed[] = {
    /* sockets and waiting */
    "connect", "getsockopt", "setsockopt", "getsockname", "getpeername",
    "recvfrom", "recvmsg", "sendto", "sendmsg", "sendmmsg", "shutdown",
    "socketpair", "epoll_create1", "epoll_ctl", "epoll_wait", "epoll_pwait",
    "poll", "ppoll", "select", "pselect6", "signalfd4", "eventfd2", "pipe2",
    "timerfd_create", "timerfd_settime",
    /* files; where, Landlock says */
    "open", "openat", "close", "read", "write", "readv", "writev", "pread64",
    "pwrite64", "lseek", "stat", "lstat", "fstat", "newfstatat", "fstatat64",
    "statx", "fstatfs", "statfs", "access", "faccessat", "faccessat2",
    "readlink", "readlinkat", "getdents64", "getcwd", "fcntl", "flock", "dup",
    "dup2", "dup3", "fsync", "fdatasync", "ftruncate", "fallocate", "fadvise64",
    "rename", "renameat", "renameat2", "unlink", "unlinkat", "mkdir", "mkdirat",
    "umask", "fchmod", "fchown", "utimensat",
    /* memory, clocks, the process itself */
    "mmap", "munmap", "mremap", "mprotect", "madvise", "brk", "futex",
    "rt_sigaction", "rt_sigprocmask", "rt_sigreturn", "sigaltstack",
    "clock_gettime", "clock_nanosleep", "nanosleep", "gettimeofday", "time",
    "getpid", "gettid", "getppid", "getuid", "geteuid", "getgid", "getegid",
    "getrandom", "prlimit64", "getrlimit", "setrlimit", "getrusage", "uname",
    "sysinfo", "sched_yield", "sched_getaffinity", "restart_syscall", "rseq",
    "set_robust_list", "membarrier", "exit", "exit_group"};

static const struct {
	const char *call;
	unsigned argument;
	uint64_t value;
} allowed_with[] = {
    {"socket", 0, AF_INET},   {"socket", 0, AF_INET6},
    {"ioctl", 1, TCGETS}, /* is it a terminal, how wide */
    {"ioctl", 1, TIOCGWINSZ}, {"ioctl", 1, FIONREAD},
    {"ioctl", 1, FIONBIO},
};

/* A call that this machine's architecture does not have is no error. */
static int allow(scmp_filter_ctx filter, const char *name)
{
	int number = seccomp_syscall_resolve_name(name);

	if (number == __NR_SCMP_ERROR)
		return 0;
	return seccomp_rule_add(filter, SCMP_ACT_ALLOW, number, 0);
}

static int allow_with(scmp_filter_ctx filter, const char *name,
		      unsigned argument, uint64_t value)
{
	return seccomp_rule_add(filter, SCMP_ACT_ALLOW,
				seccomp_syscall_resolve_name(name), 1,
				SCMP_CMP64(argument, SCMP_CMP_EQ, value));
}

static int fill(scmp_filter_ctx filter)
{
	int rc = 0;

	for (size_t i = 0; rc == 0 && i < ARRAY_LEN(allowed); i++)
		rc = allow(filter, allowed[i]);
	for (size_t i = 0; rc == 0 && i < ARRAY_LEN(allowed_with); i++)
		rc =
		    allow_with(filter, allowed_with[i].call,
			       allowed_with[i].argument, allowed_with[i].value);
	/* abort() of this process, a signal to no other. */
	if (rc == 0)
		rc = allow_with(filter, "tgkill", 0, (uint64_t)(pid_t)getpid());
	return rc;
}

int sandbox_calls_limit(void)
{
	scmp_filter_ctx filter = seccomp_init(SCMP_ACT_ERRNO(EPERM));
	int rc = filter != NULL ? 0 : -ENOMEM;

	if (rc == 0)
		rc = fill(filter);
	/* What is denied shows in the kernel's log; older kernels cannot. */
	if (rc == 0)
		(void)seccomp_attr_set(filter, SCMP_FLTATR_CTL_LOG, 1);
	/* A tree instead of a list to go through at each call. */
	if (rc == 0)
		(void)seccomp_attr_set(filter, SCMP_FLTATR_CTL_OPTIMIZE, 2);
	if (rc == 0)
		rc = seccomp_load(filter);
	seccomp_release(filter);
	if (rc == -EINVAL || rc == -ENOSYS) {
		log_note("the sandbox does not limit system calls: this kernel "
			 "has no seccomp filters");
		return 0;
	}
	if (rc < 0) {
		log_error("cannot limit system calls: %s", strerror(-rc));
		return -1;
	}
	return 1;
}

#else

int sandbox_calls_limit(void)
{
	log_note("the sandbox does not limit system calls: this build has no "
		 "seccomp");
	return 0;
}

#endif
