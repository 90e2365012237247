/* What the statements of a bundle were reckoned from: resources with their sizes over time, what
 * was used, and what cases have put right. */
#include <string.h>

#include "export/bundle_internal.h"
#include "export/outfile.h"

enum { RESOURCES_SOME = 5000, HELD_MOST = 20000, CODE = 64 };

/* From the first of the months to the end of the last. */
static void bounds(const struct yh_bundle *b, yh_time *from, yh_time *to)
{
	yh_day first = b->row.month, last = b->row.month;
	struct yh_date d;

	for (size_t i = 0; i < b->months.n; i++) {
		yh_day month;

		memcpy(&month, yh_keys_at(&b->months, i), sizeof month);
		first = month < first ? month : first;
		last = month > last ? month : last;
	}
	d = yh_date_of(last);
	*from = yh_day_start(first);
	*to = yh_day_start(last + yh_days_in_month(d.year, d.month));
}

static bool touches_month(const struct yh_bundle *b, const struct yh_span_row *s)
{
	struct yh_date d = yh_date_of(b->row.month);
	yh_time from = yh_day_start(b->row.month);
	yh_time to = yh_day_start(b->row.month + yh_days_in_month(d.year, d.month));

	return s->from_at < to && (s->to_at == 0 || s->to_at > from);
}

/* The first settlement of a month has every resource with time in it, so that nothing can be left
 * out unseen; a later one those of its own statements. Beside them stand those of statements that
 * are corrected. */
static bool is_wanted(const struct yh_bundle *b, const struct yh_owner *owner, bool in_month)
{
	if (yh_keys_has(&b->mended, owner))
		return true;
	return (in_month && b->row.number == 1) || yh_keys_has(&b->own, owner);
}

static struct yh_owner owner_of(const struct yh_span_row *s)
{
	return (struct yh_owner){ s->unit, s->project, s->provider };
}

/* ---- resources and intervals ---- */

struct spans {
	struct yh_bundle *b;
	struct yh_tx *tx;
	struct yh_arena *arena;
	struct yh_err *err;
	enum yh_rc rc;
	struct yh_id after; /* of the reading */
	struct yh_id last;  /* that was visited whole */
	struct yh_span_row *held;
	size_t n_held, n;
	bool more; /* there may be more behind */
	struct yh_id item;
	char code[CODE]; /* of `item` */
};

static enum yh_rc put_resource(struct spans *s, const struct yh_span_row *row, struct yh_err *err)
{
	struct yh_bundle *b = s->b;
	bool became = row->former_kind[0] && row->formal_at;
	struct yh_jw *w;
	char no[40];
	enum yh_rc rc = yh_resource_no(s->tx, &row->resource, no, err);

	if (rc != YH_OK)
		return rc;
	w = yh_record_begin(b);
	yh_jw_id(w, "id", &row->resource);
	yh_jw_str(w, "no", no);
	yh_jw_id(w, "unit", &row->unit);
	yh_jw_id(w, "project", &row->project);
	yh_jw_id(w, "provider", &row->provider);
	if (row->own_from || row->own_to) {
		yh_jw_time(w, "theirs_from", row->own_from);
		yh_jw_time(w, "theirs_to", row->own_to);
	}
	yh_jw_arr(w, "kinds");
	yh_jw_obj(w, NULL);
	yh_jw_str(w, "kind", became ? row->former_kind : row->kind);
	yh_jw_null(w, "from");
	yh_jw_end_obj(w);
	if (became) {
		yh_jw_obj(w, NULL);
		yh_jw_str(w, "kind", row->kind);
		yh_jw_time(w, "from", row->formal_at);
		yh_jw_end_obj(w);
	}
	yh_jw_end_arr(w);
	return yh_record_keep(b, 0, err);
}

static enum yh_rc put_interval(struct spans *s, const struct yh_span_row *row, struct yh_err *err)
{
	char quantity[YH_FIXED_TEXT];
	struct yh_jw *w;
	enum yh_rc rc = YH_OK;

	if (!yh_id_eq(&s->item, &row->item))
		rc = yh_item_code(s->tx, &row->item, s->code, err);
	if (rc != YH_OK)
		return rc;
	s->item = row->item;
	w = yh_record_begin(s->b);
	yh_jw_id(w, "resource", &row->resource);
	yh_jw_str(w, "code", s->code);
	yh_jw_time(w, "from", row->from_at);
	yh_jw_time(w, "to", row->to_at);
	yh_jw_str(w, "quantity", yh_fixed_text(row->qty_milli, 3, quantity));
	return yh_record_keep(s->b, 1, err);
}

/* The resource whose intervals are held. */
static bool leave(struct spans *s)
{
	struct yh_owner owner;
	bool in_month = false;

	if (s->n_held == 0)
		return true;
	owner = owner_of(&s->held[0]);
	for (size_t i = 0; i < s->n_held; i++)
		in_month |= touches_month(s->b, &s->held[i]);
	if (is_wanted(s->b, &owner, in_month)) {
		s->rc = put_resource(s, &s->held[0], s->err);
		for (size_t i = 0; s->rc == YH_OK && i < s->n_held; i++)
			s->rc = put_interval(s, &s->held[i], s->err);
	}
	s->last = s->held[0].resource;
	s->n_held = 0;
	return s->rc == YH_OK;
}

static bool visit(void *arg, const struct yh_span_row *row)
{
	struct spans *s = arg;

	if (row->first) {
		/* one that moved comes again, and is not left half told */
		bool again = s->n_held && yh_id_eq(&s->held[0].resource, &row->resource);

		if (!leave(s))
			return false;
		if (!again && s->n++ == RESOURCES_SOME) {
			s->more = true;
			return false;
		}
	}
	if (s->n_held == HELD_MOST) {
		s->rc = yh_fail(s->err, YH_TOO_LARGE, "export-too-large");
		yh_err_int(s->err, "max", HELD_MOST);
		return false;
	}
	s->held[s->n_held++] = *row;
	return true;
}

static enum yh_rc read_spans(struct yh_bundle *b, struct yh_tx *tx, struct yh_arena *arena,
			     void *arg, struct yh_err *err)
{
	struct spans *s = arg;
	struct yh_span_range range = { .after = s->after };
	enum yh_rc rc;

	*s = (struct spans){ .b = b, .tx = tx, .arena = arena, .err = err, .after = s->after };
	s->held = YH_NEW_N(arena, struct yh_span_row, HELD_MOST);
	if (!s->held)
		return yh_fail(err, YH_TOO_LARGE, "memory-short");
	bounds(b, &range.from, &range.to);
	memset(range.last.b, 0xFF, sizeof range.last.b);
	rc = yh_span_of_cloud(tx, &b->row.cloud, &range, visit, s, err);
	if (rc == YH_OK && s->rc == YH_OK && !s->more)
		(void)leave(s);
	return rc == YH_OK ? s->rc : rc;
}

/* ---- adjustments, and resources that have nothing else ---- */

/* Whether a resource stands among those with sizes: any interval in the months. */
static bool note_any(void *arg, const struct yh_span_row *row)
{
	(void)row;
	*(bool *)arg = true;
	return false;
}

static enum yh_rc has_size(struct yh_bundle *b, struct yh_tx *tx, const struct yh_span_row *owner,
			   bool *any, struct yh_err *err)
{
	struct yh_span_range range = { .last = owner->resource };

	/* behind the one just below it, up to itself */
	range.after = owner->resource;
	for (size_t i = sizeof range.after.b; i-- > 0;)
		if (range.after.b[i]-- != 0)
			break;
	*any = false;
	bounds(b, &range.from, &range.to);
	return yh_span_of_project(tx, &owner->project, &range, note_any, any, err);
}

static enum yh_rc read_strays(struct yh_bundle *b, struct yh_tx *tx, struct yh_arena *arena,
			      void *arg, struct yh_err *err)
{
	const struct yh_id none = { 0 };
	struct spans s = { .b = b, .tx = tx };
	struct yh_id last = { 0 };
	struct yh_adjustment_row *rows;
	yh_time from, to;
	size_t n;
	enum yh_rc rc;

	(void)arg;
	bounds(b, &from, &to);
	rc = yh_adjustment_list(tx, &b->row.cloud, &none, from, to, b->row.as_of, arena, &rows, &n,
				err);
	for (size_t i = 0; rc == YH_OK && i < n; i++) {
		struct yh_span_row owner;
		struct yh_owner whose;
		bool any = true;

		if (yh_id_eq(&rows[i].resource, &last))
			continue;
		last = rows[i].resource;
		rc = yh_span_resource(tx, &last, rows[i].from_at, &owner, err);
		if (rc != YH_OK)
			break;
		whose = owner_of(&owner);
		if (is_wanted(b, &whose, true))
			rc = has_size(b, tx, &owner, &any, err);
		if (rc == YH_OK && !any)
			rc = put_resource(&s, &owner, err);
	}
	return rc;
}

static enum yh_rc read_adjustments(struct yh_bundle *b, struct yh_tx *tx, struct yh_arena *arena,
				   void *arg, struct yh_err *err)
{
	const struct yh_id none = { 0 };
	struct yh_adjustment_row *rows;
	yh_time from, to;
	size_t n;
	enum yh_rc rc;

	(void)arg;
	bounds(b, &from, &to);
	rc = yh_adjustment_list(tx, &b->row.cloud, &none, from, to, b->row.as_of, arena, &rows, &n,
				err);
	for (size_t i = 0; rc == YH_OK && i < n; i++) {
		char quantity[YH_FIXED_TEXT];
		struct yh_span_row owner;
		struct yh_owner whose;
		struct yh_jw *w;

		rc = yh_span_resource(tx, &rows[i].resource, rows[i].from_at, &owner, err);
		if (rc != YH_OK)
			break;
		whose = owner_of(&owner);
		if (!is_wanted(b, &whose, true))
			continue;
		w = yh_record_begin(b);
		yh_jw_id(w, "id", &rows[i].id);
		yh_jw_id(w, "resource", &rows[i].resource);
		yh_jw_str(w, "code", rows[i].code);
		yh_jw_time(w, "from", rows[i].from_at);
		yh_jw_time(w, "to", rows[i].to_at);
		yh_jw_str(w, "quantity", yh_fixed_text(rows[i].qty_milli, 3, quantity));
		yh_jw_str(w, "reason", rows[i].reason);
		yh_jw_id(w, "case", &rows[i].case_id);
		yh_jw_time(w, "made", rows[i].made_at);
		rc = yh_record_keep(b, 0, err);
	}
	return rc;
}

/* ---- usage ---- */

struct used {
	struct yh_bundle *b;
	const struct yh_id *settlement;
	bool own;
	char no[40];
	struct yh_err *err;
	enum yh_rc rc;
};

static bool put_used(void *arg, const struct yh_usage_row *u, const struct yh_owner *owner)
{
	struct used *s = arg;
	char quantity[YH_FIXED_TEXT];
	struct yh_jw *w;

	if (s->own ? !is_wanted(s->b, owner, true) : !yh_keys_has(&s->b->mended, owner))
		return true;
	w = yh_record_begin(s->b);
	yh_jw_str(w, "settlement", s->no);
	yh_jw_id(w, "resource", &u->resource);
	yh_jw_str(w, "code", u->code);
	yh_jw_time(w, "from", u->from_at);
	yh_jw_time(w, "to", u->to_at);
	yh_jw_str(w, "quantity", yh_fixed_text(u->qty_milli, 3, quantity));
	yh_jw_str(w, "coverage",
		  u->coverage_milli == YH_COVERAGE_NONE
			  ? NULL
			  : yh_fixed_text(u->coverage_milli, 3, quantity));
	s->rc = yh_record_keep(s->b, 0, s->err);
	return s->rc == YH_OK;
}

static enum yh_rc read_used(struct yh_bundle *b, struct yh_tx *tx, struct yh_arena *arena,
			    void *arg, struct yh_err *err)
{
	struct used *s = arg;
	struct yh_settlement_row row;
	enum yh_rc rc = yh_settlement_load(tx, s->settlement, &row, err);

	(void)arena;
	if (rc != YH_OK)
		return rc;
	*s = (struct used){ .b = b, .settlement = s->settlement, .own = s->own, .err = err };
	memcpy(s->no, row.no, sizeof s->no);
	rc = yh_usage_of_settlement(tx, s->settlement, put_used, s, err);
	return rc == YH_OK ? s->rc : rc;
}

static enum yh_rc put_usage(struct yh_bundle *b, struct yh_err *err)
{
	struct used own = { .settlement = &b->row.id, .own = true };
	enum yh_rc rc = yh_bundle_read(b, read_used, &own, NULL, err);

	for (size_t i = 0; rc == YH_OK && i < b->reckoned.n; i++) {
		struct used other = { .settlement = yh_keys_at(&b->reckoned, i) };

		if (!yh_id_eq(other.settlement, &b->row.id))
			rc = yh_bundle_read(b, read_used, &other, NULL, err);
	}
	return rc;
}

enum yh_rc yh_bundle_evidence(struct yh_bundle *b, struct yh_err *err)
{
	struct spans s = { .more = true };
	enum yh_rc rc = YH_OK;

	yh_member_begin(b, "resources.jsonl");
	while (rc == YH_OK && s.more) {
		rc = yh_bundle_read(b, read_spans, &s, b->intervals, err);
		s.after = s.last;
	}
	if (rc == YH_OK)
		rc = yh_bundle_read(b, read_strays, NULL, NULL, err);
	if (rc == YH_OK)
		rc = yh_member_end(b, err);
	if (rc == YH_OK)
		rc = yh_member_copy(b, "intervals.jsonl", b->intervals, err);
	if (rc != YH_OK)
		return rc;
	yh_member_begin(b, "usage.jsonl");
	rc = put_usage(b, err);
	if (rc == YH_OK)
		rc = yh_member_end(b, err);
	if (rc != YH_OK)
		return rc;
	yh_member_begin(b, "adjustments.jsonl");
	rc = yh_bundle_read(b, read_adjustments, NULL, NULL, err);
	return rc == YH_OK ? yh_member_end(b, err) : rc;
}
