/* What to do with what is hardly used: the smaller size that would have been enough, or giving it
 * back, and what either saves a month by the prices in force. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "law/sizing.h"
#include "services/catalogue/tariff.h"
#include "services/watch/internal.h"

enum { SHOWN = 50, EDITION_ARENA = 64 * 1024 * 1024 };

/* A catalogue that sizes are chosen from. */
struct shelf {
	const struct run *r;
	struct yh_id cloud, item_edition;
	bool own; /* the resource's own edition, not the one in force */
	struct yh_arena arena;
	struct yh_edition_row edition;
	struct yh_size_item *items;
	size_t n;
};

/* Only items that differ in nothing but their size replace each other. */
static const char *family_of(struct yh_arena *arena, const struct yh_item_row *i)
{
	return yh_arena_printf(arena, "%s|%s|%s|%s|%s|%d|%d", i->class_, i->category, i->measure,
			       i->per, i->tags, i->trusted, i->exposed);
}

static enum yh_rc to_size_item(struct yh_arena *arena, const struct yh_item_row *i,
			       struct yh_size_item *out, struct yh_err *err)
{
	struct yh_size_dim *dims = YH_NEW_N(arena, struct yh_size_dim, i->n_dims + 1);
	bool known;

	*out = (struct yh_size_item){ .code = i->code,
				      .name = i->name,
				      .family = family_of(arena, i),
				      .step_milli = i->step_milli,
				      .dims = dims,
				      .n_dims = i->n_dims };
	if (!dims || !out->family)
		return yh_fail(err, YH_TOO_LARGE, "memory-short");
	for (size_t k = 0; k < i->n_dims; k++)
		dims[k] = (struct yh_size_dim){ i->dims[k].dim, i->dims[k].qty_milli };
	return yh_item_tariff(i, arena, &out->tariff, &known, err);
}

static enum yh_rc stock(struct shelf *sh, struct yh_tx *tx, struct yh_err *err)
{
	struct yh_item_row *rows;
	enum yh_rc rc = yh_item_list(tx, &sh->edition.id, &sh->arena, &rows, &sh->n, err);

	if (rc != YH_OK)
		return rc;
	sh->items = YH_NEW_N(&sh->arena, struct yh_size_item, sh->n + 1);
	if (!sh->items)
		return yh_fail(err, YH_TOO_LARGE, "memory-short");
	for (size_t i = 0; rc == YH_OK && i < sh->n; i++)
		rc = to_size_item(&sh->arena, &rows[i], &sh->items[i], err);
	return rc;
}

static enum yh_rc read_shelf(struct yh_tx *tx, void *arg, struct yh_err *err)
{
	struct shelf *sh = arg;
	yh_day today = yh_day_of(yh_clock_now(sh->r->world->clock));
	struct yh_err none = { 0 };
	enum yh_rc rc;

	yh_arena_done(&sh->arena);
	sh->n = 0;
	if (sh->own) {
		rc = yh_edition_load(tx, &sh->item_edition, &sh->arena, &sh->edition, err);
		return rc == YH_OK ? stock(sh, tx, err) : rc;
	}
	rc = yh_edition_on(tx, &sh->cloud, today, &sh->arena, &sh->edition, &none);
	if (rc == YH_NOT_FOUND)
		return YH_OK;
	if (rc != YH_OK) {
		*err = none;
		return rc;
	}
	return stock(sh, tx, err);
}

static bool on_shelf(const struct shelf *sh, const char *code, size_t *at)
{
	for (*at = 0; *at < sh->n; ++*at)
		if (strcmp(sh->items[*at].code, code) == 0)
			return true;
	return false;
}

/* Today's edition, or the resource's own where that does not have its item any more. The shelf is
 * kept from one resource to the next. */
static enum yh_rc go_to_shelf(struct shelf *sh, const struct run *r, const struct subject *s,
			      size_t *now, bool *found, struct yh_err *err)
{
	const struct yh_item_row *item = &r->items[s->item];
	enum yh_rc rc = YH_OK;

	if (sh->own || !yh_id_eq(&sh->cloud, &s->row.cloud)) {
		sh->own = false;
		sh->cloud = s->row.cloud;
		rc = yh_exec_read(r->world->exec, read_shelf, sh, err);
	}
	*found = rc == YH_OK && on_shelf(sh, item->code, now);
	if (rc != YH_OK || *found)
		return rc;
	sh->own = true;
	sh->item_edition = item->edition;
	rc = yh_exec_read(r->world->exec, read_shelf, sh, err);
	*found = rc == YH_OK && on_shelf(sh, item->code, now);
	return rc;
}

/* ---- what is needed ---- */

struct need {
	struct yh_size_need want;
	double used; /* in the dimension's unit */
};

/* False: too little is known of it. */
static bool reckon(const struct run *r, uint32_t subject, size_t at, struct need *out)
{
	const struct yh_sizing *sizing = yh_pack_sizing(r->pack);
	const struct yh_need *n = &sizing->needs[at];
	double share = 1 + (double)sizing->headroom_milli.num / 1000;
	int64_t slots = (int64_t)(r->ask->last - r->ask->first + 1) * 288;
	const struct raw *used, *times;

	if (!yh_watch_size_of(r, subject, at, &used, &times) || !used->has ||
	    (times && !times->has) ||
	    (int64_t)used->filled * 1000 / slots < sizing->coverage_milli.num)
		return false;
	out->used = yh_watch_round((sizing->stat == YH_STAT_MAX ? used->max : used->quantile) *
				   (times ? times->max : 1) / (double)n->per);
	out->want = (struct yh_size_need){ n->dim, (int64_t)ceil(yh_watch_round(
							   fmin(out->used, 1e9) * share * 1000)) };
	return true;
}

static bool has_dim(const struct yh_size_item *i, const char *dim)
{
	for (size_t d = 0; d < i->n_dims; d++)
		if (strcmp(i->dims[d].dim, dim) == 0)
			return true;
	return false;
}

/* Returns a dimension that too little is known of; NULL when all is known. */
static const char *reckon_all(const struct run *r, const struct yh_size_item *now, uint32_t subject,
			      struct need needs[YH_WATCH_NEEDS], size_t *n)
{
	const struct yh_sizing *sizing = yh_pack_sizing(r->pack);

	*n = 0;
	for (size_t i = 0; i < sizing->n_needs; i++) {
		if (!has_dim(now, sizing->needs[i].dim))
			continue;
		if (!reckon(r, subject, i, &needs[*n]))
			return sizing->needs[i].dim;
		++*n;
	}
	return NULL;
}

/* ---- saying it ---- */

static void say_size(struct yh_jw *w, const char *key, const struct yh_size_item *item,
		     int64_t qty_milli, int64_t fen)
{
	yh_jw_obj(w, key);
	yh_jw_str(w, "item", item->code);
	yh_jw_str(w, "name", item->name);
	yh_jw_milli(w, "quantity", qty_milli);
	yh_jw_scaled(w, "month_yuan", fen, 2);
	yh_jw_end_obj(w);
}

static void say_needs(const struct run *r, struct yh_jw *w, const struct need *needs, size_t n)
{
	const struct yh_sizing *sizing = yh_pack_sizing(r->pack);

	yh_jw_str(w, "statistic", yh_stat_name(sizing->stat));
	yh_jw_milli(w, "headroom", sizing->headroom_milli.num);
	if (sizing->headroom_milli.param)
		yh_jw_str(w, "parameter", sizing->headroom_milli.param);
	yh_jw_arr(w, "needs");
	for (size_t i = 0; i < n; i++) {
		yh_jw_obj(w, NULL);
		yh_jw_str(w, "dimension", needs[i].want.dim);
		yh_jw_real(w, "used", needs[i].used);
		yh_jw_milli(w, "needed", needs[i].want.milli);
		yh_jw_end_obj(w);
	}
	yh_jw_end_arr(w);
}

static void advise_resize(const struct run *r, const struct shelf *sh, size_t now, uint32_t subject,
			  struct yh_jw *w, int64_t *saves_fen)
{
	int64_t qty = r->subjects[subject].row.qty_milli;
	struct yh_size_need wants[YH_WATCH_NEEDS];
	struct need needs[YH_WATCH_NEEDS];
	struct yh_size_choice c;
	size_t n;
	const char *unknown = reckon_all(r, &sh->items[now], subject, needs, &n);

	if (unknown) {
		yh_jw_str(w, "advice", "none");
		yh_jw_str(w, "unknown", unknown);
		return;
	}
	for (size_t i = 0; i < n; i++)
		wants[i] = needs[i].want;
	say_needs(r, w, needs, n);
	if (!yh_size_choose(sh->items, sh->n, now, qty, wants, n, &c)) {
		yh_jw_str(w, "advice", "none");
		return;
	}
	yh_jw_str(w, "advice", "resize");
	say_size(w, "now", &sh->items[now], qty, c.now_fen);
	say_size(w, "then", &sh->items[c.item], c.qty_milli, c.then_fen);
	yh_jw_scaled(w, "saves_month_yuan", c.saves_fen, 2);
	*saves_fen = c.saves_fen;
}

static void advise_release(const struct yh_size_item *now, int64_t qty_milli, struct yh_jw *w,
			   int64_t *saves_fen)
{
	yh_amount exact;
	int64_t fen;

	yh_jw_str(w, "advice", "release");
	if (!yh_size_price(&now->tariff, qty_milli, &exact, &fen))
		return;
	*saves_fen = fen;
	say_size(w, "now", now, qty_milli, *saves_fen);
	yh_jw_scaled(w, "saves_month_yuan", *saves_fen, 2);
}

static enum yh_rc advise_one(struct run *r, enum yh_advise what, struct shelf *sh, uint32_t subject,
			     struct yh_jw *w, int64_t *saves_fen, struct yh_err *err)
{
	const struct subject *s = &r->subjects[subject];
	bool found;
	size_t now;
	enum yh_rc rc = go_to_shelf(sh, r, s, &now, &found, err);

	*saves_fen = 0;
	if (rc != YH_OK || !found)
		return rc;
	yh_jw_obj(w, NULL);
	yh_jw_str(w, "resource", s->row.no);
	yh_jw_int(w, "edition", sh->edition.number);
	if (what == YH_ADVISE_RESIZE)
		advise_resize(r, sh, now, subject, w, saves_fen);
	else
		advise_release(&sh->items[now], s->row.qty_milli, w, saves_fen);
	yh_jw_end_obj(w);
	return rc;
}

enum yh_rc yh_watch_advice(struct run *r, size_t plan, const uint32_t *subjects, size_t n,
			   struct yh_buf *out, struct yh_err *err)
{
	enum yh_advise what = r->plans[plan].rule->advise;
	int64_t sum_fen = 0, fen;
	struct yh_jw w;
	enum yh_rc rc = YH_OK;

	if (what == YH_ADVISE_NOTHING)
		return YH_OK;
	if (!r->shelf) {
		r->shelf = calloc(1, sizeof *r->shelf);
		if (!r->shelf)
			return yh_fail(err, YH_TOO_LARGE, "memory-short");
		r->shelf->r = r;
		yh_arena_init(&r->shelf->arena, EDITION_ARENA);
	}
	yh_jw_init(&w, out);
	yh_jw_obj(&w, NULL);
	yh_jw_arr(&w, "resources");
	for (size_t i = 0; rc == YH_OK && i < n && i < SHOWN; i++) {
		rc = advise_one(r, what, r->shelf, subjects[i], &w, &fen, err);
		sum_fen += fen;
	}
	yh_jw_end_arr(&w);
	yh_jw_scaled(&w, "saves_month_yuan", sum_fen, 2);
	yh_jw_end_obj(&w);
	return rc;
}

void yh_watch_leave_shelf(struct run *r)
{
	if (!r->shelf)
		return;
	yh_arena_done(&r->shelf->arena);
	free(r->shelf);
}
