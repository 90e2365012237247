/* How a person wishes to be told. */
#include "notify/choice.h"

#include <stdio.h>
#include <string.h>

#include "net/mime.h"
#include "notify/internal.h"
#include "notify/mask.h"
#include "services/identity/record.h"

static bool is(const char *a, const char *b)
{
	return strcmp(a, b) == 0;
}

static void apply(struct yh_notify_view *v, const struct yh_notify_choice *c)
{
	for (size_t i = 0; i < v->n; i++) {
		if (!is(v->wishes[i].category, c->category))
			continue;
		if (is(c->channel, "mail"))
			v->wishes[i].mail = c->on;
		else
			v->wishes[i].webhook = c->on;
	}
}

enum yh_rc yh_notify_show(struct yh_ctx *cx, struct yh_notify_view *out, struct yh_err *err)
{
	const struct yh_categories *cats = cx->world->notify->cfg.categories;
	struct yh_notify_choice *choices;
	size_t n;
	enum yh_rc rc = yh_notify_person_load(cx->tx, &cx->actor->person, &out->person, err);

	if (rc == YH_OK)
		rc = yh_notify_choices(cx->tx, &cx->actor->person, cx->arena, &choices, &n, err);
	if (rc != YH_OK)
		return rc;
	for (out->n = 0; out->n < yh_categories_count(cats); out->n++)
		out->wishes[out->n] =
			(struct yh_notify_wish){ yh_category_at(cats, out->n), true, true };
	for (size_t i = 0; i < n; i++)
		apply(out, &choices[i]);
	return YH_OK;
}

static enum yh_rc choose(struct yh_ctx *cx, const struct yh_notify_in *in, struct yh_err *err)
{
	static const char *const channels[] = { "mail", "webhook" };
	const struct yh_categories *cats = cx->world->notify->cfg.categories;
	enum yh_rc rc = YH_OK;

	for (size_t i = 0; i < yh_categories_count(cats); i++)
		for (size_t k = 0; rc == YH_OK && k < 2; k++) {
			const char *category = yh_category_at(cats, i);
			struct yh_notify_choice c = { .on = is(in->state, "on") };

			if ((in->category && !is(in->category, category)) ||
			    (in->channel && !is(in->channel, channels[k])))
				continue;
			(void)snprintf(c.category, sizeof c.category, "%s", category);
			(void)snprintf(c.channel, sizeof c.channel, "%s", channels[k]);
			rc = yh_notify_choose(cx->tx, &cx->actor->person, &c, err);
		}
	return rc;
}

enum yh_rc yh_notify_set(struct yh_ctx *cx, const struct yh_notify_in *in, struct yh_err *err)
{
	struct yh_notify_person p;
	enum yh_rc rc;

	if (in->category && !yh_category_known(cx->world->notify->cfg.categories, in->category))
		return yh_fail_field(err, YH_BAD_INPUT, "category-unknown", "/category");
	if (!in->state && (!(in->digest || in->lang) || in->category || in->channel))
		return yh_fail_field(err, YH_BAD_INPUT, "notify-nothing", "/state");
	rc = yh_notify_person_load(cx->tx, &cx->actor->person, &p, err);
	if (rc == YH_OK && in->state)
		rc = choose(cx, in, err);
	if (rc != YH_OK || !(in->digest || in->lang))
		return rc;
	if (in->digest)
		p.digest = is(in->digest, "on");
	if (in->lang)
		(void)snprintf(p.lang, sizeof p.lang, "%s", in->lang);
	return yh_notify_person_save(cx->tx, &p, err);
}

static enum yh_rc check_mail(struct yh_ctx *cx, const char *mail, struct yh_err *err)
{
	if (!cx->world->notify->cfg.smtp.url)
		return yh_fail(err, YH_CONFLICT, "mail-off");
	return yh_mail_address(mail) ? YH_OK
				     : yh_fail_field(err, YH_BAD_INPUT, "mail-invalid", "/mail");
}

static enum yh_rc send_to(struct yh_ctx *cx, const char *kind, const char *mail, struct yh_id *id,
			  struct yh_err *err)
{
	struct yh_delivery d = { .id = yh_ctx_new_id(cx),
				 .channel = "mail",
				 .person = cx->actor->person,
				 .target = mail,
				 .next_at = cx->now,
				 .made_at = cx->now };

	(void)snprintf(d.kind, sizeof d.kind, "%s", kind);
	*id = d.id;
	return yh_delivery_insert(cx->tx, &d, err);
}

/* Mails to an address that its owner never asked for are bounded. */
static enum yh_rc spend(struct yh_ctx *cx, struct yh_notify_person *p, struct yh_err *err)
{
	if (cx->now - p->codes_from >= YH_US_PER_DAY) {
		p->codes = 0;
		p->codes_from = cx->now;
	}
	if (p->codes++ < YH_CODES_A_DAY)
		return YH_OK;
	(void)yh_fail(err, YH_CONFLICT, "mail-codes-spent");
	yh_err_int(err, "most", YH_CODES_A_DAY);
	return YH_CONFLICT;
}

static void new_code(char code[YH_CODE_TEXT])
{
	uint64_t r;

	yh_random(&r, sizeof r);
	(void)snprintf(code, YH_CODE_TEXT, "%08u", (unsigned)(r % 100000000));
}

/* The record stays for years, and many read it. */
static enum yh_rc record_mail(struct yh_ctx *cx, const char *kind, const char *mail,
			      struct yh_err *err)
{
	char masked[YH_MAIL_TEXT + 8];

	return yh_identity_record(cx, kind, "person", &cx->actor->person,
				  yh_mail_masked(mail, masked, sizeof masked), NULL, err);
}

enum yh_rc yh_notify_address(struct yh_ctx *cx, const char *mail, struct yh_err *err)
{
	struct yh_notify_person p;
	struct yh_id id;
	enum yh_rc rc = check_mail(cx, mail, err);

	if (rc == YH_OK)
		rc = yh_db_lock(cx->tx, &cx->actor->person, 1, err);
	if (rc == YH_OK)
		rc = yh_notify_person_load(cx->tx, &cx->actor->person, &p, err);
	if (rc == YH_OK)
		rc = spend(cx, &p, err);
	if (rc != YH_OK)
		return rc;
	(void)snprintf(p.pending, sizeof p.pending, "%s", mail);
	new_code(p.code);
	p.code_at = cx->now;
	p.code_tries = 0;
	rc = yh_notify_person_save(cx->tx, &p, err);
	if (rc == YH_OK)
		rc = send_to(cx, "code", mail, &id, err);
	return rc == YH_OK ? record_mail(cx, "mail.asked", mail, err) : rc;
}

enum yh_rc yh_notify_forget(struct yh_ctx *cx, struct yh_err *err)
{
	struct yh_notify_person p;
	enum yh_rc rc = yh_notify_person_load(cx->tx, &cx->actor->person, &p, err);

	if (rc != YH_OK)
		return rc;
	p.mail[0] = p.pending[0] = p.code[0] = 0;
	p.verified_at = p.code_at = 0;
	rc = yh_notify_person_save(cx->tx, &p, err);
	return rc == YH_OK ? yh_identity_record(cx, "mail.removed", "person", &p.person, NULL, NULL,
						err)
			   : rc;
}

enum yh_rc yh_notify_verify(struct yh_ctx *cx, const char *code, struct yh_err *refused,
			    struct yh_err *err)
{
	struct yh_notify_person p;
	enum yh_rc rc = yh_db_lock(cx->tx, &cx->actor->person, 1, err);

	if (rc == YH_OK)
		rc = yh_notify_person_load(cx->tx, &cx->actor->person, &p, err);
	if (rc != YH_OK)
		return rc;
	if (!p.code[0] || cx->now - p.code_at >= YH_CODE_HOURS * YH_US_PER_DAY / 24)
		return yh_fail(err, YH_CONFLICT, "mail-code-none");
	if (strlen(code) != strlen(p.code) || !yh_equal_ct(code, p.code, strlen(p.code))) {
		p.code_tries++;
		if (p.code_tries >= YH_CODE_TRIES)
			p.code[0] = p.pending[0] = 0;
		(void)yh_fail_field(refused, YH_CONFLICT, "mail-code-wrong", "/code");
		yh_err_int(refused, "left", YH_CODE_TRIES - p.code_tries);
		return yh_notify_person_save(cx->tx, &p, err);
	}
	memcpy(p.mail, p.pending, sizeof p.mail);
	p.verified_at = cx->now;
	p.pending[0] = p.code[0] = 0;
	p.code_at = 0;
	rc = yh_notify_person_save(cx->tx, &p, err);
	return rc == YH_OK ? record_mail(cx, "mail.verified", p.mail, err) : rc;
}

enum yh_rc yh_notify_resend(struct yh_ctx *cx, const struct yh_id *id, struct yh_err *err)
{
	struct yh_delivery d;
	enum yh_rc rc = yh_delivery_load(cx->tx, id, cx->arena, &d, err);

	if (rc == YH_OK && (!yh_id_eq(&d.person, &cx->actor->person) || !is(d.kind, "notice")))
		rc = yh_fail(err, YH_NOT_FOUND, "delivery-unknown");
	if (rc == YH_OK && is(d.state, "waiting"))
		rc = yh_fail(err, YH_CONFLICT, "delivery-waits");
	return rc == YH_OK ? yh_delivery_again(cx->tx, id, cx->now, err) : rc;
}

enum yh_rc yh_mail_test(struct yh_ctx *cx, const char *mail, struct yh_id *id, struct yh_err *err)
{
	enum yh_rc rc = check_mail(cx, mail, err);

	if (rc == YH_OK)
		rc = send_to(cx, "test", mail, id, err);
	return rc == YH_OK ? record_mail(cx, "mail.tested", mail, err) : rc;
}
