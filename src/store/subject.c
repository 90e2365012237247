/* Records that cases are about, each kind by its own SQL. */
#include "store/subject.h"

#include <stdio.h>
#include <string.h>

#include "store/read.h"

#define KIND(kind, resources, about) { #kind, resources },
const struct yh_subject_kind yh_subject_kinds[YH_SUBJECT_KINDS] = { YH_SUBJECTS(KIND) };
#undef KIND

/* By id: id, unit, cloud, project, provider, number and filer of the record with id $1. What is
 * NULL is not told by it: the unit is then the filer's organisation, a provider any. By number: the
 * id of the record with number $1; NULL: it has none. */
struct finding_it {
	const char *by_id, *by_no;
};
static const struct finding_it edition = {
	"SELECT id, NULL, cloud, NULL, NULL, '', NULL FROM edition WHERE id = $1", NULL
};
static const struct finding_it finding = {
	"SELECT id, unit, cloud, project, NULL, no, NULL FROM finding WHERE id = $1",
	"SELECT id FROM finding WHERE no = $1"
};
static const struct finding_it settlement = {
	"SELECT id, NULL, cloud, NULL, NULL, no, NULL FROM settlement WHERE id = $1",
	"SELECT id FROM settlement WHERE no = $1"
};
static const struct finding_it evaluation = {
	"SELECT id, NULL, cloud, NULL, NULL, no, NULL FROM evaluation WHERE id = $1",
	"SELECT id FROM evaluation WHERE no = $1"
};
static const struct finding_it result = {
	"SELECT r.id, CASE WHEN e.subject = 'unit' THEN r.org END, e.cloud, NULL, CASE WHEN"
	" e.subject = 'provider' THEN r.org END, r.no, NULL FROM eval_result r JOIN evaluation e ON"
	" e.id = r.evaluation WHERE r.id = $1 AND e.state IN ('announced', 'published')",
	"SELECT id FROM eval_result WHERE no = $1"
};
static const struct finding_it scheme = {
	"SELECT id, NULL, cloud, NULL, NULL, no, NULL FROM scheme WHERE id = $1",
	"SELECT id FROM scheme WHERE no = $1"
};
static const struct finding_it statement = {
	"SELECT id, unit, cloud, project, provider, no, NULL FROM statement WHERE id = $1",
	"SELECT id FROM statement WHERE no = $1"
};
static const struct finding_it record = {
	"SELECT id, org, cloud, project, provider, no, filer_org FROM ledger WHERE id = $1",
	"SELECT id FROM ledger WHERE no = $1"
};
/* Whoever owes it answers for it: a provider as one, others as the unit. */
static const struct finding_it duty = {
	"SELECT id, CASE WHEN owner_role = 'provider' THEN org ELSE owner END, cloud, project, CASE"
	" WHEN owner_role = 'provider' THEN owner END, no, NULL FROM duty WHERE id = $1",
	"SELECT id FROM duty WHERE no = $1"
};

/* A kind that has no SQL does not compile. */
#define HOW(kind, resources, about) &kind,
static const struct finding_it *const how[YH_SUBJECT_KINDS] = { YH_SUBJECTS(HOW) };
#undef HOW

const struct yh_subject_kind *yh_subject_kind(const char *name)
{
	for (size_t i = 0; i < YH_SUBJECT_KINDS; i++)
		if (strcmp(yh_subject_kinds[i].name, name) == 0)
			return &yh_subject_kinds[i];
	return NULL;
}

static bool read_subject(const struct yh_rows *r, struct yh_arena *a, void *out)
{
	struct yh_subject_facts *s = out;

	(void)a;
	*s = (struct yh_subject_facts){ .id = yh_col_id(r, 0),
					.unit = yh_col_id(r, 1),
					.cloud = yh_col_id(r, 2),
					.project = yh_col_id(r, 3),
					.provider = yh_col_id(r, 4),
					.filer = yh_col_id(r, 6) };
	YH_COL_COPY(r, 5, s->no);
	return true;
}

/* "finding-unknown" */
static const char *unknown(const struct yh_subject_kind *kind, char out[40])
{
	(void)snprintf(out, 40, "%.24s-unknown", kind->name);
	return out;
}

enum yh_rc yh_subject_load(struct yh_tx *tx, const struct yh_subject_kind *kind,
			   const struct yh_id *id, struct yh_subject_facts *out, struct yh_err *err)
{
	struct yh_rows *rows;
	char slug[40];
	enum yh_rc rc = yh_query(tx, err, &rows, how[kind - yh_subject_kinds]->by_id, YH_ID(id));

	return rc == YH_OK ? yh_read_one(rows, NULL, read_subject, out, unknown(kind, slug), err)
			   : rc;
}

enum yh_rc yh_subject_by_no(struct yh_tx *tx, const struct yh_subject_kind *kind, const char *no,
			    struct yh_id *out, struct yh_err *err)
{
	const char *sql = how[kind - yh_subject_kinds]->by_no;
	struct yh_rows *rows;
	char slug[40];
	enum yh_rc rc;

	if (!sql)
		return yh_id_parse(no, out, err);
	if (yh_id_parse(no, out, NULL) == YH_OK)
		return YH_OK;
	rc = yh_query(tx, err, &rows, sql, YH_T(no));
	return rc == YH_OK ? yh_read_id(rows, out, unknown(kind, slug), err) : rc;
}
