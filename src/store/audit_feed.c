/* Sealed records as a collector is told of them. */
#include "store/audit_feed.h"

#include "store/read.h"

static bool read_row(const struct yh_rows *r, struct yh_arena *a, void *out)
{
	struct yh_feed_row *f = out;
	const char **const texts[] = { &f->kind,   &f->object_kind, &f->person,  &f->role,
				       &f->org,    &f->article,     &f->outcome, &f->reason,
				       &f->before, &f->after,       &f->source,  &f->procedure,
				       &f->label };
	bool ok = true;

	*f = (struct yh_feed_row){ .pos = yh_col_i64(r, 0),
				   .id = yh_col_id(r, 1),
				   .object = yh_col_id(r, 2),
				   .at = yh_col_i64(r, 3) };
	for (int i = 0; i < 13; i++) {
		*texts[i] = yh_arena_strdup(a, yh_col_text(r, 4 + i));
		ok = ok && *texts[i];
	}
	return ok;
}

enum yh_rc yh_audit_feed_rows(struct yh_tx *tx, int64_t after, uint32_t limit,
			      struct yh_arena *arena, struct yh_feed_row **out, size_t *n,
			      struct yh_err *err)
{
	struct yh_rows *rows;
	void *list = NULL;
	enum yh_rc rc =
		yh_query(tx, err, &rows,
			 "SELECT e.pos, e.id, e.object_id, e.at, e.kind, e.object_kind,"
			 " p.login, e.role, o.code, e.article, e.outcome, e.reason,"
			 " e.before_state, e.after_state, e.source, c.procedure_name, c.label"
			 " FROM event e LEFT JOIN case_file c ON c.id = e.case_id LEFT JOIN"
			 " person p ON p.id = e.person LEFT JOIN org o ON o.id = e.org WHERE"
			 " e.pos > $1 ORDER BY e.pos LIMIT $2",
			 YH_I(after), YH_I(limit));

	*n = 0;
	if (rc == YH_OK)
		rc = yh_read_all(rows, arena, read_row, sizeof **out, &list, n, err);
	*out = list;
	return rc;
}
