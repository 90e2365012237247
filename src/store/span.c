/* Sizes of resources over time, as a month is reckoned from them. */
#include <stdlib.h>
#include <string.h>

#include "store/read.h"
#include "store/usage.h"

/* Rows of one query: enough that beginning anew costs nothing, few enough to hold at once. */
enum { PAGE = 20000, OWNERS = 4096, SIZES_EACH = 8 };

/* Whose a resource was until an instant (X9). */
struct tenure {
	struct yh_id resource, unit, provider;
	yh_time until;
};
struct tenures {
	struct tenure *list; /* by resource and time; only those that reach into the range */
	size_t n, cap;
	size_t at; /* the first one of the resource at hand, or of a later one */
};

struct reading {
	struct yh_tx *tx;
	const struct yh_span_range *g;
	yh_span_fn visit;
	void *arg;
	struct yh_span_row row; /* the one visited last */
	struct yh_id after;     /* what is left: behind this resource and instant */
	yh_time after_from;
	bool any, go;
	struct tenures past;
	int period; /* which of its tenures was told last; -1: none */
};

static void begin(struct reading *q, struct yh_tx *tx, const struct yh_span_range *g,
		  yh_span_fn visit, void *arg)
{
	*q = (struct reading){ .tx = tx,
			       .g = g,
			       .visit = visit,
			       .arg = arg,
			       .after = g->after,
			       .after_from = INT64_MAX,
			       .go = true };
}

static void read_owner(const struct yh_rows *r, int col, struct yh_span_row *s)
{
	s->unit = yh_col_id(r, col);
	s->project = yh_col_id(r, col + 1);
	s->provider = yh_col_id(r, col + 2);
	YH_COL_COPY(r, col + 3, s->kind);
	YH_COL_COPY(r, col + 4, s->former_kind);
	s->formal_at = yh_col_i64(r, col + 5);
	s->own_from = s->own_to = 0;
}

static void read_size(const struct yh_rows *r, struct yh_span_row *s)
{
	s->from_at = yh_col_i64(r, 1);
	s->to_at = yh_col_i64(r, 2);
	s->item = yh_col_id(r, 3);
	s->qty_milli = yh_col_i64(r, 4);
}

/* ---- who had it before ---- */

#define TENURES "SELECT t.resource, t.until_at, t.unit, t.provider FROM tenure t "
#define TENURES_BETWEEN                                                                            \
	"t.resource >= $1 AND t.resource <= $2 AND t.until_at > $3 ORDER BY t.resource, "          \
	"t.until_at"

static enum yh_rc read_tenures(struct reading *q, struct yh_rows *rows, struct yh_err *err)
{
	struct tenures *p = &q->past;
	bool ok = true;
	enum yh_rc rc;

	p->n = p->at = 0;
	while (ok && yh_rows_next(rows)) {
		if (p->n == p->cap) {
			size_t cap = p->cap * 2 + 64;
			struct tenure *more = realloc(p->list, cap * sizeof *more);

			ok = more != NULL;
			if (!ok)
				break;
			p->list = more;
			p->cap = cap;
		}
		p->list[p->n++] = (struct tenure){ .resource = yh_col_id(rows, 0),
						   .until = yh_col_i64(rows, 1),
						   .unit = yh_col_id(rows, 2),
						   .provider = yh_col_id(rows, 3) };
	}
	rc = yh_rows_end(rows, err);
	return rc == YH_OK && !ok ? yh_fail(err, YH_TOO_LARGE, "memory-short") : rc;
}

static enum yh_rc tenures_between(struct reading *q, const struct yh_id *first,
				  const struct yh_id *last, struct yh_err *err)
{
	struct yh_rows *rows;
	enum yh_rc rc = yh_query(q->tx, err, &rows, TENURES "WHERE " TENURES_BETWEEN, YH_ID(first),
				 YH_ID(last), YH_I(q->g->from));

	return rc == YH_OK ? read_tenures(q, rows, err) : rc;
}

static enum yh_rc tenures_of(struct reading *q, const char *sql, const struct yh_id *whose,
			     struct yh_err *err)
{
	struct yh_rows *rows;
	enum yh_rc rc = yh_query(q->tx, err, &rows, sql, YH_ID(&q->after), YH_ID(&q->g->last),
				 YH_I(q->g->from), YH_ID(whose));

	return rc == YH_OK ? read_tenures(q, rows, err) : rc;
}

/* The tenures of the resource at hand, whose first is at past.at. */
static size_t n_tenures(struct reading *q)
{
	struct tenures *p = &q->past;
	size_t n = 0;

	while (p->at < p->n && yh_id_cmp(&p->list[p->at].resource, &q->row.resource) < 0)
		p->at++;
	while (p->at + n < p->n && yh_id_eq(&p->list[p->at + n].resource, &q->row.resource))
		n++;
	return n;
}

static void visit_piece(struct reading *q, size_t period, size_t n, yh_time from, yh_time to)
{
	const struct tenure *t = &q->past.list[q->past.at + period];
	struct yh_span_row piece = q->row;

	piece.from_at = from;
	piece.to_at = to;
	piece.own_from = period ? t[-1].until : 0;
	piece.own_to = period < n ? t->until : 0;
	piece.first = q->period != (int)period;
	if (period < n) {
		piece.unit = t->unit;
		piece.provider = t->provider;
	}
	q->period = (int)period;
	q->go = q->visit(q->arg, &piece);
}

static void visit_row(struct reading *q)
{
	size_t n = q->past.n ? n_tenures(q) : 0;
	yh_time from = q->row.from_at, to = q->row.to_at ? q->row.to_at : INT64_MAX;

	q->any = true;
	q->after = q->row.resource;
	q->after_from = q->row.from_at;
	if (q->row.first)
		q->period = -1;
	if (n == 0) {
		q->go = q->visit(q->arg, &q->row);
		return;
	}
	for (size_t i = 0; q->go && i <= n; i++) {
		const struct tenure *t = &q->past.list[q->past.at];
		yh_time begin = i ? t[i - 1].until : INT64_MIN,
			end = i < n ? t[i].until : INT64_MAX;
		yh_time a = from > begin ? from : begin, b = to < end ? to : end;

		if (a < b)
			visit_piece(q, i, n, a, b == INT64_MAX ? 0 : b);
	}
}

/* ---- few among many: sizes are looked for resource by resource ---- */

/* Behind (resource $2, from_at $4) up to resource $3, touching [$5, $6). */
#define PAGE_OF(whose)                                                                             \
	"SELECT r.id, z.from_at, z.to_at, z.item, z.qty_milli, r.unit, r.project, r.provider,"     \
	" r.kind, r.former_kind, r.formal_at"                                                      \
	" FROM resource r JOIN resource_size z ON z.resource = r.id WHERE " whose                  \
	" = $1 AND r.id >= $2 AND r.id <= $3 AND (r.id > $2 OR z.from_at > $4) AND"                \
	" (r.stopped_at IS NULL OR r.stopped_at >= $5) AND z.from_at < $6 AND"                     \
	" (z.to_at IS NULL OR z.to_at >= $5) ORDER BY r.id, z.from_at LIMIT $7"

#define PAST_OF(whose)                                                                             \
	TENURES "JOIN resource r ON r.id = t.resource WHERE " whose " = $4 AND " TENURES_BETWEEN

static enum yh_rc read_joined(struct reading *q, const char *sql, const char *past,
			      const struct yh_id *whose, struct yh_err *err)
{
	enum yh_rc rc = tenures_of(q, past, whose, err);

	for (int got = PAGE; rc == YH_OK && q->go && got == PAGE;) {
		struct yh_rows *rows;

		got = 0;
		rc = yh_query(q->tx, err, &rows, sql, YH_ID(whose), YH_ID(&q->after),
			      YH_ID(&q->g->last), YH_I(q->after_from), YH_I(q->g->from),
			      YH_I(q->g->to), YH_I(PAGE));
		if (rc != YH_OK)
			return rc;
		while (q->go && yh_rows_next(rows)) {
			struct yh_id id = yh_col_id(rows, 0);

			q->row.first = !q->any || !yh_id_eq(&id, &q->row.resource);
			if (q->row.first) {
				q->row.resource = id;
				read_owner(rows, 5, &q->row);
			}
			read_size(rows, &q->row);
			got++;
			visit_row(q);
		}
		rc = yh_rows_end(rows, err);
	}
	return rc;
}

/* ---- most of all: both tables in the order of their keys, side by side ---- */

struct owners {
	struct yh_span_row list[OWNERS];
	size_t n;
};

static enum yh_rc read_owners(struct reading *q, const struct yh_id *cloud, struct owners *o,
			      struct yh_err *err)
{
	struct yh_rows *rows;
	enum yh_rc rc = yh_query(q->tx, err, &rows,
				 "SELECT r.id, r.unit, r.project, r.provider, r.kind,"
				 " r.former_kind, r.formal_at FROM resource r WHERE r.cloud = $1"
				 " AND r.id > $2 AND r.id <= $3 AND (r.stopped_at IS NULL OR"
				 " r.stopped_at >= $4) ORDER BY r.id LIMIT $5",
				 YH_ID(cloud), YH_ID(&q->after), YH_ID(&q->g->last),
				 YH_I(q->g->from), YH_I(OWNERS));

	o->n = 0;
	if (rc != YH_OK)
		return rc;
	while (o->n < OWNERS && yh_rows_next(rows)) {
		o->list[o->n].resource = yh_col_id(rows, 0);
		read_owner(rows, 1, &o->list[o->n++]);
	}
	return yh_rows_end(rows, err);
}

/* Whether the owner at hand has this size, or a later one may have it. */
static bool find_owner(const struct owners *o, size_t *at, const struct yh_id *resource)
{
	while (*at < o->n && yh_id_cmp(&o->list[*at].resource, resource) < 0)
		++*at;
	return *at < o->n && yh_id_eq(&o->list[*at].resource, resource);
}

/* The sizes of a page of owners. *far: among those of so many others that they are better looked
 * for one by one. */
static enum yh_rc read_sizes(struct reading *q, const struct owners *o, bool *far,
			     struct yh_err *err)
{
	struct yh_rows *rows;
	size_t at = 0, had = SIZE_MAX, got = 0;
	enum yh_rc rc = yh_query(q->tx, err, &rows,
				 "SELECT z.resource, z.from_at, z.to_at, z.item, z.qty_milli FROM"
				 " resource_size z WHERE z.resource >= $1 AND z.resource <= $2 AND"
				 " z.from_at < $3 AND (z.to_at IS NULL OR z.to_at >= $4)"
				 " ORDER BY z.resource, z.from_at LIMIT $5",
				 YH_ID(&o->list[0].resource), YH_ID(&o->list[o->n - 1].resource),
				 YH_I(q->g->to), YH_I(q->g->from), YH_I(OWNERS * SIZES_EACH));

	if (rc != YH_OK)
		return rc;
	for (; q->go && yh_rows_next(rows); got++) {
		struct yh_id id = yh_col_id(rows, 0);

		if (!find_owner(o, &at, &id))
			continue;
		if (at != had)
			q->row = o->list[at];
		q->row.first = at != had;
		had = at;
		read_size(rows, &q->row);
		visit_row(q);
	}
	*far = got == OWNERS * SIZES_EACH;
	return yh_rows_end(rows, err);
}

static enum yh_rc read_side_by_side(struct reading *q, const struct yh_id *cloud, struct owners *o,
				    struct yh_err *err)
{
	bool far = false;
	enum yh_rc rc;

	do {
		rc = read_owners(q, cloud, o, err);
		if (rc == YH_OK && o->n > 0)
			rc = tenures_between(q, &o->list[0].resource, &o->list[o->n - 1].resource,
					     err);
		if (rc == YH_OK && o->n > 0)
			rc = read_sizes(q, o, &far, err);
		if (rc == YH_OK && !far && o->n > 0) {
			q->after = o->list[o->n - 1].resource;
			q->after_from = INT64_MAX;
		}
	} while (rc == YH_OK && q->go && !far && o->n == OWNERS);
	return rc == YH_OK && q->go && far
		       ? read_joined(q, PAGE_OF("r.cloud"), PAST_OF("r.cloud"), cloud, err)
		       : rc;
}

enum yh_rc yh_span_of_cloud(struct yh_tx *tx, const struct yh_id *cloud,
			    const struct yh_span_range *range, yh_span_fn visit, void *arg,
			    struct yh_err *err)
{
	struct owners *o = malloc(sizeof *o);
	struct reading q;
	enum yh_rc rc;

	if (!o)
		return yh_fail(err, YH_TOO_LARGE, "memory-short");
	begin(&q, tx, range, visit, arg);
	rc = read_side_by_side(&q, cloud, o, err);
	free(q.past.list);
	free(o);
	return rc;
}

enum yh_rc yh_span_of_project(struct yh_tx *tx, const struct yh_id *project,
			      const struct yh_span_range *range, yh_span_fn visit, void *arg,
			      struct yh_err *err)
{
	struct reading q;

	enum yh_rc rc;

	begin(&q, tx, range, visit, arg);
	rc = read_joined(&q, PAGE_OF("r.project"), PAST_OF("r.project"), project, err);
	free(q.past.list);
	return rc;
}

enum yh_rc yh_span_cut(struct yh_tx *tx, const struct yh_id *cloud, int64_t part, int64_t parts,
		       struct yh_id *out, struct yh_err *err)
{
	enum { FEW = 2000 };
	struct yh_rows *rows;
	int64_t n = 0;
	bool many = false;
	enum yh_rc rc = yh_query(tx, err, &rows,
				 "SELECT id FROM resource WHERE cloud = $1 ORDER BY id LIMIT 1"
				 " OFFSET $2",
				 YH_ID(cloud), YH_I(FEW));

	*out = (struct yh_id){ 0 };
	if (rc == YH_OK)
		rc = yh_read_any(rows, &many, err);
	if (rc != YH_OK || !many)
		return rc;
	/* among all clouds': by the narrow index of the key, and a fair cut is enough */
	rc = yh_query(tx, err, &rows, "SELECT count(*) FROM resource");
	if (rc == YH_OK)
		rc = yh_read_i64(rows, &n, err);
	if (rc == YH_OK)
		rc = yh_query(tx, err, &rows,
			      "SELECT id FROM resource ORDER BY id LIMIT 1 OFFSET $1",
			      YH_I(n / parts * part));
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

enum yh_rc yh_span_resource(struct yh_tx *tx, const struct yh_id *resource, yh_time at,
			    struct yh_span_row *out, struct yh_err *err)
{
	struct yh_rows *rows;
	enum yh_rc rc = yh_query(tx, err, &rows,
				 "SELECT r.id, r.unit, r.project, r.provider, r.kind,"
				 " r.former_kind, r.formal_at FROM resource r WHERE r.id = $1",
				 YH_ID(resource));

	if (rc == YH_OK)
		rc = yh_read_one(rows, NULL, read_resource, out, "resource-unknown", err);
	if (rc == YH_OK)
		rc = yh_query(tx, err, &rows,
			      "SELECT unit, provider, until_at FROM tenure WHERE resource = $1 AND"
			      " until_at > $2 ORDER BY until_at LIMIT 1",
			      YH_ID(resource), YH_I(at));
	if (rc != YH_OK)
		return rc;
	if (yh_rows_next(rows)) {
		out->unit = yh_col_id(rows, 0);
		out->provider = yh_col_id(rows, 1);
		out->own_to = yh_col_i64(rows, 2);
	}
	return yh_rows_end(rows, err);
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
