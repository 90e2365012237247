/* The agent's way to the server: HTTP/1.1 over TCP or TLS, one request at a time, bounded in time
 * and size. Small on purpose: the agent has two MiB. */
#ifndef YH_AGENT_LINK_H
#define YH_AGENT_LINK_H

#include "base/err.h"

struct yh_agent_link;

struct yh_agent_link_call {
	const char *method, *path; /* behind the server's address and prefix */
	const char *headers;       /* whole lines, each ending in CRLF; "" for none */
	const void *body;
	size_t n;
	/* the answer */
	int status;
	int64_t retry_after_s; /* as the answer says; 0: it does not */
	char reply[4096];      /* a longer one is no answer of ours */
};

/* "http://host[:port][/prefix]" or https, where the certificate must be right for the host; `ca`
 * is a file of certificates, "" the system's. BAD_INPUT "agent-server-invalid". */
YH_CHECK enum yh_rc yh_agent_link_new(const char *server, const char *ca,
				      struct yh_agent_link **out, struct yh_err *err);
void yh_agent_link_free(struct yh_agent_link *l);
/* Any status is YH_OK. BUSY "server-unreachable" (figure detail). The connection is kept. */
YH_CHECK enum yh_rc yh_agent_link_call(struct yh_agent_link *l, struct yh_agent_link_call *call,
				       struct yh_err *err);
/* Closes the connection until the next call. */
void yh_agent_link_rest(struct yh_agent_link *l);

/* The text member `key` of a flat JSON object whose texts need no escapes, which is what the
 * server's answers to an agent are; false when it is not there or does not fit. */
bool yh_agent_link_text(const char *json, const char *key, char *out, size_t size);
bool yh_agent_link_int(const char *json, const char *key, int64_t *out);

#endif
