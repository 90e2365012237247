/* Records of registers: rows in and out, and which of them hold. */
#include "store/ledger.h"

#include <string.h>

#include "store/case_lines.h"

#define COLUMNS                                                                                    \
	"r.id, r.no, r.register, r.state, r.final, r.title, r.cloud, r.org, r.provider, "          \
	"r.project, "                                                                              \
	"r.info_system, r.resource, r.parent, r.about_case, r.filer_org, r.case_id, r.from_day, "  \
	"r.until_day, r.content, r.figures, r.lines, r.entered_at, r.changed_at, r.version"
enum { COLUMN_COUNT = 24, FIRST_REF = 7 };

static bool read_row(const struct yh_rows *r, struct yh_arena *a, void *out)
{
	struct yh_ledger_row *l = out;

	*l = (struct yh_ledger_row){
		.id = yh_col_id(r, 0),
		.final = yh_col_i64(r, 4) != 0,
		.cloud = yh_col_id(r, 6),
		.filer_org = yh_col_id(r, 14),
		.case_id = yh_col_id(r, 15),
		.from = yh_col_day(r, 16),
		.until = yh_col_day(r, 17),
		.entered_at = yh_col_i64(r, 21),
		.changed_at = yh_col_i64(r, 22),
		.version = yh_col_i64(r, 23),
	};
	YH_COL_COPY(r, 1, l->no);
	YH_COL_COPY(r, 2, l->reg);
	YH_COL_COPY(r, 3, l->state);
	for (int i = 0; i < YH_REFS; i++)
		l->refs[i] = yh_col_id(r, FIRST_REF + i);
	return yh_col_keep(r, a, 5, &l->title) && yh_col_keep(r, a, 18, &l->content) &&
	       yh_col_keep(r, a, 19, &l->figures) && yh_col_keep(r, a, 20, &l->lines);
}

static enum yh_rc add_values(struct yh_tx *tx, const struct yh_id *id,
			     const struct yh_ledger_value *values, size_t n, struct yh_err *err)
{
	enum yh_rc rc = YH_OK;

	for (size_t i = 0; rc == YH_OK && i < n; i++) {
		const struct yh_ledger_value *v = &values[i];

		if (v->dimension)
			rc = yh_exec(tx, err,
				     "INSERT INTO ledger_line (record, line, dimension, qty_milli)"
				     " VALUES ($1, $2, $3, $4)",
				     YH_ID(id), YH_T(v->name), YH_T(v->dimension), YH_I(v->milli));
		else
			rc = yh_exec(tx, err,
				     "INSERT INTO ledger_figure (record, figure, value_milli)"
				     " VALUES ($1, $2, $3)",
				     YH_ID(id), YH_T(v->name), YH_I(v->milli));
	}
	return rc;
}

static enum yh_rc keep_version(struct yh_tx *tx, const struct yh_ledger_row *row, const char *kind,
			       const struct yh_id *case_id, struct yh_err *err)
{
	return yh_exec(tx, err,
		       "INSERT INTO ledger_version (record, version, kind, state, case_id,"
		       " from_day, until_day, content, made_at) VALUES ($1, $2, $3, $4, $5, $6,"
		       " $7, $8, $9)",
		       YH_ID(&row->id), YH_I(row->version), YH_T(kind), YH_T(row->state),
		       YH_ID(case_id), YH_DAY0(row->from), YH_DAY0(row->until), YH_T(row->content),
		       YH_I(row->changed_at));
}

enum yh_rc yh_ledger_insert(struct yh_tx *tx, const struct yh_ledger_row *r,
			    const struct yh_ledger_value *values, size_t n, struct yh_err *err)
{
	const struct yh_id *ref = r->refs;
	enum yh_rc rc = yh_exec(
		tx, err,
		"INSERT INTO ledger (id, no, register, state, final, title, cloud, org, provider,"
		" project, info_system, resource, parent, about_case, filer_org, case_id, from_day,"
		" until_day, content, figures, lines, entered_at, changed_at, version) VALUES ($1,"
		" $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19,"
		" $20, $21, $22, $22, 1)",
		YH_ID(&r->id), YH_T(r->no), YH_T(r->reg), YH_T(r->state), YH_I(r->final),
		YH_T(r->title), YH_ID(&r->cloud), YH_ID0(&ref[YH_REF_ORG]),
		YH_ID0(&ref[YH_REF_PROVIDER]), YH_ID0(&ref[YH_REF_PROJECT]),
		YH_ID0(&ref[YH_REF_SYSTEM]), YH_ID0(&ref[YH_REF_RESOURCE]),
		YH_ID0(&ref[YH_REF_RECORD]), YH_ID0(&ref[YH_REF_CASE]), YH_ID(&r->filer_org),
		YH_ID(&r->case_id), YH_DAY0(r->from), YH_DAY0(r->until), YH_T(r->content),
		YH_T(r->figures), YH_T(r->lines), YH_I(r->entered_at));

	if (rc == YH_OK)
		rc = add_values(tx, &r->id, values, n, err);
	return rc == YH_OK ? keep_version(tx, r, "entered", &r->case_id, err) : rc;
}

static enum yh_rc drop_values(struct yh_tx *tx, const struct yh_id *id, struct yh_err *err)
{
	enum yh_rc rc = yh_exec(tx, err, "DELETE FROM ledger_figure WHERE record = $1", YH_ID(id));

	return rc == YH_OK
		       ? yh_exec(tx, err, "DELETE FROM ledger_line WHERE record = $1", YH_ID(id))
		       : rc;
}

enum yh_rc yh_ledger_update(struct yh_tx *tx, struct yh_ledger_row *r, const char *kind,
			    const struct yh_id *case_id, const struct yh_ledger_value *values,
			    size_t n, struct yh_err *err)
{
	int64_t changed = 0;
	enum yh_rc rc = yh_exec_n(
		tx, err, &changed,
		"UPDATE ledger SET title = $1, state = $2, final = $3, from_day = $4, until_day ="
		" $5, content = $6, figures = $7, lines = $8, changed_at = $9, version = version +"
		" 1 WHERE id = $10 AND version = $11",
		YH_T(r->title), YH_T(r->state), YH_I(r->final), YH_DAY0(r->from), YH_DAY0(r->until),
		YH_T(r->content), YH_T(r->figures), YH_T(r->lines), YH_I(r->changed_at),
		YH_ID(&r->id), YH_I(r->version));

	if (rc == YH_OK && changed == 0)
		rc = yh_fail(err, YH_CONFLICT, "record-changed");
	if (rc != YH_OK)
		return rc;
	r->version++;
	if (values) {
		rc = drop_values(tx, &r->id, err);
		if (rc == YH_OK)
			rc = add_values(tx, &r->id, values, n, err);
	}
	return rc == YH_OK ? keep_version(tx, r, kind, case_id, err) : rc;
}

enum yh_rc yh_ledger_load(struct yh_tx *tx, const struct yh_id *id, struct yh_arena *arena,
			  struct yh_ledger_row *out, struct yh_err *err)
{
	struct yh_rows *rows;
	enum yh_rc rc = yh_query(tx, err, &rows, "SELECT " COLUMNS " FROM ledger r WHERE r.id = $1",
				 YH_ID(id));

	return rc == YH_OK ? yh_read_one(rows, arena, read_row, out, "record-unknown", err) : rc;
}

enum yh_rc yh_ledger_by_no(struct yh_tx *tx, const char *no, struct yh_arena *arena,
			   struct yh_ledger_row *out, struct yh_err *err)
{
	struct yh_rows *rows;
	enum yh_rc rc = yh_query(tx, err, &rows, "SELECT " COLUMNS " FROM ledger r WHERE r.no = $1",
				 YH_T(no));

	return rc == YH_OK ? yh_read_one(rows, arena, read_row, out, "record-unknown", err) : rc;
}

enum yh_rc yh_ledger_first_of(struct yh_tx *tx, const struct yh_id *case_id, struct yh_id *out,
			      struct yh_err *err)
{
	struct yh_rows *rows;
	enum yh_rc rc = yh_query(tx, err, &rows,
				 "SELECT id FROM ledger WHERE case_id = $1 ORDER BY id LIMIT 1",
				 YH_ID(case_id));

	return rc == YH_OK ? yh_read_id(rows, out, "record-unknown", err) : rc;
}

/* $1 register, $2 state or "", $3 and $4 the cloud or any, $5 day, $6 and $7 what names it. */
#define HOLDS                                                                                      \
	"r.register = $1 AND (($2 = '' AND r.final = 0) OR r.state = $2) AND ($3 = 1 OR r.cloud "  \
	"= "                                                                                       \
	"$4) AND (r.from_day IS NULL OR r.from_day <= $5) AND (r.until_day IS NULL OR r.until_day" \
	" >= $5) AND ($6 = -1 OR CASE $6 WHEN 0 THEN r.org WHEN 1 THEN r.provider WHEN 2 THEN "    \
	"r.project WHEN 3 THEN r.info_system WHEN 4 THEN r.resource WHEN 5 THEN r.parent ELSE "    \
	"r.about_case END = $7) "
#define ASKED(a)                                                                                   \
	YH_T((a)->reg), YH_T((a)->state), YH_I(yh_id_is_zero(&(a)->cloud)), YH_ID(&(a)->cloud),    \
		YH_I((a)->day), YH_I((a)->by == YH_REFS ? -1 : (int)(a)->by), YH_ID(&(a)->id)

enum yh_rc yh_ledger_valid(struct yh_tx *tx, const struct yh_ledger_asked *asked,
			   struct yh_arena *arena, bool *found, struct yh_ledger_row *out,
			   struct yh_err *err)
{
	struct yh_rows *rows;
	struct yh_err none = { 0 };
	enum yh_rc rc = yh_query(tx, err, &rows,
				 "SELECT " COLUMNS " FROM ledger r WHERE " HOLDS
				 "ORDER BY r.until_day DESC NULLS FIRST, r.id DESC LIMIT 1",
				 ASKED(asked));

	*found = false;
	if (rc != YH_OK)
		return rc;
	rc = yh_read_one(rows, arena, read_row, out, "record-unknown", &none);
	*found = rc == YH_OK;
	if (rc == YH_OK || rc == YH_NOT_FOUND)
		return YH_OK;
	if (err && err->rc == YH_OK)
		*err = none;
	return rc;
}

enum yh_rc yh_ledger_sum(struct yh_tx *tx, const struct yh_ledger_asked *asked, const char *figure,
			 int64_t *milli, struct yh_err *err)
{
	struct yh_rows *rows;
	enum yh_rc rc =
		yh_query(tx, err, &rows,
			 "SELECT COALESCE(SUM(f.value_milli), 0) FROM ledger r JOIN"
			 " ledger_figure f ON f.record = r.id WHERE " HOLDS "AND f.figure = $8",
			 ASKED(asked), YH_T(figure));

	return rc == YH_OK ? yh_read_i64(rows, milli, err) : rc;
}

static bool read_term(const struct yh_rows *r, struct yh_arena *a, void *out)
{
	struct yh_ledger_term *t = out;
	yh_day ended;

	(void)a;
	*t = (struct yh_ledger_term){ .id = yh_col_id(r, 0),
				      .from = yh_col_day(r, 1),
				      .until = yh_col_day(r, 2),
				      .final = yh_col_i64(r, 3) != 0,
				      .milli = yh_col_i64(r, 5) };
	ended = yh_day_of(yh_col_i64(r, 4));
	if (t->final && (t->until == YH_DAY_NONE || t->until > ended))
		t->until = ended;
	return true;
}

enum yh_rc yh_ledger_terms(struct yh_tx *tx, const struct yh_ledger_row *of, const char *figure,
			   struct yh_arena *arena, struct yh_ledger_term **out, size_t *n,
			   struct yh_err *err)
{
	struct yh_rows *rows;
	enum yh_rc rc = yh_query(tx, err, &rows,
				 "SELECT r.id, r.from_day, r.until_day, r.final, r.changed_at,"
				 " COALESCE((SELECT SUM(f.value_milli) FROM ledger_figure f WHERE"
				 " f.record = r.id AND f.figure = $4), 0) FROM ledger r WHERE"
				 " r.register = $1 AND r.provider = $2 AND r.cloud = $3 ORDER BY"
				 " r.from_day NULLS FIRST, r.id",
				 YH_T(of->reg), YH_ID(&of->refs[YH_REF_PROVIDER]),
				 YH_ID(&of->cloud), YH_T(figure));

	return rc == YH_OK ? yh_read_all(rows, arena, read_term, sizeof **out, out, n, err) : rc;
}

enum yh_rc yh_ledger_figure(struct yh_tx *tx, const struct yh_id *id, const char *figure,
			    int64_t *milli, struct yh_err *err)
{
	struct yh_rows *rows;
	enum yh_rc rc = yh_query(tx, err, &rows,
				 "SELECT COALESCE(SUM(value_milli), 0) FROM ledger_figure WHERE"
				 " record = $1 AND figure = $2",
				 YH_ID(id), YH_T(figure));

	return rc == YH_OK ? yh_read_i64(rows, milli, err) : rc;
}

static bool read_quantity(const struct yh_rows *r, struct yh_arena *a, void *out)
{
	struct yh_ledger_quantity *q = out;

	(void)a;
	q->cloud = yh_col_id(r, 0);
	YH_COL_COPY(r, 1, q->line);
	YH_COL_COPY(r, 2, q->dimension);
	q->qty_milli = yh_col_i64(r, 3);
	return true;
}

enum yh_rc yh_ledger_quantities(struct yh_tx *tx, const char *reg, yh_day day, bool ended,
				struct yh_arena *arena, struct yh_ledger_quantity **out, size_t *n,
				struct yh_err *err)
{
	struct yh_rows *rows;
	enum yh_rc rc = yh_query(
		tx, err, &rows,
		"SELECT r.cloud, l.line, l.dimension, SUM(l.qty_milli) FROM ledger r JOIN"
		" ledger_line l ON l.record = r.id WHERE r.register = $1 AND (r.final = 0 OR $2 ="
		" 1) AND (r.from_day IS NULL OR r.from_day <= $3) AND (r.until_day IS NULL OR"
		" r.until_day >= $3) GROUP BY r.cloud, l.line, l.dimension",
		YH_T(reg), YH_I(ended), YH_I(day));

	return rc == YH_OK ? yh_read_all(rows, arena, read_quantity, sizeof **out, out, n, err)
			   : rc;
}

static bool read_change(const struct yh_rows *r, struct yh_arena *a, void *out)
{
	struct yh_ledger_change *c = out;

	*c = (struct yh_ledger_change){ .version = yh_col_i64(r, 0),
					.from = yh_col_day(r, 3),
					.until = yh_col_day(r, 4),
					.made_at = yh_col_i64(r, 5),
					.case_id = yh_col_id(r, 10) };
	YH_COL_COPY(r, 1, c->kind);
	YH_COL_COPY(r, 2, c->state);
	return yh_col_keep(r, a, 6, &c->content) && yh_col_keep(r, a, 7, &c->case_no) &&
	       yh_col_keep(r, a, 8, &c->case_title) && yh_col_keep(r, a, 9, &c->procedure) &&
	       yh_col_keep(r, a, 11, &c->label);
}

enum yh_rc yh_ledger_history(struct yh_tx *tx, const struct yh_id *id, struct yh_arena *arena,
			     struct yh_ledger_change **out, size_t *n, struct yh_err *err)
{
	struct yh_rows *rows;
	enum yh_rc rc = yh_query(
		tx, err, &rows,
		"SELECT v.version, v.kind, v.state, v.from_day, v.until_day, v.made_at, v.content,"
		" c.no, c.title, c.procedure_name, v.case_id, c.label FROM (SELECT * FROM "
		"ledger_version "
		"WHERE record = $1 "
		"ORDER BY"
		" version DESC LIMIT $2) v JOIN case_file c ON c.id = v.case_id ORDER BY v.version",
		YH_ID(id), YH_I(YH_LEDGER_HISTORY));

	return rc == YH_OK ? yh_read_all(rows, arena, read_change, sizeof **out, out, n, err) : rc;
}

static bool read_line(const struct yh_rows *r, struct yh_arena *a, void *out)
{
	struct yh_ledger_line *l = out;
	const char **texts[] = { &l->cloud_code,    &l->org_code,      &l->org_name,
				 &l->provider_code, &l->provider_name, &l->project_code,
				 &l->project_name,  &l->system_code,   &l->system_name,
				 &l->resource_no,   &l->parent_no,     &l->about_no,
				 &l->case_no };
	bool ok = read_row(r, a, &l->row);

	for (int i = 0; ok && i < (int)(sizeof texts / sizeof texts[0]); i++)
		ok = yh_col_keep(r, a, COLUMN_COUNT + i, texts[i]);
	l->labelled = yh_col_i64(r, COLUMN_COUNT + (int)(sizeof texts / sizeof texts[0])) != 0;
	return ok;
}

#define AMONG(n) "$" #n " LIKE '%|' || REPLACE(r.register, '_', '!_') || '|%' ESCAPE '!'"
/* Whom: $1 to $6, over `ledger r` and its organisation `u`. */
#define SEES                                                                                       \
	"(" AMONG(3) " OR (" AMONG(                                                                \
		4) " AND r.cloud IN (SELECT b.cloud FROM cloud_body b JOIN mine"                   \
		   " m ON m.org = b.org AND m.role = b.role)) OR (" AMONG(                         \
			   5) " AND " YH_SQL_OF_DISTRICT ")"                                       \
			      " OR ((" AMONG(4) " OR " AMONG(5) " OR " AMONG(                      \
				      6) ") AND (r.org IN (SELECT org FROM mine)"                  \
					 " OR r.provider IN (SELECT org FROM mine) OR "            \
					 "r.filer_org IN (SELECT org FROM mine)))) "
#define WHO(w)                                                                                     \
	YH_ID(&(w)->person), YH_I((w)->today), YH_T((w)->any), YH_T((w)->cloud),                   \
		YH_T((w)->district), YH_T((w)->own)

/* Behind SEES: $7 to $25. */
#define FILTERED                                                                                   \
	"($7 = 1 OR r.id = $8) AND ($9 = 1 OR r.cloud = $10) AND ($11 = 1 OR r.org = $12 OR "      \
	"r.provider = $12) AND ($13 = 1 OR r.project = $14) AND ($15 = 1 OR r.info_system = $16) " \
	"AND ($17 = 1 OR r.parent = $18) AND ($19 = '' OR r.register = $19) AND ($20 = '' OR "     \
	"r.state = $20) AND ($21 = 0 OR r.final = 0) AND ($22 = 1 OR (r.final = 0 AND (r.from_day" \
	" IS NULL OR r.from_day <= $23) AND (r.until_day IS NULL OR r.until_day >= $23))) AND "    \
	"($24 = '' OR LOWER(r.no) LIKE $24 ESCAPE '!' OR (LOWER(r.title) LIKE $24 ESCAPE '!' AND " \
	"NOT " YH_SQL_RECORD_SHUT("r.id", "$30", "$31") ")) AND "                                  \
							"($25 = 1 OR r.id < $26) "
#define SOME_ID(id) YH_I(yh_id_is_zero(&(id))), YH_ID(&(id))

enum yh_rc yh_ledger_page(struct yh_tx *tx, const struct yh_ledger_viewer *who,
			  const struct yh_ledger_filter *f, struct yh_arena *arena,
			  struct yh_ledger_line **out, size_t *n, struct yh_err *err)
{
	bool whenever = f->in_force == YH_DAY_NONE;
	struct yh_rows *rows;
	enum yh_rc rc = yh_query(
		tx, err, &rows,
		YH_SQL_MINE
		"SELECT " COLUMNS
		", k.code, u.code, u.name, v.code, v.name, p.code, p.name, s.code,"
		" s.name, x.no, a.no, y.no, c.no, CASE WHEN " YH_SQL_RECORD_SHUT(
			"r.id", "$28", "$29") " THEN 1 ELSE 0 END FROM ledger r JOIN cloud k ON "
					      "k.id = r.cloud LEFT"
					      " JOIN org u ON u.id = r.org LEFT JOIN org v ON v.id "
					      "= r.provider LEFT JOIN project"
					      " p ON p.id = r.project LEFT JOIN info_system s ON "
					      "s.id = r.info_system LEFT JOIN"
					      " resource x ON x.id = r.resource LEFT JOIN ledger a "
					      "ON a.id = r.parent LEFT JOIN"
					      " case_file y ON y.id = r.about_case JOIN case_file "
					      "c ON c.id = r.case_id "
					      "WHERE " SEES "AND " FILTERED
					      "ORDER BY r.id DESC LIMIT $27",
		WHO(who), SOME_ID(f->id), SOME_ID(f->cloud), SOME_ID(f->org), SOME_ID(f->project),
		SOME_ID(f->info_system), SOME_ID(f->parent), YH_T(f->reg), YH_T(f->state),
		YH_I(f->holding), YH_I(whenever), YH_I(whenever ? 0 : f->in_force),
		YH_T(f->pattern ? f->pattern : ""), SOME_ID(f->before), YH_I(f->limit),
		YH_OPENED(&who->lowest), YH_KEPT(&who->lowest), YH_OPENED(&who->cleared),
		YH_KEPT(&who->cleared));

	return rc == YH_OK ? yh_read_all(rows, arena, read_line, sizeof **out, out, n, err) : rc;
}

static bool read_label(const struct yh_rows *r, struct yh_arena *a, void *out)
{
	struct yh_ledger_label *l = out;

	return yh_col_keep(r, a, 0, &l->procedure) && yh_col_keep(r, a, 1, &l->label);
}

enum yh_rc yh_ledger_labels(struct yh_tx *tx, const struct yh_id *id, struct yh_arena *arena,
			    struct yh_ledger_label **out, size_t *n, struct yh_err *err)
{
	struct yh_rows *rows;
	enum yh_rc rc = yh_query(tx, err, &rows,
				 "SELECT DISTINCT c.procedure_name, c.label FROM ledger_version v"
				 " JOIN case_file c ON c.id = v.case_id WHERE v.record = $1 ORDER"
				 " BY c.procedure_name, c.label",
				 YH_ID(id));

	return rc == YH_OK ? yh_read_all(rows, arena, read_label, sizeof **out, out, n, err) : rc;
}

static bool read_id(const struct yh_rows *r, struct yh_arena *a, void *out)
{
	(void)a;
	*(struct yh_id *)out = yh_col_id(r, 0);
	return true;
}

enum yh_rc yh_ledger_of_case(struct yh_tx *tx, const struct yh_id *case_id, struct yh_arena *arena,
			     struct yh_id **out, size_t *n, struct yh_err *err)
{
	struct yh_rows *rows;
	enum yh_rc rc = yh_query(tx, err, &rows,
				 "SELECT DISTINCT record FROM ledger_version WHERE case_id = $1"
				 " ORDER BY record",
				 YH_ID(case_id));

	return rc == YH_OK ? yh_read_all(rows, arena, read_id, sizeof **out, out, n, err) : rc;
}

static bool read_tally(const struct yh_rows *r, struct yh_arena *a, void *out)
{
	struct yh_ledger_tally *t = out;

	(void)a;
	YH_COL_COPY(r, 0, t->reg);
	t->n = yh_col_i64(r, 1);
	t->holding = yh_col_i64(r, 2);
	return true;
}

enum yh_rc yh_ledger_tally(struct yh_tx *tx, const struct yh_ledger_viewer *who,
			   struct yh_arena *arena, struct yh_ledger_tally **out, size_t *n,
			   struct yh_err *err)
{
	struct yh_rows *rows;
	enum yh_rc rc = yh_query(
		tx, err, &rows,
		YH_SQL_MINE "SELECT r.register, COUNT(*), SUM(1 - r.final) FROM ledger r LEFT JOIN"
			    " org u ON u.id = r.org WHERE " SEES "GROUP BY r.register",
		WHO(who));

	return rc == YH_OK ? yh_read_all(rows, arena, read_tally, sizeof **out, out, n, err) : rc;
}
