/* What a batch means. */
#include "services/agent/judge.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

static const char *const names[YH_SEEN_COUNT] = {
	[YH_SEEN_SILENCE] = "silence",     [YH_SEEN_GAP] = "gap",
	[YH_SEEN_REPLAY] = "replay",       [YH_SEEN_MAC] = "wrong_mac",
	[YH_SEEN_BINARY] = "binary",       [YH_SEEN_CONFIG] = "config",
	[YH_SEEN_CLOCK] = "clock",         [YH_SEEN_STEP] = "clock_step",
	[YH_SEEN_UNINSTALL] = "uninstall", [YH_SEEN_AFTERLIFE] = "afterlife",
	[YH_SEEN_ABSENT] = "absent",
};

const char *yh_seen_name(enum yh_seen k)
{
	return k < YH_SEEN_COUNT ? names[k] : "";
}

enum yh_seen yh_seen_of(const char *name)
{
	int k = 0;

	while (k < YH_SEEN_COUNT && strcmp(names[k], name) != 0)
		k++;
	return (enum yh_seen)k;
}

uint64_t yh_judge_short(const struct yh_sm3 *d)
{
	uint64_t v;

	memcpy(&v, d->b, sizeof v);
	return v;
}

void yh_note(struct yh_agent_state *s, struct yh_agent_notes *notes, enum yh_note_act act,
	     enum yh_seen kind, yh_time from, yh_time to, const char *fmt, ...)
{
	uint16_t bit = (uint16_t)(1U << kind);
	struct yh_agent_note *n;
	va_list ap;

	if (notes->n == YH_JUDGE_NOTES || (act == YH_NOTE_OPEN && (s->open & bit)) ||
	    (act == YH_NOTE_CLOSE && !(s->open & bit)))
		return;
	if (act == YH_NOTE_OPEN)
		s->open |= bit;
	if (act == YH_NOTE_CLOSE)
		s->open = (uint16_t)(s->open & ~bit);
	n = &notes->list[notes->n++];
	*n = (struct yh_agent_note){ .act = act, .kind = kind, .from = from, .to = to };
	va_start(ap, fmt);
	(void)vsnprintf(n->evidence, sizeof n->evidence, fmt, ap);
	va_end(ap);
}

static void note_replay(struct yh_agent_state *s, const struct yh_agent_head *h,
			const struct yh_sm3 *body, yh_time now, struct yh_agent_notes *notes)
{
	char hex[YH_SM3_HEX];

	if (!yh_note_is_open(s, YH_SEEN_REPLAY))
		s->replays = 0;
	s->replays++;
	s->replay_at = now;
	yh_note(s, notes, YH_NOTE_OPEN, YH_SEEN_REPLAY, now, 0,
		"{\"number\":%" PRId64 ",\"last\":%" PRId64 ",\"kind\":\"%s\",\"body\":\"%s\"}",
		h->number, s->last, yh_agent_kind_name(h->kind),
		yh_hex(body->b, YH_SM3_BYTES, hex));
}

enum yh_verdict yh_judge(struct yh_agent_state *s, const struct yh_agent_head *h,
			 const struct yh_sm3 *body, yh_time now, struct yh_agent_notes *notes)
{
	uint64_t known, digest = yh_judge_short(body);

	if (s->pending)
		return YH_VERDICT_WAIT;
	if (!s->last_known || h->number > s->last) {
		s->pending = h->number;
		return YH_VERDICT_TAKE;
	}
	known = s->last - h->number < YH_JUDGE_RING ? s->ring[h->number % YH_JUDGE_RING] : 0;
	/* after a restart the newest number is known, what it bore is not: then it is believed */
	if (known == digest || (known == 0 && h->number == s->last))
		return YH_VERDICT_DONE;
	note_replay(s, h, body, now, notes);
	return YH_VERDICT_BEHIND;
}

static void look_at_numbers(struct yh_agent_state *s, const struct yh_agent_head *h, yh_time now,
			    struct yh_agent_notes *notes)
{
	if (!s->last_known || h->number == s->last + 1)
		return;
	/* numbers of batches that a store refused for their time are not known after a restart */
	if (yh_note_is_open(s, YH_SEEN_CLOCK) && !s->offset_known)
		return;
	yh_note(s, notes, YH_NOTE_ONCE, YH_SEEN_GAP, s->seen_at, now,
		"{\"from\":%" PRId64 ",\"to\":%" PRId64 ",\"missing\":%" PRId64
		",\"declared\":%" PRId64 "}",
		s->last + 1, h->number - 1, h->number - s->last - 1,
		h->lost > s->lost ? h->lost - s->lost : 0);
}

static void look_at_digest(struct yh_agent_state *s, enum yh_seen kind, uint64_t ok, uint64_t *seen,
			   const struct yh_sm3 *came, yh_time now, struct yh_agent_notes *notes)
{
	uint64_t digest = yh_judge_short(came);
	char hex[YH_SM3_HEX];

	if (digest == *seen && (digest == ok) != yh_note_is_open(s, kind))
		return;
	*seen = digest;
	yh_hex(came->b, YH_SM3_BYTES, hex);
	yh_note(s, notes, YH_NOTE_CLOSE, kind, 0, now, "{\"seen\":\"%s\"}", hex);
	if (digest != ok)
		yh_note(s, notes, YH_NOTE_OPEN, kind, now, 0, "{\"seen\":\"%s\"}", hex);
}

static void look_at_clock(struct yh_agent_state *s, const struct yh_agent_head *h, yh_time now,
			  struct yh_agent_notes *notes)
{
	int64_t offset = h->sent_ms - now / 1000, step = offset - s->offset_ms;
	bool off = offset > YH_JUDGE_CLOCK_MS || offset < -YH_JUDGE_CLOCK_MS;
	bool stepped = h->step_ms > YH_JUDGE_STEP_MS || h->step_ms < -YH_JUDGE_STEP_MS;

	if (s->offset_known && (step > YH_JUDGE_STEP_MS || step < -YH_JUDGE_STEP_MS))
		stepped = true;
	if (stepped)
		yh_note(s, notes, YH_NOTE_ONCE, YH_SEEN_STEP, s->seen_at, now,
			"{\"offset_ms\":%" PRId64 ",\"before_ms\":%" PRId64 ",\"said_ms\":%" PRId64
			"}",
			offset, s->offset_known ? s->offset_ms : 0, h->step_ms);
	if (off)
		yh_note(s, notes, YH_NOTE_OPEN, YH_SEEN_CLOCK, now, 0,
			"{\"offset_ms\":%" PRId64 "}", offset);
	else
		yh_note(s, notes, YH_NOTE_CLOSE, YH_SEEN_CLOCK, 0, now,
			"{\"offset_ms\":%" PRId64 "}", offset);
	s->offset_ms = offset;
	s->offset_known = true;
}

void yh_judge_taken(struct yh_agent_state *s, const struct yh_agent_head *h,
		    const struct yh_sm3 *body, yh_time now, struct yh_agent_notes *notes)
{
	s->pending = 0;
	look_at_numbers(s, h, now, notes);
	look_at_digest(s, YH_SEEN_BINARY, s->binary_ok, &s->binary, &h->binary, now, notes);
	look_at_digest(s, YH_SEEN_CONFIG, s->config_ok, &s->config, &h->config, now, notes);
	look_at_clock(s, h, now, notes);
	yh_note(s, notes, YH_NOTE_CLOSE, YH_SEEN_SILENCE, 0, now, "{\"number\":%" PRId64 "}",
		h->number);
	if (h->kind == YH_AGENT_GOODBYE)
		yh_note(s, notes, YH_NOTE_OPEN, YH_SEEN_UNINSTALL, now, 0,
			"{\"number\":%" PRId64 "}", h->number);
	else
		yh_note(s, notes, YH_NOTE_CLOSE, YH_SEEN_UNINSTALL, 0, now,
			"{\"number\":%" PRId64 "}", h->number);
	if (s->destroyed)
		yh_note(s, notes, YH_NOTE_OPEN, YH_SEEN_AFTERLIFE, now, 0,
			"{\"number\":%" PRId64 "}", h->number);
	s->last = h->number;
	s->last_known = true;
	s->last_kind = h->kind;
	s->lost = h->lost;
	s->seen_at = now;
	s->ring[h->number % YH_JUDGE_RING] = yh_judge_short(body);
}

void yh_judge_dropped(struct yh_agent_state *s)
{
	s->pending = 0;
}

void yh_judge_bad_mac(struct yh_agent_state *s, const char *source, yh_time now,
		      struct yh_agent_notes *notes)
{
	if (!yh_note_is_open(s, YH_SEEN_MAC))
		s->bad_macs = 0;
	s->bad_macs++;
	s->bad_mac_at = now;
	yh_note(s, notes, YH_NOTE_OPEN, YH_SEEN_MAC, now, 0, "{\"source\":\"%s\"}", source);
}

void yh_judge_quiet(struct yh_agent_state *s, yh_time now, struct yh_agent_notes *notes)
{
	const yh_time quiet = YH_JUDGE_QUIET_S * YH_US_PER_S;

	if (now - s->bad_mac_at >= quiet)
		yh_note(s, notes, YH_NOTE_CLOSE, YH_SEEN_MAC, 0,
			s->bad_mac_at ? s->bad_mac_at : now, "{\"times\":%" PRIu32 "}",
			s->bad_macs);
	if (now - s->replay_at >= quiet)
		yh_note(s, notes, YH_NOTE_CLOSE, YH_SEEN_REPLAY, 0,
			s->replay_at ? s->replay_at : now, "{\"times\":%" PRIu32 "}", s->replays);
}
