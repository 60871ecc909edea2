#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "xalloc.h"
#include "findings.h"
#include "findings_formula.h"
#include "findings_traffic.h"
#include "groups_findings.h"

static void release_number(struct finding_number *n)
{
	for (size_t i = 0; i < n->parameter_count; i++)
		free((void *)(uintptr_t)n->parameters[i].text);
	free(n->name);
	free(n->statement);
	free(n->parameters);
	free(n->formula);
}

static void release_finding(struct finding *f)
{
	for (size_t i = 0; i < f->number_count; i++)
		release_number(&f->numbers[i]);
	free(f->id);
	free(f->text_en);
	free(f->text_ja);
	free(f->numbers);
}

void findings_release(struct findings *f)
{
	for (size_t i = 0; i < f->count; i++)
		release_finding(&f->list[i]);
	free(f->list);
	*f = (struct findings){0};
}

struct finding *findings_add(struct findings *f, const struct period *p,
			     enum finding_kind kind, const char *subject)
{
	void *list = f->list;
	struct finding *added;

	xalloc_room(&list, &f->cap, f->count, sizeof(*f->list));
	f->list = list;
	added = &f->list[f->count++];
	*added = (struct finding){
	    .kind = kind, .confidence = "high", .status = "proposed"};
	added->id = xalloc_printf("%s/%s%s%s", p->text, finding_kind_text(kind),
				  subject != NULL ? "/" : "",
				  subject != NULL ? subject : "");
	return added;
}

static struct finding_number *add_number(struct finding *f, const char *name,
					 double value)
{
	void *numbers = f->numbers;
	struct finding_number *n;

	xalloc_room(&numbers, &f->number_cap, f->number_count,
		    sizeof(*f->numbers));
	f->numbers = numbers;
	n = &f->numbers[f->number_count++];
	*n = (struct finding_number){.name = xalloc_string(name),
				     .value = value};
	return n;
}

void findings_count(struct finding *f, const char *name, int64_t value,
		    const char *database, const char *statement,
		    const struct sensordb_value *values, size_t count)
{
	struct finding_number *n = add_number(f, name, (double)value);

	n->database = database;
	n->statement = xalloc_string(statement);
	n->parameters = xalloc_zero(count, sizeof(*n->parameters));
	n->parameter_count = count;
	for (size_t i = 0; i < count; i++) {
		n->parameters[i] = values[i];
		n->parameters[i].text = values[i].type == SENSORDB_TEXT
					    ? xalloc_string(values[i].text)
					    : NULL;
	}
}

void findings_ratio(struct finding *f, const char *name, double value,
		    const char *formula)
{
	struct finding_number *n = add_number(f, name, value);

	n->formula = xalloc_string(formula);
	findings_formula_compose(f, n);
}

int findings_list(const struct traffic *t, struct sensordb *db,
		  struct casefile *cf, struct findings *out)
{
	struct findings f = {0};
	int rc = 0;

	if (!t->empty)
		rc = findings_traffic_find(&f, t, db);
	if (rc == 0 && cf != NULL)
		rc = groups_findings(t, db, cf, &f);
	if (rc < 0)
		findings_release(&f);
	*out = f;
	return rc;
}
