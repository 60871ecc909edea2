#include <stdarg.h>
#include <stdio.h>

#include "log.h"

static void line(const char *head, const char *format, va_list ap)
    __attribute__((format(printf, 2, 0)));

static void line(const char *head, const char *format, va_list ap)
{
	fflush(stdout);
	flockfile(stderr);
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
