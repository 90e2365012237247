/* Cases and their numbers. */
#include "store/case_file.h"

#include <stdio.h>

#include <string.h>

#include "store/read.h"

#define CASE_COLUMNS                                                                               \
	"id, no, procedure_name, pack, cloud, unit, filer, filer_role, project, subject, "         \
	"provider, about_case, title, state, form, filed_at, returned_times, effected, "           \
	"answer_due, ended_at, changed_at, version, filer_org, started_by, abroad, label"

static bool read_case(const struct yh_rows *r, struct yh_arena *a, void *out)
{
	struct yh_case_row *c = out;

	*c = (struct yh_case_row){ .id = yh_col_id(r, 0),
				   .cloud = yh_col_id(r, 4),
				   .unit = yh_col_id(r, 5),
				   .filer = yh_col_id(r, 6),
				   .project = yh_col_id(r, 8),
				   .subject = yh_col_id(r, 9),
				   .provider = yh_col_id(r, 10),
				   .about_case = yh_col_id(r, 11),
				   .title = yh_arena_strdup(a, yh_col_text(r, 12)),
				   .form = yh_arena_strdup(a, yh_col_text(r, 14)),
				   .filed_at = yh_col_i64(r, 15),
				   .returned_times = yh_col_i64(r, 16),
				   .effected = yh_col_i64(r, 17) != 0,
				   .answer_due = yh_col_day(r, 18),
				   .ended_at = yh_col_i64(r, 19),
				   .changed_at = yh_col_i64(r, 20),
				   .version = yh_col_i64(r, 21),
				   .filer_org = yh_col_id(r, yh_col_null(r, 22) ? 5 : 22),
				   .abroad = (enum yh_case_abroad)yh_col_i64(r, 24) };
	YH_COL_FIXED(r, 3, c->pack.b);
	YH_COL_COPY(r, 1, c->no);
	YH_COL_COPY(r, 2, c->procedure);
	YH_COL_COPY(r, 7, c->filer_role);
	YH_COL_COPY(r, 13, c->state);
	YH_COL_COPY(r, 23, c->started_by);
	YH_COL_COPY(r, 25, c->label);
	return c->title && c->form;
}

enum yh_rc yh_case_insert(struct yh_tx *tx, const struct yh_case_row *c, struct yh_err *err)
{
	return yh_exec(tx, err,
		       "INSERT INTO case_file (" CASE_COLUMNS ") VALUES ($1, $2, $3, $4, $5, $6,"
		       " $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, NULL, $20,"
		       " $21, $22, $23, $24, $25)",
		       YH_ID(&c->id), YH_T(c->no), YH_T(c->procedure),
		       YH_B(c->pack.b, sizeof c->pack.b), YH_ID(&c->cloud), YH_ID(&c->unit),
		       YH_ID(&c->filer), YH_T(c->filer_role), YH_ID0(&c->project),
		       YH_ID0(&c->subject), YH_ID0(&c->provider), YH_ID0(&c->about_case),
		       YH_T(c->title), YH_T(c->state), YH_T(c->form), YH_I(c->filed_at),
		       YH_I(c->returned_times), YH_I(c->effected), YH_DAY0(c->answer_due),
		       YH_I(c->changed_at), YH_I(c->version), YH_ID(&c->filer_org),
		       YH_T(c->started_by), YH_I(c->abroad), YH_T(c->label));
}

enum yh_rc yh_case_load(struct yh_tx *tx, const struct yh_id *id, struct yh_arena *arena,
			struct yh_case_row *out, struct yh_err *err)
{
	struct yh_rows *rows;
	enum yh_rc rc = yh_query(tx, err, &rows,
				 "SELECT " CASE_COLUMNS " FROM case_file WHERE id = $1", YH_ID(id));

	return rc == YH_OK ? yh_read_one(rows, arena, read_case, out, "case-unknown", err) : rc;
}

enum yh_rc yh_case_id_by_no(struct yh_tx *tx, const char *no, struct yh_id *out, struct yh_err *err)
{
	struct yh_rows *rows;
	enum yh_rc rc =
		yh_query(tx, err, &rows, "SELECT id FROM case_file WHERE no = $1", YH_T(no));

	return rc == YH_OK ? yh_read_id(rows, out, "case-unknown", err) : rc;
}

enum yh_rc yh_case_update(struct yh_tx *tx, struct yh_case_row *c, struct yh_err *err)
{
	c->version++;
	return yh_exec(tx, err,
		       "UPDATE case_file SET provider = $1, title = $2, state = $3, form = $4,"
		       " returned_times = $5, effected = $6, answer_due = $7, ended_at = $8,"
		       " changed_at = $9, version = $10, abroad = $11 WHERE id = $12",
		       YH_ID0(&c->provider), YH_T(c->title), YH_T(c->state), YH_T(c->form),
		       YH_I(c->returned_times), YH_I(c->effected), YH_DAY0(c->answer_due),
		       c->ended_at ? YH_I(c->ended_at) : YH_NUL, YH_I(c->changed_at),
		       YH_I(c->version), YH_I(c->abroad), YH_ID(&c->id));
}

enum yh_rc yh_case_relabel(struct yh_tx *tx, struct yh_case_row *c, struct yh_err *err)
{
	c->version++;
	return yh_exec(tx, err,
		       "UPDATE case_file SET label = $1, changed_at = $2, version = $3 WHERE id ="
		       " $4",
		       YH_T(c->label), YH_I(c->changed_at), YH_I(c->version), YH_ID(&c->id));
}

static enum yh_rc count(struct yh_tx *tx, const char *sql, const char *name, bool *counted,
			int64_t *out, struct yh_err *err)
{
	struct yh_rows *rows;
	enum yh_rc rc = yh_query(tx, err, &rows, sql, YH_T(name));

	if (rc != YH_OK)
		return rc;
	/* a running number is never 0 */
	rc = yh_read_i64(rows, out, err);
	*counted = *out != 0;
	return rc;
}

/* A row that is there, as it is but once a year, is counted on without the dearer upsert. */
enum yh_rc yh_counter_next(struct yh_tx *tx, const char *name, int64_t *out, struct yh_err *err)
{
	bool counted;
	enum yh_rc rc = count(tx,
			      "UPDATE counter SET value = value + 1 WHERE name = $1 RETURNING"
			      " value",
			      name, &counted, out, err);

	if (rc != YH_OK || counted)
		return rc;
	return count(tx,
		     "INSERT INTO counter (name, value) VALUES ($1, 1) ON CONFLICT (name) DO"
		     " UPDATE SET value = counter.value + 1 RETURNING value",
		     name, &counted, out, err);
}

enum yh_rc yh_number_next(struct yh_tx *tx, const char *cloud, int year, const char *code,
			  char out[YH_NUMBER_TEXT], struct yh_err *err)
{
	char name[32];
	int64_t n;
	enum yh_rc rc;

	if (year)
		(void)snprintf(name, sizeof name, "%.12s-%d-%.6s", cloud, year, code);
	else
		(void)snprintf(name, sizeof name, "%.12s-%.6s", cloud, code);
	rc = yh_counter_next(tx, name, &n, err);
	if (rc == YH_OK)
		(void)snprintf(out, YH_NUMBER_TEXT, "%s-%06lld", name, (long long)n);
	return rc;
}

enum yh_rc yh_case_add_resource(struct yh_tx *tx, const struct yh_id *case_id,
				const struct yh_id *resource, struct yh_err *err)
{
	return yh_exec(tx, err,
		       "INSERT INTO case_resource (case_id, resource) VALUES ($1, $2) ON CONFLICT"
		       " (case_id, resource) DO NOTHING",
		       YH_ID(case_id), YH_ID(resource));
}

enum yh_rc yh_case_drop_resource(struct yh_tx *tx, const struct yh_id *case_id,
				 const struct yh_id *resource, bool *was, int64_t *left,
				 struct yh_err *err)
{
	struct yh_rows *rows;
	int64_t n;
	enum yh_rc rc = yh_exec_n(tx, err, &n,
				  "DELETE FROM case_resource WHERE case_id = $1 AND resource = $2",
				  YH_ID(case_id), YH_ID(resource));

	*was = n > 0;
	if (rc == YH_OK)
		rc = yh_query(tx, err, &rows,
			      "SELECT count(*) FROM case_resource WHERE case_id = $1",
			      YH_ID(case_id));
	return rc == YH_OK ? yh_read_i64(rows, left, err) : rc;
}

enum yh_rc yh_case_actor_add(struct yh_tx *tx, const struct yh_id *case_id,
			     const struct yh_id *person, const char *side, struct yh_err *err)
{
	return yh_exec(tx, err,
		       "INSERT INTO case_actor (case_id, person, side) VALUES ($1, $2, $3) ON"
		       " CONFLICT (case_id, person, side) DO NOTHING",
		       YH_ID(case_id), YH_ID(person), YH_T(side));
}

enum yh_rc yh_case_actor_is(struct yh_tx *tx, const struct yh_id *case_id,
			    const struct yh_id *person, const char *side, bool *is,
			    struct yh_err *err)
{
	struct yh_rows *rows;
	enum yh_rc rc = yh_query(tx, err, &rows,
				 "SELECT 1 FROM case_actor WHERE case_id = $1 AND person = $2 AND"
				 " side = $3",
				 YH_ID(case_id), YH_ID(person), YH_T(side));

	*is = false;
	return rc == YH_OK ? yh_read_any(rows, is, err) : rc;
}
