/* One's second factor: enrolling, recovery codes. */
#include <string.h>

#include "api/api.h"
#include "export/qr.h"
#include "services/identity/factor.h"

enum { QR_BYTES = 128 * 1024 };

struct factor_in {
	const char *code, *kind;
};
#define AT(field) offsetof(struct factor_in, field)
static const struct yh_field enrol_body[] = {
	{ "kind", YH_F_WORD, AT(kind), 0, .choices = "sha1|sm3",
	  .about =
		  "RFC 6238 as telephones have it (when absent), or GM/T 0021 of domestic tokens" },
	{ 0 },
};
static const struct yh_field confirm_body[] = {
	{ "code", YH_F_LINE, AT(code), YH_REQUIRED | YH_SECRET, .max = 16,
	  .about = "the code that the device shows now" },
	{ 0 },
};
static const struct yh_field code_body[] = {
	{ "code", YH_F_LINE, AT(code), YH_REQUIRED | YH_SECRET, .max = 40,
	  .about = "the code that one's device shows, or a recovery code" },
	{ 0 },
};

static enum yh_rc show(struct yh_req *rq, const void *in, struct yh_err *err)
{
	const struct yh_actor *a = rq->cx.actor;
	struct yh_second_factor f = { 0 };
	const char *roles = "";
	int64_t left = 0;
	bool there = false;
	enum yh_rc rc = yh_factor_roles(&rq->cx, &roles, err);

	(void)in;
	if (rc == YH_OK)
		rc = yh_recovery_left(rq->cx.tx, &a->person, &left, err);
	if (rc == YH_OK && a->has_factor) {
		rc = yh_second_factor_load(rq->cx.tx, &a->person, rq->cx.arena, &f, err);
		there = rc == YH_OK;
	}
	explicit_bzero(f.key, sizeof f.key);
	if (rc != YH_OK)
		return rc;
	yh_jw_bool(rq->w, "enrolled", there);
	yh_jw_bool(rq->w, "required", yh_factor_wanted(roles, a));
	yh_jw_str(rq->w, "kind", there ? yh_otp_kind_name(f.kind) : NULL);
	yh_jw_time(rq->w, "confirmed_at", f.confirmed_at);
	yh_jw_int(rq->w, "recovery_codes_left", left);
	return YH_OK;
}

static enum yh_rc write_key(struct yh_req *rq, const struct yh_second_factor *f, struct yh_err *err)
{
	const char *uri = yh_factor_uri(&rq->cx, rq->cx.actor->login, f);
	char key[YH_OTP_KEY_TEXT];
	struct yh_buf svg;
	enum yh_rc rc;

	if (!uri)
		return yh_fail(err, YH_TOO_LARGE, "memory-short");
	yh_buf_init(&svg, QR_BYTES);
	rc = yh_qr_svg(uri, &svg, err);
	if (rc == YH_OK) {
		yh_otp_key_text(f->key, key);
		yh_jw_str(rq->w, "kind", yh_otp_kind_name(f->kind));
		yh_jw_str(rq->w, "key", key);
		yh_jw_str(rq->w, "uri", uri);
		yh_jw_str(rq->w, "qr_svg", yh_buf_text(&svg));
	}
	yh_buf_done(&svg);
	return rc;
}

static enum yh_rc enrol(struct yh_req *rq, const void *in, struct yh_err *err)
{
	const struct factor_in *q = in;
	enum yh_otp_kind kind = YH_OTP_SHA1;
	struct yh_second_factor f;
	enum yh_rc rc;

	(void)yh_otp_kind_parse(q->kind ? q->kind : "sha1", &kind);
	rc = yh_factor_enrol(&rq->cx, kind, &f, err);
	rq->once = true;
	if (rc == YH_OK)
		rc = write_key(rq, &f, err);
	explicit_bzero(f.key, sizeof f.key);
	return rc;
}

static void write_codes(struct yh_req *rq, const struct yh_recovery_codes *codes)
{
	rq->once = true;
	yh_jw_arr(rq->w, "recovery_codes");
	for (size_t i = 0; i < YH_RECOVERY_CODES; i++)
		yh_jw_str(rq->w, NULL, codes->text[i]);
	yh_jw_end_arr(rq->w);
}

static enum yh_rc confirm(struct yh_req *rq, const void *in, struct yh_err *err)
{
	struct yh_recovery_codes codes;
	enum yh_rc rc =
		yh_factor_enrolled(&rq->cx, ((const struct factor_in *)in)->code, &codes, err);

	if (rc == YH_OK)
		write_codes(rq, &codes);
	return rc;
}

static enum yh_rc renew(struct yh_req *rq, const void *in, struct yh_err *err)
{
	struct yh_recovery_codes codes;
	enum yh_rc rc = yh_factor_renew(&rq->cx, ((const struct factor_in *)in)->code, &codes,
					&rq->refused, err);

	if (rc == YH_OK && rq->refused.rc == YH_OK)
		write_codes(rq, &codes);
	return rc;
}

static enum yh_rc give_up(struct yh_req *rq, const void *in, struct yh_err *err)
{
	return yh_factor_give_up(&rq->cx, ((const struct factor_in *)in)->code, &rq->refused, err);
}

#define IN sizeof(struct factor_in)
#define PATH "/api/v1/account/second-factor"
static const struct yh_op ops[] = {
	{ "second-factor.show", YH_GET, PATH, NULL, 0, NULL, NULL, NULL, 0, show, NULL,
	  "本人第二因素的状态", "How one's second factor stands",
	  .reply = "{enrolled:bool required:bool kind:sha1|sm3|null confirmed_at:time|null "
		   "recovery_codes_left:int}" },
	{ "second-factor.enrol", YH_POST, PATH, NULL, YH_OP_WRITE | YH_OP_SIGN_IN, NULL, NULL,
	  enrol_body, IN, enrol, NULL, "登记第二因素：取得密钥与二维码",
	  "Enrol a second factor: a key and its QR code",
	  .reply = "{kind:sha1|sm3 key uri qr_svg}" },
	{ "second-factor.confirm", YH_POST, PATH "/confirm", NULL, YH_OP_WRITE | YH_OP_SIGN_IN,
	  NULL, NULL, confirm_body, IN, confirm, NULL, "以动态口令确认登记，恢复码只显示一次",
	  "Confirm it by a code; the recovery codes are shown once",
	  .reply = "{recovery_codes:[text]}" },
	{ "second-factor.renew", YH_POST, PATH "/recovery", NULL, YH_OP_WRITE | YH_OP_SIGN_IN, NULL,
	  NULL, code_body, IN, renew, NULL, "换发恢复码",
	  "New recovery codes in place of those before", .reply = "{recovery_codes:[text]}" },
	{ "second-factor.remove", YH_POST, PATH "/remove", NULL, YH_OP_WRITE | YH_OP_SIGN_IN, NULL,
	  NULL, code_body, IN, give_up, NULL, "停用本人第二因素", "Give up one's second factor",
	  .reply = "{}" },
};

const struct yh_op_table yh_ops_factor = { ops, sizeof ops / sizeof ops[0] };
