/* Documents: rows about bytes that lie in files named by their digest. */
#include "store/document.h"

#include "store/read.h"

#define COLUMNS                                                                                    \
	"d.id, d.digest, d.name, d.kind, d.size_bytes, d.person, d.made_at, d.attached_at,"        \
	" d.label, d.owner"

static bool read_document(const struct yh_rows *r, struct yh_arena *a, void *out)
{
	struct yh_document_row *d = out;

	*d = (struct yh_document_row){ .id = yh_col_id(r, 0),
				       .size_bytes = yh_col_i64(r, 4),
				       .person = yh_col_id(r, 5),
				       .made_at = yh_col_i64(r, 6),
				       .attached_at = yh_col_i64(r, 7),
				       .owner = yh_col_id(r, 9),
				       .place = "",
				       .person_name = "" };
	YH_COL_FIXED(r, 1, d->digest.b);
	YH_COL_COPY(r, 3, d->kind);
	YH_COL_COPY(r, 8, d->label);
	return yh_col_keep(r, a, 2, &d->name);
}

static bool read_attached(const struct yh_rows *r, struct yh_arena *a, void *out)
{
	struct yh_document_row *d = out;

	if (!read_document(r, a, d))
		return false;
	d->linked_at = yh_col_i64(r, 11);
	return yh_col_keep(r, a, 10, &d->place) && yh_col_keep(r, a, 12, &d->person_name);
}

enum yh_rc yh_document_insert(struct yh_tx *tx, const struct yh_document_row *row,
			      struct yh_err *err)
{
	return yh_exec(tx, err,
		       "INSERT INTO document (id, digest, name, kind, size_bytes, person, made_at,"
		       " attached_at, label, owner) VALUES ($1, $2, $3, $4, $5, $6, $7, NULL, $8,"
		       " $9)",
		       YH_ID(&row->id), YH_B(row->digest.b, sizeof row->digest.b), YH_T(row->name),
		       YH_T(row->kind), YH_I(row->size_bytes), YH_ID0(&row->person),
		       YH_I(row->made_at), YH_T(row->label), YH_ID0(&row->owner));
}

enum yh_rc yh_document_relabel(struct yh_tx *tx, const struct yh_document_row *row,
			       struct yh_err *err)
{
	return yh_exec(tx, err, "UPDATE document SET label = $2, owner = $3 WHERE id = $1",
		       YH_ID(&row->id), YH_T(row->label), YH_ID0(&row->owner));
}

#define BELOW "$3 LIKE '%|' || REPLACE(label, '_', '!_') || '|%' ESCAPE '!'"

enum yh_rc yh_document_raise(struct yh_tx *tx, const struct yh_id *case_id, const char *below,
			     const char *label, struct yh_err *err)
{
	static const char *const texts[] = {
		"UPDATE document SET label = $1 WHERE (id IN (SELECT document FROM document_link"
		" WHERE object_kind = 'case' AND object = $2) OR id IN (SELECT document FROM paper"
		" WHERE case_id = $2)) AND " BELOW,
		"UPDATE paper SET label = $1 WHERE case_id = $2 AND " BELOW,
		"UPDATE link_file SET label = $1 WHERE case_id = $2 AND " BELOW,
	};
	enum yh_rc rc = YH_OK;

	for (size_t i = 0; rc == YH_OK && i < sizeof texts / sizeof texts[0]; i++)
		rc = yh_exec(tx, err, texts[i], YH_T(label), YH_ID(case_id), YH_T(below));
	return rc;
}

static bool read_id(const struct yh_rows *r, struct yh_arena *a, void *out)
{
	(void)a;
	*(struct yh_id *)out = yh_col_id(r, 0);
	return true;
}

enum yh_rc yh_document_parts(struct yh_tx *tx, const struct yh_id *case_id, struct yh_arena *arena,
			     struct yh_id **out, size_t *n, struct yh_err *err)
{
	struct yh_rows *rows;
	enum yh_rc rc = yh_query(tx, err, &rows,
				 "SELECT document FROM document_link WHERE object_kind = 'case' AND"
				 " object = $1 UNION SELECT document FROM paper WHERE case_id = $1"
				 " AND document IS NOT NULL UNION SELECT id FROM link_file WHERE"
				 " case_id = $1 ORDER BY 1",
				 YH_ID(case_id));

	return rc == YH_OK ? yh_read_all(rows, arena, read_id, sizeof **out, out, n, err) : rc;
}

enum yh_rc yh_document_load(struct yh_tx *tx, const struct yh_id *id, struct yh_arena *arena,
			    struct yh_document_row *out, struct yh_err *err)
{
	struct yh_rows *rows;
	enum yh_rc rc = yh_query(tx, err, &rows,
				 "SELECT " COLUMNS " FROM document d WHERE d.id = $1", YH_ID(id));

	return rc == YH_OK ? yh_read_one(rows, arena, read_document, out, "document-unknown", err)
			   : rc;
}

enum yh_rc yh_document_loose(struct yh_tx *tx, const struct yh_id *person, struct yh_arena *arena,
			     struct yh_document_row **out, size_t *n, struct yh_err *err)
{
	struct yh_rows *rows;
	enum yh_rc rc = yh_query(tx, err, &rows,
				 "SELECT " COLUMNS " FROM document d WHERE d.person = $1 AND"
				 " d.attached_at IS NULL ORDER BY d.id DESC LIMIT $2",
				 YH_ID(person), YH_I(YH_DOCUMENTS_LISTED));

	return rc == YH_OK ? yh_read_all(rows, arena, read_document, sizeof **out, out, n, err)
			   : rc;
}

enum yh_rc yh_document_loose_sum(struct yh_tx *tx, const struct yh_id *person, int64_t *n,
				 int64_t *bytes, struct yh_err *err)
{
	struct yh_rows *rows;
	enum yh_rc rc = yh_query(tx, err, &rows,
				 "SELECT COUNT(*), COALESCE(SUM(size_bytes), 0) FROM document WHERE"
				 " person = $1 AND attached_at IS NULL",
				 YH_ID(person));

	if (rc != YH_OK)
		return rc;
	(void)yh_rows_next(rows);
	*n = yh_col_i64(rows, 0);
	*bytes = yh_col_i64(rows, 1);
	return yh_rows_end(rows, err);
}

enum yh_rc yh_document_delete(struct yh_tx *tx, const struct yh_id *id, int64_t *n,
			      struct yh_err *err)
{
	return yh_exec_n(tx, err, n, "DELETE FROM document WHERE id = $1 AND attached_at IS NULL",
			 YH_ID(id));
}

enum yh_rc yh_document_lapse(struct yh_tx *tx, yh_time before, uint32_t most, int64_t *n,
			     struct yh_err *err)
{
	return yh_exec_n(tx, err, n,
			 "DELETE FROM document WHERE attached_at IS NULL AND id IN (SELECT id FROM"
			 " document WHERE attached_at IS NULL AND made_at < $1 ORDER BY made_at"
			 " LIMIT $2)",
			 YH_I(before), YH_I(most));
}

enum yh_rc yh_document_attach(struct yh_tx *tx, const struct yh_id *id, const char *kind,
			      const struct yh_id *object, const char *place,
			      const struct yh_id *person, yh_time at, bool *fresh,
			      struct yh_err *err)
{
	int64_t n = 0;
	enum yh_rc rc = yh_exec_n(tx, err, &n,
				  "UPDATE document SET attached_at = COALESCE(attached_at, $2)"
				  " WHERE id = $1",
				  YH_ID(id), YH_I(at));

	*fresh = false;
	if (rc == YH_OK && n == 0)
		rc = yh_fail(err, YH_NOT_FOUND, "document-unknown");
	if (rc == YH_OK)
		rc = yh_exec_n(tx, err, &n,
			       "INSERT INTO document_link (document, object_kind, object, place,"
			       " person, at) VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT DO"
			       " NOTHING",
			       YH_ID(id), YH_T(kind), YH_ID(object), YH_T(place), YH_ID0(person),
			       YH_I(at));
	*fresh = rc == YH_OK && n > 0;
	return rc;
}

enum yh_rc yh_document_linked(struct yh_tx *tx, const struct yh_id *id, const char *kind,
			      const struct yh_id *object, bool *linked, struct yh_err *err)
{
	struct yh_rows *rows;
	enum yh_rc rc = yh_query(tx, err, &rows,
				 "SELECT 1 FROM document_link WHERE document = $1 AND object_kind ="
				 " $2 AND object = $3",
				 YH_ID(id), YH_T(kind), YH_ID(object));

	return rc == YH_OK ? yh_read_any(rows, linked, err) : rc;
}

static bool read_link(const struct yh_rows *r, struct yh_arena *a, void *out)
{
	struct yh_document_link *l = out;

	(void)a;
	l->object = yh_col_id(r, 1);
	YH_COL_COPY(r, 0, l->object_kind);
	return true;
}

enum yh_rc yh_document_links(struct yh_tx *tx, const struct yh_id *id, struct yh_arena *arena,
			     struct yh_document_link **out, size_t *n, struct yh_err *err)
{
	struct yh_rows *rows;
	enum yh_rc rc = yh_query(tx, err, &rows,
				 "SELECT object_kind, object FROM document_link WHERE document ="
				 " $1 ORDER BY at, object LIMIT $2",
				 YH_ID(id), YH_I(YH_DOCUMENTS_LISTED));

	return rc == YH_OK ? yh_read_all(rows, arena, read_link, sizeof **out, out, n, err) : rc;
}

enum yh_rc yh_document_of(struct yh_tx *tx, const char *kind, const struct yh_id *object,
			  struct yh_arena *arena, struct yh_document_row **out, size_t *n,
			  struct yh_err *err)
{
	struct yh_rows *rows;
	enum yh_rc rc = yh_query(tx, err, &rows,
				 "SELECT " COLUMNS ", l.place, l.at, COALESCE(p.name, f.by_name,"
				 " '') FROM document_link l JOIN document d ON d.id = l.document"
				 " LEFT JOIN person p ON p.id = l.person LEFT JOIN link_file f ON"
				 " f.id = d.id WHERE l.object_kind = $1 AND l.object = $2 ORDER BY"
				 " l.at, d.id LIMIT $3",
				 YH_T(kind), YH_ID(object), YH_I(YH_DOCUMENTS_LISTED));

	return rc == YH_OK ? yh_read_all(rows, arena, read_attached, sizeof **out, out, n, err)
			   : rc;
}

static bool read_procedure(const struct yh_rows *r, struct yh_arena *a, void *out)
{
	return yh_col_keep(r, a, 0, out);
}

enum yh_rc yh_document_unlabelled(struct yh_tx *tx, struct yh_arena *arena, const char ***out,
				  size_t *n, struct yh_err *err)
{
	struct yh_rows *rows;
	enum yh_rc rc = yh_query(tx, err, &rows,
				 "SELECT c.procedure_name FROM document d JOIN document_link l ON"
				 " l.document = d.id AND l.object_kind = 'case' JOIN case_file c ON"
				 " c.id = l.object WHERE d.label = '' UNION SELECT c.procedure_name"
				 " FROM paper a JOIN case_file c ON c.id = a.case_id WHERE a.label"
				 " = ''");

	return rc == YH_OK ? yh_read_all(rows, arena, read_procedure, sizeof **out, out, n, err)
			   : rc;
}

enum yh_rc yh_document_fill(struct yh_tx *tx, const char *procedure, const char *label,
			    struct yh_err *err)
{
	return yh_exec(tx, err,
		       "UPDATE document SET label = $1 WHERE label = '' AND EXISTS (SELECT 1 FROM"
		       " document_link l JOIN case_file c ON c.id = l.object WHERE l.document ="
		       " document.id AND l.object_kind = 'case' AND c.procedure_name = $2)",
		       YH_T(label), YH_T(procedure));
}

enum yh_rc yh_document_fill_papers(struct yh_tx *tx, const char *procedure, const char *label,
				   struct yh_err *err)
{
	enum yh_rc rc = yh_exec(tx, err,
				"UPDATE document SET label = $1 WHERE label = '' AND id IN (SELECT"
				" a.document FROM paper a JOIN case_file c ON c.id = a.case_id"
				" WHERE a.document IS NOT NULL AND c.procedure_name = $2)",
				YH_T(label), YH_T(procedure));

	return rc == YH_OK ? yh_exec(tx, err,
				     "UPDATE paper SET label = $1 WHERE label = '' AND case_id IN"
				     " (SELECT id FROM case_file WHERE procedure_name = $2)",
				     YH_T(label), YH_T(procedure))
			   : rc;
}

enum yh_rc yh_document_any(struct yh_tx *tx, const struct yh_sm3 *digest, bool *any,
			   struct yh_err *err)
{
	struct yh_rows *rows;
	enum yh_rc rc = yh_query(tx, err, &rows, "SELECT 1 FROM document WHERE digest = $1 LIMIT 1",
				 YH_B(digest->b, sizeof digest->b));

	return rc == YH_OK ? yh_read_any(rows, any, err) : rc;
}

enum yh_rc yh_document_place(struct yh_tx *tx, char out[YH_DOCUMENT_PLACE], struct yh_err *err)
{
	struct yh_rows *rows;
	enum yh_rc rc = yh_query(tx, err, &rows, "SELECT place FROM document_place WHERE one = 1");

	out[0] = 0;
	if (rc != YH_OK)
		return rc;
	if (yh_rows_next(rows))
		yh_col_copy(rows, 0, out, YH_DOCUMENT_PLACE);
	return yh_rows_end(rows, err);
}

enum yh_rc yh_document_place_take(struct yh_tx *tx, const char *place,
				  char named[YH_DOCUMENT_PLACE], struct yh_err *err)
{
	enum yh_rc rc = yh_exec(tx, err,
				"INSERT INTO document_place (one, place) VALUES (1, $1) ON CONFLICT"
				" DO NOTHING",
				YH_T(place));

	return rc == YH_OK ? yh_document_place(tx, named, err) : rc;
}
