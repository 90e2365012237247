/* What was observed about agents. */
#include "store/agent.h"

#include <string.h>

#include "store/columns.h"
#include "store/elsewhere.h"

enum yh_rc yh_observation_insert(struct yh_tx *tx, const struct yh_observation_row *o,
				 bool *inserted, struct yh_err *err)
{
	int64_t changed;
	enum yh_rc rc = yh_exec_n(
		tx, err, &changed,
		"INSERT INTO observation (id, kind, resource, agent, from_at, to_at, noticed_at,"
		" evidence, evidence_digest, closing) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9,"
		" '') ON CONFLICT DO NOTHING",
		YH_ID(&o->id), YH_T(o->kind), YH_ID(&o->resource), YH_ID0(&o->agent),
		YH_I(o->from_at), o->to_at ? YH_I(o->to_at) : YH_NUL, YH_I(o->noticed_at),
		YH_T(o->evidence), YH_B(o->evidence_digest.b, sizeof o->evidence_digest.b));

	*inserted = rc == YH_OK && changed > 0;
	return rc;
}

enum yh_rc yh_observation_close(struct yh_tx *tx, const struct yh_id *agent, const char *kind,
				yh_time at, const char *closing, struct yh_id *id,
				struct yh_err *err)
{
	struct yh_rows *rows;
	enum yh_rc rc = yh_query(tx, err, &rows,
				 "SELECT id FROM observation WHERE agent = $1 AND kind = $2 AND"
				 " to_at IS NULL",
				 YH_ID(agent), YH_T(kind));

	*id = (struct yh_id){ 0 };
	if (rc != YH_OK)
		return rc;
	if (yh_rows_next(rows))
		*id = yh_col_id(rows, 0);
	rc = yh_rows_end(rows, err);
	if (rc != YH_OK || yh_id_is_zero(id))
		return rc;
	return yh_observation_end(tx, id, at, closing, err);
}

enum yh_rc yh_observation_end(struct yh_tx *tx, const struct yh_id *id, yh_time at,
			      const char *closing, struct yh_err *err)
{
	return yh_exec(tx, err, "UPDATE observation SET to_at = $1, closing = $2 WHERE id = $3",
		       YH_I(at), YH_T(closing), YH_ID(id));
}

enum yh_rc yh_observation_end_others(struct yh_tx *tx, const struct yh_id *resource,
				     const struct yh_id *but, yh_time at, const char *closing,
				     struct yh_err *err)
{
	return yh_exec(tx, err,
		       "UPDATE observation SET to_at = $1, closing = $2 WHERE resource = $3 AND"
		       " (agent IS NULL OR agent <> $4) AND to_at IS NULL",
		       YH_I(at), YH_T(closing), YH_ID(resource), YH_ID(but));
}

enum yh_rc yh_observation_open_each(struct yh_tx *tx, yh_observation_visit_fn visit, void *arg,
				    struct yh_err *err)
{
	struct yh_rows *rows;
	enum yh_rc rc = yh_query(
		tx, err, &rows,
		"SELECT agent, kind FROM observation WHERE to_at IS NULL AND agent IS NOT NULL");

	if (rc != YH_OK)
		return rc;
	while (yh_rows_next(rows)) {
		struct yh_id agent = yh_col_id(rows, 0);

		visit(arg, &agent, yh_col_text(rows, 1));
	}
	return yh_rows_end(rows, err);
}

enum yh_rc yh_carrier_each(struct yh_tx *tx, const struct yh_id *after,
			   const char *const dims[YH_CARRIER_DIMS], uint32_t limit,
			   yh_carrier_fn visit, void *arg, size_t *n, struct yh_err *err)
{
	struct yh_rows *rows;
	int64_t wanted = 0;
	enum yh_rc rc;

	*n = 0;
	for (size_t i = 0; i < YH_CARRIER_DIMS; i++)
		wanted += dims[i][0] != 0;
	rc = yh_query(
		tx, err, &rows,
		"SELECT r.id, r.no, r.state, r.opened_at, (SELECT COUNT(*) FROM item_dim d"
		" WHERE d.item = r.item AND d.qty_milli > 0 AND d.dim IN ($1, $2, $3, $4)),"
		" (SELECT COUNT(*) FROM agent a WHERE a.resource = r.id AND a.revoked_at IS"
		" NULL), (SELECT MAX(a.revoked_at) FROM agent a WHERE a.resource = r.id),"
		" o.id FROM resource r LEFT JOIN observation o ON o.resource = r.id AND"
		" o.agent IS NULL AND o.to_at IS NULL WHERE r.id > $5 AND NOT " YH_SQL_ELSEWHERE(
			"r.cloud") " ORDER BY r.id LIMIT $6",
		YH_T(dims[0]), YH_T(dims[1]), YH_T(dims[2]), YH_T(dims[3]), YH_ID(after),
		YH_I(limit));
	if (rc != YH_OK)
		return rc;
	for (; yh_rows_next(rows); ++*n) {
		struct yh_carrier c = { .resource = yh_col_id(rows, 0),
					.open = yh_col_id(rows, 7),
					.running = strcmp(yh_col_text(rows, 2), "running") == 0,
					.opened_at = yh_col_i64(rows, 3),
					.carries = wanted > 0 && yh_col_i64(rows, 4) == wanted,
					.watched = yh_col_i64(rows, 5) > 0,
					.revoked_at = yh_col_i64(rows, 6) };

		YH_COL_COPY(rows, 1, c.no);
		visit(arg, &c);
	}
	return yh_rows_end(rows, err);
}

static bool read_observation(const struct yh_rows *r, struct yh_arena *arena, void *out)
{
	struct yh_observation_row *o = out;

	*o = (struct yh_observation_row){
		.id = yh_col_id(r, 0),
		.resource = yh_col_id(r, 2),
		.agent = yh_col_id(r, 3),
		.from_at = yh_col_i64(r, 4),
		.to_at = yh_col_i64(r, 5),
		.noticed_at = yh_col_i64(r, 6),
		.evidence = yh_arena_strdup(arena, yh_col_text(r, 7)),
		.closing = yh_arena_strdup(arena, yh_col_text(r, 9)),
	};
	YH_COL_COPY(r, 1, o->kind);
	YH_COL_FIXED(r, 8, o->evidence_digest.b);
	YH_COL_COPY(r, 10, o->resource_no);
	return o->evidence && o->closing;
}

/* The resources that somebody sees who sees neither clouds nor districts, found by indexes: at
 * least those that YH_SQL_SEES_PROJECT says so of below. */
#define OWN_RESOURCES                                                                              \
	"SELECT x.id FROM resource x WHERE x.project IN (" YH_SQL_OWN_PROJECTS ") UNION SELECT"    \
	" x.id FROM resource x WHERE x.unit IN (SELECT w.id FROM org w WHERE w.sponsor IN (SELECT" \
	" org FROM mine WHERE role = 'sponsor'))"
#define FEW_RESOURCES(n) "SELECT id FROM (" OWN_RESOURCES ") t LIMIT " n
enum { FEW = 5000 };

#define OBSERVATIONS(what)                                                                         \
	YH_SQL_MINE                                                                                \
	"SELECT o.id, o.kind, o.resource, o.agent, o.from_at, o.to_at, o.noticed_at, o.evidence,"  \
	" o.evidence_digest, o.closing, r.no FROM observation o JOIN resource r ON r.id ="         \
	" o.resource JOIN project p ON p.id = r.project JOIN org u ON u.id = r.unit WHERE " what   \
	" AND ($6 = 1 OR o.id < $7) AND ($8 = 1 OR r.unit = $9) AND ($10 = 1 OR r.cloud = $11)"    \
	" AND ($12 = 1 OR r.id = $13) AND ($14 = 1 OR o.agent = $15) AND ($16 = '' OR o.kind ="    \
	" $16) AND ($17 = 0 OR o.to_at IS NULL) AND " YH_SQL_SEES_PROJECT                          \
	"ORDER BY o.id DESC LIMIT $18"

enum yh_rc yh_observation_page(struct yh_tx *tx, const struct yh_viewer *who,
			       const struct yh_observation_filter *f, struct yh_arena *arena,
			       struct yh_observation_row **out, size_t *n, struct yh_err *err)
{
	static const char *const texts[2] = {
		OBSERVATIONS("1 = 1"), OBSERVATIONS("o.resource IN (" FEW_RESOURCES("$19") ")")
	};
	struct yh_rows *rows;
	int64_t own;
	enum yh_rc rc = yh_viewer_own(
		tx, who, YH_SQL_MINE "SELECT COUNT(*) FROM (" FEW_RESOURCES("$3") ") l", FEW, &own,
		err);
	const struct yh_arg args[] = {
		YH_ID(&who->person), YH_I(who->today),
		YH_I(who->any),      YH_I(who->cloud),
		YH_I(who->district), YH_I(yh_id_is_zero(&f->after)),
		YH_ID(&f->after),    YH_I(yh_id_is_zero(&f->unit)),
		YH_ID(&f->unit),     YH_I(yh_id_is_zero(&f->cloud)),
		YH_ID(&f->cloud),    YH_I(yh_id_is_zero(&f->resource)),
		YH_ID(&f->resource), YH_I(yh_id_is_zero(&f->agent)),
		YH_ID(&f->agent),    YH_T(f->kind),
		YH_I(f->open),       YH_I(f->limit),
		YH_I(own),
	};
	bool few = own != YH_MANY;

	if (rc == YH_OK)
		rc = yh_db_query(tx, err, &rows, texts[few], args,
				 sizeof args / sizeof args[0] - !few);
	return rc == YH_OK ? yh_read_all(rows, arena, read_observation, sizeof **out, out, n, err)
			   : rc;
}
