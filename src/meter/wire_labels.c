/* Labels: between the wire's encoding and texts by name. */
#include "meter/wire_internal.h"

#include <stdlib.h>

static const char name_label[] = "__name__";
enum { NAME_LABEL_LEN = sizeof name_label - 1 };

bool yh_wire_label_read(struct yh_pb c, struct yh_wire_label *out)
{
	struct yh_pb sub;
	uint32_t field;

	*out = (struct yh_wire_label){ 0 };
	while (yh_pb_next(&c, 1 << 1 | 1 << 2, &field, &sub)) {
		if (field == 0)
			return true;
		if (field == 1) {
			out->name = sub.p;
			out->name_len = (size_t)(sub.end - sub.p);
		} else {
			out->value = sub.p;
			out->value_len = (size_t)(sub.end - sub.p);
		}
	}
	return false;
}

static size_t text_size(size_t n)
{
	return n ? 1 + yh_pb_varint_size(n) + n : 0;
}

size_t yh_wire_label_size(const struct yh_wire_label *l)
{
	size_t n = text_size(l->name_len) + text_size(l->value_len);

	return 1 + yh_pb_varint_size(n) + n;
}

static unsigned char *put_text(unsigned char *p, unsigned char tag, const unsigned char *s,
			       size_t n)
{
	if (n == 0)
		return p;
	*p++ = tag;
	p = yh_pb_put_varint(p, n);
	memcpy(p, s, n);
	return p + n;
}

unsigned char *yh_wire_label_put(unsigned char *p, const struct yh_wire_label *l)
{
	*p++ = 0x0a;
	p = yh_pb_put_varint(p, text_size(l->name_len) + text_size(l->value_len));
	p = put_text(p, 0x0a, l->name, l->name_len);
	return put_text(p, 0x12, l->value, l->value_len);
}

bool yh_wire_is_name(const struct yh_wire_label *l)
{
	return l->name_len == NAME_LABEL_LEN && memcmp(l->name, name_label, NAME_LABEL_LEN) == 0;
}

enum yh_rc yh_walk_label(struct yh_walk *k, const struct yh_wire_label *l)
{
	size_t n = yh_wire_label_size(l);
	enum yh_rc rc = yh_walk_scratch(k, n);

	if (rc != YH_OK)
		return rc;
	(void)yh_wire_label_put((unsigned char *)k->w->scratch + k->w->n_scratch, l);
	k->w->n_scratch += n;
	return YH_OK;
}

/* The next encoded label; false when there is none or it is malformed. */
static bool next_label(struct yh_pb *c, struct yh_wire_label *out)
{
	struct yh_pb body;

	if (c->p >= c->end || *c->p != 0x0a)
		return false;
	c->p++;
	return yh_pb_sub(c, &body) && yh_wire_label_read(body, out);
}

bool yh_wire_named(const unsigned char *labels, size_t n)
{
	struct yh_pb c = { labels, labels + n };
	struct yh_wire_label l;

	while (next_label(&c, &l))
		if (yh_wire_is_name(&l))
			return l.value_len > 0;
	return false;
}

/* ---- to texts ---- */

static bool continues(const unsigned char *s, size_t n, size_t more)
{
	if (more >= n)
		return false;
	for (size_t i = 1; i <= more; i++)
		if ((s[i] & 0xc0) != 0x80)
			return false;
	return true;
}

/* Length of the valid UTF-8 character at `s`, 0 if there is none. */
static size_t utf8_char(const unsigned char *s, size_t n)
{
	if (s[0] < 0x80)
		return 1;
	if (s[0] >= 0xc2 && s[0] <= 0xdf)
		return continues(s, n, 1) ? 2 : 0;
	if ((s[0] & 0xf0) == 0xe0 && continues(s, n, 2))
		return (s[0] == 0xe0 && s[1] < 0xa0) || (s[0] == 0xed && s[1] > 0x9f) ? 0 : 3;
	if (s[0] >= 0xf0 && s[0] <= 0xf4 && continues(s, n, 3))
		return (s[0] == 0xf0 && s[1] < 0x90) || (s[0] == 0xf4 && s[1] > 0x8f) ? 0 : 4;
	return 0;
}

static const char *text_fault(const unsigned char *s, size_t n, size_t max)
{
	if (n > max)
		return "label-long";
	for (size_t i = 0; i < n;) {
		size_t len = utf8_char(s + i, n - i);

		if (len == 0)
			return "utf8";
		if (s[i] == 0)
			return "nul";
		i += len;
	}
	return NULL;
}

static const char *label_fault(const struct yh_wire_label *l)
{
	const char *fault = text_fault(l->name, l->name_len, YH_METER_NAME_BYTES);

	if (fault)
		return fault;
	if (l->name_len == 0)
		return "label-empty";
	return text_fault(l->value, l->value_len,
			  yh_wire_is_name(l) ? YH_METER_NAME_BYTES : YH_METER_VALUE_BYTES);
}

static int by_name(const void *a, const void *b)
{
	return strcmp(((const struct yh_meter_label *)a)->name,
		      ((const struct yh_meter_label *)b)->name);
}

static enum yh_rc series_invalid(struct yh_err *err, const char *detail)
{
	enum yh_rc rc = yh_fail(err, YH_BAD_INPUT, "meter-series-invalid");

	yh_err_text(err, "detail", detail);
	return rc;
}

/* Checked and copied, in the order of the wire; an empty value still has its name. */
static enum yh_rc read_labels(const struct yh_wire_series *s, struct yh_arena *arena,
			      struct yh_meter_label *out, size_t *n, struct yh_err *err)
{
	struct yh_pb c = { s->labels, s->labels + s->labels_len };
	struct yh_wire_label l;

	for (*n = 0; c.p < c.end; (*n)++) {
		const char *fault;

		if (!next_label(&c, &l))
			return series_invalid(err, "encoding");
		if (*n > YH_METER_LABELS_MAX)
			return series_invalid(err, "labels-many");
		fault = label_fault(&l);
		if (fault)
			return series_invalid(err, fault);
		out[*n].name = yh_arena_strndup(arena, (const char *)l.name, l.name_len);
		out[*n].value =
			l.value_len ? yh_arena_strndup(arena, (const char *)l.value, l.value_len)
				    : "";
		if (!out[*n].name || !out[*n].value)
			return yh_fail(err, YH_BUSY, "memory-short");
	}
	return YH_OK;
}

enum yh_rc yh_wire_labels(const struct yh_wire_series *s, struct yh_arena *arena,
			  const char **metric, struct yh_meter_label **out, size_t *n,
			  struct yh_err *err)
{
	struct yh_meter_label *labels =
		YH_NEW_N(arena, struct yh_meter_label, YH_METER_LABELS_MAX + 1);
	size_t all, kept = 0;
	enum yh_rc rc;

	*metric = NULL;
	if (!labels)
		return yh_fail(err, YH_BUSY, "memory-short");
	rc = read_labels(s, arena, labels, &all, err);
	if (rc != YH_OK)
		return rc;
	qsort(labels, all, sizeof *labels, by_name);
	for (size_t i = 1; i < all; i++)
		if (by_name(&labels[i - 1], &labels[i]) == 0)
			return series_invalid(err, "label-twice");
	for (size_t i = 0; i < all; i++) {
		if (!labels[i].value[0])
			continue;
		if (strcmp(labels[i].name, name_label) == 0)
			*metric = labels[i].value;
		else
			labels[kept++] = labels[i];
	}
	if (!*metric)
		return series_invalid(err, "name-missing");
	if (kept > YH_METER_LABELS_MAX)
		return series_invalid(err, "labels-many");
	*out = labels;
	*n = kept;
	return YH_OK;
}

/* ---- and back ---- */

static struct yh_wire_label label_of(const struct yh_meter_label *l)
{
	return (struct yh_wire_label){ (const unsigned char *)l->name,
				       (const unsigned char *)l->value, strlen(l->name),
				       strlen(l->value) };
}

enum yh_rc yh_wire_encode_labels(struct yh_arena *arena, const char *metric,
				 const struct yh_meter_label *labels, size_t n_labels,
				 const unsigned char **out, size_t *n, struct yh_err *err)
{
	struct yh_meter_label *all = YH_NEW_N(arena, struct yh_meter_label, n_labels + 1);
	unsigned char *p;

	if (!all)
		return yh_fail(err, YH_BUSY, "memory-short");
	all[0] = (struct yh_meter_label){ name_label, metric };
	if (n_labels)
		memcpy(all + 1, labels, n_labels * sizeof *labels);
	qsort(all, n_labels + 1, sizeof *all, by_name);
	*n = 0;
	for (size_t i = 0; i <= n_labels; i++) {
		struct yh_wire_label l = label_of(&all[i]);

		if (i && by_name(&all[i - 1], &all[i]) == 0)
			return series_invalid(err, "label-twice");
		if (l.value_len)
			*n += yh_wire_label_size(&l);
	}
	*out = p = yh_arena_alloc(arena, *n ? *n : 1);
	if (!p)
		return yh_fail(err, YH_BUSY, "memory-short");
	for (size_t i = 0; i <= n_labels; i++) {
		struct yh_wire_label l = label_of(&all[i]);

		if (l.value_len)
			p = yh_wire_label_put(p, &l);
	}
	return YH_OK;
}
