/* Giving a case another label, and with it what belongs to the case. */
#include <stdio.h>
#include <string.h>

#include "cases/mark.h"
#include "services/document/document.h"
#include "store/case_label.h"
#include "store/event.h"

enum { ABOUT_DEPTH = 8 };

struct labelling {
	struct yh_ctx *cx;
	struct yh_case *c;
	const struct yh_pack *pack;
	const char *label, *reason;
};

/* Those who file it or have it to handle: NULL, whoever they are; else with the capacity. */
static enum yh_rc answers(struct yh_ctx *cx, const struct yh_case_row *row, const char *capacity,
			  bool *does, struct yh_err *err)
{
	struct yh_step_row *steps;
	size_t n = 0;
	enum yh_rc rc = YH_OK;

	*does = yh_actor_answers(cx->actor, &row->filer_org, capacity);
	if (!*does)
		rc = yh_step_list(cx->tx, &row->id, cx->arena, &steps, &n, err);
	for (size_t i = 0; rc == YH_OK && i < n && !*does; i++)
		*does = yh_actor_answers(cx->actor, &steps[i].org, capacity);
	return rc;
}

enum yh_rc yh_case_may_label(struct yh_ctx *cx, const struct yh_case_row *row, bool *may,
			     struct yh_err *err)
{
	return answers(cx, row, NULL, may, err);
}

static enum yh_rc may_raise(struct labelling *l, bool administers, struct yh_err *err)
{
	bool does = administers;
	enum yh_rc rc = does ? YH_OK : answers(l->cx, &l->c->row, NULL, &does, err);

	return rc == YH_OK && !does ? yh_fail(err, YH_FORBIDDEN, "case-label-raise") : rc;
}

static enum yh_rc may_lower(struct labelling *l, bool administers, struct yh_err *err)
{
	bool does = administers;
	enum yh_rc rc = does ? YH_OK : answers(l->cx, &l->c->row, "sign", &does, err);

	if (rc == YH_OK && !does)
		rc = yh_fail(err, YH_FORBIDDEN, "case-label-lower");
	return rc == YH_OK && !administers ? yh_mark_check(l->cx, &l->c->row, err) : rc;
}

static enum yh_rc judge(struct labelling *l, bool administers, struct yh_err *err)
{
	const struct yh_case_row *row = &l->c->row;
	const char *now = yh_mark_of(l->pack, row->procedure, row->label);
	const char *least = yh_mark_of(l->pack, row->procedure, "");
	int rank = yh_pack_label_rank(l->pack, l->label);
	enum yh_rc rc = yh_label_known(l->pack, l->label, "/label", err);

	if (rc != YH_OK)
		return rc;
	if (rank == yh_pack_label_rank(l->pack, now))
		return yh_fail(err, YH_CONFLICT, "case-label-same");
	if (rank < yh_pack_label_rank(l->pack, least)) {
		rc = yh_fail_field(err, YH_BAD_INPUT, "case-label-least", "/label");
		yh_clearance_figure(err, l->pack, "label", least);
		return rc;
	}
	return rank > yh_pack_label_rank(l->pack, now) ? may_raise(l, administers, err)
						       : may_lower(l, administers, err);
}

static enum yh_rc record(struct labelling *l, const char *object_kind, const struct yh_id *object,
			 const char *before, struct yh_err *err)
{
	bool of_case = strcmp(object_kind, "case") == 0;
	const struct yh_event e = { .id = yh_ctx_new_id(l->cx),
				    .at = l->cx->now,
				    .kind = of_case ? "case.labelled" : "document.labelled",
				    .case_id = of_case ? *object : (struct yh_id){ { 0 } },
				    .object_kind = object_kind,
				    .object_id = *object,
				    .person = l->cx->actor->person,
				    .before = before,
				    .after = l->label,
				    .reason = of_case ? l->reason : l->c->row.no,
				    .source = l->cx->actor->source };

	return yh_event_insert(l->cx->tx, &e, err);
}

/* "||open|internal|": the labels below the one that is given. */
static const char *below(const struct labelling *l)
{
	size_t n;
	const struct yh_label *labels = yh_pack_labels(l->pack, &n);
	const char *out = "||";
	int rank = yh_pack_label_rank(l->pack, l->label);

	for (size_t i = 0; out && i < n && (int)i < rank; i++)
		out = yh_arena_printf(l->cx->arena, "%s%s|", out, labels[i].id);
	return out;
}

/* As whoever gives one of them another label does. */
static enum yh_rc lock_parts(struct labelling *l, struct yh_err *err)
{
	enum { AT_ONCE = 50 };
	struct yh_id *ids;
	size_t n = 0;
	enum yh_rc rc = yh_document_parts(l->cx->tx, &l->c->row.id, l->cx->arena, &ids, &n, err);

	for (size_t i = 0; rc == YH_OK && i < n; i += AT_ONCE)
		rc = yh_db_lock(l->cx->tx, ids + i, n - i < AT_ONCE ? n - i : AT_ONCE, err);
	return rc;
}

/* What belongs to the case stands as high as the case. */
static enum yh_rc raise_parts(struct labelling *l, struct yh_err *err)
{
	struct yh_ctx *cx = l->cx;
	int rank = yh_pack_label_rank(l->pack, l->label);
	const char *lower = below(l);
	struct yh_document_row *rows;
	size_t n = 0;
	enum yh_rc rc = lower ? lock_parts(l, err) : yh_fail(err, YH_TOO_LARGE, "memory-short");

	if (rc == YH_OK)
		rc = yh_document_of(cx->tx, "case", &l->c->row.id, cx->arena, &rows, &n, err);
	for (size_t i = 0; rc == YH_OK && i < n; i++)
		if (yh_pack_label_rank(l->pack, rows[i].label) < rank)
			rc = record(l, "document", &rows[i].id, rows[i].label, err);
	return rc == YH_OK ? yh_document_raise(cx->tx, &l->c->row.id, lower, l->label, err) : rc;
}

static enum yh_rc raise_about(struct labelling *l, int depth, struct yh_err *err);

static enum yh_rc write(struct labelling *l, int depth, struct yh_err *err)
{
	struct yh_case_row *row = &l->c->row;
	const char *was = yh_mark_of(l->pack, row->procedure, row->label);
	bool raises = yh_pack_label_rank(l->pack, l->label) > yh_pack_label_rank(l->pack, was);
	enum yh_rc rc;

	was = yh_arena_strdup(l->cx->arena, was);
	if (!was)
		return yh_fail(err, YH_TOO_LARGE, "memory-short");
	(void)snprintf(row->label, sizeof row->label, "%s", l->label);
	row->changed_at = l->cx->now;
	rc = yh_case_relabel(l->cx->tx, row, err);
	if (rc == YH_OK && raises)
		rc = raise_parts(l, err);
	if (rc == YH_OK)
		rc = record(l, "case", &row->id, was, err);
	return rc == YH_OK && raises ? raise_about(l, depth, err) : rc;
}

/* What was filed about the case before it rose (a correction of it, a revocation) tells of it, too.
 */
static enum yh_rc raise_about(struct labelling *l, int depth, struct yh_err *err)
{
	int rank = yh_pack_label_rank(l->pack, l->label);
	struct yh_id *ids;
	size_t n = 0;
	enum yh_rc rc = depth < ABOUT_DEPTH ? yh_case_about(l->cx->tx, &l->c->row.id, l->cx->arena,
							    &ids, &n, err)
					    : YH_OK;

	for (size_t i = 0; rc == YH_OK && i < n; i++) {
		struct yh_case about = { 0 };
		struct labelling next = *l;

		next.c = &about;
		next.reason = l->c->row.no;
		rc = yh_db_lock(l->cx->tx, &ids[i], 1, err);
		if (rc == YH_OK)
			rc = yh_case_load(l->cx->tx, &ids[i], l->cx->arena, &about.row, err);
		if (rc == YH_OK &&
		    yh_pack_label_rank(l->pack, yh_mark_of(l->pack, about.row.procedure,
							   about.row.label)) < rank)
			rc = write(&next, depth + 1, err);
	}
	return rc;
}

enum yh_rc yh_case_label(struct yh_ctx *cx, const struct yh_id *id, const char *label,
			 const char *reason, bool administers, struct yh_case *out,
			 struct yh_err *err)
{
	struct labelling l = { .cx = cx, .c = out, .label = label, .reason = reason };
	struct yh_clearance mine = { .label = "" };
	enum yh_rc rc = yh_case_take(cx, id, out, err);

	if (rc == YH_OK)
		rc = yh_clearance_actor(cx, &mine, err);
	l.pack = mine.pack;
	if (rc == YH_OK)
		rc = judge(&l, administers, err);
	return rc == YH_OK ? write(&l, 0, err) : rc;
}

enum yh_rc yh_case_label_heard(struct yh_ctx *cx, struct yh_case *c, const char *label,
			       const char *source, struct yh_err *err)
{
	const struct yh_law_book *law = cx->world->law;
	struct yh_actor far = *cx->actor;
	struct yh_ctx there = *cx;
	struct labelling l = { .cx = &there, .c = c, .label = label, .reason = "" };
	enum yh_rc rc = law->pack_on(law->self, yh_ctx_today(cx), &l.pack, err);

	if (rc != YH_OK || !label[0] || strlen(label) >= sizeof c->row.label ||
	    yh_pack_label_rank(l.pack, label) <=
		    yh_pack_label_rank(l.pack, yh_mark_of(l.pack, c->row.procedure, c->row.label)))
		return rc;
	far.source = source;
	there.actor = &far;
	return write(&l, 0, err);
}
