/* Files that the other side of the districts' link named with a case. */
#include "store/link_file.h"

#include "store/read.h"

#define COLUMNS                                                                                    \
	"id, cloud, case_id, far, digest, name, kind, size_bytes, place, by_name, told_at, "       \
	"state, got_bytes, since, problem, retry_at, label"

static bool read_file(const struct yh_rows *r, struct yh_arena *a, void *out)
{
	struct yh_link_file_row *f = out;

	*f = (struct yh_link_file_row){ .id = yh_col_id(r, 0),
					.cloud = yh_col_id(r, 1),
					.case_id = yh_col_id(r, 2),
					.size_bytes = yh_col_i64(r, 7),
					.told_at = yh_col_i64(r, 10),
					.got_bytes = yh_col_i64(r, 12),
					.since = yh_col_i64(r, 13),
					.retry_at = yh_col_i64(r, 15) };
	YH_COL_FIXED(r, 4, f->digest.b);
	YH_COL_COPY(r, 6, f->kind);
	YH_COL_COPY(r, 8, f->place);
	YH_COL_COPY(r, 11, f->state);
	YH_COL_COPY(r, 16, f->label);
	return yh_col_keep(r, a, 3, &f->far) && yh_col_keep(r, a, 5, &f->name) &&
	       yh_col_keep(r, a, 9, &f->by) && yh_col_keep(r, a, 14, &f->problem);
}

enum yh_rc yh_link_file_insert(struct yh_tx *tx, const struct yh_link_file_row *f, bool *fresh,
			       struct yh_err *err)
{
	int64_t n = 0;
	enum yh_rc rc =
		yh_exec_n(tx, err, &n,
			  "INSERT INTO link_file (" COLUMNS ") VALUES ($1, $2, $3, $4, $5, $6, $7,"
			  " $8, $9, $10, $11, $12, $13, $14, $15, $16, $17) ON CONFLICT DO NOTHING",
			  YH_ID(&f->id), YH_ID(&f->cloud), YH_ID(&f->case_id), YH_T(f->far),
			  YH_B(f->digest.b, sizeof f->digest.b), YH_T(f->name), YH_T(f->kind),
			  YH_I(f->size_bytes), YH_T(f->place), YH_T(f->by), YH_I(f->told_at),
			  YH_T(f->state), YH_I(f->got_bytes), YH_I(f->since), YH_T(f->problem),
			  YH_I(f->retry_at), YH_T(f->label));

	*fresh = rc == YH_OK && n > 0;
	return rc;
}

static enum yh_rc read_found(struct yh_rows *rows, struct yh_arena *arena, yh_read_fn read,
			     void *out, bool *found, struct yh_err *err)
{
	struct yh_err why = { 0 };
	enum yh_rc rc = yh_read_one(rows, arena, read, out, "document-unknown", &why);

	*found = rc == YH_OK;
	if (rc == YH_OK || rc == YH_NOT_FOUND)
		return YH_OK;
	if (err && err->rc == YH_OK)
		*err = why;
	return rc;
}

enum yh_rc yh_link_file_load(struct yh_tx *tx, const struct yh_id *id, struct yh_arena *arena,
			     struct yh_link_file_row *out, bool *found, struct yh_err *err)
{
	struct yh_rows *rows;
	enum yh_rc rc = yh_query(tx, err, &rows, "SELECT " COLUMNS " FROM link_file WHERE id = $1",
				 YH_ID(id));

	return rc == YH_OK ? read_found(rows, arena, read_file, out, found, err) : rc;
}

enum yh_rc yh_link_file_of(struct yh_tx *tx, const struct yh_id *case_id, struct yh_arena *arena,
			   struct yh_link_file_row **out, size_t *n, struct yh_err *err)
{
	struct yh_rows *rows;
	enum yh_rc rc = yh_query(tx, err, &rows,
				 "SELECT " COLUMNS " FROM link_file WHERE case_id = $1 ORDER BY"
				 " told_at, id LIMIT $2",
				 YH_ID(case_id), YH_I(YH_DOCUMENTS_LISTED));

	return rc == YH_OK ? yh_read_all(rows, arena, read_file, sizeof **out, (void **)out, n, err)
			   : rc;
}

enum yh_rc yh_link_file_count(struct yh_tx *tx, const struct yh_id *case_id, int64_t *n,
			      struct yh_err *err)
{
	struct yh_rows *rows;
	enum yh_rc rc =
		yh_query(tx, err, &rows, "SELECT COUNT(*) FROM link_file WHERE case_id = $1",
			 YH_ID(case_id));

	return rc == YH_OK ? yh_read_i64(rows, n, err) : rc;
}

enum yh_rc yh_link_file_same(struct yh_tx *tx, const struct yh_id *cloud,
			     const struct yh_sm3 *digest, struct yh_arena *arena,
			     struct yh_link_file_row **out, size_t *n, struct yh_err *err)
{
	struct yh_rows *rows;
	enum yh_rc rc = yh_query(tx, err, &rows,
				 "SELECT " COLUMNS " FROM link_file WHERE cloud = $1 AND digest ="
				 " $2 ORDER BY told_at, id LIMIT $3",
				 YH_ID(cloud), YH_B(digest->b, sizeof digest->b),
				 YH_I(YH_DOCUMENTS_LISTED));

	return rc == YH_OK ? yh_read_all(rows, arena, read_file, sizeof **out, (void **)out, n, err)
			   : rc;
}

enum yh_rc yh_link_file_wanted(struct yh_tx *tx, const struct yh_id *cloud, yh_time now,
			       uint32_t most, struct yh_arena *arena, struct yh_link_file_row **out,
			       size_t *n, struct yh_err *err)
{
	struct yh_rows *rows;
	enum yh_rc rc = yh_query(
		tx, err, &rows,
		"SELECT " COLUMNS " FROM link_file f WHERE cloud = $1 AND state = 'coming' AND"
		" retry_at <= $2 AND NOT EXISTS (SELECT 1 FROM link_file o WHERE o.cloud = f.cloud"
		" AND o.digest = f.digest AND o.state = 'coming' AND (o.told_at < f.told_at OR"
		" (o.told_at = f.told_at AND o.id < f.id))) ORDER BY told_at, id LIMIT $3",
		YH_ID(cloud), YH_I(now), YH_I(most));

	return rc == YH_OK ? yh_read_all(rows, arena, read_file, sizeof **out, (void **)out, n, err)
			   : rc;
}

enum yh_rc yh_link_file_save(struct yh_tx *tx, const struct yh_link_file_row *f, struct yh_err *err)
{
	return yh_exec(tx, err,
		       "UPDATE link_file SET state = $2, got_bytes = $3, since = $4, problem = $5,"
		       " retry_at = $6, label = $7 WHERE id = $1",
		       YH_ID(&f->id), YH_T(f->state), YH_I(f->got_bytes), YH_I(f->since),
		       YH_T(f->problem), YH_I(f->retry_at), YH_T(f->label));
}

static bool read_document(const struct yh_rows *r, struct yh_arena *a, void *out)
{
	struct yh_document_row *d = out;

	*d = (struct yh_document_row){ .id = yh_col_id(r, 0),
				       .size_bytes = yh_col_i64(r, 4),
				       .place = "",
				       .person_name = "" };
	YH_COL_FIXED(r, 1, d->digest.b);
	YH_COL_COPY(r, 3, d->kind);
	return yh_col_keep(r, a, 2, &d->name);
}

#define SHARED                                                                                     \
	"SELECT d.id, d.digest, d.name, d.kind, d.size_bytes FROM document d JOIN document_link l" \
	" ON l.document = d.id AND l.object_kind = 'case' "

enum yh_rc yh_link_file_shared(struct yh_tx *tx, const struct yh_link_shared *s,
			       const struct yh_sm3 *digest, struct yh_arena *arena,
			       struct yh_document_row *out, bool *found, struct yh_err *err)
{
	struct yh_rows *rows;
	enum yh_rc rc =
		s->district
			? yh_query(tx, err, &rows,
				   SHARED "JOIN case_link k ON k.case_id = l.object WHERE d.digest"
					  " = $1 LIMIT 1",
				   YH_B(digest->b, sizeof digest->b))
			: yh_query(tx, err, &rows,
				   SHARED
				   "JOIN case_file c ON c.id = l.object JOIN org u ON u.id = c.unit"
				   " WHERE d.digest = $1 AND u.district = $2 AND c.cloud <> $3"
				   " LIMIT 1",
				   YH_B(digest->b, sizeof digest->b), YH_T(s->code),
				   YH_ID(&s->cloud));

	return rc == YH_OK ? read_found(rows, arena, read_document, out, found, err) : rc;
}
