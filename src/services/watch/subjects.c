/* What a scan looks at: open resources, their items, what lasts about their agents. */
#include <stdlib.h>
#include <string.h>

#include "services/watch/internal.h"

enum { PAGE = 2000, PAGE_ARENA = 16 * 1024 * 1024 };

bool yh_watch_room(void *list, size_t n, size_t *cap, size_t size)
{
	void **p = list;
	size_t more = *cap ? 2 * *cap : 64;
	void *grown;

	if (n < *cap)
		return true;
	grown = realloc(*p, more * size);
	if (!grown)
		return false;
	*p = grown;
	*cap = more;
	return true;
}

static enum yh_rc no_memory(struct yh_err *err)
{
	return yh_fail(err, YH_TOO_LARGE, "memory-short");
}

struct paging {
	struct run *r;
	struct yh_arena arena;
	struct yh_subject_row *rows;
	struct yh_lasting_row *lasting;
	size_t n;
};

static enum yh_rc read_page(struct yh_tx *tx, void *arg, struct yh_err *err)
{
	struct paging *p = arg;
	const struct run *r = p->r;
	struct yh_subject_filter f = { .cloud = r->ask->cloud,
				       .unit = r->ask->unit,
				       .resource = r->ask->resource,
				       .at = r->at,
				       .after = r->n ? r->subjects[r->n - 1].row.no : "",
				       .limit = PAGE };

	yh_arena_done(&p->arena);
	return yh_subject_page(tx, &r->ask->who, &f, &p->arena, &p->rows, &p->n, err);
}

static enum yh_rc add_subjects(struct paging *p, struct yh_err *err)
{
	struct run *r = p->r;

	for (size_t i = 0; i < p->n; i++) {
		if (r->n == YH_WATCH_SUBJECTS_MAX) {
			(void)yh_fail(err, YH_TOO_LARGE, "watch-too-many");
			yh_err_int(err, "max", YH_WATCH_SUBJECTS_MAX);
			return YH_TOO_LARGE;
		}
		if (!yh_watch_room(&r->subjects, r->n, &r->cap, sizeof *r->subjects))
			return no_memory(err);
		r->subjects[r->n++] = (struct subject){ .row = p->rows[i] };
	}
	return YH_OK;
}

static enum yh_rc load_subjects(struct run *r, struct yh_err *err)
{
	struct paging p = { .r = r };
	enum yh_rc rc;

	yh_arena_init(&p.arena, PAGE_ARENA);
	do {
		rc = yh_exec_read(r->world->exec, read_page, &p, err);
		if (rc == YH_OK)
			rc = add_subjects(&p, err);
	} while (rc == YH_OK && p.n == PAGE);
	yh_arena_done(&p.arena);
	return rc;
}

/* ---- items ---- */

static bool know_item(const struct run *r, const struct yh_id *id, size_t *at)
{
	for (size_t i = 0; i < r->n_items; i++)
		if (yh_id_eq(&r->items[i].id, id)) {
			*at = i;
			return true;
		}
	return false;
}

/* May be run again: items known already stay. */
static enum yh_rc read_items(struct yh_tx *tx, void *arg, struct yh_err *err)
{
	struct run *r = arg;
	size_t at = 0;

	for (size_t i = 0; i < r->n; i++) {
		struct subject *s = &r->subjects[i];
		enum yh_rc rc;

		if (r->n_items > at && yh_id_eq(&r->items[at].id, &s->row.item)) {
			s->item = (uint32_t)at;
			continue;
		}
		if (!know_item(r, &s->row.item, &at)) {
			if (!yh_watch_room(&r->items, r->n_items, &r->cap_items, sizeof *r->items))
				return no_memory(err);
			rc = yh_item_load(tx, &s->row.item, &r->arena, &r->items[r->n_items], err);
			if (rc != YH_OK)
				return rc;
			at = r->n_items++;
		}
		s->item = (uint32_t)at;
	}
	return YH_OK;
}

/* ---- what lasts about agents ---- */

static enum yh_rc read_lasting(struct yh_tx *tx, void *arg, struct yh_err *err)
{
	static const struct yh_id first;
	struct paging *p = arg;
	const struct run *r = p->r;
	const struct yh_lasting_row *last = r->n_lasting ? &r->lasting[r->n_lasting - 1] : NULL;

	yh_arena_done(&p->arena);
	return yh_lasting_page(tx, r->at, last ? last->no : "", last ? &last->id : &first, PAGE,
			       &p->arena, &p->lasting, &p->n, err);
}

/* Both lists are by number. */
static void hand_out_lasting(struct run *r)
{
	size_t at = 0;

	for (size_t i = 0; i < r->n; i++) {
		struct subject *s = &r->subjects[i];

		while (at < r->n_lasting && strcmp(r->lasting[at].no, s->row.no) < 0)
			at++;
		s->lasting = (uint32_t)at;
		while (at < r->n_lasting && strcmp(r->lasting[at].no, s->row.no) == 0)
			at++;
		s->n_lasting = (uint32_t)at - s->lasting;
	}
}

static enum yh_rc load_lasting(struct run *r, struct yh_err *err)
{
	struct paging p = { .r = r };
	enum yh_rc rc;

	yh_arena_init(&p.arena, PAGE_ARENA);
	do {
		rc = yh_exec_read(r->world->exec, read_lasting, &p, err);
		for (size_t i = 0; rc == YH_OK && i < p.n; i++) {
			if (!yh_watch_room(&r->lasting, r->n_lasting, &r->cap_lasting,
					   sizeof *r->lasting))
				rc = no_memory(err);
			else
				r->lasting[r->n_lasting++] = p.lasting[i];
		}
	} while (rc == YH_OK && p.n == PAGE);
	yh_arena_done(&p.arena);
	if (rc == YH_OK)
		hand_out_lasting(r);
	return rc;
}

/* ---- rules ---- */

static enum yh_rc take_rules(struct run *r, struct yh_err *err)
{
	size_t n;
	const struct yh_rule *rules = yh_pack_rules(r->pack, &n);

	r->plans = YH_NEW_N(&r->arena, struct plan, n + 1);
	if (!r->plans)
		return no_memory(err);
	for (size_t i = 0; i < n; i++)
		if (!r->ask->rule || strcmp(r->ask->rule, rules[i].id) == 0)
			r->plans[r->n_plans++].rule = &rules[i];
	if (r->ask->rule && r->n_plans == 0) {
		(void)yh_fail(err, YH_NOT_FOUND, "rule-unknown");
		yh_err_text(err, "rule", r->ask->rule);
		return YH_NOT_FOUND;
	}
	return YH_OK;
}

bool yh_watch_has_dimension(const struct yh_item_row *i, const char *dim)
{
	for (size_t d = 0; d < i->n_dims; d++)
		if (strcmp(i->dims[d].dim, dim) == 0 && i->dims[d].qty_milli > 0)
			return true;
	return false;
}

const char *yh_watch_not_about(const struct run *r, const struct yh_rule *rule, size_t subject)
{
	const struct subject *s = &r->subjects[subject];
	const struct yh_kind *kind = yh_pack_kind(r->pack, s->row.kind);
	bool of_kind = rule->n_kinds == 0;

	for (size_t i = 0; i < rule->n_kinds; i++)
		of_kind = of_kind || strcmp(rule->kinds[i], s->row.kind) == 0;
	if (!of_kind || (rule->unexposed && (!kind || kind->exposed)))
		return "kind";
	if (rule->dimension && !yh_watch_has_dimension(&r->items[s->item], rule->dimension))
		return "dimension";
	if (rule->about == YH_RULE_SYSTEM && yh_id_is_zero(&s->row.info_system))
		return "no_system";
	return NULL;
}

enum yh_rc yh_watch_load(struct run *r, struct yh_err *err)
{
	enum yh_rc rc = take_rules(r, err);

	if (rc == YH_OK)
		rc = load_subjects(r, err);
	if (rc == YH_OK)
		rc = yh_exec_read(r->world->exec, read_items, r, err);
	return rc == YH_OK ? load_lasting(r, err) : rc;
}

void yh_watch_unload(struct run *r)
{
	for (size_t i = 0; i < r->n_queries; i++)
		free(r->queries[i].raws);
	yh_watch_leave_shelf(r);
	yh_watch_scatter(r);
	free(r->subjects);
	free(r->items);
	free(r->lasting);
	free(r->metered);
	free(r->periods);
	free(r->judged);
	free(r->by_system);
	free(r->systems);
	yh_arena_done(&r->arena);
}
