/* What bodies are read as, and which are refused. */
#include "bodies.h"

#include <math.h>

static const int64_t now_ms = INT64_C(1795450547710);

/* A series of remote-write 1.0 with these labels (by twos, NULL last) and one sample. */
static void add_series(struct bytes *b, double value, int64_t at_ms, ...)
{
	struct bytes s = { .n = 0 };
	const char *name;
	va_list ap;

	va_start(ap, at_ms);
	while ((name = va_arg(ap, const char *)))
		add_label(&s, name, va_arg(ap, const char *));
	va_end(ap);
	add_sample(&s, value, at_ms);
	add_sub(b, 1, &s);
}

static void a_series_of_1_0_is_read_with_its_samples(void **state)
{
	DECODED d = DECODED_NEW;
	struct bytes b = { .n = 0 };

	(void)state;
	add_series(&b, 1.5, now_ms, "__name__", "cpu", "resource", "R1", NULL);
	add_series(&b, -0.0, -5, "__name__", "mem", "job", "a", "resource", "R1", NULL);
	assert_int_equal(decode(&d, YH_METER_RW1, &b), YH_OK);
	assert_int_equal(d.w.n_series, 2);
	assert_int_equal(d.w.n_samples, 2);
	assert_string_equal(series_text(&d, 0), "cpu{resource=R1}");
	assert_string_equal(series_text(&d, 1), "mem{job=a,resource=R1}");
	assert_int_equal(sample_of(&d, 0, 0)->at_ms, now_ms);
	assert_true(sample_of(&d, 0, 0)->value == 1.5);
	assert_int_equal(sample_of(&d, 1, 0)->at_ms, -5);
	assert_true(signbit(sample_of(&d, 1, 0)->value));
}

static void instants_of_every_length_are_read(void **state)
{
	(void)state;
	for (unsigned bit = 0; bit < 64; bit++) {
		int64_t at[] = { (int64_t)(UINT64_C(1) << bit),
				 (int64_t)((UINT64_C(1) << bit) - 1) };

		for (size_t i = 0; i < YH_LEN(at); i++) {
			DECODED d = DECODED_NEW;
			struct bytes b = { .n = 0 };

			add_series(&b, 1, at[i], "__name__", "cpu", NULL);
			assert_int_equal(decode(&d, YH_METER_RW1, &b), YH_OK);
			assert_true(sample_of(&d, 0, 0)->at_ms == at[i]);
		}
	}
}

static void every_bit_of_a_value_is_kept(void **state)
{
	static const uint64_t bits[] = { 0x7ff0000000000002, 0x7ff8000000000001, 0xfff8000000000000,
					 0x7ff0000000000000, 0xfff0000000000000, 1 };

	(void)state;
	for (size_t i = 0; i < YH_LEN(bits); i++) {
		DECODED d = DECODED_NEW;
		struct bytes b = { .n = 0 };
		double v;

		memcpy(&v, &bits[i], sizeof v);
		add_series(&b, v, now_ms, "__name__", "cpu", NULL);
		assert_int_equal(decode(&d, YH_METER_RW1, &b), YH_OK);
		assert_true(bits_of(sample_of(&d, 0, 0)->value) == bits[i]);
	}
}

static void a_value_and_an_instant_left_out_are_zero(void **state)
{
	DECODED d = DECODED_NEW;
	struct bytes b = { .n = 0 }, s = { .n = 0 };

	(void)state;
	add_label(&s, "__name__", "cpu");
	add_len(&s, 2, "", 0);
	add_sub(&b, 1, &s);
	assert_int_equal(decode(&d, YH_METER_RW1, &b), YH_OK);
	assert_int_equal(sample_of(&d, 0, 0)->at_ms, 0);
	assert_true(bits_of(sample_of(&d, 0, 0)->value) == 0);
}

/* Label by label in odd ways that all mean cpu{a="", b="x"}: the first is how senders write it. */
static void odd_series(struct bytes *b, unsigned way)
{
	static const unsigned char overlong[] = { 0x0a, 0x86, 0x00, 0x0a, 1, 'b', 0x12, 1, 'x' };
	struct bytes s = { .n = 0 }, l = { .n = 0 };

	if (way == 1)
		add_sample(&s, 1, now_ms);
	add_label(&s, "__name__", "cpu");
	add_text(&l, 1, "a");
	if (way == 2)
		add_text(&l, 2, "");
	if (way == 3)
		add_int(&l, 9, 7);
	add_sub(&s, 1, &l);
	l.n = 0;
	if (way == 4) { /* the value first */
		add_text(&l, 2, "x");
		add_text(&l, 1, "b");
	} else if (way == 5) { /* given twice: the last holds */
		add_text(&l, 1, "c");
		add_text(&l, 1, "b");
		add_text(&l, 2, "x");
	} else {
		add_text(&l, 1, "b");
		add_text(&l, 2, "x");
	}
	if (way == 6)
		add(&s, overlong, sizeof overlong);
	else
		add_sub(&s, 1, &l);
	if (way != 1)
		add_sample(&s, 1, now_ms);
	if (way == 7)
		add_int(&s, 17, 1);
	add_sub(b, 1, &s);
}

static void the_same_labels_have_the_same_key_however_they_are_encoded(void **state)
{
	DECODED d = DECODED_NEW;
	struct bytes b = { .n = 0 };

	(void)state;
	for (unsigned way = 0; way <= 7; way++)
		odd_series(&b, way);
	assert_int_equal(decode(&d, YH_METER_RW1, &b), YH_OK);
	assert_int_equal(d.w.n_series, 8);
	for (size_t i = 0; i < 8; i++) {
		const struct yh_wire_series *s = &d.w.series[i];

		assert_string_equal(series_text(&d, i), "cpu{b=x}");
		assert_int_equal(s->labels_len, d.w.series[0].labels_len);
		assert_memory_equal(s->labels, d.w.series[0].labels, s->labels_len);
		assert_memory_equal(&s->key, &d.w.series[0].key, sizeof s->key);
		assert_true(sample_of(&d, i, 0)->at_ms == now_ms);
	}
}

static void the_key_follows_labels_order_and_seed(void **state)
{
	static const struct yh_wire_seed other = { "0123456789abcdeg" };
	DECODED d = DECODED_NEW;
	struct bytes b = { .n = 0 };
	struct yh_wire_key key;

	(void)state;
	add_series(&b, 1, now_ms, "__name__", "cpu", "a", "1", NULL);
	add_series(&b, 1, now_ms, "a", "1", "__name__", "cpu", NULL);
	add_series(&b, 1, now_ms, "__name__", "cpu", "a", "2", NULL);
	assert_int_equal(decode(&d, YH_METER_RW1, &b), YH_OK);
	assert_memory_not_equal(&d.w.series[0].key, &d.w.series[1].key, sizeof key);
	assert_memory_not_equal(&d.w.series[0].key, &d.w.series[2].key, sizeof key);
	key = yh_wire_key_of(d.w.series[0].labels, d.w.series[0].labels_len, &seed);
	assert_memory_equal(&key, &d.w.series[0].key, sizeof key);
	key = yh_wire_key_of(d.w.series[0].labels, d.w.series[0].labels_len, &other);
	assert_memory_not_equal(&key, &d.w.series[0].key, sizeof key);
}

static void a_key_is_for_ever(void **state)
{
	struct yh_wire_key key = yh_wire_key_of("cpu", 3, &seed);

	(void)state; /* stores keep keys: another release of the hash must give the same */
	assert_true(key.lo == UINT64_C(0x5a6e7c0ed549d387) &&
		    key.hi == UINT64_C(0x76d685e03bff9d79));
}

static void a_body_that_ends_early_is_refused_wherever_it_is_cut(void **state)
{
	struct bytes b = { .n = 0 };

	(void)state;
	add_series(&b, 1.5, now_ms, "__name__", "cpu", "resource", "R1", NULL);
	for (size_t n = 1; n < b.n; n++) {
		DECODED d = DECODED_NEW;

		assert_invalid(decode_plain(&d, YH_METER_RW1, b.at, n), &d.err, "protobuf");
		assert_int_equal(d.w.n_series, 0);
	}
}

static void a_series_without_a_name_is_known_by_its_refusal(void **state)
{
	DECODED d = DECODED_NEW;
	struct bytes b = { .n = 0 }, s = { .n = 0 };

	(void)state;
	add_series(&b, 1, now_ms, "a", "1", NULL);
	add_series(&b, 1, now_ms, NULL);
	add_series(&b, 1, now_ms, "__name__", "", "a", "1", NULL);
	assert_int_equal(decode(&d, YH_METER_RW1, &b), YH_OK);
	for (size_t i = 0; i < 3; i++)
		assert_string_equal(series_text(&d, i), "! name-missing");
	b.n = 0;
	add_label(&s, "a", "1"); /* and no sample */
	add_sub(&b, 1, &s);
	assert_invalid(decode(&d, YH_METER_RW1, &b), &d.err, "labels");
}

static void a_label_is_refused_for_what_is_wrong_with_it(void **state)
{
	static const struct {
		const char *name, *value, *why;
	} bad[] = {
		{ "", "x", "! label-empty" },
		{ "a", "\xff", "! utf8" },
		{ "\xed\xa0\x80", "x", "! utf8" },
		{ "a", "\xc0\xaf", "! utf8" },
		{ "a", "\xe4\xba", "! utf8" },
		{ "a", "\xf4\x90\x80\x80", "! utf8" },
		{ "__name__", "mem", "! label-twice" },
		{ "b", "again", "! label-twice" },
		{ "", "", "! label-empty" },
	};

	(void)state;
	for (size_t i = 0; i < YH_LEN(bad); i++) {
		DECODED d = DECODED_NEW;
		struct bytes b = { .n = 0 };

		add_series(&b, 1, now_ms, "__name__", "cpu", "b", "x", bad[i].name, bad[i].value,
			   NULL);
		assert_int_equal(decode(&d, YH_METER_RW1, &b), YH_OK);
		assert_string_equal(series_text(&d, 0), bad[i].why);
	}
}

static void names_of_any_text_are_taken(void **state)
{
	DECODED d = DECODED_NEW;
	struct bytes b = { .n = 0 };

	(void)state;
	add_series(&b, 1, now_ms, "__name__", "http.server duration", "区 域", "浦东\n😀", "x.y", "",
		   NULL);
	assert_int_equal(decode(&d, YH_METER_RW1, &b), YH_OK);
	assert_string_equal(series_text(&d, 0), "http.server duration{区 域=浦东\n😀}");
}

static void a_nul_in_a_label_is_refused(void **state)
{
	DECODED d = DECODED_NEW;
	struct bytes b = { .n = 0 }, s = { .n = 0 }, l = { .n = 0 };

	(void)state;
	add_label(&s, "__name__", "cpu");
	add_text(&l, 1, "a");
	add_len(&l, 2, "x\0y", 3);
	add_sub(&s, 1, &l);
	add_sample(&s, 1, now_ms);
	add_sub(&b, 1, &s);
	assert_int_equal(decode(&d, YH_METER_RW1, &b), YH_OK);
	assert_string_equal(series_text(&d, 0), "! nul");
}

static void labels_have_a_length_and_a_number(void **state)
{
	(void)state;
	for (unsigned over = 0; over <= 1; over++)
		for (unsigned what = 0; what < 3; what++) {
			DECODED d = DECODED_NEW;
			struct bytes b = { .n = 0 }, s = { .n = 0 };
			char text[YH_METER_VALUE_BYTES + 2] = { 0 }, name[8];

			memset(text, 'x',
			       (what == 0 ? YH_METER_NAME_BYTES : YH_METER_VALUE_BYTES) + over);
			add_label(&s, "__name__", what == 0 ? text : "cpu");
			for (unsigned i = 0; what == 2 && i < YH_METER_LABELS_MAX + over; i++) {
				(void)snprintf(name, sizeof name, "l%u", i);
				add_label(&s, name, "v");
			}
			if (what == 1)
				add_label(&s, "a", text);
			add_sample(&s, 1, now_ms);
			add_sub(&b, 1, &s);
			assert_int_equal(decode(&d, YH_METER_RW1, &b), YH_OK);
			if (over)
				assert_string_equal(series_text(&d, 0),
						    what == 2 ? "! labels-many" : "! label-long");
			else
				assert_int_not_equal(series_text(&d, 0)[0], '!');
		}
}

static void what_is_not_snappy_is_refused(void **state)
{
	static const char *const bodies[] = { "", "\xff\xff\xff\xff\xff\xff", "\005abc",
					      "\xff\x06\x00\x00sNaPpY", "{\"metric\":1}" };
	DECODED d = DECODED_NEW;

	(void)state;
	for (size_t i = 0; i < YH_LEN(bodies); i++) {
		yh_err_clear(&d.err);
		assert_invalid(yh_wire_decode(&d.w, YH_METER_RW1, bodies[i], strlen(bodies[i]),
					      &seed, &d.err),
			       &d.err, "snappy");
	}
}

static void a_body_that_claims_too_much_is_refused_before_it_is_unpacked(void **state)
{
	static const unsigned char four_gib[] = { 0xff, 0xff, 0xff, 0xff, 0x0f, 0x00 };
	static const unsigned char thin[] = { 0x80, 0x80, 0x80, 0x08, 0x00, 0x00 }; /* 16 MiB */
	DECODED d = DECODED_NEW;

	(void)state;
	assert_int_equal(
		yh_wire_decode(&d.w, YH_METER_RW1, four_gib, sizeof four_gib, &seed, &d.err),
		YH_TOO_LARGE);
	assert_string_equal(d.err.slug, "meter-body-too-large");
	yh_err_clear(&d.err);
	assert_invalid(yh_wire_decode(&d.w, YH_METER_RW1, thin, sizeof thin, &seed, &d.err), &d.err,
		       "snappy");
	assert_null(d.w.plain);
}

/* `n` times the bytes of one field. */
static enum yh_rc decode_many(struct decoded *d, size_t n, const struct bytes *one)
{
	unsigned char *plain = malloc(n * one->n);
	enum yh_rc rc;

	assert_non_null(plain);
	for (size_t i = 0; i < n; i++)
		memcpy(plain + i * one->n, one->at, one->n);
	rc = decode_plain(d, YH_METER_RW1, plain, n * one->n);
	free(plain);
	return rc;
}

static void the_series_of_a_body_are_bounded(void **state)
{
	DECODED d = DECODED_NEW;
	struct bytes one = { .n = 0 };

	(void)state;
	add_series(&one, 1, now_ms, "__name__", "c", NULL);
	assert_int_equal(decode_many(&d, 500000, &one), YH_OK);
	assert_int_equal(d.w.n_series, 500000);
	assert_int_equal(decode_many(&d, 500001, &one), YH_TOO_LARGE);
	one.n = 0;
	add_series(&one, 1, now_ms, "__name__", "c", NULL);
	assert_int_equal(decode(&d, YH_METER_RW1, &one), YH_OK);
	assert_true(d.w.cap_series < 10000); /* and a giant is let go of */
}

static void the_samples_of_a_body_are_bounded(void **state)
{
	(void)state;
	for (unsigned over = 0; over <= 1; over++) {
		DECODED d = DECODED_NEW;
		struct bytes label = { .n = 0 }, head = { .n = 0 };
		size_t n = 2000000 + over, len;
		unsigned char *plain;

		add_label(&label, "__name__", "c");
		add_varint(&head, 0x0a);
		add_varint(&head, label.n + 2 * n);
		len = head.n + label.n + 2 * n;
		plain = malloc(len);
		assert_non_null(plain);
		memcpy(plain, head.at, head.n);
		memcpy(plain + head.n, label.at, label.n);
		for (size_t i = 0; i < n; i++)
			memcpy(plain + head.n + label.n + 2 * i, "\x12", 2);
		assert_int_equal(decode_plain(&d, YH_METER_RW1, plain, len),
				 over ? YH_TOO_LARGE : YH_OK);
		free(plain);
	}
}

static void what_protobuf_does_not_allow_is_refused(void **state)
{
	static const struct {
		const char *what;
		size_t n;
		const char *bytes;
	} bad[] = {
		{ "a group", 2, "\x0b\x0c" },
		{ "field 0", 2, "\x00\x01" },
		{ "a wire type that is none", 2, "\x0f\x01" },
		{ "series as a number", 2, "\x08\x01" },
		{ "a varint of 65 bits", 11, "\x28\xff\xff\xff\xff\xff\xff\xff\xff\xff\x02" },
		{ "a tag of six bytes", 7, "\xa8\x80\x80\x80\x80\x00\x01" },
		{ "a length of six bytes", 7, "\x0a\x80\x80\x80\x80\x80\x00" },
		{ "a label as a number", 4, "\x0a\x02\x08\x01" },
		{ "a sample as a number", 4, "\x0a\x02\x10\x01" },
		{ "a value as a number", 6, "\x0a\x04\x12\x02\x08\x01" },
		{ "an instant as eight bytes", 13,
		  "\x0a\x0b\x12\x09\x11"
		  "12345678" },
		{ "an exemplar that is cut", 5, "\x0a\x03\x1a\x01\x11" },
		{ "metadata with a text as a number", 4, "\x1a\x02\x10\x01" },
	};

	(void)state;
	for (size_t i = 0; i < YH_LEN(bad); i++) {
		DECODED d = DECODED_NEW;
		enum yh_rc rc = decode_plain(&d, YH_METER_RW1, bad[i].bytes, bad[i].n);

		if (rc != YH_BAD_INPUT || strcmp(detail(&d.err), "protobuf") != 0)
			fail_msg("%s was taken", bad[i].what);
	}
}

static void metadata_and_exemplars_are_counted_and_unknown_fields_skipped(void **state)
{
	DECODED d = DECODED_NEW;
	struct bytes b = { .n = 0 }, m = { .n = 0 }, s = { .n = 0 }, e = { .n = 0 };

	(void)state;
	add_int(&m, 1, 1);
	add_text(&m, 2, "cpu");
	add_text(&m, 4, "");
	add_sub(&b, 3, &m);
	add_label(&e, "trace_id", "t");
	add_double(&e, 2, 1);
	add_label(&s, "__name__", "cpu");
	add_sub(&s, 3, &e);
	add_sub(&s, 3, &e);
	add_sub(&b, 1, &s);
	add_text(&b, 900, "later");
	assert_int_equal(decode(&d, YH_METER_RW1, &b), YH_OK);
	assert_int_equal(d.w.metadata, 1);
	assert_int_equal(d.w.exemplars, 2);
	assert_int_equal(d.w.n_series, 0); /* there is no sample to keep */
}

static void a_body_of_many_is_read_without_new_memory_the_second_time(void **state)
{
	DECODED d = DECODED_NEW;
	struct bytes b = { .n = 0 };
	const void *series, *samples, *plain, *scratch;

	(void)state;
	for (unsigned i = 0; i < 500; i++)
		odd_series(&b, i % 8);
	assert_int_equal(decode(&d, YH_METER_RW1, &b), YH_OK);
	series = d.w.series;
	samples = d.w.samples;
	plain = d.w.plain;
	scratch = d.w.scratch;
	assert_int_equal(decode(&d, YH_METER_RW1, &b), YH_OK);
	assert_int_equal(d.w.n_series, 500);
	assert_ptr_equal(series, d.w.series);
	assert_ptr_equal(samples, d.w.samples);
	assert_ptr_equal(plain, d.w.plain);
	assert_ptr_equal(scratch, d.w.scratch);
	for (size_t i = 0; i < 500; i++)
		assert_string_equal(series_text(&d, i), "cpu{b=x}");
}

/* Unpacking moves whole pieces; a sanitizer sees one that leaves the room. */
static void bodies_of_every_ending_are_unpacked_within_their_room(void **state)
{
	(void)state;
	for (size_t n = 70000; n < 70080; n++) {
		DECODED d = DECODED_NEW;
		unsigned char *plain = calloc(1, n);

		assert_non_null(plain);
		for (size_t i = 0; i + 1 < n; i += 2) {
			plain[i] = 15 << 3; /* a field that is skipped */
			plain[i + 1] = (unsigned char)(i % 62 ? 1 : i % 127);
		}
		assert_int_equal(decode_plain(&d, YH_METER_RW1, plain, n),
				 n % 2 ? YH_BAD_INPUT : YH_OK);
		free(plain);
	}
}

static void labels_go_out_and_come_back(void **state)
{
	static const struct yh_meter_label in[] = { { "resource", "R1" },
						    { "empty", "" },
						    { "Zone", "浦东" } };
	DECODED d = DECODED_NEW;
	struct yh_wire_point point = { .at_ms = now_ms, .value = 2.5 };
	struct yh_err err = { 0 };
	void *body;
	size_t n;

	(void)state;
	assert_int_equal(yh_wire_encode_labels(&d.arena, "cpu", in, YH_LEN(in), &point.labels,
					       &point.labels_len, &err),
			 YH_OK);
	assert_int_equal(yh_wire_build(&point, 1, &body, &n, &err), YH_OK);
	assert_int_equal(yh_wire_decode(&d.w, YH_METER_RW1, body, n, &seed, &err), YH_OK);
	free(body);
	assert_string_equal(series_text(&d, 0), "cpu{Zone=浦东,resource=R1}");
	assert_memory_equal(d.w.series[0].labels, point.labels, point.labels_len);
	assert_int_equal(sample_of(&d, 0, 0)->at_ms, now_ms);
	assert_true(sample_of(&d, 0, 0)->value == 2.5);
	assert_int_equal(yh_wire_build(NULL, 0, &body, &n, &err), YH_OK);
	assert_int_equal(yh_wire_decode(&d.w, YH_METER_RW1, body, n, &seed, &err), YH_OK);
	free(body);
	assert_int_equal(d.w.n_series, 0);
}

static void a_label_given_twice_does_not_go_out(void **state)
{
	static const struct yh_meter_label in[] = { { "a", "1" }, { "a", "2" } };
	DECODED d = DECODED_NEW;
	const unsigned char *out;
	size_t n;

	(void)state;
	assert_int_equal(yh_wire_encode_labels(&d.arena, "cpu", in, 2, &out, &n, &d.err),
			 YH_BAD_INPUT);
	assert_string_equal(detail(&d.err), "label-twice");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_series_of_1_0_is_read_with_its_samples),
		cmocka_unit_test(instants_of_every_length_are_read),
		cmocka_unit_test(every_bit_of_a_value_is_kept),
		cmocka_unit_test(a_value_and_an_instant_left_out_are_zero),
		cmocka_unit_test(the_same_labels_have_the_same_key_however_they_are_encoded),
		cmocka_unit_test(the_key_follows_labels_order_and_seed),
		cmocka_unit_test(a_key_is_for_ever),
		cmocka_unit_test(a_body_that_ends_early_is_refused_wherever_it_is_cut),
		cmocka_unit_test(a_series_without_a_name_is_known_by_its_refusal),
		cmocka_unit_test(a_label_is_refused_for_what_is_wrong_with_it),
		cmocka_unit_test(names_of_any_text_are_taken),
		cmocka_unit_test(a_nul_in_a_label_is_refused),
		cmocka_unit_test(labels_have_a_length_and_a_number),
		cmocka_unit_test(what_is_not_snappy_is_refused),
		cmocka_unit_test(a_body_that_claims_too_much_is_refused_before_it_is_unpacked),
		cmocka_unit_test(the_series_of_a_body_are_bounded),
		cmocka_unit_test(the_samples_of_a_body_are_bounded),
		cmocka_unit_test(what_protobuf_does_not_allow_is_refused),
		cmocka_unit_test(metadata_and_exemplars_are_counted_and_unknown_fields_skipped),
		cmocka_unit_test(a_body_of_many_is_read_without_new_memory_the_second_time),
		cmocka_unit_test(bodies_of_every_ending_are_unpacked_within_their_room),
		cmocka_unit_test(labels_go_out_and_come_back),
		cmocka_unit_test(a_label_given_twice_does_not_go_out),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
