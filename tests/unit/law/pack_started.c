/* Kinds of resources, cases that time begins, clocks by the lease, and what silence takes. */
#include "packs.h"

static const struct yh_param_sig kind_params[] = {
	{ "state", YH_P_KIND, true, "running|stopped" },
	{ NULL },
};
static const struct yh_param_sig was_params[] = {
	{ "step", YH_P_STEP, true, NULL },
	{ "outcome", YH_P_OUTCOME, true, NULL },
	{ NULL },
};
static const struct yh_param_sig ends_params[] = {
	{ "before", YH_P_PERIOD, true, NULL },
	{ "notices", YH_P_NOTICES, false, NULL },
	{ NULL },
};
static const struct yh_word_sig is = { "resource.is", YH_WORD_CHECK, kind_params, "a" };
static const struct yh_word_sig was = { "step.was", YH_WORD_COND, was_params, "b" };
static const struct yh_word_sig ends = { "lease.ends", YH_WORD_TRIGGER, ends_params, "c" };
static const struct yh_word_sig *const words[] = {
	&mlps, &project_is, &form_has, &reserve, &grant, &notice, &is, &was, &ends,
};
static const struct yh_vocab vocab = { words, YH_LEN(words) };

static const char kinds[] =
	"kinds:\n"
	"  lasting: {zh: 长期, en: Lasting, article: \"18\", permanent: true}\n"
	"  brief: {zh: 短期, en: Brief, article: \"2\", lease: $keep, exposed: false,\n"
	"    extension: {ahead: 3wd, longest: 1mo, most: 2}}\n";

static const char expiry[] = "procedure: expiry\n"
			     "code: DQ\n"
			     "title: {zh: 到期, en: Expiry}\n"
			     "article: \"18\"\n"
			     "level: any\n"
			     "started_by:\n"
			     "  - lease.ends: {before: $keep, notices: \"5wd, 1wd\"}\n"
			     "about: resource\n"
			     "checks:\n"
			     "  - resource.is: {state: brief}\n"
			     "steps:\n"
			     "  speak:\n"
			     "    title: {zh: 答复, en: Speak}\n"
			     "    confirmed_by: unit\n"
			     "    within: lease\n"
			     "    article: \"2\"\n"
			     "    silence: silent\n"
			     "    outcomes:\n"
			     "      said: {zh: 已答复, en: Said}\n"
			     "      silent: {zh: 未答复, en: Silent}\n"
			     "  over:\n"
			     "    title: {zh: 届满, en: Over}\n"
			     "    waits: lease\n"
			     "    article: \"2\"\n"
			     "  stop:\n"
			     "    title: {zh: 停止, en: Stop}\n"
			     "    unless:\n"
			     "      - step.was: {step: speak, outcome: said}\n"
			     "    decided_by: operator\n"
			     "    within: 1wd\n"
			     "    since: lease\n"
			     "    local: true\n";

static struct test_pack take(void)
{
	struct test_pack t = take_pack();

	change(&t, "kinds.yaml", NULL, kinds);
	change(&t, "procedures/expiry.yaml", NULL, expiry);
	return t;
}

static struct yh_pack *load(const struct test_pack *t)
{
	struct yh_pack *p;
	struct yh_err err = { 0 };

	if (yh_pack_load(t->files, t->n, &vocab, &p, NULL, NULL, &err) != YH_OK)
		fail_msg("%s %s", err.slug, err.field);
	return p;
}

static void a_kind_says_what_generic_code_must_know_of_it(void **state)
{
	struct test_pack t = take();
	struct yh_pack *p = load(&t);
	const struct yh_kind *brief = yh_pack_kind(p, "brief"), *lasting;
	size_t n;

	(void)state;
	lasting = yh_pack_kinds(p, &n);
	assert_int_equal(n, 2);
	assert_string_equal(lasting->id, "lasting");
	assert_true(lasting->permanent && lasting->exposed);
	assert_int_equal(lasting->lease.n, 0);
	assert_false(brief->permanent || brief->exposed);
	assert_int_equal(brief->lease.n, 15);
	assert_int_equal(brief->lease.unit, YH_DAYS);
	assert_string_equal(brief->lease_param, "keep");
	assert_null(brief->lease_article); /* the parameter is local policy */
	assert_int_equal(brief->extension.ahead.n, 3);
	assert_int_equal(brief->extension.longest.unit, YH_MONTHS);
	assert_int_equal(brief->extension.most, 2);
	assert_int_equal(lasting->extension.ahead.n, 0);
	assert_string_equal(brief->title.zh, "短期");
	assert_null(yh_pack_kind(p, "running"));
	yh_pack_free(p);
	drop_pack(&t);
}

static void time_begins_a_case_that_nobody_files_and_nobody_returns(void **state)
{
	struct test_pack t = take();
	struct yh_pack *p = load(&t);
	const struct yh_word_use *use = NULL;
	const struct yh_procedure *pr = yh_pack_started_by(p, "lease.ends", NULL, &use);

	(void)state;
	assert_string_equal(pr->name, "expiry");
	assert_int_equal(yh_use_arg(use, "before")->period.n, 15);
	assert_int_equal(pr->n_filed_by, 0);
	assert_null(pr->form);
	assert_false(yh_procedure_step(pr, "stop")->returns);
	assert_null(yh_pack_started_by(p, "lease.ends", pr, &use));
	assert_null(yh_pack_started_by(p, "lease.begins", NULL, &use));
	yh_pack_free(p);
	drop_pack(&t);
}

static void a_clock_may_follow_the_lease(void **state)
{
	struct test_pack t = take();
	struct yh_pack *p = load(&t);
	const struct yh_procedure *pr = yh_pack_procedure(p, "expiry");
	const struct yh_step *speak = yh_procedure_step(pr, "speak");

	(void)state;
	assert_true(speak->clock.set && speak->clock.lease);
	assert_string_equal(speak->clock.article, "2");
	assert_string_equal(speak->silence, "silent");
	assert_int_equal(yh_step_outcome(speak, "silent")->nature, YH_NATURE_NEUTRAL);
	assert_int_equal(yh_procedure_step(pr, "over")->kind, YH_STEP_WAIT);
	assert_int_equal(yh_procedure_step(pr, "over")->wait.n, 0);
	assert_int_equal(yh_procedure_step(pr, "stop")->clock.since, YH_SINCE_LEASE);
	assert_null(yh_procedure_step(pr, "stop")->silence);
	yh_pack_free(p);
	drop_pack(&t);
}

static void a_pack_from_before_kinds_were_data_is_read_and_not_installed(void **state)
{
	struct test_pack t = take();
	struct yh_err err = { 0 };
	struct yh_pack *p = load(&t);

	(void)state;
	assert_int_equal(yh_pack_whole(p, &err), YH_OK);
	yh_pack_free(p);
	change(&t, "kinds.yaml", NULL, NULL);
	p = load(&t); /* `brief` stands for itself */
	assert_int_equal(yh_pack_whole(p, &err), YH_BAD_INPUT);
	assert_string_equal(err.slug, "pack-file-missing");
	assert_string_equal(err.field, "kinds.yaml:0");
	assert_null(yh_pack_kind(p, "brief"));
	yh_pack_free(p);
	drop_pack(&t);
}

#define E "procedures/expiry.yaml"
#define K "kinds.yaml"

/* One change, one fault and no other. */
static const struct {
	const char *file, *from, *to;
	const char *field, *slug, *nearest;
} cases[] = {
	{ K, "lasting:", "Lasting:", "kinds.yaml:2", "pack-name-invalid", NULL },
	{ K, "article: \"18\", ", "", "kinds.yaml:2", "pack-key-missing", NULL },
	{ K, "permanent: true", "permanent: true, lease: 3mo", "kinds.yaml:2", "pack-kind-lease",
	  NULL },
	{ K, "lease: $keep", "lease: 5wd", "kinds.yaml:3", "period-invalid", NULL },
	{ K, "lease: $keep", "lease: $most", "kinds.yaml:3", "period-invalid", NULL },
	{ K, "exposed: false", "exposed: no", "kinds.yaml:3", "pack-bool-expected", NULL },
	{ K, "exposed: false", "visible: false", "kinds.yaml:3", "pack-key-unknown", NULL },
	{ K, "permanent: true", "permanent: true, extension: {ahead: 3wd, longest: 1mo, most: 1}",
	  "kinds.yaml:2", "pack-kind-lease", NULL },
	{ K, "permanent: true", "permanent: true, cleanup: 1mo", "kinds.yaml:2", "pack-kind-lease",
	  NULL },
	{ K, "ahead: 3wd", "ahead: 1mo", "kinds.yaml:4", "period-invalid", NULL },
	{ K, "longest: 1mo", "longest: 9wd", "kinds.yaml:4", "period-invalid", NULL },
	{ K, "most: 2", "most: 0", "kinds.yaml:4", "pack-argument-invalid", NULL },
	{ K, "most: 2", "most: $keep", "kinds.yaml:4", "pack-argument-invalid", NULL },
	{ K, ", most: 2", "", "kinds.yaml:4", "pack-key-missing", NULL },
	{ K, "most: 2", "most: 2, as: asked", "kinds.yaml:4", "pack-key-unknown", NULL },
	{ E, "notices: \"5wd, 1wd\"", "notices: \"1wd, 5wd\"", E ":7", "pack-argument-invalid",
	  NULL },
	/* who is told only then has no time left to ask for more */
	{ E, "notices: \"5wd, 1wd\"", "notices: \"3wd, 1wd\"", E ":7", "pack-notice-late", NULL },
	{ E, "{state: brief}", "{state: breif}", E ":10", "pack-kind-unknown", "brief" },
	{ E, "about: resource\n", "about: resource\nfiled_by: unit\n", E ":6",
	  "pack-filed-or-started", NULL },
	{ E, "about: resource\n", "about: resource\nform: forms/end.json\n", E ":9",
	  "pack-key-unknown", NULL },
	{ E, "  - lease.ends: {before: $keep, notices: \"5wd, 1wd\"}\n", "  - quota.grant\n",
	  E ":7", "pack-word-misplaced", NULL },
	{ E, "  - resource.is: {state: brief}\n", "  - lease.ends: {before: 1d}\n", E ":10",
	  "pack-word-misplaced", NULL },
	{ E, "    waits: lease\n    article: \"2\"\n", "    waits: lease\n", E ":23",
	  "pack-clock-lawless", NULL },
	{ E, "    within: lease\n", "    within: lease\n    since: filed\n", E ":16",
	  "pack-step-key", NULL },
	{ E, "    within: lease\n", "    within: lease\n    soft: true\n", E ":18",
	  "pack-silence-invalid", NULL },
	{ E, "    within: lease\n    article: \"2\"\n", "", E ":15", "pack-key-missing", NULL },
	{ E, "silence: silent", "silence: silence", E ":17", "pack-outcome-unknown", "silent" },
	{ E, "silence: silent", "silence: said", E ":17", "pack-silence-invalid", NULL },
	{ E, "    confirmed_by: unit\n", "    confirmed_by: [unit, operator]\n", E ":17",
	  "pack-silence-invalid", NULL },
	{ E, "    decided_by: operator\n", "    decided_by: operator\n    silence: approve\n",
	  E ":30", "pack-step-key", NULL },
	{ E, "    decided_by: operator\n", "    decided_by: operator\n    returns: true\n", E ":30",
	  "pack-step-key", NULL },
	{ E, "{step: speak, outcome: said}", "{step: stop, outcome: said}", E ":28",
	  "pack-since-unknown", NULL },
	{ E, "{step: speak, outcome: said}", "{step: speak, outcome: sad}", E ":28",
	  "pack-outcome-unknown", "said" },
	{ "roles.yaml", "  auditor:", "  system: {zh: 系统, en: System}\n  auditor:",
	  "roles.yaml:4", "pack-name-invalid", NULL },
};

struct heard {
	struct yh_err first;
	size_t n;
};

static void hear(void *arg, const struct yh_err *fault)
{
	struct heard *h = arg;

	if (h->n++ == 0)
		h->first = *fault;
}

static void every_fault_has_its_place_and_its_name(void **state)
{
	(void)state;
	for (size_t i = 0; i < YH_LEN(cases); i++) {
		struct test_pack t = take();
		struct heard h = { .n = 0 };
		const char *nearest = NULL;
		struct yh_pack *p;

		change(&t, cases[i].file, cases[i].from, cases[i].to);
		assert_int_not_equal(yh_pack_load(t.files, t.n, &vocab, &p, hear, &h, NULL), YH_OK);
		for (uint32_t f = 0; f < h.first.n_figs; f++)
			if (strcmp(h.first.figs[f].name, "nearest") == 0)
				nearest = h.first.figs[f].text;
		if (h.n != 1 || strcmp(h.first.slug, cases[i].slug) != 0 ||
		    strcmp(h.first.field, cases[i].field) != 0)
			fail_msg("case %zu: %zu faults, %s at %s", i, h.n, h.first.slug,
				 h.first.field);
		if (cases[i].nearest)
			assert_string_equal(nearest, cases[i].nearest);
		drop_pack(&t);
	}
}

static void what_follows_the_lease_needs_resources(void **state)
{
	struct test_pack t = take();
	struct heard h = { .n = 0 };
	struct yh_pack *p;

	(void)state;
	change(&t, E, "about: resource\n", "about: none\n");
	assert_int_not_equal(yh_pack_load(t.files, t.n, &vocab, &p, hear, &h, NULL), YH_OK);
	assert_string_equal(h.first.slug, "pack-lease-none");
	assert_int_equal(h.n, 3); /* within, waits, since */
	drop_pack(&t);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_kind_says_what_generic_code_must_know_of_it),
		cmocka_unit_test(time_begins_a_case_that_nobody_files_and_nobody_returns),
		cmocka_unit_test(a_clock_may_follow_the_lease),
		cmocka_unit_test(a_pack_from_before_kinds_were_data_is_read_and_not_installed),
		cmocka_unit_test(every_fault_has_its_place_and_its_name),
		cmocka_unit_test(what_follows_the_lease_needs_resources),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
