/* What an agent is told and who it is. Two files in its directory: agent.conf, readable, and
 * agent.key, which nobody else may read. */
#ifndef YH_AGENT_CONFIG_H
#define YH_AGENT_CONFIG_H

#include "agent/protocol.h"

enum { YH_AGENT_URL = 256, YH_AGENT_PATH = 256 };
#define YH_AGENT_DIR "/var/lib/yunheng-agent"

struct yh_agent_config {
	char server[YH_AGENT_URL]; /* "https://host[:port][/prefix]" */
	char ca[YH_AGENT_PATH];    /* a file of certificates; "": the system's */
	int64_t interval_s;        /* 15 */
	int64_t spool_kib;         /* 8192 */
};
struct yh_agent_identity {
	struct yh_id id;
	char resource[64];
	unsigned char key[YH_AGENT_KEY];
};

/* Reads DIR/agent.conf: lines "name = value", "#" begins a remark. BAD_INPUT "agent-config" with
 * `field` "agent.conf:LINE"; NOT_FOUND "agent-not-enrolled" when there is none. */
YH_CHECK enum yh_rc yh_agent_config_load(const char *dir, struct yh_agent_config *out,
					 struct yh_err *err);
/* The pure part; `n` bytes. Absent values take the defaults; `server` is required. */
YH_CHECK enum yh_rc yh_agent_config_parse(const char *text, size_t n, struct yh_agent_config *out,
					  struct yh_err *err);
YH_CHECK enum yh_rc yh_agent_config_save(const char *dir, const struct yh_agent_config *c,
					 struct yh_err *err);

/* BAD_INPUT "agent-key-open" when others may read the file, "agent-config" when it is damaged. */
YH_CHECK enum yh_rc yh_agent_identity_load(const char *dir, struct yh_agent_identity *out,
					   struct yh_err *err);
/* Whole or not at all, mode 0600, owned by the directory's owner. */
YH_CHECK enum yh_rc yh_agent_identity_save(const char *dir, const struct yh_agent_identity *id,
					   struct yh_err *err);
/* Removes key, configuration and what waits. */
void yh_agent_forget(const char *dir);

/* SM3 of a file; zero when it cannot be read. */
struct yh_sm3 yh_agent_file_digest(const char *path);
struct yh_sm3 yh_agent_config_digest(const char *dir);

#endif
