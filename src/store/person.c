/* Persons and the roles granted to them. */
#include "store/person.h"
#include "store/read.h"

#include <stdio.h>
#include <string.h>

#include "store/columns.h"
#include "store/mark.h"

#define PERSON_COLUMNS                                                                             \
	"p.id, p.login, p.name, p.secret, p.must_change, p.status, p.failures, p.locked_until, "   \
	"p.secret_at, p.created_at, p.version, p.kind, p.owner, p.last_day, (SELECT count(*) "     \
	"FROM second_factor f WHERE f.person = p.id AND f.confirmed_at IS NOT NULL), p.clearance"

static bool read_person(const struct yh_rows *r, struct yh_arena *a, struct yh_person_row *out)
{
	*out = (struct yh_person_row){
		.id = yh_col_id(r, 0),
		.login = yh_arena_strdup(a, yh_col_text(r, 1)),
		.name = yh_arena_strdup(a, yh_col_text(r, 2)),
		.secret = yh_arena_strdup(a, yh_col_text(r, 3)),
		.must_change = yh_col_i64(r, 4) != 0,
		.failures = yh_col_i64(r, 6),
		.locked_until = yh_col_i64(r, 7),
		.secret_at = yh_col_i64(r, 8),
		.created_at = yh_col_i64(r, 9),
		.version = yh_col_i64(r, 10),
		.owner = yh_col_id(r, 12),
		.last_day = yh_col_day(r, 13),
		.has_factor = yh_col_i64(r, 14) != 0,
	};
	YH_COL_COPY(r, 11, out->kind);
	YH_COL_COPY(r, 15, out->clearance);
	(void)snprintf(out->status, sizeof out->status, "%s", yh_col_text(r, 5));
	return out->login && out->name && out->secret;
}

enum yh_rc yh_person_insert(struct yh_tx *tx, const struct yh_person_row *p, struct yh_err *err)
{
	return yh_exec(tx, err,
		       "INSERT INTO person (id, login, name, secret, must_change, status, failures,"
		       " locked_until, secret_at, created_at, version, kind, owner, last_day)"
		       " VALUES ($1, $2, $3, $4, $5, $6, 0, 0, $7, $8, 1, $9, $10, $11)",
		       YH_ID(&p->id), YH_T(p->login), YH_T(p->name), YH_T(p->secret),
		       YH_I(p->must_change), YH_T(p->status), YH_I(p->secret_at),
		       YH_I(p->created_at), YH_T(*p->kind ? p->kind : "person"), YH_ID0(&p->owner),
		       YH_DAY0(p->last_day ? p->last_day : YH_DAY_NONE));
}

const struct yh_id YH_PERSON_SYSTEM = { { [15] = 1 } };

/* Its login is none that an account could have. */
enum yh_rc yh_person_system(struct yh_tx *tx, yh_time now, struct yh_err *err)
{
	return yh_exec(tx, err,
		       "INSERT INTO person (id, login, name, secret, must_change, status, failures,"
		       " locked_until, secret_at, created_at, version) VALUES ($1, '#system',"
		       " 'system', '', 0, 'system', 0, 0, $2, $2, 1) ON CONFLICT (id) DO NOTHING",
		       YH_ID(&YH_PERSON_SYSTEM), YH_I(now));
}

/* One person from a result of at most one row. */
static enum yh_rc one_person(struct yh_rows *rows, struct yh_arena *a, struct yh_person_row *out,
			     struct yh_err *err)
{
	bool found = yh_rows_next(rows), ok = found && read_person(rows, a, out);
	enum yh_rc rc = yh_rows_end(rows, err);

	if (rc != YH_OK)
		return rc;
	if (!found)
		return yh_fail(err, YH_NOT_FOUND, "person-unknown");
	return ok ? YH_OK : yh_fail(err, YH_TOO_LARGE, "memory-short");
}

enum yh_rc yh_person_load(struct yh_tx *tx, const struct yh_id *id, struct yh_arena *arena,
			  struct yh_person_row *out, struct yh_err *err)
{
	struct yh_rows *rows;
	enum yh_rc rc = yh_query(tx, err, &rows,
				 "SELECT " PERSON_COLUMNS " FROM person p WHERE p.id = $1 AND"
				 " p.status <> 'system'",
				 YH_ID(id));

	return rc == YH_OK ? one_person(rows, arena, out, err) : rc;
}

enum yh_rc yh_person_by_login(struct yh_tx *tx, const char *login, struct yh_arena *arena,
			      struct yh_person_row *out, struct yh_err *err)
{
	struct yh_rows *rows;
	enum yh_rc rc = yh_query(tx, err, &rows,
				 "SELECT " PERSON_COLUMNS " FROM person p WHERE p.login = $1 AND"
				 " p.status <> 'system'",
				 YH_T(login));

	return rc == YH_OK ? one_person(rows, arena, out, err) : rc;
}

enum yh_rc yh_person_update(struct yh_tx *tx, struct yh_person_row *p, struct yh_err *err)
{
	enum yh_rc rc;

	p->version++;
	rc = yh_exec(tx, err,
		     "UPDATE person SET name = $1, secret = $2, must_change = $3, status = $4,"
		     " failures = $5, locked_until = $6, secret_at = $7, version = $8,"
		     " owner = $9, last_day = $10, kind = $11, clearance = $12 WHERE id = $13",
		     YH_T(p->name), YH_T(p->secret), YH_I(p->must_change), YH_T(p->status),
		     YH_I(p->failures), YH_I(p->locked_until), YH_I(p->secret_at), YH_I(p->version),
		     YH_ID0(&p->owner), YH_DAY0(p->last_day), YH_T(p->kind), YH_T(p->clearance),
		     YH_ID(&p->id));
	return rc == YH_OK ? yh_mark_identity(tx, err) : rc;
}

enum yh_rc yh_person_tried(struct yh_tx *tx, const struct yh_person_row *p, struct yh_err *err)
{
	return yh_exec(tx, err, "UPDATE person SET failures = $1, locked_until = $2 WHERE id = $3",
		       YH_I(p->failures), YH_I(p->locked_until), YH_ID(&p->id));
}

#define PERSONS                                                                                    \
	"SELECT " PERSON_COLUMNS " FROM person p WHERE p.status <> 'system' AND (($1 = 1 AND $3 =" \
	" '') OR EXISTS (SELECT 1 FROM role_grant g WHERE g.person = p.id AND ($1 = 1 OR g.org ="  \
	" $2) AND ($3 = '' OR g.role = $3) AND g.ended_at IS NULL)) AND ($4 = '' OR "              \
	"lower(p.login)"                                                                           \
	" LIKE $4 ESCAPE '!' OR lower(p.name) LIKE $4 ESCAPE '!') AND "

enum yh_rc yh_person_list(struct yh_tx *tx, const struct yh_person_filter *f,
			  struct yh_arena *arena, struct yh_person_row **out, size_t *n,
			  struct yh_err *err)
{
	static const char *const texts[2][2] = {
		YH_SQL_BY_KEY(PERSONS, "p.login", "$5", "$6"),
		YH_SQL_BY_OTHER(PERSONS, "person", "p.name", "q.name", "p.login", "q.login", "$5",
				"$6"),
	};
	const struct yh_arg args[] = { YH_I(yh_id_is_zero(&f->org)),
				       YH_ID(&f->org),
				       YH_T(f->role),
				       YH_T(f->text),
				       YH_T(f->after),
				       YH_I(f->limit) };
	struct yh_rows *rows;
	bool ok;
	enum yh_rc rc;

	*n = 0;
	*out = YH_NEW_N(arena, struct yh_person_row, f->limit ? f->limit : 1);
	if (!*out)
		return yh_fail(err, YH_TOO_LARGE, "memory-short");
	rc = yh_db_query(tx, err, &rows, texts[f->by_name][f->descending], args,
			 sizeof args / sizeof args[0]);
	if (rc != YH_OK)
		return rc;
	for (ok = true; ok && *n < f->limit && yh_rows_next(rows); ++*n)
		ok = read_person(rows, arena, &(*out)[*n]);
	rc = yh_rows_end(rows, err);
	return rc == YH_OK && !ok ? yh_fail(err, YH_TOO_LARGE, "memory-short") : rc;
}

enum yh_rc yh_grant_insert(struct yh_tx *tx, const struct yh_grant_row *g, struct yh_err *err)
{
	enum yh_rc rc = yh_exec(
		tx, err,
		"INSERT INTO role_grant (id, person, role, org, capacity, first_day,"
		" last_day, granted_by, created_at, scope) VALUES ($1, $2, $3, $4, $5, $6,"
		" $7, $8, $9, $10)",
		YH_ID(&g->id), YH_ID(&g->person), YH_T(g->role), YH_ID(&g->org), YH_T(g->capacity),
		YH_I(g->first_day), YH_DAY0(g->last_day), YH_ID0(&g->granted_by),
		YH_I(g->created_at), YH_T(g->scope ? g->scope : ""));

	return rc == YH_OK ? yh_mark_identity(tx, err) : rc;
}

enum yh_rc yh_grant_end(struct yh_tx *tx, const struct yh_id *id, yh_time at, struct yh_err *err)
{
	int64_t changed;
	enum yh_rc rc = yh_exec_n(tx, err, &changed,
				  "UPDATE role_grant SET ended_at = $1 WHERE id = $2 AND"
				  " ended_at IS NULL",
				  YH_I(at), YH_ID(id));

	if (rc == YH_OK && changed == 0)
		rc = yh_fail(err, YH_NOT_FOUND, "grant-unknown");
	return rc == YH_OK ? yh_mark_identity(tx, err) : rc;
}

#define GRANT_COLUMNS                                                                              \
	"g.id, g.person, g.role, g.org, g.capacity, g.first_day, g.last_day, g.granted_by, "       \
	"g.created_at, g.ended_at, o.name, o.code, o.district, o.status, g.scope"

static bool read_grant(const struct yh_rows *r, struct yh_arena *a, struct yh_grant_row *out)
{
	*out = (struct yh_grant_row){
		.id = yh_col_id(r, 0),
		.person = yh_col_id(r, 1),
		.org = yh_col_id(r, 3),
		.first_day = yh_col_day(r, 5),
		.last_day = yh_col_day(r, 6),
		.granted_by = yh_col_id(r, 7),
		.created_at = yh_col_i64(r, 8),
		.ended_at = yh_col_i64(r, 9),
		.org_name = yh_arena_strdup(a, yh_col_text(r, 10)),
		.org_code = yh_arena_strdup(a, yh_col_text(r, 11)),
		.scope = yh_arena_strdup(a, yh_col_text(r, 14)),
	};
	(void)snprintf(out->role, sizeof out->role, "%s", yh_col_text(r, 2));
	(void)snprintf(out->capacity, sizeof out->capacity, "%s", yh_col_text(r, 4));
	(void)snprintf(out->district, sizeof out->district, "%s", yh_col_text(r, 12));
	out->org_closed = strcmp(yh_col_text(r, 13), "active") != 0;
	return out->org_name && out->org_code && out->scope;
}

enum yh_rc yh_grant_load(struct yh_tx *tx, const struct yh_id *id, struct yh_arena *arena,
			 struct yh_grant_row *out, struct yh_err *err)
{
	struct yh_rows *rows;
	bool found, ok = false;
	enum yh_rc rc = yh_query(tx, err, &rows,
				 "SELECT " GRANT_COLUMNS " FROM role_grant g JOIN org o ON o.id ="
				 " g.org WHERE g.id = $1",
				 YH_ID(id));

	if (rc != YH_OK)
		return rc;
	found = yh_rows_next(rows);
	if (found)
		ok = read_grant(rows, arena, out);
	rc = yh_rows_end(rows, err);
	if (rc == YH_OK && !found)
		return yh_fail(err, YH_NOT_FOUND, "grant-unknown");
	return rc == YH_OK && !ok ? yh_fail(err, YH_TOO_LARGE, "memory-short") : rc;
}

/* Reads grants into a list that grows in the arena. */
static enum yh_rc collect(struct yh_rows *rows, struct yh_arena *a, bool lent,
			  struct yh_grant_row **list, size_t *n, size_t *cap, struct yh_err *err)
{
	bool ok = true;
	enum yh_rc rc;

	while (ok && yh_rows_next(rows)) {
		if (*n == *cap) {
			struct yh_grant_row *more = YH_NEW_N(a, struct yh_grant_row, *cap * 2 + 8);

			if (!more) {
				ok = false;
				break;
			}
			if (*n)
				memcpy(more, *list, *n * sizeof *more);
			*list = more;
			*cap = *cap * 2 + 8;
		}
		ok = read_grant(rows, a, &(*list)[*n]);
		if (lent)
			(*list)[*n].giver = yh_col_id(rows, 15);
		++*n;
	}
	rc = yh_rows_end(rows, err);
	return rc == YH_OK && !ok ? yh_fail(err, YH_TOO_LARGE, "memory-short") : rc;
}

enum yh_rc yh_grants_open(struct yh_tx *tx, const struct yh_id *person, yh_day day,
			  struct yh_arena *arena, struct yh_grant_row **out, size_t *n,
			  struct yh_err *err)
{
	struct yh_rows *rows;
	size_t cap = 0;
	enum yh_rc rc = yh_query(tx, err, &rows,
				 "SELECT " GRANT_COLUMNS " FROM role_grant g JOIN org o ON o.id ="
				 " g.org WHERE g.person = $1 AND g.ended_at IS NULL AND"
				 " (g.last_day IS NULL OR g.last_day >= $2) ORDER BY g.id",
				 YH_ID(person), YH_I(day));

	*n = 0;
	*out = NULL;
	return rc == YH_OK ? collect(rows, arena, false, out, n, &cap, err) : rc;
}

enum yh_rc yh_grants_on(struct yh_tx *tx, const struct yh_id *person, yh_day day,
			struct yh_arena *arena, struct yh_grant_row **out, size_t *n,
			struct yh_err *err)
{
	struct yh_rows *rows;
	size_t cap = 0;
	enum yh_rc rc;

	*n = 0;
	*out = NULL;
	rc = yh_query(tx, err, &rows,
		      "SELECT " GRANT_COLUMNS " FROM role_grant g JOIN org o ON o.id = g.org"
		      " WHERE g.person = $1 AND g.ended_at IS NULL AND g.first_day <= $2 AND"
		      " (g.last_day IS NULL OR g.last_day >= $2) ORDER BY g.id",
		      YH_ID(person), YH_I(day));
	if (rc == YH_OK)
		rc = collect(rows, arena, false, out, n, &cap, err);
	if (rc != YH_OK)
		return rc;
	rc = yh_query(tx, err, &rows,
		      "SELECT " GRANT_COLUMNS ", d.giver FROM delegation d JOIN role_grant g ON"
		      " g.person = d.giver AND g.role = d.role AND g.org = d.org JOIN org o ON"
		      " o.id = g.org JOIN person p ON p.id = d.giver WHERE d.taker = $1 AND"
		      " d.ended_at IS NULL AND d.first_day <= $2 AND d.last_day >= $2 AND"
		      " g.ended_at IS NULL AND g.first_day <= $2 AND (g.last_day IS NULL OR"
		      " g.last_day >= $2) AND p.status = 'active' AND (p.last_day IS NULL OR"
		      " p.last_day >= $2) ORDER BY g.id",
		      YH_ID(person), YH_I(day));
	return rc == YH_OK ? collect(rows, arena, true, out, n, &cap, err) : rc;
}

enum yh_rc yh_grants_taken_over(struct yh_tx *tx, const struct yh_id *person, yh_day day,
				struct yh_arena *arena, struct yh_grant_row **out, size_t *n,
				struct yh_err *err)
{
	struct yh_rows *rows;
	size_t cap = 0;
	enum yh_rc rc = yh_query(
		tx, err, &rows,
		"SELECT g.id, g.person, g.role, o.id, g.capacity, g.first_day, g.last_day,"
		" g.granted_by, g.created_at, g.ended_at, o.name, o.code, o.district, o.status,"
		" g.scope FROM role_grant g JOIN org o ON o.successor = g.org WHERE g.person = $1 "
		"AND g.ended_at"
		" IS NULL AND g.first_day <= $2 AND (g.last_day IS NULL OR g.last_day >= $2) ORDER"
		" BY g.id, o.id",
		YH_ID(person), YH_I(day));

	*n = 0;
	*out = NULL;
	return rc == YH_OK ? collect(rows, arena, false, out, n, &cap, err) : rc;
}

enum yh_rc yh_grant_was_reader(struct yh_tx *tx, const struct yh_id *person, bool *was,
			       struct yh_err *err)
{
	struct yh_rows *rows;
	enum yh_rc rc = yh_query(tx, err, &rows,
				 "SELECT 1 FROM role_grant WHERE person = $1 AND scope <> ''",
				 YH_ID(person));

	return rc == YH_OK ? yh_read_any(rows, was, err) : rc;
}

enum yh_rc yh_delegation_insert(struct yh_tx *tx, const struct yh_delegation_row *d,
				struct yh_err *err)
{
	enum yh_rc rc = yh_exec(
		tx, err,
		"INSERT INTO delegation (id, giver, taker, role, org, first_day, last_day,"
		" reason, created_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)",
		YH_ID(&d->id), YH_ID(&d->giver), YH_ID(&d->taker), YH_T(d->role), YH_ID(&d->org),
		YH_I(d->first_day), YH_I(d->last_day), YH_T(d->reason), YH_I(d->created_at));

	return rc == YH_OK ? yh_mark_identity(tx, err) : rc;
}

enum yh_rc yh_delegations_end(struct yh_tx *tx, const struct yh_id *giver, yh_time at,
			      struct yh_err *err)
{
	enum yh_rc rc = yh_exec(tx, err,
				"UPDATE delegation SET ended_at = $1 WHERE giver = $2 AND ended_at"
				" IS NULL",
				YH_I(at), YH_ID(giver));

	return rc == YH_OK ? yh_mark_identity(tx, err) : rc;
}
