/* A scan from beginning to end, the explanation of one resource, results read back. */
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#include "services/identity/record.h"
#include "services/meter/view.h"
#include "services/parts/parts.h"
#include "services/watch/internal.h"
#include "store/event.h"

#define LINE_BYTES ((size_t)64 * 1024)
#define ARENA_BYTES ((size_t)1024 * 1024 * 1024)
#define PART_TEXT_MAX ((size_t)64 * 1024 * 1024)

/* One at a time: a scan takes memory in proportion to the city, and both cores. */
static atomic_flag scanning = ATOMIC_FLAG_INIT;

enum yh_rc yh_watch_window(yh_day first, yh_day last, yh_day today, struct yh_err *err)
{
	if (first > last)
		return yh_fail(err, YH_BAD_INPUT, "watch-window-order");
	if (last - first >= YH_WATCH_DAYS_MAX) {
		(void)yh_fail(err, YH_BAD_INPUT, "watch-window-long");
		yh_err_int(err, "max", YH_WATCH_DAYS_MAX);
		return YH_BAD_INPUT;
	}
	if (last < today)
		return YH_OK;
	(void)yh_fail(err, YH_BAD_INPUT, "watch-window-future");
	yh_err_day(err, "day", today - 1);
	return YH_BAD_INPUT;
}

enum yh_rc yh_watch_step(struct run *r, struct yh_err *err)
{
	const struct yh_watch_ask *ask = r->ask;

	r->steps_done++;
	return ask->progress ? ask->progress(ask->arg, r->steps_done,
					     (unsigned)(r->n_queries + r->n_plans), err)
			     : YH_OK;
}

static enum yh_rc judge(struct run *r, const struct yh_world *world, const struct yh_watch_ask *ask,
			struct yh_err *err)
{
	const struct yh_law_book *law = world->law;
	enum yh_rc rc;

	*r = (struct run){ .world = world, .ask = ask, .at = yh_day_start(ask->last + 1) };
	yh_arena_init(&r->arena, ARENA_BYTES);
	rc = yh_meter_of(world, &r->meter, err);
	if (rc == YH_OK)
		rc = law->pack_on(law->self, yh_day_of(yh_clock_now(world->clock)), &r->pack, err);
	if (rc == YH_OK)
		rc = yh_watch_load(r, err);
	if (rc == YH_OK)
		rc = yh_watch_plan(r, err);
	if (rc == YH_OK)
		rc = yh_watch_measure(r, err);
	return rc == YH_OK ? yh_watch_judge_all(r, err) : rc;
}

enum yh_rc yh_watch_scan(const struct yh_world *world, const struct yh_watch_ask *ask,
			 struct yh_watch_done *out, struct yh_err *err)
{
	struct run *r;
	enum yh_rc rc;

	*out = (struct yh_watch_done){ 0 };
	if (atomic_flag_test_and_set(&scanning))
		return yh_fail(err, YH_CONFLICT, "watch-running");
	r = calloc(1, sizeof *r);
	rc = r ? judge(r, world, ask, err) : yh_fail(err, YH_TOO_LARGE, "memory-short");
	if (rc == YH_OK)
		rc = yh_watch_keep(r, out, err);
	if (r)
		yh_watch_unload(r);
	free(r);
	atomic_flag_clear(&scanning);
	return rc;
}

/* ---- one resource ---- */

static void explain_rule(const struct run *r, size_t plan, size_t subject, struct yh_jw *w)
{
	const struct yh_rule *rule = r->plans[plan].rule;
	const char *not_about = yh_watch_not_about(r, rule, subject);

	yh_jw_str(w, "zh", rule->title.zh);
	yh_jw_str(w, "en", rule->title.en);
	yh_jw_str(w, "article", rule->article);
	if (not_about) {
		yh_jw_str(w, "resource", r->subjects[subject].row.no);
		yh_jw_str(w, "rule", rule->id);
		yh_jw_str(w, "verdict", "none");
		yh_jw_str(w, "why", not_about);
	} else {
		yh_watch_say_one(r, plan, subject, w);
	}
}

/* Where the items go. */
struct explaining {
	const struct run *r;
	yh_watch_item_fn item;
	void *arg;
};

/* One line: of a rule, or of a system (NULL: not). */
static enum yh_rc explain_one(const struct explaining *e, size_t plan, size_t subject,
			      const struct system *system, struct yh_err *err)
{
	struct yh_buf line;
	struct yh_jw w;
	enum yh_rc rc;

	yh_buf_init(&line, LINE_BYTES);
	yh_jw_init(&w, &line);
	yh_jw_obj(&w, NULL);
	if (system)
		yh_watch_say_system(e->r, system, &w);
	else
		explain_rule(e->r, plan, subject, &w);
	yh_jw_end_obj(&w);
	rc = yh_buf_ok(&line) ? e->item(e->arg, yh_buf_text(&line), err)
			      : yh_fail(err, YH_TOO_LARGE, "reply-too-large");
	yh_buf_done(&line);
	return rc;
}

static enum yh_rc explain_all(const struct explaining *e, struct yh_jw *w, struct yh_err *err)
{
	const struct run *r = e->r;
	enum yh_rc rc = YH_OK;
	struct yh_sm3 digest = yh_pack_digest(r->pack);
	char hex[YH_SM3_HEX];

	yh_jw_day(w, "from", r->ask->first);
	yh_jw_day(w, "to", r->ask->last);
	yh_jw_str(w, "pack", yh_pack_name(r->pack));
	yh_jw_str(w, "pack_digest", yh_hex(digest.b, sizeof digest.b, hex));
	yh_jw_real(w, "sketch_error", 1.0 / YH_SKETCH_ERROR_PARTS);
	yh_jw_arr(w, "items");
	for (size_t s = 0; s < r->n; s++)
		for (size_t p = 0; rc == YH_OK && p < r->n_plans &&
				   yh_id_eq(&r->subjects[s].row.id, &r->ask->resource);
		     p++)
			rc = explain_one(e, p, s, NULL, err);
	for (size_t i = 0; rc == YH_OK && i < r->n_systems; i++)
		rc = explain_one(e, 0, 0, &r->systems[i], err);
	yh_jw_end_arr(w);
	return rc;
}

static bool has_asked(const struct run *r)
{
	for (size_t s = 0; s < r->n; s++)
		if (yh_id_eq(&r->subjects[s].row.id, &r->ask->resource))
			return true;
	return false;
}

enum yh_rc yh_watch_explain(const struct yh_world *world, const struct yh_watch_ask *ask,
			    struct yh_jw *w, yh_watch_item_fn item, void *arg, struct yh_err *err)
{
	struct run *r = calloc(1, sizeof *r);
	const struct explaining e = { r, item, arg };
	enum yh_rc rc = r ? judge(r, world, ask, err) : yh_fail(err, YH_TOO_LARGE, "memory-short");

	if (rc == YH_OK && !has_asked(r))
		rc = yh_fail(err, YH_NOT_FOUND, "watch-not-open");
	if (rc == YH_OK)
		rc = explain_all(&e, w, err);
	if (r)
		yh_watch_unload(r);
	free(r);
	return rc;
}

/* ---- results read back ---- */

static enum yh_rc load_part(struct yh_tx *tx, const void *id, int64_t part, struct yh_arena *arena,
			    const void **body, size_t *n, struct yh_err *err)
{
	return yh_scan_part_load(tx, id, part, arena, body, n, err);
}

enum yh_rc yh_watch_lines(struct yh_tx *tx, const struct yh_id *scan, int64_t from, uint32_t limit,
			  struct yh_arena *arena, const char ***out, size_t *n, struct yh_err *err)
{
	const struct yh_parts parts = { load_part, scan, YH_WATCH_PART_LINES, PART_TEXT_MAX,
					"watch-result-broken" };

	return yh_parts_lines(tx, &parts, from, limit, arena, out, n, err);
}

enum yh_rc yh_watch_dismiss(struct yh_ctx *cx, const struct yh_viewer *who,
			    const struct yh_id *finding, const char *reason, struct yh_err *err)
{
	const struct yh_finding_filter f = { .id = *finding, .state = "", .rule = "", .limit = 1 };
	struct yh_finding_line *line;
	size_t n = 0;
	enum yh_rc rc = yh_id_is_zero(finding) ? YH_OK
					       : yh_finding_page(cx->tx, who, &f, false, cx->arena,
								 &line, &n, err);

	if (rc == YH_OK && n == 0)
		rc = yh_fail(err, YH_NOT_FOUND, "finding-unknown");
	if (rc == YH_OK)
		rc = yh_finding_dismiss(cx->tx, finding, &cx->actor->person, reason, cx->now, err);
	return rc == YH_OK ? yh_identity_record(cx, "finding.dismissed", "finding", finding,
						"dismissed", reason, err)
			   : rc;
}
