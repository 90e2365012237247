/* Lists over cases. */
#include "store/case_query.h"

#include "store/read.h"

#include <stdlib.h>
#include <string.h>

#include "store/case_lines.h"
#include "store/event.h"

static const char *keep(struct yh_arena *a, const struct yh_rows *r, int col, bool *ok)
{
	const char *s = yh_arena_strdup(a, yh_col_text(r, col));

	*ok = *ok && s;
	return s;
}

/* One desk: a role in an organisation. */
struct desk {
	char role[32];
	struct yh_id org;
};

static bool read_desk(const struct yh_rows *r, struct yh_arena *a, void *out)
{
	struct desk *d = out;

	(void)a;
	YH_COL_COPY(r, 0, d->role);
	d->org = yh_col_id(r, 1);
	return true;
}

/* What is asked of each desk: one page of it, in the order that `by` is of. */
struct asking {
	enum yh_rc (*page)(struct yh_tx *tx, const struct desk *d, const struct asking *q,
			   struct yh_arena *arena, struct yh_case_line **out, size_t *n,
			   struct yh_err *err);
	int (*by)(const void *a, const void *b);
	const struct yh_inbox_cursor *after; /* of open ones */
	yh_time since;                       /* of closed ones */
	uint32_t limit;
};

static enum yh_rc open_page(struct yh_tx *tx, const struct desk *d, const struct asking *q,
			    struct yh_arena *arena, struct yh_case_line **out, size_t *n,
			    struct yh_err *err)
{
	struct yh_rows *rows;
	enum yh_rc rc = yh_query(
		tx, err, &rows,
		"SELECT " YH_SQL_CASE YH_SQL_CASE_STEP
		"FROM case_step s JOIN case_file c ON c.id = s.case_id JOIN org u ON u.id = c.unit"
		" JOIN cloud k ON k.id = c.cloud JOIN org o ON o.id = s.org WHERE s.org = $1 AND"
		" s.role = $2 AND s.closed_at IS NULL AND (" YH_SQL_DUE(
			"s.") ", s.id) > ($3, $4) ORDER BY " YH_SQL_DUE("s.") ", s.id LIMIT $5",
		YH_ID(&d->org), YH_T(d->role), YH_I(q->after->due), YH_ID(&q->after->step),
		YH_I(q->limit));

	return rc == YH_OK ? yh_read_case_lines(rows, q->limit, YH_CASE_STEP, arena, out, n, err)
			   : rc;
}

static enum yh_rc closed_page(struct yh_tx *tx, const struct desk *d, const struct asking *q,
			      struct yh_arena *arena, struct yh_case_line **out, size_t *n,
			      struct yh_err *err)
{
	struct yh_rows *rows;
	enum yh_rc rc = yh_query(
		tx, err, &rows,
		"SELECT " YH_SQL_CASE YH_SQL_CASE_STEP
		"FROM case_step s JOIN case_file c ON c.id = s.case_id JOIN org u ON u.id = c.unit"
		" JOIN cloud k ON k.id = c.cloud JOIN org o ON o.id = s.org WHERE s.org = $1 AND"
		" s.role = $2 AND s.closed_at IS NOT NULL AND s.closed_at >= $3 ORDER BY"
		" s.closed_at DESC, s.id DESC LIMIT $4",
		YH_ID(&d->org), YH_T(d->role), YH_I(q->since), YH_I(q->limit));

	return rc == YH_OK ? yh_read_case_lines(rows, q->limit, YH_CASE_STEP, arena, out, n, err)
			   : rc;
}

yh_time yh_inbox_due(const struct yh_case_line *l)
{
	if (l->due_at)
		return l->due_at;
	return yh_day_start((l->due_day == YH_DAY_NONE ? YH_DAY_MAX : l->due_day) + 1);
}

static int by_due(const void *a, const void *b)
{
	const struct yh_case_line *x = a, *y = b;
	yh_time dx = yh_inbox_due(x), dy = yh_inbox_due(y);

	return dx != dy ? (dx > dy) - (dx < dy) : yh_id_cmp(&x->step_id, &y->step_id);
}

static int by_closing(const void *a, const void *b)
{
	const struct yh_case_line *x = a, *y = b;

	return x->closed_at != y->closed_at
		       ? (x->closed_at < y->closed_at) - (x->closed_at > y->closed_at)
		       : yh_id_cmp(&y->step_id, &x->step_id);
}

/* A person has few desks: the own ones, and those of bodies that one's organisation countersigns
 * for. Each gives its first page by an index, and the pages are merged. */
static enum yh_rc ask_desks(struct yh_tx *tx, const struct yh_viewer *who, const struct asking *q,
			    struct yh_arena *arena, struct yh_case_line **out, size_t *n,
			    struct yh_err *err)
{
	struct yh_case_line *all = NULL;
	struct yh_rows *rows;
	struct desk *desks;
	size_t n_desks, have = 0;
	enum yh_rc rc = yh_query(tx, err, &rows,
				 YH_SQL_MINE
				 "SELECT role, org FROM mine UNION SELECT g.role, o.id"
				 " FROM org o JOIN mine m ON m.org = o.countersign JOIN"
				 " role_grant g ON g.org = o.id AND g.ended_at IS NULL ORDER BY 2,"
				 " 1",
				 YH_ID(&who->person), YH_I(who->today));

	if (rc == YH_OK)
		rc = yh_read_all(rows, arena, read_desk, sizeof *desks, &desks, &n_desks, err);
	if (rc == YH_OK && !(all = YH_NEW_N(arena, struct yh_case_line, n_desks * q->limit + 1)))
		rc = yh_fail(err, YH_TOO_LARGE, "memory-short");
	for (size_t i = 0; rc == YH_OK && i < n_desks; i++) {
		struct yh_case_line *page;
		size_t got;

		rc = q->page(tx, &desks[i], q, arena, &page, &got, err);
		if (rc == YH_OK && got)
			memcpy(all + have, page, got * sizeof *page);
		have += rc == YH_OK ? got : 0;
	}
	if (rc != YH_OK)
		return rc;
	qsort(all, have, sizeof *all, q->by);
	*out = all;
	*n = have > q->limit ? q->limit : have;
	return YH_OK;
}

enum yh_rc yh_inbox(struct yh_tx *tx, const struct yh_viewer *who,
		    const struct yh_inbox_cursor *after, uint32_t limit, struct yh_arena *arena,
		    struct yh_case_line **out, size_t *n, struct yh_err *err)
{
	const struct asking q = { .page = open_page, .by = by_due, .after = after, .limit = limit };

	return ask_desks(tx, who, &q, arena, out, n, err);
}

enum yh_rc yh_inbox_closed(struct yh_tx *tx, const struct yh_viewer *who, yh_time since,
			   uint32_t limit, struct yh_arena *arena, struct yh_case_line **out,
			   size_t *n, struct yh_err *err)
{
	const struct asking q = {
		.page = closed_page, .by = by_closing, .since = since, .limit = limit
	};

	return ask_desks(tx, who, &q, arena, out, n, err);
}

#define OVERDUE(what)                                                                              \
	YH_SQL_MINE                                                                                \
	"SELECT " YH_SQL_CASE YH_SQL_CASE_STEP                                                     \
	"FROM case_step s JOIN case_file c ON c.id = s.case_id JOIN org u ON u.id = c.unit JOIN"   \
	" cloud k ON k.id = c.cloud JOIN org o ON o.id = s.org WHERE " what                        \
	" AND " YH_SQL_PAST_DUE("s.", "$2", "$9") " AND (" YH_SQL_DUE(                             \
		"s.") ", s.id) > ($6, $7)"                                                         \
		      " AND " YH_SQL_SEES_CASE "ORDER BY " YH_SQL_DUE("s.") ", s.id LIMIT $8"

enum yh_rc yh_overdue(struct yh_tx *tx, const struct yh_viewer *who,
		      const struct yh_inbox_cursor *after, uint32_t limit, struct yh_arena *arena,
		      struct yh_case_line **out, size_t *n, struct yh_err *err)
{
	static const char *const texts[2] = {
		OVERDUE("s.closed_at IS NULL"),
		OVERDUE("s.case_id IN (" YH_SQL_FEW_CASES("$10") ") AND s.closed_at IS NULL"),
	};
	struct yh_rows *rows;
	int64_t own;
	enum yh_rc rc = yh_case_own(tx, who, &own, err);
	const struct yh_arg args[] = {
		YH_ID(&who->person), YH_I(who->today), YH_I(who->any),      YH_I(who->cloud),
		YH_I(who->district), YH_I(after->due), YH_ID(&after->step), YH_I(limit),
		YH_I(who->now),      YH_I(own),
	};
	bool few = own != YH_MANY;

	if (rc == YH_OK)
		rc = yh_db_query(tx, err, &rows, texts[few], args,
				 sizeof args / sizeof args[0] - !few);

	return rc == YH_OK ? yh_read_case_lines(rows, limit, YH_CASE_STEP, arena, out, n, err) : rc;
}

static bool read_id(const struct yh_rows *r, struct yh_arena *a, void *out)
{
	(void)a;
	*(struct yh_id *)out = yh_col_id(r, 0);
	return true;
}

enum yh_rc yh_case_open_of_resource(struct yh_tx *tx, const struct yh_id *resource,
				    struct yh_arena *arena, struct yh_id **out, size_t *n,
				    struct yh_err *err)
{
	struct yh_rows *rows;
	enum yh_rc rc = yh_query(tx, err, &rows,
				 "SELECT c.id FROM case_resource r JOIN case_file c ON c.id ="
				 " r.case_id WHERE r.resource = $1 AND c.ended_at IS NULL ORDER BY"
				 " c.id",
				 YH_ID(resource));

	return rc == YH_OK ? yh_read_all(rows, arena, read_id, sizeof **out, out, n, err) : rc;
}

enum yh_rc yh_case_open_ids(struct yh_tx *tx, struct yh_arena *arena, struct yh_id **out, size_t *n,
			    struct yh_err *err)
{
	struct yh_rows *rows;
	size_t cap = 0;
	bool ok = true;
	enum yh_rc rc = yh_query(tx, err, &rows,
				 "SELECT id FROM case_file WHERE ended_at IS NULL ORDER BY id");

	*n = 0;
	*out = NULL;
	if (rc != YH_OK)
		return rc;
	while (ok && yh_rows_next(rows)) {
		if (*n == cap) {
			struct yh_id *more = YH_NEW_N(arena, struct yh_id, cap * 2 + 64);

			ok = more != NULL;
			if (ok && *n)
				memcpy(more, *out, *n * sizeof *more);
			*out = more;
			cap = cap * 2 + 64;
		}
		if (ok)
			(*out)[(*n)++] = yh_col_id(rows, 0);
	}
	rc = yh_rows_end(rows, err);
	return rc == YH_OK && !ok ? yh_fail(err, YH_TOO_LARGE, "memory-short") : rc;
}

enum yh_rc yh_case_open_of_unit(struct yh_tx *tx, const struct yh_id *unit, int64_t *n,
				struct yh_err *err)
{
	struct yh_rows *rows;
	enum yh_rc rc = yh_query(tx, err, &rows,
				 "SELECT COUNT(*) FROM case_file WHERE unit = $1 AND ended_at IS"
				 " NULL",
				 YH_ID(unit));

	*n = 0;
	return rc == YH_OK ? yh_read_i64(rows, n, err) : rc;
}

static bool read_later(const struct yh_rows *r, struct yh_arena *a, void *out)
{
	struct yh_later_case *l = out;

	(void)a;
	YH_COL_COPY(r, 0, l->no);
	YH_COL_COPY(r, 1, l->procedure);
	YH_COL_COPY(r, 2, l->state);
	return true;
}

enum yh_rc yh_case_later(struct yh_tx *tx, const struct yh_id *case_id, struct yh_arena *arena,
			 struct yh_later_case **out, size_t *n, struct yh_err *err)
{
	struct yh_rows *rows;
	enum yh_rc rc =
		yh_query(tx, err, &rows,
			 "SELECT no, procedure_name, state FROM case_file WHERE about_case ="
			 " $1 ORDER BY id LIMIT 100",
			 YH_ID(case_id));

	return rc == YH_OK ? yh_read_all(rows, arena, read_later, sizeof **out, out, n, err) : rc;
}

enum yh_rc yh_case_same_open(struct yh_tx *tx, const struct yh_case_row *c, bool *found,
			     struct yh_later_case *out, struct yh_err *err)
{
	struct yh_rows *rows;
	enum yh_rc rc = yh_query(tx, err, &rows,
				 "SELECT no, procedure_name, state FROM case_file WHERE subject ="
				 " $1 AND procedure_name = $2 AND filer_org = $3 AND id <> $4 AND"
				 " ended_at IS NULL ORDER BY id LIMIT 1",
				 YH_ID(&c->subject), YH_T(c->procedure), YH_ID(&c->filer_org),
				 YH_ID(&c->id));

	*found = false;
	if (rc != YH_OK)
		return rc;
	*found = yh_rows_next(rows) && read_later(rows, NULL, out);
	return yh_rows_end(rows, err);
}

static bool read_open(const struct yh_rows *r, struct yh_arena *a, void *out)
{
	struct yh_open_case *o = out;

	YH_COL_COPY(r, 0, o->no);
	return yh_col_keep(r, a, 1, &o->form);
}

enum yh_rc yh_case_open_beside(struct yh_tx *tx, const struct yh_case_row *c,
			       struct yh_arena *arena, struct yh_open_case **out, size_t *n,
			       struct yh_err *err)
{
	struct yh_rows *rows;
	enum yh_rc rc = yh_query(tx, err, &rows,
				 "SELECT no, form FROM case_file WHERE procedure_name = $1 AND"
				 " cloud = $2 AND id <> $3 AND ended_at IS NULL ORDER BY id"
				 " LIMIT $4",
				 YH_T(c->procedure), YH_ID(&c->cloud), YH_ID(&c->id),
				 YH_I(YH_CASE_OPEN_MOST));

	return rc == YH_OK ? yh_read_all(rows, arena, read_open, sizeof **out, out, n, err) : rc;
}

#define STORY STORY_WITH("")
#define STORY_WITH(more)                                                                           \
	"SELECT e.id, e.pos, e.at, e.kind, e.object_kind, e.object_id, CASE WHEN e.person IS NULL" \
	" AND substr(e.source, 1, 5) = '" YH_FAR "' THEN substr(e.source, 6) ELSE p.name END,"     \
	" e.role, o.name,"                                                                         \
	" e.article, e.outcome, e.reason, e.before_state, e.after_state, e.payload, e.source" more \
	" FROM event e"                                                                            \
	" LEFT JOIN person p ON p.id = e.person LEFT JOIN org o ON o.id = e.org "

static bool read_story(const struct yh_rows *r, struct yh_arena *a, void *out)
{
	bool ok = true;

	*(struct yh_story_line *)out = (struct yh_story_line){
		.id = yh_col_id(r, 0),
		.pos = yh_col_i64(r, 1),
		.at = yh_col_i64(r, 2),
		.kind = keep(a, r, 3, &ok),
		.object_kind = keep(a, r, 4, &ok),
		.object_id = yh_col_id(r, 5),
		.person_name = keep(a, r, 6, &ok),
		.role = keep(a, r, 7, &ok),
		.org_name = keep(a, r, 8, &ok),
		.article = keep(a, r, 9, &ok),
		.outcome = keep(a, r, 10, &ok),
		.reason = keep(a, r, 11, &ok),
		.before = keep(a, r, 12, &ok),
		.after = keep(a, r, 13, &ok),
		.payload = keep(a, r, 14, &ok),
		.source = keep(a, r, 15, &ok),
	};
	return ok;
}

static bool read_event(const struct yh_rows *r, struct yh_arena *a, void *out)
{
	struct yh_story_line *l = out;

	return read_story(r, a, l) && yh_col_keep(r, a, 16, &l->procedure) &&
	       yh_col_keep(r, a, 17, &l->label);
}

enum yh_rc yh_case_story(struct yh_tx *tx, const struct yh_id *case_id, struct yh_arena *arena,
			 struct yh_story_line **out, size_t *n, struct yh_err *err)
{
	struct yh_rows *rows;
	enum yh_rc rc =
		yh_query(tx, err, &rows, STORY "WHERE e.case_id = $1 ORDER BY e.id LIMIT 2000",
			 YH_ID(case_id));

	return rc == YH_OK ? yh_read_all(rows, arena, read_story, sizeof **out, out, n, err) : rc;
}

enum yh_rc yh_case_answers(struct yh_tx *tx, const struct yh_id *case_id, struct yh_arena *arena,
			   struct yh_story_line **out, size_t *n, struct yh_err *err)
{
	struct yh_rows *rows;
	enum yh_rc rc = yh_query(tx, err, &rows,
				 STORY "WHERE e.case_id = $1 AND e.kind IN ('step.decided',"
				       " 'step.confirmed', 'step.fulfilled') AND e.payload <> ''"
				       " ORDER BY e.id LIMIT 2000",
				 YH_ID(case_id));

	return rc == YH_OK ? yh_read_all(rows, arena, read_story, sizeof **out, out, n, err) : rc;
}

/* $1..$2 is the stretch of time, no later than the cursor ($3, $4); what narrows most is said
 * without alternatives, so that its index is walked. */
#define EVENTS(what)                                                                               \
	STORY_WITH(", c.procedure_name, c.label")                                                  \
	"LEFT JOIN case_file c ON c.id = e.case_id WHERE " what                                    \
	" AND e.pos IS NOT NULL AND e.at >= $1 AND e.at < $2 AND (e.at,"                           \
	" e.pos) < ($3, $4) AND ($5 = 1 OR e.person = $6) AND ($7 = '' OR e.kind = $7)"            \
	" AND ($8 = 1 OR e.object_id = $9 OR e.case_id = $9) ORDER BY e.at DESC, e.pos DESC"       \
	" LIMIT $10"
#define OF_SUBJECT                                                                                 \
	"e.id IN (SELECT q.id FROM event q WHERE q.object_id = $9 AND q.pos IS NOT NULL UNION"     \
	" SELECT q.id FROM event q WHERE q.case_id = $9)"

enum yh_rc yh_event_page(struct yh_tx *tx, const struct yh_event_filter *f, struct yh_arena *arena,
			 struct yh_story_line **out, size_t *n, struct yh_err *err)
{
	static const char *const texts[] = { EVENTS("1 = 1"), EVENTS("e.kind = $7"),
					     EVENTS("e.person = $6"), EVENTS(OF_SUBJECT) };
	bool any = yh_id_is_zero(&f->person), all = yh_id_is_zero(&f->subject);
	int what = !all ? 3 : !any ? 2 : f->kind[0] ? 1 : 0;
	yh_time before = f->before_at ? f->before_at : INT64_MAX;
	const struct yh_arg args[] = {
		YH_I(f->from),      YH_I(before < f->to ? before + 1 : f->to),
		YH_I(before),       YH_I(f->before_at ? f->before_pos : INT64_MAX),
		YH_I(any),          YH_ID(&f->person),
		YH_T(f->kind),      YH_I(all),
		YH_ID(&f->subject), YH_I(f->limit),
	};
	struct yh_rows *rows;
	enum yh_rc rc =
		yh_db_query(tx, err, &rows, texts[what], args, sizeof args / sizeof args[0]);

	return rc == YH_OK ? yh_read_all(rows, arena, read_event, sizeof **out, out, n, err) : rc;
}

static bool read_kind(const struct yh_rows *r, struct yh_arena *a, void *out)
{
	return yh_col_keep(r, a, 0, out);
}

/* From each to the next by the index: they are few, and the events many. */
enum yh_rc yh_event_kinds(struct yh_tx *tx, struct yh_arena *arena, const char ***out, size_t *n,
			  struct yh_err *err)
{
	struct yh_rows *rows;
	enum yh_rc rc = yh_query(
		tx, err, &rows,
		"WITH RECURSIVE k (kind) AS (SELECT MIN(kind) FROM event WHERE pos IS NOT NULL"
		" UNION ALL SELECT (SELECT MIN(e.kind) FROM event e WHERE e.kind > k.kind AND e.pos"
		" IS NOT NULL) FROM k WHERE k.kind IS NOT NULL) SELECT kind FROM k WHERE kind IS"
		" NOT NULL");

	return rc == YH_OK ? yh_read_all(rows, arena, read_kind, sizeof **out, out, n, err) : rc;
}

enum yh_rc yh_notice_list(struct yh_tx *tx, const struct yh_viewer *who, const struct yh_id *before,
			  uint32_t limit, struct yh_arena *arena, struct yh_notice_line **out,
			  size_t *n, struct yh_err *err)
{
	struct yh_rows *rows;
	bool ok;
	enum yh_rc rc = yh_query(
		tx, err, &rows,
		YH_SQL_MINE
		"SELECT x.id, x.role, o.name, c.no, x.slug, x.figures, x.made_at, x.read_at,"
		" c.procedure_name, c.label FROM mine m JOIN notice x ON x.org = m.org AND x.role "
		"= m.role JOIN org o"
		" ON o.id = x.org LEFT JOIN case_file c ON c.id = x.case_id WHERE ($3 = 1 OR"
		" x.id < $4) ORDER BY x.id DESC LIMIT $5",
		YH_ID(&who->person), YH_I(who->today), YH_I(yh_id_is_zero(before)), YH_ID(before),
		YH_I(limit));

	*n = 0;
	if (rc != YH_OK)
		return rc;
	*out = YH_NEW_N(arena, struct yh_notice_line, limit + 1);
	for (ok = *out != NULL; ok && *n < limit && yh_rows_next(rows); ++*n) {
		struct yh_notice_line *l = &(*out)[*n];

		l->id = yh_col_id(rows, 0);
		l->role = keep(arena, rows, 1, &ok);
		l->org_name = keep(arena, rows, 2, &ok);
		l->case_no = keep(arena, rows, 3, &ok);
		l->slug = keep(arena, rows, 4, &ok);
		l->figures = keep(arena, rows, 5, &ok);
		l->made_at = yh_col_i64(rows, 6);
		l->read_at = yh_col_i64(rows, 7);
		l->procedure = keep(arena, rows, 8, &ok);
		l->label = keep(arena, rows, 9, &ok);
	}
	rc = yh_rows_end(rows, err);
	return rc == YH_OK && !ok ? yh_fail(err, YH_TOO_LARGE, "memory-short") : rc;
}
