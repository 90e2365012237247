/* What changes, read once for all who follow it live. */
#include "services/overview/pulse.h"

#include <stdlib.h>
#include <string.h>

#include "store/register.h"

enum { CHANGE_BYTES = 256 * 1024, BEAT_BYTES = 16 * 1024 * 1024, BEAT_MS = 400, BEFORE = 64 };
#define FRESH_US (10 * YH_US_PER_S)
/* Ids are made before their transactions commit: those of the last seconds may still appear. */
#define OPEN_US (30 * YH_US_PER_S)

struct kept {
	struct yh_arena arena;
	struct yh_change change;
};

struct yh_pulse {
	bool begun;
	int64_t beaten_ms;
	int64_t pos; /* of the last event that was read */
	/* kept are [first, next), by number modulo the size */
	int64_t first_change, next_change, first_notice, next_notice;
	struct kept changes[YH_PULSE_CHANGES];
	struct yh_notice_for notices[YH_PULSE_NOTICES];
	struct yh_notice_for *seen; /* those that may still be open, by id */
	size_t n_seen;
};

struct yh_pulse *yh_pulse_new(void)
{
	return calloc(1, sizeof(struct yh_pulse));
}

void yh_pulse_free(struct yh_pulse *p)
{
	if (!p)
		return;
	for (size_t i = 0; i < YH_PULSE_CHANGES; i++)
		yh_arena_done(&p->changes[i].arena);
	free(p->seen);
	free(p);
}

struct beat {
	struct yh_pulse *p;
	yh_time now;
	struct yh_arena arena;
	int64_t head, after;
	struct yh_change_row *rows;
	struct yh_party_row **parties;
	size_t *n_parties, n;
	struct yh_notice_for *notices;
	size_t n_notices;
};

static enum yh_rc read_parties(struct yh_tx *tx, struct beat *b, struct yh_err *err)
{
	enum yh_rc rc = YH_OK;

	b->parties = YH_NEW_N(&b->arena, struct yh_party_row *, b->n + 1);
	b->n_parties = YH_NEW_N(&b->arena, size_t, b->n + 1);
	if (!b->parties || !b->n_parties)
		return yh_fail(err, YH_TOO_LARGE, "memory-short");
	for (size_t i = 0; rc == YH_OK && i < b->n; i++) {
		const struct yh_change_row *r = &b->rows[i];

		if (i > 0 && yh_id_eq(&r->case_id, &b->rows[i - 1].case_id)) {
			b->parties[i] = b->parties[i - 1];
			b->n_parties[i] = b->n_parties[i - 1];
		} else if (!yh_id_is_zero(&r->case_id)) {
			rc = yh_change_parties(tx, &r->case_id, &r->cloud, &b->arena,
					       &b->parties[i], &b->n_parties[i], err);
		}
	}
	return rc;
}

/* More than is kept is not even read. */
static enum yh_rc read_all(struct yh_tx *tx, void *arg, struct yh_err *err)
{
	struct beat *b = arg;
	struct yh_id floor = yh_id_floor(b->now - OPEN_US);
	int64_t least;
	enum yh_rc rc = yh_event_head(tx, &b->head, err);

	yh_arena_done(&b->arena);
	least = b->head - (b->p->begun ? YH_PULSE_CHANGES : BEFORE);
	b->after = b->p->begun && b->p->pos > least ? b->p->pos : least;
	b->n = 0;
	if (rc == YH_OK && b->head > b->after)
		rc = yh_changes(tx, b->after, YH_PULSE_CHANGES, &b->arena, &b->rows, &b->n, err);
	if (rc == YH_OK)
		rc = read_parties(tx, b, err);
	if (rc == YH_OK)
		rc = yh_notices_since(tx, &floor, YH_PULSE_NOTICES, &b->arena, &b->notices,
				      &b->n_notices, err);
	return rc;
}

static bool keep_text(struct yh_arena *a, const char **text)
{
	*text = yh_arena_strdup(a, *text);
	return *text != NULL;
}

static bool keep(struct kept *k, const struct yh_change_row *row, const struct yh_party_row *of,
		 size_t n)
{
	struct yh_change_row *r = &k->change.row;

	yh_arena_done(&k->arena);
	yh_arena_init(&k->arena, CHANGE_BYTES);
	*r = *row;
	k->change.n_parties = n;
	k->change.parties = n ? yh_arena_memdup(&k->arena, of, n * sizeof *of) : NULL;
	return (!n || k->change.parties) && keep_text(&k->arena, &r->kind) &&
	       keep_text(&k->arena, &r->role) && keep_text(&k->arena, &r->org_name) &&
	       keep_text(&k->arena, &r->outcome) && keep_text(&k->arena, &r->no) &&
	       keep_text(&k->arena, &r->procedure) && keep_text(&k->arena, &r->title) &&
	       keep_text(&k->arena, &r->label);
}

/* What cannot be kept is one that was lost. */
static void add_change(struct yh_pulse *p, const struct beat *b, size_t i)
{
	struct kept *k = &p->changes[p->next_change % YH_PULSE_CHANGES];
	bool kept = keep(k, &b->rows[i], b->parties[i], b->n_parties[i]);

	p->next_change++;
	if (!kept)
		p->first_change = p->next_change;
	else if (p->next_change - p->first_change > YH_PULSE_CHANGES)
		p->first_change = p->next_change - YH_PULSE_CHANGES;
}

static int by_id(const void *a, const void *b)
{
	return yh_id_cmp(&((const struct yh_notice_for *)a)->id,
			 &((const struct yh_notice_for *)b)->id);
}

static void add_notices(struct yh_pulse *p, const struct beat *b)
{
	struct yh_notice_for *seen = calloc(b->n_notices + 1, sizeof *seen);

	for (size_t i = 0; i < b->n_notices; i++) {
		if (p->n_seen && bsearch(&b->notices[i], p->seen, p->n_seen, sizeof *seen, by_id))
			continue;
		p->notices[p->next_notice++ % YH_PULSE_NOTICES] = b->notices[i];
		if (p->next_notice - p->first_notice > YH_PULSE_NOTICES)
			p->first_notice = p->next_notice - YH_PULSE_NOTICES;
	}
	if (b->n_notices == YH_PULSE_NOTICES) /* there may be more than was read */
		p->first_notice = p->next_notice;
	if (seen && b->n_notices)
		memcpy(seen, b->notices, b->n_notices * sizeof *seen);
	free(p->seen);
	p->seen = seen;
	p->n_seen = seen ? b->n_notices : 0;
}

enum yh_rc yh_pulse_beat(struct yh_pulse *p, const struct yh_world *world, struct yh_err *err)
{
	struct beat b = { .p = p, .now = yh_clock_now(world->clock) };
	int64_t ms = yh_monotonic_ms();
	enum yh_rc rc;

	if (p->begun && ms - p->beaten_ms < BEAT_MS)
		return YH_OK;
	yh_arena_init(&b.arena, BEAT_BYTES);
	rc = yh_exec_read(world->exec, read_all, &b, err);
	if (rc == YH_OK) {
		if (p->begun && b.after > p->pos) /* some were passed over */
			p->first_change = ++p->next_change;
		if (p->begun && ms - p->beaten_ms > OPEN_US / 2000)
			p->first_notice = ++p->next_notice;
		for (size_t i = 0; i < b.n; i++)
			add_change(p, &b, i);
		add_notices(p, &b);
		p->pos = b.n ? b.rows[b.n - 1].pos : b.head > p->pos ? b.head : p->pos;
		p->begun = true;
		p->beaten_ms = ms;
	}
	yh_arena_done(&b.arena);
	return rc;
}

struct yh_pulse_place yh_pulse_begin(const struct yh_pulse *p, yh_time now)
{
	struct yh_pulse_place at = { p->next_change, p->next_notice };

	while (at.change > p->first_change &&
	       p->changes[(at.change - 1) % YH_PULSE_CHANGES].change.row.at > now - FRESH_US)
		at.change--;
	return at;
}

const struct yh_change *yh_pulse_change(const struct yh_pulse *p, struct yh_pulse_place *at,
					bool *lost)
{
	if (at->change < p->first_change) {
		*lost = true;
		at->change = p->first_change;
	}
	return at->change < p->next_change ? &p->changes[at->change++ % YH_PULSE_CHANGES].change
					   : NULL;
}

const struct yh_notice_for *yh_pulse_notice(const struct yh_pulse *p, struct yh_pulse_place *at,
					    bool *lost)
{
	if (at->notice < p->first_notice) {
		*lost = true;
		at->notice = p->first_notice;
	}
	return at->notice < p->next_notice ? &p->notices[at->notice++ % YH_PULSE_NOTICES] : NULL;
}
