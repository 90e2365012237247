/* Records that cases are about, each kind by the SQL of its line in the header. */
#include "store/subject.h"

#include <stdio.h>
#include <string.h>

#include "store/read.h"

#define KIND(kind, resources, about, by_id, by_no) { #kind, resources, by_id, by_no },
const struct yh_subject_kind yh_subject_kinds[YH_SUBJECT_KINDS] = { YH_SUBJECTS(KIND) };
#undef KIND

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
					.provider = yh_col_id(r, 4) };
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
	enum yh_rc rc = yh_query(tx, err, &rows, kind->by_id, YH_ID(id));

	return rc == YH_OK ? yh_read_one(rows, NULL, read_subject, out, unknown(kind, slug), err)
			   : rc;
}

enum yh_rc yh_subject_by_no(struct yh_tx *tx, const struct yh_subject_kind *kind, const char *no,
			    struct yh_id *out, struct yh_err *err)
{
	struct yh_rows *rows;
	char slug[40];
	enum yh_rc rc;

	if (!kind->by_no)
		return yh_id_parse(no, out, err);
	if (yh_id_parse(no, out, NULL) == YH_OK)
		return YH_OK;
	rc = yh_query(tx, err, &rows, kind->by_no, YH_T(no));
	return rc == YH_OK ? yh_read_id(rows, out, unknown(kind, slug), err) : rc;
}
