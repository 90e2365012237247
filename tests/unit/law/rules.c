/* rules.yaml: what it becomes, and each fault alone at its place. */
#include "packs.h"

#include "law/watch.h"

#define R "rules.yaml"
static const char base_rules[] =
	"rules:\n"
	"  low:\n"
	"    zh: 低效\n"
	"    en: Low\n"
	"    article: \"18\"\n"
	"    about: resource\n"
	"    dimension: vcpu\n"
	"    advise: resize\n"
	"    kinds: [test, formal]\n"
	"    when:\n"
	"      - {metric: cpu_ratio, statistic: p95, below: $low.cpu, coverage: 50%, window: "
	"$keep}\n"
	"      - {metric: used, of: total, statistic: mean, below: 0.4, coverage: 0.5, never_zero: "
	"true}\n"
	"    unless_periodic: {reach: 400d, margin: 3d}\n"
	"  trouble:\n"
	"    zh: 异常\n"
	"    en: Trouble\n"
	"    article: \"18\"\n"
	"    about: system\n"
	"    any:\n"
	"      - {fact: no_agent, longer_than: $keep}\n"
	"      - {fact: observed, kinds: [silence], longer_than: 1d}\n"
	"      - {metric: a, statistic: mean, above: 7, coverage: 0%, else: {metric: b_total, "
	"statistic: rise}}\n"
	"sizing:\n"
	"  statistic: p99\n"
	"  headroom: 30%\n"
	"  coverage: 50%\n"
	"  dimensions:\n"
	"    vcpu: {metric: cpu_ratio, times: cores}\n"
	"    memory_gib: {metric: used, per: 1073741824, never_zero: true}\n";

static struct test_pack with_rules(void)
{
	struct test_pack t = take_pack();

	change(&t, "parameters.yaml",
	       "  keep:", "  low.cpu: {value: 10%, local: true, zh: 低, en: Low}\n  keep:");
	change(&t, R, NULL, base_rules);
	return t;
}

static void rules_become_conditions_with_the_parameters_they_came_from(void **state)
{
	struct test_pack t = with_rules();
	struct yh_err err = { 0 };
	const struct yh_rule *r;
	struct yh_pack *p;
	size_t n;

	(void)state;
	assert_int_equal(yh_pack_load(t.files, t.n, &test_vocab, &p, NULL, NULL, &err), YH_OK);
	r = yh_pack_rules(p, &n);
	assert_int_equal(n, 2);
	assert_string_equal(r[0].id, "low");
	assert_int_equal(r[0].about, YH_RULE_RESOURCE);
	assert_int_equal(r[0].advise, YH_ADVISE_RESIZE);
	assert_int_equal(r[0].n_kinds, 2);
	assert_true(r[0].periodic && r[0].reach_days.num == 400 && r[0].margin_days.num == 3);
	assert_int_equal(r[0].all[0].threshold_e6.num, 100000);
	assert_string_equal(r[0].all[0].threshold_e6.param, "low.cpu");
	assert_int_equal(r[0].all[0].window_days.num, 15);
	assert_int_equal(r[0].all[1].threshold_e6.num, 400000);
	assert_string_equal(r[0].all[1].of, "total");
	assert_true(r[0].all[1].never_zero && !r[0].all[1].above);
	assert_int_equal(r[1].about, YH_RULE_SYSTEM);
	assert_int_equal(r[1].n_any, 3);
	assert_int_equal(r[1].any[0].fact, YH_FACT_NO_AGENT);
	assert_int_equal(r[1].any[0].days.num, 15);
	assert_string_equal(r[1].any[1].kinds[0], "silence");
	assert_true(r[1].any[2].above && r[1].any[2].threshold_e6.num == 7000000);
	assert_int_equal(r[1].any[2].other.stat, YH_STAT_RISE);
	assert_int_equal(yh_pack_sizing(p)->headroom_milli.num, 300);
	assert_int_equal(yh_pack_sizing(p)->needs[1].per, 1073741824);
	assert_ptr_equal(yh_pack_rule(p, "trouble"), &r[1]);
	assert_null(yh_pack_rule(p, "none"));
	yh_pack_free(p);
	drop_pack(&t);
}

static void a_pack_may_have_no_rules(void **state)
{
	struct test_pack t = take_pack();
	struct yh_pack *p;
	size_t n;

	(void)state;
	assert_int_equal(yh_pack_load(t.files, t.n, &test_vocab, &p, NULL, NULL, NULL), YH_OK);
	(void)yh_pack_rules(p, &n);
	assert_int_equal(n, 0);
	assert_false(yh_pack_sizing(p)->set);
	yh_pack_free(p);
	drop_pack(&t);
}

static const struct {
	const char *from, *to, *field, *slug;
} cases[] = {
	{ "about: resource", "about: machine", R ":6", "pack-argument-invalid" },
	{ "advise: resize", "advise: shrink", R ":8", "pack-argument-invalid" },
	{ "dimension: vcpu", "dimensions: vcpu", R ":7", "pack-key-unknown" },
	{ "kinds: [test, formal]", "kinds: []", R ":9", "pack-list-expected" },
	{ "kinds: [test, formal]", "kinds: [Test]", R ":9", "pack-name-invalid" },
	{ "$low.cpu", "$low.cpus", R ":11", "pack-parameter-unknown" },
	{ "$low.cpu", "ten", R ":11", "pack-argument-invalid" },
	{ "$low.cpu", "-1", R ":11", "pack-argument-invalid" },
	{ "coverage: 50%, window", "coverage: 101%, window", R ":11", "pack-argument-invalid" },
	{ "window: $keep", "window: 5wd", R ":11", "pack-argument-invalid" },
	{ "statistic: p95", "statistic: p96", R ":11", "pack-argument-invalid" },
	{ "below: 0.4", "below: 0.4, above: 0.5", R ":12", "pack-below-or-above" },
	{ "of: total", "of: total, else: {metric: a, statistic: mean}", R ":12",
	  "pack-else-with-of" },
	{ "reach: 400d", "reach: 400", R ":13", "pack-argument-invalid" },
	{ "fact: no_agent, longer_than: $keep", "fact: no_agents, longer_than: $keep", R ":20",
	  "pack-argument-invalid" },
	{ "fact: no_agent, longer_than: $keep", "fact: no_agent", R ":20", "pack-key-missing" },
	{ "fact: observed, kinds: [silence], longer", "fact: observed, longer", R ":21",
	  "pack-key-missing" },
	{ "  statistic: p99", "  statistic: mean", R ":24", "pack-argument-invalid" },
	{ "per: 1073741824", "per: 0", R ":29", "pack-argument-invalid" },
	{ "    about: system\n    any:",
	  "    about: system\n    unless_periodic: {reach: 1d, margin: 1d}\n    any:", R ":19",
	  "pack-periodic-unmeasured" },
};

static void hear(void *arg, const struct yh_err *fault)
{
	*(struct yh_err *)arg = *fault;
}

static void every_fault_is_found_at_its_place(void **state)
{
	(void)state;
	for (size_t i = 0; i < YH_LEN(cases); i++) {
		struct test_pack t = with_rules();
		struct yh_err err = { 0 }, last = { 0 };
		struct yh_pack *p;

		change(&t, R, cases[i].from, cases[i].to);
		if (yh_pack_load(t.files, t.n, &test_vocab, &p, hear, &last, &err) == YH_OK)
			fail_msg("taken: %s", cases[i].to);
		if (strcmp(err.slug, cases[i].slug) != 0 || strcmp(err.field, cases[i].field) != 0)
			fail_msg("%s: %s at %s", cases[i].to, err.slug, err.field);
		assert_string_equal(last.slug, err.slug);
		drop_pack(&t);
	}
}

static void every_text_cut_short_is_a_fault_or_a_pack(void **state)
{
	(void)state;
	for (size_t n = 0; n < sizeof base_rules - 1; n++) {
		struct test_pack t = with_rules();
		struct yh_err err = { 0 };
		struct yh_pack *p;
		char *cut = strndup(base_rules, n);

		change(&t, R, NULL, cut);
		if (yh_pack_load(t.files, t.n, &test_vocab, &p, NULL, NULL, &err) == YH_OK)
			yh_pack_free(p);
		else
			assert_non_null(strstr(err.field, "rules.yaml:"));
		free(cut);
		drop_pack(&t);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(rules_become_conditions_with_the_parameters_they_came_from),
		cmocka_unit_test(a_pack_may_have_no_rules),
		cmocka_unit_test(every_fault_is_found_at_its_place),
		cmocka_unit_test(every_text_cut_short_is_a_fault_or_a_pack),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
