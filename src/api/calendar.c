/* One's deadlines as a calendar to subscribe to: its secret address, and what stands behind it. */
#include <pthread.h>
#include <stdio.h>
#include <string.h>

#include "api/api.h"
#include "api/case_view.h"
#include "base/digest.h"
#include "base/json.h"
#include "export/ical.h"
#include "services/identity/feed.h"
#include "services/lease/view.h"
#include "store/feed.h"

enum { STEPS_MOST = 500, LEASES_MOST = 200, TEXT_BYTES = 8192, EACH_MINUTE = 60, SOURCES = 1024 };

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

/* Told due days move later only (T4), and then the number grows. */
static int64_t days_since(yh_time from, yh_day day)
{
	int64_t n = day - yh_day_of(from);

	return n > 0 ? n : 0;
}

static void add_step(struct feed *f, const struct yh_case_line *l)
{
	struct yh_text2 step = yh_view_step_title(f->rq, &l->pack, l->procedure, l->step);
	char id[YH_ID_TEXT];
	struct yh_ical_day *d = &f->days[f->n];

	if (l->due_day == YH_DAY_NONE)
		return;
	*d = (struct yh_ical_day){
		.uid = yh_arena_printf(f->rq->cx.arena, "%s@yunheng", yh_id_text(&l->step_id, id)),
		.day = l->due_day,
		.sequence = days_since(l->opened_at, l->due_day),
		.tentative = l->provisional,
		.changed_at = l->opened_at,
		.category = say(f, "calendar-steps", json_object()),
	};
	d->summary = say(f, "calendar-step",
			 json_pack("{s:s, s:s, s:s}", "what", in_lang(f, step), "case", l->no,
				   "title", l->title));
	d->description = say(f, "calendar-step-more",
			     json_pack("{s:s, s:s, s:s}", "unit", l->unit_name, "body", l->org_name,
				       "article", l->article));
	f->n += d->uid && d->summary && d->description && d->category;
}

static void add_lease_day(struct feed *f, const struct yh_lease_view *v, const char *slug,
			  const char *part, yh_day day, bool tentative)
{
	const struct yh_lease_line *l = &v->line;
	struct yh_ical_day *d = &f->days[f->n];
	char id[YH_ID_TEXT];

	*d = (struct yh_ical_day){
		.uid = yh_arena_printf(f->rq->cx.arena, "%s-%s@yunheng",
				       yh_id_text(&l->resource.id, id), part),
		.day = day,
		.sequence = day > l->lease.first ? day - l->lease.first : 0,
		.tentative = tentative,
		.changed_at = l->lease.made_at,
		.category = say(f, "calendar-leases", json_object()),
	};
	d->summary =
		say(f, slug,
		    json_pack("{s:s, s:s}", "resource", l->resource.no, "name", l->resource.name));
	d->description = say(f, "calendar-lease-more",
			     json_pack("{s:s, s:s, s:s}", "project", l->project_code, "item",
				       l->item_name, "unit", l->unit_name));
	f->n += d->uid && d->summary && d->description && d->category;
}

static bool is_of(const struct yh_actor *a, const struct yh_id *org)
{
	for (size_t i = 0; i < a->n_grants; i++)
		if (yh_id_eq(&a->grants[i].org, org))
			return true;
	return false;
}

static enum yh_rc collect(struct feed *f, struct yh_err *err)
{
	struct yh_ctx *cx = &f->rq->cx;
	struct yh_viewer who = { .person = cx->actor->person, .today = yh_ctx_today(cx) };
	struct yh_inbox_cursor from = { .due = INT64_MIN };
	struct yh_lease_filter filter = { .kind = "",
					  .until = YH_DAY_NONE,
					  .after_last = YH_DAY_NONE,
					  .after_no = "",
					  .limit = LEASES_MOST };
	struct yh_case_line *steps;
	struct yh_lease_view *leases = NULL;
	size_t n_steps = 0, n_leases = 0;
	enum yh_rc rc = yh_inbox(cx->tx, &who, &from, STEPS_MOST, cx->arena, &steps, &n_steps, err);

	if (rc == YH_OK)
		rc = yh_lease_views(cx, &who, &filter, &leases, &n_leases, err);
	f->days = YH_NEW_N(cx->arena, struct yh_ical_day, n_steps + 2 * n_leases + 1);
	if (rc == YH_OK && !f->days)
		rc = yh_fail(err, YH_TOO_LARGE, "memory-short");
	for (size_t i = 0; rc == YH_OK && i < n_steps; i++)
		add_step(f, &steps[i]);
	for (size_t i = 0; rc == YH_OK && i < n_leases; i++) {
		const struct yh_lease_view *v = &leases[i];

		if (!is_of(cx->actor, &v->line.resource.unit))
			continue;
		add_lease_day(f, v, "calendar-lease-end", "end", v->line.lease.last, false);
		if (v->by.possible)
			add_lease_day(f, v, "calendar-lease-extend", "extend", v->by.day,
				      v->by.provisional);
	}
	return rc;
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
	  NULL, "本人是否订阅了期限日历", "Whether one has a calendar of one's deadlines" },
	{ "calendar.renew", YH_POST, "/api/v1/account/calendar", NULL, YH_OP_WRITE, NULL, NULL,
	  NULL, 0, renew, NULL, "生成（或更换）本人期限日历的秘密地址，只显示一次",
	  "Make the secret address of one's calendar, or another; shown once" },
	{ "calendar.revoke", YH_DELETE, "/api/v1/account/calendar", NULL, YH_OP_WRITE, NULL, NULL,
	  NULL, 0, revoke, NULL, "注销本人期限日历的地址", "End the address of one's calendar" },
	{ "calendar.feed", YH_GET, "/api/v1/calendar/{file}", NULL,
	  YH_OP_PUBLIC | YH_OP_RAW | YH_OP_SECRET, feed_path, feed_query, NULL, IN, feed, NULL,
	  "按秘密地址读取期限日历（iCalendar）", "Deadlines as iCalendar, by the secret address" },
};

const struct yh_op_table yh_ops_calendar = { ops, sizeof ops / sizeof ops[0] };
