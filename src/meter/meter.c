/* The front of the meter: arguments are checked and defaults filled in once, then handed on. */
#include "meter/meter.h"

#include <assert.h>
#include <pthread.h>
#include <string.h>

#include "meter/backend.h"
#include "meter/copy.h"

enum {
	BUCKETS_MAX = 20000,
	STEP_MIN_MS = 1000,
};
/* Years 1..9999: sums and differences of instants stay far from the ends of 64 bits. */
#define AT_MIN_MS INT64_C(-62135596800000)
#define AT_MAX_MS INT64_C(253402300800000)
#define DAY_MS INT64_C(86400000)

static void fill_defaults(struct yh_meter_config *cfg)
{
	if (cfg->late_ms == 0)
		cfg->late_ms = 7 * DAY_MS;
	if (cfg->future_ms == 0)
		cfg->future_ms = 10 * 60 * 1000;
	if (cfg->series_max == 0)
		cfg->series_max = 4000000;
	if (cfg->raw_days == 0)
		cfg->raw_days = 90;
	if (cfg->m5_days == 0)
		cfg->m5_days = 400;
	if (cfg->h1_days == 0)
		cfg->h1_days = 1200;
	if (cfg->open_rows == 0)
		cfg->open_rows = 2000000;
}

enum yh_rc yh_meter_open(const struct yh_meter_config *cfg, struct yh_meter **out,
			 struct yh_err *err)
{
	struct yh_meter_config filled = *cfg;

	assert(cfg->clock && cfg->owner && (cfg->dir || cfg->outer));
	assert(cfg->late_ms >= 0 && cfg->future_ms >= 0);
	fill_defaults(&filled);
	*out = NULL;
	return filled.outer ? yh_meter_open_outer(&filled, out, err)
			    : yh_meter_open_embedded(&filled, out, err);
}

void yh_meter_halt(struct yh_meter *m)
{
	atomic_store(&m->halted, true);
}

void yh_meter_close(struct yh_meter *m)
{
	if (m)
		m->ops->close(m);
}

/* ---- writing ---- */

static bool is_scope(const struct yh_meter_scope *s)
{
	static const char *const kinds[] = { "cloud", "provider", "unit", "resource" };

	for (size_t i = 0; i < sizeof kinds / sizeof kinds[0]; i++)
		if (strcmp(s->kind, kinds[i]) == 0)
			return s->code[0] && memchr(s->code, 0, sizeof s->code);
	return false;
}

bool yh_meter_pretends(const struct yh_meter_scope *s, const char *label)
{
	return (strcmp(s->kind, "unit") == 0 || strcmp(s->kind, "resource") == 0) &&
	       strcmp(label, "provider") == 0;
}

enum yh_rc yh_meter_write(struct yh_meter *m, struct yh_meter_write *w, struct yh_err *err)
{
	assert(w->scope && is_scope(w->scope) && w->done);
	assert(w->form == YH_METER_RW1 || w->form == YH_METER_RW2 || w->form == YH_METER_LINES);
	w->rc = YH_OK;
	w->err = (struct yh_err){ 0 };
	w->written = (struct yh_meter_written){ 0 };
	w->next = NULL;
	if (w->n > YH_METER_BODY_MAX)
		return yh_fail(err, YH_TOO_LARGE, "meter-body-too-large");
	return m->ops->write(m, w, err);
}

struct waiting {
	pthread_mutex_t lock;
	pthread_cond_t over;
	bool done;
};

static void wake(struct yh_meter_write *w)
{
	struct waiting *waiting = w->arg;

	(void)pthread_mutex_lock(&waiting->lock);
	waiting->done = true;
	(void)pthread_cond_signal(&waiting->over);
	(void)pthread_mutex_unlock(&waiting->lock);
}

enum yh_rc yh_meter_write_wait(struct yh_meter *m, struct yh_meter_write *w, struct yh_err *err)
{
	struct waiting waiting = { PTHREAD_MUTEX_INITIALIZER, PTHREAD_COND_INITIALIZER, false };
	void (*done)(struct yh_meter_write *) = w->done;
	void *arg = w->arg;
	enum yh_rc rc;

	w->done = wake;
	w->arg = &waiting;
	rc = yh_meter_write(m, w, err);
	if (rc == YH_OK) {
		(void)pthread_mutex_lock(&waiting.lock);
		while (!waiting.done)
			(void)pthread_cond_wait(&waiting.over, &waiting.lock);
		(void)pthread_mutex_unlock(&waiting.lock);
		rc = w->rc;
		if (rc != YH_OK && err && err->rc == YH_OK)
			*err = w->err;
	}
	(void)pthread_cond_destroy(&waiting.over);
	(void)pthread_mutex_destroy(&waiting.lock);
	w->done = done;
	w->arg = arg;
	return rc;
}

void yh_meter_owner_changed(struct yh_meter *m, const char *resource_no)
{
	m->ops->owner_changed(m, resource_no);
}

/* ---- reading ---- */

static void assert_select(const struct yh_meter_select *what)
{
	assert(!what->by_resource || what->resources || what->n_resources == 0);
	assert(what->labels || what->n_labels == 0);
	(void)what;
}

static bool selects_nothing(const struct yh_meter_select *what)
{
	return what->by_resource && what->n_resources == 0;
}

static enum yh_rc check_window(int64_t from_ms, int64_t to_ms, struct yh_err *err)
{
	if (from_ms < AT_MIN_MS || to_ms > AT_MAX_MS || from_ms >= to_ms)
		return yh_fail(err, YH_BAD_INPUT, "meter-window-invalid");
	return YH_OK;
}

enum yh_rc yh_meter_latest(struct yh_meter *m, const struct yh_meter_select *what, uint64_t after,
			   uint64_t *mark, yh_meter_latest_fn visit, void *arg, struct yh_err *err)
{
	assert_select(what);
	return m->ops->latest(m, what, after, mark, visit, arg, err);
}

enum yh_rc yh_meter_history(struct yh_meter *m, const struct yh_meter_select *what, int64_t from_ms,
			    int64_t to_ms, int64_t step_ms, yh_meter_history_fn visit, void *arg,
			    struct yh_err *err)
{
	enum yh_rc rc = check_window(from_ms, to_ms, err);

	assert_select(what);
	if (rc != YH_OK)
		return rc;
	if (step_ms < STEP_MIN_MS) {
		rc = yh_fail(err, YH_BAD_INPUT, "meter-step-short");
		yh_err_int(err, "min", STEP_MIN_MS / 1000);
		return rc;
	}
	if ((to_ms - from_ms - 1) / step_ms >= BUCKETS_MAX) {
		rc = yh_fail(err, YH_TOO_LARGE, "meter-buckets-many");
		yh_err_int(err, "max", BUCKETS_MAX);
		return rc;
	}
	return selects_nothing(what)
		       ? YH_OK
		       : m->ops->history(m, what, from_ms, to_ms, step_ms, visit, arg, err);
}

enum yh_rc yh_meter_samples(struct yh_meter *m, const struct yh_meter_select *what, int64_t from_ms,
			    int64_t to_ms, size_t limit, yh_meter_samples_fn visit, void *arg,
			    struct yh_err *err)
{
	enum yh_rc rc = check_window(from_ms, to_ms, err);

	assert_select(what);
	assert(limit > 0);
	if (rc != YH_OK || selects_nothing(what))
		return rc;
	return m->ops->samples(m, what, from_ms, to_ms, limit, visit, arg, err);
}

static bool is_day_start(int64_t at_ms)
{
	return yh_day_start(yh_day_of(at_ms * 1000)) == at_ms * 1000;
}

enum yh_rc yh_meter_scan(struct yh_meter *m, const struct yh_meter_scan *scan,
			 yh_meter_scan_fn visit, void *arg, struct yh_err *err)
{
	enum yh_rc rc = check_window(scan->from_ms, scan->to_ms, err);

	assert_select(&scan->what);
	assert(scan->what.metric);
	if (rc != YH_OK)
		return rc;
	if (scan->source == YH_METER_SKETCH &&
	    (!is_day_start(scan->from_ms) || !is_day_start(scan->to_ms)))
		return yh_fail(err, YH_BAD_INPUT, "meter-window-not-days");
	if (!(scan->quantile >= 0 && scan->quantile <= 1))
		return yh_fail(err, YH_BAD_INPUT, "meter-quantile-invalid");
	return selects_nothing(&scan->what) ? YH_OK : m->ops->scan(m, scan, visit, arg, err);
}

/* ---- keeping ---- */

void yh_meter_status(struct yh_meter *m, struct yh_meter_status *out)
{
	*out = (struct yh_meter_status){ 0 };
	m->ops->status(m, out);
}

enum yh_rc yh_meter_settle(struct yh_meter *m, struct yh_err *err)
{
	return m->ops->settle(m, err);
}

bool yh_meter_is_embedded(const struct yh_meter *m)
{
	return m->ops->copy != NULL;
}

enum yh_rc yh_meter_copy(struct yh_meter *m, int to, struct yh_err *err)
{
	assert(m->ops->copy);
	return m->ops->copy(m, to, err);
}
