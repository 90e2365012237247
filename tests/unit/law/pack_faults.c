/* Broken packs: each fault with its place, its slug and what was meant. */
#include "packs.h"

struct heard {
	struct yh_err faults[64];
	size_t n;
};

static void hear(void *arg, const struct yh_err *fault)
{
	struct heard *h = arg;

	assert_true(h->n < YH_LEN(h->faults));
	h->faults[h->n++] = *fault;
}

static struct heard faults_of(const struct test_pack *t)
{
	struct heard h = { .n = 0 };
	struct yh_pack *p;
	struct yh_err err = { 0 };
	enum yh_rc rc = yh_pack_load(t->files, t->n, &test_vocab, &p, hear, &h, &err);

	assert_int_not_equal(rc, YH_OK);
	assert_null(p);
	assert_true(h.n > 0);
	assert_int_equal(err.rc, rc);
	assert_string_equal(err.field, h.faults[0].field); /* the first is the one returned */
	assert_string_equal(err.slug, h.faults[0].slug);
	return h;
}

static enum yh_rc load_quietly(const struct test_pack *t, struct yh_pack **p)
{
	return yh_pack_load(t->files, t->n, &test_vocab, p, NULL, NULL, NULL);
}

static const char *figure(const struct yh_err *e, const char *name)
{
	for (uint32_t i = 0; i < e->n_figs; i++)
		if (strcmp(e->figs[i].name, name) == 0)
			return e->figs[i].text;
	return NULL;
}

#define Q "procedures/quota.yaml"

/* One change, one fault and no other. */
/* From the end of the first step to where the clock of the second begins. */
#define FIRST_TO_SINCE(first, since)                                                               \
	"    local: true\n" first "  second:\n    title: {zh: 复审, en: Second}\n    article: "  \
	"\"2\"\n    decided_by: operator\n    within: $quota.review\n    since: " since "\n"

static const struct {
	const char *file, *from, *to;
	const char *field, *slug, *nearest;
} cases[] = {
	/* files */
	{ "roles.yaml", NULL, NULL, "roles.yaml:0", "pack-file-missing", NULL },
	{ "permissions.yaml", NULL, NULL, "permissions.yaml:0", "pack-file-missing", NULL },
	{ "notes.yaml", NULL, "a: 1", "notes.yaml:0", "pack-file-unknown", NULL },
	{ "forms/old.yaml", NULL, "a: 1", "forms/old.yaml:0", "pack-file-unknown", NULL },
	{ "pack.yaml", NULL, "pack: [\n", "pack.yaml:2", "yaml-invalid", NULL },
	{ "articles.yaml", NULL, "articles: {a: &x 1}", "articles.yaml:1", "yaml-invalid", NULL },
	{ "messages/zh.yaml", NULL, "a: ok\nB b: no", "messages/zh.yaml:2", "messages-invalid",
	  NULL },
	/* head */
	{ "pack.yaml", "pack: test-2026", "pack: Test 2026", "pack.yaml:1", "pack-name-invalid",
	  NULL },
	{ "pack.yaml", "pack: test-2026", "pack:", "pack.yaml:1", "pack-text-expected", NULL },
	{ "pack.yaml", "valid_to:", "valid_until:", "pack.yaml:4", "pack-key-unknown", "valid_to" },
	{ "pack.yaml", ", en: Test measures", "", "pack.yaml:2", "pack-key-missing", NULL },
	{ "pack.yaml", "2026-01-01", "2026-02-30", "pack.yaml:3", "date-invalid", NULL },
	{ "pack.yaml", "valid_to: null", "valid_to: 2025-12-31", "pack.yaml:4",
	  "pack-validity-order", NULL },
	/* articles and roles */
	{ "articles.yaml", ", summary_en: Second", "", "articles.yaml:3", "pack-key-missing",
	  NULL },
	{ "articles.yaml", "summary_en: Second}",
	  "summary_en: Second}\n  x: {zh: 丙, en: X, summary_zh: 丙, summary_en: X}",
	  "articles.yaml:4", "pack-article-invalid", NULL },
	{ "roles.yaml", "en: Operator}", "en: Operator, article: \"99\"}", "roles.yaml:3",
	  "pack-article-unknown", NULL },
	{ "roles.yaml", "admin: true", "admin: yes", "roles.yaml:4", "pack-bool-expected", NULL },
	{ "roles.yaml", "  auditor:", "  Auditor General:", "roles.yaml:4", "pack-name-invalid",
	  NULL },
	{ "roles.yaml", "  operator: {zh: 运行管理单位, en: Operator}", "  operator: Operator",
	  "roles.yaml:3", "pack-map-expected", NULL },
	/* parameters */
	{ "parameters.yaml", "15d, local: true", "15d", "parameters.yaml:3", "pack-law-or-local",
	  NULL },
	{ "parameters.yaml", "3, article: \"2\"", "3, article: \"2\", local: true",
	  "parameters.yaml:4", "pack-law-or-local", NULL },
	{ "parameters.yaml", "bound: max", "bound: most", "parameters.yaml:2", "pack-bound-invalid",
	  NULL },
	{ "parameters.yaml", "15d, local: true", "15d, local: true, bound: min",
	  "parameters.yaml:3", "pack-bound-invalid", NULL },
	{ "parameters.yaml", "value: 3, ", "", "parameters.yaml:4", "pack-key-missing", NULL },
	{ "parameters.yaml", "\"7 o'clock\"", "5dw", "parameters.yaml:6", "period-invalid", NULL },
	{ "parameters.yaml", "\"7 o'clock\"", "-5wd", "parameters.yaml:6", "period-invalid", NULL },
	{ "parameters.yaml", "article: \"18\"", "article: \"81\"", "parameters.yaml:2",
	  "pack-article-unknown", NULL },
	/* permissions */
	{ "permissions.yaml", "  unit:", "  units:", "permissions.yaml:2", "pack-role-unknown",
	  "unit" },
	{ "permissions.yaml", "read: own", "read: owner", "permissions.yaml:3",
	  "pack-relation-unknown", "own" },
	{ "permissions.yaml", "    case.read: own\n", "    case.read: own\n    \"\": own\n",
	  "permissions.yaml:4", "pack-name-invalid", NULL },
	{ "permissions.yaml", "permissions:\n", "articles: {case.read: \"81\"}\npermissions:\n",
	  "permissions.yaml:1", "pack-article-unknown", NULL },
	{ "permissions.yaml", "permissions:\n", "articles: {case.raed: \"18\"}\npermissions:\n",
	  "permissions.yaml:1", "pack-action-ungranted", NULL },
	{ "permissions.yaml", NULL, "permissions: [unit]\n", "permissions.yaml:1",
	  "pack-map-expected", NULL },
	/* forms */
	{ "forms/quota.json", "\"minimum\"", "\"exclusiveMinimum\"", "forms/quota.json:4",
	  "form-keyword", NULL },
	{ "forms/quota.json", "\"format\": \"code\"", "\"format\": \"email\"", "forms/quota.json:6",
	  "form-keyword", NULL },
	{ "forms/quota.json", " \"required\": [\"level\"]", " \"required\": [level]",
	  "forms/quota.json:8", "json-invalid", NULL },
	{ "forms/spare.json", NULL, "{\"type\": \"object\", \"properties\": {}}",
	  "forms/spare.json:1", "pack-form-unused", NULL },
	/* the procedure */
	{ Q, "code: PE", "code: P", Q ":2", "pack-code-invalid", NULL },
	{ Q, "code: PE\n", "", Q ":1", "pack-key-missing", NULL },
	{ Q, "code: PE", "code: PE\ncase: PE", Q ":3", "pack-key-unknown", "code" },
	{ Q, "about: project", "about: projects", Q ":7", "pack-about-unknown", "project" },
	{ Q, "level: any", "level: city", Q ":5", "pack-level-unknown", NULL },
	{ Q, "filed_by: [unit, operator]", "filed_by: [unit, unit]", Q ":6", "pack-role-twice",
	  NULL },
	{ Q, "filed_by: [unit, operator]", "filed_by: auditor", Q ":6", "pack-admin-decides",
	  NULL },
	{ Q, "filed_by: [unit, operator]", "filed_by: []", Q ":6", "pack-text-expected", NULL },
	{ Q, "article: \"18\"", "article: \"17\"", Q ":4", "pack-article-unknown", NULL },
	{ Q, "form: forms/end.json", "form: forms/quote.json", Q ":40", "pack-form-unknown",
	  "forms/quota.json" },
	{ "procedures/second.yaml", NULL,
	  "procedure: quota\ncode: XX\ntitle: {zh: 二, en: Two}\narticle: \"2\"\nlevel: any\n"
	  "filed_by: unit\nabout: none\nform: forms/end.json\nsteps:\n"
	  "  a: {title: {zh: 甲, en: A}, decided_by: unit}\n",
	  "procedures/second.yaml:1", "pack-procedure-twice", NULL },
	{ "procedures/second.yaml", NULL,
	  "procedure: other\ncode: PE\ntitle: {zh: 二, en: Two}\narticle: \"2\"\nlevel: any\n"
	  "filed_by: unit\nabout: none\nform: forms/end.json\nsteps:\n"
	  "  a: {title: {zh: 甲, en: A}, decided_by: unit}\n",
	  "procedures/second.yaml:1", "pack-code-twice", NULL },
	{ "procedures/second.yaml", NULL,
	  "procedure: other\ncode: XX\ntitle: {zh: 二, en: Two}\narticle: \"2\"\nlevel: any\n"
	  "filed_by: unit\nabout: none\nform: forms/end.json\nsteps: {}\n",
	  "procedures/second.yaml:9", "pack-steps-none", NULL },
	/* words */
	{ Q, "system.mlps_at_most", "system.mlps_most", Q ":10", "pack-word-unknown",
	  "system.mlps_at_most" },
	{ Q, "on_filed: [quota.reserve]", "on_filed: [quota.grant]", Q ":11", "pack-word-misplaced",
	  NULL },
	{ Q, "      - form.has: {field: code}", "      - quota.grant", Q ":16",
	  "pack-word-misplaced", NULL },
	{ Q, "on_filed: [quota.reserve]", "on_filed: quota.reserve", Q ":11", "pack-list-expected",
	  NULL },
	{ Q, "on_filed: [quota.reserve]", "on_filed: [[quota.reserve]]", Q ":11",
	  "pack-word-expected", NULL },
	{ Q, "level: $most", "level: three", Q ":10", "pack-argument-invalid", NULL },
	{ Q, "level: $most", "level: $keep", Q ":10", "pack-argument-invalid", NULL },
	{ Q, "level: $most, ", "", Q ":10", "pack-argument-missing", NULL },
	{ Q, "level: $most", "level: $must", Q ":10", "pack-parameter-unknown", "most" },
	{ Q, "level: $most", "level: 3, levels: 3", Q ":10", "pack-argument-unknown", "level" },
	{ Q, "$most, article: 2", "$most, article: 3", Q ":10", "pack-article-unknown", NULL },
	{ Q, "field: code", "field: name", Q ":16", "pack-field-unknown", NULL },
	{ Q, "state: initiated,", "state: begun,", Q ":18", "pack-argument-invalid", NULL },
	{ Q, "state: initiated,", "state: init,", Q ":18", "pack-argument-invalid", NULL },
	{ Q, "ahead: $keep", "ahead: -5wd", Q ":18", "pack-argument-invalid", NULL },
	{ Q, "effect: [quota.grant]", "effect: [notice.send: {role: units, text: a}]", Q ":42",
	  "pack-role-unknown", "unit" },
	/* steps */
	{ Q, "    decided_by: operator\n", "", Q ":22", "pack-step-kind", NULL },
	{ Q, "    decided_by: operator\n", "    decided_by: operator\n    confirmed_by: unit\n",
	  Q ":22", "pack-step-kind", NULL },
	{ Q, "    decided_by: operator\n", "    decided_by: auditor\n", Q ":25",
	  "pack-admin-decides", NULL },
	{ Q, "    decided_by: operator\n", "    decided_by: oparator\n", Q ":25",
	  "pack-role-unknown", "operator" },
	{ Q, "    local: true\n", "", Q ":20", "pack-clock-lawless", NULL },
	{ Q, "    soft: true\n", "    local: true\n", Q ":28", "pack-law-or-local", NULL },
	{ Q, "within: 10d", "within: 48h", Q ":20", "pack-clock-hours", NULL },
	{ Q, "within: 10d", "within: -10d", Q ":20", "period-invalid", NULL },
	{ Q, "within: 10d", "within: $most", Q ":20", "period-invalid", NULL },
	{ Q, "since: step:first", "since: step:firsts", Q ":27", "pack-since-unknown", "first" },
	{ Q, "since: step:first", "since: opened:firsts", Q ":27", "pack-since-unknown", "first" },
	{ Q, "since: step:first", "since: opened:rest", Q ":27", "pack-since-unknown", NULL },
	{ Q, "since: step:first", "since: opened:firsts", Q ":27", "pack-since-unknown", "first" },
	{ Q, "since: step:first", "since: opened:rest", Q ":27", "pack-since-unknown", NULL },
	{ Q, "    soft: true\n", "    soft: true\n    remind: 1mo\n", Q ":29", "period-invalid",
	  NULL },
	{ Q, "    soft: true\n", "    remind: soon\n", Q ":28", "period-invalid", NULL },
	{ Q, "since: step:first", "since: step:rest", Q ":27", "pack-since-unknown", NULL },
	{ Q, "since: step:first", "since: served:first", Q ":27", "pack-since-unserved", NULL },
	{ Q, FIRST_TO_SINCE("", "step:first"),
	  FIRST_TO_SINCE(
		  "    outcomes:\n"
		  "      good: {zh: 好, en: G, effect: [{paper.send: {paper: a, deemed: 3d}}]}\n"
		  "      late: {zh: 迟, en: L, effect: [{paper.send: {paper: a}}]}\n"
		  "      bad: {zh: 坏, en: B, end: closed}\n",
		  "served:first"),
	  Q ":31", "pack-since-unserved", NULL },
	{ Q, "since: step:first", "since: first", Q ":27", "pack-since-invalid", NULL },
	{ Q, "    waits: $keep\n", "    waits: 15d\n", Q ":36", "pack-clock-lawless", NULL },
	{ Q, "    waits: $keep\n", "    waits: $keep\n    returns: true\n", Q ":37",
	  "pack-step-key", NULL },
	{ Q, "    waits: $keep\n",
	  "    waits: $keep\n    outcomes: {a: {zh: 甲, en: A, end: closed}}\n", Q ":37",
	  "pack-step-key", NULL },
	{ Q, "    waits: $keep\n", "    at_once: [quota.grant]\n    within: $quota.review\n",
	  Q ":37", "pack-step-key", NULL },
	{ Q, "    waits: $keep\n", "    waits: $keep\n    at_once: [quota.grant]\n", Q ":34",
	  "pack-step-kind", NULL },
	{ Q, "    waits: $keep\n", "    at_once: []\n", Q ":36", "pack-list-expected", NULL },
	{ Q, "    confirmed_by: unit\n", "    confirmed_by: unit\n    soft: true\n", Q ":40",
	  "pack-key-missing", NULL },
	{ Q, "    title: {zh: 等待, en: Rest}\n", "", Q ":34", "pack-key-missing", NULL },
	{ Q, "  second:\n", "  second step:\n", Q ":22", "pack-name-invalid", NULL },
	{ Q, "end: closed}", "end: ended}", Q ":43", "pack-end-invalid", NULL },
	{ Q, "end: closed}", "end: closed, nature: bad}", Q ":43", "pack-nature-invalid", NULL },
	{ Q, "en: Good,", "en: Good, nature: negative,", Q ":42", "pack-nature-contradicts", NULL },
	{ Q, "end: closed}", "end: refused, nature: positive}", Q ":43", "pack-nature-contradicts",
	  NULL },
	{ Q, "      bad: {zh: 坏, en: Bad, end: closed}\n", "      bad: {zh: 坏}\n", Q ":43",
	  "pack-key-missing", NULL },
	{ Q, "    outcomes:\n", "    effect: [quota.grant]\n    outcomes:\n", Q ":41",
	  "pack-effect-twice", NULL },
	{ Q, "    effect:\n      - quota.grant\n",
	  "    outcomes:\n      a: {zh: 甲, en: A, end: closed}\n"
	  "      b: {zh: 乙, en: B, end: refused}\n",
	  Q ":35", "pack-step-unreachable", NULL },
};

static void every_fault_is_found_alone_at_its_place(void **state)
{
	size_t wrong = 0;

	(void)state;
	for (size_t i = 0; i < YH_LEN(cases); i++) {
		struct test_pack t = take_pack();
		struct heard h;
		const char *nearest;

		change(&t, cases[i].file, cases[i].from, cases[i].to);
		h = faults_of(&t);
		nearest = figure(&h.faults[0], "nearest");
		if (h.n != 1 || strcmp(h.faults[0].field, cases[i].field) != 0 ||
		    strcmp(h.faults[0].slug, cases[i].slug) != 0 ||
		    (cases[i].nearest && (!nearest || strcmp(nearest, cases[i].nearest) != 0))) {
			print_error("case %zu: wanted %s %s\n", i, cases[i].field, cases[i].slug);
			for (size_t f = 0; f < h.n; f++)
				print_error("  found %s %s %s (%s)\n", h.faults[f].field,
					    h.faults[f].slug, figure(&h.faults[f], "what"),
					    figure(&h.faults[f], "nearest"));
			wrong++;
		}
		drop_pack(&t);
	}
	assert_int_equal(wrong, 0);
}

static void faults_of_several_files_are_told_together(void **state)
{
	struct test_pack t = take_pack();
	struct heard h;

	(void)state;
	change(&t, "pack.yaml", "2026-01-01", "soon");
	change(&t, "roles.yaml", "admin: true", "admin: 1");
	change(&t, Q, "code: PE", "code: pe");
	h = faults_of(&t);
	assert_int_equal(h.n, 3);
	assert_string_equal(h.faults[0].field, "pack.yaml:3");
	assert_string_equal(h.faults[1].field, "roles.yaml:4");
	assert_string_equal(h.faults[2].field, Q ":2");
	drop_pack(&t);
}

static void no_more_than_fifty_faults_are_told(void **state)
{
	struct test_pack t = take_pack();
	char text[4096] = "permissions:\n";
	struct heard h;

	(void)state;
	for (int i = 0; i < 70; i++)
		(void)snprintf(text + strlen(text), sizeof text - strlen(text),
			       "  nobody%d: {case.read: own}\n", i);
	change(&t, "permissions.yaml", NULL, text);
	h = faults_of(&t);
	assert_int_equal(h.n, 50);
	drop_pack(&t);
}

static void a_list_that_cannot_be_read_does_not_fault_what_refers_to_it(void **state)
{
	static const char *const lists[] = { "articles.yaml", "roles.yaml", "parameters.yaml" };

	(void)state;
	for (size_t i = 0; i < YH_LEN(lists); i++) {
		struct test_pack t = take_pack();
		struct heard h;

		change(&t, lists[i], NULL, "{");
		h = faults_of(&t);
		assert_int_equal(h.n, 1);
		assert_string_equal(h.faults[0].slug, "yaml-invalid");
		drop_pack(&t);
	}
}

static void texts_of_the_wrong_shape_are_faults_and_nothing_worse(void **state)
{
	static const char *const shapes[] = { "",
					      "a",
					      "[]",
					      "[a, [b]]",
					      "{}",
					      "{a: [b]}",
					      "{\"\": \"\"}",
					      "\"\"",
					      "null",
					      "{a: {b: {c: }}}" };
	static const char *const sections[] = { "articles", "roles", "parameters", "permissions",
						"steps",    "title", "checks",     "filed_by" };

	(void)state;
	for (size_t f = 0; f < N_BASE; f++)
		for (size_t i = 0; i < YH_LEN(shapes); i++) {
			struct test_pack t = take_pack();

			change(&t, base_pack[f][0], NULL, shapes[i]);
			(void)faults_of(&t);
			drop_pack(&t);
		}
	for (size_t s = 0; s < YH_LEN(sections); s++)
		for (size_t f = 0; f < N_BASE; f++)
			for (size_t i = 0; i < YH_LEN(shapes); i++) {
				struct test_pack t = take_pack();
				struct yh_pack *p;
				char text[128];

				(void)snprintf(text, sizeof text, "%s: %s\n", sections[s],
					       shapes[i]);
				change(&t, base_pack[f][0], NULL, text);
				if (load_quietly(&t, &p) == YH_OK) /* permissions: {} is one */
					yh_pack_free(p);
				drop_pack(&t);
			}
}

static void every_text_cut_short_is_a_fault_or_a_pack(void **state)
{
	(void)state;
	for (size_t f = 0; f < N_BASE; f++)
		for (size_t cut = 0; cut < strlen(base_pack[f][1]); cut += 3) {
			struct test_pack t = take_pack();
			struct yh_pack *p;

			t.files[f].n = cut;
			if (load_quietly(&t, &p) == YH_OK)
				yh_pack_free(p);
			drop_pack(&t);
		}
}

static void too_many_files_and_a_file_twice_are_refused(void **state)
{
	static struct yh_pack_file many[YH_PACK_FILES_MAX + 1];
	struct test_pack t = take_pack();
	struct yh_pack *p;
	struct yh_err err = { 0 };
	struct heard h;

	(void)state;
	for (size_t i = 0; i < YH_LEN(many); i++)
		many[i] = (struct yh_pack_file){ "a.yaml", "", 0 };
	assert_int_equal(yh_pack_load(many, YH_LEN(many), &test_vocab, &p, NULL, NULL, &err),
			 YH_TOO_LARGE);
	assert_string_equal(err.slug, "pack-too-large");
	set_file(&t, t.n++, "pack.yaml", strdup("pack: other"));
	h = faults_of(&t);
	assert_string_equal(h.faults[0].slug, "pack-file-twice");
	drop_pack(&t);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_fault_is_found_alone_at_its_place),
		cmocka_unit_test(faults_of_several_files_are_told_together),
		cmocka_unit_test(no_more_than_fifty_faults_are_told),
		cmocka_unit_test(a_list_that_cannot_be_read_does_not_fault_what_refers_to_it),
		cmocka_unit_test(texts_of_the_wrong_shape_are_faults_and_nothing_worse),
		cmocka_unit_test(every_text_cut_short_is_a_fault_or_a_pack),
		cmocka_unit_test(too_many_files_and_a_file_twice_are_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
