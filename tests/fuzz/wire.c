/* Bodies of every form from bytes that nobody meant. The first byte chooses the form; the others
 * are the plain body, which is compressed here so that the walker is reached, or with bit 2 the
 * body as it came. */
#include <snappy-c.h>

#include "fuzz.h"
#include "meter/unsnap.h"
#include "meter/wire.h"

static const struct yh_wire_seed seed = { "0123456789abcdef" };

/* Labels that are right go out and come back the same. */
static void check_labels(const struct yh_wire_series *s)
{
	struct yh_arena a;
	struct yh_err err = { 0 };
	struct yh_meter_label *labels, *again;
	struct yh_wire_series out = { 0 };
	const char *metric, *metric_again;
	size_t n, n_again, len;

	yh_arena_init(&a, 1 << 20);
	if (yh_wire_labels(s, &a, &metric, &labels, &n, &err) == YH_OK) {
		must(n <= YH_METER_LABELS_MAX && metric[0]);
		must(yh_wire_encode_labels(&a, metric, labels, n, &out.labels, &len, &err) ==
		     YH_OK);
		out.labels_len = (uint32_t)len;
		must(yh_wire_labels(&out, &a, &metric_again, &again, &n_again, &err) == YH_OK);
		must(n == n_again && strcmp(metric, metric_again) == 0);
		for (size_t i = 0; i < n; i++)
			must(strcmp(labels[i].name, again[i].name) == 0 &&
			     strcmp(labels[i].value, again[i].value) == 0);
	} else
		must(err.rc != YH_OK && err.slug[0]);
	yh_arena_done(&a);
}

static void check(const struct yh_wire *w)
{
	size_t next = 0;

	for (size_t i = 0; i < w->n_series; i++) {
		const struct yh_wire_series *s = &w->series[i];
		struct yh_wire_key key = yh_wire_key_of(s->labels, s->labels_len, &seed);

		must(s->first_sample == next);
		next += s->n_samples;
		must(s->n_samples);
		must(s->part != YH_PART_COUNT || (i + 1 < w->n_series && s[1].part == YH_PART_SUM &&
						  s[1].n_samples == s->n_samples));
		must(s->part != YH_PART_SUM || (i > 0 && s[-1].part == YH_PART_COUNT));
		must(key.lo == s->key.lo && key.hi == s->key.hi);
		if (i < 50)
			check_labels(s);
	}
	must(next == w->n_samples);
}

/* A block unpacks as the library unpacks it, or for both not at all. */
static void check_unsnap(const void *body, size_t n)
{
	uint32_t size;
	size_t lib_size;
	bool ours = yh_unsnap_size(body, n, &size);
	char *a, *b;

	must(ours == (snappy_uncompressed_length(body, n, &lib_size) == SNAPPY_OK));
	if (!ours || size > 1 << 20)
		return;
	must(size == lib_size);
	a = malloc(size + (size_t)YH_UNSNAP_SLOP);
	b = malloc(size + (size_t)1);
	must(a && b);
	ours = yh_unsnap(body, n, a, size);
	must(ours == (snappy_uncompress(body, n, b, &lib_size) == SNAPPY_OK));
	must(!ours || memcmp(a, b, size) == 0);
	free(a);
	free(b);
}

void yh_fuzz_wire(const unsigned char *data, size_t n)
{
	static struct yh_wire w; /* kept, so that what one body leaves meets the next */
	struct yh_err err = { 0 };
	enum yh_meter_form form;
	char *packed = NULL;
	size_t len = n ? n - 1 : 0;
	const void *body = data + 1;

	if (n == 0)
		return;
	form = (data[0] & 3) == 1   ? YH_METER_RW2
	       : (data[0] & 3) == 2 ? YH_METER_LINES
				    : YH_METER_RW1;
	if (form != YH_METER_LINES && !(data[0] & 4)) {
		len = snappy_max_compressed_length(n - 1);
		packed = malloc(len);
		if (!packed || snappy_compress(body, n - 1, packed, &len) != SNAPPY_OK)
			abort();
		body = packed;
	}
	if (form != YH_METER_LINES)
		check_unsnap(body, len);
	if (yh_wire_decode(&w, form, body, len, &seed, &err) == YH_OK)
		check(&w);
	else
		must(w.n_series == 0 && w.n_samples == 0 && err.rc != YH_OK);
	free(packed);
}
