/* Verifying the record and the table of rights while the server runs. */
#include "services/audit/check.h"

#include <stdio.h>
#include <string.h>

#include "services/audit/feed.h"
#include "services/audit/rights.h"
#include "services/audit/security.h"
#include "store/event.h"

enum yh_rc yh_audit_check_ask(struct yh_ctx *cx, struct yh_id *id, struct yh_err *err)
{
	struct yh_audit_check_row row = { .id = yh_ctx_new_id(cx),
					  .asked_by = cx->actor->person,
					  .asked_at = cx->now };
	struct yh_id job = yh_ctx_new_id(cx);
	enum yh_rc rc = yh_audit_check_insert(cx->tx, &row, err);

	*id = row.id;
	return rc == YH_OK ? yh_job_insert(cx->tx, &job, "audit.check", id, cx->now, err) : rc;
}

struct checking {
	const struct yh_audit_check_job *j;
	struct yh_audit_check_row row;
	struct yh_rights_report rights;
	bool asked;
};

static enum yh_rc read_rights(struct yh_tx *tx, void *arg, struct yh_err *err)
{
	struct checking *c = arg;
	struct yh_checkpoint head;
	enum yh_rc rc = yh_rights_verify(tx, &c->rights, err);

	if (rc == YH_OK)
		rc = yh_audit_head(tx, &head, err);
	if (rc == YH_OK) {
		c->row.pos = head.pos;
		c->row.chain = head.chain;
	}
	return rc;
}

static void judge(struct checking *c, const struct yh_audit_report *r)
{
	struct yh_audit_check_row *row = &c->row;
	bool unread = !yh_id_is_zero(&c->rights.unread);
	bool wrong = unread || !yh_id_is_zero(&c->rights.wrong);

	row->records = r->records;
	row->unsealed = r->unsealed;
	row->grants = c->rights.grants;
	(void)snprintf(row->state, sizeof row->state, "%s",
		       r->broken || wrong ? "broken" : "intact");
	if (r->broken) {
		(void)snprintf(row->what, sizeof row->what, "%s", r->what);
		(void)snprintf(row->broken_kind, sizeof row->broken_kind, "%s", r->kind);
		row->broken_pos = r->pos;
		row->broken_id = r->event;
	} else if (unread) {
		(void)snprintf(row->what, sizeof row->what, "rights-event");
		(void)snprintf(row->broken_kind, sizeof row->broken_kind, "event");
		row->broken_id = c->rights.unread;
	} else if (wrong) {
		(void)snprintf(row->what, sizeof row->what, "%s",
			       c->rights.gone ? "rights-gone" : "rights");
		(void)snprintf(row->broken_kind, sizeof row->broken_kind, "grant");
		row->broken_id = c->rights.wrong;
	}
}

static enum yh_rc record(struct yh_ctx *cx, const struct yh_audit_check_row *row,
			 struct yh_err *err)
{
	char hex[YH_SM3_HEX];
	const struct yh_event e = {
		.id = yh_ctx_new_id(cx),
		.at = cx->now,
		.kind = "audit.verified",
		.object_kind = "audit",
		.object_id = row->id,
		.person = row->asked_by,
		.outcome = row->state,
		.reason = row->what,
		.after = yh_hex(row->chain.b, sizeof row->chain.b, hex),
		.source = cx->actor->source,
	};

	return yh_event_insert(cx->tx, &e, err);
}

static enum yh_rc write_down(struct yh_tx *tx, void *arg, struct yh_err *err)
{
	static const struct yh_actor system = { .login = "", .name = "", .source = "local" };
	struct checking *c = arg;
	struct yh_ctx cx = { .tx = tx,
			     .world = c->j->world,
			     .actor = &system,
			     .now = yh_clock_now(c->j->world->clock),
			     .arena = c->j->arena };
	struct yh_security_row broken = { .kind = "record-broken",
					  .subject = c->row.what,
					  .detail = c->row.broken_kind };
	struct yh_id none = { { 0 } };
	enum yh_rc rc = YH_OK;

	c->row.ended_at = cx.now;
	if (!c->asked) {
		c->row.id = yh_ctx_new_id(&cx);
		c->row.asked_by = none;
		c->row.asked_at = c->j->now;
		rc = yh_audit_check_insert(tx, &c->row, err);
	}
	if (rc == YH_OK && !c->rights.begun)
		rc = yh_rights_begin(&cx, err);
	if (rc == YH_OK)
		rc = yh_audit_check_end(tx, &c->row, err);
	if (rc == YH_OK)
		rc = record(&cx, &c->row, err);
	if (rc == YH_OK && strcmp(c->row.state, "broken") == 0)
		rc = yh_security_raise(&cx, &broken, err);
	return rc;
}

static enum yh_rc load(struct yh_tx *tx, void *arg, struct yh_err *err)
{
	struct checking *c = arg;
	struct yh_id id = c->row.id;

	return yh_audit_check_load(tx, &id, c->j->arena, &c->row, err);
}

enum yh_rc yh_audit_check_run(const struct yh_audit_check_job *j, const struct yh_id *id,
			      struct yh_err *err)
{
	struct checking c = { .j = j, .asked = !yh_id_is_zero(id) };
	struct yh_exec *exec = j->world->exec;
	struct yh_audit_report r;
	enum yh_rc rc = YH_OK;

	if (!j->world->sealer)
		return yh_fail(err, YH_CONFLICT, "key-none");
	c.row.id = *id;
	if (c.asked)
		rc = yh_exec_read(exec, load, &c, err);
	if (rc == YH_OK)
		rc = yh_sealer_verify(j->world->sealer, NULL, &r, err);
	if (rc == YH_OK)
		rc = yh_exec_read(exec, read_rights, &c, err);
	if (rc != YH_OK)
		return rc;
	judge(&c, &r);
	return yh_exec_write(exec, write_down, &c, err);
}

enum yh_rc yh_integrity_now(struct yh_ctx *cx, struct yh_integrity *out, struct yh_err *err)
{
	const char *collector = yh_audit_feed_name(cx->world->audit_feed);
	struct yh_audit_check_row *rows;
	size_t n;
	enum yh_rc rc = yh_audit_check_list(cx->tx, 1, cx->arena, &rows, &n, err);

	*out = (struct yh_integrity){ .sent = -1 };
	if (rc == YH_OK && n > 0) {
		out->checked = true;
		out->last = rows[0];
	}
	if (rc == YH_OK)
		rc = yh_audit_head(cx->tx, &out->head, err);
	if (rc == YH_OK)
		rc = yh_checkpoint_last(cx->tx, &out->signed_at, err);
	return rc == YH_OK && collector ? yh_audit_sent(cx->tx, collector, &out->sent, err) : rc;
}
