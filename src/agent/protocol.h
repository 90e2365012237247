/* What the monitoring agent (Art. 25) and the server say to each other, and how each proves itself.
 *
 * Enrolment. A one-time code names the server by the fingerprint of its SM2 key, so that nobody can
 * stand in for it. The agent makes a fresh secret, encrypts secret and code to that key, and both
 * derive the agent's key from it; the answer proves that the server could open the box.
 * Batches. Each has a number, one more than the one before, and HMAC-SM3 over everything that is
 * said with it; so has each answer, or somebody in between could take batches and say "done". */
#ifndef YH_AGENT_PROTOCOL_H
#define YH_AGENT_PROTOCOL_H

#include "base/digest.h"
#include "base/id.h"

enum {
	YH_AGENT_KEY = 32,
	YH_AGENT_SECRET_TEXT = YH_TOKEN_TEXT,
	YH_AGENT_FINGER = 20,                            /* bytes; SM3 of the point, cut */
	YH_AGENT_CODE_TEXT = 5 + 32 + 1 + 40 + 1,        /* "yha1-SECRET-FINGERPRINT" */
	YH_AGENT_BOX = YH_AGENT_KEY + 32,                /* what is encrypted: secret, code */
	YH_AGENT_BOX_HEX = 2 * (YH_AGENT_BOX + 128) + 1, /* at most */
	YH_AGENT_HEAD_TEXT = 320,
	YH_AGENT_VERSION_MAX = 32,
	YH_AGENT_HOST_MAX = 64,
	YH_AGENT_INTERVAL_MIN_S = 1,
	YH_AGENT_INTERVAL_MAX_S = 3600,
	YH_AGENT_BATCH_MAX = 64 * 1024, /* a body, as sent */
};
/* A series in each batch: its number, so that the store knows the last one. */
#define YH_AGENT_BATCH_METRIC "yunheng_agent_batch"
#define YH_AGENT_HEAD_HEADER "Yunheng-Batch"
#define YH_AGENT_MAC_HEADER "Yunheng-Mac"

struct yh_agent_code {
	char secret[YH_AGENT_SECRET_TEXT];
	unsigned char finger[YH_AGENT_FINGER];
};
void yh_agent_finger(const unsigned char point[YH_SM2_POINT], unsigned char out[YH_AGENT_FINGER]);
const char *yh_agent_code_text(const struct yh_agent_code *c, char out[YH_AGENT_CODE_TEXT]);
/* BAD_INPUT "agent-code-invalid". */
YH_CHECK enum yh_rc yh_agent_code_parse(const char *text, struct yh_agent_code *out,
					struct yh_err *err);

/* What an agent says of itself when it enrols. */
struct yh_agent_self {
	char host[YH_AGENT_HOST_MAX + 1];
	char version[YH_AGENT_VERSION_MAX + 1];
	struct yh_sm3 binary, config;
	int64_t interval_s;
};
struct yh_sm3 yh_agent_self_mac(const unsigned char secret[YH_AGENT_KEY],
				const struct yh_agent_self *self);
/* The key of agent `id` for resource number `resource`. */
struct yh_sm3 yh_agent_key(const unsigned char secret[YH_AGENT_KEY], const char *code_secret,
			   const struct yh_id *id, const char *resource);
/* The server's proof that it has the key. */
struct yh_sm3 yh_agent_proof(const unsigned char key[YH_AGENT_KEY], const struct yh_id *id,
			     const char *resource);

enum yh_agent_kind {
	YH_AGENT_START,   /* the first after the program started */
	YH_AGENT_USAGE,   /* every interval */
	YH_AGENT_STOP,    /* the program was told to stop */
	YH_AGENT_GOODBYE, /* it is being removed */
	YH_AGENT_KIND_COUNT
};
const char *yh_agent_kind_name(enum yh_agent_kind k);

/* What is said with a batch, in the header Yunheng-Batch:
 * "1 NUMBER SENT_MS KIND LOST STEP_MS BINARY CONFIG". */
struct yh_agent_head {
	int64_t number;  /* 1.. */
	int64_t sent_ms; /* the agent's clock, when it was sent */
	enum yh_agent_kind kind;
	int64_t lost;    /* batches dropped unsent since it was enrolled */
	int64_t step_ms; /* the last step of its clock against its own steady one; 0: none */
	struct yh_sm3 binary, config;
};
const char *yh_agent_head_text(const struct yh_agent_head *h, char out[YH_AGENT_HEAD_TEXT]);
/* BAD_INPUT "agent-batch-invalid". */
YH_CHECK enum yh_rc yh_agent_head_parse(const char *text, struct yh_agent_head *out,
					struct yh_err *err);
/* Over agent, header as it was sent, and the body's digest. */
struct yh_sm3 yh_agent_batch_mac(const unsigned char key[YH_AGENT_KEY], const struct yh_id *id,
				 const char *head, const struct yh_sm3 *body);

/* The server's answer: done (now or before), or behind: another batch has borne this number, or a
 * later one; go on behind `last`. */
struct yh_agent_answer {
	bool behind;
	int64_t last;  /* the newest number taken */
	int64_t at_ms; /* the server's clock */
};
struct yh_sm3 yh_agent_answer_mac(const unsigned char key[YH_AGENT_KEY], const struct yh_id *id,
				  const struct yh_agent_head *head,
				  const struct yh_agent_answer *a);

#endif
