/* Native histograms: checked as a whole, kept as a count and a sum. */
#include "meter/wire_internal.h"

#include <math.h>

enum {
	CUSTOM = -53, /* the schema whose bounds come with the histogram */
	SCHEMA_MIN = -9,
	SCHEMA_MAX = 52
};

/* Buckets on one side of zero. */
struct side {
	uint64_t span_slots; /* buckets the spans announce */
	int64_t span_end;    /* index behind the last of them */
	uint64_t n_spans, n_deltas, n_counts;
	int64_t running;
	uint64_t sum;
	double sum_float;
};

struct parts {
	struct side negative, positive;
	bool is_float, zero_float, wrong;
	uint64_t count, zero, customs;
	double count_float, zero_count_float, sum, last_custom;
	int64_t schema, at_ms;
};

static bool span(struct parts *h, struct side *s, struct yh_pb c)
{
	int64_t offset = 0;
	uint64_t length = 0, v;
	uint32_t field;
	unsigned type;

	while (c.p < c.end) {
		if (!yh_pb_tag(&c, &field, &type))
			return false;
		if (field != 1 && field != 2) {
			if (!yh_pb_skip(&c, type))
				return false;
			continue;
		}
		if (type != YH_PB_VARINT || !yh_pb_varint(&c, &v))
			return false;
		if (field == 1)
			offset = (int32_t)yh_pb_zigzag((uint32_t)v);
		else
			length = (uint32_t)v;
	}
	if (s->n_spans++ > 0 && offset < 0)
		h->wrong = true;
	s->span_slots += length;
	s->span_end += offset + (int64_t)length;
	return true;
}

static void delta(struct parts *h, struct side *s, int64_t d)
{
	s->n_deltas++;
	if (__builtin_add_overflow(s->running, d, &s->running) || s->running < 0 ||
	    __builtin_add_overflow(s->sum, (uint64_t)s->running, &s->sum))
		h->wrong = true;
}

static void float_count(struct parts *h, struct side *s, double v)
{
	s->n_counts++;
	s->sum_float += v;
	if (!(v >= 0))
		h->wrong = true;
}

static void custom_bound(struct parts *h, double v)
{
	if (isnan(v) || (h->customs++ > 0 && !(v > h->last_custom)))
		h->wrong = true;
	h->last_custom = v;
}

/* One number of a repeated field, of the list it belongs to. */
static bool list_item(struct parts *h, uint32_t field, struct yh_pb *c)
{
	struct side *s = field == 9 || field == 10 ? &h->negative : &h->positive;
	uint64_t v;
	double d;

	if (field == 9 || field == 12) {
		if (!yh_pb_varint(c, &v))
			return false;
		delta(h, s, yh_pb_zigzag(v));
		return true;
	}
	if (!yh_pb_double(c, &d))
		return false;
	if (field == 16)
		custom_bound(h, d);
	else
		float_count(h, s, d);
	return true;
}

static bool list(struct parts *h, uint32_t field, unsigned type, struct yh_pb *c)
{
	unsigned single = field == 9 || field == 12 ? YH_PB_VARINT : YH_PB_I64;
	struct yh_pb packed;

	if (type == single)
		return list_item(h, field, c);
	if (type != YH_PB_LEN || !yh_pb_sub(c, &packed))
		return false;
	while (packed.p < packed.end)
		if (!list_item(h, field, &packed))
			return false;
	return true;
}

static bool whole(struct parts *h, uint32_t field, struct yh_pb *c)
{
	uint64_t v;

	if (!yh_pb_varint(c, &v))
		return false;
	if (field == 1) {
		h->count = v;
		h->is_float = false;
	} else if (field == 4)
		h->schema = (int32_t)yh_pb_zigzag((uint32_t)v);
	else if (field == 6) {
		h->zero = v;
		h->zero_float = false;
	} else if (field == 15)
		h->at_ms = (int64_t)v;
	return true;
}

static bool real(struct parts *h, uint32_t field, struct yh_pb *c)
{
	double d;

	if (!yh_pb_double(c, &d))
		return false;
	if (field == 2) {
		h->count_float = d;
		h->is_float = true;
	} else if (field == 3)
		h->sum = d;
	else if (field == 7) {
		h->zero_count_float = d;
		h->zero_float = true;
	}
	return true;
}

static bool take_field(struct parts *h, uint32_t field, unsigned type, struct yh_pb *c)
{
	struct yh_pb sub;

	switch (field) {
	case 1:  /* count, as a whole number */
	case 4:  /* schema */
	case 6:  /* count of the zero bucket */
	case 14: /* hint on resets */
	case 15: /* timestamp */
	case 17: /* when it began */
		return type == YH_PB_VARINT && whole(h, field, c);
	case 2: /* count, as a real number */
	case 3: /* sum */
	case 5: /* width of the zero bucket */
	case 7: /* its count */
		return type == YH_PB_I64 && real(h, field, c);
	case 8:
	case 11:
		return type == YH_PB_LEN && yh_pb_sub(c, &sub) &&
		       span(h, field == 8 ? &h->negative : &h->positive, sub);
	case 9:
	case 10:
	case 12:
	case 13:
	case 16:
		return list(h, field, type, c);
	default:
		return yh_pb_skip(c, type);
	}
}

/* Observations that are no number are counted but fall into no bucket; then the sum is none. */
static bool counts_agree(const struct parts *h)
{
	uint64_t in;
	double in_float;

	if (h->is_float) {
		in_float = h->negative.sum_float + h->positive.sum_float + h->zero_count_float;
		if (!(h->count_float >= 0) || !(h->zero_count_float >= 0) || h->zero ||
		    h->negative.n_deltas || h->positive.n_deltas)
			return false;
		if (isnan(h->sum) && h->count_float >= in_float)
			return true;
		return fabs(h->count_float - in_float) <= 1e-6 * in_float;
	}
	if (h->zero_float || h->negative.n_counts || h->positive.n_counts ||
	    __builtin_add_overflow(h->negative.sum, h->positive.sum, &in) ||
	    __builtin_add_overflow(in, h->zero, &in))
		return false;
	return h->count == in || (isnan(h->sum) && h->count > in);
}

static bool spans_agree(const struct parts *h)
{
	const struct side *neg = &h->negative, *pos = &h->positive;

	if (neg->span_slots != neg->n_deltas + neg->n_counts ||
	    pos->span_slots != pos->n_deltas + pos->n_counts)
		return false;
	if (h->schema != CUSTOM)
		return h->schema >= SCHEMA_MIN && h->schema <= SCHEMA_MAX && h->customs == 0;
	return neg->n_spans == 0 && h->zero == 0 && !(h->zero_count_float > 0) &&
	       pos->span_end <= (int64_t)h->customs + 1;
}

enum yh_histogram_fault yh_wire_histogram_read(struct yh_pb c, struct yh_wire_histogram *out)
{
	struct parts h = { 0 };
	uint32_t field;
	uint64_t bits;
	unsigned type;

	while (c.p < c.end)
		if (!yh_pb_tag(&c, &field, &type) || !take_field(&h, field, type, &c))
			return YH_HISTOGRAM_MALFORMED;
	memcpy(&bits, &h.sum, sizeof bits);
	*out = (struct yh_wire_histogram){ .at_ms = h.at_ms, .sum = h.sum };
	if (bits == YH_WIRE_STALE) { /* the series has ended: there is nothing to agree */
		out->count = h.sum;
		return YH_HISTOGRAM_OK;
	}
	out->count = h.is_float ? h.count_float : (double)h.count;
	return h.wrong || !spans_agree(&h) || !counts_agree(&h) ? YH_HISTOGRAM_WRONG
								: YH_HISTOGRAM_OK;
}

/* The metric's name with `suffix` behind it. */
static unsigned char *put_name(unsigned char *p, const struct yh_wire_label *l, const char *suffix)
{
	size_t n = strlen(suffix), value = l->value_len + n;

	*p++ = 0x0a;
	p = yh_pb_put_varint(p, 2 + l->name_len + 1 + yh_pb_varint_size(value) + value);
	*p++ = 0x0a;
	p = yh_pb_put_varint(p, l->name_len);
	memcpy(p, l->name, l->name_len);
	p += l->name_len;
	*p++ = 0x12;
	p = yh_pb_put_varint(p, value);
	if (l->value_len)
		memcpy(p, l->value, l->value_len);
	memcpy(p + l->value_len, suffix, n);
	return p + value;
}

/* One of the two series a histogram is kept as; its labels go into the scratch. */
static enum yh_rc derive(struct yh_walk *k, const struct yh_walk_found *f, const char *suffix,
			 struct yh_wire_series *out)
{
	struct yh_wire *w = k->w;
	enum yh_rc rc = yh_walk_scratch(k, f->labels_len + strlen(suffix) + 8);
	const unsigned char *labels = yh_walk_labels(k, f);
	struct yh_pb c = { labels, labels + f->labels_len }, body;
	unsigned char *begin, *p;

	if (rc != YH_OK)
		return rc;
	begin = p = (unsigned char *)w->scratch + w->n_scratch;
	while (c.p < c.end) {
		struct yh_wire_label l;

		c.p++; /* its tag */
		if (!yh_pb_sub(&c, &body) || !yh_wire_label_read(body, &l))
			return yh_walk_invalid(k, "protobuf");
		if (yh_wire_is_name(&l) && l.value_len > 0)
			p = put_name(p, &l, suffix);
		else
			p = yh_wire_label_put(p, &l);
	}
	out->labels = begin;
	out->labels_len = (uint32_t)(p - begin);
	out->key = yh_walk_key(k, begin, out->labels_len);
	w->n_scratch += out->labels_len;
	return YH_OK;
}

/* Counts first, then sums, so that the samples of each lie together. */
static enum yh_rc read_all(struct yh_walk *k, const struct yh_walk_found *f)
{
	struct yh_wire_sample *counts = k->w->samples + k->w->n_samples;
	struct yh_pb c = f->message, sub;
	struct yh_wire_histogram h;
	uint32_t field, i = 0;
	unsigned type;

	while (c.p < c.end) {
		if (!yh_pb_tag(&c, &field, &type))
			return yh_walk_invalid(k, "protobuf");
		if (field != f->histogram_tag) {
			if (!yh_pb_skip(&c, type))
				return yh_walk_invalid(k, "protobuf");
			continue;
		}
		if (!yh_pb_sub(&c, &sub))
			return yh_walk_invalid(k, "protobuf");
		switch (yh_wire_histogram_read(sub, &h)) {
		case YH_HISTOGRAM_MALFORMED:
			return yh_walk_invalid(k, "protobuf");
		case YH_HISTOGRAM_WRONG:
			return yh_walk_invalid(k, "histogram");
		default:
			counts[i] = (struct yh_wire_sample){ h.at_ms, h.count };
			counts[f->histograms + i++] = (struct yh_wire_sample){ h.at_ms, h.sum };
		}
	}
	return YH_OK;
}

enum yh_rc yh_walk_histograms(struct yh_walk *k, const struct yh_walk_found *f)
{
	struct yh_wire *w = k->w;
	struct yh_wire_series count = { .first_sample = (uint32_t)w->n_samples,
					.n_samples = f->histograms,
					.part = YH_PART_COUNT };
	struct yh_wire_series sum = { .first_sample = (uint32_t)w->n_samples + f->histograms,
				      .n_samples = f->histograms,
				      .part = YH_PART_SUM };
	enum yh_rc rc = yh_walk_samples(k, 2 * (size_t)f->histograms);

	if (rc == YH_OK)
		rc = yh_walk_series(k, 2);
	if (rc == YH_OK)
		rc = read_all(k, f);
	if (rc == YH_OK)
		rc = derive(k, f, "_count", &count);
	if (rc != YH_OK)
		return rc;
	w->series[w->n_series++] = count; /* now its labels follow the scratch */
	rc = derive(k, f, "_sum", &sum);
	if (rc != YH_OK)
		return rc;
	w->series[w->n_series++] = sum;
	w->n_samples += 2 * (size_t)f->histograms;
	w->histograms += f->histograms;
	return YH_OK;
}
