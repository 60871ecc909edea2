#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>

#include "log.h"

static bool live; /* the terminal shows a live line; under stderr's lock */

static void line(const char *head, const char *format, va_list ap)
    __attribute__((format(printf, 2, 0)));

static void erase(void)
{
	if (live)
		fputs("\r\033[K", stderr);
	live = false;
}

static void line(const char *head, const char *format, va_list ap)
{
	fflush(stdout);
	flockfile(stderr);
	erase();
	fputs(head, stderr);
	vfprintf(stderr, format, ap);
	fputc('\n', stderr);
	funlockfile(stderr);
}

void log_error(const char *format, ...)
{
	va_list ap;

	va_start(ap, format);
	line("martlet: ", format, ap);
	va_end(ap);
}

void log_warning(const char *format, ...)
{
	va_list ap;

	va_start(ap, format);
	line("martlet: warning: ", format, ap);
	va_end(ap);
}

void log_note(const char *format, ...)
{
	va_list ap;

	va_start(ap, format);
	line("", format, ap);
	va_end(ap);
}

void log_hint(const char *format, ...)
{
	va_list ap;

	va_start(ap, format);
	line("  ", format, ap);
	va_end(ap);
}

void log_live(const char *format, ...)
{
	va_list ap;

	flockfile(stderr);
	live = true;
	/* Without wrapping: a line that wraps cannot be written over. */
	fputs("\r\033[K\033[?7l", stderr);
	va_start(ap, format);
	vfprintf(stderr, format, ap);
	va_end(ap);
	fputs("\033[?7h", stderr);
	fflush(stderr);
	funlockfile(stderr);
}

void log_live_end(void)
{
	flockfile(stderr);
	erase();
	funlockfile(stderr);
}
