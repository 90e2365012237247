/* Second factors, recovery codes and former passwords. */
#include "store/second_factor.h"

#include <stdio.h>
#include <string.h>

#include "store/mark.h"
#include "store/read.h"
#include "store/sealed.h"

/* Sealed: text in the column, bytes outside of this file. */
static const char column[] = "second_factor.secret";

static enum yh_rc seal_key(struct yh_tx *tx, const struct yh_second_factor *f,
			   struct yh_arena *arena, const char **out, struct yh_err *err)
{
	return yh_seal_bytes(tx, column, f->person.b, sizeof f->person.b, f->key, sizeof f->key,
			     arena, out, err);
}

static enum yh_rc unseal_key(struct yh_tx *tx, const char *text, struct yh_arena *arena,
			     struct yh_second_factor *f, struct yh_err *err)
{
	const char *key;
	size_t n;
	enum yh_rc rc = yh_unseal_bytes(tx, column, f->person.b, sizeof f->person.b, text, arena,
					&key, &n, err);

	if (rc == YH_OK && n != sizeof f->key)
		rc = yh_fail(err, YH_INTERNAL, "seal-broken");
	if (rc == YH_OK)
		memcpy(f->key, key, sizeof f->key);
	return rc;
}

struct sealed_factor {
	struct yh_second_factor f;
	const char *secret;
};

static bool read_factor(const struct yh_rows *r, struct yh_arena *a, void *out)
{
	struct sealed_factor *s = out;

	*s = (struct sealed_factor){ .f = { .person = yh_col_id(r, 0),
					    .made_at = yh_col_i64(r, 3),
					    .confirmed_at = yh_col_i64(r, 4),
					    .last_step = yh_col_i64(r, 5) } };
	return yh_otp_kind_parse(yh_col_text(r, 1), &s->f.kind) && yh_col_keep(r, a, 2, &s->secret);
}

enum yh_rc yh_second_factor_load(struct yh_tx *tx, const struct yh_id *person,
				 struct yh_arena *arena, struct yh_second_factor *out,
				 struct yh_err *err)
{
	struct sealed_factor s;
	struct yh_rows *rows;
	enum yh_rc rc = yh_query(tx, err, &rows,
				 "SELECT person, kind, secret, made_at, confirmed_at, last_step"
				 " FROM second_factor WHERE person = $1",
				 YH_ID(person));

	if (rc == YH_OK)
		rc = yh_read_one(rows, arena, read_factor, &s, "factor-none", err);
	if (rc != YH_OK)
		return rc;
	*out = s.f;
	return unseal_key(tx, s.secret, arena, out, err);
}

enum yh_rc yh_second_factor_put(struct yh_tx *tx, const struct yh_second_factor *f,
				struct yh_arena *arena, struct yh_err *err)
{
	const char *secret = NULL;
	int64_t n = 0;
	enum yh_rc rc = seal_key(tx, f, arena, &secret, err);

	if (rc == YH_OK)
		rc = yh_exec_n(
			tx, err, &n,
			"INSERT INTO second_factor (person, kind, secret, made_at, last_step)"
			" VALUES ($1, $2, $3, $4, 0) ON CONFLICT (person) DO UPDATE SET kind ="
			" excluded.kind, secret = excluded.secret, made_at = excluded.made_at,"
			" last_step = 0 WHERE second_factor.confirmed_at IS NULL",
			YH_ID(&f->person), YH_T(yh_otp_kind_name(f->kind)), YH_T(secret),
			YH_I(f->made_at));
	return rc == YH_OK && n == 0 ? yh_fail(err, YH_CONFLICT, "factor-there") : rc;
}

enum yh_rc yh_second_factor_confirm(struct yh_tx *tx, const struct yh_id *person, yh_time now,
				    struct yh_err *err)
{
	enum yh_rc rc =
		yh_exec(tx, err, "UPDATE second_factor SET confirmed_at = $1 WHERE person = $2",
			YH_I(now), YH_ID(person));

	return rc == YH_OK ? yh_mark_identity(tx, err) : rc;
}

enum yh_rc yh_second_factor_spend(struct yh_tx *tx, const struct yh_id *person, int64_t step,
				  bool *first, struct yh_err *err)
{
	int64_t n = 0;
	enum yh_rc rc = yh_exec_n(tx, err, &n,
				  "UPDATE second_factor SET last_step = $1 WHERE person = $2 AND"
				  " last_step < $1",
				  YH_I(step), YH_ID(person));

	*first = n == 1;
	return rc;
}

enum yh_rc yh_second_factor_remove(struct yh_tx *tx, const struct yh_id *person, struct yh_err *err)
{
	int64_t n = 0;
	enum yh_rc rc = yh_exec_n(tx, err, &n, "DELETE FROM second_factor WHERE person = $1",
				  YH_ID(person));

	if (rc == YH_OK && n == 0)
		rc = yh_fail(err, YH_NOT_FOUND, "factor-none");
	if (rc == YH_OK)
		rc = yh_recovery_forget(tx, person, err);
	return rc == YH_OK ? yh_mark_identity(tx, err) : rc;
}

enum yh_rc yh_recovery_forget(struct yh_tx *tx, const struct yh_id *person, struct yh_err *err)
{
	return yh_exec(tx, err, "DELETE FROM recovery_code WHERE person = $1", YH_ID(person));
}

enum yh_rc yh_recovery_insert(struct yh_tx *tx, const struct yh_id *person,
			      const struct yh_sm3 *digest, yh_time now, struct yh_err *err)
{
	return yh_exec(tx, err,
		       "INSERT INTO recovery_code (person, digest, made_at) VALUES ($1, $2, $3)",
		       YH_ID(person), YH_B(digest->b, sizeof digest->b), YH_I(now));
}

enum yh_rc yh_recovery_spend(struct yh_tx *tx, const struct yh_id *person,
			     const struct yh_sm3 *digest, yh_time now, bool *first,
			     struct yh_err *err)
{
	int64_t n = 0;
	enum yh_rc rc = yh_exec_n(tx, err, &n,
				  "UPDATE recovery_code SET used_at = $1 WHERE person = $2 AND"
				  " digest = $3 AND used_at IS NULL",
				  YH_I(now), YH_ID(person), YH_B(digest->b, sizeof digest->b));

	*first = n == 1;
	return rc;
}

enum yh_rc yh_recovery_left(struct yh_tx *tx, const struct yh_id *person, int64_t *n,
			    struct yh_err *err)
{
	struct yh_rows *rows;
	enum yh_rc rc = yh_query(tx, err, &rows,
				 "SELECT count(*) FROM recovery_code WHERE person = $1 AND used_at"
				 " IS NULL",
				 YH_ID(person));

	return rc == YH_OK ? yh_read_i64(rows, n, err) : rc;
}

enum yh_rc yh_former_secret_insert(struct yh_tx *tx, const struct yh_id *person, const char *secret,
				   yh_time now, int64_t keep, struct yh_err *err)
{
	enum yh_rc rc = yh_exec(tx, err,
				"INSERT INTO former_secret (person, at, secret) VALUES ($1, $2, $3)"
				" ON CONFLICT (person, at) DO NOTHING",
				YH_ID(person), YH_I(now), YH_T(secret));

	return rc == YH_OK
		       ? yh_exec(tx, err,
				 "DELETE FROM former_secret WHERE person = $1 AND at NOT IN"
				 " (SELECT f.at FROM former_secret f WHERE f.person = $1 ORDER BY"
				 " f.at DESC LIMIT $2)",
				 YH_ID(person), YH_I(keep))
		       : rc;
}

static bool read_secret(const struct yh_rows *r, struct yh_arena *a, void *out)
{
	return yh_col_keep(r, a, 0, out);
}

enum yh_rc yh_former_secrets(struct yh_tx *tx, const struct yh_id *person, int64_t most,
			     struct yh_arena *arena, const char ***out, size_t *n,
			     struct yh_err *err)
{
	struct yh_rows *rows;
	void *list = NULL;
	enum yh_rc rc = yh_query(tx, err, &rows,
				 "SELECT secret FROM former_secret WHERE person = $1 ORDER BY at"
				 " DESC LIMIT $2",
				 YH_ID(person), YH_I(most));

	if (rc == YH_OK)
		rc = yh_read_all(rows, arena, read_secret, sizeof(const char *), &list, n, err);
	*out = list;
	return rc;
}
