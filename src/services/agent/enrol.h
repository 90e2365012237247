/* Codes, enrolment, revocation and acceptance of agents (Art. 25). */
#ifndef YH_SERVICES_AGENT_ENROL_H
#define YH_SERVICES_AGENT_ENROL_H

#include "services/agent/agents.h"

/* A one-time code for a resource, valid for `hours`. Who may: the unit for its own, the operator of
 * the cloud, and the district operator for its district's units; others FORBIDDEN
 * "agent-not-yours". NOT_FOUND "resource-unknown" for what the viewer does not see; CONFLICT
 * "agent-resource-gone" for a destroyed or cancelled one; BUSY "agents-absent" without a roster. */
YH_CHECK enum yh_rc yh_agent_make_code(struct yh_ctx *cx, const struct yh_viewer *who,
				       const struct yh_id *resource, int64_t hours,
				       char code[YH_AGENT_CODE_TEXT], yh_time *expires_at,
				       struct yh_err *err);

/* The server's point, as in the codes' fingerprint. */
YH_CHECK enum yh_rc yh_agent_server_point(const struct yh_ctx *cx, unsigned char out[YH_SM2_POINT],
					  struct yh_err *err);

/* As it came; texts in hex. */
struct yh_agent_enrolment {
	const char *box, *mac, *binary, *config;
	const char *host, *version;
	int64_t interval_s;
};
/* What was in the box. */
struct yh_agent_opened {
	unsigned char secret[YH_AGENT_KEY];
	char code[YH_AGENT_SECRET_TEXT];
	struct yh_agent_self self;
	struct yh_sm3 request;
};
/* Opens the box, outside of a transaction. BAD_INPUT "agent-enrolment-invalid"; BUSY
 * "agents-absent", "agent-enrol-busy": more come than may. */
YH_CHECK enum yh_rc yh_agent_open_enrolment(const struct yh_world *world, yh_time now,
					    const struct yh_agent_enrolment *e,
					    struct yh_agent_opened *out, struct yh_err *err);

struct yh_agent_enrolled {
	struct yh_id agent;
	char resource_no[40];
	struct yh_sm3 proof;
};
/* Takes the code, enters the agent and ends those the resource had before. The same request again
 * gets the same answer. NOT_FOUND "agent-code-unknown"; CONFLICT "agent-code-used",
 * "agent-resource-gone"; REFUSED "agent-code-expired". */
YH_CHECK enum yh_rc yh_agent_take_enrolment(struct yh_ctx *cx, const struct yh_agent_opened *o,
					    struct yh_agent_enrolled *out, struct yh_err *err);

/* Ends an agent: its batches are refused from now on. As above; NOT_FOUND "agent-unknown";
 * CONFLICT "agent-revoked". */
YH_CHECK enum yh_rc yh_agent_revoke(struct yh_ctx *cx, const struct yh_viewer *who,
				    const struct yh_id *id, const char *reason, struct yh_err *err);
/* What the agent runs by now is in order: the operator of the cloud (or of the district) says so,
 * never the unit itself. */
YH_CHECK enum yh_rc yh_agent_approve(struct yh_ctx *cx, const struct yh_viewer *who,
				     const struct yh_id *id, const char *reason,
				     struct yh_err *err);

#endif
