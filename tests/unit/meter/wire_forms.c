/* Remote-write 2.0, native histograms, and JSON lines. */
#include "bodies.h"

#include <math.h>

static const int64_t now_ms = INT64_C(1795450547710);

static void add_symbols(struct bytes *b, ...)
{
	const char *s;
	va_list ap;

	va_start(ap, b);
	while ((s = va_arg(ap, const char *)))
		add_text(b, 4, s);
	va_end(ap);
}

static void add_refs(struct bytes *s, const char *refs)
{
	add_text(s, 1, refs); /* packed: each less than 128, none 0 */
}

static void a_series_of_2_0_has_the_key_of_the_same_in_1_0(void **state)
{
	DECODED one = DECODED_NEW, two = DECODED_NEW;
	struct bytes b1 = { .n = 0 }, b2 = { .n = 0 }, s = { .n = 0 };

	(void)state;
	add_label(&s, "__name__", "cpu");
	add_label(&s, "resource", "R1");
	add_sample(&s, 1.5, now_ms);
	add_sub(&b1, 1, &s);
	s.n = 0;
	add_refs(&s, "\1\2\3\4");
	add_sample(&s, 1.5, now_ms);
	add_symbols(&b2, "", "__name__", "cpu", "resource", "R1", NULL);
	add_sub(&b2, 5, &s);
	assert_int_equal(decode(&one, YH_METER_RW1, &b1), YH_OK);
	assert_int_equal(decode(&two, YH_METER_RW2, &b2), YH_OK);
	assert_string_equal(series_text(&two, 0), "cpu{resource=R1}");
	assert_memory_equal(&one.w.series[0].key, &two.w.series[0].key, sizeof(struct yh_wire_key));
	assert_true(sample_of(&two, 0, 0)->value == 1.5 && sample_of(&two, 0, 0)->at_ms == now_ms);
}

static void the_table_may_stand_behind_and_the_refs_may_be_unpacked(void **state)
{
	DECODED d = DECODED_NEW;
	struct bytes b = { .n = 0 }, s = { .n = 0 };

	(void)state;
	add_int(&s, 1, 1);
	add_sample(&s, 1, now_ms);
	add_int(&s, 1, 2);
	add_refs(&s, "\3\4");
	add_sub(&b, 5, &s);
	add_symbols(&b, "", "__name__", "cpu", "a", "1", NULL);
	assert_int_equal(decode(&d, YH_METER_RW2, &b), YH_OK);
	assert_string_equal(series_text(&d, 0), "cpu{a=1}");
}

static void labels_that_do_not_resolve_make_the_body_invalid(void **state)
{
	static const char *const refs[] = { "\1", "\1\2\1", "\1\7", "\7\2", "" };

	(void)state;
	for (size_t i = 0; i < YH_LEN(refs); i++) {
		DECODED d = DECODED_NEW;
		struct bytes b = { .n = 0 }, s = { .n = 0 };

		add_symbols(&b, "", "__name__", "cpu", NULL);
		add_refs(&s, refs[i]);
		add_sample(&s, 1, now_ms);
		add_sub(&b, 5, &s);
		assert_invalid(decode(&d, YH_METER_RW2, &b), &d.err, "labels");
	}
}

static void a_text_named_over_and_over_does_not_blow_up(void **state)
{
	DECODED d = DECODED_NEW;
	struct bytes b = { .n = 0 }, s = { .n = 0 };
	char text[4000], refs[9000];

	(void)state;
	memset(text, 'x', sizeof text);
	memset(refs, 1, sizeof refs);
	add_text(&b, 4, "");
	add_len(&b, 4, text, sizeof text);
	add_len(&s, 1, refs, sizeof refs);
	add_sub(&b, 5, &s);
	assert_int_equal(decode(&d, YH_METER_RW2, &b), YH_TOO_LARGE);
}

static void metadata_start_times_and_exemplars_of_2_0_are_taken(void **state)
{
	DECODED d = DECODED_NEW;
	struct bytes b = { .n = 0 }, s = { .n = 0 }, x = { .n = 0 };

	(void)state;
	add_symbols(&b, "", "__name__", "cpu", NULL);
	add_refs(&s, "\1\2");
	add_int(&x, 1, 1);
	add_int(&x, 3, 0);
	add_sub(&s, 5, &x);
	x.n = 0;
	add_double(&x, 1, 4);
	add_int(&x, 2, (uint64_t)now_ms);
	add_int(&x, 3, (uint64_t)now_ms - 1000);
	add_sub(&s, 2, &x);
	x.n = 0;
	add_text(&x, 1, "\1\2");
	add_double(&x, 2, 4);
	add_sub(&s, 4, &x);
	add_int(&s, 6, (uint64_t)now_ms - 1000);
	add_sub(&b, 5, &s);
	assert_int_equal(decode(&d, YH_METER_RW2, &b), YH_OK);
	assert_int_equal(d.w.metadata, 1);
	assert_int_equal(d.w.exemplars, 1);
	assert_int_equal(d.w.series[0].n_samples, 1);
	assert_int_equal(sample_of(&d, 0, 0)->at_ms, now_ms);
}

static void metadata_alone_makes_no_series_but_needs_a_name(void **state)
{
	(void)state;
	for (unsigned named = 0; named <= 1; named++) {
		DECODED d = DECODED_NEW;
		struct bytes b = { .n = 0 }, s = { .n = 0 }, x = { .n = 0 };

		add_symbols(&b, "", "__name__", named ? "cpu" : "", NULL);
		add_refs(&s, "\1\2");
		add_int(&x, 1, 1);
		add_sub(&s, 5, &x);
		add_sub(&b, 5, &s);
		if (named)
			assert_int_equal(decode(&d, YH_METER_RW2, &b), YH_OK);
		else
			assert_invalid(decode(&d, YH_METER_RW2, &b), &d.err, "labels");
		assert_int_equal(d.w.n_series, 0);
	}
}

/* ---- histograms ---- */

struct histogram {
	uint64_t count, zero;
	int schema;
	double sum;
	const int *deltas, *negative;   /* up to INT_MAX */
	const double *counts, *customs; /* up to NAN */
	double count_float;
	unsigned spans; /* announces that many buckets too many */
};

enum { END = 1 << 30 };

static unsigned add_deltas(struct bytes *h, unsigned field, const int *list)
{
	unsigned n = 0;

	for (; list && list[n] != END; n++)
		add_sint(h, field, list[n]);
	return n;
}

static void add_histogram(struct bytes *s, unsigned field, const struct histogram *in, int64_t at)
{
	struct bytes h = { .n = 0 }, span = { .n = 0 };
	unsigned n;

	if (in->counts)
		add_double(&h, 2, in->count_float);
	else
		add_int(&h, 1, in->count);
	add_double(&h, 3, in->sum);
	add_sint(&h, 4, in->schema);
	add_double(&h, 5, 0.001);
	if (!in->counts)
		add_int(&h, 6, in->zero);
	n = add_deltas(&h, 9, in->negative);
	if (n) {
		add_sint(&span, 1, -2);
		add_int(&span, 2, n);
		add_sub(&h, 8, &span);
		span.n = 0;
	}
	n = add_deltas(&h, 12, in->deltas);
	for (const double *c = in->counts; c && !isnan(*c); c++, n++)
		add_double(&h, 13, *c);
	if (n + in->spans) {
		add_int(&span, 2, n + in->spans);
		add_sub(&h, 11, &span);
	}
	for (const double *c = in->customs; c && !isnan(*c); c++)
		add_double(&h, 16, *c);
	add_int(&h, 15, (uint64_t)at);
	add_sub(s, field, &h);
}

static enum yh_rc decode_histogram(struct decoded *d, const struct histogram *in)
{
	struct bytes b = { .n = 0 }, s = { .n = 0 };

	add_symbols(&b, "", "__name__", "rtt", "a", "1", NULL);
	add_refs(&s, "\3\4\1\2");
	add_histogram(&s, 3, in, now_ms);
	add_histogram(&s, 3, in, now_ms + 1000);
	add_sub(&b, 5, &s);
	return decode(d, YH_METER_RW2, &b);
}

static void a_histogram_becomes_a_count_and_a_sum(void **state)
{
	static const int deltas[] = { 2, 1, -2, END }, negative[] = { 4, END }; /* 2 3 1, 4 */
	DECODED d = DECODED_NEW;

	(void)state;
	assert_int_equal(decode_histogram(&d, &(struct histogram){ .count = 15,
								   .zero = 5,
								   .sum = 7.5,
								   .deltas = deltas,
								   .negative = negative }),
			 YH_OK);
	assert_int_equal(d.w.n_series, 2);
	assert_string_equal(series_text(&d, 0), "rtt_count{a=1}");
	assert_string_equal(series_text(&d, 1), "rtt_sum{a=1}");
	assert_int_equal(d.w.histograms, 2);
	assert_int_equal(d.w.series[0].part, YH_PART_COUNT);
	assert_int_equal(d.w.series[1].part, YH_PART_SUM);
	for (size_t i = 0; i < 2; i++) {
		assert_true(sample_of(&d, 0, i)->value == 15);
		assert_true(sample_of(&d, 1, i)->value == 7.5);
		assert_int_equal(sample_of(&d, 0, i)->at_ms, now_ms + 1000 * (int64_t)i);
		assert_int_equal(sample_of(&d, 1, i)->at_ms, now_ms + 1000 * (int64_t)i);
	}
}

static void the_series_of_a_histogram_have_the_keys_of_their_names(void **state)
{
	DECODED d = DECODED_NEW, plain = DECODED_NEW;
	struct bytes b = { .n = 0 }, s = { .n = 0 };

	(void)state;
	assert_int_equal(decode_histogram(&d, &(struct histogram){ .count = 1, .zero = 1 }), YH_OK);
	add_label(&s, "a", "1");
	add_label(&s, "__name__", "rtt_count");
	add_sample(&s, 1, now_ms);
	add_sub(&b, 1, &s);
	assert_int_equal(decode(&plain, YH_METER_RW1, &b), YH_OK);
	assert_memory_equal(&d.w.series[0].key, &plain.w.series[0].key, sizeof(struct yh_wire_key));
}

static void histograms_of_every_kind_are_taken(void **state)
{
	static const int three[] = { 3, END }, large[] = { 1, 1, END };
	static const double counts[] = { 1.5, 2.5, NAN }, bounds[] = { 1, 2, NAN };
	double stale;
	uint64_t bits = UINT64_C(0x7ff0000000000002);
	const struct histogram good[] = {
		{ .count = 3, .deltas = three },
		{ .count = 3, .negative = three },
		{ .count = 7, .zero = 7 },
		{ .count = 0 },
		{ .count = 3, .deltas = large, .schema = -53, .customs = bounds },
		{ .count_float = 4, .counts = counts },
		{ .count_float = 4.0000000001, .counts = counts },
		{ .count = 5, .deltas = three, .sum = NAN },
	};

	(void)state;
	memcpy(&stale, &bits, sizeof stale);
	for (size_t i = 0; i < YH_LEN(good); i++) {
		DECODED d = DECODED_NEW;

		assert_int_equal(decode_histogram(&d, &good[i]), YH_OK);
	}
	{
		DECODED d = DECODED_NEW;

		assert_int_equal(decode_histogram(&d, &(struct histogram){ .sum = stale }), YH_OK);
		assert_true(bits_of(sample_of(&d, 0, 0)->value) == bits);
		assert_true(bits_of(sample_of(&d, 1, 0)->value) == bits);
	}
}

static void a_histogram_that_contradicts_itself_is_refused(void **state)
{
	static const int three[] = { 3, END }, below[] = { 1, -2, END },
			 four[] = { 1, 0, 0, 0, END };
	static const double counts[] = { 1.5, 2.5, NAN }, minus[] = { 5, -1, NAN };
	static const double bounds[] = { 1, 2, NAN }, falling[] = { 2, 1, NAN };
	static const struct histogram bad[] = {
		{ .count = 4, .deltas = three },
		{ .count = 2, .deltas = three },
		{ .count = 2, .deltas = three, .sum = NAN },
		{ .count = 0, .deltas = below },
		{ .count = 3, .deltas = three, .spans = 1 },
		{ .count = 0, .spans = UINT32_MAX - 1 },
		{ .count = 3, .deltas = three, .schema = 53 },
		{ .count = 3, .deltas = three, .schema = -10 },
		{ .count = 3, .deltas = three, .customs = bounds },
		{ .count = 4, .deltas = four, .schema = -53, .customs = bounds },
		{ .count = 3, .deltas = three, .schema = -53, .customs = falling },
		{ .count = 3, .negative = three, .schema = -53, .customs = bounds },
		{ .count = 3, .zero = 3, .schema = -53, .customs = bounds },
		{ .count_float = 4.1, .counts = counts },
		{ .count_float = 4, .counts = minus },
		{ .count_float = 4, .counts = counts, .negative = three },
	};

	(void)state;
	for (size_t i = 0; i < YH_LEN(bad); i++) {
		DECODED d = DECODED_NEW;

		assert_invalid(decode_histogram(&d, &bad[i]), &d.err, "histogram");
	}
}

static void a_histogram_of_1_0_is_taken_beside_samples(void **state)
{
	static const int three[] = { 3, END };
	DECODED d = DECODED_NEW;
	struct bytes b = { .n = 0 }, s = { .n = 0 };

	(void)state;
	add_label(&s, "__name__", "rtt");
	add_histogram(&s, 4, &(struct histogram){ .count = 3, .deltas = three }, now_ms);
	add_sample(&s, 9, now_ms);
	add_sub(&b, 1, &s);
	assert_int_equal(decode(&d, YH_METER_RW1, &b), YH_OK);
	assert_int_equal(d.w.n_series, 3);
	assert_string_equal(series_text(&d, 0), "rtt{}");
	assert_int_equal(d.w.series[0].part, YH_PART_SAMPLES);
	assert_string_equal(series_text(&d, 1), "rtt_count{}");
	assert_string_equal(series_text(&d, 2), "rtt_sum{}");
}

/* ---- JSON lines ---- */

static void a_line_is_a_sample(void **state)
{
	DECODED d = DECODED_NEW;

	(void)state;
	assert_int_equal(
		decode_lines(
			&d,
			"{\"metric\":\"host_cpus\",\"labels\":{\"zone\":\"浦东\",\"host\":\"h1\"},"
			"\"at\":1795450547710,\"value\":64}\n\r\n"
			" {\"value\":\"-Inf\",\"at\":\"2026-11-23T09:00:00.0015+08:00\","
			"\"metric\":\"alarm\"}\r\n"
			"{\"metric\":\"x\",\"at\":0,\"value\":\"NaN\"}\n"
			"{\"metric\":\"x\",\"at\":-1,\"value\":-2.5e-3}\n"
			"{\"metric\":\"x\",\"at\":\"1969-12-31T23:59:59.9995Z\",\"value\":\"+"
			"Inf\"}"),
		YH_OK);
	assert_int_equal(d.w.n_series, 5);
	assert_string_equal(series_text(&d, 0), "host_cpus{host=h1,zone=浦东}");
	assert_int_equal(sample_of(&d, 0, 0)->at_ms, now_ms);
	assert_true(sample_of(&d, 0, 0)->value == 64);
	assert_string_equal(series_text(&d, 1), "alarm{}");
	assert_int_equal(sample_of(&d, 1, 0)->at_ms, INT64_C(1795395600001));
	assert_true(sample_of(&d, 1, 0)->value == -INFINITY);
	assert_true(isnan(sample_of(&d, 2, 0)->value));
	assert_int_equal(sample_of(&d, 3, 0)->at_ms, -1);
	assert_true(sample_of(&d, 3, 0)->value == -2.5e-3);
	assert_int_equal(sample_of(&d, 4, 0)->at_ms, -1);
	assert_true(sample_of(&d, 4, 0)->value == INFINITY);
}

static void a_line_has_the_key_of_the_same_series_by_name(void **state)
{
	DECODED d = DECODED_NEW, other = DECODED_NEW;
	struct bytes b = { .n = 0 }, s = { .n = 0 };

	(void)state;
	assert_int_equal(decode_lines(&d, "{\"metric\":\"x\",\"labels\":{\"z\":\"1\",\"B\":\"2\"},"
					  "\"at\":1,\"value\":1}"),
			 YH_OK);
	add_label(&s, "B", "2");
	add_label(&s, "__name__", "x");
	add_label(&s, "z", "1");
	add_sample(&s, 1, 1);
	add_sub(&b, 1, &s);
	assert_int_equal(decode(&other, YH_METER_RW1, &b), YH_OK);
	assert_memory_equal(&d.w.series[0].key, &other.w.series[0].key, sizeof(struct yh_wire_key));
}

static void a_bad_line_is_named_with_what_is_wrong(void **state)
{
	static const char good[] = "{\"metric\":\"x\",\"at\":1,\"value\":1}\n\n";
	static const struct {
		const char *line, *what;
	} bad[] = {
		{ "{", "line-json" },
		{ "[]", "line-json" },
		{ "{\"metric\":\"x\",\"at\":1,\"value\":1}}", "line-json" },
		{ "{\"metric\":\"x\",\"at\":1,\"value\":1,\"value\":2}", "line-json" },
		{ "{\"metric\":\"\\u0000\",\"at\":1,\"value\":1}", "line-json" },
		{ "{\"metric\":\"\xff\",\"at\":1,\"value\":1}", "line-json" },
		{ "{\"metric\":\"x\",\"at\":1,\"value\":1e999}", "line-json" },
		{ "{\"metric\":\"x\",\"at\":1,\"value\":1,\"unit\":\"s\"}", "line-field" },
		{ "{\"at\":1,\"value\":1}", "line-metric" },
		{ "{\"metric\":\"\",\"at\":1,\"value\":1}", "line-metric" },
		{ "{\"metric\":5,\"at\":1,\"value\":1}", "line-metric" },
		{ "{\"metric\":\"x\",\"labels\":[],\"at\":1,\"value\":1}", "line-labels" },
		{ "{\"metric\":\"x\",\"labels\":{\"a\":1},\"at\":1,\"value\":1}", "line-labels" },
		{ "{\"metric\":\"x\",\"labels\":{\"__name__\":\"y\"},\"at\":1,\"value\":1}",
		  "line-labels" },
		{ "{\"metric\":\"x\",\"value\":1}", "line-at" },
		{ "{\"metric\":\"x\",\"at\":1.5,\"value\":1}", "line-at" },
		{ "{\"metric\":\"x\",\"at\":\"2026-02-30T00:00:00Z\",\"value\":1}", "line-at" },
		{ "{\"metric\":\"x\",\"at\":1}", "line-value" },
		{ "{\"metric\":\"x\",\"at\":1,\"value\":\"1\"}", "line-value" },
		{ "{\"metric\":\"x\",\"at\":1,\"value\":null}", "line-value" },
	};

	(void)state;
	for (size_t i = 0; i < YH_LEN(bad); i++) {
		DECODED d = DECODED_NEW;
		const char *text = yh_arena_printf(&d.arena, "%s%s\n", good, bad[i].line);

		assert_invalid(decode_lines(&d, text), &d.err, bad[i].what);
		assert_string_equal(d.err.field, "line:3");
		assert_int_equal(d.w.n_series, 0);
	}
}

static void a_line_has_forty_labels_at_most(void **state)
{
	(void)state;
	for (int over = 0; over <= 1; over++) {
		DECODED d = DECODED_NEW;
		const char *text = "";

		for (int i = 0; i < YH_METER_LABELS_MAX + over; i++)
			text = yh_arena_printf(&d.arena, "%s%s\"l%d\":\"v\"", text, i ? "," : "",
					       i);
		text = yh_arena_printf(
			&d.arena, "{\"metric\":\"x\",\"at\":1,\"value\":1,\"labels\":{%s}}", text);
		if (over)
			assert_invalid(decode_lines(&d, text), &d.err, "line-labels");
		else
			assert_int_equal(decode_lines(&d, text), YH_OK);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_series_of_2_0_has_the_key_of_the_same_in_1_0),
		cmocka_unit_test(the_table_may_stand_behind_and_the_refs_may_be_unpacked),
		cmocka_unit_test(labels_that_do_not_resolve_make_the_body_invalid),
		cmocka_unit_test(a_text_named_over_and_over_does_not_blow_up),
		cmocka_unit_test(metadata_start_times_and_exemplars_of_2_0_are_taken),
		cmocka_unit_test(metadata_alone_makes_no_series_but_needs_a_name),
		cmocka_unit_test(a_histogram_becomes_a_count_and_a_sum),
		cmocka_unit_test(the_series_of_a_histogram_have_the_keys_of_their_names),
		cmocka_unit_test(histograms_of_every_kind_are_taken),
		cmocka_unit_test(a_histogram_that_contradicts_itself_is_refused),
		cmocka_unit_test(a_histogram_of_1_0_is_taken_beside_samples),
		cmocka_unit_test(a_line_is_a_sample),
		cmocka_unit_test(a_line_has_the_key_of_the_same_series_by_name),
		cmocka_unit_test(a_bad_line_is_named_with_what_is_wrong),
		cmocka_unit_test(a_line_has_forty_labels_at_most),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
