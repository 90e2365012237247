/* Sensitivity labels of a pack. */
#include "law/label.h"

#include "packs.h"

#define L "labels.yaml"

static const char labels[] = "labels:\n"
			     "  low: {zh: 低, en: Low}\n"
			     "  middle: {zh: 中, en: Middle}\n"
			     "  high: {zh: 高, en: High}\n"
			     "documents:\n"
			     "  upload: middle\n"
			     "  paper: low\n"
			     "  quota: high\n"
			     "clearances:\n"
			     "  operator: high\n";

static struct test_pack take(void)
{
	struct test_pack t = take_pack();

	change(&t, L, NULL, labels);
	return t;
}

static struct yh_pack *load(const struct test_pack *t)
{
	struct yh_pack *p;
	struct yh_err err = { 0 };

	if (yh_pack_load(t->files, t->n, &test_vocab, &p, NULL, NULL, &err) != YH_OK)
		fail_msg("%s %s", err.slug, err.field);
	return p;
}

/* proves S08 */
static void labels_stand_in_order_and_what_is_unknown_stands_above_all(void **state)
{
	struct test_pack t = take();
	struct yh_pack *p = load(&t);
	size_t n;

	(void)state;
	assert_string_equal(yh_pack_labels(p, &n)[2].title.en, "High");
	assert_int_equal(n, 3);
	assert_int_equal(yh_pack_label_rank(p, "middle"), 1);
	assert_true(yh_pack_label_rank(p, "secret") > yh_pack_label_rank(p, "high"));
	assert_string_equal(yh_pack_label_higher(p, "high", "low"), "high");
	assert_string_equal(yh_pack_label_higher(p, "high", "secret"), "secret");
	yh_pack_free(p);
	drop_pack(&t);
}

/* proves S08 */
static void a_procedure_raises_the_label_of_what_belongs_to_it_and_never_lowers_it(void **state)
{
	struct test_pack t = take();
	struct yh_pack *p = load(&t);

	(void)state;
	assert_string_equal(yh_pack_label_of(p, "upload", NULL), "middle");
	assert_string_equal(yh_pack_label_of(p, "paper", "other"), "low");
	assert_string_equal(yh_pack_label_of(p, "paper", "quota"), "high");
	assert_string_equal(yh_pack_clearance_of(p, "operator"), "high");
	assert_string_equal(yh_pack_clearance_of(p, "unit"), "low");
	yh_pack_free(p);
	change(&t, L, "  quota: high\n", "  quota: low\n");
	p = load(&t);
	assert_string_equal(yh_pack_label_of(p, "upload", "quota"), "middle");
	yh_pack_free(p);
	drop_pack(&t);
}

/* proves S08 */
static void a_case_has_the_label_of_its_procedure_and_else_the_lowest(void **state)
{
	struct test_pack t = take();
	struct yh_pack *p = load(&t);

	(void)state;
	assert_string_equal(yh_pack_label_of_case(p, "quota"), "low");
	yh_pack_free(p);
	change(&t, L, "clearances:\n", "cases:\n  quota: middle\nclearances:\n");
	p = load(&t);
	assert_string_equal(yh_pack_label_of_case(p, "quota"), "middle");
	assert_string_equal(yh_pack_label_of_case(p, "other"), "low");
	yh_pack_free(p);
	drop_pack(&t);
}

static void a_pack_without_labels_gives_none(void **state)
{
	struct test_pack t = take_pack();
	struct yh_pack *p = load(&t);
	size_t n;

	(void)state;
	(void)yh_pack_labels(p, &n);
	assert_int_equal(n, 0);
	assert_string_equal(yh_pack_label_of(p, "upload", "quota"), "");
	assert_string_equal(yh_pack_clearance_of(p, "operator"), "");
	/* what was labelled under another pack stays shut */
	assert_true(yh_pack_label_rank(p, "high") > yh_pack_label_rank(p, ""));
	yh_pack_free(p);
	drop_pack(&t);
}

static void every_fault_has_its_place_and_its_name(void **state)
{
	static const struct {
		const char *from, *to, *field, *slug;
	} cases[] = {
		{ "  middle: {", "  Middle: {", L ":3", "pack-name-invalid" },
		{ "en: High}", "en: High, no: 3}", L ":4", "pack-key-unknown" },
		{ "upload: middle", "upload: midle", L ":6", "pack-label-unknown" },
		{ "  paper: low\n", "", L ":1", "pack-key-missing" },
		{ "  quota: high\n", "  quotas: high\n", L ":8", "pack-procedure-unknown" },
		{ "  operator: high\n", "  operators: high\n", L ":10", "pack-role-unknown" },
		{ "  operator: high\n", "  operator: hi\n", L ":10", "pack-label-unknown" },
		{ "clearances:\n", "clearance:\n", L ":9", "pack-key-unknown" },
	};

	(void)state;
	for (size_t i = 0; i < YH_LEN(cases); i++) {
		struct test_pack t = take();
		struct yh_err err = { 0 };
		struct yh_pack *p;

		change(&t, L, cases[i].from, cases[i].to);
		assert_int_not_equal(yh_pack_load(t.files, t.n, &test_vocab, &p, NULL, NULL, &err),
				     YH_OK);
		if (strcmp(err.slug, cases[i].slug) != 0 || strcmp(err.field, cases[i].field) != 0)
			fail_msg("case %zu: %s at %s", i, err.slug, err.field);
		drop_pack(&t);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(labels_stand_in_order_and_what_is_unknown_stands_above_all),
		cmocka_unit_test(
			a_procedure_raises_the_label_of_what_belongs_to_it_and_never_lowers_it),
		cmocka_unit_test(a_case_has_the_label_of_its_procedure_and_else_the_lowest),
		cmocka_unit_test(a_pack_without_labels_gives_none),
		cmocka_unit_test(every_fault_has_its_place_and_its_name),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
