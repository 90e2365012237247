/* What administrators do in twos, and the packs that are put in force so. */
#include "api/act.h"

#include <stdio.h>
#include <string.h>

#include "api/api.h"
#include "api/case_names.h"
#include "api/label.h"
#include "api/list.h"
#include "services/identity/acts.h"
#include "store/policy.h"

struct act_in {
	struct yh_id act;
	const char *state, *kind, *person, *outcome, *reason, *digest;
	struct yh_password_new made;
};

#define AT(field) offsetof(struct act_in, field)
#define STATES "waiting|done|refused|withdrawn|lapsed"
#define KINDS "grant|ungrant|handover|reset|reopen|factor|policy|clearance"
static const struct yh_field act_path[] = {
	{ "act", YH_F_ID, AT(act), YH_REQUIRED, .about = "the act's id" },
	{ 0 },
};
static const struct yh_field list_query[] = {
	{ "state", YH_F_WORD, AT(state), 0, .choices = STATES, .about = "state of the act" },
	{ "kind", YH_F_WORD, AT(kind), 0, .choices = KINDS, .about = "what it does" },
	{ "person", YH_F_CODE, AT(person), 0, .max = 64, .about = "whom it is about, login or id" },
	{ 0 },
};
static const struct yh_field answer_body[] = {
	{ "outcome", YH_F_WORD, AT(outcome), YH_REQUIRED, .choices = "confirm|refuse",
	  .about = "confirm carries it out" },
	{ "reason", YH_F_LINE, AT(reason), YH_REQUIRED, .max = 200, .about = "why" },
	{ 0 },
};
static const struct yh_field digest_path[] = {
	{ "digest", YH_F_CODE, AT(digest), YH_REQUIRED, .max = 64, .about = "the pack's SM3" },
	{ 0 },
};
static const struct yh_field enact_body[] = {
	{ "reason", YH_F_LINE, AT(reason), YH_REQUIRED, .max = 200,
	  .about = "why, for who confirms it" },
	{ 0 },
};

static void write_id(struct yh_req *rq, const char *key, const struct yh_id *id)
{
	if (yh_id_is_zero(id))
		yh_jw_str(rq->w, key, NULL);
	else
		yh_jw_id(rq->w, key, id);
}

static void write_digest(struct yh_req *rq, const char *key, const struct yh_sm3 *d)
{
	char hex[YH_SM3_HEX];

	yh_jw_str(rq->w, key, yh_hex(d->b, sizeof d->b, hex));
}

static void write_act(struct yh_req *rq, const void *row)
{
	const struct yh_act_row *a = row;
	struct yh_jw *w = rq->w;
	bool policy = strcmp(a->kind, "policy") == 0;

	yh_jw_id(w, "id", &a->id);
	yh_list_word(rq, "kind", "act-kind", a->kind);
	yh_list_word(rq, "state", "act", a->state);
	yh_jw_str(w, "person", a->person_login);
	yh_jw_str(w, "person_name", a->person_name);
	yh_jw_str(w, "taker", a->taker_login);
	yh_jw_str(w, "role", a->role);
	yh_list_titled(rq, "role", *a->role ? yh_view_role(rq, a->role) : "");
	yh_jw_str(w, "org", a->org_code);
	yh_jw_str(w, "org_name", a->org_name);
	yh_jw_str(w, "capacity", a->capacity);
	yh_list_titled(rq, "capacity",
		       *a->capacity ? yh_list_title(rq, "capacity", a->capacity) : "");
	yh_jw_day(w, "first_day", a->first_day);
	yh_jw_day(w, "last_day", a->last_day);
	yh_jw_str(w, "scope", a->scope);
	yh_jw_str(w, "label", a->label);
	yh_list_titled(rq, "label", yh_view_label_title(rq, a->label));
	write_id(rq, "grant", &a->grant);
	yh_jw_str(w, "pack", a->pack_name);
	if (policy)
		write_digest(rq, "digest", &a->digest);
	yh_jw_str(w, "reason", a->reason);
	yh_jw_str(w, "asked_by", a->asked_login);
	yh_jw_time(w, "asked_at", a->asked_at);
	yh_jw_time(w, "until", a->until_at);
	yh_jw_str(w, "ended_by", a->ended_login);
	yh_jw_time(w, "ended_at", a->ended_at);
	yh_jw_str(w, "answer", a->answer);
	yh_jw_str(w, "before", a->before);
	yh_jw_str(w, "after", a->after);
	yh_jw_bool(w, "yours", yh_id_eq(&a->asked_by, &rq->cx.actor->person));
	yh_jw_bool(w, "you_may", yh_act_may(&rq->cx, a));
}

enum yh_rc yh_api_act_ask(struct yh_req *rq, const struct yh_act_row *want, const char *key,
			  struct yh_err *err)
{
	struct yh_act_row ask = *want, act;
	enum yh_rc rc;

	ask.reason = ask.reason ? ask.reason : "";
	rc = yh_act_ask(&rq->cx, &ask, &act, err);
	if (rc != YH_OK)
		return rc;
	rq->status = 201;
	if (key)
		yh_jw_obj(rq->w, key);
	write_act(rq, &act);
	if (key)
		yh_jw_end_obj(rq->w);
	if (act.half) {
		rq->once = true;
		yh_jw_str(rq->w, "one_time_half", act.half);
	}
	return YH_OK;
}

static const char *cursor_of(struct yh_req *rq, const void *row)
{
	return yh_cursor_of_id(rq, &((const struct yh_act_row *)row)->id);
}

/* Who confirms packs and nothing else sees those. */
static enum yh_rc only_policy(const struct yh_req *rq, bool *only, struct yh_err *err)
{
	const char *manages = NULL, *audits = NULL;
	enum yh_rc rc = yh_req_relation(rq, "person.read", &manages, err);

	if (rc == YH_OK)
		rc = yh_req_relation(rq, "audit.read", &audits, err);
	*only = !manages && !audits;
	return rc;
}

static enum yh_rc list(struct yh_req *rq, const void *in, struct yh_err *err)
{
	const struct act_in *x = in;
	struct yh_act_filter f = { .state = x->state ? x->state : "",
				   .kind = x->kind ? x->kind : "",
				   .limit = yh_list_ask(rq) };
	struct yh_act_row *rows;
	bool only;
	size_t n;
	enum yh_rc rc = yh_cursor_id(rq, &f.before, err);

	if (rc == YH_OK)
		rc = yh_ref_opt(&rq->cx, yh_ref_person, x->person, "?person", &f.person, err);
	if (rc == YH_OK)
		rc = only_policy(rq, &only, err);
	if (rc == YH_OK && only)
		f.kind = "policy";
	if (rc == YH_OK)
		rc = yh_act_list(rq->cx.tx, &f, rq->cx.arena, &rows, &n, err);
	if (rc == YH_OK)
		yh_list_page(rq, rows, n, sizeof *rows, write_act, cursor_of);
	return rc;
}

static enum yh_rc show(struct yh_req *rq, const void *in, struct yh_err *err)
{
	struct yh_act_row row;
	bool only;
	enum yh_rc rc =
		yh_act_load(rq->cx.tx, &((const struct act_in *)in)->act, rq->cx.arena, &row, err);

	if (rc == YH_OK)
		rc = only_policy(rq, &only, err);
	if (rc == YH_OK && only && strcmp(row.kind, "policy") != 0)
		rc = yh_fail(err, YH_NOT_FOUND, "act-unknown");
	if (rc == YH_OK)
		write_act(rq, &row);
	return rc;
}

/* Hashing takes long, and is needed for passwords alone. */
static enum yh_rc prepare(struct yh_req *rq, void *in, struct yh_err *err)
{
	struct act_in *x = in;

	return strcmp(x->outcome, "confirm") == 0 ? yh_act_prepare(&rq->cx, &x->act, &x->made, err)
						  : YH_OK;
}

static enum yh_rc answer(struct yh_req *rq, const void *in, struct yh_err *err)
{
	const struct act_in *x = in;
	const struct yh_act_answer how = { .confirm = strcmp(x->outcome, "confirm") == 0,
					   .reason = x->reason,
					   .made = x->made.secret[0] ? &x->made : NULL };
	struct yh_act_row row;
	enum yh_rc rc = yh_act_answer(&rq->cx, &x->act, &how, &row, err);

	if (rc != YH_OK)
		return rc;
	write_act(rq, &row);
	if (row.half) {
		rq->once = true;
		yh_jw_str(rq->w, "one_time_half", row.half);
	}
	return YH_OK;
}

static enum yh_rc withdraw(struct yh_req *rq, const void *in, struct yh_err *err)
{
	struct yh_act_row row;
	enum yh_rc rc = yh_act_withdraw(&rq->cx, &((const struct act_in *)in)->act, &row, err);

	if (rc == YH_OK)
		write_act(rq, &row);
	return rc;
}

static enum yh_rc enact(struct yh_req *rq, const void *in, struct yh_err *err)
{
	const struct act_in *x = in;
	struct yh_act_row act = { .kind = "policy",
				  .reason = x->reason,
				  .first_day = YH_DAY_NONE,
				  .last_day = YH_DAY_NONE };

	if (strlen(x->digest) != 2 * YH_SM3_BYTES ||
	    !yh_unhex(x->digest, act.digest.b, YH_SM3_BYTES))
		return yh_fail(err, YH_NOT_FOUND, "pack-none");
	return yh_api_act_ask(rq, &act, NULL, err);
}

static void write_pack(struct yh_req *rq, const void *row)
{
	const struct yh_law_book *law = rq->cx.world->law;
	const struct yh_pack_row *p = row;
	const struct yh_pack *now;
	struct yh_sm3 digest = { { 0 } };

	if (law->pack_on(law->self, yh_ctx_today(&rq->cx), &now, NULL) == YH_OK)
		digest = yh_pack_digest(now);
	write_digest(rq, "digest", &p->digest);
	yh_jw_str(rq->w, "name", p->name);
	yh_jw_day(rq->w, "valid_from", p->valid_from);
	yh_jw_day(rq->w, "valid_to", p->valid_to);
	yh_jw_time(rq->w, "brought_at", p->installed_at);
	yh_jw_time(rq->w, "enacted_at", p->enacted_at);
	yh_jw_bool(rq->w, "in_force", memcmp(&digest, &p->digest, sizeof digest) == 0);
}

static enum yh_rc packs(struct yh_req *rq, const void *in, struct yh_err *err)
{
	struct yh_pack_row *rows;
	size_t n;
	enum yh_rc rc = yh_pack_heads(rq->cx.tx, rq->cx.arena, &rows, &n, err);

	(void)in;
	if (rc == YH_OK)
		yh_list_write(rq, "items", rows, n, sizeof *rows, write_pack);
	return rc;
}

static const struct yh_column columns[] = {
	YH_COL("事项", "ACT", "kind_title"),
	YH_COL_STATE,
	YH_COL("账户", "PERSON", "person"),
	YH_COL("角色", "ROLE", "role_title"),
	YH_COL("单位", "ORG", "org_name"),
	YH_COL("申请人", "ASKED BY", "asked_by"),
	YH_COL("申请时间", "ASKED", "asked_at"),
	YH_COL("答复人", "ANSWERED BY", "ended_by"),
	YH_COL("编号", "ID", "id"),
	{ 0 },
};
static const struct yh_column pack_columns[] = {
	YH_COL("政策包", "PACK", "name"),        YH_COL("生效中", "IN FORCE", "in_force"),
	YH_COL("装入", "BROUGHT", "brought_at"), YH_COL("施行", "ENACTED", "enacted_at"),
	YH_COL("摘要", "DIGEST", "digest"),      { 0 },
};

#define IN sizeof(struct act_in)
static const struct yh_op ops[] = {
	{ "act.list", YH_GET, "/api/v1/acts", "act.read", YH_OP_PAGED, NULL, list_query, NULL, IN,
	  list, columns, "管理事项（两人办理），最新在前",
	  "What administrators do in twos, newest first", .reply = "@Act" },
	{ "act.show", YH_GET, "/api/v1/acts/{act}", "act.read", 0, act_path, NULL, NULL, IN, show,
	  NULL, "查看一件管理事项", "Show one of them", .reply = "@Act" },
	{ "act.decide", YH_POST, "/api/v1/acts/{act}/decision", "act.read", YH_OP_WRITE, act_path,
	  NULL, answer_body, IN, answer, NULL, "确认或退回别人申请的管理事项",
	  "Confirm or refuse what another administrator asked for", prepare,
	  .reply = "{@Act one_time_half?}" },
	{ "act.withdraw", YH_POST, "/api/v1/acts/{act}/withdrawal", "act.read", YH_OP_WRITE,
	  act_path, NULL, NULL, IN, withdraw, NULL, "撤回自己申请的管理事项",
	  "Take back what one asked for", .reply = "@Act" },
	{ "policy.packs", YH_GET, "/api/v1/policy/packs", "policy.packs", 0, NULL, NULL, NULL, 0,
	  packs, pack_columns, "装入的政策包", "The packs that were brought in",
	  .reply = "{items:[{digest name valid_from:day valid_to:day|null brought_at:time "
		   "enacted_at:time|null in_force:bool}]}" },
	{ "policy.enact", YH_POST, "/api/v1/policy/packs/{digest}/enactment", "policy.enact",
	  YH_OP_WRITE, digest_path, NULL, enact_body, IN, enact, NULL,
	  "申请施行一个政策包（由主管部门确认）",
	  "Ask for a pack to be put in force; the authority confirms it", .reply = "@Act" },
};

static const struct yh_named_shape shapes[] = {
	{ "Act", "{id:id kind:" KINDS " kind_title state:" STATES " state_title person person_name "
		 "taker role role_title org org_name capacity capacity_title first_day:day|null "
		 "last_day:day|null scope label label_title grant:id|null pack digest? reason "
		 "asked_by asked_at:time "
		 "until:time ended_by ended_at:time|null answer before after yours:bool "
		 "you_may:bool}" },
	{ 0 },
};

const struct yh_op_table yh_ops_act = { ops, sizeof ops / sizeof ops[0], shapes };
