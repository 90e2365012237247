/* Capacity by cloud and dimension: gathered, compared, forecast. */
#include "services/overview/capacity.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/num.h"
#include "services/overview/capacity_used.h"
#include "store/ledger.h"

enum { MONTHS_USUAL = 24, AHEAD_USUAL = 36, BAND_USUAL = 95, LINES_MOST = 4096 };
#define DAY_MS INT64_C(86400000)

static int64_t term(const struct yh_pack *pack, const char *key, int64_t usual, int64_t least,
		    int64_t most)
{
	const struct yh_param *p = yh_pack_param(pack, key);
	int64_t value = p && p->kind == YH_P_INT ? p->num : usual;

	return value < least ? least : value > most ? most : value;
}

static struct yh_capacity_terms terms_of(const struct yh_pack *pack)
{
	return (struct yh_capacity_terms){
		.high = term(pack, "capacity.high", 0, 0, 1000),
		.low = term(pack, "capacity.low", 0, 0, 1000),
		.idle = term(pack, "capacity.idle", 0, 0, 1000),
		.behind = term(pack, "capacity.behind", 0, 0, 1000),
		.months = term(pack, "capacity.months", MONTHS_USUAL, 1, YH_FORECAST_MOST),
		.ahead = term(pack, "capacity.ahead", AHEAD_USUAL, 1, YH_FORECAST_MOST),
		.band = term(pack, "capacity.band", BAND_USUAL, 1, 99),
	};
}

/* ---- lines ---- */

static const struct yh_platform_cloud *cloud_of(const struct yh_capacity *c, const struct yh_id *id)
{
	for (size_t i = 0; i < c->n_clouds; i++)
		if (yh_id_eq(&c->clouds[i].row.id, id))
			return &c->clouds[i];
	return NULL;
}

/* The line of a cloud and a dimension, begun when there is none; NULL and the failure beyond the
 * arena. They lie in one array that is made large enough once. */
static struct yh_capacity_line *line_of(struct yh_capacity *c,
					const struct yh_platform_cloud *cloud, const char *dim,
					struct yh_arena *arena)
{
	struct yh_capacity_line *l;

	for (size_t i = 0; i < c->n; i++)
		if (c->lines[i].cloud == cloud && strcmp(c->lines[i].dim, dim) == 0)
			return &c->lines[i];
	if (c->n == LINES_MOST)
		return NULL;
	l = &c->lines[c->n];
	*l = (struct yh_capacity_line){ .cloud = cloud,
					.dim = yh_arena_strdup(arena, dim),
					.planned_milli = YH_CAPACITY_NONE,
					.built_milli = YH_CAPACITY_NONE,
					.allocated_milli = YH_CAPACITY_NONE,
					.metered = NAN,
					.used = NAN,
					.reach = { -1, -1, -1 } };
	c->n += l->dim != NULL;
	return l->dim ? l : NULL;
}

static void add_to(int64_t *sum, int64_t more)
{
	int64_t base = *sum == YH_CAPACITY_NONE ? 0 : *sum;

	*sum = more > INT64_MAX - base ? INT64_MAX : base + more;
}

static enum yh_rc add_plans(struct yh_ctx *cx, struct yh_capacity *c, const struct yh_register *reg,
			    struct yh_err *err)
{
	struct yh_ledger_quantity *q;
	size_t n;
	enum yh_rc rc = yh_ledger_quantities(cx->tx, reg->id, c->day, c->day < yh_ctx_today(cx),
					     cx->arena, &q, &n, err);

	for (size_t i = 0; rc == YH_OK && i < n; i++) {
		const struct yh_platform_cloud *cloud = cloud_of(c, &q[i].cloud);
		bool planned = reg->planned && strcmp(q[i].line, reg->planned) == 0;
		bool built = reg->built && strcmp(q[i].line, reg->built) == 0;
		struct yh_capacity_line *l;

		if (!cloud || (!planned && !built))
			continue;
		l = line_of(c, cloud, q[i].dimension, cx->arena);
		if (!l)
			return yh_fail(err, YH_TOO_LARGE, "memory-short");
		add_to(planned ? &l->planned_milli : &l->built_milli, q[i].qty_milli);
	}
	return rc;
}

static yh_day first_of(yh_day day)
{
	struct yh_date d = yh_date_of(day);

	d.day = 1;
	return yh_day_from_date(d);
}

yh_day yh_capacity_month(yh_day month, int64_t on)
{
	struct yh_date d = yh_date_of(month);
	int at = d.year * 12 + d.month - 1 + (int)on;

	return yh_day_from_date((struct yh_date){ at / 12, at % 12 + 1, 1 });
}

static int32_t months_between(yh_day from, yh_day to)
{
	struct yh_date a = yh_date_of(from), b = yh_date_of(to);

	return (b.year - a.year) * 12 + b.month - a.month;
}

/* The figures of a line from what its cloud's allocation changed by: rows[0] is all of it, the
 * others the months behind the first that is looked at. Before the first allocation there is
 * nothing to learn from. */
static enum yh_rc take_months(struct yh_capacity *c, struct yh_capacity_line *l,
			      const struct yh_alloc_month *rows, size_t n, struct yh_arena *arena,
			      struct yh_err *err)
{
	size_t months = (size_t)c->terms.months, first = 0;
	double *ends = YH_NEW_N(arena, double, months);
	int64_t at = rows[0].qty_milli;
	size_t r = n;

	if (!ends)
		return yh_fail(err, YH_TOO_LARGE, "memory-short");
	for (size_t i = months; i-- > 0;) {
		while (r > 1 && months_between((yh_day)rows[r - 1].month, c->last_month) <
					(int32_t)(months - 1 - i))
			at -= rows[--r].qty_milli;
		ends[i] = (double)at / 1000;
	}
	while (first < months && ends[first] <= 0)
		first++;
	l->figures = ends + first;
	l->n_figures = months - first;
	return YH_OK;
}

/* What was allocated at the end of c->day. */
static int64_t allocated_then(const struct yh_capacity *c, const struct yh_alloc_month *rows,
			      size_t n)
{
	int64_t at = rows[0].qty_milli;

	for (size_t i = 1; i < n; i++)
		if (rows[i].month > c->day)
			at -= rows[i].qty_milli;
	return at;
}

static enum yh_rc add_allocation(struct yh_ctx *cx, struct yh_capacity *c, yh_day since,
				 struct yh_err *err)
{
	const struct yh_id every = { { 0 } };
	struct yh_alloc_month *rows;
	size_t n, to;
	enum yh_rc rc = yh_alloc_months(cx->tx, c->n_clouds == 1 ? &c->clouds[0].row.id : &every,
					since, cx->arena, &rows, &n, err);

	for (size_t i = 0; rc == YH_OK && i < n; i = to) {
		const struct yh_platform_cloud *cloud = cloud_of(c, &rows[i].cloud);
		struct yh_capacity_line *l;

		for (to = i + 1; to < n && yh_id_eq(&rows[to].cloud, &rows[i].cloud) &&
				 strcmp(rows[to].dim, rows[i].dim) == 0;)
			to++;
		if (!cloud)
			continue;
		l = line_of(c, cloud, rows[i].dim, cx->arena);
		if (!l)
			return yh_fail(err, YH_TOO_LARGE, "memory-short");
		l->allocated_milli = allocated_then(c, rows + i, to - i);
		if (c->now)
			rc = take_months(c, l, rows + i, to - i, cx->arena, err);
	}
	return rc;
}

static int by_cloud_and_dim(const void *a, const void *b)
{
	const struct yh_capacity_line *x = a, *y = b;
	int cmp = strcmp(x->cloud->row.code, y->cloud->row.code);

	return cmp ? cmp : strcmp(x->dim, y->dim);
}

enum yh_rc yh_capacity_gather(struct yh_ctx *cx, struct yh_capacity *c, struct yh_err *err)
{
	const struct yh_law_book *law = cx->world->law;
	const struct yh_register *regs;
	const struct yh_pack *pack;
	yh_day today = yh_ctx_today(cx), since;
	size_t n;
	enum yh_rc rc = law->pack_on(law->self, today, &pack, err);

	if (rc != YH_OK)
		return rc;
	c->terms = terms_of(pack);
	c->lines = YH_NEW_N(cx->arena, struct yh_capacity_line, LINES_MOST);
	if (!c->lines)
		return yh_fail(err, YH_TOO_LARGE, "memory-short");
	c->n = 0;
	c->last_month = yh_capacity_month(first_of(today), -1);
	c->day = c->year < yh_date_of(today).year
			 ? yh_day_from_date((struct yh_date){ c->year, 12, 31 })
		 : c->year > yh_date_of(today).year
			 ? yh_day_from_date((struct yh_date){ c->year, 1, 1 })
			 : today;
	c->now = c->day == today;
	regs = yh_pack_registers(pack, &n);
	for (size_t i = 0; rc == YH_OK && i < n; i++)
		if (regs[i].planned || regs[i].built)
			rc = add_plans(cx, c, &regs[i], err);
	since = yh_capacity_month(c->last_month, 1 - c->terms.months);
	return rc == YH_OK && c->day <= today
		       ? add_allocation(cx, c, c->day < since ? c->day : since, err)
		       : rc;
}

/* ---- what the meter says ---- */

/* What a sender has too many dimensions of is left out, not everybody's reply. */
static void add_metered(struct yh_capacity *c, const struct yh_platform_cloud *cloud,
			struct yh_arena *arena)
{
	for (size_t i = 0; i < cloud->n; i++) {
		const struct yh_meter_line *m = &cloud->lines[i];
		struct yh_capacity_line *l;

		if (strcmp(m->series.metric, "platform_capacity") != 0 || !isfinite(m->value))
			continue;
		l = line_of(c, cloud, yh_platform_label(&m->series, "dimension"), arena);
		if (l)
			l->metered = isnan(l->metered) ? m->value : l->metered + m->value;
	}
}

static enum yh_rc add_used(const struct yh_world *world, struct yh_capacity *c,
			   const struct yh_platform_cloud *cloud, struct yh_arena *arena,
			   struct yh_err *err)
{
	/* whole days of the meter's roll-ups, up to the end of the last one */
	int64_t to_ms = yh_day_start(c->day) / 1000;
	struct yh_used used[YH_USED_MOST];
	size_t n;
	enum yh_rc rc = yh_capacity_used(world, cloud, to_ms - YH_CAPACITY_USED_DAYS * DAY_MS,
					 to_ms, arena, used, &n, err);

	for (size_t i = 0; rc == YH_OK && i < n; i++) {
		struct yh_capacity_line *l = line_of(c, cloud, used[i].dim, arena);

		if (!l)
			continue;
		l->used = used[i].amount;
		l->used_of_hosts = used[i].of_hosts;
	}
	return rc;
}

/* ---- what that suggests ---- */

static void measure_against(struct yh_capacity_line *l)
{
	if (l->built_milli > 0) {
		l->against = YH_AGAINST_BUILT;
		l->against_milli = l->built_milli;
	} else if (l->metered > 0 && l->metered < (double)YH_QTY_MILLI_MAX / 1000) {
		l->against = YH_AGAINST_METERED;
		l->against_milli = (int64_t)(l->metered * 1000);
	} else if (l->planned_milli > 0) {
		l->against = YH_AGAINST_PLANNED;
		l->against_milli = l->planned_milli;
	}
}

static bool reaches(int64_t part, int64_t whole, int64_t percent)
{
	return (__int128)part * 100 >= (__int128)whole * percent;
}

static void hint(const struct yh_capacity_terms *t, struct yh_capacity_line *l)
{
	int64_t allocated = l->allocated_milli;

	if (l->planned_milli > 0 && l->built_milli >= 0 &&
	    !reaches(l->built_milli, l->planned_milli, t->behind))
		l->hints |= YH_CAPACITY_BEHIND;
	if (allocated > 0 && l->used * 100000 < (double)allocated * (double)t->idle)
		l->hints |= YH_CAPACITY_IDLE;
	if (l->against == YH_AGAINST_NONE || allocated == YH_CAPACITY_NONE)
		return;
	if (t->high && reaches(allocated, l->against_milli, t->high))
		l->hints |= YH_CAPACITY_TIGHT;
	else if (!reaches(allocated, l->against_milli, t->low))
		l->hints |= YH_CAPACITY_SLACK;
}

/* How much of a line could be given away before it is short of room itself. */
static int64_t to_spare(const struct yh_capacity_terms *t, const struct yh_capacity_line *l)
{
	__int128 spare = (__int128)l->against_milli * t->high / 100 - l->allocated_milli;

	return spare > 0 ? (int64_t)spare : 0;
}

/* For each cloud that is short of a dimension, the one that has most to spare. */
static void find_lenders(struct yh_capacity *c)
{
	for (size_t i = 0; i < c->n; i++) {
		struct yh_capacity_line *l = &c->lines[i];

		for (size_t k = 0; (l->hints & YH_CAPACITY_TIGHT) && k < c->n; k++) {
			const struct yh_capacity_line *other = &c->lines[k];
			int64_t spare = to_spare(&c->terms, other);

			if ((other->hints & YH_CAPACITY_SLACK) &&
			    other->against != YH_AGAINST_PLANNED &&
			    strcmp(other->dim, l->dim) == 0 && spare > l->lent_milli) {
				l->lender = other;
				l->lent_milli = spare;
			}
		}
	}
}

static void look_ahead(const struct yh_capacity *c, struct yh_capacity_line *l)
{
	l->fitted = yh_forecast_fit(l->figures, l->n_figures, (double)c->terms.band / 100,
				    &l->forecast, NULL) == YH_OK;
	if (!l->fitted || l->against == YH_AGAINST_NONE)
		return;
	/* what was given or taken back this month is in no figure yet */
	l->reach = l->allocated_milli >= l->against_milli
			   ? (struct yh_forecast_reach){ 0, 0, 0 }
			   : yh_forecast_reach(&l->forecast, (double)l->against_milli / 1000, 1,
					       (int)c->terms.ahead);
}

enum yh_rc yh_capacity_judge(const struct yh_world *world, struct yh_capacity *c, yh_time now,
			     struct yh_arena *arena, struct yh_err *err)
{
	yh_day today = yh_day_of(now);
	enum yh_rc rc = YH_OK;

	if (c->now)
		rc = yh_platform_read(world, c->clouds, c->n_clouds, arena, err);
	for (size_t i = 0; rc == YH_OK && c->day <= today && i < c->n_clouds; i++) {
		add_metered(c, &c->clouds[i], arena);
		rc = add_used(world, c, &c->clouds[i], arena, err);
	}
	if (rc != YH_OK)
		return rc;
	qsort(c->lines, c->n, sizeof *c->lines, by_cloud_and_dim);
	for (size_t i = 0; i < c->n; i++) {
		measure_against(&c->lines[i]);
		hint(&c->terms, &c->lines[i]);
		if (c->now)
			look_ahead(c, &c->lines[i]);
	}
	if (c->terms.high)
		find_lenders(c);
	return YH_OK;
}
