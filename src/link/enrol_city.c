/* The city's side of an enrolment. */
#include <stdio.h>
#include <string.h>

#include "link/enrol_text.h"
#include "link/internal.h"
#include "services/identity/record.h"
#include "services/policy/govern.h"
#include "store/case_abroad.h"
#include "store/party.h"

static enum yh_rc link_of(const struct yh_world *world, struct yh_link **out, struct yh_err *err)
{
	*out = world->link;
	return *out ? YH_OK : yh_fail(err, YH_BUSY, "link-absent");
}

enum yh_rc yh_link_point(const struct yh_world *world, unsigned char out[YH_SM2_POINT],
			 struct yh_err *err)
{
	struct yh_link *l;
	enum yh_rc rc = link_of(world, &l, err);

	if (rc == YH_OK)
		memcpy(out, l->point, YH_SM2_POINT);
	return rc;
}

enum yh_rc yh_link_make_code(struct yh_ctx *cx, const char *district, int64_t days,
			     char code[YH_LINK_CODE_TEXT], yh_time *expires_at, struct yh_err *err)
{
	struct yh_link_code c = { 0 };
	struct yh_link_code_row row = { .made_by = cx->actor->person, .made_at = cx->now };
	struct yh_link_peer city;
	struct yh_cloud_row cloud;
	struct yh_link *l;
	bool is_district = false;
	enum yh_rc rc = link_of(cx->world, &l, err);

	if (rc == YH_OK)
		rc = yh_link_city(cx->tx, &city, &is_district, err);
	if (rc == YH_OK && is_district)
		rc = yh_fail(err, YH_CONFLICT, "link-is-district");
	if (rc == YH_OK)
		rc = yh_cloud_of_district(cx->tx, district, cx->arena, &cloud, err);
	if (rc != YH_OK)
		return rc;
	yh_token_new(c.secret);
	yh_link_finger(l->point, c.finger);
	(void)yh_link_code_text(&c, code);
	*expires_at = cx->now + days * YH_US_PER_DAY;
	row.digest = yh_sm3_of(c.secret, strlen(c.secret));
	row.cloud = cloud.id;
	row.expires_at = *expires_at;
	(void)snprintf(row.district, sizeof row.district, "%s", district);
	rc = yh_link_code_insert(cx->tx, &row, err);
	return rc == YH_OK
		       ? yh_identity_record(cx, "link.code_made", "cloud", &cloud.id, "", NULL, err)
		       : rc;
}

static enum yh_rc invalid(struct yh_err *err, const char *field)
{
	return yh_fail_field(err, YH_BAD_INPUT, "link-enrolment-invalid", field);
}

/* For want of memory nothing is called invalid. */
static enum yh_rc refuse(enum yh_rc rc, const char *field, struct yh_err *err)
{
	return rc == YH_TOO_LARGE ? yh_fail(err, rc, "memory-short") : invalid(err, field);
}

static enum yh_rc open_box(struct yh_link *l, const char *hex, struct yh_link_opened *o,
			   struct yh_err *err)
{
	unsigned char box[YH_LINK_BOX_HEX / 2], plain[sizeof box];
	size_t n = strlen(hex), plain_n = sizeof plain;
	struct yh_sm3 point = yh_sm3_of(o->point, sizeof o->point);
	enum yh_rc rc = YH_BAD_INPUT;

	if (n % 2 == 0 && n / 2 <= sizeof box && yh_unhex(hex, box, n / 2))
		rc = yh_sm2_decrypt(l->key, box, n / 2, plain, &plain_n, NULL);
	if (rc == YH_OK && (plain_n != YH_LINK_BOX_BYTES ||
			    !yh_equal_ct(plain + YH_TOKEN_TEXT - 1, point.b, sizeof point.b)))
		rc = YH_BAD_INPUT;
	if (rc == YH_OK)
		memcpy(o->secret, plain, YH_TOKEN_TEXT - 1);
	explicit_bzero(plain, sizeof plain);
	return rc == YH_OK ? YH_OK : refuse(rc, "/box", err);
}

static bool admit(struct yh_link *l)
{
	int64_t now_s = yh_monotonic_ms() / 1000;
	bool ok;

	(void)pthread_mutex_lock(&l->lock);
	if (l->joins_s != now_s)
		l->joins = 0;
	l->joins_s = now_s;
	ok = ++l->joins <= LINK_JOINS_S;
	(void)pthread_mutex_unlock(&l->lock);
	return ok;
}

enum yh_rc yh_link_open_enrolment(const struct yh_world *world, const struct yh_link_enrolment *e,
				  struct yh_link_opened *o, struct yh_err *err)
{
	char text[LINK_ASKED_TEXT];
	unsigned char sig[YH_SIG_MAX];
	size_t sig_n = strlen(e->signature) / 2, n;
	struct yh_sm2 *key = NULL;
	struct yh_link *l;
	enum yh_rc rc = link_of(world, &l, err);
	bool ok;

	*o = (struct yh_link_opened){ 0 };
	if (rc == YH_OK && !admit(l))
		rc = yh_fail(err, YH_BUSY, "link-busy");
	if (rc != YH_OK)
		return rc;
	rc = yh_unhex(e->point, o->point, sizeof o->point) ? yh_sm2_of_point(o->point, &key, NULL)
							   : YH_BAD_INPUT;
	if (rc != YH_OK)
		return refuse(rc, "/point", err);
	n = yh_link_asked(e->point, e->box, l->point, text);
	ok = sig_n <= sizeof sig && yh_unhex(e->signature, sig, sig_n) &&
	     yh_sm2_verify(key, text, n, sig, sig_n);
	yh_sm2_free(key);
	if (!ok)
		return invalid(err, "/signature");
	o->request = yh_sm3_of(text, n);
	return open_box(l, e->box, o, err);
}

static enum yh_rc answer(struct yh_ctx *cx, struct yh_link *l, const struct yh_link_opened *o,
			 const struct yh_id *cloud, struct yh_link_enrolled *e, struct yh_err *err)
{
	char text[LINK_ANSWERED_TEXT];
	struct yh_cloud_row row;
	size_t n;
	enum yh_rc rc = yh_cloud_load(cx->tx, cloud, cx->arena, &row, err);

	if (rc == YH_OK) {
		(void)snprintf(e->cloud, sizeof e->cloud, "%s", row.code);
		rc = yh_cloud_of_district(cx->tx, "", cx->arena, &row, err);
	}
	if (rc != YH_OK)
		return rc;
	(void)snprintf(e->municipal, sizeof e->municipal, "%s", row.code);
	n = yh_link_answered(e, &o->request, text);
	return yh_sm2_sign(l->key, text, n, e->signature, &e->signature_n, err);
}

/* One pairing a district: a second one ends the first. */
static enum yh_rc replace(struct yh_ctx *cx, const char *district, struct yh_err *err)
{
	struct yh_link_peer_row old;
	struct yh_err none = { 0 };
	enum yh_rc rc = yh_link_peer_of(cx->tx, district, cx->arena, &old, &none);

	if (rc == YH_NOT_FOUND)
		return YH_OK;
	if (rc != YH_OK) {
		if (err)
			*err = none;
		return rc;
	}
	rc = yh_link_lock(cx->tx, &old.id, err);
	if (rc == YH_OK)
		rc = yh_link_peer_end(cx->tx, &old.id, cx->now, "replaced", err);
	if (rc == YH_OK)
		rc = yh_link_forget(cx->tx, &old.id, err);
	return rc == YH_OK ? yh_link_note(cx, "link.ended", &old.id, district, "replaced", "", err)
			   : rc;
}

/* The body that answers for the district's cloud, where there is just one. */
static enum yh_rc body_of(struct yh_ctx *cx, const struct yh_id *cloud, struct yh_id *out,
			  struct yh_err *err)
{
	const char **codes;
	struct yh_org_row org;
	size_t n;
	enum yh_rc rc =
		yh_cloud_bodies(cx->tx, cloud, "district_operator", cx->arena, &codes, &n, err);

	*out = (struct yh_id){ 0 };
	if (rc != YH_OK || n != 1)
		return rc;
	rc = yh_org_by_code(cx->tx, codes[0], cx->arena, &org, err);
	if (rc == YH_OK)
		*out = org.id;
	return rc;
}

static enum yh_rc enter(struct yh_ctx *cx, const struct yh_link_opened *o,
			struct yh_link_code_row *code, struct yh_link_enrolled *out,
			struct yh_err *err)
{
	struct yh_link_peer_row p = { .id = yh_ctx_new_id(cx),
				      .cloud = code->cloud,
				      .url = "",
				      .enrolled_at = cx->now,
				      .enrolled_by = code->made_by };
	struct yh_cloud_row home;
	enum yh_rc rc = replace(cx, code->district, err);

	if (rc == YH_OK)
		rc = yh_cloud_of_district(cx->tx, "", cx->arena, &home, err);
	if (rc == YH_OK)
		rc = body_of(cx, &code->cloud, &p.org, err);
	if (rc != YH_OK)
		return rc;
	p.home = home.id;
	memcpy(p.district, code->district, sizeof p.district);
	memcpy(p.point, o->point, sizeof p.point);
	rc = yh_link_peer_insert(cx->tx, &p, err);
	if (rc == YH_OK)
		rc = yh_case_links_move(cx->tx, &p.cloud, &p.id, err);
	code->used_at = cx->now;
	code->request = o->request;
	code->peer = out->peer = p.id;
	if (rc == YH_OK)
		rc = yh_link_code_use(cx->tx, code, err);
	if (rc == YH_OK) /* whoever has another would end what was just begun */
		rc = yh_link_code_close(cx->tx, code->district, cx->now, err);
	return rc == YH_OK ? yh_link_note(cx, "link.enrolled", &p.id, p.district, "", "", err) : rc;
}

enum yh_rc yh_link_take_enrolment(struct yh_ctx *cx, const struct yh_link_opened *o,
				  struct yh_link_enrolled *out, struct yh_err *err)
{
	struct yh_sm3 digest = yh_sm3_of(o->secret, strlen(o->secret));
	struct yh_link_code_row code;
	struct yh_link *l;
	enum yh_rc rc = link_of(cx->world, &l, err);

	*out = (struct yh_link_enrolled){ 0 };
	if (rc == YH_OK)
		rc = yh_link_code_load(cx->tx, &digest, &code, err);
	if (rc != YH_OK)
		return rc;
	if (!code.used_at && cx->now >= code.expires_at)
		return yh_refuse(err, "link-code-expired",
				 yh_action_article(cx->world, yh_ctx_today(cx), "link.enrol"));
	memcpy(out->district, code.district, sizeof out->district);
	out->peer = code.peer;
	if (!code.used_at)
		rc = enter(cx, o, &code, out, err);
	else if (memcmp(code.request.b, o->request.b, sizeof o->request.b) != 0)
		rc = yh_fail(err, YH_CONFLICT, "link-code-used");
	return rc == YH_OK ? answer(cx, l, o, &code.cloud, out, err) : rc;
}
