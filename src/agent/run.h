/* The agent's life: measure, keep, send; until it is told to stop. */
#ifndef YH_AGENT_RUN_H
#define YH_AGENT_RUN_H

#include "agent/config.h"

struct yh_agent_run {
	const char *dir;
	const char *root; /* of /proc and /sys; "" */
	/* Told now and then what happened; may be NULL. Slugs: "agent-sending", "agent-waiting"
	 * (figures waiting, lost), "agent-clock-stepped" (ms), "agent-revoked". */
	void (*say)(void *arg, const struct yh_err *what);
	void *arg;
};

/* Runs until SIGTERM or SIGINT, which the caller has blocked; then measures once more, sends what
 * waits as far as the server takes it within some seconds, and returns. */
YH_CHECK enum yh_rc yh_agent_run(const struct yh_agent_run *r, struct yh_err *err);

/* Says goodbye, sends what waits and forgets the enrolment. When the server cannot be reached the
 * enrolment is kept (BUSY "server-unreachable") unless `force`. */
YH_CHECK enum yh_rc yh_agent_goodbye(const struct yh_agent_run *r, bool force, struct yh_err *err);

#endif
