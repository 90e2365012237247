/* Security events: what endangers the platform, until somebody took note of it. */
#include <string.h>

#include "api/api.h"
#include "api/list.h"
#include "services/audit/security.h"

struct security_in {
	struct yh_id event;
	const char *note;
	bool open;
};

#define AT(field) offsetof(struct security_in, field)
static const struct yh_field list_query[] = {
	{ "open", YH_F_BOOL, AT(open), 0, .about = "only those that nobody took note of" },
	{ 0 },
};
static const struct yh_field event_path[] = {
	{ "event", YH_F_ID, AT(event), YH_REQUIRED, .about = "the event's id" },
	{ 0 },
};
static const struct yh_field note_body[] = {
	{ "note", YH_F_LINE, AT(note), YH_REQUIRED, .max = 200, .about = "what was done about it" },
	{ 0 },
};

static void write_event(struct yh_req *rq, const void *row)
{
	const struct yh_security_row *s = row;
	struct yh_jw *w = rq->w;

	yh_jw_id(w, "id", &s->id);
	yh_list_word(rq, "kind", "security", s->kind);
	yh_jw_str(w, "subject", s->subject);
	yh_jw_str(w, "source", s->source);
	yh_jw_str(w, "detail", s->detail);
	yh_jw_int(w, "count", s->n);
	yh_jw_time(w, "first_at", s->first_at);
	yh_jw_time(w, "last_at", s->last_at);
	yh_jw_str(w, "noted_by", s->noted_login);
	yh_jw_time(w, "noted_at", s->noted_at);
	yh_jw_str(w, "note", s->note);
}

static const char *cursor_of(struct yh_req *rq, const void *row)
{
	return yh_cursor_of_id(rq, &((const struct yh_security_row *)row)->id);
}

static enum yh_rc list(struct yh_req *rq, const void *in, struct yh_err *err)
{
	struct yh_security_row *rows;
	struct yh_id before;
	size_t n;
	enum yh_rc rc = yh_cursor_id(rq, &before, err);

	if (rc == YH_OK)
		rc = yh_security_list(rq->cx.tx, ((const struct security_in *)in)->open, &before,
				      yh_list_ask(rq), rq->cx.arena, &rows, &n, err);
	if (rc == YH_OK)
		yh_list_page(rq, rows, n, sizeof *rows, write_event, cursor_of);
	return rc;
}

static enum yh_rc note(struct yh_req *rq, const void *in, struct yh_err *err)
{
	const struct security_in *s = in;
	struct yh_security_row row;
	enum yh_rc rc = yh_security_take_note(&rq->cx, &s->event, s->note, &row, err);

	if (rc == YH_OK)
		write_event(rq, &row);
	return rc;
}

static const struct yh_column columns[] = {
	YH_COL("事件", "EVENT", "kind_title"),
	YH_COL("对象", "SUBJECT", "subject"),
	YH_COL("来源", "SOURCE", "source"),
	YH_COL("次数", "COUNT", "count"),
	YH_COL("最近", "LAST", "last_at"),
	YH_COL("处置人", "NOTED BY", "noted_by"),
	YH_COL("编号", "ID", "id"),
	{ 0 },
};

#define IN sizeof(struct security_in)
static const struct yh_op ops[] = {
	{ "security.list", YH_GET, "/api/v1/security/events", "security.read", YH_OP_PAGED, NULL,
	  list_query, NULL, IN, list, columns, "安全事件，最新在前",
	  "Security events, newest first", .reply = "@SecurityEvent" },
	{ "security.note", YH_POST, "/api/v1/security/events/{event}/note", "security.note",
	  YH_OP_WRITE, event_path, NULL, note_body, IN, note, NULL, "登记安全事件的处置",
	  "Take note of a security event: what was done about it", .reply = "@SecurityEvent" },
};

static const struct yh_named_shape shapes[] = {
	{ "SecurityEvent",
	  "{id:id kind:brute-force|probing|many-refused|admin-granted|record-broken|closed-account "
	  "kind_title "
	  "subject source detail count:int first_at:time last_at:time noted_by "
	  "noted_at:time|null note}" },
	{ 0 },
};

const struct yh_op_table yh_ops_security = { ops, sizeof ops / sizeof ops[0], shapes };
