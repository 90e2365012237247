/* What the machines of the simulated city do, told to the meter as an import of theirs would be:
 * remote write, a body a machine. Where nothing is told, nothing is known. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "services/watch/watch.h"
#include "sim/city.h"
#include "sim/series.h"
#include "sim/words.h"
#include "store/catalogue.h"
#include "store/party.h"

enum { STEP_S = 540, SIZE_STEP_S = 21600, PAGE = 500, SERIES_BYTES = 2 * 1024 * 1024 };

/* A machine and how it is used. */
struct machine {
	char no[40];
	uint32_t project; /* in sim.projects */
	yh_time opened_at, stopped_at;
	uint64_t key;
	bool closed_kind; /* it must not serve the outside */
	double cores, memory;
};

struct feeding {
	struct sim *s;
	yh_day first, last;
	struct yh_id cloud;
	char cloud_code[64];
	char after[40];
	struct machine list[PAGE];
	size_t n, read;
};

static bool find_project(const struct sim *s, const struct yh_id *id, uint32_t *out)
{
	for (*out = 0; *out < s->n_projects; ++*out)
		if (yh_id_eq(&s->projects[*out].id, id))
			return true;
	return false;
}

enum sim_use sim_use_of(const struct sim *s, const struct sim_project *p)
{
	uint32_t mood = sim_draw(s, "use", p->number, 12);

	if (mood < 5)
		return SIM_USE_UNSEEN;
	if (mood < 6)
		return SIM_USE_GAPS;
	if (mood < 8)
		return SIM_USE_BUSY;
	return mood < 10 ? SIM_USE_LOW : SIM_USE_IDLE;
}

enum yh_rc sim_cores(struct yh_ctx *cx, const struct yh_id *item, double *out, struct yh_err *err)
{
	struct yh_item_row row;
	enum yh_rc rc = yh_item_load(cx->tx, item, cx->arena, &row, err);

	*out = 0;
	for (size_t i = 0; rc == YH_OK && i < row.n_dims; i++)
		if (strcmp(row.dims[i].dim, "vcpu") == 0)
			*out = (double)row.dims[i].qty_milli / 1000;
	return rc;
}

/* Only what has processors is a machine. */
static enum yh_rc take_one(struct yh_ctx *cx, struct feeding *f, const struct yh_subject_row *row,
			   struct yh_err *err)
{
	struct machine m = { .opened_at = row->opened_at, .stopped_at = row->stopped_at };
	struct yh_item_row item;
	enum yh_rc rc;

	memcpy(m.no, row->no, sizeof m.no);
	if (row->opened_at == 0 || !find_project(f->s, &row->project, &m.project) ||
	    sim_use_of(f->s, &f->s->projects[m.project]) == SIM_USE_UNSEEN)
		return YH_OK;
	rc = yh_item_load(cx->tx, &row->item, cx->arena, &item, err);
	for (size_t i = 0; rc == YH_OK && i < item.n_dims; i++) {
		if (strcmp(item.dims[i].dim, "memory_gib") == 0)
			m.memory = (double)item.dims[i].qty_milli / 1000 * 1073741824.0;
	}
	if (rc == YH_OK)
		rc = sim_cores(cx, &row->item, &m.cores, err);
	for (const char *p = m.no; *p; p++)
		m.key = (m.key ^ (unsigned char)*p) * 1099511628211u;
	m.closed_kind = strcmp(row->kind, SIM_CLOSED_KIND) == 0;
	if (rc == YH_OK && m.cores > 0)
		f->list[f->n++] = m;
	return rc;
}

static enum yh_rc read_machines(struct yh_ctx *cx, void *arg, struct yh_err *err)
{
	struct feeding *f = arg;
	struct yh_viewer all = { .any = true };
	struct yh_subject_filter filter = {
		.cloud = f->cloud, .at = yh_day_start(f->last + 1), .after = f->after, .limit = PAGE
	};
	struct yh_subject_row *list;
	struct yh_cloud_row cloud;
	enum yh_rc rc = yh_subject_page(cx->tx, &all, &filter, cx->arena, &list, &f->read, err);

	f->n = 0;
	if (rc == YH_OK)
		rc = yh_cloud_load(cx->tx, &f->cloud, cx->arena, &cloud, err);
	if (rc == YH_OK)
		(void)snprintf(f->cloud_code, sizeof f->cloud_code, "%s", cloud.code);
	for (size_t i = 0; rc == YH_OK && i < f->read; i++)
		rc = take_one(cx, f, &list[i], err);
	if (rc == YH_OK && f->read)
		memcpy(f->after, list[f->read - 1].no, sizeof f->after);
	return rc;
}

/* ---- one machine's samples ---- */

/* Between 0 and 1, the same for ever. */
static double noise(uint64_t key, int64_t at)
{
	uint64_t z = (key + (uint64_t)at) * 0x9E3779B97F4A7C15u;

	z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9u;
	return (double)((z ^ (z >> 27)) % 1000) / 1000;
}

static bool in_window(const struct sim_project *p, yh_day day)
{
	struct yh_date from, now;

	if (p->windows_from == 0 || day < p->windows_from)
		return false;
	from = yh_date_of(p->windows_from);
	now = yh_date_of(day);
	return ((now.year - from.year) * 12 + now.month - from.month) % 3 == 0 &&
	       now.day >= from.day && now.day < from.day + 7;
}

/* How it is used on a day; what is idle at other times works when its load was declared. */
static enum sim_use use_on(const struct feeding *f, const struct machine *m, yh_day day)
{
	const struct sim_project *p = &f->s->projects[m->project];
	enum sim_use use = sim_use_of(f->s, p);

	if (use == SIM_USE_GAPS)
		return day % 3 ? SIM_USE_UNSEEN : SIM_USE_IDLE;
	if (p->rectified || in_window(p, day))
		return SIM_USE_BUSY;
	return use;
}

enum metric { CPU, CORES, MEMORY, MEMORY_ALL, RECEIVED, SENT, PUBLIC, N_METRICS };
static const char *const METRICS[] = {
	[CPU] = "resource_cpu_usage_ratio",
	[CORES] = "resource_cpu_cores",
	[MEMORY] = "resource_memory_used_bytes",
	[MEMORY_ALL] = "resource_memory_total_bytes",
	[RECEIVED] = "resource_network_receive_bytes_per_second",
	[SENT] = "resource_network_transmit_bytes_per_second",
	[PUBLIC] = "resource_public_receive_bytes_total",
};

static double value_of(const struct machine *m, enum sim_use use, enum metric metric, int64_t at_s)
{
	static const double load[][2] = { [SIM_USE_BUSY] = { 0.3, 0.5 },
					  [SIM_USE_LOW] = { 0.03, 0.04 },
					  [SIM_USE_IDLE] = { 0.005, 0.02 } };
	static const double rate[] = {
		[SIM_USE_BUSY] = 200000, [SIM_USE_LOW] = 20000, [SIM_USE_IDLE] = 200
	};
	double n = noise(m->key + (uint64_t)metric, at_s / STEP_S);

	switch (metric) {
	case CPU:
		return round((load[use][0] + load[use][1] * n) * 1000) / 1000;
	case CORES:
		return m->cores;
	case MEMORY:
		return round(m->memory * (use == SIM_USE_BUSY ? 0.6 : 0.2 + 0.05 * n) / 4096) *
		       4096;
	case MEMORY_ALL:
		return m->memory;
	case PUBLIC:
		return (double)(at_s / STEP_S);
	default:
		return round(rate[use] * (0.5 + n));
	}
}

/* While it ran; where it should not have gone on for some days after its stop, it did. */
static void put_series(const struct feeding *f, const struct machine *m, enum metric metric,
		       struct yh_buf *body)
{
	int64_t to = yh_day_start(f->last + 1) / YH_US_PER_S;
	int64_t at = yh_day_start(f->first) / YH_US_PER_S;
	int64_t opened = m->opened_at / YH_US_PER_S, stopped = m->stopped_at / YH_US_PER_S;
	int64_t step = metric == CORES || metric == MEMORY_ALL ? SIZE_STEP_S : STEP_S;
	bool runs_on = sim_draw(f->s, "runs on", m->key, 6) == 0;
	struct yh_buf series;
	bool any = false;

	if (runs_on)
		stopped += (int64_t)4 * 86400;
	if (m->stopped_at && stopped < to)
		to = stopped;
	if (to > f->s->now / YH_US_PER_S)
		to = f->s->now / YH_US_PER_S;
	if (opened > at)
		at += (opened - at + step - 1) / step * step;
	yh_buf_init(&series, SERIES_BYTES);
	sim_put_label(&series, "__name__", METRICS[metric]);
	sim_put_label(&series, "resource", m->no);
	for (; at < to; at += step) {
		enum sim_use use = use_on(f, m, yh_day_of(at * YH_US_PER_S));

		if (use == SIM_USE_UNSEEN)
			continue;
		any = true;
		sim_put_sample(&series, value_of(m, use, metric, at), at * 1000);
	}
	if (any)
		sim_put_series(body, &series);
	body->failed = body->failed || !yh_buf_ok(&series);
	yh_buf_done(&series);
}

static enum yh_rc feed_one(const struct feeding *f, const struct machine *m, struct yh_err *err)
{
	bool shows = m->closed_kind && sim_draw(f->s, "shows", m->key, 3) == 0;
	struct yh_buf body;
	enum yh_rc rc = YH_OK;

	yh_buf_init(&body, SIM_BODY_BYTES);
	for (int i = 0; i < N_METRICS; i++)
		if (i != PUBLIC || shows)
			put_series(f, m, (enum metric)i, &body);
	if (!yh_buf_ok(&body))
		rc = yh_fail(err, YH_TOO_LARGE, "memory-short");
	else if (body.len)
		rc = sim_write_body(f->s, &f->cloud, f->cloud_code, &body, err);
	yh_buf_done(&body);
	return rc;
}

static enum yh_rc feed_cloud(struct feeding *f, struct yh_err *err)
{
	enum yh_rc rc;

	f->after[0] = 0;
	do {
		rc = sim_look(f->s, NULL, read_machines, f, err);
		for (size_t i = 0; rc == YH_OK && i < f->n; i++)
			rc = feed_one(f, &f->list[i], err);
	} while (rc == YH_OK && f->read == PAGE);
	return rc;
}

enum yh_rc sim_feed(struct sim *s, yh_day last, struct yh_err *err)
{
	struct feeding *f = calloc(1, sizeof *f);
	enum yh_rc rc = f ? YH_OK : yh_fail(err, YH_TOO_LARGE, "memory-short");

	for (size_t i = 0; rc == YH_OK && s->fed_until < last && i < s->n_clouds; i++) {
		f->s = s;
		f->first = s->fed_until + 1;
		f->last = last;
		f->cloud = s->clouds[i];
		rc = feed_cloud(f, err);
	}
	if (rc == YH_OK && s->fed_until < last)
		s->fed_until = last;
	free(f);
	return rc;
}
