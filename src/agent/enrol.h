/* Becoming the agent of a resource. */
#ifndef YH_AGENT_ENROL_H
#define YH_AGENT_ENROL_H

#include "agent/config.h"

/* Asks `c->server` to take this machine as the agent that `code` was made for. Writes agent.conf
 * and agent.key into `dir`. BAD_INPUT "agent-code-invalid"; FORBIDDEN "agent-server-other" when the
 * server's key is not the one the code names, or it cannot prove that it has it; otherwise as the
 * server says (figure detail: its sentence), and BUSY "server-unreachable". Asking again with the
 * same code after a lost answer is done here, within the call. */
YH_CHECK enum yh_rc yh_agent_enrol(const char *dir, const char *code,
				   const struct yh_agent_config *c, struct yh_err *err);

#endif
