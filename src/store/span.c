/* Sizes of resources over time, as a month is reckoned from them. */
#include <string.h>

#include "store/read.h"
#include "store/usage.h"

/* Rows of one query: enough that beginning anew costs nothing, few enough to hold at once. */
enum { PAGE = 20000 };

#define COLUMNS                                                                                    \
	"r.id, z.from_at, z.to_at, z.item, z.qty_milli, r.unit, r.project, r.provider, r.kind, "   \
	"r.former_kind, r.formal_at"
/* Behind (resource $2, from_at $4) up to resource $3, touching [$5, $6). */
#define PAGE_OF(whose)                                                                             \
	"SELECT " COLUMNS                                                                          \
	" FROM resource r JOIN resource_size z ON z.resource = r.id WHERE " whose                  \
	" = $1 AND r.id >= $2 AND r.id <= $3 AND (r.id > $2 OR z.from_at > $4) AND"                \
	" (r.stopped_at IS NULL OR r.stopped_at >= $5) AND z.from_at < $6 AND"                     \
	" (z.to_at IS NULL OR z.to_at >= $5) ORDER BY r.id, z.from_at LIMIT $7"

static void read_owner(const struct yh_rows *r, int col, struct yh_span_row *s)
{
	s->unit = yh_col_id(r, col);
	s->project = yh_col_id(r, col + 1);
	s->provider = yh_col_id(r, col + 2);
	YH_COL_COPY(r, col + 3, s->kind);
	YH_COL_COPY(r, col + 4, s->former_kind);
	s->formal_at = yh_col_i64(r, col + 5);
}

static void read_span(const struct yh_rows *r, struct yh_span_row *s, bool *any)
{
	struct yh_id id = yh_col_id(r, 0);

	s->first = !*any || !yh_id_eq(&id, &s->resource);
	*any = true;
	if (s->first) {
		s->resource = id;
		read_owner(r, 5, s);
	}
	s->from_at = yh_col_i64(r, 1);
	s->to_at = yh_col_i64(r, 2);
	s->item = yh_col_id(r, 3);
	s->qty_milli = yh_col_i64(r, 4);
}

static enum yh_rc stream(struct yh_tx *tx, const char *sql, const struct yh_id *whose,
			 const struct yh_span_range *g, yh_span_fn visit, void *arg,
			 struct yh_err *err)
{
	struct yh_span_row row = { 0 };
	struct yh_id after = g->after;
	yh_time after_from = INT64_MAX;
	bool any = false, go = true;
	enum yh_rc rc = YH_OK;

	for (int got = PAGE; rc == YH_OK && go && got == PAGE;) {
		struct yh_rows *rows;

		got = 0;
		rc = yh_query(tx, err, &rows, sql, YH_ID(whose), YH_ID(&after), YH_ID(&g->last),
			      YH_I(after_from), YH_I(g->from), YH_I(g->to), YH_I(PAGE));
		if (rc != YH_OK)
			return rc;
		while (go && yh_rows_next(rows)) {
			read_span(rows, &row, &any);
			got++;
			go = visit(arg, &row);
		}
		rc = yh_rows_end(rows, err);
		after = row.resource;
		after_from = row.from_at;
	}
	return rc;
}

enum yh_rc yh_span_of_cloud(struct yh_tx *tx, const struct yh_id *cloud,
			    const struct yh_span_range *range, yh_span_fn visit, void *arg,
			    struct yh_err *err)
{
	return stream(tx, PAGE_OF("r.cloud"), cloud, range, visit, arg, err);
}

enum yh_rc yh_span_of_project(struct yh_tx *tx, const struct yh_id *project,
			      const struct yh_span_range *range, yh_span_fn visit, void *arg,
			      struct yh_err *err)
{
	return stream(tx, PAGE_OF("r.project"), project, range, visit, arg, err);
}

enum yh_rc yh_span_cut(struct yh_tx *tx, const struct yh_id *cloud, int64_t part, int64_t parts,
		       struct yh_id *out, struct yh_err *err)
{
	enum { FEW = 2000 };
	struct yh_rows *rows;
	int64_t n = 0;
	enum yh_rc rc = yh_query(tx, err, &rows, "SELECT count(*) FROM resource WHERE cloud = $1",
				 YH_ID(cloud));

	*out = (struct yh_id){ 0 };
	if (rc == YH_OK)
		rc = yh_read_i64(rows, &n, err);
	if (rc != YH_OK || n < FEW)
		return rc;
	rc = yh_query(tx, err, &rows,
		      "SELECT id FROM resource WHERE cloud = $1 ORDER BY id LIMIT 1 OFFSET $2",
		      YH_ID(cloud), YH_I(n / parts * part));
	return rc == YH_OK ? yh_read_id(rows, out, "resource-unknown", err) : rc;
}

static bool read_resource(const struct yh_rows *r, struct yh_arena *a, void *out)
{
	struct yh_span_row *s = out;

	(void)a;
	*s = (struct yh_span_row){ .resource = yh_col_id(r, 0), .first = true };
	read_owner(r, 1, s);
	return true;
}

enum yh_rc yh_span_resource(struct yh_tx *tx, const struct yh_id *resource, struct yh_span_row *out,
			    struct yh_err *err)
{
	struct yh_rows *rows;
	enum yh_rc rc = yh_query(tx, err, &rows,
				 "SELECT r.id, r.unit, r.project, r.provider, r.kind,"
				 " r.former_kind, r.formal_at FROM resource r WHERE r.id = $1",
				 YH_ID(resource));

	return rc == YH_OK ? yh_read_one(rows, NULL, read_resource, out, "resource-unknown", err)
			   : rc;
}

static enum yh_rc one_text(struct yh_rows *rows, char *out, size_t size, const char *slug,
			   struct yh_err *err)
{
	bool found = yh_rows_next(rows);
	enum yh_rc rc;

	if (found)
		yh_col_copy(rows, 0, out, size);
	rc = yh_rows_end(rows, err);
	return rc == YH_OK && !found ? yh_fail(err, YH_NOT_FOUND, slug) : rc;
}

enum yh_rc yh_resource_no(struct yh_tx *tx, const struct yh_id *resource, char out[40],
			  struct yh_err *err)
{
	struct yh_rows *rows;
	enum yh_rc rc =
		yh_query(tx, err, &rows, "SELECT no FROM resource WHERE id = $1", YH_ID(resource));

	return rc == YH_OK ? one_text(rows, out, 40, "resource-unknown", err) : rc;
}

enum yh_rc yh_item_code(struct yh_tx *tx, const struct yh_id *item, char out[64],
			struct yh_err *err)
{
	struct yh_rows *rows;
	enum yh_rc rc =
		yh_query(tx, err, &rows, "SELECT code FROM item WHERE id = $1", YH_ID(item));

	return rc == YH_OK ? one_text(rows, out, 64, "item-unknown", err) : rc;
}
