/* Agents and their codes. */
#include "store/agent.h"

#include <string.h>

#include "store/columns.h"

#define COLUMNS                                                                                    \
	"a.id, a.resource, a.secret, a.host, a.version, a.interval_s, a.binary_ok, a.config_ok,"   \
	" a.binary_seen, a.config_seen, a.enrolled_at, a.enrolled_by, a.revoked_at, a.revoked_as," \
	" a.changed_at, r.no, r.state"

static bool read_agent(const struct yh_rows *r, struct yh_arena *arena, void *out)
{
	struct yh_agent_row *a = out;
	const void *secret;

	(void)arena;
	*a = (struct yh_agent_row){
		.id = yh_col_id(r, 0),
		.resource = yh_col_id(r, 1),
		.interval_s = yh_col_i64(r, 5),
		.enrolled_at = yh_col_i64(r, 10),
		.enrolled_by = yh_col_id(r, 11),
		.revoked_at = yh_col_i64(r, 12),
		.changed_at = yh_col_i64(r, 14),
	};
	secret = yh_col_bytes(r, 2, &a->secret_n);
	if (a->secret_n > sizeof a->secret)
		a->secret_n = 0;
	memcpy(a->secret, secret, a->secret_n);
	YH_COL_COPY(r, 3, a->host);
	YH_COL_COPY(r, 4, a->version);
	YH_COL_FIXED(r, 6, a->binary_ok.b);
	YH_COL_FIXED(r, 7, a->config_ok.b);
	YH_COL_FIXED(r, 8, a->binary_seen.b);
	YH_COL_FIXED(r, 9, a->config_seen.b);
	YH_COL_COPY(r, 13, a->revoked_as);
	YH_COL_COPY(r, 15, a->resource_no);
	YH_COL_COPY(r, 16, a->resource_state);
	return true;
}

#define DIGEST(d) YH_B((d)->b, sizeof(d)->b)

enum yh_rc yh_agent_insert(struct yh_tx *tx, const struct yh_agent_row *a, struct yh_err *err)
{
	return yh_exec(tx, err,
		       "INSERT INTO agent (id, resource, secret, host, version, interval_s,"
		       " binary_ok, config_ok, binary_seen, config_seen, enrolled_at, enrolled_by,"
		       " revoked_as, changed_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $7, $8,"
		       " $9, $10, '', $9)",
		       YH_ID(&a->id), YH_ID(&a->resource), YH_B(a->secret, a->secret_n),
		       YH_T(a->host), YH_T(a->version), YH_I(a->interval_s), DIGEST(&a->binary_ok),
		       DIGEST(&a->config_ok), YH_I(a->enrolled_at), YH_ID(&a->enrolled_by));
}

enum yh_rc yh_agent_load(struct yh_tx *tx, const struct yh_id *id, struct yh_agent_row *out,
			 struct yh_err *err)
{
	struct yh_rows *rows;
	enum yh_rc rc = yh_query(tx, err, &rows,
				 "SELECT " COLUMNS " FROM agent a JOIN resource r ON r.id ="
				 " a.resource WHERE a.id = $1",
				 YH_ID(id));

	return rc == YH_OK ? yh_read_one(rows, NULL, read_agent, out, "agent-unknown", err) : rc;
}

enum yh_rc yh_agent_end_others(struct yh_tx *tx, const struct yh_id *resource,
			       const struct yh_id *but, yh_time at, int64_t *n, struct yh_err *err)
{
	return yh_exec_n(tx, err, n,
			 "UPDATE agent SET revoked_at = $1, revoked_as = 'replaced', changed_at ="
			 " $1 WHERE resource = $2 AND id <> $3 AND revoked_at IS NULL",
			 YH_I(at), YH_ID(resource), YH_ID(but));
}

enum yh_rc yh_agent_end(struct yh_tx *tx, const struct yh_id *id, const char *as, yh_time at,
			struct yh_err *err)
{
	return yh_exec(tx, err,
		       "UPDATE agent SET revoked_at = $1, revoked_as = $2, changed_at = $1 WHERE"
		       " id = $3 AND revoked_at IS NULL",
		       YH_I(at), YH_T(as), YH_ID(id));
}

enum yh_rc yh_agent_accept(struct yh_tx *tx, const struct yh_id *id, yh_time at, struct yh_err *err)
{
	return yh_exec(tx, err,
		       "UPDATE agent SET binary_ok = binary_seen, config_ok = config_seen,"
		       " changed_at = $1 WHERE id = $2",
		       YH_I(at), YH_ID(id));
}

enum yh_rc yh_agent_set_seen(struct yh_tx *tx, const struct yh_id *id, const struct yh_sm3 *binary,
			     const struct yh_sm3 *config, struct yh_err *err)
{
	return yh_exec(tx, err, "UPDATE agent SET binary_seen = $1, config_seen = $2 WHERE id = $3",
		       DIGEST(binary), DIGEST(config), YH_ID(id));
}

static enum yh_rc visit_all(struct yh_rows *rows, yh_agent_visit_fn visit, void *arg,
			    struct yh_err *err)
{
	struct yh_agent_row a;

	while (yh_rows_next(rows)) {
		(void)read_agent(rows, NULL, &a);
		if (!visit(arg, &a))
			break;
	}
	return yh_rows_end(rows, err);
}

enum yh_rc yh_agent_each(struct yh_tx *tx, yh_time since, yh_agent_visit_fn visit, void *arg,
			 struct yh_err *err)
{
	struct yh_rows *rows;
	enum yh_rc rc = yh_query(tx, err, &rows,
				 "SELECT " COLUMNS " FROM agent a JOIN resource r ON r.id ="
				 " a.resource WHERE a.changed_at >= $1 AND ($1 > 0 OR a.revoked_at"
				 " IS NULL)",
				 YH_I(since));

	return rc == YH_OK ? visit_all(rows, visit, arg, err) : rc;
}

enum yh_rc yh_agent_each_destroyed(struct yh_tx *tx, yh_time since, yh_agent_visit_fn visit,
				   void *arg, struct yh_err *err)
{
	struct yh_rows *rows;
	enum yh_rc rc = yh_query(tx, err, &rows,
				 "SELECT " COLUMNS " FROM resource r JOIN agent a ON a.resource ="
				 " r.id WHERE r.destroyed_at >= $1 AND a.revoked_at IS NULL",
				 YH_I(since));

	return rc == YH_OK ? visit_all(rows, visit, arg, err) : rc;
}

enum yh_rc yh_agent_page(struct yh_tx *tx, const struct yh_viewer *who,
			 const struct yh_agent_filter *f, struct yh_arena *arena,
			 struct yh_agent_row **out, size_t *n, struct yh_err *err)
{
	struct yh_rows *rows;
	enum yh_rc rc = yh_query(
		tx, err, &rows,
		YH_SQL_MINE
		"SELECT " COLUMNS
		" FROM agent a JOIN resource r ON r.id = a.resource JOIN project p"
		" ON p.id = r.project JOIN org u ON u.id = r.unit WHERE ($6 = 1 OR a.id < $7) AND"
		" ($8 = 1 OR a.id = $9) AND ($10 = 1 OR r.unit = $11) AND ($12 = 1 OR r.cloud = "
		"$13)"
		" AND ($14 = 1 OR r.id = $15) AND ($16 = 1 OR a.revoked_at IS NULL) "
		"AND " YH_SQL_SEES_PROJECT "ORDER BY a.id DESC LIMIT $17",
		YH_ID(&who->person), YH_I(who->today), YH_I(who->any), YH_I(who->cloud),
		YH_I(who->district), YH_I(yh_id_is_zero(&f->after)), YH_ID(&f->after),
		YH_I(yh_id_is_zero(&f->id)), YH_ID(&f->id), YH_I(yh_id_is_zero(&f->unit)),
		YH_ID(&f->unit), YH_I(yh_id_is_zero(&f->cloud)), YH_ID(&f->cloud),
		YH_I(yh_id_is_zero(&f->resource)), YH_ID(&f->resource), YH_I(f->all),
		YH_I(f->limit));

	return rc == YH_OK ? yh_read_all(rows, arena, read_agent, sizeof **out, out, n, err) : rc;
}

enum yh_rc yh_agent_code_insert(struct yh_tx *tx, const struct yh_agent_code_row *c,
				struct yh_err *err)
{
	return yh_exec(tx, err,
		       "INSERT INTO agent_code (digest, resource, made_by, made_at, expires_at)"
		       " VALUES ($1, $2, $3, $4, $5)",
		       DIGEST(&c->digest), YH_ID(&c->resource), YH_ID(&c->made_by),
		       YH_I(c->made_at), YH_I(c->expires_at));
}

static bool read_code(const struct yh_rows *r, struct yh_arena *arena, void *out)
{
	struct yh_agent_code_row *c = out;

	(void)arena;
	*c = (struct yh_agent_code_row){
		.resource = yh_col_id(r, 1),
		.made_by = yh_col_id(r, 2),
		.made_at = yh_col_i64(r, 3),
		.expires_at = yh_col_i64(r, 4),
		.used_at = yh_col_i64(r, 5),
		.agent = yh_col_id(r, 7),
	};
	YH_COL_FIXED(r, 0, c->digest.b);
	YH_COL_FIXED(r, 6, c->request.b);
	return true;
}

enum yh_rc yh_agent_code_load(struct yh_tx *tx, const struct yh_sm3 *digest,
			      struct yh_agent_code_row *out, struct yh_err *err)
{
	struct yh_rows *rows;
	enum yh_rc rc = yh_query(tx, err, &rows,
				 "SELECT digest, resource, made_by, made_at, expires_at, used_at,"
				 " request, agent FROM agent_code WHERE digest = $1",
				 DIGEST(digest));

	return rc == YH_OK ? yh_read_one(rows, NULL, read_code, out, "agent-code-unknown", err)
			   : rc;
}

enum yh_rc yh_agent_code_use(struct yh_tx *tx, const struct yh_agent_code_row *c,
			     struct yh_err *err)
{
	int64_t changed;
	enum yh_rc rc = yh_exec_n(tx, err, &changed,
				  "UPDATE agent_code SET used_at = $1, request = $2, agent = $3"
				  " WHERE digest = $4 AND used_at IS NULL",
				  YH_I(c->used_at), DIGEST(&c->request), YH_ID(&c->agent),
				  DIGEST(&c->digest));

	if (rc == YH_OK && changed == 0)
		return yh_fail(err, YH_CONFLICT, "agent-code-used");
	return rc;
}
