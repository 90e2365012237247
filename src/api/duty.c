/* Duties: what somebody owes by a day. They are laid and done by cases. */
#include <stdlib.h>
#include <string.h>

#include "api/api.h"
#include "api/case_names.h"
#include "api/list.h"
#include "law/deadline.h"
#include "services/ledger/ledger.h"
#include "services/project/project.h"
#include "store/duty.h"

struct duty_in {
	const char *duty, *kind, *state, *cloud, *org, *project, *record, *laid_by;
	struct yh_id info_system;
	yh_day due_from, due_before;
	bool mine, open, overdue;
};

#define AT(field) offsetof(struct duty_in, field)
static const struct yh_field list_query[] = {
	{ "mine", YH_F_BOOL, AT(mine), 0, .about = "only what one owes in a role one holds" },
	{ "open", YH_F_BOOL, AT(open), 0, .about = "only what is not ended" },
	{ "overdue", YH_F_BOOL, AT(overdue), 0, .about = "only what is open and past its day" },
	{ "kind", YH_F_CODE, AT(kind), 0, .max = 31, .about = "only of this kind" },
	{ "state", YH_F_WORD, AT(state), 0, .choices = "open|reported|done|waived|missed",
	  .about = "only in this state" },
	{ "due_from", YH_F_DAY, AT(due_from), 0, .about = "only what is due on this day or later" },
	{ "due_before", YH_F_DAY, AT(due_before), 0, .about = "only what is due before this day" },
	{ "cloud", YH_F_CODE, AT(cloud), 0, .max = 64, .about = "only on this cloud, code or id" },
	{ "org", YH_F_CODE, AT(org), 0, .max = 64,
	  .about = "only owed by, or about, this organisation" },
	{ "project", YH_F_CODE, AT(project), 0, .max = 127, .about = "only about this project" },
	{ "record", YH_F_CODE, AT(record), 0, .max = 64, .about = "only about this record" },
	{ "system", YH_F_ID, AT(info_system), 0, .about = "only about this system, by id" },
	{ "case", YH_F_CODE, AT(laid_by), 0, .max = 64, .about = "only laid by this case" },
	{ 0 },
};
static const struct yh_field duty_path[] = {
	{ "duty", YH_F_CODE, AT(duty), YH_REQUIRED, .max = 64, .about = "number or id" },
	{ 0 },
};

static const struct yh_pack *todays_pack(const struct yh_req *rq)
{
	const struct yh_law_book *law = rq->cx.world->law;
	const struct yh_pack *pack = NULL;

	return law->pack_on(law->self, yh_ctx_today(&rq->cx), &pack, NULL) == YH_OK ? pack : NULL;
}

static const struct yh_duty_kind *kind_of(const struct yh_req *rq, const char *id)
{
	const struct yh_pack *pack = todays_pack(rq);

	return pack ? yh_pack_duty(pack, id) : NULL;
}

static const char *or_null(const char *text)
{
	return text[0] ? text : NULL;
}

static int64_t workdays_left(const struct yh_req *rq, yh_day due)
{
	const struct yh_law_book *law = rq->cx.world->law;

	return yh_workdays_left(law->calendar(law->self), yh_ctx_today(&rq->cx), due);
}

/* What time laid has its kind's words, which are said in the language asked for. */
static const char *what_of(const struct yh_duty_row *d, const struct yh_duty_kind *kind,
			   const struct yh_speech *s)
{
	return kind && strcmp(d->what, kind->title.zh) == 0 ? yh_say_text(s, kind->title) : d->what;
}

static void write_duty(struct yh_req *rq, const void *row)
{
	const struct yh_duty_line *l = row;
	const struct yh_duty_row *d = &l->row;
	const struct yh_duty_kind *kind = kind_of(rq, d->kind);
	struct yh_speech s = yh_list_speech(rq, NULL);
	bool open = d->ended_at == 0;

	yh_jw_id(rq->w, "id", &d->id);
	yh_jw_str(rq->w, "no", d->no);
	yh_jw_str(rq->w, "kind", d->kind);
	yh_jw_str(rq->w, "kind_title", kind ? yh_say_text(&s, kind->title) : d->kind);
	yh_jw_str(rq->w, "article", d->article);
	yh_jw_str(rq->w, "what", what_of(d, kind, &s));
	yh_list_word(rq, "state", "duty", d->state);
	yh_jw_bool(rq->w, "overdue", open && d->due_day < yh_ctx_today(&rq->cx));
	yh_jw_str(rq->w, "owner_role", d->owner_role);
	yh_jw_str(rq->w, "owner_role_title", yh_view_role(rq, d->owner_role));
	yh_jw_str(rq->w, "owner", l->owner_code);
	yh_jw_str(rq->w, "owner_name", l->owner_name);
	yh_jw_str(rq->w, "cloud", l->cloud_code);
	yh_jw_str(rq->w, "org", or_null(l->org_code));
	yh_jw_str(rq->w, "org_name", or_null(l->org_name));
	yh_jw_str(rq->w, "project", or_null(l->project_code));
	yh_jw_str(rq->w, "project_name", or_null(l->project_name));
	yh_jw_str(rq->w, "system", or_null(l->system_code));
	yh_jw_str(rq->w, "system_name", or_null(l->system_name));
	yh_jw_str(rq->w, "record", or_null(l->record_no));
	yh_jw_str(rq->w, "record_title", or_null(l->record_title));
	yh_jw_str(rq->w, "laid_by", or_null(l->laid_no));
	yh_jw_str(rq->w, "done_by", or_null(l->done_no));
	yh_jw_str(rq->w, "reason", or_null(d->reason));
	yh_jw_day(rq->w, "from", d->from_day);
	yh_jw_day(rq->w, "due", d->due_day);
	yh_jw_int(rq->w, "workdays_left", workdays_left(rq, d->due_day));
	yh_jw_time(rq->w, "laid_at", d->laid_at);
	yh_jw_time(rq->w, "ended_at", d->ended_at);
	yh_jw_int(rq->w, "version", d->version);
}

static const char *cursor(struct yh_req *rq, const void *row)
{
	const struct yh_duty_line *l = row;

	return yh_cursor_of_day(rq, l->row.due_day, &l->row.id);
}

static enum yh_rc narrow(struct yh_req *rq, const struct duty_in *i, struct yh_duty_filter *f,
			 struct yh_err *err)
{
	const struct yh_scope asked = { i->org, i->cloud, i->project };
	enum yh_rc rc = yh_ref_scope(&rq->cx, &asked, &f->org, &f->cloud, &f->project, err);

	if (rc == YH_OK && i->record)
		rc = yh_subject_by_no(rq->cx.tx, &yh_subject_kinds[YH_SUBJECT_record], i->record,
				      &f->record, err);
	if (rc == YH_OK)
		rc = yh_ref_opt(&rq->cx, yh_ref_case, i->laid_by, "?case", &f->laid_by, err);
	return rc;
}

static enum yh_rc list(struct yh_req *rq, const void *in, struct yh_err *err)
{
	const struct duty_in *i = in;
	struct yh_viewer who = yh_viewer_of(&rq->cx, rq->relation);
	struct yh_duty_filter f = { .kind = i->kind ? i->kind : "",
				    .state = i->state ? i->state : "",
				    .info_system = i->info_system,
				    .mine = i->mine,
				    .open = i->open,
				    .overdue = i->overdue ? who.today : YH_DAY_NONE,
				    .due_from = i->due_from,
				    .due_before = i->due_before,
				    .limit = yh_list_ask(rq) };
	struct yh_duty_line *rows;
	size_t n;
	enum yh_rc rc = yh_cursor_day(rq, &f.after_due, &f.after, err);

	if (rc == YH_OK)
		rc = narrow(rq, i, &f, err);
	if (rc == YH_OK)
		rc = yh_duty_page(rq->cx.tx, &who, &f, rq->cx.arena, &rows, &n, err);
	if (rc == YH_OK)
		yh_list_page(rq, rows, n, sizeof *rows, write_duty, cursor);
	return rc;
}

/* By which procedures it is done, as far as the actor may begin them. */
static void write_procedures(struct yh_req *rq, const char *kind)
{
	const struct yh_pack *pack = todays_pack(rq);
	struct yh_speech s = yh_list_speech(rq, pack);
	size_t n = 0;
	const struct yh_procedure *all = pack ? yh_pack_procedures(pack, &n) : NULL;

	yh_jw_arr(rq->w, "procedures");
	for (size_t i = 0; i < n; i++) {
		if (!all[i].duty || strcmp(all[i].duty->id, kind) != 0 ||
		    !yh_may_begin(rq->cx.actor, &all[i]))
			continue;
		yh_jw_obj(rq->w, NULL);
		yh_jw_str(rq->w, "procedure", all[i].name);
		yh_jw_str(rq->w, "title", yh_say_text(&s, all[i].title));
		yh_jw_end_obj(rq->w);
	}
	yh_jw_end_arr(rq->w);
}

static enum yh_rc show(struct yh_req *rq, const void *in, struct yh_err *err)
{
	const struct duty_in *i = in;
	struct yh_viewer who = yh_viewer_of(&rq->cx, rq->relation);
	struct yh_duty_filter f = { .kind = "",
				    .state = "",
				    .overdue = YH_DAY_NONE,
				    .due_from = YH_DAY_NONE,
				    .due_before = YH_DAY_NONE,
				    .limit = 1 };
	struct yh_duty_line *rows;
	size_t n = 0;
	enum yh_rc rc = yh_subject_by_no(rq->cx.tx, &yh_subject_kinds[YH_SUBJECT_duty], i->duty,
					 &f.id, err);

	if (rc == YH_OK && !yh_id_is_zero(&f.id))
		rc = yh_duty_page(rq->cx.tx, &who, &f, rq->cx.arena, &rows, &n, err);
	if (rc == YH_OK && n == 0)
		rc = yh_fail(err, YH_NOT_FOUND, "duty-unknown");
	if (rc != YH_OK)
		return rc;
	yh_req_etag(rq, rows->row.version);
	write_duty(rq, rows);
	write_procedures(rq, rows->row.kind);
	return YH_OK;
}

static enum yh_rc kinds(struct yh_req *rq, const void *in, struct yh_err *err)
{
	const struct yh_pack *pack = todays_pack(rq);
	struct yh_speech s = yh_list_speech(rq, pack);
	size_t n = 0;
	const struct yh_duty_kind *all = pack ? yh_pack_duties(pack, &n) : NULL;

	(void)in;
	(void)err;
	yh_jw_arr(rq->w, "items");
	for (size_t i = 0; i < n; i++) {
		yh_jw_obj(rq->w, NULL);
		yh_jw_str(rq->w, "kind", all[i].id);
		yh_jw_str(rq->w, "title", yh_say_text(&s, all[i].title));
		yh_jw_str(rq->w, "article", all[i].article);
		yh_jw_str(rq->w, "about", yh_duty_abouts[all[i].about]);
		yh_jw_str(rq->w, "owner_role", all[i].owner);
		yh_jw_str(rq->w, "owner_role_title", yh_view_role(rq, all[i].owner));
		yh_jw_bool(rq->w, "again", all[i].every.n > 0);
		yh_jw_bool(rq->w, "evidence", all[i].evidence);
		yh_jw_bool(rq->w, "missed", all[i].missed);
		yh_jw_end_obj(rq->w);
	}
	yh_jw_end_arr(rq->w);
	return YH_OK;
}

static const struct yh_column kind_columns[] = {
	YH_COL("类别", "KIND", "kind"),
	YH_COL_TITLE,
	YH_COL("责任方", "OWNER", "owner_role_title"),
	YH_COL_ARTICLE,
	{ 0 },
};
static const struct yh_column columns[] = {
	YH_COL("编号", "NO", "no"),
	YH_COL("责任事项", "DUTY", "what"),
	YH_COL("类别", "KIND", "kind_title"),
	YH_COL("责任单位", "OWNER", "owner_name"),
	YH_COL("期限", "DUE", "due"),
	YH_COL("状态", "STATE", "state_title"),
	YH_COL("逾期", "OVERDUE", "overdue"),
	YH_COL_ARTICLE,
	{ 0 },
};

#define IN sizeof(struct duty_in)
static const struct yh_op ops[] = {
	{ "duty.list", YH_GET, "/api/v1/duties", "duty.read", YH_OP_PAGED, NULL, list_query, NULL,
	  IN, list, columns, "责任事项，先到期的在前", "Duties, what is due first in front",
	  .reply = "@Duty" },
	{ "duty.kinds", YH_GET, "/api/v1/duty-kinds", "duty.read", 0, NULL, NULL, NULL, 0, kinds,
	  kind_columns, "责任事项的类别", "The kinds of duties that the pack knows",
	  .reply = "{items:[{kind title article about owner_role owner_role_title again:bool "
		   "evidence:bool missed:bool}]}" },
	{ "duty.show", YH_GET, "/api/v1/duties/{duty}", "duty.read", 0, duty_path, NULL, NULL, IN,
	  show, NULL, "一项责任事项", "A duty, and by which procedures it is done",
	  .reply = "{@Duty procedures:[{procedure title}]}" },
};

static const struct yh_named_shape shapes[] = {
	{ "Duty", "{id:id no kind kind_title article what state:open|reported|done|waived|missed "
		  "state_title overdue:bool owner_role owner_role_title owner owner_name cloud "
		  "org:text|null "
		  "org_name:text|null project:text|null project_name:text|null system:text|null "
		  "system_name:text|null record:text|null record_title:text|null laid_by:text|null "
		  "done_by:text|null reason:text|null from:day due:day workdays_left:int "
		  "laid_at:time ended_at:time|null "
		  "version:int}" },
	{ 0 },
};

const struct yh_op_table yh_ops_duty = { ops, sizeof ops / sizeof ops[0], shapes };
