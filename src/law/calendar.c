/* The days of 1900..2199: which work, which are known to, on which no clock runs. */
#include "law/calendar.h"

#include <string.h>

#include "base/mem.h"
#include "law/yaml.h"

enum { N_DAYS = YH_DAY_MAX - YH_DAY_MIN + 1, YEAR_MIN = 1900, YEAR_MAX = 2199 };
enum { ARENA_BYTES = 128 * YH_CALENDAR_BYTES }; /* two bytes of text can be a node */

/* These bits go into the digest of a calendar, which outlives the program: never renumber. */
enum { WORKS = 1, KNOWN = 2, SUSPENDED = 4 };

struct yh_calendar {
	struct yh_sm3
		version; /* of the days as they stand: digested when they change, not when asked */
	uint8_t days[N_DAYS];
};

static bool in_range(yh_day day)
{
	return day >= YH_DAY_MIN && day <= YH_DAY_MAX;
}

static unsigned flags_of(const struct yh_calendar *cal, yh_day day)
{
	return cal->days[day - YH_DAY_MIN];
}

static yh_day first_of(int year)
{
	return yh_day_from_date((struct yh_date){ year, 1, 1 });
}

static yh_day last_of(int year)
{
	return yh_day_from_date((struct yh_date){ year, 12, 31 });
}

static struct yh_sm3 digest_of(const struct yh_calendar *cal)
{
	enum { N_YEARS = YEAR_MAX - YEAR_MIN + 1 };
	struct yh_piece pieces[2 * N_YEARS];
	unsigned char numbers[N_YEARS][2];
	yh_day first = YH_DAY_MIN;
	size_t n = 0;

	for (int year = YEAR_MIN; year <= YEAR_MAX; year++) {
		yh_day last = last_of(year);
		unsigned char *number = numbers[year - YEAR_MIN];
		unsigned seen = 0;

		for (yh_day day = first; day <= last; day++)
			seen |= flags_of(cal, day);
		if (seen & (KNOWN | SUSPENDED)) {
			number[0] = (unsigned char)(year >> 8);
			number[1] = (unsigned char)(year & 0xFF);
			pieces[n++] = (struct yh_piece){ number, 2 };
			pieces[n++] = (struct yh_piece){ &cal->days[first - YH_DAY_MIN],
							 (size_t)(last - first + 1) };
		}
		first = last + 1;
	}
	return yh_sm3_of_pieces(pieces, n);
}

struct yh_calendar *yh_calendar_new(void)
{
	struct yh_calendar *cal = calloc(1, sizeof *cal);
	int weekday = yh_weekday(YH_DAY_MIN);

	if (!cal)
		return NULL;
	for (size_t i = 0; i < N_DAYS; i++) {
		cal->days[i] = weekday <= 5 ? WORKS : 0;
		weekday = weekday % 7 + 1;
	}
	cal->version = digest_of(cal);
	return cal;
}

void yh_calendar_free(struct yh_calendar *cal)
{
	free(cal);
}

/* What one calendar file says, before any of it is taken over. */
struct draft {
	const char *name;
	struct yh_err *err;
	int year;
	yh_day first, last;
	uint8_t days[366];
	bool named[366];
};

static enum yh_rc fault(struct draft *d, const struct yh_yaml *at, const char *why)
{
	bool fresh = d->err && d->err->rc == YH_OK;
	enum yh_rc rc = yh_yaml_fail(d->err, "calendar-invalid", d->name, at);

	if (fresh)
		yh_err_text(d->err, "why", why);
	return rc;
}

static enum yh_rc take_day(struct draft *d, const struct yh_yaml *v, bool works)
{
	yh_day day;
	size_t at;

	if (v->kind != YH_YAML_SCALAR || yh_day_parse(v->text, &day, NULL) != YH_OK)
		return fault(d, v, "not a date");
	if (day < d->first || day > d->last)
		return fault(d, v, "day outside the year");
	at = (size_t)(day - d->first);
	if (d->named[at])
		return fault(d, v, "day named twice");
	if (works && yh_weekday(day) < 6)
		return fault(d, v, "work day is no weekend day");
	d->named[at] = true;
	d->days[at] = works ? KNOWN | WORKS : KNOWN;
	return YH_OK;
}

static enum yh_rc take_days(struct draft *d, const struct yh_yaml *root, const char *key)
{
	const struct yh_yaml *list = yh_yaml_get(root, key);
	bool works = strcmp(key, "work") == 0;

	if (!list || list->kind != YH_YAML_SEQ)
		return fault(d, list ? list : root, works ? "no list `work`" : "no list `rest`");
	if (!works && !list->first)
		return fault(d, list, "no rest day");
	YH_YAML_EACH(v, list)
	{
		enum yh_rc rc = take_day(d, v, works);

		if (rc != YH_OK)
			return rc;
	}
	return YH_OK;
}

static enum yh_rc take_head(struct draft *d, const struct yh_yaml *root)
{
	static const char *const keys[] = { "year", "source", "rest", "work" };
	const struct yh_yaml *year = yh_yaml_get(root, "year");
	const struct yh_yaml *source = yh_yaml_get(root, "source");
	int64_t number;

	if (root->kind != YH_YAML_MAP)
		return fault(d, root, "not a map");
	YH_YAML_EACH(child, root)
	{
		bool known = false;

		for (size_t i = 0; i < YH_LEN(keys); i++)
			known = known || strcmp(child->key, keys[i]) == 0;
		if (!known)
			return fault(d, child, "unknown key");
	}
	if (!yh_yaml_int(year, &number) || number < YEAR_MIN || number > YEAR_MAX)
		return fault(d, year ? year : root, "no year in 1900..2199");
	if (!source || source->kind != YH_YAML_SCALAR || yh_yaml_is_null(source) || !source->n)
		return fault(d, source ? source : root, "no source");
	d->year = (int)number;
	d->first = first_of(d->year);
	d->last = last_of(d->year);
	for (yh_day day = d->first; day <= d->last; day++)
		d->days[day - d->first] = yh_weekday(day) <= 5 ? KNOWN | WORKS : KNOWN;
	return YH_OK;
}

static enum yh_rc take_year(struct yh_calendar *cal, const struct draft *d)
{
	if (yh_calendar_knows(cal, d->year)) {
		bool fresh = d->err && d->err->rc == YH_OK;

		yh_fail_field(d->err, YH_CONFLICT, "calendar-year-twice", d->name);
		if (fresh)
			yh_err_int(d->err, "year", d->year);
		return YH_CONFLICT;
	}
	for (yh_day day = d->first; day <= d->last; day++) {
		uint8_t *flags = &cal->days[day - YH_DAY_MIN];

		*flags = (uint8_t)((*flags & SUSPENDED) | d->days[day - d->first]);
	}
	return YH_OK;
}

enum yh_rc yh_calendar_add_year(struct yh_calendar *cal, const char *name, const char *text,
				size_t n, struct yh_err *err)
{
	struct draft d = { .name = name, .err = err };
	const struct yh_yaml *root;
	struct yh_arena arena;
	enum yh_rc rc;

	if (n > YH_CALENDAR_BYTES)
		return yh_fail_field(err, YH_TOO_LARGE, "yaml-too-large", name);
	yh_arena_init(&arena, ARENA_BYTES);
	rc = yh_yaml_parse(&arena, name, text, n, &root, err);
	if (rc == YH_OK)
		rc = take_head(&d, root);
	if (rc == YH_OK)
		rc = take_days(&d, root, "rest");
	if (rc == YH_OK)
		rc = take_days(&d, root, "work");
	if (rc == YH_OK)
		rc = take_year(cal, &d);
	if (rc == YH_OK)
		cal->version = digest_of(cal);
	yh_arena_done(&arena);
	return rc;
}

enum yh_rc yh_calendar_suspend(struct yh_calendar *cal, yh_day first, yh_day last,
			       struct yh_err *err)
{
	if (!in_range(first) || !in_range(last) || first > last)
		return yh_fail(err, YH_BAD_INPUT, "day-out-of-range");
	for (yh_day day = first; day <= last; day++)
		cal->days[day - YH_DAY_MIN] |= SUSPENDED;
	cal->version = digest_of(cal);
	return YH_OK;
}

bool yh_calendar_knows(const struct yh_calendar *cal, int year)
{
	return year >= YEAR_MIN && year <= YEAR_MAX && (flags_of(cal, first_of(year)) & KNOWN);
}

struct yh_sm3 yh_calendar_version(const struct yh_calendar *cal)
{
	return cal->version;
}

/* A walk over days, either way; `ignore` is what it does not look at. */
struct walk {
	const struct yh_calendar *cal;
	enum yh_reckon how;
	unsigned ignore;
	bool provisional;
	struct yh_err *err;
};

static enum yh_rc out_of_range(struct yh_err *err)
{
	return yh_fail(err, YH_BAD_INPUT, "day-out-of-range");
}

static enum yh_rc look(struct walk *w, yh_day day, bool *works)
{
	unsigned flags;

	if (!in_range(day))
		return out_of_range(w->err);
	flags = flags_of(w->cal, day) & ~w->ignore;
	*works = (flags & (WORKS | SUSPENDED)) == WORKS;
	if (flags & KNOWN)
		return YH_OK;
	if (w->how == YH_STRICT) {
		bool fresh = w->err && w->err->rc == YH_OK;

		yh_fail(w->err, YH_REFUSED, "calendar-unknown");
		if (fresh)
			yh_err_int(w->err, "year", yh_date_of(day).year);
		return YH_REFUSED;
	}
	w->provisional = true;
	return YH_OK;
}

/* Moves *day by `step` until `n` working days have been passed, the last of them being *day. */
static enum yh_rc walk_workdays(struct walk *w, yh_day *day, int32_t n, int step)
{
	while (n > 0) {
		enum yh_rc rc;
		bool works = false;

		*day += step;
		rc = look(w, *day, &works);
		if (rc != YH_OK)
			return rc;
		n -= works;
	}
	return YH_OK;
}

/* Moves *day on by `n` days that are not suspended. */
static enum yh_rc walk_days(struct walk *w, yh_day *day, int32_t n)
{
	while (n > 0) {
		if (++*day > YH_DAY_MAX)
			return out_of_range(w->err);
		n -= !(flags_of(w->cal, *day) & SUSPENDED);
	}
	return YH_OK;
}

static enum yh_rc roll_on(struct walk *w, yh_day *day)
{
	for (;; ++*day) {
		bool works = false;
		enum yh_rc rc = look(w, *day, &works);

		if (rc != YH_OK || works)
			return rc;
	}
}

static enum yh_rc walk_months(struct walk *w, yh_day *day, int32_t months)
{
	yh_day start = *day;
	enum yh_rc rc = yh_months_on(start, months, day, w->err);

	if (rc != YH_OK)
		return rc;
	return walk_days(w, day, *day - start - yh_clock_days_in(w->cal, start + 1, *day + 1));
}

static enum yh_rc walk_back(struct walk *w, yh_day *day, struct yh_period p)
{
	w->ignore = SUSPENDED;
	if (p.unit == YH_WORKDAYS)
		return walk_workdays(w, day, -p.n, -1);
	if (p.unit != YH_DAYS)
		return yh_fail(w->err, YH_BAD_INPUT, "period-invalid");
	*day += p.n;
	return in_range(*day) ? YH_OK : out_of_range(w->err);
}

enum yh_rc yh_workday(const struct yh_calendar *cal, yh_day day, enum yh_reckon how, bool *works,
		      struct yh_err *err)
{
	struct walk w = { .cal = cal, .how = how, .err = err };

	return look(&w, day, works);
}

enum yh_rc yh_due_day(const struct yh_calendar *cal, yh_day start, struct yh_period p,
		      enum yh_reckon how, struct yh_due *out, struct yh_err *err)
{
	struct walk w = { .cal = cal, .how = how, .err = err };
	yh_day day = start;
	enum yh_rc rc;

	if (p.unit == YH_HOURS)
		return yh_fail(err, YH_BAD_INPUT, "period-hours");
	if (p.n < -YH_PERIOD_MAX || p.n > YH_PERIOD_MAX)
		return yh_fail(err, YH_BAD_INPUT, "period-invalid");
	if (!in_range(start))
		return out_of_range(err);
	if (p.n < 0)
		rc = walk_back(&w, &day, p);
	else if (p.unit == YH_WORKDAYS)
		rc = walk_workdays(&w, &day, p.n, 1);
	else if (p.unit == YH_DAYS)
		rc = walk_days(&w, &day, p.n);
	else
		rc = walk_months(&w, &day, p.n);
	if (rc == YH_OK && p.n >= 0 && p.unit != YH_WORKDAYS)
		rc = roll_on(&w, &day);
	if (rc == YH_OK)
		*out = (struct yh_due){ day, w.provisional };
	return rc;
}

enum yh_rc yh_workdays_in(const struct yh_calendar *cal, yh_day first, yh_day past,
			  enum yh_reckon how, int32_t *n, bool *provisional, struct yh_err *err)
{
	struct walk w = { .cal = cal, .how = how, .err = err };
	int32_t count = 0;

	for (yh_day day = first; day < past; day++) {
		bool works = false;
		enum yh_rc rc = look(&w, day, &works);

		if (rc != YH_OK)
			return rc;
		count += works;
	}
	*n = count;
	*provisional = w.provisional;
	return YH_OK;
}

int32_t yh_clock_days_in(const struct yh_calendar *cal, yh_day first, yh_day past)
{
	int32_t count = 0;

	if (first < YH_DAY_MIN)
		first = YH_DAY_MIN;
	for (yh_day day = first; day < past && day <= YH_DAY_MAX; day++)
		count += !(flags_of(cal, day) & SUSPENDED);
	return count;
}
