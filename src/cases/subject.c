/* The record that a case is about: what follows from it, and what it hears of the case. */
#include "cases/internal.h"

#include <stdio.h>
#include <string.h>

#include "store/duty.h"
#include "store/finding.h"
#include "store/ledger.h"
#include "store/subject.h"

enum yh_rc yh_case_of_case(struct yh_ctx *cx, const struct yh_id *id, struct yh_subject *s,
			   struct yh_err *err)
{
	struct yh_case_row about;
	enum yh_rc rc = yh_case_load(cx->tx, id, cx->arena, &about, err);

	if (rc == YH_OK)
		*s = (struct yh_subject){ .unit = about.unit,
					  .cloud = about.cloud,
					  .project = about.project,
					  .record = about.subject };
	return rc;
}

/* A record of another register is none to this procedure. */
static enum yh_rc need_register(struct yh_ctx *cx, const struct yh_register *reg,
				const struct yh_id *id, struct yh_err *err)
{
	struct yh_ledger_row row;
	enum yh_rc rc = yh_ledger_load(cx->tx, id, cx->arena, &row, err);

	return rc == YH_OK && strcmp(row.reg, reg->id) != 0
		       ? yh_fail(err, YH_NOT_FOUND, "record-unknown")
		       : rc;
}

static enum yh_rc need_duty(struct yh_ctx *cx, const struct yh_duty_kind *kind,
			    const struct yh_id *id, struct yh_err *err)
{
	struct yh_duty_row row;
	enum yh_rc rc = yh_duty_load(cx->tx, id, cx->arena, &row, err);

	return rc == YH_OK && strcmp(row.kind, kind->id) != 0
		       ? yh_fail(err, YH_NOT_FOUND, "duty-unknown")
		       : rc;
}

enum yh_rc yh_case_of_record(struct yh_ctx *cx, const struct yh_procedure *p,
			     const struct yh_id *id, struct yh_subject *s, struct yh_err *err)
{
	struct yh_subject_facts r;
	enum yh_rc rc = yh_subject_load(cx->tx, yh_subject_kind(p->record->name), id, &r, err);

	if (rc == YH_OK && p->reg)
		rc = need_register(cx, p->reg, id, err);
	if (rc == YH_OK && p->duty)
		rc = need_duty(cx, p->duty, id, err);
	if (rc != YH_OK)
		return rc;
	*s = (struct yh_subject){ .unit = yh_id_is_zero(&r.unit) ? s->unit : r.unit,
				  .cloud = yh_id_is_zero(&r.cloud) ? s->cloud : r.cloud,
				  .project = r.project,
				  .provider = r.provider,
				  .record = r.id,
				  .filer = r.filer };
	return YH_OK;
}

/* One case at a time deals with a finding, and with the resources it is about. */
static enum yh_rc begin_finding(struct yh_ctx *cx, const struct yh_case *c, struct yh_err *err)
{
	struct yh_id *ids;
	size_t n;
	enum yh_rc rc = yh_finding_set_case(cx->tx, &c->row.subject, &c->row.id, err);

	if (rc == YH_OK)
		rc = yh_finding_resources(cx->tx, &c->row.subject, cx->arena, &ids, &n, err);
	for (size_t i = 0; rc == YH_OK && i < n; i++)
		rc = yh_case_add_resource(cx->tx, &c->row.id, &ids[i], err);
	return rc;
}

/* What was found is settled with the case, or open again when it came to nothing. */
static enum yh_rc end_finding(struct yh_ctx *cx, const struct yh_case *c, struct yh_err *err)
{
	if (strcmp(c->row.state, "closed") == 0)
		return yh_finding_close(cx->tx, &c->row.subject, cx->now, err);
	return yh_finding_release(cx->tx, &c->row.subject, err);
}

/* One case at a time is about a duty. */
static enum yh_rc begin_duty(struct yh_ctx *cx, const struct yh_case *c, struct yh_err *err)
{
	struct yh_duty_row d;
	enum yh_rc rc = yh_duty_load(cx->tx, &c->row.subject, cx->arena, &d, err);

	if (rc != YH_OK)
		return rc;
	if (strcmp(d.state, "open") != 0) {
		rc = yh_fail(err, YH_CONFLICT, "duty-not-open");
		yh_err_text(err, "state", d.state);
		return rc;
	}
	(void)snprintf(d.state, sizeof d.state, "reported");
	d.done_by = c->row.id;
	return yh_duty_update(cx->tx, &d, cx->now, err);
}

/* It came to nothing: the duty is owed as before. */
static enum yh_rc end_duty(struct yh_ctx *cx, const struct yh_case *c, struct yh_err *err)
{
	struct yh_duty_row d;
	enum yh_rc rc = yh_duty_load(cx->tx, &c->row.subject, cx->arena, &d, err);

	if (rc != YH_OK || strcmp(d.state, "reported") != 0)
		return rc;
	(void)snprintf(d.state, sizeof d.state, "open");
	d.done_by = (struct yh_id){ { 0 } };
	return yh_duty_update(cx->tx, &d, cx->now, err);
}

/* Kinds that hear of cases whatever the procedure; what a procedure does to the others, its words
 * say. */
static const struct hearing {
	const char *kind;
	enum yh_rc (*begin)(struct yh_ctx *cx, const struct yh_case *c, struct yh_err *err);
	enum yh_rc (*end)(struct yh_ctx *cx, const struct yh_case *c, struct yh_err *err);
} hearings[] = {
	{ "finding", begin_finding, end_finding },
	{ "duty", begin_duty, end_duty },
};

static const struct hearing *hearing_of(const struct yh_procedure *p)
{
	for (size_t i = 0; p->record && i < sizeof hearings / sizeof hearings[0]; i++)
		if (strcmp(hearings[i].kind, p->record->name) == 0)
			return &hearings[i];
	return NULL;
}

enum yh_rc yh_case_record_begin(struct yh_ctx *cx, const struct yh_case *c, struct yh_err *err)
{
	const struct hearing *h = hearing_of(c->procedure);

	return h ? h->begin(cx, c, err) : YH_OK;
}

enum yh_rc yh_case_record_end(struct yh_case_cx *k, struct yh_err *err)
{
	const struct hearing *h = hearing_of(k->c->procedure);

	return h ? h->end(k->cx, k->c, err) : YH_OK;
}
