#include <stdlib.h>

#include "xalloc.h"
#include "multimatch.h"
#include "multimatch_hyperscan.h"
#include "multimatch_texts.h"

struct multimatch {
	struct multimatch_hyperscan *hyperscan; /* NULL: texts */
	struct multimatch_texts *texts;
};

struct multimatch *multimatch_new(const struct pattern *const *list,
				  size_t count, enum multimatch_engine engine,
				  const char *cache)
{
	struct multimatch *m = xalloc_zero(1, sizeof(*m));

	m->texts = multimatch_texts_new(list, count);
	if (engine != MULTIMATCH_TEXTS)
		m->hyperscan = multimatch_hyperscan_new(list, count, cache);
	return m;
}

void multimatch_free(struct multimatch *m)
{
	if (m == NULL)
		return;
	multimatch_hyperscan_free(m->hyperscan);
	multimatch_texts_free(m->texts);
	free(m);
}

void multimatch_find(struct multimatch *m, const struct pattern_subject *s,
		     bool *could)
{
	if (m->hyperscan == NULL ||
	    !multimatch_hyperscan_find(m->hyperscan, s, could))
		multimatch_texts_find(m->texts, s, could);
}

const char *multimatch_engine_text(void)
{
	const char *hyperscan = multimatch_hyperscan_text();

	return hyperscan != NULL ? hyperscan : "texts";
}
