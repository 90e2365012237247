/* Sending mails: claimed in one transaction, sent outside of any, noted in another. */
#include <stdio.h>
#include <string.h>

#include "cases/mark.h"
#include "notify/backoff.h"
#include "notify/choice.h"
#include "notify/internal.h"
#include "notify/mask.h"
#include "services/identity/clearance.h"

/* A mail between its claim and its note. */
struct sending {
	struct mail_worker *w;
	yh_time now;
	struct yh_arena arena;
	struct yh_delivery *rows; /* what goes in it; what was dropped has a state */
	const char **dropped;     /* beside each row: the fault, or NULL */
	size_t n;
	struct letter letter;
	struct yh_clearance cleared; /* who it is for */
	const char *to;
	struct yh_tried outcome;
	char fault[56], detail[200];
	bool due;
};

/* A code goes to the address it was asked for, as long as that is still wanted. */
static const char *address_of(const struct sending *s)
{
	const struct yh_delivery *d = &s->rows[0];
	const struct yh_notify_person *p = &s->letter.who;

	if (strcmp(d->kind, "test") == 0)
		return d->target;
	if (strcmp(d->kind, "code") == 0)
		return p->code[0] && strcmp(p->pending, d->target) == 0 ? d->target : "";
	return p->verified_at ? p->mail : "";
}

/* Whoever lost the role since, or the address, is told no more. */
static enum yh_rc take_notice(struct sending *s, struct yh_tx *tx, size_t i, struct yh_err *err)
{
	const struct yh_delivery *d = &s->rows[i];
	struct letter *l = &s->letter;
	struct letter_notice *x = &l->notices[l->n];
	bool holds;
	enum yh_rc rc = yh_notice_told(tx, &d->notice, &s->arena, &x->told, err);

	if (rc == YH_OK)
		rc = yh_notify_holds(tx, &d->person, &x->told.org, x->told.role, yh_day_of(s->now),
				     &holds, err);
	if (rc != YH_OK)
		return rc;
	if (!holds) {
		s->dropped[i] = "notice-not-concerned";
		return YH_OK;
	}
	x->category = yh_category_of(s->w->n->cfg.categories, x->told.slug);
	if (x->told.procedure[0] && yh_mark_covers_notice(x->told.slug) &&
	    !yh_mark_opens(&s->cleared, x->told.procedure, x->told.label))
		rc = yh_notice_veil(&x->told, s->cleared.pack, &s->arena, err);
	if (rc != YH_OK)
		return rc;
	l->date = x->told.made_at;
	l->n++;
	return YH_OK;
}

static enum yh_rc clearance_of(struct sending *s, struct yh_tx *tx,
			       const struct yh_person_row *person, struct yh_err *err)
{
	struct yh_ctx cx = {
		.tx = tx, .world = s->w->n->cfg.world, .now = s->now, .arena = &s->arena
	};

	return yh_clearance_person(&cx, person, &s->cleared, err);
}

static enum yh_rc load(struct sending *s, struct yh_tx *tx, struct yh_err *err)
{
	const struct yh_delivery *d = &s->rows[0];
	struct letter *l = &s->letter;
	struct yh_person_row person;
	enum yh_rc rc = yh_person_load(tx, &d->person, &s->arena, &person, err);

	*l = (struct letter){ .kind = d->kind, .date = d->made_at };
	l->key = yh_id_is_zero(&d->batch) ? d->id : d->batch;
	l->notices = YH_NEW_N(&s->arena, struct letter_notice, s->n);
	s->dropped = YH_NEW_N(&s->arena, const char *, s->n);
	if (rc == YH_OK && !(l->notices && s->dropped))
		rc = yh_fail(err, YH_TOO_LARGE, "memory-short");
	if (rc == YH_OK)
		rc = yh_notify_person_load(tx, &d->person, &l->who, err);
	if (rc != YH_OK)
		return rc;
	l->name = person.name;
	s->to = yh_arena_strdup(&s->arena, address_of(s));
	if (!s->to)
		return yh_fail(err, YH_TOO_LARGE, "memory-short");
	if (!s->to[0])
		for (size_t i = 0; i < s->n; i++)
			s->dropped[i] = "mail-none";
	rc = clearance_of(s, tx, &person, err);
	for (size_t i = 0; rc == YH_OK && s->to[0] && i < s->n; i++)
		if (strcmp(s->rows[i].kind, "notice") == 0)
			rc = take_notice(s, tx, i, err);
	return rc;
}

static enum yh_rc claim(struct yh_tx *tx, void *arg, struct yh_err *err)
{
	struct sending *s = arg;
	struct yh_claim c = { .holder = s->w->n->self,
			      .now = s->now,
			      .until = s->now + NOTIFY_LEASE_S * YH_US_PER_S };
	enum yh_rc rc;

	yh_arena_done(&s->arena);
	rc = yh_delivery_claim_mail(tx, &c, &s->arena, &s->rows, &s->n, err);
	return rc == YH_OK && s->n > 0 ? load(s, tx, err) : rc;
}

static enum yh_rc note(struct yh_tx *tx, void *arg, struct yh_err *err)
{
	const struct sending *s = arg;
	enum yh_rc rc = YH_OK;

	for (size_t i = 0; rc == YH_OK && i < s->n; i++) {
		struct yh_tried dropped = {
			.state = "failed", .at = s->outcome.at, .fault = s->dropped[i], .detail = ""
		};

		rc = yh_delivery_note(tx, &s->rows[i].id, &s->w->n->self,
				      s->dropped[i] ? &dropped : &s->outcome, err);
	}
	return rc;
}

static bool nothing_left(const struct sending *s)
{
	for (size_t i = 0; i < s->n; i++)
		if (!s->dropped[i])
			return false;
	return true;
}

/* What a try means: a mail that was refused for good has failed; anything else comes again, until
 * it is too old. */
static void judge(struct sending *s, enum yh_rc rc, const struct yh_smtp_answer *answer,
		  const struct yh_err *why)
{
	const struct yh_delivery *d = &s->rows[0];
	struct yh_tried *o = &s->outcome;

	*o = (struct yh_tried){ .state = "sent",
				.at = s->now,
				.code = answer->code,
				.fault = s->fault,
				.detail = s->detail,
				.tried = true };
	s->w->troubles = rc == YH_OK || answer->of_message ? 0 : s->w->troubles + 1;
	if (rc == YH_OK)
		return;
	for (uint32_t i = 0; i < why->n_figs; i++)
		if (strcmp(why->figs[i].name, "detail") == 0)
			(void)yh_mail_masked(why->figs[i].text, s->detail, sizeof s->detail);
	(void)snprintf(s->fault, sizeof s->fault, "%s", why->slug);
	if (rc == YH_REFUSED) {
		o->state = "failed";
	} else if (d->tries + 1 >= YH_NOTIFY_TRIES) {
		o->state = "given_up";
	} else {
		o->state = "waiting";
		o->next_at = s->now + yh_backoff_us(d->tries + 1, &s->letter.key);
	}
}

static void deliver(struct sending *s)
{
	struct yh_smtp_answer answer = { 0 };
	struct yh_err why = { 0 };
	struct yh_buf mail;
	enum yh_rc rc;

	s->outcome = (struct yh_tried){ .at = s->now };
	if (nothing_left(s))
		return;
	yh_buf_init(&mail, (size_t)8 * 1024 * 1024);
	yh_letter_write(s->w->n, &s->letter, s->to, &mail);
	rc = yh_buf_ok(&mail) ? yh_smtp_send(s->w->smtp, s->w->n->cfg.mail_from, s->to, mail.data,
					     mail.len, &answer, &why)
			      : yh_fail(&why, YH_TOO_LARGE, "memory-short");
	yh_buf_done(&mail);
	judge(s, rc, &answer, &why);
	yh_notify_count(s->w->n, COUNT_MAIL, s->outcome.state);
}

static enum yh_rc look(struct yh_tx *tx, void *arg, struct yh_err *err)
{
	struct sending *s = arg;

	return yh_delivery_mail_due(tx, s->now, &s->due, err);
}

enum yh_rc yh_notify_mail_one(struct mail_worker *w, bool *found, struct yh_err *err)
{
	const struct yh_world *world = w->n->cfg.world;
	struct sending s = { .w = w, .now = yh_clock_now(world->clock) };
	enum yh_rc rc = yh_exec_read(world->exec, look, &s, err);

	*found = false;
	if (rc != YH_OK || !s.due)
		return rc;
	yh_arena_init(&s.arena, NOTIFY_ARENA_BYTES);
	rc = yh_exec_write(world->exec, claim, &s, err);
	*found = rc == YH_OK && s.n > 0;
	if (*found) {
		deliver(&s);
		rc = yh_exec_write(world->exec, note, &s, err);
	}
	yh_arena_done(&s.arena);
	return rc;
}
