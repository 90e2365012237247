/* Labels of documents: raised, lowered, and what is asked for in vain. */
#include <stdio.h>
#include <string.h>

#include "base/log.h"
#include "cases/mark.h"
#include "services/document/document.h"
#include "services/identity/clearance.h"
#include "store/case_file.h"
#include "store/event.h"

enum { WITHHELD_S = 3600 };

static bool brought(const struct yh_actor *a, const struct yh_document_row *row)
{
	return !yh_id_is_zero(&row->person) && yh_id_eq(&row->person, &a->person);
}

bool yh_document_may_label(const struct yh_ctx *cx, const struct yh_document_row *row)
{
	return brought(cx->actor, row) || yh_actor_answers(cx->actor, &row->owner, NULL);
}

/* The highest that the procedures of its cases ask for; "" where it belongs to none. */
static enum yh_rc least_of(struct yh_ctx *cx, const struct yh_pack *pack,
			   const struct yh_document_row *row, const char **out, struct yh_err *err)
{
	struct yh_document_link *links;
	struct yh_case_row c;
	size_t n;
	enum yh_rc rc = yh_document_links(cx->tx, &row->id, cx->arena, &links, &n, err);

	*out = "";
	for (size_t i = 0; rc == YH_OK && i < n; i++) {
		const char *asked;

		if (strcmp(links[i].object_kind, "case") != 0)
			continue;
		rc = yh_case_load(cx->tx, &links[i].object, cx->arena, &c, err);
		if (rc != YH_OK)
			return rc;
		/* a label that the pack does not know is the row's, which goes */
		asked = yh_arena_strdup(cx->arena, yh_mark_least(pack, "upload", &c));
		if (!asked)
			return yh_fail(err, YH_TOO_LARGE, "memory-short");
		*out = **out ? yh_pack_label_higher(pack, *out, asked) : asked;
	}
	return rc;
}

/* Below what its procedures ask for, the security administrator alone. */
static enum yh_rc may_lower(struct yh_ctx *cx, const struct yh_pack *pack,
			    const struct yh_document_row *row, const char *label, bool administers,
			    struct yh_err *err)
{
	/* a copy has the body of what it was made of */
	bool own = row->attached_at == 0 && yh_id_is_zero(&row->owner) && brought(cx->actor, row);
	const char *least;
	enum yh_rc rc;

	if (administers)
		return YH_OK;
	if (!own && !yh_actor_answers(cx->actor, &row->owner, "sign"))
		return yh_fail(err, YH_FORBIDDEN, "label-lower");
	rc = yh_clearance_check(cx, row->label, err);
	if (rc == YH_OK)
		rc = least_of(cx, pack, row, &least, err);
	if (rc == YH_OK && *least &&
	    yh_pack_label_rank(pack, label) < yh_pack_label_rank(pack, least)) {
		rc = yh_fail(err, YH_FORBIDDEN, "label-least");
		yh_clearance_figure(err, pack, "label", least);
	}
	return rc;
}

static enum yh_rc record(const struct yh_ctx *cx, struct yh_tx *tx, const char *kind,
			 const struct yh_document_row *row, const char *before, const char *after,
			 const char *reason, struct yh_err *err)
{
	const struct yh_event e = { .id = yh_ctx_new_id(cx),
				    .at = cx->now,
				    .kind = kind,
				    .object_kind = "document",
				    .object_id = row->id,
				    .person = cx->actor->person,
				    .before = before,
				    .after = after,
				    .reason = reason,
				    .source = cx->actor->source };

	return yh_event_insert(tx, &e, err);
}

enum yh_rc yh_document_label(struct yh_ctx *cx, struct yh_document_row *row, const char *label,
			     const char *reason, bool administers, struct yh_err *err)
{
	char before[sizeof row->label];
	struct yh_clearance mine;
	const struct yh_pack *pack;
	const char *now;
	enum yh_rc rc = yh_db_lock(cx->tx, &row->id, 1, err);

	if (rc == YH_OK)
		rc = yh_document_load(cx->tx, &row->id, cx->arena, row, err);
	if (rc == YH_OK)
		rc = yh_clearance_actor(cx, &mine, err);
	if (rc != YH_OK)
		return rc;
	pack = mine.pack;
	now = yh_clearance_label(&mine, row->label);
	rc = yh_label_known(pack, label, "/label", err);
	if (rc == YH_OK && strcmp(now, label) == 0)
		rc = yh_fail(err, YH_CONFLICT, "label-same");
	else if (rc == YH_OK && yh_pack_label_rank(pack, label) < yh_pack_label_rank(pack, now))
		rc = may_lower(cx, pack, row, label, administers, err);
	else if (rc == YH_OK && !administers && !yh_document_may_label(cx, row))
		rc = yh_fail(err, YH_FORBIDDEN, "label-raise");
	if (rc != YH_OK)
		return rc;
	(void)snprintf(before, sizeof before, "%s", now);
	(void)snprintf(row->label, sizeof row->label, "%s", label);
	rc = yh_document_relabel(cx->tx, row, err);
	return rc == YH_OK
		       ? record(cx, cx->tx, "document.labelled", row, before, label, reason, err)
		       : rc;
}

/* ---- asked for in vain ---- */

enum yh_rc yh_document_check(const struct yh_ctx *cx, const struct yh_document_row *row,
			     struct yh_err *err)
{
	char id[YH_ID_TEXT];
	enum yh_rc rc = yh_clearance_check(cx, row->label, err);

	if (rc == YH_FORBIDDEN)
		yh_err_text(err, "document", yh_id_text(&row->id, id));
	return rc;
}

/* Of a document, or of a case that was to be read whole. */
struct withholding {
	const struct yh_ctx *cx;
	const struct yh_document_row *row;
	bool of_case, told;
};

static enum yh_rc was_told(struct yh_tx *tx, void *arg, struct yh_err *err)
{
	struct withholding *w = arg;

	return yh_event_by(tx, &w->row->id, w->of_case ? "case.withheld" : "document.withheld",
			   &w->cx->actor->person, w->cx->now - WITHHELD_S * YH_US_PER_S, &w->told,
			   err);
}

static enum yh_rc record_case(struct withholding *w, struct yh_tx *tx, const char *clearance,
			      struct yh_err *err)
{
	const struct yh_event e = { .id = yh_ctx_new_id(w->cx),
				    .at = w->cx->now,
				    .kind = "case.withheld",
				    .case_id = w->row->id,
				    .object_kind = "case",
				    .object_id = w->row->id,
				    .person = w->cx->actor->person,
				    .before = w->row->label,
				    .after = clearance,
				    .source = w->cx->actor->source };

	return yh_event_insert(tx, &e, err);
}

static enum yh_rc note(struct yh_tx *tx, void *arg, struct yh_err *err)
{
	struct withholding *w = arg;
	struct yh_clearance mine;
	enum yh_rc rc = was_told(tx, w, err);

	if (rc == YH_OK)
		rc = yh_clearance_actor(w->cx, &mine, err);
	if (rc == YH_OK && !w->told && w->of_case)
		return record_case(w, tx, mine.label, err);
	return rc != YH_OK || w->told
		       ? rc
		       : record(w->cx, tx, "document.withheld", w->row,
				yh_clearance_label(&mine, w->row->label), mine.label, NULL, err);
}

enum yh_rc yh_document_note_withheld(struct yh_ctx *cx, const struct yh_document_row *row,
				     struct yh_err *err)
{
	struct withholding w = { .cx = cx, .row = row };

	return note(cx->tx, &w, err);
}

static const char *figure_of(const struct yh_err *problem, const char *name)
{
	for (uint32_t i = 0; i < problem->n_figs; i++)
		if (strcmp(problem->figs[i].name, name) == 0)
			return problem->figs[i].text;
	return "";
}

/* Read first: who asks in a loop writes nothing. */
void yh_document_withheld(const struct yh_ctx *cx, const struct yh_err *problem)
{
	struct yh_document_row row = { .name = "" };
	struct withholding w = { .cx = cx, .row = &row };
	struct yh_err why = { 0 };

	if (strcmp(problem->slug, "label-above") != 0)
		return;
	w.of_case = figure_of(problem, "case")[0] != 0;
	if (yh_id_parse(figure_of(problem, w.of_case ? "case" : "document"), &row.id, NULL) !=
	    YH_OK)
		return;
	(void)snprintf(row.label, sizeof row.label, "%.31s", figure_of(problem, "label"));
	if (yh_exec_read(cx->world->exec, was_told, &w, &why) != YH_OK ||
	    (!w.told && yh_exec_write(cx->world->exec, note, &w, &why) != YH_OK))
		yh_log_err(YH_WARN, "refusal-unwritten", &why);
}
