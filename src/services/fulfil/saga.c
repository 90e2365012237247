/* Carrying orders out: each step of a driver is committed before it is attempted, found again after
 * a crash, and taken back when the cloud refuses or the books say otherwise by then. */
#include <stdio.h>
#include <string.h>

#include "services/fulfil/internal.h"

/* A cloud that is away is tried again soon, then less often. */
enum { FIRST_S = 30, DOUBLED_MOST = 5, CHECK_S = 600, WORKING_S = 10, REST_MS = 30000 };
/* So often a cloud may refuse that something is taken back, before people have to see to it. */
enum { UNDO_MOST = 6 };

/* What ends a run for now, besides a failure of the store. */
enum ending {
	GO_ON,  /* nothing does */
	AGAIN,  /* look anew: the group stands otherwise */
	REST,   /* it has taken long, and others wait: goes on when it is its turn again */
	LATER,  /* at *again_at */
	SETTLED /* until somebody asks */
};

static void set_state(struct yh_cloud_order_row *o, const char *state)
{
	(void)snprintf(o->state, sizeof o->state, "%s", state);
}

static bool in(const struct yh_cloud_order_row *o, const char *state)
{
	return strcmp(o->state, state) == 0;
}

static yh_time now_of(const struct yh_saga *s)
{
	return yh_clock_now(s->j->world->clock);
}

static bool stopped(const struct yh_saga *s)
{
	return s->j->stop && atomic_load(s->j->stop);
}

/* Few threads do all the long work. */
static bool tired(const struct yh_saga *s)
{
	return yh_monotonic_ms() - s->since_ms > REST_MS;
}

/* Writes, and says what to do when the group stood otherwise. */
static enum yh_rc put(struct yh_saga_write *w, enum ending *end, yh_time *again_at,
		      struct yh_err *err)
{
	enum yh_rc rc = yh_saga_write(w, err);

	*end = GO_ON;
	if (rc == YH_OK && w->stand == YH_STAND_TAKEN) {
		*end = LATER;
		*again_at = w->other;
	} else if (rc == YH_OK && w->stand == YH_STAND_CLOSED && !w->closed) {
		*end = AGAIN;
	}
	return rc;
}

/* ---- failures ---- */

/* A call has failed, and says why: all do. */
static bool fails(enum yh_rc rc, struct yh_err *why)
{
	if (rc != YH_OK)
		(void)yh_fail(why, rc, "cloud-unreachable");
	return rc != YH_OK;
}

/* The cloud is away, or says what nobody can do anything about now: kept with the row, and tried
 * again. */
static enum yh_rc put_off(struct yh_saga *s, size_t i, bool closed, const struct yh_err *why,
			  enum ending *end, yh_time *again_at, struct yh_err *err)
{
	struct yh_cloud_order_row *o = &s->rows[i];
	struct yh_saga_write w = { .s = s, .first = i, .n = 1, .closed = closed, .release = true };
	int64_t doubled = o->attempts < DOUBLED_MOST ? o->attempts : DOUBLED_MOST;
	bool works = strcmp(why->slug, "cloud-working") == 0; /* begun, and not over */
	yh_time now = now_of(s);
	enum yh_rc rc;

	if (strcmp(why->slug, "job-stopped") == 0) {
		if (err)
			*err = *why;
		return why->rc;
	}
	rc = yh_order_fault(s->j->arena, o, why, now, err);
	if (works)
		o->attempts = 0;
	w.contact = works ? 1 : strcmp(why->slug, "cloud-unreachable") == 0 ? -1 : 0;
	w.why = why;
	if (rc == YH_OK)
		rc = put(&w, end, again_at, err);
	if (rc == YH_OK && *end == GO_ON) {
		*end = LATER;
		*again_at = now + (works ? WORKING_S : (int64_t)FIRST_S << doubled) * YH_US_PER_S;
	}
	return rc;
}

/* How many steps the driver has for a row, and their names. */
static size_t steps_of(const struct yh_saga *s, size_t i, const char *const **names)
{
	const struct yh_cloud_order *o = &s->orders[i];
	size_t n = 0;

	*names = NULL;
	if (yh_cloud_item_named(s->cfg, o->item_code))
		n = s->cfg->driver->steps(s->cloud, o, names);
	return n < YH_CLOUD_STEPS_MOST ? n : YH_CLOUD_STEPS_MOST;
}

/* What was done of a row, or begun, is to be taken back. */
static void turn_back(struct yh_saga *s, size_t i)
{
	struct yh_cloud_order_row *o = &s->rows[i];
	const char *const *names;
	int64_t all = (int64_t)steps_of(s, i, &names);

	if (in(o, "waiting") || in(o, "left")) {
		set_state(o, "undone");
		o->ended_at = now_of(s);
		return;
	}
	if (!in(o, "doing") && !in(o, "done"))
		return;
	if (o->at_step[0] && o->steps_done < all)
		o->steps_done++; /* it may have been done */
	if (o->steps_done > all)
		o->steps_done = all;
	set_state(o, "undoing");
	o->ended_at = 0;
	o->attempts = 0;
}

/* For good: what the step had come to is taken back, so that it is as before for its people. What
 * has no step is in the books already, and stays as far as it came. */
static enum yh_rc refuse(struct yh_saga *s, size_t i, const struct yh_err *why, enum ending *end,
			 yh_time *again_at, struct yh_err *err)
{
	struct yh_cloud_order_row *o = &s->rows[i];
	struct yh_saga_write w = { .s = s, .n = s->n, .contact = 1, .why = why, .tell = o };
	enum yh_rc rc = yh_order_fault(s->j->arena, o, why, now_of(s), err);

	if (rc != YH_OK)
		return rc;
	o->refused = true;
	for (size_t r = 0; r < s->n && !s->own; r++)
		if (!in(&s->rows[r], "left"))
			turn_back(s, r);
	if (s->own) {
		set_state(o, "refused");
		o->ended_at = now_of(s);
	}
	rc = put(&w, end, again_at, err);
	if (rc == YH_OK && *end == GO_ON)
		*end = s->own ? SETTLED : AGAIN;
	return rc;
}

static enum yh_rc failed(struct yh_saga *s, size_t i, const struct yh_err *why, enum ending *end,
			 yh_time *again_at, struct yh_err *err)
{
	return why->rc == YH_REFUSED || why->rc == YH_CONFLICT
		       ? refuse(s, i, why, end, again_at, err)
		       : put_off(s, i, false, why, end, again_at, err);
}

/* ---- carrying out ---- */

/* `done` steps are done, and `next` is about to be attempted; NULL: it was the last. `fact`: one
 * was done just now, which is kept even when nobody wants it any more. */
static enum yh_rc advance(struct yh_saga *s, size_t i, int64_t done, const char *next, bool fact,
			  enum ending *end, yh_time *again_at, struct yh_err *err)
{
	struct yh_cloud_order_row *o = &s->rows[i];
	struct yh_saga_write w = { .s = s, .first = i, .n = 1, .contact = fact, .closed = fact };
	enum yh_rc rc;

	o->steps_done = done;
	o->at_step = next ? next : "";
	set_state(o, next ? "doing" : "done");
	if (!o->begun_at)
		o->begun_at = now_of(s);
	if (fact) {
		o->attempts = 0;
		o->slug = o->figures = "";
		o->failed_at = 0;
	}
	if (!next)
		o->ended_at = now_of(s);
	rc = put(&w, end, again_at, err);
	if (rc == YH_OK && w.stand == YH_STAND_CLOSED)
		*end = AGAIN;
	return rc;
}

static enum yh_rc leave(struct yh_saga *s, size_t i, enum ending *end, yh_time *again_at,
			struct yh_err *err)
{
	struct yh_saga_write w = { .s = s, .first = i, .n = 1 };

	set_state(&s->rows[i], "left");
	return put(&w, end, again_at, err);
}

/* Why it has not begun is kept with it. */
static enum yh_rc not_begun(struct yh_saga *s, size_t i, const struct yh_saga_write *tried,
			    enum ending *end, yh_time *again_at, struct yh_err *err)
{
	struct yh_cloud_order_row *o = &s->rows[i];
	struct yh_saga_write w = { .s = s, .first = i, .n = 1 };
	enum yh_rc rc = YH_OK;

	if (tried->begin == YH_BEGIN_WAIT)
		return put_off(s, i, false, &tried->fault, end, again_at, err);
	if (tried->begin == YH_BEGIN_LEFT) {
		rc = yh_order_fault(s->j->arena, o, &tried->fault, now_of(s), err);
		set_state(o, "left");
	} else {
		set_state(o, "done");
		o->at_step = "";
		o->ended_at = now_of(s);
	}
	return rc == YH_OK ? put(&w, end, again_at, err) : rc;
}

/* Its first step, or the one at which it was left, is about to be attempted. */
static enum yh_rc begin(struct yh_saga *s, size_t i, const char *next, enum ending *end,
			yh_time *again_at, struct yh_err *err)
{
	struct yh_cloud_order_row *o = &s->rows[i];
	const struct yh_cloud_order_row was = *o;
	struct yh_saga_write w = { .s = s, .first = i, .n = 1 };
	enum yh_rc rc;

	w.begins = s->own || (o->steps_done == 0 && !o->at_step[0]);
	set_state(o, "doing");
	o->at_step = next;
	if (!o->begun_at)
		o->begun_at = now_of(s);
	rc = put(&w, end, again_at, err);
	if (rc != YH_OK || *end != GO_ON || w.begin == YH_BEGIN_GO)
		return rc;
	*o = was;
	return not_begun(s, i, &w, end, again_at, err);
}

static enum yh_rc carry(struct yh_saga *s, size_t i, enum ending *end, yh_time *again_at,
			struct yh_err *err)
{
	struct yh_cloud_order_row *o = &s->rows[i];
	const char *const *names;
	int64_t all = (int64_t)steps_of(s, i, &names);
	char ref[YH_CLOUD_REF];
	enum yh_rc rc;

	if (all == 0)
		return leave(s, i, end, again_at, err);
	(void)snprintf(ref, sizeof ref, "%s", o->ref[0] ? o->ref : "");
	if (!ref[0] && o->resource_ref)
		(void)snprintf(ref, sizeof ref, "%s", o->resource_ref);
	if (o->steps_done >= all)
		return advance(s, i, all, NULL, false, end, again_at, err);
	rc = begin(s, i, names[o->steps_done], end, again_at, err);
	while (rc == YH_OK && *end == GO_ON && in(o, "doing")) {
		struct yh_err why = { 0 };
		int64_t at = o->steps_done;

		if (stopped(s))
			return yh_fail(err, YH_BUSY, "job-stopped");
		if (fails(s->cfg->driver->step(s->cloud, &s->orders[i], names[at], ref, &why),
			  &why))
			return failed(s, i, &why, end, again_at, err);
		if (ref[0]) {
			o->ref = yh_arena_strdup(s->j->arena, ref);
			if (!o->ref)
				return yh_fail(err, YH_TOO_LARGE, "memory-short");
			s->orders[i].provider_ref = o->ref;
		}
		rc = advance(s, i, at + 1, at + 1 < all ? names[at + 1] : NULL, true, end, again_at,
			     err);
		if (rc == YH_OK && *end == GO_ON && tired(s))
			*end = REST;
	}
	return rc;
}

/* Closes the step as the system. What its checks say against that may change, and is asked again;
 * a form that no machine can fill in is left to people. */
static enum yh_rc finish(struct yh_saga *s, enum ending *end, yh_time *again_at, struct yh_err *err)
{
	struct yh_err why = { 0 };
	enum yh_rc rc;

	for (size_t i = 0; i < s->n; i++)
		if (in(&s->rows[i], "left") && !s->rows[i].dropped) {
			*end = SETTLED;
			return YH_OK;
		}
	if (s->own) {
		*end = SETTLED;
		return YH_OK;
	}
	*end = SETTLED;
	if (!fails(yh_saga_close(s, &why), &why))
		return YH_OK;
	if (strcmp(why.slug, "step-not-open") == 0 || strcmp(why.slug, "case-not-open") == 0) {
		*end = AGAIN;
		return YH_OK;
	}
	rc = put_off(s, 0, false, &why, end, again_at, err);
	if (rc == YH_OK && *end == LATER && why.rc == YH_BAD_INPUT)
		*end = SETTLED;
	return rc;
}

/* Nothing is begun that could not be booked: the checks are asked before, too. */
static enum yh_rc may_begin(struct yh_saga *s, enum ending *end, yh_time *again_at,
			    struct yh_err *err)
{
	struct yh_err why = { 0 };
	enum yh_rc rc;

	for (size_t i = 0; i < s->n; i++)
		if (s->own || in(&s->rows[i], "doing") || in(&s->rows[i], "done"))
			return YH_OK;
	if (!fails(yh_saga_check(s, &why), &why))
		return YH_OK;
	if (strcmp(why.slug, "step-not-open") == 0 || strcmp(why.slug, "case-not-open") == 0) {
		*end = AGAIN;
		return YH_OK;
	}
	rc = put_off(s, 0, false, &why, end, again_at, err);
	if (rc == YH_OK && *end == LATER && why.rc == YH_REFUSED)
		*again_at = now_of(s) + CHECK_S * YH_US_PER_S;
	return rc;
}

static enum yh_rc go_forth(struct yh_saga *s, enum ending *end, yh_time *again_at,
			   struct yh_err *err)
{
	enum yh_rc rc = may_begin(s, end, again_at, err);

	for (size_t i = 0; rc == YH_OK && *end == GO_ON && i < s->n; i++) {
		if (in(&s->rows[i], "waiting") || in(&s->rows[i], "doing"))
			rc = carry(s, i, end, again_at, err);
		else if (!s->rows[i].dropped &&
			 (in(&s->rows[i], "refused") || in(&s->rows[i], "undone")))
			*end = SETTLED; /* somebody has to ask again */
	}
	return rc == YH_OK && *end == GO_ON ? finish(s, end, again_at, err) : rc;
}

/* ---- taking back ---- */

static enum yh_rc taken_back(struct yh_saga *s, size_t i, bool kept, enum ending *end,
			     yh_time *again_at, struct yh_err *err)
{
	struct yh_cloud_order_row *o = &s->rows[i];
	struct yh_saga_write w = { .s = s, .first = i, .n = 1, .closed = true };

	set_state(o, o->refused ? "refused" : kept ? "done" : "undone");
	o->steps_done = 0;
	o->at_step = "";
	if (!kept)
		o->ref = "";
	o->ended_at = now_of(s);
	return put(&w, end, again_at, err);
}

/* It is not taken back, and will not be: what is left of it is for people, who may ask again. The
 * others are taken back all the same. */
static enum yh_rc give_up(struct yh_saga *s, size_t i, const struct yh_err *why, enum ending *end,
			  yh_time *again_at, struct yh_err *err)
{
	struct yh_cloud_order_row *o = &s->rows[i];
	struct yh_saga_write w = { .s = s, .first = i, .n = 1, .closed = true };
	enum yh_rc rc = yh_order_fault(s->j->arena, o, why, now_of(s), err);

	w.contact = 1;
	w.why = why;
	w.tell = o;
	o->refused = true;
	set_state(o, "refused");
	o->ended_at = now_of(s);
	return rc == YH_OK ? put(&w, end, again_at, err) : rc;
}

/* A cloud that refuses may do so for now; one that does so again and again means it. */
static enum yh_rc undo_failed(struct yh_saga *s, size_t i, const struct yh_err *why,
			      enum ending *end, yh_time *again_at, struct yh_err *err)
{
	struct yh_cloud_order_row *o = &s->rows[i];

	if (why->rc != YH_REFUSED && why->rc != YH_CONFLICT)
		return put_off(s, i, true, why, end, again_at, err);
	if (strcmp(o->slug, why->slug) != 0)
		o->attempts = 0; /* it was away, until now */
	return o->attempts + 1 < UNDO_MOST ? put_off(s, i, true, why, end, again_at, err)
					   : give_up(s, i, why, end, again_at, err);
}

static enum yh_rc undo(struct yh_saga *s, size_t i, enum ending *end, yh_time *again_at,
		       struct yh_err *err)
{
	struct yh_cloud_order_row *o = &s->rows[i];
	struct yh_saga_write w = { .s = s, .first = i, .n = 1, .closed = true };
	const char *const *names;
	int64_t all = (int64_t)steps_of(s, i, &names);
	bool kept = false;
	enum yh_rc rc = YH_OK;

	if (o->steps_done > all)
		o->steps_done = all;
	while (rc == YH_OK && *end == GO_ON && o->steps_done > 0) {
		struct yh_err why = { 0 };
		bool stays = false;

		if (stopped(s))
			return yh_fail(err, YH_BUSY, "job-stopped");
		o->at_step = names[o->steps_done - 1];
		rc = put(&w, end, again_at, err);
		if (rc != YH_OK || *end != GO_ON)
			return rc;
		/* what is there is somebody else's: nothing of ours is left to take back */
		if (fails(s->cfg->driver->undo(s->cloud, &s->orders[i], o->at_step, o->ref, &stays,
					       &why),
			  &why) &&
		    strcmp(why.slug, "cloud-machine-foreign") != 0)
			return undo_failed(s, i, &why, end, again_at, err);
		kept = kept || stays;
		o->steps_done--;
		if (tired(s) && o->steps_done > 0)
			*end = REST; /* once more is nothing when it is undone */
	}
	return rc == YH_OK && *end == GO_ON ? taken_back(s, i, kept, end, again_at, err) : rc;
}

static enum yh_rc go_back(struct yh_saga *s, enum ending *end, yh_time *again_at,
			  struct yh_err *err)
{
	enum yh_rc rc = YH_OK;

	for (size_t i = s->n; rc == YH_OK && *end == GO_ON && i-- > 0;)
		if (in(&s->rows[i], "undoing"))
			rc = undo(s, i, end, again_at, err);
	if (rc == YH_OK && *end == GO_ON)
		*end = SETTLED;
	return rc;
}

static enum yh_rc settle(struct yh_saga *s, enum ending *end, yh_time *again_at, struct yh_err *err)
{
	struct yh_saga_write w = { .s = s, .n = s->n, .closed = true };
	enum yh_rc rc;

	for (size_t i = 0; i < s->n; i++) {
		struct yh_cloud_order_row *o = &s->rows[i];

		if (in(o, "undoing") || in(o, "undone") || in(o, "refused"))
			continue;
		if (in(o, "doing") && yh_saga_agrees(o)) {
			set_state(o, "done");
			o->at_step = "";
			o->ended_at = now_of(s);
		} else if (!yh_saga_agrees(o)) {
			turn_back(s, i);
		}
	}
	rc = put(&w, end, again_at, err);
	return rc == YH_OK && *end == GO_ON ? go_back(s, end, again_at, err) : rc;
}

/* What was done for resources that have left the case is taken back, and the rest goes on. */
static enum yh_rc without_dropped(struct yh_saga *s, enum ending *end, yh_time *again_at,
				  struct yh_err *err)
{
	struct yh_saga_write w = { .s = s, .n = s->n, .closed = true };
	bool any = false;

	for (size_t i = 0; i < s->n; i++) {
		struct yh_cloud_order_row *o = &s->rows[i];

		/* what stays done was taken back as far as that goes: it has no steps any more */
		if (!o->dropped || !(in(o, "doing") || (in(o, "done") && o->steps_done > 0)))
			continue;
		turn_back(s, i);
		any = true;
	}
	if (!any)
		return YH_OK;
	return put(&w, end, again_at, err);
}

/* ---- the job ---- */

static enum yh_rc go(struct yh_saga *s, enum yh_stand stand, enum ending *end, yh_time *again_at,
		     struct yh_err *err)
{
	enum yh_rc rc;

	if (stand == YH_STAND_CLOSED)
		return settle(s, end, again_at, err);
	rc = without_dropped(s, end, again_at, err);
	for (size_t i = 0; rc == YH_OK && *end == GO_ON && i < s->n; i++)
		if (in(&s->rows[i], "undoing")) {
			rc = go_back(s, end, again_at, err);
			if (rc == YH_OK && *end == SETTLED && s->dropped)
				*end = AGAIN;
			return rc;
		}
	if (rc != YH_OK || *end != GO_ON)
		return rc;
	return go_forth(s, end, again_at, err);
}

/* Is there anything for a machine? */
static bool idle(const struct yh_saga *s, enum yh_stand stand)
{
	for (size_t i = 0; i < s->n; i++)
		if (in(&s->rows[i], "waiting") || in(&s->rows[i], "doing") ||
		    in(&s->rows[i], "undoing") || in(&s->rows[i], "done"))
			return stand == YH_STAND_CLOSED && s->rows[i].by_system;
	return true;
}

static enum yh_rc with_cloud(struct yh_saga *s, enum yh_stand stand, enum ending *end,
			     yh_time *again_at, struct yh_err *err)
{
	const struct yh_cloud_order_row *o = &s->rows[0];
	struct yh_err why = { 0 };
	enum yh_rc rc;

	s->cfg = yh_clouds_machine(s->j->world->clouds, o->cloud_code);
	if (!s->cfg) {
		(void)yh_fail(&why, YH_CONFLICT, "order-by-hand");
		yh_err_text(&why, "cloud", o->cloud_code);
	} else {
		(void)fails(s->cfg->driver->open(s->cfg, s->j->stop, &s->cloud, &why), &why);
	}
	if (why.rc != YH_OK)
		return put_off(s, 0, true, &why, end, again_at, err);
	rc = go(s, stand, end, again_at, err);
	s->cfg->driver->close(s->cloud);
	return rc;
}

static enum yh_rc give_back(struct yh_saga *s, struct yh_err *err)
{
	struct yh_saga_write w = { .s = s, .closed = true, .release = true };

	return yh_saga_write(&w, err);
}

enum yh_rc yh_fulfil_run(const struct yh_fulfil_job *j, const struct yh_id *group,
			 yh_time *again_at, struct yh_err *err)
{
	enum ending end = AGAIN;
	enum yh_rc rc = YH_OK;
	struct yh_saga s = { .j = j, .group = *group, .since_ms = yh_monotonic_ms() };

	s.holder = yh_id_new(j->world->ids, yh_clock_now(j->world->clock));
	/* bounded: a step is closed once, and every other turn has written something down */
	for (int turns = 0; rc == YH_OK && end == AGAIN && turns < 8; turns++) {
		enum yh_stand stand;
		yh_time other;

		end = GO_ON;
		rc = yh_saga_load(&s, &stand, &other, err);
		if (rc == YH_OK && stand == YH_STAND_TAKEN)
			*again_at = other;
		if (rc != YH_OK || s.n == 0)
			return rc;
		if (idle(&s, stand))
			break;
		rc = with_cloud(&s, stand, &end, again_at, err);
	}
	if (rc == YH_OK && end == REST)
		*again_at = yh_clock_now(j->world->clock);
	if (rc == YH_OK && end == AGAIN)
		*again_at = yh_clock_now(j->world->clock) + FIRST_S * YH_US_PER_S;
	if (end != LATER) {
		struct yh_err quiet = { 0 };
		enum yh_rc gave = give_back(&s, &quiet);

		if (rc == YH_OK && gave != YH_OK) {
			*err = quiet;
			rc = gave;
		}
	}
	return rc;
}
