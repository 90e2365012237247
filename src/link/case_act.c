/* At the city: what is done at a district in cases that are here, once each. */
#include <stdio.h>
#include <string.h>

#include "cases/urge.h"
#include "link/case_internal.h"
#include "link/file.h"
#include "store/event.h"
#include "store/party.h"

/* Something done at the district in a case that is here. */
struct acting {
	struct yh_ctx *cx;
	const struct yh_link_peer *peer;
	const json_t *body;
	const struct yh_case_link_row *link;
};

static enum yh_rc decide(struct acting *a, struct yh_case_far *f, const struct yh_case *now,
			 const char *step, const char *reason, struct yh_err *err)
{
	struct yh_decide_in in = {
		.case_id = now->row.id, .step = step, .reason = reason, .if_match = -1
	};
	struct yh_case c;
	char outcome[32];
	enum yh_rc rc = YH_CASE_FIELD(a->body, "outcome", true, outcome, err);

	in.outcome = outcome;
	if (rc == YH_OK)
		rc = yh_case_parse_form(a->cx, a->peer,
					yh_case_form_of(now->procedure, step, outcome), a->body,
					"form", &in.form, err);
	return rc == YH_OK ? yh_case_decide(&f->cx, &in, &c, err) : rc;
}

static enum yh_rc give_back(struct acting *a, struct yh_case_far *f, const struct yh_case *now,
			    const char *step, struct yh_err *err)
{
	const json_t *defects;
	struct yh_case c;
	enum yh_rc rc = yh_case_parse_form(a->cx, a->peer, NULL, a->body, "defects", &defects, err);

	return rc == YH_OK ? yh_case_return(&f->cx, &now->row.id, step, defects, &c, err) : rc;
}

static enum yh_rc resubmit(struct acting *a, struct yh_case_far *f, const struct yh_case *now,
			   struct yh_err *err)
{
	const json_t *form;
	struct yh_case c;
	enum yh_rc rc = yh_case_parse_form(a->cx, a->peer, now->procedure->form, a->body, "form",
					   &form, err);

	if (rc == YH_OK && !form)
		rc = yh_fail_field(err, YH_BAD_INPUT, "link-field", "/form");
	return rc == YH_OK ? yh_case_resubmit(&f->cx, &now->row.id, form, &c, err) : rc;
}

/* Files that came with it belong to the case, whatever becomes of the act: the unit handed them in.
 */
static enum yh_rc take_files(struct acting *a, struct yh_err *err)
{
	return yh_link_files_take(a->cx, a->peer, &a->link->case_id, a->body, err);
}

static enum yh_rc act(struct yh_tx *tx, void *arg, struct yh_err *err)
{
	struct acting *a = arg;
	char what[16], step[48];
	const char *reason = "";
	struct yh_case now, c;
	struct yh_case_far f = { .cx = *a->cx };
	enum yh_rc rc = yh_case_as_far(a->cx, a->peer, a->body, "org", &f, err);

	(void)tx;
	if (rc == YH_OK)
		rc = YH_CASE_FIELD(a->body, "act", true, what, err);
	if (rc == YH_OK)
		rc = YH_CASE_FIELD(a->body, "step", false, step, err);
	if (rc == YH_OK)
		rc = yh_case_long(a->cx, a->body, "reason", &reason, err);
	if (rc == YH_OK)
		rc = yh_case_take(a->cx, &a->link->case_id, &now, err);
	if (rc != YH_OK)
		return rc;
	if (strcmp(what, "decide") == 0)
		return decide(a, &f, &now, step, reason, err);
	if (strcmp(what, "return") == 0)
		return give_back(a, &f, &now, step, err);
	if (strcmp(what, "resubmit") == 0)
		return resubmit(a, &f, &now, err);
	if (strcmp(what, "withdraw") == 0)
		return yh_case_withdraw(&f.cx, &now.row.id, reason, &c, err);
	if (strcmp(what, "urge") == 0)
		return yh_case_urge(&f.cx, &now.row.id, step, reason, err);
	return yh_fail_field(err, YH_BAD_INPUT, "link-field", "/act");
}

/* By what an act is known when it comes again: its form may have been put in other words. */
static const char *known_by(struct yh_ctx *cx, const json_t *body)
{
	const char *at = yh_json_text(body, "at"), *act = yh_json_text(body, "act"),
		   *step = yh_json_text(body, "step");

	return yh_arena_printf(cx->arena, "%.40s %.16s %.47s", at ? at : "", act ? act : "",
			       step ? step : "");
}

static enum yh_rc tell_refused(struct acting *a, const struct yh_err *why, const char *problem,
			       struct yh_err *err)
{
	const char *step = yh_json_text(a->body, "step"), *by = yh_json_text(a->body, "by");

	return yh_event_insert(
		a->cx->tx,
		&(struct yh_event){
			.id = yh_ctx_new_id(a->cx),
			.at = a->cx->now,
			.kind = "case.act-refused",
			.case_id = a->link->case_id,
			.object_kind = "case",
			.object_id = a->link->case_id,
			.article = why->article,
			.before = step,
			.source = yh_arena_printf(a->cx->arena, YH_FAR "%.120s", by ? by : ""),
			.payload = problem },
		err);
}

/* A number that was dealt with, and comes again. A district that was put back counts anew: another
 * act under it was never done, and its people are told so. */
static enum yh_rc take_again(struct acting *a, int64_t seq, struct yh_err *err)
{
	struct yh_case_act_row row;
	struct yh_err why = { 0 };
	const char *now = known_by(a->cx, a->body), *problem;
	char key[YH_CASE_DOC_KEY];
	bool found;
	enum yh_rc rc = now ? YH_OK : yh_fail(err, YH_TOO_LARGE, "memory-short");

	yh_case_act_key(a->link->no, seq, key);
	if (rc == YH_OK)
		rc = yh_case_act_load(a->cx->tx, key, a->cx->arena, &row, &found, err);
	if (rc == YH_OK && found && strcmp(row.body, now) == 0)
		return take_files(a, err); /* an older program told of none */
	if (rc != YH_OK || !found || !row.body[0] || row.problem[0])
		return rc;
	(void)yh_fail(&why, YH_CONFLICT, "act-number-taken");
	yh_err_text(&why, "case", a->link->no);
	yh_err_int(&why, "number", seq);
	rc = yh_case_keep_problem(a->cx, &why, &problem, err);
	if (rc == YH_OK)
		rc = yh_case_act_refused(a->cx->tx, a->link->no, seq, problem, err);
	return rc == YH_OK ? tell_refused(a, &why, problem, err) : rc;
}

/* What came of it is in the case; what was wrong with it, in the act. Either way it is told. */
static enum yh_rc note_act(struct acting *a, int64_t seq, const struct yh_err *why,
			   struct yh_err *err)
{
	struct yh_case_act_row row = {
		.seq = seq, .body = known_by(a->cx, a->body), .problem = "", .at = a->cx->now
	};
	enum yh_rc rc = row.body ? YH_OK : yh_fail(err, YH_TOO_LARGE, "memory-short");

	memcpy(row.no, a->link->no, sizeof row.no);
	yh_case_act_key(row.no, seq, row.key);
	if (why->rc != YH_OK)
		rc = yh_case_keep_problem(a->cx, why, &row.problem, err);
	if (rc == YH_OK)
		rc = yh_case_act_insert(a->cx->tx, &row, err);
	return rc == YH_OK && why->rc != YH_OK ? tell_refused(a, why, row.problem, err) : rc;
}

/* A case that began here, about a unit of the district. */
static enum yh_rc begun_here(struct yh_ctx *cx, const struct yh_link_peer *peer, const char *no,
			     struct yh_case_link_row *link, struct yh_err *err)
{
	struct yh_org_row unit;
	struct yh_case_row row;
	struct yh_id id;
	enum yh_rc rc = yh_case_id_by_no(cx->tx, no, &id, err);

	if (rc == YH_OK)
		rc = yh_case_load(cx->tx, &id, cx->arena, &row, err);
	if (rc == YH_OK)
		rc = yh_org_load(cx->tx, &row.unit, cx->arena, &unit, err);
	if (rc == YH_NOT_FOUND || (rc == YH_OK && strcmp(unit.district, peer->district) != 0)) {
		yh_err_clear(err);
		return yh_fail_field(err, YH_BAD_INPUT, "case-unknown", "/no");
	}
	*link = (struct yh_case_link_row){ .peer = peer->id,
					   .case_id = id,
					   .at = cx->now,
					   .carried_at = cx->now,
					   .form = "",
					   .problem = "",
					   .told = "" };
	(void)snprintf(link->no, sizeof link->no, "%s", no);
	return rc;
}

/* The case of an act, as the two sides know it: one of theirs. */
static enum yh_rc link_of(struct yh_ctx *cx, const struct yh_link_peer *peer, const char *no,
			  struct yh_case_link_row *link, struct yh_err *err)
{
	bool found;
	enum yh_rc rc = yh_case_link_load(cx->tx, no, cx->arena, link, &found, err);

	if (rc == YH_OK && !found)
		rc = begun_here(cx, peer, no, link, err);
	if (rc == YH_OK && !yh_id_eq(&link->peer, &peer->id))
		rc = yh_fail_field(err, YH_BAD_INPUT, "case-unknown", "/no");
	return rc;
}

static enum yh_rc dealt_with(struct acting *a, struct yh_case_link_row *link, int64_t seq,
			     const struct yh_err *why, struct yh_err *err)
{
	enum yh_rc rc = note_act(a, seq, why, err);

	link->acts = seq;
	link->at = a->cx->now;
	return rc == YH_OK ? yh_case_link_put(a->cx->tx, link, err) : rc;
}

enum yh_rc yh_case_refuse_act(struct yh_ctx *cx, const struct yh_link_peer *peer, const char *no,
			      int64_t seq, const json_t *body, const struct yh_err *why,
			      struct yh_err *err)
{
	struct yh_case_link_row link;
	struct acting a = { .cx = cx, .peer = peer, .body = body, .link = &link };
	enum yh_rc rc = link_of(cx, peer, no, &link, err);

	if (rc != YH_OK || yh_id_is_zero(&link.case_id) || seq <= link.acts)
		return rc;
	return dealt_with(&a, &link, seq, why, err);
}

enum yh_rc yh_case_take_act(struct yh_ctx *cx, const struct yh_link_peer *peer, const char *no,
			    const json_t *body, struct yh_err *err)
{
	struct yh_case_link_row link;
	struct acting a = { .cx = cx, .peer = peer, .body = body, .link = &link };
	int64_t seq = json_integer_value(json_object_get(body, "seq"));
	struct yh_err why = { 0 };
	enum yh_rc rc = link_of(cx, peer, no, &link, err);

	if (rc != YH_OK || yh_id_is_zero(&link.case_id))
		return rc; /* in what was turned away */
	if (seq <= link.acts)
		return take_again(&a, seq, err);
	rc = yh_db_try(cx->tx, act, &a, &why, err);
	if (rc == YH_OK && why.rc != YH_OK && !yh_case_is_answer(&why)) {
		*err = why;
		return why.rc;
	}
	if (rc == YH_OK)
		rc = dealt_with(&a, &link, seq, &why, err);
	return rc == YH_OK ? take_files(&a, err) : rc;
}
