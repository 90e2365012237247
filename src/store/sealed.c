/* Sealed columns, and sealing them anew. */
#include "store/sealed.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "store/read.h"

enum { CHUNK = 100 };

/* Those of a column that are not under the key of prefix $1, behind the row $2; how many are under
 * each key; and one sealed anew, unless it was changed meanwhile. */
#define COLUMN(table, column, key)                                                                 \
	{                                                                                          \
		table "." column,                                                                  \
			"SELECT " key ", " column " FROM " table " WHERE " key " > $2 AND " column \
			" <> '' AND substr(" column ", 1, 21) <> $1 ORDER BY " key " LIMIT $3",    \
			"UPDATE " table " SET " column " = $1 WHERE " key " = $2 AND " column      \
			" = $3",                                                                   \
			"SELECT substr(" column ", 5, 16), count(*) FROM " table " WHERE " column  \
			" <> '' AND substr(" column ", 1, 4) = 'sm4$' GROUP BY 1"                  \
	}

/* `key` is the column of bytes that names a row. */
static const struct column {
	const char *name, *others, *update, *count;
} columns[] = {
	COLUMN("notify_person", "mail", "person"),
	COLUMN("notify_person", "pending", "person"),
	COLUMN("notify_person", "code", "person"),
	COLUMN("delivery", "target", "id"),
	COLUMN("webhook", "url", "id"),
	COLUMN("idempotency", "body", "request"),
	COLUMN("second_factor", "secret", "person"),
	COLUMN("admin_act", "half", "id"),
};

enum yh_rc yh_seal_bytes(struct yh_tx *tx, const char *column, const void *row, size_t row_n,
			 const void *p, size_t n, struct yh_arena *arena, const char **out,
			 struct yh_err *err)
{
	const struct yh_ring_about about = { column, row, row_n };
	YH_FREE_AUTO char *sealed = NULL;
	enum yh_rc rc;

	*out = "";
	if (!p)
		return YH_OK;
	rc = yh_ring_seal(yh_tx_ring(tx), &about, p, n, &sealed, err);
	if (rc == YH_OK && !(*out = yh_arena_strdup(arena, sealed)))
		rc = yh_fail(err, YH_TOO_LARGE, "memory-short");
	return rc;
}

enum yh_rc yh_seal_text(struct yh_tx *tx, const char *column, const struct yh_id *row,
			const char *text, struct yh_arena *arena, const char **out,
			struct yh_err *err)
{
	return yh_seal_bytes(tx, column, row->b, sizeof row->b, text && *text ? text : NULL,
			     text ? strlen(text) : 0, arena, out, err);
}

static void wipe(char *text, size_t n)
{
	if (text)
		explicit_bzero(text, n);
	free(text);
}

enum yh_rc yh_unseal_bytes(struct yh_tx *tx, const char *column, const void *row, size_t row_n,
			   const char *sealed, struct yh_arena *arena, const char **out, size_t *n,
			   struct yh_err *err)
{
	const struct yh_ring_about about = { column, row, row_n };
	size_t ignored;
	char *clear;
	enum yh_rc rc;

	*out = "";
	if (!n)
		n = &ignored;
	*n = 0;
	if (!*sealed)
		return YH_OK;
	rc = yh_ring_unseal(yh_tx_ring(tx), &about, sealed, &clear, n, err);
	if (rc == YH_OK && !(*out = yh_arena_memdup(arena, clear, *n + 1)))
		rc = yh_fail(err, YH_TOO_LARGE, "memory-short");
	wipe(clear, *n);
	return rc;
}

enum yh_rc yh_unseal_text(struct yh_tx *tx, const char *column, const struct yh_id *row,
			  const char *sealed, struct yh_arena *arena, const char **out,
			  struct yh_err *err)
{
	return yh_unseal_bytes(tx, column, row->b, sizeof row->b, sealed, arena, out, NULL, err);
}

struct field {
	const unsigned char *row;
	size_t row_n;
	const char *text;
};

static bool read_field(const struct yh_rows *r, struct yh_arena *a, void *out)
{
	struct field *f = out;
	const void *row = yh_col_bytes(r, 0, &f->row_n);

	f->row = yh_arena_memdup(a, row, f->row_n);
	f->text = yh_arena_strdup(a, yh_col_text(r, 1));
	return f->row && f->text;
}

struct pass {
	struct yh_tx *tx;
	bool clear_only;
	size_t most, *done, *broken;
	char prefix[YH_RING_PREFIX + 1];
};

static enum yh_rc seal_anew(struct pass *p, const struct column *c, const struct field *f,
			    struct yh_err *err)
{
	const struct yh_ring_about about = { c->name, f->row, f->row_n };
	struct yh_ring *ring = yh_tx_ring(p->tx);
	YH_FREE_AUTO char *sealed = NULL;
	struct yh_err why = { 0 };
	char id[YH_RING_ID], *clear = NULL;
	bool was = yh_ring_sealed(f->text, id);
	size_t n = strlen(f->text);
	enum yh_rc rc = YH_OK;

	if (was && p->clear_only)
		return YH_OK;
	if (was && yh_ring_unseal(ring, &about, f->text, &clear, &n, &why) != YH_OK) {
		++*p->broken;
		return YH_OK;
	}
	rc = yh_ring_seal(ring, &about, was ? clear : f->text, n, &sealed, err);
	wipe(clear, was ? n : 0);
	if (rc == YH_OK)
		rc = yh_exec(p->tx, err, c->update, YH_T(sealed), YH_B(f->row, f->row_n),
			     YH_T(f->text));
	++*p->done;
	return rc;
}

static enum yh_rc pass_column(struct pass *p, const struct column *c, struct yh_err *err)
{
	struct yh_arena arena;
	unsigned char after[64] = "";
	size_t after_n = 0, n = CHUNK;
	enum yh_rc rc = YH_OK;

	yh_arena_init(&arena, (size_t)256 << 20);
	while (rc == YH_OK && n == CHUNK && *p->done < p->most) {
		struct yh_rows *rows;
		struct field *list;
		void *all;

		rc = yh_query(p->tx, err, &rows, c->others, YH_T(p->prefix), YH_B(after, after_n),
			      YH_I(CHUNK));
		if (rc == YH_OK)
			rc = yh_read_all(rows, &arena, read_field, sizeof *list, &all, &n, err);
		list = rc == YH_OK ? all : NULL;
		for (size_t i = 0; rc == YH_OK && i < n; i++)
			rc = seal_anew(p, c, &list[i], err);
		if (rc == YH_OK && n > 0) {
			after_n =
				list[n - 1].row_n < sizeof after ? list[n - 1].row_n : sizeof after;
			memcpy(after, list[n - 1].row, after_n);
		}
		yh_arena_done(&arena);
	}
	return rc;
}

enum yh_rc yh_sealed_anew(struct yh_tx *tx, bool clear_only, size_t most, size_t *done,
			  size_t *broken, struct yh_err *err)
{
	struct pass p = { tx, clear_only, most, done, broken, "sm4$" };
	enum yh_rc rc = YH_OK;

	*done = *broken = 0;
	if (!yh_tx_ring(tx))
		return yh_fail(err, YH_INTERNAL, "field-key-none");
	yh_ring_writer(yh_tx_ring(tx), p.prefix + 4);
	p.prefix[YH_RING_PREFIX - 1] = '$';
	p.prefix[YH_RING_PREFIX] = 0;
	for (size_t i = 0; rc == YH_OK && *done < most && i < YH_LEN(columns); i++)
		rc = pass_column(&p, &columns[i], err);
	return rc;
}

static bool read_key(const struct yh_rows *r, struct yh_arena *a, void *out)
{
	struct yh_field_key *k = out;

	(void)a;
	*k = (struct yh_field_key){ .made_at = yh_col_i64(r, 1), .retired_at = yh_col_i64(r, 2) };
	YH_COL_COPY(r, 0, k->id);
	return true;
}

static enum yh_rc count_fields(struct yh_tx *tx, struct yh_field_key *keys, size_t n,
			       struct yh_err *err)
{
	enum yh_rc rc = YH_OK;

	for (size_t i = 0; rc == YH_OK && i < YH_LEN(columns); i++) {
		struct yh_rows *rows;

		rc = yh_query(tx, err, &rows, columns[i].count);
		while (rc == YH_OK && yh_rows_next(rows))
			for (size_t k = 0; k < n; k++)
				if (strcmp(keys[k].id, yh_col_text(rows, 0)) == 0)
					keys[k].fields += yh_col_i64(rows, 1);
		if (rc == YH_OK)
			rc = yh_rows_end(rows, err);
	}
	return rc;
}

enum yh_rc yh_field_keys(struct yh_tx *tx, bool count, struct yh_arena *arena,
			 struct yh_field_key **out, size_t *n, struct yh_err *err)
{
	struct yh_rows *rows;
	void *list;
	enum yh_rc rc = yh_query(tx, err, &rows,
				 "SELECT id, made_at, retired_at FROM field_key ORDER BY made_at,"
				 " id");

	if (rc == YH_OK)
		rc = yh_read_all(rows, arena, read_key, sizeof **out, &list, n, err);
	*out = rc == YH_OK ? list : NULL;
	return rc == YH_OK && count ? count_fields(tx, *out, *n, err) : rc;
}

enum yh_rc yh_field_key_use(struct yh_tx *tx, const char *id, yh_time at, bool *fresh,
			    struct yh_err *err)
{
	int64_t n = 0;
	enum yh_rc rc = yh_exec_n(tx, err, &n,
				  "INSERT INTO field_key (id, made_at) VALUES ($1, $2) ON CONFLICT"
				  " (id) DO UPDATE SET retired_at = NULL WHERE field_key.retired_at"
				  " IS NOT NULL",
				  YH_T(id), YH_I(at));

	*fresh = n > 0;
	return rc;
}

enum yh_rc yh_field_keys_retire(struct yh_tx *tx, const char *writer, yh_time at, int64_t *n,
				struct yh_err *err)
{
	struct yh_field_key *keys;
	struct yh_arena arena;
	size_t n_keys;
	enum yh_rc rc;

	*n = 0;
	yh_arena_init(&arena, 65536);
	rc = yh_field_keys(tx, true, &arena, &keys, &n_keys, err);
	for (size_t i = 0; rc == YH_OK && i < n_keys; i++) {
		if (keys[i].fields > 0 || keys[i].retired_at || strcmp(keys[i].id, writer) == 0)
			continue;
		rc = yh_exec(tx, err, "UPDATE field_key SET retired_at = $1 WHERE id = $2",
			     YH_I(at), YH_T(keys[i].id));
		++*n;
	}
	yh_arena_done(&arena);
	return rc;
}
