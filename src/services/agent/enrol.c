/* Entering, ending and accepting agents. */
#include "services/agent/enrol.h"

#include <stdio.h>
#include <string.h>

#include "services/agent/internal.h"
#include "services/identity/record.h"
#include "services/project/project.h"
#include "store/party.h"

static enum yh_rc roster_of(const struct yh_world *world, struct yh_agents **out,
			    struct yh_err *err)
{
	*out = world->agents;
	return *out ? YH_OK : yh_fail(err, YH_BUSY, "agents-absent");
}

/* The bodies that answer for the resource: its cloud's operator, or its district's. */
static enum yh_rc operates(struct yh_ctx *cx, const struct yh_resource_row *r, bool *yes,
			   struct yh_err *err)
{
	struct yh_org_row unit;
	enum yh_rc rc = yh_org_load(cx->tx, &r->unit, cx->arena, &unit, err);

	*yes = false;
	for (size_t i = 0; rc == YH_OK && !*yes && i < cx->actor->n_grants; i++) {
		const struct yh_grant *g = &cx->actor->grants[i];

		if (strcmp(g->role, "operator") == 0)
			rc = yh_cloud_has_body(cx->tx, &r->cloud, "operator", &g->org, yes, err);
		if (rc == YH_OK && !*yes && strcmp(g->role, "district_operator") == 0)
			*yes = unit.district[0] && strcmp(unit.district, g->district) == 0;
	}
	return rc;
}

static enum yh_rc check_manager(struct yh_ctx *cx, const struct yh_resource_row *r, bool unit_too,
				struct yh_err *err)
{
	bool yes;
	enum yh_rc rc;

	if (unit_too && yh_actor_grant(cx->actor, "unit", &r->unit))
		return YH_OK;
	rc = operates(cx, r, &yes, err);
	return rc == YH_OK && !yes ? yh_fail(err, YH_FORBIDDEN, "agent-not-yours") : rc;
}

static bool is_gone(const char *state)
{
	return strcmp(state, "destroyed") == 0 || strcmp(state, "cancelled") == 0;
}

enum yh_rc yh_agent_make_code(struct yh_ctx *cx, const struct yh_viewer *who,
			      const struct yh_id *resource, int64_t hours,
			      char code[YH_AGENT_CODE_TEXT], yh_time *expires_at,
			      struct yh_err *err)
{
	struct yh_agents *a;
	struct yh_resource_line line;
	struct yh_size_row *sizes;
	struct yh_agent_code c = { 0 };
	struct yh_agent_code_row row;
	size_t n;
	enum yh_rc rc = roster_of(cx->world, &a, err);

	if (rc == YH_OK)
		rc = yh_resource_get(cx, who, resource, &line, &sizes, &n, err);
	if (rc == YH_OK)
		rc = check_manager(cx, &line.row, true, err);
	if (rc == YH_OK && is_gone(line.row.state))
		rc = yh_fail(err, YH_CONFLICT, "agent-resource-gone");
	if (rc != YH_OK)
		return rc;
	yh_token_new(c.secret);
	memcpy(c.finger, a->finger, sizeof c.finger);
	(void)yh_agent_code_text(&c, code);
	*expires_at = cx->now + hours * 3600 * YH_US_PER_S;
	row = (struct yh_agent_code_row){ .digest = yh_sm3_of(c.secret, strlen(c.secret)),
					  .resource = *resource,
					  .made_by = cx->actor->person,
					  .made_at = cx->now,
					  .expires_at = *expires_at };
	rc = yh_agent_code_insert(cx->tx, &row, err);
	return rc == YH_OK ? yh_identity_record(cx, "agent.code_made", "resource", resource, "",
						NULL, err)
			   : rc;
}

enum yh_rc yh_agent_server_point(const struct yh_ctx *cx, unsigned char out[YH_SM2_POINT],
				 struct yh_err *err)
{
	struct yh_agents *a;
	enum yh_rc rc = roster_of(cx->world, &a, err);

	if (rc == YH_OK)
		memcpy(out, a->point, YH_SM2_POINT);
	return rc;
}

static enum yh_rc invalid(struct yh_err *err, const char *field)
{
	return yh_fail_field(err, YH_BAD_INPUT, "agent-enrolment-invalid", field);
}

static enum yh_rc open_box(struct yh_agents *a, const struct yh_agent_enrolment *e,
			   struct yh_agent_opened *o, struct yh_err *err)
{
	unsigned char box[(YH_AGENT_BOX_HEX - 1) / 2], plain[sizeof box];
	size_t hex_n = strlen(e->box), n = sizeof plain;
	struct yh_sm3 mac, want;
	enum yh_rc rc;

	if (hex_n % 2 || hex_n / 2 > sizeof box || !yh_unhex(e->box, box, hex_n / 2))
		return invalid(err, "/box");
	rc = yh_sm2_decrypt(a->key, box, hex_n / 2, plain, &n, NULL);
	if (rc == YH_TOO_LARGE)
		return yh_fail(err, rc, "memory-short");
	if (rc != YH_OK || n != YH_AGENT_BOX)
		return invalid(err, "/box");
	memcpy(o->secret, plain, YH_AGENT_KEY);
	memcpy(o->code, plain + YH_AGENT_KEY, YH_AGENT_BOX - YH_AGENT_KEY);
	explicit_bzero(plain, sizeof plain);
	if (!yh_unhex(e->binary, o->self.binary.b, YH_SM3_BYTES))
		return invalid(err, "/binary");
	if (!yh_unhex(e->config, o->self.config.b, YH_SM3_BYTES))
		return invalid(err, "/config");
	(void)snprintf(o->self.host, sizeof o->self.host, "%s", e->host);
	(void)snprintf(o->self.version, sizeof o->self.version, "%s", e->version);
	o->self.interval_s = e->interval_s;
	want = yh_agent_self_mac(o->secret, &o->self);
	if (!yh_unhex(e->mac, mac.b, sizeof mac.b) || !yh_equal_ct(mac.b, want.b, sizeof mac.b))
		return invalid(err, "/mac");
	o->request = yh_sm3_of(box, hex_n / 2);
	return YH_OK;
}

static void answer(struct yh_agent_enrolled *e, const struct yh_agent_opened *o,
		   const struct yh_id *id, const char *resource_no, struct yh_sm3 *key)
{
	*key = yh_agent_key(o->secret, o->code, id, resource_no);
	e->agent = *id;
	(void)snprintf(e->resource_no, sizeof e->resource_no, "%s", resource_no);
	e->proof = yh_agent_proof(key->b, id, resource_no);
}

static enum yh_rc enter(struct yh_ctx *cx, struct yh_agents *a, struct yh_agent_enrolled *e,
			const struct yh_agent_opened *o, struct yh_agent_code_row *code,
			struct yh_err *err)
{
	struct yh_agent_row row = { .id = yh_ctx_new_id(cx),
				    .resource = code->resource,
				    .interval_s = o->self.interval_s,
				    .binary_ok = o->self.binary,
				    .config_ok = o->self.config,
				    .enrolled_at = cx->now,
				    .enrolled_by = code->made_by };
	struct yh_resource_row r;
	struct yh_sm3 key;
	int64_t replaced;
	enum yh_rc rc = yh_resource_load(cx->tx, &code->resource, cx->arena, &r, err);

	if (rc == YH_OK && is_gone(r.state))
		rc = yh_fail(err, YH_CONFLICT, "agent-resource-gone");
	if (rc != YH_OK)
		return rc;
	memcpy(row.host, o->self.host, sizeof row.host);
	memcpy(row.version, o->self.version, sizeof row.version);
	answer(e, o, &row.id, r.no, &key);
	row.secret_n = YH_AGENT_KEY + YH_SEAL_EXTRA;
	rc = yh_seal(&a->sealing, row.id.b, sizeof row.id.b, key.b, YH_AGENT_KEY, row.secret, err);
	explicit_bzero(&key, sizeof key);
	code->used_at = cx->now;
	code->request = o->request;
	code->agent = row.id;
	if (rc == YH_OK)
		rc = yh_agent_code_use(cx->tx, code, err);
	if (rc == YH_OK)
		rc = yh_agent_end_others(cx->tx, &row.resource, &row.id, cx->now, &replaced, err);
	if (rc == YH_OK)
		rc = yh_observation_end_others(cx->tx, &row.resource, &row.id, cx->now,
					       "{\"by\":\"enrolment\"}", err);
	if (rc == YH_OK)
		rc = yh_agent_insert(cx->tx, &row, err);
	return rc == YH_OK ? yh_identity_record(cx, "agent.enrolled", "resource", &row.resource,
						replaced > 0 ? "replaced" : "enrolled", NULL, err)
			   : rc;
}

static enum yh_rc take(struct yh_ctx *cx, struct yh_agents *a, struct yh_agent_enrolled *e,
		       const struct yh_agent_opened *o, struct yh_err *err)
{
	struct yh_sm3 digest = yh_sm3_of(o->code, strlen(o->code)), key;
	struct yh_agent_code_row code;
	struct yh_agent_row row;
	enum yh_rc rc = yh_agent_code_load(cx->tx, &digest, &code, err);

	if (rc != YH_OK)
		return rc;
	if (cx->now >= code.expires_at)
		return yh_refuse(err, "agent-code-expired",
				 yh_action_article(cx->world, yh_ctx_today(cx), YH_AGENT_ACTION));
	if (!code.used_at)
		return enter(cx, a, e, o, &code, err);
	if (memcmp(code.request.b, o->request.b, sizeof o->request.b) != 0)
		return yh_fail(err, YH_CONFLICT, "agent-code-used");
	rc = yh_agent_load(cx->tx, &code.agent, &row, err);
	if (rc == YH_OK)
		answer(e, o, &row.id, row.resource_no, &key);
	return rc;
}

enum yh_rc yh_agent_open_enrolment(const struct yh_world *world, yh_time now,
				   const struct yh_agent_enrolment *e, struct yh_agent_opened *out,
				   struct yh_err *err)
{
	enum { PER_S = 50, BURST = 200 };
	struct yh_agents *a;
	enum yh_rc rc = roster_of(world, &a, err);

	*out = (struct yh_agent_opened){ 0 };
	if (rc == YH_OK && !yh_agents_admit(a, &a->enrol_at, now, PER_S, BURST))
		rc = yh_fail(err, YH_BUSY, "agent-enrol-busy");
	return rc == YH_OK ? open_box(a, e, out, err) : rc;
}

enum yh_rc yh_agent_take_enrolment(struct yh_ctx *cx, const struct yh_agent_opened *o,
				   struct yh_agent_enrolled *out, struct yh_err *err)
{
	struct yh_agents *a;
	enum yh_rc rc = roster_of(cx->world, &a, err);

	*out = (struct yh_agent_enrolled){ 0 };
	return rc == YH_OK ? take(cx, a, out, o, err) : rc;
}

/* The commit comes later: until it must be through, each batch of the agent asks the store. */
static void doubt(struct yh_agents *a, const struct yh_id *id, yh_time now)
{
	struct slot *s = yh_roster_find(a, id);
	pthread_mutex_t *lock = yh_roster_lock(a, id);

	if (!s)
		return;
	(void)pthread_mutex_lock(lock);
	s->doubt_until = now + DOUBT_S * YH_US_PER_S;
	(void)pthread_mutex_unlock(lock);
}

static enum yh_rc find(struct yh_ctx *cx, const struct yh_viewer *who, const struct yh_id *id,
		       bool unit_too, struct yh_agent_row *out, struct yh_err *err)
{
	const struct yh_agent_filter f = { .id = *id, .all = true, .limit = 1 };
	struct yh_agent_row *list;
	struct yh_resource_row r;
	size_t n = 0;
	enum yh_rc rc = yh_id_is_zero(id)
				? YH_OK
				: yh_agent_page(cx->tx, who, &f, cx->arena, &list, &n, err);

	if (rc == YH_OK && n == 0)
		rc = yh_fail(err, YH_NOT_FOUND, "agent-unknown");
	if (rc == YH_OK) {
		*out = list[0];
		rc = yh_resource_load(cx->tx, &out->resource, cx->arena, &r, err);
	}
	if (rc == YH_OK)
		rc = check_manager(cx, &r, unit_too, err);
	if (rc == YH_OK && out->revoked_at)
		rc = yh_fail(err, YH_CONFLICT, "agent-revoked");
	return rc;
}

static enum yh_rc end_observations(struct yh_ctx *cx, const struct yh_id *agent, bool all,
				   const char *why, struct yh_err *err)
{
	enum yh_rc rc = YH_OK;

	for (int k = 0; rc == YH_OK && k < YH_SEEN_COUNT; k++) {
		struct yh_id id;

		if (all || k == YH_SEEN_BINARY || k == YH_SEEN_CONFIG)
			rc = yh_observation_close(cx->tx, agent, yh_seen_name((enum yh_seen)k),
						  cx->now, why, &id, err);
	}
	return rc;
}

enum yh_rc yh_agent_revoke(struct yh_ctx *cx, const struct yh_viewer *who, const struct yh_id *id,
			   const char *reason, struct yh_err *err)
{
	struct yh_agents *a;
	struct yh_agent_row row;
	enum yh_rc rc = roster_of(cx->world, &a, err);

	if (rc == YH_OK)
		rc = find(cx, who, id, true, &row, err);
	if (rc == YH_OK)
		rc = yh_agent_end(cx->tx, id, "revoked", cx->now, err);
	if (rc == YH_OK)
		rc = end_observations(cx, id, true, "{\"by\":\"revocation\"}", err);
	if (rc == YH_OK)
		rc = yh_identity_record(cx, "agent.revoked", "resource", &row.resource, "revoked",
					reason, err);
	if (rc == YH_OK)
		doubt(a, id, cx->now);
	return rc;
}

enum yh_rc yh_agent_approve(struct yh_ctx *cx, const struct yh_viewer *who, const struct yh_id *id,
			    const char *reason, struct yh_err *err)
{
	struct yh_agents *a;
	struct yh_agent_row row;
	enum yh_rc rc = roster_of(cx->world, &a, err);

	if (rc == YH_OK)
		rc = find(cx, who, id, false, &row, err);
	if (rc == YH_OK)
		rc = yh_agent_accept(cx->tx, id, cx->now, err);
	if (rc == YH_OK)
		rc = end_observations(cx, id, false, "{\"by\":\"acceptance\"}", err);
	if (rc == YH_OK)
		rc = yh_identity_record(cx, "agent.accepted", "resource", &row.resource, "accepted",
					reason, err);
	if (rc == YH_OK)
		doubt(a, id, cx->now);
	return rc;
}
