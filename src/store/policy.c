/* Packs and calendar years as stored texts. */
#include "store/policy.h"

#include <string.h>

#include "store/mark.h"
#include "store/read.h"

enum { ROWS_MAX = 400 };

enum yh_rc yh_pack_put(struct yh_tx *tx, const struct yh_pack_row *row, struct yh_err *err)
{
	int64_t changed = 0;
	enum yh_rc rc = yh_exec_n(
		tx, err, &changed,
		"INSERT INTO pack (digest, name, valid_from, valid_to, files, installed_at,"
		" enacted_at) VALUES ($1, $2, $3, $4, $5, $6, $7) ON CONFLICT (digest) DO NOTHING",
		YH_B(row->digest.b, sizeof row->digest.b), YH_T(row->name), YH_I(row->valid_from),
		YH_DAY0(row->valid_to), YH_T(row->files), YH_I(row->installed_at),
		row->enacted_at ? YH_I(row->enacted_at) : YH_NUL);

	return rc == YH_OK && changed ? yh_mark_law(tx, err) : rc;
}

enum yh_rc yh_pack_enact(struct yh_tx *tx, const struct yh_sm3 *digest, yh_time at,
			 struct yh_err *err)
{
	int64_t changed = 0;
	enum yh_rc rc =
		yh_exec_n(tx, err, &changed, "UPDATE pack SET enacted_at = $1 WHERE digest = $2",
			  YH_I(at), YH_B(digest->b, sizeof digest->b));

	if (rc == YH_OK && changed == 0)
		rc = yh_fail(err, YH_NOT_FOUND, "pack-none");
	return rc == YH_OK ? yh_mark_law(tx, err) : rc;
}

static bool read_head(const struct yh_rows *r, struct yh_arena *a, void *out)
{
	struct yh_pack_row *p = out;

	*p = (struct yh_pack_row){
		.name = yh_arena_strdup(a, yh_col_text(r, 1)),
		.valid_from = yh_col_day(r, 2),
		.valid_to = yh_col_day(r, 3),
		.installed_at = yh_col_i64(r, 4),
		.enacted_at = yh_col_i64(r, 5),
	};
	YH_COL_FIXED(r, 0, p->digest.b);
	return p->name != NULL;
}

static bool read_pack(const struct yh_rows *r, struct yh_arena *a, void *out)
{
	struct yh_pack_row *p = out;

	if (!read_head(r, a, p))
		return false;
	p->files = yh_arena_strdup(a, yh_col_text(r, 6));
	return p->files != NULL;
}

#define PACK_HEAD "digest, name, valid_from, valid_to, installed_at, enacted_at"

enum yh_rc yh_pack_rows(struct yh_tx *tx, struct yh_arena *arena, struct yh_pack_row **out,
			size_t *n, struct yh_err *err)
{
	struct yh_rows *rows;
	void *list = NULL;
	enum yh_rc rc = yh_query(tx, err, &rows,
				 "SELECT " PACK_HEAD ", files FROM pack ORDER BY installed_at,"
				 " digest LIMIT 400");

	*n = 0;
	if (rc == YH_OK)
		rc = yh_read_all(rows, arena, read_pack, sizeof **out, &list, n, err);
	*out = list;
	return rc;
}

enum yh_rc yh_pack_heads(struct yh_tx *tx, struct yh_arena *arena, struct yh_pack_row **out,
			 size_t *n, struct yh_err *err)
{
	struct yh_rows *rows;
	void *list = NULL;
	enum yh_rc rc = yh_query(tx, err, &rows,
				 "SELECT " PACK_HEAD " FROM pack ORDER BY installed_at, digest"
				 " LIMIT 400");

	*n = 0;
	if (rc == YH_OK)
		rc = yh_read_all(rows, arena, read_head, sizeof **out, &list, n, err);
	*out = list;
	return rc;
}

enum yh_rc yh_year_count(struct yh_tx *tx, int64_t *n, yh_time *newest, struct yh_err *err)
{
	struct yh_rows *rows;
	enum yh_rc rc =
		yh_query(tx, err, &rows, "SELECT count(*), max(installed_at) FROM calendar_year");

	*n = *newest = 0;
	if (rc != YH_OK)
		return rc;
	if (yh_rows_next(rows)) {
		*n = yh_col_i64(rows, 0);
		*newest = yh_col_i64(rows, 1);
	}
	return yh_rows_end(rows, err);
}

enum yh_rc yh_year_put(struct yh_tx *tx, const struct yh_year_row *row, struct yh_err *err)
{
	struct yh_rows *rows;
	int64_t revision = 0;
	bool same = false;
	enum yh_rc rc = yh_query(tx, err, &rows,
				 "SELECT revision, body FROM calendar_year WHERE year = $1"
				 " ORDER BY revision DESC LIMIT 1",
				 YH_I(row->year));

	if (rc != YH_OK)
		return rc;
	if (yh_rows_next(rows)) {
		revision = yh_col_i64(rows, 0);
		same = strcmp(yh_col_text(rows, 1), row->body) == 0;
	}
	rc = yh_rows_end(rows, err);
	if (rc != YH_OK || same)
		return rc;
	rc = yh_exec(tx, err,
		     "INSERT INTO calendar_year (year, revision, source, body, installed_at)"
		     " VALUES ($1, $2, $3, $4, $5)",
		     YH_I(row->year), YH_I(revision + 1), YH_T(row->source), YH_T(row->body),
		     YH_I(row->installed_at));
	return rc == YH_OK ? yh_mark_law(tx, err) : rc;
}

enum yh_rc yh_year_rows(struct yh_tx *tx, struct yh_arena *arena, struct yh_year_row **out,
			size_t *n, struct yh_err *err)
{
	struct yh_rows *rows;
	bool ok = true;
	enum yh_rc rc;

	*n = 0;
	*out = YH_NEW_N(arena, struct yh_year_row, ROWS_MAX);
	if (!*out)
		return yh_fail(err, YH_TOO_LARGE, "memory-short");
	rc = yh_query(tx, err, &rows,
		      "SELECT year, revision, source, body, installed_at FROM calendar_year c"
		      " WHERE revision = (SELECT max(revision) FROM calendar_year d WHERE"
		      " d.year = c.year) ORDER BY year LIMIT 400");
	if (rc != YH_OK)
		return rc;
	for (; ok && *n < ROWS_MAX && yh_rows_next(rows); ++*n) {
		struct yh_year_row *y = &(*out)[*n];

		y->year = yh_col_i64(rows, 0);
		y->revision = yh_col_i64(rows, 1);
		y->source = yh_arena_strdup(arena, yh_col_text(rows, 2));
		y->body = yh_arena_strdup(arena, yh_col_text(rows, 3));
		y->installed_at = yh_col_i64(rows, 4);
		ok = y->source && y->body;
	}
	rc = yh_rows_end(rows, err);
	return rc == YH_OK && !ok ? yh_fail(err, YH_TOO_LARGE, "memory-short") : rc;
}
