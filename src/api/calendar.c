/* One's deadlines as a calendar to subscribe to: its secret address, and what stands behind it. */
#include <pthread.h>
#include <stdio.h>
#include <string.h>

#include "api/api.h"
#include "api/case_names.h"
#include "base/digest.h"
#include "base/json.h"
#include "export/ical.h"
#include "services/identity/feed.h"
#include "services/lease/view.h"
#include "store/duty.h"
#include "store/feed.h"
#include "store/policy.h"

enum { STEPS_MOST = 500, LEASES_MOST = 200, DUTIES_MOST = 300, OVER_MOST = 200, OVER_DAYS = 30 };
enum { DAYS_MOST = STEPS_MOST + DUTIES_MOST + OVER_MOST + 2 * (LEASES_MOST + OVER_MOST) };
enum { TEXT_BYTES = 8192, EACH_MINUTE = 60, SOURCES = 1024 };

struct calendar_in {
	const char *file, *lang;
};

#define AT(field) offsetof(struct calendar_in, field)
static const struct yh_field feed_path[] = {
	{ "file", YH_F_CODE, AT(file), YH_REQUIRED | YH_SECRET, .max = 64,
	  .about = "the secret and .ics" },
	{ 0 },
};
static const struct yh_field feed_query[] = {
	{ "lang", YH_F_WORD, AT(lang), 0, .choices = "zh|en", .about = "of the texts; zh" },
	{ 0 },
};

/* Guessing is hopeless, and need not be cheap either: so many requests a minute from one address
 * (two that fall together share). */
static enum yh_rc admit(const char *source, struct yh_err *err)
{
	static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
	static struct {
		int64_t minute;
		unsigned n;
	} asked[SOURCES];
	struct yh_sm3 digest = yh_sm3_of(source, strlen(source));
	size_t at = (size_t)(digest.b[0] << 8 | digest.b[1]) % SOURCES;
	int64_t minute = yh_monotonic_ms() / 60000;
	unsigned n;

	(void)pthread_mutex_lock(&lock);
	if (asked[at].minute != minute)
		asked[at].n = 0;
	asked[at].minute = minute;
	n = ++asked[at].n;
	(void)pthread_mutex_unlock(&lock);
	if (n <= EACH_MINUTE)
		return YH_OK;
	(void)yh_fail(err, YH_BUSY, "feed-too-often");
	yh_err_int(err, "most", EACH_MINUTE);
	return YH_BUSY;
}

/* What is shown, as it is put together. */
struct feed {
	struct yh_req *rq;
	const char *lang;
	struct yh_ical_day *days;
	size_t n;
	yh_time since;       /* what was over before is not shown */
	int64_t years;       /* how many calendars have come, */
	yh_time newest_year; /* and when the last did */
};

static const char *say(const struct feed *f, const char *slug, json_t *figures)
{
	YH_JSON_AUTO own = figures;
	struct yh_buf text;
	const char *out;

	yh_buf_init(&text, TEXT_BYTES);
	if (f->rq->messages && own)
		yh_messages_fill(f->rq->messages, f->lang, slug, own, &text);
	out = yh_arena_strdup(f->rq->cx.arena,
			      text.len && yh_buf_ok(&text) ? yh_buf_text(&text) : slug);
	yh_buf_done(&text);
	return out;
}

static const char *in_lang(const struct feed *f, struct yh_text2 t)
{
	return strcmp(f->lang, "en") == 0 ? t.en : t.zh;
}

static yh_time later(yh_time a, yh_time b)
{
	return a > b ? a : b;
}

/* Over as a day that it was shown on: closed, or without a due day while its case is returned. */
static void add_step(struct feed *f, const struct yh_case_line *l)
{
	struct yh_text2 step = yh_view_step_title(f->rq, &l->pack, l->procedure, l->step);
	yh_day day = l->due_day == YH_DAY_NONE ? l->due_before : l->due_day;
	char id[YH_ID_TEXT];
	struct yh_ical_day *d = &f->days[f->n];

	if (day == YH_DAY_NONE)
		return;
	*d = (struct yh_ical_day){
		.uid = yh_arena_printf(f->rq->cx.arena, "%s@yunheng", yh_id_text(&l->step_id, id)),
		.day = day,
		.sequence = l->due_moves + (l->closed_at != 0),
		.tentative = l->provisional,
		.cancelled = l->closed_at || l->due_day == YH_DAY_NONE,
		.made_at = l->opened_at,
		.changed_at = later(l->opened_at, later(l->due_moved_at, l->closed_at)),
		.category = say(f, "calendar-steps", json_object()),
	};
	d->summary =
		say(f, "calendar-step",
		    json_pack("{s:s, s:s, s:s}", "what", in_lang(f, step), "case", l->no, "title",
			      yh_view_title(f->rq, &l->pack, l->procedure, l->label, l->title)));
	d->description = say(f, "calendar-step-more",
			     json_pack("{s:s, s:s, s:s}", "unit", l->unit_name, "body", l->org_name,
				       "article", l->article));
	f->n += d->uid && d->summary && d->description && d->category;
}

static void add_lease_day(struct feed *f, const struct yh_lease_view *v, const char *slug,
			  const char *part, const struct yh_ical_day *like)
{
	const struct yh_lease_line *l = &v->line;
	struct yh_ical_day *d = &f->days[f->n];
	char id[YH_ID_TEXT];

	*d = *like;
	d->uid = yh_arena_printf(f->rq->cx.arena, "%s-%s@yunheng", yh_id_text(&l->resource.id, id),
				 part);
	d->sequence += l->lease.seq + (l->lease.ended_at != 0);
	d->cancelled = d->cancelled || l->lease.ended_at;
	d->made_at = l->resource.opened_at;
	d->changed_at = later(d->changed_at, later(l->lease.made_at, l->lease.ended_at));
	d->category = say(f, "calendar-leases", json_object());
	d->summary =
		say(f, slug,
		    json_pack("{s:s, s:s}", "resource", l->resource.no, "name", l->resource.name));
	d->description = say(f, "calendar-lease-more",
			     json_pack("{s:s, s:s, s:s}", "project", l->project_code, "item",
				       l->item_name, "unit", l->unit_name));
	f->n += d->uid && d->summary && d->description && d->category;
}

/* The last day for an extension hangs on working days, and moves with every calendar. */
static void add_lease(struct feed *f, const struct yh_lease_view *v)
{
	const struct yh_ical_day end = { .day = v->line.lease.last };
	const struct yh_ical_day extend = { .day = v->ever.day,
					    .sequence = f->years,
					    .tentative = v->ever.provisional,
					    .cancelled = v->used_up,
					    .changed_at = v->used_up ? 0 : f->newest_year };

	add_lease_day(f, v, "calendar-lease-end", "end", &end);
	if (v->ever.possible && (!v->used_up || v->line.lease.made_at >= f->since))
		add_lease_day(f, v, "calendar-lease-extend", "extend", &extend);
}

static void add_duty(struct feed *f, const struct yh_pack *pack, const struct yh_duty_line *l)
{
	const struct yh_duty_row *r = &l->row;
	const struct yh_duty_kind *kind = pack ? yh_pack_duty(pack, r->kind) : NULL;
	struct yh_ical_day *d = &f->days[f->n];
	char id[YH_ID_TEXT];

	*d = (struct yh_ical_day){
		.uid = yh_arena_printf(f->rq->cx.arena, "%s@yunheng", yh_id_text(&r->id, id)),
		.day = r->due_day,
		.sequence = r->version,
		.made_at = r->laid_at,
		.changed_at = r->changed_at,
		.category = say(f, "calendar-duties", json_object()),
	};
	d->summary = say(f, "calendar-duty", json_pack("{s:s, s:s}", "what", r->what, "no", r->no));
	d->description =
		say(f, "calendar-duty-more",
		    json_pack("{s:s, s:s, s:s}", "kind", kind ? in_lang(f, kind->title) : r->kind,
			      "owner", l->owner_name, "article", r->article));
	f->n += d->uid && d->summary && d->description && d->category;
}

/* Of duties that come again every day only the next few matter; they are due first. What has been
 * overdue for long is on the list of duties, and leaves room for what is to come. */
static enum yh_rc collect_duties(struct feed *f, const struct yh_viewer *who, struct yh_err *err)
{
	const struct yh_duty_filter filter = { .kind = "",
					       .state = "",
					       .mine = true,
					       .open = true,
					       .overdue = YH_DAY_NONE,
					       .due_before = YH_DAY_NONE,
					       .due_from = who->today - OVER_DAYS,
					       .limit = DUTIES_MOST };
	const struct yh_law_book *law = f->rq->cx.world->law;
	struct yh_ctx *cx = &f->rq->cx;
	const struct yh_pack *pack = NULL;
	struct yh_duty_line *lines;
	size_t n = 0;
	enum yh_rc rc = yh_duty_page(cx->tx, who, &filter, cx->arena, &lines, &n, err);

	if (law->pack_on(law->self, who->today, &pack, NULL) != YH_OK)
		pack = NULL;
	for (size_t i = 0; rc == YH_OK && i < n; i++)
		add_duty(f, pack, &lines[i]);
	return rc;
}

static bool is_of(const struct yh_actor *a, const struct yh_id *org)
{
	for (size_t i = 0; i < a->n_grants; i++)
		if (yh_id_eq(&a->grants[i].org, org))
			return true;
	return false;
}

static enum yh_rc collect_steps(struct feed *f, const struct yh_viewer *who, bool over,
				struct yh_err *err)
{
	struct yh_ctx *cx = &f->rq->cx;
	struct yh_inbox_cursor from = { .due = INT64_MIN };
	struct yh_case_line *lines;
	size_t n = 0;
	enum yh_rc rc =
		over ? yh_inbox_closed(cx->tx, who, f->since, OVER_MOST, cx->arena, &lines, &n, err)
		     : yh_inbox(cx->tx, who, &from, STEPS_MOST, cx->arena, &lines, &n, err);

	for (size_t i = 0; rc == YH_OK && i < n; i++)
		add_step(f, &lines[i]);
	return rc;
}

static enum yh_rc collect_leases(struct feed *f, const struct yh_viewer *who, bool over,
				 struct yh_err *err)
{
	struct yh_ctx *cx = &f->rq->cx;
	struct yh_lease_filter filter = { .kind = "",
					  .ended = over,
					  .ended_since = over ? f->since : 0,
					  .until = YH_DAY_NONE,
					  .after_last = YH_DAY_NONE,
					  .after_no = "",
					  .limit = over ? OVER_MOST : LEASES_MOST };
	struct yh_lease_view *views;
	size_t n = 0;
	enum yh_rc rc = yh_lease_views(cx, who, &filter, &views, &n, err);

	for (size_t i = 0; rc == YH_OK && i < n; i++)
		if (is_of(cx->actor, &views[i].line.resource.unit))
			add_lease(f, &views[i]);
	return rc;
}

/* What is over stays a while, as cancelled: many a program keeps what is only left out. */
static enum yh_rc collect(struct feed *f, struct yh_err *err)
{
	struct yh_ctx *cx = &f->rq->cx;
	struct yh_viewer who = { .person = cx->actor->person, .today = yh_ctx_today(cx) };
	enum yh_rc rc = yh_year_count(cx->tx, &f->years, &f->newest_year, err);

	f->since = yh_day_start(who.today - OVER_DAYS);
	f->days = YH_NEW_N(cx->arena, struct yh_ical_day, DAYS_MOST);
	if (rc == YH_OK && !f->days)
		rc = yh_fail(err, YH_TOO_LARGE, "memory-short");
	for (int over = 0; rc == YH_OK && over < 2; over++)
		rc = collect_steps(f, &who, over, err);
	for (int over = 0; rc == YH_OK && over < 2; over++)
		rc = collect_leases(f, &who, over, err);
	return rc == YH_OK ? collect_duties(f, &who, err) : rc;
}

/* The secret in "SECRET.ics"; NULL: it is none. */
static const char *secret_of(const struct calendar_in *p, char out[YH_TOKEN_TEXT])
{
	size_t n = strlen(p->file);

	if (n != YH_TOKEN_TEXT - 1 + 4 || strcmp(p->file + n - 4, ".ics") != 0)
		return NULL;
	memcpy(out, p->file, YH_TOKEN_TEXT - 1);
	out[YH_TOKEN_TEXT - 1] = 0;
	return out;
}

static enum yh_rc feed(struct yh_req *rq, const void *in, struct yh_err *err)
{
	const struct calendar_in *p = in;
	struct feed f = { .rq = rq, .lang = p->lang ? p->lang : "zh" };
	char token[YH_TOKEN_TEXT], hex[YH_SM3_HEX];
	struct yh_actor *a;
	struct yh_sm3 digest;
	enum yh_rc rc = admit(rq->source, err);

	if (rc != YH_OK)
		return rc;
	if (!secret_of(p, token))
		return yh_fail(err, YH_NOT_FOUND, "feed-unknown");
	rc = yh_feed_open(&rq->cx, token, &a, err);
	if (rc != YH_OK)
		return rc;
	rq->cx.actor = a;
	rc = collect(&f, err);
	if (rc == YH_OK)
		rc = yh_ical_write(say(&f, "calendar-name", json_pack("{s:s}", "person", a->name)),
				   f.days, f.n, rq->w->buf, err);
	if (rc != YH_OK)
		return rc;
	digest = yh_sm3_of(yh_buf_text(rq->w->buf), rq->w->buf->len);
	(void)snprintf(rq->etag, sizeof rq->etag, "\"%.32s\"",
		       yh_hex(digest.b, sizeof digest.b, hex));
	rq->content_type = "text/calendar; charset=utf-8";
	return YH_OK;
}

static enum yh_rc show(struct yh_req *rq, const void *in, struct yh_err *err)
{
	yh_time made_at = 0;
	enum yh_rc rc = yh_feed_load(rq->cx.tx, &rq->cx.actor->person, &made_at, err);

	(void)in;
	if (rc != YH_OK)
		return rc;
	yh_jw_bool(rq->w, "subscribed", made_at != 0);
	yh_jw_time(rq->w, "made_at", made_at);
	return YH_OK;
}

static enum yh_rc renew(struct yh_req *rq, const void *in, struct yh_err *err)
{
	char token[YH_TOKEN_TEXT], path[80];
	enum yh_rc rc = yh_feed_renew(&rq->cx, token, err);

	(void)in;
	if (rc != YH_OK)
		return rc;
	rq->status = 201;
	(void)snprintf(path, sizeof path, "/api/v1/calendar/%s.ics", token);
	rq->once = true;
	yh_jw_str(rq->w, "path", path);
	return YH_OK;
}

static enum yh_rc revoke(struct yh_req *rq, const void *in, struct yh_err *err)
{
	(void)in;
	rq->status = 204;
	return yh_feed_revoke(&rq->cx, err);
}

#define IN sizeof(struct calendar_in)
static const struct yh_op ops[] = {
	{ "calendar.show", YH_GET, "/api/v1/account/calendar", NULL, 0, NULL, NULL, NULL, 0, show,
	  NULL, "本人是否订阅了期限日历", "Whether one has a calendar of one's deadlines",
	  .reply = "{subscribed:bool made_at:time|null}" },
	{ "calendar.renew", YH_POST, "/api/v1/account/calendar", NULL, YH_OP_WRITE, NULL, NULL,
	  NULL, 0, renew, NULL, "生成（或更换）本人期限日历的秘密地址，只显示一次",
	  "Make the secret address of one's calendar, or another; shown once", .reply = "{path}" },
	{ "calendar.revoke", YH_DELETE, "/api/v1/account/calendar", NULL, YH_OP_WRITE, NULL, NULL,
	  NULL, 0, revoke, NULL, "注销本人期限日历的地址", "End the address of one's calendar",
	  .reply = "none" },
	{ "calendar.feed", YH_GET, "/api/v1/calendar/{file}", NULL,
	  YH_OP_PUBLIC | YH_OP_RAW | YH_OP_SECRET, feed_path, feed_query, NULL, IN, feed, NULL,
	  "按秘密地址读取期限日历（iCalendar）", "Deadlines as iCalendar, by the secret address",
	  .reply = "text/calendar" },
};

const struct yh_op_table yh_ops_calendar = { ops, sizeof ops / sizeof ops[0] };
