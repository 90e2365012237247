/* What has changed lately and whom it concerns. */
#include "store/pulse.h"

#include "store/read.h"

static bool read_change(const struct yh_rows *r, struct yh_arena *a, void *out)
{
	struct yh_change_row *c = out;

	*c = (struct yh_change_row){ .pos = yh_col_i64(r, 0),
				     .at = yh_col_i64(r, 1),
				     .case_id = yh_col_id(r, 6),
				     .unit = yh_col_id(r, 7),
				     .filer_org = yh_col_id(r, 8),
				     .sponsor = yh_col_id(r, 9),
				     .cloud = yh_col_id(r, 10),
				     .provider = yh_col_id(r, 11) };
	YH_COL_COPY(r, 12, c->district);
	return yh_col_keep(r, a, 2, &c->kind) && yh_col_keep(r, a, 3, &c->role) &&
	       yh_col_keep(r, a, 4, &c->org_name) && yh_col_keep(r, a, 5, &c->outcome) &&
	       yh_col_keep(r, a, 13, &c->no) && yh_col_keep(r, a, 14, &c->procedure) &&
	       yh_col_keep(r, a, 15, &c->title) && yh_col_keep(r, a, 16, &c->label);
}

enum yh_rc yh_changes(struct yh_tx *tx, int64_t after, uint32_t limit, struct yh_arena *arena,
		      struct yh_change_row **out, size_t *n, struct yh_err *err)
{
	struct yh_rows *rows;
	enum yh_rc rc = yh_query(
		tx, err, &rows,
		"SELECT e.pos, e.at, e.kind, e.role, o.name, e.outcome, c.id, c.unit,"
		" c.filer_org, u.sponsor, c.cloud, CASE WHEN c.subject IS NOT NULL THEN"
		" c.provider END, u.district, c.no, c.procedure_name, c.title, c.label FROM event e"
		" LEFT JOIN org o ON o.id = e.org LEFT JOIN case_file c ON c.id ="
		" e.case_id LEFT JOIN org u ON u.id = c.unit WHERE e.pos > $1 ORDER BY"
		" e.pos LIMIT $2",
		YH_I(after), YH_I(limit));

	return rc == YH_OK ? yh_read_all(rows, arena, read_change, sizeof **out, out, n, err) : rc;
}

static bool read_party(const struct yh_rows *r, struct yh_arena *a, void *out)
{
	struct yh_party_row *p = out;

	(void)a;
	YH_COL_COPY(r, 0, p->role);
	p->org = yh_col_id(r, 1);
	p->of_step = yh_col_i64(r, 2) != 0;
	return true;
}

enum yh_rc yh_change_parties(struct yh_tx *tx, const struct yh_id *case_id,
			     const struct yh_id *cloud, struct yh_arena *arena,
			     struct yh_party_row **out, size_t *n, struct yh_err *err)
{
	struct yh_rows *rows;
	enum yh_rc rc = yh_query(tx, err, &rows,
				 "SELECT role, org, 1 FROM case_step WHERE case_id = $1 AND org IS"
				 " NOT NULL UNION SELECT role, org, 0 FROM cloud_body WHERE cloud ="
				 " $2",
				 YH_ID(case_id), YH_ID(cloud));

	return rc == YH_OK ? yh_read_all(rows, arena, read_party, sizeof **out, out, n, err) : rc;
}

static bool read_notice(const struct yh_rows *r, struct yh_arena *a, void *out)
{
	struct yh_notice_for *f = out;

	(void)a;
	f->id = yh_col_id(r, 0);
	f->org = yh_col_id(r, 1);
	YH_COL_COPY(r, 2, f->role);
	return true;
}

enum yh_rc yh_notices_since(struct yh_tx *tx, const struct yh_id *floor, uint32_t limit,
			    struct yh_arena *arena, struct yh_notice_for **out, size_t *n,
			    struct yh_err *err)
{
	struct yh_rows *rows;
	enum yh_rc rc = yh_query(tx, err, &rows,
				 "SELECT id, org, role FROM notice WHERE id > $1 ORDER BY id LIMIT"
				 " $2",
				 YH_ID(floor), YH_I(limit));

	return rc == YH_OK ? yh_read_all(rows, arena, read_notice, sizeof **out, out, n, err) : rc;
}

struct yh_id yh_id_floor(yh_time t)
{
	uint64_t ms = t > 0 ? (uint64_t)t / 1000 : 0;
	struct yh_id id = { { 0 } };

	for (int i = 0; i < 6; i++)
		id.b[i] = (unsigned char)(ms >> (40 - 8 * i));
	return id;
}
