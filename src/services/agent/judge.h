/* What a batch means for its agent (Art. 25): is it the next, a repetition or another one under an
 * old number; and what there is to note about it. Pure: a state, what came, when; no I/O, no lock.
 */
#ifndef YH_SERVICES_AGENT_JUDGE_H
#define YH_SERVICES_AGENT_JUDGE_H

#include "agent/protocol.h"
#include "base/time.h"

/* Kinds of observations. Those that last are open until their cause ends. */
enum yh_seen {
	YH_SEEN_SILENCE,   /* the machine runs, no batch comes; lasts */
	YH_SEEN_GAP,       /* numbers were left out */
	YH_SEEN_REPLAY,    /* another batch under a number that was taken; lasts */
	YH_SEEN_MAC,       /* batches that the agent's key did not sign; lasts */
	YH_SEEN_BINARY,    /* not the enrolled or accepted program; lasts */
	YH_SEEN_CONFIG,    /* nor configuration; lasts */
	YH_SEEN_CLOCK,     /* its clock is off; lasts */
	YH_SEEN_STEP,      /* its clock was set */
	YH_SEEN_UNINSTALL, /* it said goodbye; lasts until it is back, replaced or revoked */
	YH_SEEN_AFTERLIFE, /* its resource is destroyed, and it still sends; lasts */
	YH_SEEN_ABSENT,    /* a resource that should have an agent has none; lasts */
	YH_SEEN_COUNT
};
const char *yh_seen_name(enum yh_seen k);
/* YH_SEEN_COUNT for an unknown name. */
enum yh_seen yh_seen_of(const char *name);

enum {
	YH_JUDGE_RING = 4, /* digests of the newest batches, to know a repetition */
	YH_JUDGE_NOTES = 10,
	YH_JUDGE_CLOCK_MS = 5 * 60 * 1000, /* how far a clock may be off */
	YH_JUDGE_STEP_MS = 60 * 1000,      /* what is worth a note when a clock is set */
	YH_JUDGE_QUIET_S = 600,            /* what repeats ends after this long without */
};

/* One agent as it is kept in memory. */
struct yh_agent_state {
	struct yh_id id, resource;
	char resource_no[40];
	unsigned char key[YH_AGENT_KEY];
	int64_t interval_s;
	int64_t last, pending; /* numbers taken, and being taken (0: none) */
	uint64_t ring[YH_JUDGE_RING];
	bool last_known; /* false: the first batch sets it */
	bool revoked, destroyed;
	enum yh_agent_kind last_kind;
	yh_time seen_at;   /* when the last batch came; before: enrolled */
	yh_time ask_at;    /* silence is not looked into before */
	int64_t offset_ms; /* of its clock, at the last batch */
	bool offset_known;
	int64_t lost;
	uint64_t binary_ok, config_ok, binary, config; /* first bytes of the digests */
	uint16_t open;                                 /* bits: observations that last */
	uint32_t bad_macs, replays;                    /* within the open observation */
	yh_time bad_mac_at, replay_at;
};

enum yh_note_act { YH_NOTE_OPEN, YH_NOTE_CLOSE, YH_NOTE_ONCE };
struct yh_agent_note {
	enum yh_note_act act;
	enum yh_seen kind;
	yh_time from, to;
	char evidence[320]; /* JSON */
};
struct yh_agent_notes {
	struct yh_agent_note list[YH_JUDGE_NOTES];
	size_t n;
};

enum yh_verdict {
	YH_VERDICT_TAKE,   /* take it; then yh_judge_taken or yh_judge_dropped */
	YH_VERDICT_DONE,   /* taken before */
	YH_VERDICT_BEHIND, /* another one bore this number */
	YH_VERDICT_WAIT,   /* one is being taken: the sender asks again */
};

/* `body` is the digest of what came. Notes about the batch are added only with the verdict they
 * belong to; a batch that is taken is judged by yh_judge_taken, when it is durable. */
enum yh_verdict yh_judge(struct yh_agent_state *s, const struct yh_agent_head *h,
			 const struct yh_sm3 *body, yh_time now, struct yh_agent_notes *notes);
void yh_judge_taken(struct yh_agent_state *s, const struct yh_agent_head *h,
		    const struct yh_sm3 *body, yh_time received_at, struct yh_agent_notes *notes);
void yh_judge_dropped(struct yh_agent_state *s);
/* A batch came in this agent's name without its mark. */
void yh_judge_bad_mac(struct yh_agent_state *s, const char *source, yh_time now,
		      struct yh_agent_notes *notes);
/* Ends what has not repeated for a while. */
void yh_judge_quiet(struct yh_agent_state *s, yh_time now, struct yh_agent_notes *notes);

/* Opens and closes, keeping the bits; nothing when it is so already. `fmt` makes the JSON. */
void yh_note(struct yh_agent_state *s, struct yh_agent_notes *notes, enum yh_note_act act,
	     enum yh_seen kind, yh_time from, yh_time to, const char *fmt, ...) YH_PRINTF(7, 8);
static inline bool yh_note_is_open(const struct yh_agent_state *s, enum yh_seen kind)
{
	return s->open >> kind & 1;
}
/* First bytes of a digest, to compare by. */
uint64_t yh_judge_short(const struct yh_sm3 *d);

#endif
