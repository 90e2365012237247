/* Cases across the districts' link. */
#include "store/case_abroad.h"

#include <stdio.h>

#include "store/read.h"

enum yh_rc yh_cloud_at_city(struct yh_tx *tx, const struct yh_id *cloud, bool *at_city,
			    struct yh_err *err)
{
	struct yh_rows *rows;
	enum yh_rc rc = yh_query(tx, err, &rows,
				 "SELECT 1 FROM link_peer WHERE state = 'active' AND city = 1 AND"
				 " cloud = $1",
				 YH_ID(cloud));

	*at_city = false;
	return rc == YH_OK ? yh_read_any(rows, at_city, err) : rc;
}

#define LINK_COLUMNS                                                                               \
	"no, peer, case_id, filed_here, acts, acts_done, priors, at, problem, told, carried_at, "  \
	"form"

static bool read_link(const struct yh_rows *r, struct yh_arena *a, void *out)
{
	struct yh_case_link_row *l = out;

	*l = (struct yh_case_link_row){ .peer = yh_col_id(r, 1),
					.case_id = yh_col_id(r, 2),
					.filed_here = yh_col_i64(r, 3) != 0,
					.acts = yh_col_i64(r, 4),
					.acts_done = yh_col_i64(r, 5),
					.priors = yh_col_i64(r, 6),
					.at = yh_col_i64(r, 7),
					.carried_at = yh_col_i64(r, 10) };
	YH_COL_COPY(r, 0, l->no);
	return yh_col_keep(r, a, 8, &l->problem) && yh_col_keep(r, a, 9, &l->told) &&
	       yh_col_keep(r, a, 11, &l->form);
}

enum yh_rc yh_case_link_put(struct yh_tx *tx, const struct yh_case_link_row *l, struct yh_err *err)
{
	return yh_exec(tx, err,
		       "INSERT INTO case_link (" LINK_COLUMNS ") VALUES ($1, $2, $3, $4, $5, $6,"
		       " $7, $8, $9, $10, $11, $12) ON CONFLICT (no) DO UPDATE SET peer = $2, "
		       "case_id = $3,"
		       " filed_here = $4, acts = $5, acts_done = $6, priors = $7, at = $8, problem"
		       " = $9, told = $10, carried_at = $11, form = $12",
		       YH_T(l->no), YH_ID0(&l->peer), YH_ID0(&l->case_id), YH_I(l->filed_here),
		       YH_I(l->acts), YH_I(l->acts_done), YH_I(l->priors), YH_I(l->at),
		       YH_T(l->problem), YH_T(l->told), YH_I(l->carried_at), YH_T(l->form));
}

/* The first row, if there is one. */
static enum yh_rc read_found(struct yh_rows *rows, struct yh_arena *arena, yh_read_fn read,
			     void *out, bool *found, struct yh_err *err)
{
	struct yh_err why = { 0 };
	enum yh_rc rc = yh_read_one(rows, arena, read, out, "case-unknown", &why);

	*found = rc == YH_OK;
	if (rc == YH_OK || rc == YH_NOT_FOUND)
		return YH_OK;
	if (err && err->rc == YH_OK)
		*err = why;
	return rc;
}

enum yh_rc yh_case_link_load(struct yh_tx *tx, const char *no, struct yh_arena *arena,
			     struct yh_case_link_row *out, bool *found, struct yh_err *err)
{
	struct yh_rows *rows;
	enum yh_rc rc = yh_query(tx, err, &rows,
				 "SELECT " LINK_COLUMNS " FROM case_link WHERE no = $1", YH_T(no));

	return rc == YH_OK ? read_found(rows, arena, read_link, out, found, err) : rc;
}

enum yh_rc yh_case_link_of(struct yh_tx *tx, const struct yh_id *case_id, struct yh_arena *arena,
			   struct yh_case_link_row *out, bool *found, struct yh_err *err)
{
	struct yh_rows *rows;
	enum yh_rc rc = yh_query(tx, err, &rows,
				 "SELECT " LINK_COLUMNS " FROM case_link WHERE case_id = $1",
				 YH_ID(case_id));

	return rc == YH_OK ? read_found(rows, arena, read_link, out, found, err) : rc;
}

enum yh_rc yh_case_links_move(struct yh_tx *tx, const struct yh_id *cloud, const struct yh_id *to,
			      struct yh_err *err)
{
	return yh_exec(tx, err,
		       "UPDATE case_link SET peer = $1 WHERE peer IN (SELECT id FROM link_peer"
		       " WHERE cloud = $2 AND city = 0)",
		       YH_ID(to), YH_ID(cloud));
}

#define ACT_COLUMNS "doc_key, no, seq, body, problem, at"

static bool read_act(const struct yh_rows *r, struct yh_arena *a, void *out)
{
	struct yh_case_act_row *t = out;

	*t = (struct yh_case_act_row){ .seq = yh_col_i64(r, 2), .at = yh_col_i64(r, 5) };
	YH_COL_COPY(r, 0, t->key);
	YH_COL_COPY(r, 1, t->no);
	return yh_col_keep(r, a, 3, &t->body) && yh_col_keep(r, a, 4, &t->problem);
}

void yh_case_act_key(const char *no, int64_t seq, char out[YH_CASE_DOC_KEY])
{
	(void)snprintf(out, YH_CASE_DOC_KEY, "%.39s/%06lld", no, (long long)seq);
}

enum yh_rc yh_case_act_insert(struct yh_tx *tx, const struct yh_case_act_row *t, struct yh_err *err)
{
	return yh_exec(tx, err,
		       "INSERT INTO case_act (" ACT_COLUMNS ") VALUES ($1, $2, $3, $4, $5, $6)",
		       YH_T(t->key), YH_T(t->no), YH_I(t->seq), YH_T(t->body), YH_T(t->problem),
		       YH_I(t->at));
}

enum yh_rc yh_case_act_load(struct yh_tx *tx, const char *key, struct yh_arena *arena,
			    struct yh_case_act_row *out, bool *found, struct yh_err *err)
{
	struct yh_rows *rows;
	enum yh_rc rc =
		yh_query(tx, err, &rows, "SELECT " ACT_COLUMNS " FROM case_act WHERE doc_key = $1",
			 YH_T(key));

	return rc == YH_OK ? read_found(rows, arena, read_act, out, found, err) : rc;
}

enum yh_rc yh_case_acts(struct yh_tx *tx, const char *no, struct yh_arena *arena,
			struct yh_case_act_row **out, size_t *n, struct yh_err *err)
{
	struct yh_rows *rows;
	enum yh_rc rc = yh_query(tx, err, &rows,
				 "SELECT " ACT_COLUMNS " FROM case_act WHERE no = $1 ORDER BY seq",
				 YH_T(no));

	return rc == YH_OK ? yh_read_all(rows, arena, read_act, sizeof **out, out, n, err) : rc;
}

enum yh_rc yh_case_act_refused(struct yh_tx *tx, const char *no, int64_t seq, const char *problem,
			       struct yh_err *err)
{
	return yh_exec(tx, err, "UPDATE case_act SET problem = $1 WHERE no = $2 AND seq = $3",
		       YH_T(problem), YH_T(no), YH_I(seq));
}

static bool read_key(const struct yh_rows *r, struct yh_arena *a, void *out)
{
	return yh_col_keep(r, a, 0, out);
}

static enum yh_rc read_keys(struct yh_rows *rows, struct yh_arena *arena, const char ***out,
			    size_t *count, struct yh_err *err)
{
	return yh_read_all(rows, arena, read_key, sizeof **out, out, count, err);
}

enum yh_rc yh_case_keys_up(struct yh_tx *tx, const char *after, size_t n, struct yh_arena *arena,
			   const char ***out, size_t *count, struct yh_err *err)
{
	struct yh_rows *rows;
	enum yh_rc rc =
		yh_query(tx, err, &rows,
			 "SELECT k.doc_key FROM (SELECT no AS doc_key FROM case_link WHERE"
			 " filed_here = 1 AND no > $1 UNION ALL SELECT doc_key FROM case_act WHERE"
			 " doc_key > $1) k ORDER BY k.doc_key LIMIT $2",
			 YH_T(after), YH_I(n));

	return rc == YH_OK ? read_keys(rows, arena, out, count, err) : rc;
}

/* Each arm walks on by its index of numbers, so that all pages together read every row once. */
enum yh_rc yh_case_keys_down(struct yh_tx *tx, const struct yh_id *peer, const char *district,
			     const struct yh_id *cloud, const char *after, size_t n,
			     struct yh_arena *arena, const char ***out, size_t *count,
			     struct yh_err *err)
{
	struct yh_rows *rows;
	enum yh_rc rc =
		yh_query(tx, err, &rows,
			 "SELECT k.no FROM (SELECT no FROM (SELECT c.no FROM case_file c"
			 " WHERE c.no > $3 AND c.cloud <> $2 AND (SELECT u.district FROM"
			 " org u WHERE u.id = c.unit) = $1 ORDER BY c.no LIMIT $5) f UNION"
			 " SELECT no FROM (SELECT no FROM case_link WHERE peer = $4 AND no >"
			 " $3 ORDER BY no LIMIT $5) l) k ORDER BY k.no LIMIT $5",
			 YH_T(district), YH_ID(cloud), YH_T(after), YH_ID(peer), YH_I(n));

	return rc == YH_OK ? read_keys(rows, arena, out, count, err) : rc;
}

enum yh_rc yh_case_keys_down_of(struct yh_tx *tx, const struct yh_id *resource,
				const char *district, const struct yh_id *cloud,
				struct yh_arena *arena, const char ***out, size_t *count,
				struct yh_err *err)
{
	struct yh_rows *rows;
	enum yh_rc rc = yh_query(tx, err, &rows,
				 "SELECT c.no FROM case_resource r JOIN case_file c ON c.id ="
				 " r.case_id JOIN org u ON u.id = c.unit WHERE r.resource = $1 AND"
				 " u.district = $2 AND c.cloud <> $3 ORDER BY c.no",
				 YH_ID(resource), YH_T(district), YH_ID(cloud));

	return rc == YH_OK ? read_keys(rows, arena, out, count, err) : rc;
}

enum yh_rc yh_case_turned_away(struct yh_tx *tx, const struct yh_id *peer, yh_time at,
			       struct yh_arena *arena, const char ***out, size_t *count,
			       struct yh_err *err)
{
	struct yh_rows *rows;
	enum yh_rc rc = yh_query(tx, err, &rows,
				 "SELECT no FROM case_link WHERE peer = $1 AND case_id IS NULL AND"
				 " carried_at = $2 ORDER BY no",
				 YH_ID(peer), YH_I(at));

	return rc == YH_OK ? read_keys(rows, arena, out, count, err) : rc;
}

enum yh_rc yh_step_reopen(struct yh_tx *tx, const struct yh_id *id, struct yh_err *err)
{
	return yh_exec(tx, err,
		       "UPDATE case_step SET closed_at = NULL, outcome = '', closed_by = NULL,"
		       " reason = '' WHERE id = $1",
		       YH_ID(id));
}
