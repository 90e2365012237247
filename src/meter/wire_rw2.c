/* Remote-write 2.0: labels are numbers into a table of texts, which may also come behind the series
 * that use it; they are rewritten to the encoding of 1.0. */
#include "meter/wire_internal.h"

static const struct yh_pb_field metadata_fields[] = { { 1, YH_PB_VARINT },
						      { 3, YH_PB_VARINT },
						      { 4, YH_PB_VARINT } };
static const struct yh_pb_shape metadata_shape = { metadata_fields, 3 };
static const struct yh_pb_field exemplar_fields[] = { { 1, YH_PB_VARINT, .packed = true },
						      { 2, YH_PB_I64 },
						      { 3, YH_PB_VARINT } };
static const struct yh_pb_shape exemplar_shape = { exemplar_fields, 3 };

/* The labels of one series as they come, by twos. */
struct pairs {
	struct yh_pb name;
	bool half;
};

static const struct yh_pb *symbol(const struct yh_walk *k, uint64_t ref)
{
	const struct yh_pb *symbols = k->w->symbols;

	return ref < k->w->n_symbols ? &symbols[ref] : NULL;
}

static enum yh_rc take_ref(struct yh_walk *k, struct pairs *pairs, uint64_t ref)
{
	const struct yh_pb *s = symbol(k, ref);

	if (!s)
		return yh_walk_invalid(k, "labels");
	pairs->half = !pairs->half;
	if (pairs->half) {
		pairs->name = *s;
		return YH_OK;
	}
	return yh_walk_label(
		k, &(struct yh_wire_label){ .name = pairs->name.p,
					    .name_len = (size_t)(pairs->name.end - pairs->name.p),
					    .value = s->p,
					    .value_len = (size_t)(s->end - s->p) });
}

static enum yh_rc label_refs(struct yh_walk *k, struct pairs *pairs, struct yh_pb *c, unsigned type)
{
	struct yh_pb list;
	uint64_t ref;
	enum yh_rc rc = YH_OK;

	if (type == YH_PB_VARINT) {
		if (!yh_pb_varint(c, &ref))
			return yh_walk_invalid(k, "protobuf");
		return take_ref(k, pairs, ref);
	}
	if (type != YH_PB_LEN || !yh_pb_sub(c, &list))
		return yh_walk_invalid(k, "protobuf");
	while (rc == YH_OK && list.p < list.end) {
		if (!yh_pb_varint(&list, &ref))
			return yh_walk_invalid(k, "protobuf");
		rc = take_ref(k, pairs, ref);
	}
	return rc;
}

/* One field of a series but for its labels. */
static enum yh_rc other_field(struct yh_walk *k, struct yh_walk_found *f, struct yh_pb *c,
			      uint32_t field, unsigned type)
{
	struct yh_wire_sample sample;
	struct yh_pb sub;

	if (field < 2 || field > 5) {
		if (yh_pb_skip(c, type))
			return YH_OK;
		return yh_walk_invalid(k, "protobuf");
	}
	if (type != YH_PB_LEN || !yh_pb_sub(c, &sub))
		return yh_walk_invalid(k, "protobuf");
	switch (field) {
	case 2:
		if (yh_walk_sample(sub, &sample))
			return yh_walk_add(k, sample.at_ms, sample.value);
		break;
	case 3:
		f->histograms++; /* read when the labels are known */
		return YH_OK;
	case 4:
		k->w->exemplars++;
		if (yh_pb_conforms(sub, &exemplar_shape))
			return YH_OK;
		break;
	default:
		k->w->metadata++;
		if (yh_pb_conforms(sub, &metadata_shape))
			return YH_OK;
		break;
	}
	return yh_walk_invalid(k, "protobuf");
}

static enum yh_rc series(struct yh_walk *k, struct yh_pb c)
{
	struct yh_wire *w = k->w;
	struct yh_walk_found f = {
		.at = w->n_scratch, .first_sample = w->n_samples, .message = c, .histogram_tag = 3
	};
	struct pairs pairs = { .half = false };
	uint32_t field;
	unsigned type;
	enum yh_rc rc;

	while (c.p < c.end) {
		if (!yh_pb_tag(&c, &field, &type))
			return yh_walk_invalid(k, "protobuf");
		rc = field == 1 ? label_refs(k, &pairs, &c, type)
				: other_field(k, &f, &c, field, type);
		if (rc != YH_OK)
			return rc;
	}
	f.labels_len = w->n_scratch - f.at;
	if (pairs.half || f.labels_len == 0)
		return yh_walk_invalid(k, "labels");
	return yh_walk_close(k, &f);
}

/* The table first, whatever the order of the fields. */
static enum yh_rc symbols(struct yh_walk *k, struct yh_pb c)
{
	struct yh_pb sub;
	uint32_t field;
	enum yh_rc rc;

	for (;;) {
		if (!yh_pb_next(&c, 1 << 4 | 1 << 5, &field, &sub))
			return yh_walk_invalid(k, "protobuf");
		if (field == 0)
			return YH_OK;
		if (field == 5)
			continue;
		rc = yh_walk_symbols(k);
		if (rc != YH_OK)
			return rc;
		((struct yh_pb *)k->w->symbols)[k->w->n_symbols++] = sub;
	}
}

enum yh_rc yh_walk_rw2(struct yh_walk *k)
{
	const unsigned char *plain = k->w->plain;
	struct yh_pb c = { plain, plain + k->size }, sub;
	enum yh_rc rc = symbols(k, c);
	uint32_t field;

	while (rc == YH_OK) {
		if (!yh_pb_next(&c, 1 << 5, &field, &sub))
			return yh_walk_invalid(k, "protobuf");
		if (field == 0)
			break;
		rc = series(k, sub);
	}
	return rc;
}
