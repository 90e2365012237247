/* Remote-write 1.0: the way every common sender encodes a series is read without a loop over its
 * fields; anything else that is well-formed takes the slow road and is rewritten to look alike. */
#include "meter/wire_internal.h"

static const struct yh_pb_field label_fields[] = { { 1, YH_PB_LEN }, { 2, YH_PB_LEN } };
static const struct yh_pb_shape label_shape = { label_fields, 2 };
static const struct yh_pb_field exemplar_fields[] = { { 1, YH_PB_LEN, .sub = &label_shape },
						      { 2, YH_PB_I64 },
						      { 3, YH_PB_VARINT } };
static const struct yh_pb_shape exemplar_shape = { exemplar_fields, 3 };
static const struct yh_pb_field metadata_fields[] = {
	{ 1, YH_PB_VARINT }, { 2, YH_PB_LEN }, { 4, YH_PB_LEN }, { 5, YH_PB_LEN }
};
static const struct yh_pb_shape metadata_shape = { metadata_fields, 4 };

bool yh_pb_conforms(struct yh_pb c, const struct yh_pb_shape *shape)
{
	while (c.p < c.end) {
		const struct yh_pb_field *f = NULL;
		struct yh_pb sub;
		uint32_t field;
		uint64_t v;
		unsigned type;

		if (!yh_pb_tag(&c, &field, &type))
			return false;
		for (size_t i = 0; i < shape->n && !f; i++)
			if (shape->fields[i].number == field)
				f = &shape->fields[i];
		if (f && f->packed && type == YH_PB_LEN) {
			if (!yh_pb_sub(&c, &sub))
				return false;
			while (sub.p < sub.end)
				if (!yh_pb_varint(&sub, &v))
					return false;
		} else if (f && f->sub && type == YH_PB_LEN) {
			if (!yh_pb_sub(&c, &sub) || !yh_pb_conforms(sub, f->sub))
				return false;
		} else if ((f && f->type != type) || !yh_pb_skip(&c, type))
			return false;
	}
	return true;
}

/* Is the label at `p`, its tag seen, encoded the one way the senders do it? Where it ends, or NULL.
 */
static const unsigned char *common_label(const unsigned char *p, const unsigned char *end)
{
	struct yh_pb c = { p + 1, end }, body;
	struct yh_wire_label l;
	size_t size, name;

	if (end - p >= 6 && p[1] < 0x80 && p[2] == 0x0a && p[1] <= end - p - 2) {
		size = p[1];
		name = p[3];
		if (name - 1 < 0x7f && name + 4 < size && p[4 + name] == 0x12 &&
		    p[5 + name] < 0x80 && 4 + name + p[5 + name] == size)
			return p + 2 + size;
	}
	if (!yh_pb_sub(&c, &body) || !yh_wire_label_read(body, &l) ||
	    yh_wire_label_size(&l) != (size_t)(c.p - p) ||
	    (l.name_len && l.value_len && l.name > l.value))
		return NULL;
	return c.p;
}

/* The sample that nearly all are: a value and an instant of six bytes. */
static bool common_sample(const unsigned char *p, const unsigned char *end,
			  struct yh_wire_sample *out)
{
	uint64_t v;

	if (end - p < 18 || p[0] != 0x12 || p[1] != 0x10 || p[2] != 0x09 || p[11] != 0x10)
		return false;
	v = yh_pb_load64(p + 12); /* two bytes may be of the padding */
	if ((v & UINT64_C(0x808080808080)) != UINT64_C(0x008080808080))
		return false;
	out->value = yh_pb_load_double(p + 3);
	out->at_ms = (int64_t)((v & 0x7f) | (v >> 1 & 0x3f80) | (v >> 2 & 0x1fc000) |
			       (v >> 3 & 0xfe00000) | (v >> 4 & UINT64_C(0x7f0000000)) |
			       (v >> 5 & UINT64_C(0x3f800000000)));
	return true;
}

/* One field of a series but for its common forms. */
static enum yh_rc other_field(struct yh_walk *k, struct yh_walk_found *f, struct yh_pb *c,
			      bool *apart)
{
	struct yh_wire_sample sample;
	struct yh_wire_label label;
	struct yh_pb sub;
	uint32_t field;
	unsigned type;

	if (!yh_pb_tag(c, &field, &type))
		return yh_walk_invalid(k, "protobuf");
	if (field < 1 || field > 4) {
		if (yh_pb_skip(c, type))
			return YH_OK;
		return yh_walk_invalid(k, "protobuf");
	}
	if (type != YH_PB_LEN || !yh_pb_sub(c, &sub))
		return yh_walk_invalid(k, "protobuf");
	switch (field) {
	case 1:
		*apart = true;
		if (yh_wire_label_read(sub, &label))
			return YH_OK;
		break;
	case 2:
		if (yh_walk_sample(sub, &sample))
			return yh_walk_add(k, sample.at_ms, sample.value);
		break;
	case 3:
		k->w->exemplars++;
		if (yh_pb_conforms(sub, &exemplar_shape))
			return YH_OK;
		break;
	default:
		f->histograms++; /* read when the labels are known */
		return YH_OK;
	}
	return yh_walk_invalid(k, "protobuf");
}

/* Labels that lie apart, or were encoded oddly, put together in the scratch; all were read once. */
static enum yh_rc rewrite(struct yh_walk *k, struct yh_walk_found *f)
{
	struct yh_pb c = f->message, sub;
	struct yh_wire_label label;
	uint32_t field;
	enum yh_rc rc = YH_OK;

	f->labels = NULL;
	f->at = k->w->n_scratch;
	while (rc == YH_OK) {
		if (!yh_pb_next(&c, 1 << 1, &field, &sub))
			return yh_walk_invalid(k, "protobuf");
		if (field == 0)
			break;
		if (!yh_wire_label_read(sub, &label))
			return yh_walk_invalid(k, "protobuf");
		rc = yh_walk_label(k, &label);
	}
	f->labels_len = k->w->n_scratch - f->at;
	return rc;
}

static enum yh_rc series(struct yh_walk *k, struct yh_pb c)
{
	struct yh_wire *w = k->w;
	struct yh_walk_found f = {
		.labels = c.p, .first_sample = w->n_samples, .message = c, .histogram_tag = 4
	};
	const unsigned char *next;
	bool apart = false;
	enum yh_rc rc;

	while (c.p < c.end && *c.p == 0x0a && (next = common_label(c.p, c.end)))
		c.p = next;
	f.labels_len = (size_t)(c.p - f.labels);
	while (c.p < c.end) {
		if (w->n_samples < w->cap_samples &&
		    common_sample(c.p, c.end, &w->samples[w->n_samples])) {
			w->n_samples++;
			c.p += 18;
			continue;
		}
		rc = other_field(k, &f, &c, &apart);
		if (rc != YH_OK)
			return rc;
	}
	if (apart) {
		rc = rewrite(k, &f);
		if (rc != YH_OK)
			return rc;
	}
	return yh_walk_close(k, &f);
}

enum yh_rc yh_walk_rw1(struct yh_walk *k)
{
	const unsigned char *plain = k->w->plain;
	struct yh_pb c = { plain, plain + k->size }, sub;
	uint32_t field;
	enum yh_rc rc = YH_OK;

	while (rc == YH_OK) {
		if (!yh_pb_next(&c, 1 << 1 | 1 << 3, &field, &sub))
			return yh_walk_invalid(k, "protobuf");
		if (field == 0)
			break;
		if (field == 1) {
			rc = series(k, sub);
			continue;
		}
		if (!yh_pb_conforms(sub, &metadata_shape))
			return yh_walk_invalid(k, "protobuf");
		k->w->metadata++;
	}
	return rc;
}
