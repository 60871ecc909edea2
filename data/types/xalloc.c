#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "xalloc.h"

#define CACHE_LINE 64         /* bytes, of the machines in use */
#define LARGE_PAGE (2u << 20) /* the same */

static void *checked(void *p)
{
	if (p == NULL) {
		fputs("martlet: out of memory\n", stderr);
		abort();
	}
	return p;
}

void *xalloc(size_t size)
{
	return checked(malloc(size ? size : 1));
}

void *xalloc_zero(size_t count, size_t size)
{
	return checked(calloc(count ? count : 1, size ? size : 1));
}

void *xalloc_table(size_t count, size_t size)
{
	size_t bytes, align = CACHE_LINE;
	void *p = NULL;

	if (__builtin_mul_overflow(count, size, &bytes))
		return checked(NULL);
	if (bytes >= LARGE_PAGE)
		align = LARGE_PAGE;
	if (posix_memalign(&p, align, bytes > 0 ? bytes : 1) != 0)
		return checked(NULL);
	/* Advice: without it the table works the same. */
	if (bytes >= LARGE_PAGE)
		madvise(p, bytes, MADV_HUGEPAGE);
	return p;
}

void *xalloc_grow(void *old, size_t count, size_t size)
{
	return checked(reallocarray(old, count ? count : 1, size ? size : 1));
}

char *xalloc_string(const char *s)
{
	return s == NULL ? NULL : checked(strdup(s));
}

char *xalloc_string_n(const char *s, size_t len)
{
	char *copy = xalloc(len + 1);

	if (len > 0)
		memcpy(copy, s, len);
	copy[len] = '\0';
	return copy;
}

char *xalloc_printf(const char *format, ...)
{
	va_list ap;
	char *s = NULL;

	va_start(ap, format);
	if (vasprintf(&s, format, ap) < 0)
		s = NULL;
	va_end(ap);
	return checked(s);
}

void xalloc_room(void **array, size_t *cap, size_t count, size_t size)
{
	if (count < *cap)
		return;
	*cap = *cap ? *cap * 2 : 16;
	*array = xalloc_grow(*array, *cap, size);
}
