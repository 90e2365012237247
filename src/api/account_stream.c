/* What waits for a person and what it is told, as it changes: one topic for all who sit at the same
 * desks, are cleared for the same and read the same language. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "api/api.h"
#include "api/case_names.h"
#include "api/case_view.h"
#include "api/label.h"
#include "api/list.h"
#include "cases/clearance.h"
#include "services/overview/follow.h"
#include "services/project/project.h"

enum { ARENA_BYTES = 4 * 1024 * 1024, CASES_MOST = 50 };

/* ---- how it looks ---- */

static void write_count(struct yh_jw *w, const struct yh_desk_count *c)
{
	yh_jw_int(w, "open", c->open);
	yh_jw_int(w, "due_today", c->due_today);
	yh_jw_int(w, "overdue", c->overdue);
	yh_jw_int(w, "soon", c->soon);
}

static void write_waiting(struct yh_jw *w, const struct yh_follow_inbox *i)
{
	write_count(w, &i->count);
	yh_jw_day(w, "soon_until", i->soon_until);
	yh_jw_obj(w, "duties");
	write_count(w, &i->duties);
	yh_jw_end_obj(w);
	yh_jw_obj(w, "supervisions");
	yh_jw_int(w, "open", i->supervised.open);
	yh_jw_int(w, "overdue", i->supervised.overdue);
	yh_jw_end_obj(w);
}

static void write_inbox(struct yh_jw *w, const struct yh_follow_inbox *i)
{
	yh_jw_obj(w, "inbox");
	write_waiting(w, i);
	yh_jw_end_obj(w);
}

static void write_notices(struct yh_req *rq, const struct yh_follow_notices *n)
{
	yh_jw_obj(rq->w, "notices");
	yh_jw_time(rq->w, "since", n->since);
	yh_jw_int(rq->w, "count", n->count);
	yh_list_write(rq, "items", n->latest, n->n, sizeof *n->latest, yh_view_notice);
	yh_jw_end_obj(rq->w);
}

static void write_case(struct yh_req *rq, const struct yh_change_row *r)
{
	yh_jw_obj(rq->w, NULL);
	yh_jw_id(rq->w, "id", &r->case_id);
	yh_jw_str(rq->w, "no", r->no);
	yh_jw_str(rq->w, "procedure", r->procedure);
	yh_jw_str(rq->w, "title", yh_view_title(rq, NULL, r->procedure, r->label, r->title));
	yh_list_word(rq, "kind", "event", r->kind);
	yh_jw_str(rq->w, "outcome", yh_view_outcome(rq, r));
	yh_jw_time(rq->w, "at", r->at);
	yh_jw_end_obj(rq->w);
}

/* ---- the topic: "zh:sensitive|", for what they are cleared, and the desks ---- */

struct topic {
	struct yh_arena arena; /* holds follow */
	struct yh_follow follow;
	const char *lang;
	bool begun;
	struct yh_pulse_place place;
	struct yh_follow_inbox inbox; /* as told last */
};

static void forget(void *state)
{
	struct topic *t = state;

	yh_arena_done(&t->arena);
	free(t);
}

struct look {
	const struct yh_world *world;
	struct topic *topic;
	const char *key;
	yh_time now;
	struct yh_arena *arena;
	const struct yh_change *cases[CASES_MOST]; /* the last change of each */
	size_t n_cases;
	bool again, inbox, told;
	struct yh_follow_inbox waits;
	struct yh_follow_notices notices;
};

/* One that stands there already is told with what happened last. */
static void add_case(struct look *l, const struct yh_change *c)
{
	for (size_t i = 0; i < l->n_cases; i++)
		if (yh_id_eq(&l->cases[i]->row.case_id, &c->row.case_id)) {
			l->cases[i] = c;
			return;
		}
	if (l->n_cases < CASES_MOST)
		l->cases[l->n_cases++] = c;
	else
		l->again = true;
}

static void look_around(struct look *l, const struct yh_pulse *pulse)
{
	struct topic *t = l->topic;
	const struct yh_notice_for *n;
	const struct yh_change *c;

	if (!t->begun)
		t->place = yh_pulse_begin(pulse, l->now);
	l->inbox = l->told = !t->begun || t->inbox.today != yh_day_of(l->now);
	while ((c = yh_pulse_change(pulse, &t->place, &l->again))) {
		l->inbox = l->inbox || yh_follow_waits(&t->follow, c);
		if (yh_follow_sees(&t->follow, c))
			add_case(l, c);
	}
	l->inbox = l->inbox || l->again;
	while ((n = yh_pulse_notice(pulse, &t->place, &l->told)))
		l->told = l->told || yh_follow_told(&t->follow, n);
}

static enum yh_rc read_follow(struct yh_tx *tx, void *arg, struct yh_err *err)
{
	struct look *l = arg;
	const char *desks = strchr(l->key, '|');

	yh_arena_done(&l->topic->arena);
	l->topic->lang = l->key[0] == 'e' ? "en" : "zh";
	return desks ? yh_follow_read(tx, desks + 1, &l->topic->arena, &l->topic->follow, err)
		     : yh_fail(err, YH_INTERNAL, "follow-invalid");
}

static enum yh_rc read_what_is_new(struct yh_tx *tx, void *arg, struct yh_err *err)
{
	struct look *l = arg;
	enum yh_rc rc = YH_OK;

	if (l->inbox)
		rc = yh_follow_inbox(tx, l->world, l->now, &l->topic->follow, &l->waits, err);
	if (rc == YH_OK && l->told)
		rc = yh_follow_notices(tx, l->now, &l->topic->follow, l->arena, &l->notices, err);
	return rc;
}

/* Somebody who is cleared as the topic says. */
static struct yh_actor reader_of(const char *key)
{
	struct yh_actor a = { .person = { { 1 } } };
	const char *label = strchr(key, ':');

	if (label)
		(void)snprintf(a.clearance, sizeof a.clearance, "%.*s",
			       (int)strcspn(label + 1, "|"), label + 1);
	return a;
}

static void write_change(const struct look *l, struct yh_jw *w)
{
	const struct yh_actor reader = reader_of(l->key);
	struct yh_req rq = {
		.cx = { .world = l->world, .actor = &reader, .now = l->now, .arena = l->arena },
		.w = w,
		.lang = l->topic->lang,
		.messages = l->world->messages
	};

	yh_jw_obj(w, NULL);
	yh_jw_day(w, "today", yh_day_of(l->now));
	if (l->inbox)
		write_inbox(w, &l->waits);
	if (l->told)
		write_notices(&rq, &l->notices);
	yh_jw_arr(w, "cases");
	for (size_t i = 0; i < l->n_cases; i++)
		write_case(&rq, &l->cases[i]->row);
	yh_jw_end_arr(w);
	yh_jw_bool(w, "again", l->again);
	yh_jw_end_obj(w);
}

/* Nothing is asked of the store while nothing concerns these desks. */
static enum yh_rc tell(struct look *l, struct yh_jw *w, struct yh_err *err)
{
	struct topic *t = l->topic;
	struct yh_pulse_place place = t->place;
	enum yh_rc rc = YH_OK;

	look_around(l, l->world->pulse);
	if (l->inbox || l->told)
		rc = yh_exec_read(l->world->exec, read_what_is_new, l, err);
	if (rc != YH_OK) {
		t->place = place; /* it is looked at again */
		return rc;
	}
	if (l->inbox) {
		l->inbox =
			!t->begun ||
			memcmp(&l->waits.count, &t->inbox.count, sizeof t->inbox.count) != 0 ||
			memcmp(&l->waits.duties, &t->inbox.duties, sizeof t->inbox.duties) != 0 ||
			memcmp(&l->waits.supervised, &t->inbox.supervised,
			       sizeof t->inbox.supervised) != 0 ||
			l->waits.today != t->inbox.today;
		t->inbox = l->waits;
	}
	t->begun = true;
	if (l->inbox || l->told || l->n_cases || l->again)
		write_change(l, w);
	return YH_OK;
}

static enum yh_rc build(const struct yh_world *world, const char *key, void **state,
			struct yh_jw *w, struct yh_err *err)
{
	struct topic *t = *state;
	struct yh_arena arena;
	struct look l = { .world = world, .key = key, .arena = &arena };
	enum yh_rc rc = YH_OK;

	l.now = yh_clock_now(world->clock);
	if (!t) {
		t = calloc(1, sizeof *t);
		if (!t)
			return yh_fail(err, YH_BUSY, "memory-short");
		yh_arena_init(&t->arena, (size_t)ARENA_BYTES);
		*state = t;
	}
	l.topic = t;
	yh_arena_init(&arena, (size_t)ARENA_BYTES);
	rc = yh_pulse_beat(world->pulse, world, err);
	if (rc == YH_OK && !t->lang) {
		rc = yh_exec_read(world->exec, read_follow, &l, err);
		if (rc != YH_OK)
			t->lang = NULL;
	}
	if (rc == YH_OK)
		rc = tell(&l, w, err);
	yh_arena_done(&arena);
	return rc;
}

/* ---- following ---- */

struct stream_in {
	const char *lang;
};
static const struct yh_field query[] = {
	{ "lang", YH_F_WORD, offsetof(struct stream_in, lang), 0, .choices = "zh|en",
	  .about = "language of what is said; that of Accept-Language when absent" },
	{ 0 },
};

struct following {
	const char *key;
	struct yh_follow follow;
	struct yh_follow_inbox inbox;
	struct yh_follow_notices notices;
};

static enum yh_rc find_desks(struct yh_req *rq, void *arg, struct yh_err *err)
{
	struct following *f = arg;
	struct yh_viewer who = yh_viewer_of(&rq->cx, NULL);
	struct yh_desk_row *desks;
	struct yh_clearance mine;
	const char *relation;
	size_t n;
	enum yh_rc rc = yh_desk_list(rq->cx.tx, &who, rq->cx.arena, &desks, &n, err);

	if (rc == YH_OK)
		rc = yh_req_relation(rq, "case.read", &relation, err);
	if (rc == YH_OK)
		rc = yh_clearance_actor(&rq->cx, &mine, err);
	if (rc != YH_OK)
		return rc;
	f->follow = (struct yh_follow){ .desks = desks, .n = n };
	f->key = yh_follow_key(rq->cx.arena, relation, desks, n);
	if (f->key)
		f->key = yh_arena_printf(rq->cx.arena, "%s:%s|%s", rq->lang, mine.label, f->key);
	return f->key ? YH_OK : yh_fail(err, YH_TOO_LARGE, "memory-short");
}

static enum yh_rc read_state(struct yh_req *rq, void *arg, struct yh_err *err)
{
	struct following *f = arg;
	struct yh_ctx *cx = &rq->cx;
	enum yh_rc rc = yh_follow_inbox(cx->tx, cx->world, cx->now, &f->follow, &f->inbox, err);

	return rc == YH_OK
		       ? yh_follow_notices(cx->tx, cx->now, &f->follow, cx->arena, &f->notices, err)
		       : rc;
}

static enum yh_rc stream(struct yh_req *rq, const void *in, struct yh_err *err)
{
	const struct stream_in *s = in;
	struct following f = { 0 };
	bool fresh = false;
	enum yh_rc rc;

	if (!rq->cx.world->pulse)
		return yh_fail(err, YH_BUSY, "stream-none");
	if (s->lang)
		rq->lang = s->lang;
	rc = yh_req_read(rq, find_desks, &f, err);
	if (rc == YH_OK)
		rc = yh_req_follow(rq, f.key, &fresh, err);
	if (rc == YH_OK && fresh)
		rc = yh_req_read(rq, read_state, &f, err);
	if (rc != YH_OK || !fresh)
		return rc;
	yh_jw_day(rq->w, "today", f.inbox.today);
	write_inbox(rq->w, &f.inbox);
	write_notices(rq, &f.notices);
	yh_jw_arr(rq->w, "cases");
	yh_jw_end_arr(rq->w);
	yh_jw_bool(rq->w, "again", false);
	return YH_OK;
}

/* The same for whoever asks once. */
static enum yh_rc counts(struct yh_req *rq, const void *in, struct yh_err *err)
{
	struct following f = { 0 };
	enum yh_rc rc = find_desks(rq, &f, err);

	(void)in;
	if (rc == YH_OK)
		rc = yh_follow_inbox(rq->cx.tx, rq->cx.world, rq->cx.now, &f.follow, &f.inbox, err);
	if (rc == YH_OK)
		write_waiting(rq->w, &f.inbox);
	return rc;
}

static const struct yh_column count_columns[] = {
	YH_COL("待办", "OPEN", "open"),
	YH_COL("已超期", "OVERDUE", "overdue"),
	YH_COL("今日到期", "DUE TODAY", "due_today"),
	YH_COL("责任事项", "DUTIES", "duties.open"),
	YH_COL("责任事项超期", "DUTIES OVERDUE", "duties.overdue"),
	YH_COL("督办", "SUPERVISED", "supervisions.open"),
	{ 0 },
};

static const struct yh_live live = { "change", build, forget };

static const struct yh_op ops[] = {
	{ "inbox.count", YH_GET, "/api/v1/inbox/count", NULL, 0, NULL, NULL, NULL, 0, counts,
	  count_columns, "待办、责任事项与督办各有多少",
	  "How much waits for you: steps, duties, supervisions", .reply = "@Waiting" },
	{ "account.stream", YH_GET, "/api/v1/account/stream", NULL, YH_OP_ASIDE, NULL, query, NULL,
	  sizeof(struct stream_in), stream, NULL, "我的待办、通知与案件变化的实时流",
	  "What waits for you, notices and changes of your cases, as server-sent events",
	  .live = &live,
	  .reply = "{today:day inbox:@Waiting notices:@Told cases:[@CaseChange] again:bool} + "
		   "{today:day inbox?:@Waiting notices?:@Told cases:[@CaseChange] again:bool}" },
};

const struct yh_op_table yh_ops_account_stream = { ops, sizeof ops / sizeof ops[0] };
