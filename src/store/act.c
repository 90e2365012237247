/* Acts that one administrator asked for and another answers. */
#include "store/act.h"

#include "store/read.h"
#include "store/sealed.h"

#define COLUMNS                                                                                    \
	"a.id, a.kind, a.state, a.person, a.taker, a.org, a.grant_id, a.role, a.capacity,"         \
	" a.scope, a.first_day, a.last_day, a.digest, a.reason, a.asked_by, a.asked_at,"           \
	" a.until_at, a.ended_by, a.ended_at, a.answer, a.before_state, a.after_state,"            \
	" p.login, p.name, t.login, o.code, o.name, q.login, e.login, k.name, a.label"
#define FROM                                                                                       \
	" FROM admin_act a JOIN person q ON q.id = a.asked_by LEFT JOIN person p ON p.id ="        \
	" a.person LEFT JOIN person t ON t.id = a.taker LEFT JOIN org o ON o.id = a.org LEFT JOIN" \
	" person e ON e.id = a.ended_by LEFT JOIN pack k ON k.digest = a.digest"

static bool read_act(const struct yh_rows *r, struct yh_arena *a, void *out)
{
	struct yh_act_row *x = out;
	const char **const joined[] = { &x->person_login, &x->person_name, &x->taker_login,
					&x->org_code,     &x->org_name,    &x->asked_login,
					&x->ended_login,  &x->pack_name };
	bool ok = true;

	*x = (struct yh_act_row){
		.id = yh_col_id(r, 0),
		.person = yh_col_id(r, 3),
		.taker = yh_col_id(r, 4),
		.org = yh_col_id(r, 5),
		.grant = yh_col_id(r, 6),
		.scope = yh_arena_strdup(a, yh_col_text(r, 9)),
		.first_day = yh_col_day(r, 10),
		.last_day = yh_col_day(r, 11),
		.reason = yh_arena_strdup(a, yh_col_text(r, 13)),
		.asked_by = yh_col_id(r, 14),
		.asked_at = yh_col_i64(r, 15),
		.until_at = yh_col_i64(r, 16),
		.ended_by = yh_col_id(r, 17),
		.ended_at = yh_col_i64(r, 18),
		.answer = yh_arena_strdup(a, yh_col_text(r, 19)),
		.before = yh_arena_strdup(a, yh_col_text(r, 20)),
		.after = yh_arena_strdup(a, yh_col_text(r, 21)),
	};
	YH_COL_COPY(r, 1, x->kind);
	YH_COL_COPY(r, 2, x->state);
	YH_COL_COPY(r, 7, x->role);
	YH_COL_COPY(r, 8, x->capacity);
	YH_COL_COPY(r, 30, x->label);
	YH_COL_FIXED(r, 12, x->digest.b);
	for (int i = 0; i < 8; i++) {
		*joined[i] = yh_arena_strdup(a, yh_col_text(r, 22 + i));
		ok = ok && *joined[i];
	}
	return ok && x->scope && x->reason && x->answer && x->before && x->after;
}

static bool has_digest(const struct yh_act_row *x)
{
	bool any = false;

	for (size_t i = 0; i < sizeof x->digest.b; i++)
		any = any || x->digest.b[i];
	return any;
}

enum yh_rc yh_act_insert(struct yh_tx *tx, const struct yh_act_row *x, struct yh_err *err)
{
	return yh_exec(tx, err,
		       "INSERT INTO admin_act (id, kind, state, person, taker, org, grant_id, role,"
		       " capacity, scope, first_day, last_day, digest, reason, asked_by, asked_at,"
		       " until_at, answer, before_state, after_state, label) VALUES ($1, $2, $3,"
		       " $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, '', $18,"
		       " $19, $20)",
		       YH_ID(&x->id), YH_T(x->kind), YH_T(x->state), YH_ID0(&x->person),
		       YH_ID0(&x->taker), YH_ID0(&x->org), YH_ID0(&x->grant), YH_T(x->role),
		       YH_T(x->capacity), YH_T(x->scope), YH_DAY0(x->first_day),
		       YH_DAY0(x->last_day),
		       has_digest(x) ? YH_B(x->digest.b, sizeof x->digest.b) : YH_NUL,
		       YH_T(x->reason), YH_ID(&x->asked_by), YH_I(x->asked_at), YH_I(x->until_at),
		       YH_T(x->before), YH_T(x->after), YH_T(x->label));
}

enum yh_rc yh_act_load(struct yh_tx *tx, const struct yh_id *id, struct yh_arena *arena,
		       struct yh_act_row *out, struct yh_err *err)
{
	struct yh_rows *rows;
	enum yh_rc rc =
		yh_query(tx, err, &rows, "SELECT " COLUMNS FROM " WHERE a.id = $1", YH_ID(id));

	return rc == YH_OK ? yh_read_one(rows, arena, read_act, out, "act-unknown", err) : rc;
}

enum yh_rc yh_act_end(struct yh_tx *tx, const struct yh_act_row *x, struct yh_err *err)
{
	int64_t changed = 0;
	enum yh_rc rc = yh_exec_n(tx, err, &changed,
				  "UPDATE admin_act SET state = $1, grant_id = $2, ended_by = $3,"
				  " ended_at = $4, answer = $5, before_state = $6, after_state ="
				  " $7, half = '' WHERE id = $8 AND state = 'waiting'",
				  YH_T(x->state), YH_ID0(&x->grant), YH_ID0(&x->ended_by),
				  YH_I(x->ended_at), YH_T(x->answer), YH_T(x->before),
				  YH_T(x->after), YH_ID(&x->id));

	return rc == YH_OK && changed == 0 ? yh_fail(err, YH_CONFLICT, "act-ended") : rc;
}

static const char half_column[] = "admin_act.half";

enum yh_rc yh_act_half_put(struct yh_tx *tx, const struct yh_id *id, const char *half,
			   struct yh_arena *arena, struct yh_err *err)
{
	const char *sealed = NULL;
	enum yh_rc rc = yh_seal_text(tx, half_column, id, half, arena, &sealed, err);

	return rc == YH_OK ? yh_exec(tx, err, "UPDATE admin_act SET half = $1 WHERE id = $2",
				     YH_T(sealed), YH_ID(id))
			   : rc;
}

static bool read_half(const struct yh_rows *r, struct yh_arena *a, void *out)
{
	return yh_col_keep(r, a, 0, out);
}

enum yh_rc yh_act_half(struct yh_tx *tx, const struct yh_id *id, struct yh_arena *arena,
		       const char **out, struct yh_err *err)
{
	const char *sealed = "";
	struct yh_rows *rows;
	enum yh_rc rc =
		yh_query(tx, err, &rows, "SELECT half FROM admin_act WHERE id = $1", YH_ID(id));

	if (rc == YH_OK)
		rc = yh_read_one(rows, arena, read_half, &sealed, "act-unknown", err);
	return rc == YH_OK ? yh_unseal_text(tx, half_column, id, sealed, arena, out, err) : rc;
}

enum yh_rc yh_act_list(struct yh_tx *tx, const struct yh_act_filter *f, struct yh_arena *arena,
		       struct yh_act_row **out, size_t *n, struct yh_err *err)
{
	struct yh_rows *rows;
	void *list = NULL;
	enum yh_rc rc = yh_query(tx, err, &rows,
				 "SELECT " COLUMNS FROM
				 " WHERE ($1 = '' OR a.state = $1) AND ($2 = '' OR a.kind = $2) AND"
				 " ($3 = 1 OR a.person = $4) AND ($5 = 1 OR a.id < $6) ORDER BY"
				 " a.id DESC LIMIT $7",
				 YH_T(f->state), YH_T(f->kind), YH_I(yh_id_is_zero(&f->person)),
				 YH_ID(&f->person), YH_I(yh_id_is_zero(&f->before)),
				 YH_ID(&f->before), YH_I(f->limit));

	*n = 0;
	if (rc == YH_OK)
		rc = yh_read_all(rows, arena, read_act, sizeof **out, &list, n, err);
	*out = list;
	return rc;
}

enum yh_rc yh_acts_giving(struct yh_tx *tx, const struct yh_id *person, struct yh_arena *arena,
			  struct yh_act_row **out, size_t *n, struct yh_err *err)
{
	struct yh_rows *rows;
	void *list = NULL;
	enum yh_rc rc = yh_query(tx, err, &rows,
				 "SELECT " COLUMNS FROM " WHERE a.state = 'waiting' AND ((a.kind ="
				 " 'grant' AND a.person = $1) OR (a.kind = 'handover' AND a.taker ="
				 " $1)) ORDER BY a.id",
				 YH_ID(person));

	*n = 0;
	if (rc == YH_OK)
		rc = yh_read_all(rows, arena, read_act, sizeof **out, &list, n, err);
	*out = list;
	return rc;
}

enum yh_rc yh_act_waits(struct yh_tx *tx, const struct yh_act_row *like, bool *any,
			struct yh_err *err)
{
	struct yh_rows *rows;
	enum yh_rc rc = yh_query(
		tx, err, &rows,
		"SELECT 1 FROM admin_act WHERE state = 'waiting' AND kind = $1 AND role = $2 AND"
		" ((person = $3 AND $4 = 1) OR digest = $5) AND ($6 = 1 OR org = $7) AND ($8 = 1 OR"
		" grant_id = $9) LIMIT 1",
		YH_T(like->kind), YH_T(like->role), YH_ID(&like->person),
		YH_I(!yh_id_is_zero(&like->person)), YH_B(like->digest.b, sizeof like->digest.b),
		YH_I(yh_id_is_zero(&like->org)), YH_ID(&like->org),
		YH_I(yh_id_is_zero(&like->grant)), YH_ID(&like->grant));

	*any = false;
	return rc == YH_OK ? yh_read_any(rows, any, err) : rc;
}

enum yh_rc yh_role_held(struct yh_tx *tx, const char *role, yh_day day, bool *held,
			struct yh_err *err)
{
	struct yh_rows *rows;
	enum yh_rc rc = yh_query(tx, err, &rows,
				 "SELECT 1 FROM role_grant WHERE role = $1 AND ended_at IS NULL AND"
				 " (last_day IS NULL OR last_day >= $2) LIMIT 1",
				 YH_T(role), YH_I(day));

	*held = false;
	return rc == YH_OK ? yh_read_any(rows, held, err) : rc;
}

enum yh_rc yh_role_held_in(struct yh_tx *tx, const char *role, const struct yh_id *org, yh_day day,
			   bool *held, struct yh_err *err)
{
	struct yh_rows *rows;
	enum yh_rc rc = yh_query(tx, err, &rows,
				 "SELECT 1 FROM role_grant WHERE role = $1 AND org = $2 AND"
				 " ended_at IS NULL AND (last_day IS NULL OR last_day >= $3)"
				 " LIMIT 1",
				 YH_T(role), YH_ID(org), YH_I(day));

	*held = false;
	return rc == YH_OK ? yh_read_any(rows, held, err) : rc;
}

static bool read_org(const struct yh_rows *r, struct yh_arena *a, void *out)
{
	(void)a;
	*(struct yh_id *)out = yh_col_id(r, 0);
	return true;
}

enum yh_rc yh_role_orgs(struct yh_tx *tx, const char *role, yh_day day, struct yh_arena *arena,
			struct yh_id **out, size_t *n, struct yh_err *err)
{
	struct yh_rows *rows;
	void *list = NULL;
	enum yh_rc rc = yh_query(tx, err, &rows,
				 "SELECT DISTINCT org FROM role_grant WHERE role = $1 AND ended_at"
				 " IS NULL AND first_day <= $2 AND (last_day IS NULL OR last_day >="
				 " $2) ORDER BY org LIMIT 1000",
				 YH_T(role), YH_I(day));

	*n = 0;
	if (rc == YH_OK)
		rc = yh_read_all(rows, arena, read_org, sizeof **out, &list, n, err);
	*out = list;
	return rc;
}
