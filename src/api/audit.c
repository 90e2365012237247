/* The audit record, for those who may read it. */
#include <stdio.h>

#include <string.h>

#include "api/api.h"
#include "api/case_view.h"
#include "api/label.h"
#include "api/list.h"
#include "services/audit/check.h"
#include "store/paper.h"

struct audit_in {
	struct yh_id check;
	const char *person, *kind, *subject;
	yh_day from, to;
};

#define AT(field) offsetof(struct audit_in, field)
static const struct yh_field list_query[] = {
	{ "person", YH_F_CODE, AT(person), 0, .max = 64, .about = "who did it, login or id" },
	{ "kind", YH_F_CODE, AT(kind), 0, .max = 47,
	  .about = "what was done, as audit.kinds has it" },
	{ "subject", YH_F_CODE, AT(subject), 0, .max = 127,
	  .about = "what it was done to: a case, resource, project, organisation or account by "
		   "number, "
		   "code or login, or anything by id" },
	{ "from", YH_F_DAY, AT(from), 0, .about = "on this day or later" },
	{ "to", YH_F_DAY, AT(to), 0, .about = "on this day or earlier" },
	{ 0 },
};

static const struct yh_field check_fields[] = {
	{ "check", YH_F_ID, AT(check), YH_REQUIRED, .about = "the verification's id" },
	{ 0 },
};

static const char *cursor_of(struct yh_req *rq, const void *row)
{
	const struct yh_story_line *l = row;

	return yh_arena_printf(rq->cx.arena, "%lld_%lld", (long long)l->at, (long long)l->pos);
}

static enum yh_rc read_cursor(const struct yh_req *rq, struct yh_event_filter *f,
			      struct yh_err *err)
{
	long long at, pos;
	char rest;

	if (!rq->cursor[0])
		return YH_OK;
	if (sscanf(rq->cursor, "%18lld_%18lld%c", &at, &pos, &rest) != 2 || at <= 0 || pos <= 0)
		return yh_fail_field(err, YH_BAD_INPUT, "cursor-invalid", "?cursor");
	f->before_at = at;
	f->before_pos = pos;
	return YH_OK;
}

/* Anything that has a number or a code of its own; an id stands for whatever it is of. */
static enum yh_rc subject_of(struct yh_ctx *cx, const char *text, struct yh_id *out,
			     struct yh_err *err)
{
	static const yh_ref_fn refs[] = { yh_ref_case, yh_ref_resource, yh_ref_project, yh_ref_org,
					  yh_ref_person };
	struct yh_err why = { 0 };
	enum yh_rc rc = yh_id_parse(text, out, NULL);

	for (size_t i = 0; rc != YH_OK && i < sizeof refs / sizeof refs[0]; i++) {
		why = (struct yh_err){ 0 };
		rc = refs[i](cx, text, out, &why);
		if (rc != YH_OK && rc != YH_NOT_FOUND) {
			*err = why;
			return rc;
		}
	}
	return rc == YH_OK ? rc
			   : yh_fail_field(err, YH_BAD_INPUT, "audit-subject-unknown", "?subject");
}

static enum yh_rc filter_of(struct yh_req *rq, const struct audit_in *a, struct yh_event_filter *f,
			    struct yh_err *err)
{
	enum yh_rc rc;

	*f = (struct yh_event_filter){
		.kind = a->kind ? a->kind : "",
		.from = a->from == YH_DAY_NONE ? 0 : yh_day_start(a->from),
		.to = a->to == YH_DAY_NONE ? INT64_MAX : yh_day_start(a->to + 1),
		.limit = yh_list_ask(rq),
	};
	rc = read_cursor(rq, f, err);
	if (rc == YH_OK)
		rc = yh_ref_opt(&rq->cx, yh_ref_person, a->person, "?person", &f->person, err);
	return rc == YH_OK && a->subject ? subject_of(&rq->cx, a->subject, &f->subject, err) : rc;
}

/* Events of earlier programs have the heading of a paper for their reason. */
static bool has_heading(const struct yh_story_line *l)
{
	return strcmp(l->kind, "paper.issued") == 0 && l->reason[0];
}

static bool opens(struct yh_req *rq, const struct yh_id *paper)
{
	struct yh_paper_row p;

	return yh_paper_load(rq->cx.tx, paper, rq->cx.arena, &p, NULL) == YH_OK &&
	       !yh_view_is_withheld(rq, p.label);
}

/* From which address is for who reads the record alone. */
static void write_event(struct yh_req *rq, const void *row)
{
	struct yh_story_line l = *(const struct yh_story_line *)row;

	if (has_heading(&l) && !opens(rq, &l.object_id))
		l.reason = "";
	if (l.procedure[0] && yh_view_is_marked(rq, l.procedure, l.label))
		yh_view_hush(&l);
	yh_view_event(rq, &l);
	yh_jw_str(rq->w, "source", l.source);
	if (l.procedure[0])
		yh_view_mark(rq, l.procedure, l.label);
}

static enum yh_rc list(struct yh_req *rq, const void *in, struct yh_err *err)
{
	struct yh_event_filter f;
	struct yh_story_line *rows;
	size_t n;
	enum yh_rc rc = filter_of(rq, in, &f, err);

	if (rc == YH_OK)
		rc = yh_event_page(rq->cx.tx, &f, rq->cx.arena, &rows, &n, err);
	if (rc == YH_OK)
		yh_list_page(rq, rows, n, sizeof *rows, write_event, cursor_of);
	return rc;
}

static void write_kind(struct yh_req *rq, const void *row)
{
	yh_list_word(rq, "kind", "event", *(const char *const *)row);
}

static enum yh_rc kinds(struct yh_req *rq, const void *in, struct yh_err *err)
{
	const char **list;
	size_t n;
	enum yh_rc rc = yh_event_kinds(rq->cx.tx, rq->cx.arena, &list, &n, err);

	(void)in;
	if (rc == YH_OK)
		yh_list_write(rq, "items", list, n, sizeof *list, write_kind);
	return rc;
}

static void write_check(struct yh_req *rq, const struct yh_audit_check_row *c)
{
	struct yh_jw *w = rq->w;
	char hex[YH_SM3_HEX];
	bool ended = c->ended_at != 0;

	yh_jw_id(w, "id", &c->id);
	yh_list_word(rq, "state", "audit-check", c->state);
	yh_jw_time(w, "asked_at", c->asked_at);
	yh_jw_time(w, "ended_at", c->ended_at);
	yh_jw_int(w, "records", c->records);
	yh_jw_int(w, "unsealed", c->unsealed);
	yh_jw_int(w, "grants", c->grants);
	yh_jw_int(w, "position", c->pos);
	yh_jw_str(w, "head", ended ? yh_hex(c->chain.b, sizeof c->chain.b, hex) : NULL);
	yh_list_word(rq, "what", "audit-broken", c->what);
	yh_jw_int(w, "broken_position", c->broken_pos);
	yh_jw_str(w, "broken_kind", c->broken_kind);
}

static const char *check_path(struct yh_req *rq, const struct yh_id *id)
{
	char text[YH_ID_TEXT];

	return yh_arena_printf(rq->cx.arena, "/api/v1/audit/checks/%s", yh_id_text(id, text));
}

static enum yh_rc ask_check(struct yh_req *rq, const void *in, struct yh_err *err)
{
	struct yh_id id;
	enum yh_rc rc = yh_audit_check_ask(&rq->cx, &id, err);

	(void)in;
	if (rc != YH_OK)
		return rc;
	rq->status = 202;
	rq->location = check_path(rq, &id);
	yh_jw_id(rq->w, "id", &id);
	yh_jw_str(rq->w, "state", "asked");
	yh_jw_str(rq->w, "wait", rq->location);
	return YH_OK;
}

static enum yh_rc show_check(struct yh_req *rq, const void *in, struct yh_err *err)
{
	struct yh_audit_check_row row;
	enum yh_rc rc = yh_audit_check_load(rq->cx.tx, &((const struct audit_in *)in)->check,
					    rq->cx.arena, &row, err);

	if (rc != YH_OK)
		return rc;
	write_check(rq, &row);
	if (row.ended_at)
		yh_jw_str(rq->w, "result", "/api/v1/audit/integrity");
	return YH_OK;
}

static void write_head(struct yh_req *rq, const char *key, const struct yh_checkpoint *c)
{
	char hex[YH_SM3_HEX];

	yh_jw_obj(rq->w, key);
	yh_jw_int(rq->w, "position", c->pos);
	yh_jw_str(rq->w, "digest", c->pos ? yh_hex(c->chain.b, sizeof c->chain.b, hex) : NULL);
	yh_jw_time(rq->w, "at", c->at);
	yh_jw_end_obj(rq->w);
}

static enum yh_rc integrity(struct yh_req *rq, const void *in, struct yh_err *err)
{
	struct yh_integrity now;
	enum yh_rc rc = yh_integrity_now(&rq->cx, &now, err);

	(void)in;
	if (rc != YH_OK)
		return rc;
	if (now.checked) {
		yh_jw_obj(rq->w, "last");
		write_check(rq, &now.last);
		yh_jw_end_obj(rq->w);
	} else {
		yh_jw_str(rq->w, "last", NULL);
	}
	write_head(rq, "head", &now.head);
	write_head(rq, "checkpoint", &now.signed_at);
	if (now.sent >= 0)
		yh_jw_int(rq->w, "sent", now.sent);
	else
		yh_jw_str(rq->w, "sent", NULL);
	return YH_OK;
}

static const struct yh_column columns[] = { YH_COL("序号", "POSITION", "position"),
					    YH_COLS_EVENT,
					    { 0 } };
static const struct yh_column kind_columns[] = { YH_COL("事项", "EVENT", "kind"),
						 YH_COL("名称", "TITLE", "kind_title"),
						 { 0 } };

static const struct yh_op ops[] = {
	{ "audit.list", YH_GET, "/api/v1/audit/events", "audit.read", YH_OP_PAGED, NULL, list_query,
	  NULL, sizeof(struct audit_in), list, columns, "审计记录，最新在前",
	  "The sealed audit record, newest first",
	  .reply = "{@Event source label? label_title? withheld?:bool}" },
	{ "audit.kinds", YH_GET, "/api/v1/audit/kinds", "audit.read", 0, NULL, NULL, NULL, 0, kinds,
	  kind_columns, "审计记录中有哪些事项", "The kinds of events that the record has",
	  .reply = "{items:[{kind kind_title}]}" },
	{ "audit.check", YH_POST, "/api/v1/audit/checks", "audit.check", YH_OP_WRITE | YH_OP_LATER,
	  NULL, NULL, NULL, 0, ask_check, NULL, "核验审计记录和授权表是否完好",
	  "Verify that the record and the table of rights are intact",
	  .reply = "{id:id state wait}" },
	{ "audit.checked", YH_GET, "/api/v1/audit/checks/{check}", "audit.read", 0, check_fields,
	  NULL, NULL, sizeof(struct audit_in), show_check, NULL, "一次核验的进展和结果",
	  "How a verification goes, or went", .reply = "{@AuditRun result?}" },
	{ "audit.integrity", YH_GET, "/api/v1/audit/integrity", "audit.read", 0, NULL, NULL, NULL,
	  0, integrity, NULL, "审计记录是否完好：最近一次核验、链头和检查点",
	  "Is the record intact? The last verification, the head of the chain, the checkpoint",
	  .reply = "{last:@AuditRun|null head:@AuditHead checkpoint:@AuditHead sent:int|null}" },
};

static const struct yh_named_shape shapes[] = {
	{ "AuditRun", "{id:id state:asked|intact|broken state_title asked_at:time "
		      "ended_at:time|null records:int unsealed:int grants:int position:int "
		      "head:text|null what what_title broken_position:int broken_kind}" },
	{ "AuditHead", "{position:int digest:text|null at:time|null}" },
	{ 0 },
};

const struct yh_op_table yh_ops_audit = { ops, sizeof ops / sizeof ops[0], shapes };
