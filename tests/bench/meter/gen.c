/* The workloads; see gen.h. */
#include "gen.h"

#include <math.h>
#include <snappy-c.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { LABELS_MAX = 256, SAMPLE_BYTES = 32 };

static const struct gen workloads[] = {
	{ "W1", 10000, 10, 180, 15, 10000, 1, 0 },    { "W1s", 10000, 10, 180, 15, 10000, 1, 1 },
	{ "W1x", 10000, 10, 180, 15, 10000, 1, 2 },   { "W1-10k", 1000, 10, 180, 15, 10000, 1, 0 },
	{ "W1M", 100000, 10, 12, 15, 10000, 1, 0 },   { "Q30", 5000, 1, 8640, 300, 1250, 8, 0 },
	{ "U1h", 100000, 6, 744, 3600, 10000, 1, 0 }, { "U5m", 10000, 6, 8928, 300, 10000, 1, 0 },
};

enum kind { PERCENT, LOAD, MEMORY, DISK, COUNTER, SLOW_COUNTER, CONSTANT, RARE, RATIO, USED, RATE };

struct metric {
	const char *name;
	enum kind kind;
};
/* What the watch looks at. */
static const struct metric watched[] = {
	{ "resource_cpu_usage_ratio", RATIO },
	{ "resource_memory_used_bytes", USED },
	{ "resource_memory_total_bytes", CONSTANT },
	{ "resource_cpu_cores", CONSTANT },
	{ "resource_network_receive_bytes_per_second", RATE },
	{ "resource_network_transmit_bytes_per_second", RATE },
};
static const struct metric machines[] = {
	{ "vm_cpu_usage_percent", PERCENT },
	{ "vm_load1", LOAD },
	{ "vm_memory_used_bytes", MEMORY },
	{ "vm_memory_total_bytes", CONSTANT },
	{ "vm_disk_used_bytes", DISK },
	{ "vm_disk_read_bytes_total", SLOW_COUNTER },
	{ "vm_disk_written_bytes_total", COUNTER },
	{ "vm_network_receive_bytes_total", COUNTER },
	{ "vm_network_transmit_bytes_total", COUNTER },
	{ "vm_cpu_steal_percent", RARE },
};

struct series {
	unsigned char labels[LABELS_MAX];
	unsigned labels_len, resource;
	enum kind kind;
	uint64_t dice;
	double value, mean;
};

const struct gen *gen_find(const char *name)
{
	for (size_t i = 0; i < sizeof workloads / sizeof workloads[0]; i++)
		if (strcmp(workloads[i].name, name) == 0)
			return &workloads[i];
	return NULL;
}

void gen_resource(unsigned i, char out[GEN_RESOURCE_TEXT])
{
	(void)snprintf(out, GEN_RESOURCE_TEXT, "R2026%07u", i % 10000000);
}

static const struct metric *metrics_of(const struct gen *g)
{
	return g->name[0] == 'U' ? watched : machines;
}

static uint64_t roll(struct series *s)
{
	s->dice ^= s->dice << 13;
	s->dice ^= s->dice >> 7;
	s->dice ^= s->dice << 17;
	return s->dice >> 11;
}

/* From -1 to 1, more often near 0. */
static double wobble(struct series *s)
{
	return ((double)(roll(s) % 2001) + (double)(roll(s) % 2001)) / 2000 - 1;
}

static double clamp(double v, double low, double high)
{
	return v < low ? low : v > high ? high : v;
}

static double next_value(struct series *s)
{
	switch (s->kind) {
	case PERCENT:
		s->value = clamp(s->value + 0.3 * (s->mean - s->value) + 6 * wobble(s), 0, 100);
		return round(s->value * 10) / 10;
	case LOAD:
		s->value =
			clamp(s->value + 0.2 * (s->mean / 12 - s->value) + 0.5 * wobble(s), 0, 64);
		return round(s->value * 100) / 100;
	case MEMORY:
		s->value = clamp(s->value + 2000 * wobble(s), 100000, 4000000);
		return floor(s->value) * 4096;
	case DISK:
		s->value += roll(s) % 4 ? 0 : (double)(roll(s) % 64);
		return s->value * 4096;
	case COUNTER:
		s->value += (double)(roll(s) % 1500000);
		return s->value;
	case SLOW_COUNTER:
		s->value += roll(s) % 3 ? 0 : (double)(roll(s) % 200) * 512;
		return s->value;
	case RATIO: /* every fifth hardly does anything */
		return round((s->resource % 5 ? s->mean + 10 * wobble(s) : 1.5 + wobble(s)) * 10) /
		       1000;
	case USED:
		return floor((s->resource % 5 ? 0.6 + 0.1 * wobble(s) : 0.1 + 0.02 * wobble(s)) *
			     (1 << 21)) *
		       4096;
	case RATE:
		return floor((s->resource % 5 ? 90000 : 300) * (1 + 0.5 * wobble(s)));
	case RARE:
		return roll(s) % 50 ? 0 : (double)(roll(s) % 30) / 10;
	default:
		return s->value;
	}
}

/* A machine's month: idle below 5 percent, or busy by the hour of the day. */
static double month_value(struct series *s, unsigned tick)
{
	if (s->resource % 5 == 0)
		return round(clamp(1.5 + 1.2 * wobble(s), 0, 4.4) * 10) / 10;
	s->value = s->mean * (1 + 0.5 * sin((double)tick * 2 * 3.14159265358979 / 288));
	return round(clamp(s->value + 5 * wobble(s), 0, 100) * 10) / 10;
}

/* ---- encoding ---- */

static unsigned char *put_varint(unsigned char *p, uint64_t v)
{
	for (; v >= 0x80; v >>= 7)
		*p++ = (unsigned char)(v | 0x80);
	*p++ = (unsigned char)v;
	return p;
}

static unsigned char *put_label(unsigned char *p, const char *name, const char *value)
{
	size_t n = strlen(name), v = strlen(value);

	*p++ = 0x0a;
	*p++ = (unsigned char)(4 + n + v);
	*p++ = 0x0a;
	*p++ = (unsigned char)n;
	memcpy(p, name, n);
	p += n;
	*p++ = 0x12;
	*p++ = (unsigned char)v;
	memcpy(p, value, v);
	return p + v;
}

static unsigned char *put_sample(unsigned char *p, double value, int64_t at_ms)
{
	unsigned char *start = p;

	p += 2;
	*p++ = 0x09;
	memcpy(p, &value, 8); /* the machines this runs on are little-endian */
	p += 8;
	*p++ = 0x10;
	p = put_varint(p, (uint64_t)at_ms);
	start[0] = 0x12;
	start[1] = (unsigned char)(p - start - 2);
	return p;
}

static struct series *make_series(const struct gen *g)
{
	size_t n = (size_t)g->resources * g->metrics;
	struct series *all = calloc(n, sizeof *all);

	for (size_t i = 0; all && i < n; i++) {
		struct series *s = &all[i];
		char resource[GEN_RESOURCE_TEXT], instance[40];
		unsigned char *p = s->labels;

		s->resource = (unsigned)(i / g->metrics);
		s->kind = metrics_of(g)[i % g->metrics].kind;
		s->dice = (i + 1) * UINT64_C(0x9e3779b97f4a7c15);
		for (int warm = 0; warm < 8; warm++)
			(void)roll(s);
		s->mean = 15 + (double)(roll(s) % 600) / 10;
		s->value = s->kind == CONSTANT ? (double)(UINT64_C(1) << (32 + roll(s) % 5))
			   : s->kind == MEMORY || s->kind == DISK
				   ? (double)(500000 + roll(s) % 2000000)
			   : s->kind == COUNTER || s->kind == SLOW_COUNTER
				   ? (double)(roll(s) % 1000000000)
				   : s->mean;
		gen_resource(s->resource, resource);
		(void)snprintf(instance, sizeof instance, "10.%u.%u.%u:9100",
			       s->resource >> 16 & 255, s->resource >> 8 & 255, s->resource & 255);
		p = put_label(p, "__name__", metrics_of(g)[i % g->metrics].name);
		p = put_label(p, "instance", instance);
		p = put_label(p, "job", "node");
		p = put_label(p, "resource", resource);
		p = put_label(p, "zone", s->resource % 3 ? "pudong-1" : "songjiang-2");
		s->labels_len = (unsigned)(p - s->labels);
	}
	return all;
}

/* ---- bodies ---- */

struct run {
	const struct gen *g;
	struct series *series;
	unsigned *order;
	unsigned char *plain, *packed;
	int64_t base_ms;
};

/* Series of `order[from, to)`, `g->ticks_a_body` samples each from `tick` on. */
static size_t put_body(struct run *r, size_t from, size_t to, unsigned tick, unsigned *samples)
{
	unsigned char *p = r->plain;

	*samples = 0;
	for (size_t i = from; i < to; i++) {
		struct series *s = &r->series[r->order[i]];
		unsigned char values[16 * SAMPLE_BYTES], *v = values;

		for (unsigned t = tick; t < tick + r->g->ticks_a_body && t < r->g->ticks; t++) {
			double value = r->g->metrics == 1 ? month_value(s, t) : next_value(s);

			v = put_sample(v, value,
				       r->base_ms + (int64_t)t * r->g->step_s * 1000 +
					       (int64_t)(s->resource % 1000));
			++*samples;
		}
		*p++ = 0x0a;
		p = put_varint(p, s->labels_len + (size_t)(v - values));
		memcpy(p, s->labels, s->labels_len);
		p += s->labels_len;
		memcpy(p, values, (size_t)(v - values));
		p += v - values;
	}
	return (size_t)(p - r->plain);
}

static void shuffle(unsigned *order, size_t n, uint64_t dice)
{
	for (size_t i = n; i > 1; i--) {
		size_t j;
		unsigned swap;

		dice = dice * UINT64_C(6364136223846793005) + 1442695040888963407;
		j = (size_t)((dice >> 33) % i);
		swap = order[i - 1];
		order[i - 1] = order[j];
		order[j] = swap;
	}
}

static int run_all(struct run *r, size_t cap, gen_fn take, void *arg)
{
	const struct gen *g = r->g;
	size_t n = (size_t)g->resources * g->metrics;

	for (unsigned tick = 0; tick < g->ticks; tick += g->ticks_a_body) {
		unsigned lane = 0;

		if (g->shuffled && (g->shuffled > 1 || tick == 0))
			shuffle(r->order, n, tick + 1);
		for (size_t from = 0; from < n; from += g->series_a_body, lane++) {
			size_t to = from + g->series_a_body < n ? from + g->series_a_body : n;
			size_t packed = cap, plain;
			unsigned samples;
			int rc;

			if (g->shuffled == 1)
				shuffle(r->order + from, to - from, tick + lane + 2);
			plain = put_body(r, from, to, tick, &samples);
			if (snappy_compress((const char *)r->plain, plain, (char *)r->packed,
					    &packed) != SNAPPY_OK)
				return -1;
			rc = take(arg, lane % GEN_LANES, samples, r->packed, packed);
			if (rc != 0)
				return rc;
		}
	}
	return 0;
}

int gen_run(const struct gen *g, int64_t base_ms, gen_fn take, void *arg)
{
	size_t n = (size_t)g->resources * g->metrics, cap;
	size_t plain = g->series_a_body * (LABELS_MAX + (size_t)g->ticks_a_body * SAMPLE_BYTES);
	struct run r = { .g = g, .base_ms = base_ms };
	int rc = -1;

	cap = snappy_max_compressed_length(plain);
	r.series = make_series(g);
	r.order = malloc(n * sizeof *r.order);
	r.plain = malloc(plain);
	r.packed = malloc(cap);
	if (r.series && r.order && r.plain && r.packed) {
		for (size_t i = 0; i < n; i++)
			r.order[i] = (unsigned)i;
		rc = run_all(&r, cap, take, arg);
	}
	free(r.series);
	free(r.order);
	free(r.plain);
	free(r.packed);
	return rc;
}
