#include <stdlib.h>

#include "hostname.h"

void hostname_release(struct hostname *h)
{
	for (size_t i = 0; i < h->count; i++)
		free(h->names[i]);
	*h = (struct hostname){0};
}
