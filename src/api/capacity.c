/* Planned, built, allocated and used by cloud and dimension (Art. 8), and when it will be used up.
 */
#include <math.h>
#include <string.h>

#include "api/api.h"
#include "api/city.h"
#include "api/list.h"
#include "api/settle_view.h"
#include "base/num.h"
#include "services/overview/capacity.h"

struct capacity_in {
	const char *cloud, *dimension;
	int64_t year;
};

#define AT(field) offsetof(struct capacity_in, field)
enum { YEAR_LEAST = 2000, YEAR_MOST = 2199, SHOWN_AHEAD = 12 };
static const struct yh_field compare_query[] = {
	{ "year", YH_F_INT, AT(year), 0, YEAR_LEAST, YEAR_MOST,
	  .about = "the present when absent" },
	{ "cloud", YH_F_CODE, AT(cloud), 0, .max = 64, .about = "only this cloud, code or id" },
	{ "dimension", YH_F_CODE, AT(dimension), 0, .max = 31, .about = "only this dimension" },
	{ 0 },
};
static const struct yh_field forecast_query[] = {
	{ "cloud", YH_F_CODE, AT(cloud), YH_REQUIRED, .max = 64, .about = "cloud, code or id" },
	{ "dimension", YH_F_CODE, AT(dimension), YH_REQUIRED, .max = 31, .about = "dimension" },
	{ 0 },
};

struct looking {
	const struct capacity_in *in;
	struct yh_capacity c;
};

static enum yh_rc gather(struct yh_req *rq, void *arg, struct yh_err *err)
{
	struct looking *l = arg;
	struct yh_id only = { { 0 } };
	struct yh_platform_cloud *all;
	size_t n;
	enum yh_rc rc = yh_ref_opt(&rq->cx, yh_ref_cloud, l->in->cloud, "?cloud", &only, err);

	if (rc == YH_OK)
		rc = yh_platform_clouds(rq->cx.tx, rq->cx.arena, &all, &n, err);
	l->c = (struct yh_capacity){
		.year = l->in->year ? (int)l->in->year : yh_date_of(yh_ctx_today(&rq->cx)).year,
		.clouds = rc == YH_OK ? all : NULL,
	};
	for (size_t i = 0; rc == YH_OK && i < n; i++) {
		bool seen = false;

		if (yh_id_is_zero(&only) || yh_id_eq(&only, &all[i].row.id))
			rc = yh_city_sees(rq, all[i].row.district, &seen, err);
		if (seen)
			all[l->c.n_clouds++] = all[i];
	}
	if (rc == YH_OK && l->c.n_clouds == 0 && l->in->cloud)
		return yh_fail(err, YH_FORBIDDEN, "meter-cloud-other");
	return rc == YH_OK && l->c.n_clouds ? yh_capacity_gather(&rq->cx, &l->c, err) : rc;
}

static enum yh_rc look(struct yh_req *rq, struct looking *l, struct yh_err *err)
{
	enum yh_rc rc = yh_req_read(rq, gather, l, err);

	return rc == YH_OK && l->c.n_clouds
		       ? yh_capacity_judge(rq->cx.world, &l->c, rq->cx.now, rq->cx.arena, err)
		       : rc;
}

/* ---- what is suggested, in words ---- */

static void milli_or_null(struct yh_req *rq, const char *key, int64_t milli)
{
	if (milli == YH_CAPACITY_NONE)
		yh_jw_null(rq->w, key);
	else
		yh_jw_milli(rq->w, key, milli);
}

static void say(struct yh_req *rq, const char *key, const char *slug, json_t *figures)
{
	yh_list_say(rq, key, slug, figures);
	json_decref(figures);
}

static int64_t percent(double part, double whole)
{
	return whole > 0 ? (int64_t)(part / whole * 100) : 0;
}

static void suggest(struct yh_req *rq, const char *slug, json_t *figures)
{
	yh_jw_obj(rq->w, NULL);
	yh_jw_str(rq->w, "slug", slug);
	say(rq, "title", slug, figures);
	yh_jw_end_obj(rq->w);
}

static void write_lender(struct yh_req *rq, const struct yh_capacity_line *l)
{
	char quantity[YH_SCALED_TEXT];

	suggest(rq, "capacity-lend",
		json_pack("{s:s, s:s, s:s}", "cloud", l->lender->cloud->row.name, "quantity",
			  yh_scaled_text(l->lent_milli, 3, quantity), "dimension",
			  yh_list_title(rq, "dimension", l->dim)));
}

static void write_hints(struct yh_req *rq, const struct yh_capacity_line *l)
{
	double allocated = (double)l->allocated_milli, against = (double)l->against_milli;

	yh_jw_arr(rq->w, "suggestions");
	if (l->hints & YH_CAPACITY_TIGHT)
		suggest(rq, "capacity-tight",
			json_pack("{s:I}", "percent", (json_int_t)percent(allocated, against)));
	if (l->lender)
		write_lender(rq, l);
	if (l->hints & YH_CAPACITY_SLACK)
		suggest(rq, "capacity-slack",
			json_pack("{s:I}", "percent", (json_int_t)percent(allocated, against)));
	if (l->hints & YH_CAPACITY_IDLE)
		suggest(rq, "capacity-idle",
			json_pack("{s:I}", "percent",
				  (json_int_t)percent(l->used * 1000, allocated)));
	if (l->hints & YH_CAPACITY_BEHIND)
		suggest(rq, "capacity-behind",
			json_pack("{s:I}", "percent",
				  (json_int_t)percent((double)l->built_milli,
						      (double)l->planned_milli)));
	yh_jw_end_arr(rq->w);
}

/* ---- the forecast ---- */

static const char *month_text(const struct yh_capacity *c, int months, char out[16])
{
	struct yh_date d = yh_date_of(yh_capacity_month(c->last_month, months));

	(void)snprintf(out, 16, "%04d-%02d", d.year, d.month);
	return out;
}

static void write_reach(struct yh_req *rq, const struct yh_capacity *c, const char *key, int months)
{
	char text[16];

	yh_jw_str(rq->w, key, months < 0 ? NULL : month_text(c, months, text));
}

static const char *forecast_slug(const struct yh_capacity_line *l)
{
	if (!l->fitted)
		return "capacity-forecast-few";
	if (l->against == YH_AGAINST_NONE)
		return "capacity-forecast-unknown";
	if (l->reach.expected == 0)
		return "capacity-forecast-now";
	if (l->reach.earliest < 0)
		return "capacity-forecast-none";
	if (l->reach.expected < 0)
		return "capacity-forecast-maybe";
	return l->reach.latest < 0 ? "capacity-forecast-open" : "capacity-forecast-known";
}

static void say_forecast(struct yh_req *rq, const struct yh_capacity *c,
			 const struct yh_capacity_line *l)
{
	char expected[16], earliest[16], latest[16];

	if (!c->now) {
		yh_jw_null(rq->w, "forecast");
		return;
	}
	say(rq, "forecast", forecast_slug(l),
	    json_pack("{s:I, s:I, s:I, s:I, s:s, s:s, s:s}", "months", (json_int_t)l->n_figures,
		      "least", (json_int_t)YH_FORECAST_LEAST, "ahead", (json_int_t)c->terms.ahead,
		      "band", (json_int_t)c->terms.band, "expected",
		      month_text(c, l->reach.expected, expected), "earliest",
		      month_text(c, l->reach.earliest, earliest), "latest",
		      month_text(c, l->reach.latest, latest)));
}

/* ---- a line ---- */

static const char *against_of(const struct yh_capacity_line *l)
{
	static const char *const words[] = { NULL, "built", "metered", "planned" };

	return words[l->against];
}

static void write_amounts(struct yh_req *rq, const struct yh_capacity_line *l)
{
	bool both = l->against != YH_AGAINST_NONE && l->allocated_milli != YH_CAPACITY_NONE;

	milli_or_null(rq, "planned", l->planned_milli);
	milli_or_null(rq, "built", l->built_milli);
	milli_or_null(rq, "allocated", l->allocated_milli);
	yh_city_real(rq->w, "used", l->used);
	yh_jw_str(rq->w, "used_of",
		  isnan(l->used)     ? NULL
		  : l->used_of_hosts ? "hosts"
				     : "platform");
	yh_city_real(rq->w, "metered", l->metered);
	yh_jw_str(rq->w, "against", against_of(l));
	if (both)
		yh_jw_milli(rq->w, "free", l->against_milli - l->allocated_milli);
	else
		yh_jw_null(rq->w, "free");
	yh_city_ratio(rq->w, "share", both ? (double)l->allocated_milli : NAN,
		      both ? (double)l->against_milli : 0);
	yh_city_ratio(rq->w, "use", l->used * 1000, (double)l->allocated_milli);
}

static void write_head(struct yh_req *rq, const struct yh_capacity_line *l)
{
	yh_jw_str(rq->w, "cloud", l->cloud->row.code);
	yh_jw_str(rq->w, "cloud_name", l->cloud->row.name);
	yh_list_word(rq, "level", "level", l->cloud->row.level);
	yh_jw_str(rq->w, "district", l->cloud->row.district);
	yh_list_word(rq, "dimension", "dimension", l->dim);
	write_amounts(rq, l);
}

struct shown {
	const struct yh_capacity *c;
	const struct yh_capacity_line *line;
};

static void write_line(struct yh_req *rq, const void *row)
{
	const struct shown *s = row;
	const struct yh_capacity_line *l = s->line;

	write_head(rq, l);
	write_hints(rq, l);
	if (l->fitted)
		yh_jw_real(rq->w, "rise", l->forecast.rise);
	else
		yh_jw_null(rq->w, "rise");
	write_reach(rq, s->c, "expected", l->reach.expected);
	write_reach(rq, s->c, "earliest", l->reach.earliest);
	write_reach(rq, s->c, "latest", l->reach.latest);
	say_forecast(rq, s->c, l);
}

/* "YH/vcpu": no cloud's code has a slash. */
static const char *line_cursor(struct yh_req *rq, const void *row)
{
	const struct yh_capacity_line *l = ((const struct shown *)row)->line;

	return yh_arena_printf(rq->cx.arena, "%s/%s", l->cloud->row.code, l->dim);
}

static bool behind_cursor(const struct yh_req *rq, const struct yh_capacity_line *l)
{
	size_t lead = strcspn(rq->cursor, "/");
	size_t len = strlen(l->cloud->row.code);
	int cmp = strncmp(l->cloud->row.code, rq->cursor, lead);

	cmp = cmp ? cmp : (len > lead) - (len < lead);
	return cmp ? cmp > 0 : strcmp(l->dim, rq->cursor + lead + 1) > 0;
}

static void write_terms(struct yh_req *rq, const struct yh_capacity *c)
{
	const struct yh_capacity_terms *t = &c->terms;

	yh_jw_int(rq->w, "year", c->year);
	yh_jw_day(rq->w, "day", c->day);
	yh_jw_obj(rq->w, "terms");
	yh_jw_int(rq->w, "high", t->high);
	yh_jw_int(rq->w, "low", t->low);
	yh_jw_int(rq->w, "idle", t->idle);
	yh_jw_int(rq->w, "behind", t->behind);
	yh_jw_int(rq->w, "months", t->months);
	yh_jw_int(rq->w, "ahead", t->ahead);
	yh_jw_int(rq->w, "band", t->band);
	yh_jw_end_obj(rq->w);
	say(rq, "note", "capacity-note", json_object());
}

static enum yh_rc compare(struct yh_req *rq, const void *in, struct yh_err *err)
{
	struct looking l = { .in = in };
	struct shown *shown;
	size_t n = 0;
	enum yh_rc rc;

	if (rq->cursor[0] && !strchr(rq->cursor, '/'))
		return yh_fail_field(err, YH_BAD_INPUT, "cursor-invalid", "?cursor");
	rc = look(rq, &l, err);
	if (rc != YH_OK)
		return rc;
	shown = YH_NEW_N(rq->cx.arena, struct shown, l.c.n + 1);
	if (!shown)
		return yh_fail(err, YH_TOO_LARGE, "memory-short");
	for (size_t i = 0; i < l.c.n && n < yh_list_ask(rq); i++) {
		const struct yh_capacity_line *line = &l.c.lines[i];

		if ((!l.in->dimension || strcmp(line->dim, l.in->dimension) == 0) &&
		    (!rq->cursor[0] || behind_cursor(rq, line)))
			shown[n++] = (struct shown){ &l.c, line };
	}
	write_terms(rq, &l.c);
	yh_list_page(rq, shown, n, sizeof *shown, write_line, line_cursor);
	return YH_OK;
}

/* ---- one dimension of a cloud, as a curve ---- */

static void write_months(struct yh_req *rq, const struct yh_capacity *c,
			 const struct yh_capacity_line *l)
{
	char text[16];

	yh_jw_arr(rq->w, "figures");
	for (size_t i = 0; i < l->n_figures; i++) {
		yh_jw_obj(rq->w, NULL);
		yh_jw_str(rq->w, "month", month_text(c, (int)i + 1 - (int)l->n_figures, text));
		yh_jw_real(rq->w, "allocated", l->figures[i]);
		yh_jw_end_obj(rq->w);
	}
	yh_jw_end_arr(rq->w);
}

static void write_ahead(struct yh_req *rq, const struct yh_capacity *c,
			const struct yh_capacity_line *l)
{
	int most = l->reach.latest > 0 ? l->reach.latest + 1 : SHOWN_AHEAD;
	char text[16];

	most = most < SHOWN_AHEAD ? SHOWN_AHEAD : most;
	yh_jw_arr(rq->w, "months_ahead");
	for (int m = 1; l->fitted && m <= most && m <= (int)c->terms.ahead; m++) {
		struct yh_forecast_at at = yh_forecast_at(&l->forecast, m);

		yh_jw_obj(rq->w, NULL);
		yh_jw_str(rq->w, "month", month_text(c, m, text));
		yh_jw_real(rq->w, "expected", at.expected);
		yh_jw_real(rq->w, "low", at.low);
		yh_jw_real(rq->w, "high", at.high);
		yh_jw_end_obj(rq->w);
	}
	yh_jw_end_arr(rq->w);
}

static enum yh_rc forecast(struct yh_req *rq, const void *in, struct yh_err *err)
{
	struct looking l = { .in = in };
	const struct yh_capacity_line *line = NULL;
	enum yh_rc rc = look(rq, &l, err);

	for (size_t i = 0; rc == YH_OK && i < l.c.n; i++)
		if (strcmp(l.c.lines[i].dim, l.in->dimension) == 0)
			line = &l.c.lines[i];
	if (rc == YH_OK && !line)
		rc = yh_fail_field(err, YH_NOT_FOUND, "dimension-unknown", "?dimension");
	if (rc != YH_OK)
		return rc;
	write_line(rq, &(struct shown){ &l.c, line });
	milli_or_null(rq, "capacity",
		      line->against == YH_AGAINST_NONE ? YH_CAPACITY_NONE : line->against_milli);
	if (line->fitted)
		yh_jw_real(rq->w, "error", line->forecast.error);
	else
		yh_jw_null(rq->w, "error");
	write_months(rq, &l.c, line);
	write_ahead(rq, &l.c, line);
	write_terms(rq, &l.c);
	return YH_OK;
}

static const struct yh_column columns[] = {
	YH_COL("政务云", "CLOUD", "cloud_name"),
	YH_COL_DIMENSION,
	YH_COL("规划", "PLANNED", "planned"),
	YH_COL("建成", "BUILT", "built"),
	YH_COL("已分配", "ALLOCATED", "allocated"),
	YH_COL("使用", "USED", "used"),
	YH_COL("分配率", "SHARE", "share"),
	YH_COL("统筹提示", "SUGGESTIONS", "suggestions"),
	YH_COL("用尽预测", "FORECAST", "forecast"),
	{ 0 },
};

#define TERMS                                                                                      \
	"year:int day:day terms:{high:int low:int idle:int behind:int months:int ahead:int "       \
	"band:int} note"

static const struct yh_op ops[] = {
	{ "capacity.compare", YH_GET, "/api/v1/capacity", "capacity.read",
	  YH_OP_PAGED | YH_OP_ASIDE, NULL, compare_query, NULL, sizeof(struct capacity_in), compare,
	  columns, "各云各维度的规划、建成、分配与使用并列，失衡提示与用尽预测",
	  "Planned, built, allocated and used by cloud and dimension, with suggestions and a "
	  "forecast",
	  .reply = "{@CapacityLine} + {" TERMS "}" },
	{ "capacity.forecast", YH_GET, "/api/v1/capacity/forecast", "capacity.read", YH_OP_ASIDE,
	  NULL, forecast_query, NULL, sizeof(struct capacity_in), forecast, NULL,
	  "一朵云一个维度的分配曲线与用尽预测（按月变化量的均值与预测区间）",
	  "A cloud's allocation of a dimension by month, and where it leads: the mean of the "
	  "monthly changes with a prediction interval",
	  .reply = "{@CapacityLine capacity:num|null error:real|null figures:[{month "
		   "allocated:real}] months_ahead:[{month expected:real low:real high:real}] " TERMS
		   "}" },
};

const struct yh_op_table yh_ops_capacity = { ops, sizeof ops / sizeof ops[0] };
