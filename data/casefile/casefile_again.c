#include "compiler.h"
#include "casefile_again.h"
#include "casefile_internal.h"

int64_t casefile_count_services(struct casefile *cf, const char *page_class)
{
	sqlite3_stmt *s = casefile_prepare(
	    cf, page_class != NULL
		    ? "SELECT count(*) FROM service WHERE page_class = ?1"
		    : "SELECT count(*) FROM service");
	int64_t count = -1;

	if (s == NULL)
		return -1;
	if (page_class != NULL)
		sqlite3_bind_text(s, 1, page_class, -1, SQLITE_STATIC);
	if (sqlite3_step(s) == SQLITE_ROW)
		count = sqlite3_column_int64(s, 0);
	else
		casefile_complain(cf);
	sqlite3_finalize(s);
	return count;
}

static void bind_some(sqlite3_stmt *s, int at, const char *text)
{
	if (text != NULL && *text != '\0')
		sqlite3_bind_text(s, at, text, -1, SQLITE_STATIC);
}

static int set_features(struct casefile *cf, sqlite3_stmt *s,
			const struct observation *o)
{
	const char *const texts[] = {
	    o->charset,    o->title,     o->server, o->realm, o->cookies,
	    o->powered_by, o->generator, o->forms,  o->links, o->page_class,
	};
	int n = (int)ARRAY_LEN(texts), rc;

	for (int i = 0; i < n; i++)
		bind_some(s, i + 1, texts[i]);
	if (o->title_raw.data != NULL)
		sqlite3_bind_blob64(s, n + 1, o->title_raw.data,
				    o->title_raw.len, SQLITE_STATIC);
	sqlite3_bind_int64(s, n + 2, o->id);
	rc = sqlite3_step(s) == SQLITE_DONE ? 0 : casefile_complain(cf);
	sqlite3_reset(s);
	sqlite3_clear_bindings(s);
	return rc;
}

int casefile_look_again(struct casefile *cf, const struct observation *list,
			size_t count)
{
	sqlite3_stmt *set = casefile_prepare(
	    cf, "UPDATE service SET charset = ?, title = ?, server = ?,"
		" realm = ?, cookies = ?, powered_by = ?, generator = ?,"
		" forms = ?, links = ?, page_class = ?, title_raw = ?"
		" WHERE probe = ?");
	int rc = set != NULL ? casefile_begin(cf) : -1;

	for (size_t i = 0; rc == 0 && i < count; i++) {
		rc = set_features(cf, set, &list[i]);
		if (rc == 0)
			rc = casefile_set_identity(cf, &list[i]);
	}
	if (rc == 0)
		rc = casefile_commit(cf);
	if (rc < 0)
		casefile_rollback(cf);
	sqlite3_finalize(set);
	return rc;
}

static const char *text_at(sqlite3_stmt *s, int column)
{
	return (const char *)sqlite3_column_text(s, column);
}

/* SQLite takes the columns outside of a sum from the row with the max().
 * What stands in a row behind its page is read of one row of each class. */
static const char classes[] =
    "SELECT g.class, g.addresses, g.services, g.unnamed, g.observed, g.probe,"
    " a.text, p.port, s.title, s.server, i.vendor, i.product, g.vendors"
    " FROM (SELECT s.page_class AS class,"
    " count(DISTINCT p.address) AS addresses, count(*) AS services,"
    " sum(ifnull(i.device_type, 'server') = 'server') AS unnamed,"
    " count(DISTINCT iif(i.device_type <> 'server', i.vendor, NULL))"
    " AS vendors, max(p.observed_ms) AS observed, p.id AS probe"
    " FROM service s JOIN probe p ON p.id = s.probe"
    " LEFT JOIN identity i ON i.probe = s.probe"
    " WHERE s.page_class IS NOT NULL GROUP BY s.page_class) g"
    " JOIN service s ON s.probe = g.probe JOIN probe p ON p.id = g.probe"
    " JOIN address a ON a.id = p.address"
    " LEFT JOIN identity i ON i.probe = g.probe"
    " ORDER BY g.addresses DESC, g.class";

int casefile_each_class(struct casefile *cf, casefile_class_visit *visit,
			void *arg)
{
	sqlite3_stmt *s = casefile_prepare(cf, classes);
	int rc = s != NULL ? 0 : -1, step;

	while (rc == 0 && (step = sqlite3_step(s)) != SQLITE_DONE) {
		struct casefile_class c = {
		    .page_class = text_at(s, 0),
		    .addresses = sqlite3_column_int64(s, 1),
		    .services = sqlite3_column_int64(s, 2),
		    .unnamed = sqlite3_column_int64(s, 3),
		    .observed_ms = sqlite3_column_int64(s, 4),
		    .probe = sqlite3_column_int64(s, 5),
		    .address = text_at(s, 6),
		    .port = sqlite3_column_int(s, 7),
		    .title = text_at(s, 8),
		    .server = text_at(s, 9),
		    .vendor = text_at(s, 10),
		    .product = text_at(s, 11),
		    .vendors = sqlite3_column_int64(s, 12),
		};

		rc =
		    step == SQLITE_ROW ? visit(&c, arg) : casefile_complain(cf);
	}
	sqlite3_finalize(s);
	return rc;
}
