/* Second factors: enrolling, judging codes, taking them away. */
#include "services/identity/factor.h"

#include <ctype.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "services/identity/auth.h"
#include "services/identity/record.h"
#include "services/identity/tries.h"

/* Devices know nothing of a clock that was turned for a demonstration. */
static yh_time device_time(void)
{
	struct yh_clock real;

	yh_clock_real(&real);
	return yh_clock_now(&real);
}

/* As typed: blanks and hyphens do not matter, nor does the case. False when it is too long. */
static bool plain(const char *code, char *out, size_t size)
{
	size_t n = 0;

	for (; *code; code++) {
		if (*code == ' ' || *code == '-')
			continue;
		if (n + 1 == size)
			return false;
		out[n++] = (char)tolower((unsigned char)*code);
	}
	out[n] = 0;
	return true;
}

/* The step around now whose code it is; -1: of none. */
static int64_t step_of(const struct yh_second_factor *f, const char *code)
{
	int64_t now = yh_otp_step(f->kind, device_time()), found = -1;
	char right[YH_OTP_CODE];

	if (strlen(code) != YH_OTP_CODE - 1)
		return -1;
	for (int64_t step = now - 1; step <= now + 1; step++)
		if (yh_otp_code(f->kind, f->key, sizeof f->key, step, right) &&
		    yh_equal_ct(right, code, YH_OTP_CODE - 1) && found < 0 && step > f->last_step)
			found = step;
	return found;
}

static struct yh_sm3 digest_of(const struct yh_id *person, const char *code)
{
	const struct yh_piece pieces[] = { { person, sizeof *person }, { code, strlen(code) } };

	return yh_sm3_of_pieces(pieces, 2);
}

enum yh_rc yh_factor_check(struct yh_ctx *cx, struct yh_person_row *p, const char *code,
			   bool *recovery, struct yh_err *failed, struct yh_err *err)
{
	struct yh_second_factor f = { 0 };
	struct yh_sm3 digest;
	char text[32] = "";
	bool good = false;
	enum yh_rc rc;

	*recovery = false;
	if (!p->has_factor) {
		(void)yh_fail(failed, YH_CONFLICT, "factor-none");
		return YH_OK;
	}
	if (yh_account_locked(cx, p, failed))
		return YH_OK;
	rc = yh_second_factor_load(cx->tx, &p->id, cx->arena, &f, err);
	if (rc == YH_OK && plain(code, text, sizeof text)) {
		int64_t step = step_of(&f, text);

		*recovery = strlen(text) > YH_OTP_CODE;
		digest = digest_of(&p->id, text);
		if (step >= 0)
			rc = yh_second_factor_spend(cx->tx, &p->id, step, &good, err);
		else if (*recovery)
			rc = yh_recovery_spend(cx->tx, &p->id, &digest, cx->now, &good, err);
	}
	explicit_bzero(f.key, sizeof f.key);
	if (rc != YH_OK || good)
		return rc;
	(void)yh_fail_field(failed, YH_FORBIDDEN, "code-wrong", "/code");
	return yh_account_failed(cx, p, "code", err);
}

const char *yh_factor_uri(struct yh_ctx *cx, const char *login, const struct yh_second_factor *f)
{
	char key[YH_OTP_KEY_TEXT], text[256];

	yh_otp_key_text(f->key, key);
	(void)snprintf(text, sizeof text,
		       "otpauth://totp/Yunheng:%s?secret=%s&issuer=Yunheng&algorithm=%s&digits=6"
		       "&period=%" PRId64,
		       login, key, f->kind == YH_OTP_SM3 ? "SM3" : "SHA1", yh_otp_step_s(f->kind));
	return yh_arena_strdup(cx->arena, text);
}

enum yh_rc yh_factor_enrol(struct yh_ctx *cx, enum yh_otp_kind kind, struct yh_second_factor *out,
			   struct yh_err *err)
{
	enum yh_rc rc = yh_session_need(cx, err);

	*out = (struct yh_second_factor){
		.person = cx->actor->person,
		.kind = kind,
		.made_at = cx->now,
	};
	yh_random(out->key, sizeof out->key);
	return rc == YH_OK ? yh_second_factor_put(cx->tx, out, cx->arena, err) : rc;
}

static enum yh_rc draw_codes(struct yh_ctx *cx, struct yh_recovery_codes *out, struct yh_err *err)
{
	const struct yh_id *me = &cx->actor->person;
	enum yh_rc rc = yh_recovery_forget(cx->tx, me, err);

	for (size_t i = 0; rc == YH_OK && i < YH_RECOVERY_CODES; i++) {
		char drawn[YH_TOKEN_TEXT];
		struct yh_sm3 digest;

		yh_token_new(drawn);
		drawn[16] = 0;
		digest = digest_of(me, drawn);
		(void)snprintf(out->text[i], sizeof out->text[i], "%.4s-%.4s-%.4s-%.4s", drawn,
			       drawn + 4, drawn + 8, drawn + 12);
		rc = yh_recovery_insert(cx->tx, me, &digest, cx->now, err);
	}
	return rc;
}

/* The session that asks is as good as one that was begun with the factor. */
static enum yh_rc prove_session(struct yh_ctx *cx, struct yh_err *err)
{
	struct yh_identity_terms t;
	enum yh_rc rc = yh_identity_terms(cx, &t, err);

	if (rc == YH_OK)
		rc = yh_tokens_end(cx->tx, &cx->actor->person, &cx->actor->token, cx->now, err);
	return rc == YH_OK ? yh_token_prove(cx->tx, &cx->actor->token,
					    cx->now + t.longest_hours * 3600 * YH_US_PER_S, err)
			   : rc;
}

enum yh_rc yh_factor_enrolled(struct yh_ctx *cx, const char *code, struct yh_recovery_codes *out,
			      struct yh_err *err)
{
	const struct yh_id *me = &cx->actor->person;
	struct yh_second_factor f = { 0 };
	char text[32] = "";
	bool first = false;
	int64_t step = -1;
	enum yh_rc rc = yh_session_need(cx, err);

	if (rc == YH_OK)
		rc = yh_db_lock(cx->tx, me, 1, err);
	if (rc == YH_OK)
		rc = yh_second_factor_load(cx->tx, me, cx->arena, &f, err);
	if (rc == YH_OK && f.confirmed_at)
		rc = yh_fail(err, YH_CONFLICT, "factor-there");
	if (rc == YH_OK && plain(code, text, sizeof text))
		step = step_of(&f, text);
	if (rc == YH_OK && step >= 0)
		rc = yh_second_factor_spend(cx->tx, me, step, &first, err);
	if (rc == YH_OK && !first)
		rc = yh_fail_field(err, YH_FORBIDDEN, "code-wrong", "/code");
	if (rc == YH_OK)
		rc = yh_second_factor_confirm(cx->tx, me, cx->now, err);
	if (rc == YH_OK)
		rc = prove_session(cx, err);
	if (rc == YH_OK)
		rc = draw_codes(cx, out, err);
	return rc == YH_OK ? yh_identity_record(cx, "factor.enrolled", "person", me,
						yh_otp_kind_name(f.kind), NULL, err)
			   : rc;
}

/* Whoever changes the factor shows it once more. */
static enum yh_rc check_own(struct yh_ctx *cx, const char *code, struct yh_err *failed,
			    struct yh_err *err)
{
	struct yh_person_row p;
	bool recovery;
	enum yh_rc rc = yh_session_need(cx, err);

	yh_err_clear(failed);
	if (rc == YH_OK)
		rc = yh_account_hold(cx, &cx->actor->person, &p, err);
	return rc == YH_OK ? yh_factor_check(cx, &p, code, &recovery, failed, err) : rc;
}

enum yh_rc yh_factor_renew(struct yh_ctx *cx, const char *code, struct yh_recovery_codes *out,
			   struct yh_err *failed, struct yh_err *err)
{
	enum yh_rc rc = check_own(cx, code, failed, err);

	if (rc != YH_OK || failed->rc != YH_OK)
		return rc;
	rc = draw_codes(cx, out, err);
	return rc == YH_OK ? yh_identity_record(cx, "factor.codes", "person", &cx->actor->person,
						NULL, NULL, err)
			   : rc;
}

enum yh_rc yh_factor_give_up(struct yh_ctx *cx, const char *code, struct yh_err *failed,
			     struct yh_err *err)
{
	const struct yh_id *me = &cx->actor->person;
	const char *roles;
	enum yh_rc rc = yh_factor_roles(cx, &roles, err);

	yh_err_clear(failed);
	if (rc == YH_OK && yh_factor_wanted(roles, cx->actor))
		rc = yh_fail(err, YH_FORBIDDEN, "factor-required");
	if (rc == YH_OK)
		rc = check_own(cx, code, failed, err);
	if (rc != YH_OK || failed->rc != YH_OK)
		return rc;
	rc = yh_second_factor_remove(cx->tx, me, err);
	return rc == YH_OK ? yh_identity_record(cx, "factor.removed", "person", me, NULL, NULL, err)
			   : rc;
}

enum yh_rc yh_factor_reset(struct yh_ctx *cx, const struct yh_id *person, const char *reason,
			   struct yh_err *err)
{
	static const struct yh_id none;
	enum yh_rc rc;

	if (yh_id_eq(person, &cx->actor->person))
		return yh_fail(err, YH_FORBIDDEN, "factor-own");
	rc = yh_second_factor_remove(cx->tx, person, err);
	if (rc == YH_OK)
		rc = yh_tokens_end(cx->tx, person, &none, cx->now, err);
	return rc == YH_OK
		       ? yh_identity_record(cx, "factor.reset", "person", person, NULL, reason, err)
		       : rc;
}
