/* The walker beside protobuf-c: what protobuf-c encodes is read alike, and of damaged bodies
 * nothing is taken that protobuf-c does not take, nor read differently.
 *
 * The walker refuses more, on purpose: varints of more than 64 bits (protobuf-c drops the bits that
 * are too many), numbers of labels beyond 32 bits (likewise), field number 0, labels that do not
 * resolve, series without a name and without samples, and histograms that contradict themselves. */
#include "bodies.h"

#include "oracle.pb-c.h"

static uint64_t dice = UINT64_C(0x9e3779b97f4a7c15);

static uint64_t roll(uint64_t below)
{
	dice ^= dice << 13;
	dice ^= dice >> 7;
	dice ^= dice << 17;
	return (dice >> 11) % below;
}

static double any_double(void)
{
	double v;

	if (roll(2))
		return (double)roll(100000) / 100;
	dice += roll(1000);
	memcpy(&v, &dice, sizeof v);
	return v;
}

static int64_t any_instant(void)
{
	return roll(8) ? INT64_C(1795450547710) + (int64_t)roll(100000)
		       : (int64_t)(dice >> roll(64));
}

static ProtobufCBinaryData any_text(struct yh_arena *a, size_t most)
{
	ProtobufCBinaryData t = { .len = roll(most) };

	t.data = yh_arena_alloc(a, t.len + 1);
	assert_non_null(t.data);
	for (size_t i = 0; i < t.len; i++)
		t.data[i] = (uint8_t)(roll(20) ? 'a' + roll(26) : roll(256));
	return t;
}

/* A list of `n` messages of a type, each initialised. */
#define LIST(a, type, init, n)                                                                     \
	__extension__({                                                                            \
		type **list_ = YH_NEW_N(a, type *, (n) + 1);                                       \
		assert_non_null(list_);                                                            \
		for (size_t i_ = 0; i_ < (n); i_++) {                                              \
			list_[i_] = YH_NEW(a, type);                                               \
			assert_non_null(list_[i_]);                                                \
			init(list_[i_]);                                                           \
		}                                                                                  \
		list_;                                                                             \
	})

static Series1 *any_series(struct yh_arena *a, Series1 *s)
{
	s->n_labels = 1 + roll(6);
	s->labels = LIST(a, Label1, label1__init, s->n_labels);
	for (size_t i = 0; i < s->n_labels; i++) {
		s->labels[i]->name = any_text(a, roll(30) ? 20 : 300);
		s->labels[i]->value = any_text(a, roll(30) ? 40 : 20000);
	}
	s->labels[0]->name = (ProtobufCBinaryData){ 8, (uint8_t *)yh_arena_strdup(a, "__name__") };
	s->labels[0]->value = (ProtobufCBinaryData){ 3, (uint8_t *)yh_arena_strdup(a, "cpu") };
	s->n_samples = roll(3) ? 1 : roll(5);
	s->samples = LIST(a, Sample1, sample1__init, s->n_samples);
	for (size_t i = 0; i < s->n_samples; i++) {
		s->samples[i]->value = any_double();
		s->samples[i]->timestamp = any_instant();
	}
	s->n_exemplars = roll(10) ? 0 : 1;
	s->exemplars = LIST(a, Exemplar1, exemplar1__init, s->n_exemplars);
	return s;
}

static void any_histogram(struct yh_arena *a, Histogram *h)
{
	size_t n = roll(4);

	h->count_case = HISTOGRAM__COUNT_COUNT_INT;
	h->zero_case = HISTOGRAM__ZERO_ZERO_INT;
	h->zero_int = roll(3);
	h->count_int = h->zero_int;
	h->sum = any_double();
	h->timestamp = any_instant();
	h->n_positive_spans = n ? 1 : 0;
	h->positive_spans = LIST(a, Span, span__init, h->n_positive_spans);
	if (n)
		h->positive_spans[0]->length = (uint32_t)n;
	h->n_positive_deltas = n;
	h->positive_deltas = YH_NEW_N(a, int64_t, n + 1);
	for (size_t i = 0; i < n; i++) {
		h->positive_deltas[i] = 2;
		h->count_int += 2 * (i + 1);
	}
}

static Request1 *any_request(struct yh_arena *a, bool histograms)
{
	Request1 *r = YH_NEW(a, Request1);

	request1__init(r);
	r->n_timeseries = roll(8);
	r->timeseries = LIST(a, Series1, series1__init, r->n_timeseries);
	for (size_t i = 0; i < r->n_timeseries; i++) {
		Series1 *s = any_series(a, r->timeseries[i]);

		s->n_histograms = histograms ? roll(3) : 0;
		s->histograms = LIST(a, Histogram, histogram__init, s->n_histograms);
		for (size_t j = 0; j < s->n_histograms; j++)
			any_histogram(a, s->histograms[j]);
	}
	r->n_metadata = roll(3);
	r->metadata = LIST(a, Metadata1, metadata1__init, r->n_metadata);
	return r;
}

/* The same request in 2.0, each text in the table as often as it is used. */
static Request2 *in_two(struct yh_arena *a, const Request1 *one)
{
	Request2 *r = YH_NEW(a, Request2);

	request2__init(r);
	r->symbols = YH_NEW_N(a, ProtobufCBinaryData, 2000);
	r->n_symbols = 1;
	r->n_timeseries = one->n_timeseries;
	r->timeseries = LIST(a, Series2, series2__init, r->n_timeseries);
	for (size_t i = 0; i < r->n_timeseries; i++) {
		const Series1 *from = one->timeseries[i];
		Series2 *s = r->timeseries[i];

		s->refs = YH_NEW_N(a, uint32_t, 2 * from->n_labels + 1);
		for (size_t j = 0; j < from->n_labels; j++) {
			r->symbols[r->n_symbols] = from->labels[j]->name;
			s->refs[s->n_refs++] = (uint32_t)r->n_symbols++;
			r->symbols[r->n_symbols] = from->labels[j]->value;
			s->refs[s->n_refs++] = (uint32_t)r->n_symbols++;
		}
		s->n_samples = from->n_samples;
		s->samples = LIST(a, Sample2, sample2__init, s->n_samples);
		for (size_t j = 0; j < s->n_samples; j++) {
			s->samples[j]->value = from->samples[j]->value;
			s->samples[j]->timestamp = from->samples[j]->timestamp;
		}
		s->n_histograms = from->n_histograms;
		s->histograms = from->histograms;
		s->n_exemplars = from->n_exemplars;
		s->exemplars = LIST(a, Exemplar2, exemplar2__init, s->n_exemplars);
	}
	return r;
}

/* The labels as the walker should have them: what protobuf-c encodes of these alone. */
static void check_labels(const struct yh_wire_series *got, const Series1 *want, const char *suffix)
{
	struct bytes b = { .n = 0 };

	for (size_t i = 0; i < want->n_labels; i++) {
		const Label1 *l = want->labels[i];
		bool name = l->name.len == 8 && memcmp(l->name.data, "__name__", 8) == 0;
		struct bytes sub = { .n = 0 }, value = { .n = 0 };

		add(&value, l->value.data, l->value.len);
		if (name && l->value.len)
			add(&value, suffix, strlen(suffix));
		if (l->name.len)
			add_len(&sub, 1, l->name.data, l->name.len);
		if (value.n)
			add_len(&sub, 2, value.at, value.n);
		add_sub(&b, 1, &sub);
	}
	assert_int_equal(got->labels_len, b.n);
	if (b.n)
		assert_memory_equal(got->labels, b.at, b.n);
}

static void check_series(const struct decoded *d, size_t *at, const Series1 *want)
{
	const struct yh_wire_series *s = d->w.series ? &d->w.series[*at] : NULL;

	if (want->n_samples) {
		assert_true(*at < d->w.n_series);
		check_labels(s, want, "");
		assert_int_equal(s->n_samples, want->n_samples);
		for (size_t i = 0; i < want->n_samples; i++) {
			const struct yh_wire_sample *v = sample_of(d, *at, i);

			assert_true(v->at_ms == want->samples[i]->timestamp);
			assert_true(bits_of(v->value) == bits_of(want->samples[i]->value));
		}
		++*at;
	}
	for (unsigned sum = 0; want->n_histograms && sum <= 1; sum++, ++*at) {
		assert_true(*at < d->w.n_series);
		check_labels(&d->w.series[*at], want, sum ? "_sum" : "_count");
		assert_int_equal(d->w.series[*at].n_samples, want->n_histograms);
		for (size_t i = 0; i < want->n_histograms; i++) {
			const Histogram *h = want->histograms[i];
			const struct yh_wire_sample *v = sample_of(d, *at, i);

			assert_true(v->at_ms == h->timestamp);
			if (sum)
				assert_true(bits_of(v->value) == bits_of(h->sum));
			else if (bits_of(h->sum) != UINT64_C(0x7ff0000000000002))
				assert_true(v->value ==
					    (h->count_case == HISTOGRAM__COUNT_COUNT_FLOAT
						     ? h->count_float
						     : (double)h->count_int));
		}
	}
}

static void check_request(const struct decoded *d, const Request1 *want)
{
	size_t at = 0, exemplars = 0, histograms = 0;

	for (size_t i = 0; i < want->n_timeseries; i++) {
		check_series(d, &at, want->timeseries[i]);
		exemplars += want->timeseries[i]->n_exemplars;
		histograms += want->timeseries[i]->n_histograms;
	}
	assert_int_equal(exemplars, d->w.exemplars);
	assert_int_equal(histograms, d->w.histograms);
	assert_int_equal(at, d->w.n_series);
}

enum { ROUNDS = 400, DAMAGES = 60 };

static void what_protobuf_c_encodes_is_read_the_same(void **state)
{
	(void)state;
	for (unsigned i = 0; i < ROUNDS; i++) {
		DECODED d = { .arena = { .max_bytes = 64 << 20 } };
		Request1 *one = any_request(&d.arena, i % 2);
		Request2 *two = in_two(&d.arena, one);
		size_t n1 = request1__get_packed_size(one), n2 = request2__get_packed_size(two);
		uint8_t *plain = malloc(n1 + n2 + 1);

		assert_non_null(plain);
		(void)request1__pack(one, plain);
		assert_int_equal(decode_plain(&d, YH_METER_RW1, plain, n1), YH_OK);
		assert_int_equal(d.w.metadata, one->n_metadata);
		check_request(&d, one);
		(void)request2__pack(two, plain);
		assert_int_equal(decode_plain(&d, YH_METER_RW2, plain, n2), YH_OK);
		check_request(&d, one);
		free(plain);
	}
}

/* What protobuf-c read of 2.0 as a request of 1.0; NULL when a label does not resolve. */
static Request1 *in_one(struct yh_arena *a, const Request2 *two)
{
	Request1 *r = YH_NEW(a, Request1);

	request1__init(r);
	r->n_timeseries = two->n_timeseries;
	r->timeseries = LIST(a, Series1, series1__init, r->n_timeseries);
	for (size_t i = 0; i < r->n_timeseries; i++) {
		const Series2 *from = two->timeseries[i];
		Series1 *s = r->timeseries[i];

		if (from->n_refs % 2)
			return NULL;
		s->n_labels = from->n_refs / 2;
		s->labels = LIST(a, Label1, label1__init, s->n_labels);
		for (size_t j = 0; j < from->n_refs; j++) {
			if (from->refs[j] >= two->n_symbols)
				return NULL;
			*(j % 2 ? &s->labels[j / 2]->value : &s->labels[j / 2]->name) =
				two->symbols[from->refs[j]];
		}
		s->n_samples = from->n_samples;
		s->samples = LIST(a, Sample1, sample1__init, s->n_samples);
		for (size_t j = 0; j < s->n_samples; j++) {
			s->samples[j]->value = from->samples[j]->value;
			s->samples[j]->timestamp = from->samples[j]->timestamp;
		}
		s->n_exemplars = from->n_exemplars;
		s->n_histograms = from->n_histograms;
		s->histograms = from->histograms;
	}
	return r;
}

static void damage(uint8_t *plain, size_t *n)
{
	size_t at = roll(*n), len;

	switch (roll(4)) {
	case 0: /* cut */
		*n = at;
		break;
	case 1: /* a piece gone */
		len = 1 + roll(*n - at < 20 ? *n - at : 20);
		memmove(plain + at, plain + at + len, *n - at - len);
		*n -= len;
		break;
	case 2:
		plain[at] = (uint8_t)roll(256);
		break;
	default:
		plain[at] = (uint8_t)(plain[at] ^ 1u << roll(8));
		break;
	}
}

/* Counts what was taken, so that the test is known to have seen both. */
static void compare(struct decoded *d, enum yh_meter_form form, const uint8_t *plain, size_t n,
		    unsigned *taken, unsigned *refused)
{
	enum yh_rc rc = decode_plain(d, form, plain, n);
	Request1 *one = NULL;
	Request2 *two = NULL;
	const Request1 *want;

	if (rc != YH_OK) {
		++*refused;
		return;
	}
	if (form == YH_METER_RW1)
		want = one = request1__unpack(NULL, n, plain);
	else {
		two = request2__unpack(NULL, n, plain);
		want = two ? in_one(&d->arena, two) : NULL;
	}
	if (!want)
		fail_msg("taken, but protobuf-c refuses it");
	check_request(d, want);
	++*taken;
	if (one)
		request1__free_unpacked(one, NULL);
	if (two)
		request2__free_unpacked(two, NULL);
}

static void nothing_damaged_is_taken_that_protobuf_c_refuses_or_reads_otherwise(void **state)
{
	unsigned taken = 0, refused = 0;

	(void)state;
	for (unsigned i = 0; i < ROUNDS; i++) {
		DECODED d = { .arena = { .max_bytes = 256 << 20 } };
		Request1 *one = any_request(&d.arena, i % 2);
		Request2 *two = in_two(&d.arena, one);
		size_t n1 = request1__get_packed_size(one), n2 = request2__get_packed_size(two);
		uint8_t *p1 = malloc(n1 + 1), *p2 = malloc(n2 + 1), *copy = malloc(n1 + n2 + 1);

		assert_true(p1 && p2 && copy);
		(void)request1__pack(one, p1);
		(void)request2__pack(two, p2);
		for (unsigned j = 0; j < DAMAGES; j++) {
			bool first = j % 2;
			size_t n = first ? n1 : n2;

			memcpy(copy, first ? p1 : p2, n);
			for (uint64_t more = 1 + roll(2); more > 0 && n > 0; more--)
				damage(copy, &n);
			compare(&d, first ? YH_METER_RW1 : YH_METER_RW2, copy, n, &taken, &refused);
		}
		free(p1);
		free(p2);
		free(copy);
	}
	assert_true(taken > ROUNDS && refused > ROUNDS);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_protobuf_c_encodes_is_read_the_same),
		cmocka_unit_test(
			nothing_damaged_is_taken_that_protobuf_c_refuses_or_reads_otherwise),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
