/* Scans of use. */
#include "store/watch.h"

#include <string.h>

#include "store/columns.h"

static bool read_subject(const struct yh_rows *r, struct yh_arena *a, void *out)
{
	struct yh_subject_row *s = out;

	(void)a;
	*s = (struct yh_subject_row){
		.id = yh_col_id(r, 0),
		.unit = yh_col_id(r, 2),
		.project = yh_col_id(r, 3),
		.info_system = yh_col_id(r, 4),
		.cloud = yh_col_id(r, 5),
		.item = yh_col_id(r, 7),
		.lease_last = yh_col_day(r, 8),
		.opened_at = yh_col_i64(r, 9),
		.stopped_at = yh_col_i64(r, 10),
		.qty_milli = yh_col_i64(r, 11),
		.has_agent = yh_col_i64(r, 12) != 0,
	};
	YH_COL_COPY(r, 1, s->no);
	YH_COL_COPY(r, 6, s->kind);
	return true;
}

enum yh_rc yh_subject_page(struct yh_tx *tx, const struct yh_viewer *who,
			   const struct yh_subject_filter *f, struct yh_arena *arena,
			   struct yh_subject_row **out, size_t *n, struct yh_err *err)
{
	struct yh_rows *rows;
	void *list;
	enum yh_rc rc = yh_query(
		tx, err, &rows,
		YH_SQL_MINE
		"SELECT r.id, r.no, r.unit, r.project, r.info_system, r.cloud, r.kind,"
		" COALESCE(w.item, r.item), r.lease_last, r.opened_at, r.stopped_at, w.qty_milli,"
		" CASE WHEN EXISTS (SELECT 1 FROM agent a WHERE a.resource = r.id AND"
		" a.enrolled_at <= $6 AND (a.revoked_at IS NULL OR a.revoked_at > $6)) THEN 1 ELSE"
		" 0 END FROM resource r JOIN project p ON p.id = r.project JOIN org u ON u.id ="
		" r.unit LEFT JOIN resource_size w ON w.resource = r.id AND w.to_at IS NULL WHERE"
		" r.no > $7 AND r.state IN ('running', 'stopped') AND ($8 = 1 OR r.cloud = $9) AND"
		" ($10 = 1 OR r.unit = $11) AND ($12 = 1 OR r.id = $13 OR r.info_system = (SELECT"
		" z.info_system FROM resource z WHERE z.id = $13)) AND " YH_SQL_SEES_PROJECT
		"ORDER BY r.no LIMIT $14",
		YH_ID(&who->person), YH_I(who->today), YH_I(who->any), YH_I(who->cloud),
		YH_I(who->district), YH_I(f->at), YH_T(f->after), YH_I(yh_id_is_zero(&f->cloud)),
		YH_ID(&f->cloud), YH_I(yh_id_is_zero(&f->unit)), YH_ID(&f->unit),
		YH_I(yh_id_is_zero(&f->resource)), YH_ID(&f->resource), YH_I(f->limit));

	if (rc != YH_OK)
		return rc;
	rc = yh_read_all(rows, arena, read_subject, sizeof **out, &list, n, err);
	*out = list;
	for (size_t i = 0; rc == YH_OK && i < *n; i++)
		(*out)[i].stopped = (*out)[i].stopped_at && (*out)[i].stopped_at <= f->at;
	return rc;
}

static bool read_lasting(const struct yh_rows *r, struct yh_arena *a, void *out)
{
	struct yh_lasting_row *l = out;

	(void)a;
	*l = (struct yh_lasting_row){ .id = yh_col_id(r, 0), .from_at = yh_col_i64(r, 3) };
	YH_COL_COPY(r, 1, l->no);
	YH_COL_COPY(r, 2, l->kind);
	return true;
}

enum yh_rc yh_lasting_page(struct yh_tx *tx, yh_time at, const char *after_no,
			   const struct yh_id *after_id, uint32_t limit, struct yh_arena *arena,
			   struct yh_lasting_row **out, size_t *n, struct yh_err *err)
{
	struct yh_rows *rows;
	enum yh_rc rc = yh_query(
		tx, err, &rows,
		"SELECT o.id, r.no, o.kind, o.from_at FROM observation o JOIN resource r ON r.id ="
		" o.resource WHERE o.from_at <= $1 AND (o.to_at IS NULL OR o.to_at > $1) AND"
		" r.state IN ('running', 'stopped') AND (r.no > $2 OR (r.no = $2 AND o.id > $3))"
		" ORDER BY r.no, o.id LIMIT $4",
		YH_I(at), YH_T(after_no), YH_ID(after_id), YH_I(limit));

	return rc == YH_OK ? yh_read_all(rows, arena, read_lasting, sizeof **out, out, n, err) : rc;
}

struct label {
	const char *label, *name;
};

static bool read_label(const struct yh_rows *r, struct yh_arena *a, void *out)
{
	struct label *l = out;

	l->label = yh_arena_printf(a, "%s/%s", yh_col_text(r, 0), yh_col_text(r, 1));
	l->name = yh_arena_strdup(a, yh_col_text(r, 2));
	return l->label && l->name;
}

enum yh_rc yh_system_label(struct yh_tx *tx, const struct yh_id *system, struct yh_arena *arena,
			   const char **label, const char **name, struct yh_err *err)
{
	struct yh_rows *rows;
	struct label l = { "", "" };
	enum yh_rc rc = yh_query(tx, err, &rows,
				 "SELECT p.code, s.code, s.name FROM info_system s JOIN project p"
				 " ON p.id = s.project WHERE s.id = $1",
				 YH_ID(system));

	if (rc == YH_OK)
		rc = yh_read_one(rows, arena, read_label, &l, "system-unknown", err);
	*label = l.label;
	*name = l.name;
	return rc;
}

enum yh_rc yh_scan_insert(struct yh_tx *tx, const struct yh_scan_row *s, struct yh_err *err)
{
	return yh_exec(tx, err,
		       "INSERT INTO watch_scan (id, cloud, unit, rule, first_day, last_day, pack,"
		       " digest, resources, flagged, fine, unknown, excepted, person, made_at)"
		       " VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15)",
		       YH_ID(&s->id), YH_ID0(&s->cloud), YH_ID0(&s->unit), YH_T(s->rule),
		       YH_I(s->first_day), YH_I(s->last_day), YH_B(s->pack.b, sizeof s->pack.b),
		       YH_B(s->digest.b, sizeof s->digest.b), YH_I(s->resources), YH_I(s->flagged),
		       YH_I(s->fine), YH_I(s->unknown), YH_I(s->excepted), YH_ID0(&s->person),
		       YH_I(s->made_at));
}

enum yh_rc yh_scan_same(struct yh_tx *tx, const struct yh_scan_row *s, bool *found,
			struct yh_id *id, struct yh_err *err)
{
	static const struct yh_id none;
	struct yh_rows *rows;
	enum yh_rc rc = yh_query(
		tx, err, &rows,
		"SELECT id FROM watch_scan WHERE first_day = $1 AND last_day = $2 AND pack = $3"
		" AND digest = $4 AND rule = $5 AND COALESCE(cloud, $6) = $7 AND COALESCE(unit,"
		" $6) = $8 AND COALESCE(person, $6) = $9 ORDER BY id",
		YH_I(s->first_day), YH_I(s->last_day), YH_B(s->pack.b, sizeof s->pack.b),
		YH_B(s->digest.b, sizeof s->digest.b), YH_T(s->rule), YH_ID(&none),
		YH_ID(&s->cloud), YH_ID(&s->unit), YH_ID(&s->person));

	*found = false;
	if (rc != YH_OK)
		return rc;
	while (yh_rows_next(rows)) {
		if (!*found)
			*id = yh_col_id(rows, 0);
		*found = true;
	}
	return yh_rows_end(rows, err);
}

enum yh_rc yh_scan_done(struct yh_tx *tx, const struct yh_id *cloud, yh_day first, yh_day last,
			bool *done, struct yh_err *err)
{
	struct yh_rows *rows;
	enum yh_rc rc =
		yh_query(tx, err, &rows,
			 "SELECT 1 FROM watch_scan WHERE first_day = $1 AND last_day = $2"
			 " AND cloud = $3 AND unit IS NULL AND rule = '' AND person IS NULL",
			 YH_I(first), YH_I(last), YH_ID(cloud));

	return rc == YH_OK ? yh_read_any(rows, done, err) : rc;
}

static bool read_scan(const struct yh_rows *r, struct yh_arena *a, void *out)
{
	struct yh_scan_row *s = out;

	*s = (struct yh_scan_row){
		.id = yh_col_id(r, 0),
		.cloud = yh_col_id(r, 1),
		.unit = yh_col_id(r, 2),
		.first_day = yh_col_day(r, 4),
		.last_day = yh_col_day(r, 5),
		.resources = yh_col_i64(r, 8),
		.flagged = yh_col_i64(r, 9),
		.fine = yh_col_i64(r, 10),
		.unknown = yh_col_i64(r, 11),
		.excepted = yh_col_i64(r, 12),
		.person = yh_col_id(r, 13),
		.made_at = yh_col_i64(r, 14),
		.cloud_code = yh_arena_strdup(a, yh_col_text(r, 15)),
		.unit_code = yh_arena_strdup(a, yh_col_text(r, 16)),
	};
	YH_COL_COPY(r, 3, s->rule);
	YH_COL_FIXED(r, 6, s->pack.b);
	YH_COL_FIXED(r, 7, s->digest.b);
	return s->cloud_code && s->unit_code;
}

enum yh_rc yh_scan_page(struct yh_tx *tx, const struct yh_viewer *who,
			const struct yh_scan_filter *f, struct yh_arena *arena,
			struct yh_scan_row **out, size_t *n, struct yh_err *err)
{
	struct yh_rows *rows;
	enum yh_rc rc = yh_query(
		tx, err, &rows,
		YH_SQL_MINE
		"SELECT s.id, s.cloud, s.unit, s.rule, s.first_day, s.last_day, s.pack, s.digest,"
		" s.resources, s.flagged, s.fine, s.unknown, s.excepted, s.person, s.made_at,"
		" k.code, u.code FROM watch_scan s LEFT JOIN cloud k ON k.id = s.cloud LEFT JOIN"
		" org u ON u.id = s.unit WHERE ($5 = 1 OR s.id = $6) AND ($7 = 1 OR s.id < $8) AND"
		" ($3 = 1 OR s.person = $1 OR ($4 = 1 AND s.cloud IN (SELECT b.cloud FROM"
		" cloud_body b JOIN mine m ON m.org = b.org AND m.role = b.role))) ORDER BY s.id"
		" DESC LIMIT $9",
		YH_ID(&who->person), YH_I(who->today), YH_I(who->any), YH_I(who->cloud),
		YH_I(yh_id_is_zero(&f->id)), YH_ID(&f->id), YH_I(yh_id_is_zero(&f->before)),
		YH_ID(&f->before), YH_I(f->limit));

	return rc == YH_OK ? yh_read_all(rows, arena, read_scan, sizeof **out, out, n, err) : rc;
}

enum yh_rc yh_scan_part_insert(struct yh_tx *tx, const struct yh_id *scan, int64_t part,
			       const void *body, size_t n, struct yh_err *err)
{
	return yh_exec(tx, err, "INSERT INTO watch_result (scan, part, body) VALUES ($1, $2, $3)",
		       YH_ID(scan), YH_I(part), YH_B(body, n));
}

enum yh_rc yh_scan_part_load(struct yh_tx *tx, const struct yh_id *scan, int64_t part,
			     struct yh_arena *arena, const void **body, size_t *n,
			     struct yh_err *err)
{
	struct yh_rows *rows;
	enum yh_rc rc = yh_query(tx, err, &rows,
				 "SELECT body FROM watch_result WHERE scan = $1 AND part = $2",
				 YH_ID(scan), YH_I(part));
	bool ok = true;

	*body = NULL;
	if (rc != YH_OK)
		return rc;
	while (yh_rows_next(rows)) {
		const void *p = yh_col_bytes(rows, 0, n);

		*body = yh_arena_memdup(arena, p, *n);
		ok = *body != NULL;
	}
	rc = yh_rows_end(rows, err);
	return rc == YH_OK && !ok ? yh_fail(err, YH_TOO_LARGE, "memory-short") : rc;
}
