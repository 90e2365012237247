/* Registers, duties and procedures without steps, as a pack says them. */
#include "packs.h"

static const struct yh_param_sig valid_params[] = {
	{ "register", YH_P_REGISTER, true, NULL },
	{ "state", YH_P_STATE, false, NULL },
	{ "figure", YH_P_FIGURE, false, NULL },
	{ "since", YH_P_DAY, false, NULL },
	{ NULL },
};
static const struct yh_param_sig enter_params[] = {
	{ "register", YH_P_ENTERS, true, NULL },
	{ "from", YH_P_WORD, false, "case|step" },
	{ NULL },
};
static const struct yh_param_sig state_of_params[] = {
	{ "state", YH_P_STATE, true, NULL },
	{ NULL },
};
static const struct yh_param_sig lay_params[] = {
	{ "duty", YH_P_DUTY, true, NULL },
	{ NULL },
};
static const struct yh_word_sig valid = { "record.valid", YH_WORD_CHECK, valid_params, "g" };
static const struct yh_word_sig enter = { "record.enter", YH_WORD_EFFECT, enter_params, "h" };
static const struct yh_word_sig set_state = { "record.state", YH_WORD_EFFECT, state_of_params,
					      "i" };
static const struct yh_word_sig lay = { "duty.lay", YH_WORD_EFFECT, lay_params, "j" };
static const struct yh_word_sig *const words[] = {
	&mlps, &project_is, &form_has, &reserve, &grant, &notice, &valid, &enter, &set_state, &lay,
};
static const struct yh_about_sig abouts[] = {
	{ "record", false, YH_ABOUT_REGISTER },
	{ "duty", false, YH_ABOUT_DUTY },
};
static const struct yh_vocab vocab = { words, YH_LEN(words), abouts, YH_LEN(abouts) };

#define REGISTERS                                                                                   \
	"registers:\n"                                                                              \
	"  deal:\n"                                                                                 \
	"    zh: 协议\n"                                                                          \
	"    en: Deal\n"                                                                            \
	"    article: \"2\"\n"                                                                      \
	"    code: XY\n"                                                                            \
	"    refs: {cloud: required, record: optional}\n"                                           \
	"    states: {valid: {zh: 有效, en: Valid}, over: {zh: 终止, en: Over, final: true}}\n" \
	"    dated: required\n"                                                                     \
	"    figures: {ceiling: {zh: 上限, en: Ceiling, unit: yuan}}\n"                           \
	"    lines: {planned: {zh: 规划, en: Planned}}\n"                                         \
	"    read: {operator: cloud, unit: own}\n"
#define DUTIES                                                                                     \
	"duties:\n"                                                                                \
	"  look:\n"                                                                                \
	"    zh: 巡检\n"                                                                         \
	"    en: Look\n"                                                                           \
	"    article: \"2\"\n"                                                                     \
	"    code: XJ\n"                                                                           \
	"    about: record\n"                                                                      \
	"    owner: operator\n"                                                                    \
	"    every: 1d\n"                                                                          \
	"    remind: [5wd, 1wd]\n"                                                                 \
	"    overdue: [unit]\n"                                                                    \
	"    missed: true\n"                                                                       \
	"    for: {register: deal, state: valid}\n"
#define DEAL                                                                                       \
	"procedure: deal\n"                                                                        \
	"code: DL\n"                                                                               \
	"title: {zh: 协议, en: Deal}\n"                                                          \
	"article: \"2\"\n"                                                                         \
	"level: any\n"                                                                             \
	"filed_by: operator\n"                                                                     \
	"about: none\n"                                                                            \
	"form: forms/deal.json\n"                                                                  \
	"effect:\n"                                                                                \
	"  - record.enter: {register: deal}\n"                                                     \
	"  - duty.lay: {duty: look}\n"
#define OVER                                                                                       \
	"procedure: over\n"                                                                        \
	"code: OV\n"                                                                               \
	"title: {zh: 终止, en: Over}\n"                                                          \
	"article: \"2\"\n"                                                                         \
	"level: any\n"                                                                             \
	"filed_by: operator\n"                                                                     \
	"about: record\n"                                                                          \
	"register: deal\n"                                                                         \
	"form: forms/end.json\n"                                                                   \
	"checks:\n"                                                                                \
	"  - record.valid: {register: deal, state: valid, figure: ceiling, since: 2026-01-01}\n"   \
	"effect:\n"                                                                                \
	"  - record.state: {state: over}\n"
#define DAY "{\"type\": \"string\", \"format\": \"date\"}"

static struct test_pack kept_pack(void)
{
	struct test_pack t = take_pack();

	change(&t, "registers.yaml", NULL, REGISTERS);
	change(&t, "duties.yaml", NULL, DUTIES);
	change(&t, "procedures/deal.yaml", NULL, DEAL);
	change(&t, "forms/deal.json", NULL,
	       "{\"type\": \"object\", \"properties\": {\"from\": " DAY ", \"until\": " DAY "}}");
	return t;
}

static void a_register_says_what_its_records_are(void **state)
{
	static const char *const kept[] = { "title", "from", "record", "ceiling", "lines" };
	struct test_pack t = kept_pack();
	const struct yh_register *r;
	struct yh_pack *p;

	(void)state;
	assert_int_equal(yh_pack_load(t.files, t.n, &vocab, &p, NULL, NULL, NULL), YH_OK);
	r = yh_pack_register(p, "deal");
	assert_non_null(r);
	assert_string_equal(r->states[0].id, "valid");
	assert_true(yh_register_state(r, "over")->final);
	assert_int_equal(r->dated, YH_NEED_REQUIRED);
	assert_int_equal(r->refs[YH_REF_RECORD], YH_NEED_OPTIONAL);
	assert_string_equal(yh_register_figure(r, "ceiling")->unit, "yuan");
	assert_non_null(yh_register_line(r, "planned"));
	for (size_t i = 0; i < YH_LEN(kept); i++)
		assert_true(yh_register_keeps(r, kept[i]));
	assert_false(yh_register_keeps(r, "provider")); /* it names none */
	assert_false(yh_register_keeps(r, "scope"));
	assert_string_equal(yh_pack_may(p, "operator", "read.deal"), "cloud");
	assert_string_equal(yh_pack_may(p, "unit", "case.read"),
			    "own"); /* the matrix is still there */
	assert_null(yh_pack_register(p, "duel"));
	yh_pack_free(p);
	drop_pack(&t);
}

/* What is said behind a register's `lines` or `figures` must be among them. */
static void capacity_and_backup_name_what_the_register_has(void **state)
{
	static const struct {
		const char *more, *slug;
	} cases[] = {
		{ "    capacity: {planned: planned}\n", NULL },
		{ "    capacity: {planned: made}\n", "pack-register-line" },
		{ "    capacity: {planed: planned}\n", "pack-key-unknown" },
		{ "    backup: {rpo: hours}\n", "pack-register-figure" },
		{ "    backup: {rpo: ceiling}\n", "pack-key-missing" }, /* it names no system */
		{ "    settled: hours\n", "pack-register-figure" },
		{ "    settled: ceiling\n", "pack-key-missing" }, /* nor a provider */
	};

	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct test_pack t = kept_pack();
		char text[4096];
		struct yh_pack *p;
		struct yh_err err = { 0 };

		(void)snprintf(text, sizeof text, "%s%s", REGISTERS, cases[i].more);
		change(&t, "registers.yaml", NULL, text);
		if (cases[i].slug) {
			assert_int_not_equal(
				yh_pack_load(t.files, t.n, &vocab, &p, NULL, NULL, &err), YH_OK);
			assert_string_equal(err.slug, cases[i].slug);
		} else {
			assert_int_equal(yh_pack_load(t.files, t.n, &vocab, &p, NULL, NULL, &err),
					 YH_OK);
			assert_string_equal(yh_pack_register(p, "deal")->planned, "planned");
			assert_null(yh_pack_register(p, "deal")->built);
			yh_pack_free(p);
		}
		drop_pack(&t);
	}
}

static void a_duty_says_for_whom_it_arises_and_how_often(void **state)
{
	struct test_pack t = kept_pack();
	const struct yh_duty_kind *d;
	struct yh_pack *p;

	(void)state;
	assert_int_equal(yh_pack_load(t.files, t.n, &vocab, &p, NULL, NULL, NULL), YH_OK);
	d = yh_pack_duty(p, "look");
	assert_non_null(d);
	assert_int_equal(d->arises, YH_DUTY_FOR_REGISTER);
	assert_string_equal(d->of_state, "valid");
	assert_int_equal(d->every.n, 1);
	assert_int_equal(d->n_remind, 2);
	assert_string_equal(d->overdue[0], "unit");
	assert_true(d->missed);
	yh_pack_free(p);
	drop_pack(&t);
}

static void a_procedure_without_steps_has_effects_of_its_own(void **state)
{
	struct test_pack t = kept_pack();
	const struct yh_procedure *pr;
	struct yh_pack *p;

	(void)state;
	assert_int_equal(yh_pack_load(t.files, t.n, &vocab, &p, NULL, NULL, NULL), YH_OK);
	pr = yh_pack_procedure(p, "deal");
	assert_int_equal(pr->n_steps, 0);
	assert_int_equal(pr->n_effects, 2);
	yh_pack_free(p);
	drop_pack(&t);
}

/* One change, one fault. */
static const struct {
	const char *file, *from, *to;
	const char *field, *slug;
} cases[] = {
	{ "registers.yaml", "code: XY", "code: xy", "registers.yaml:6", "pack-code-invalid" },
	{ "registers.yaml", "article: \"2\"", "article: \"77\"", "registers.yaml:5",
	  "pack-article-unknown" },
	{ "registers.yaml", "record: optional", "recods: optional", "registers.yaml:7",
	  "pack-key-unknown" },
	{ "registers.yaml", "dated: required", "dated: always", "registers.yaml:9",
	  "pack-argument-invalid" },
	{ "registers.yaml", "{operator: cloud", "{operators: cloud", "registers.yaml:12",
	  "pack-role-unknown" },
	{ "registers.yaml", "unit: yuan", "unit: yuan, money: true", "registers.yaml:10",
	  "pack-key-unknown" },
	{ "registers.yaml", "unit: own", "unit: all", "registers.yaml:12",
	  "pack-relation-unknown" },
	{ "duties.yaml", "owner: operator", "owner: auditor", "duties.yaml:8",
	  "pack-admin-decides" },
	{ "duties.yaml", "every: 1d", "every: 1h", "duties.yaml:9", "period-hours" },
	{ "duties.yaml", "register: deal", "register: meal", "duties.yaml:13",
	  "pack-register-unknown" },
	{ "duties.yaml", "state: valid", "state: gone", "duties.yaml:13", "pack-register-state" },
	{ "duties.yaml", "code: XJ", "code: XY", "duties.yaml:2", "pack-code-twice" },
	{ "duties.yaml", "state: valid}", "state: valid, used: 80}", "duties.yaml:13",
	  "pack-argument-invalid" },
	{ "duties.yaml", "state: valid}", "state: valid, backup: late}", "duties.yaml:13",
	  "pack-argument-invalid" },
	{ "duties.yaml", "state: valid}", "state: valid, backup: early}", "duties.yaml:13",
	  "pack-argument-invalid" },
	{ "procedures/deal.yaml", "code: DL", "code: XY", "procedures/deal.yaml:1",
	  "pack-code-twice" },
	{ "procedures/deal.yaml", "duty: look", "duty: lock", "procedures/deal.yaml:11",
	  "pack-duty-unknown" },
	{ "procedures/deal.yaml", "{register: deal}", "{register: meal}", "procedures/deal.yaml:10",
	  "pack-register-unknown" },
	{ "forms/deal.json", "\"until\"", "\"til\"", "procedures/deal.yaml:10",
	  "pack-field-unknown" },
	{ "procedures/over.yaml", NULL,
	  "procedure: over\ncode: OV\ntitle: {zh: 终, en: O}\narticle: \"2\"\nlevel: any\n"
	  "filed_by: operator\nabout: record\nform: forms/end.json\neffect:\n"
	  "  - record.state: {state: over}\n",
	  "procedures/over.yaml:1", "pack-key-missing" },
};

static void remember(void *arg, const struct yh_err *fault)
{
	struct yh_err *first = arg;

	if (!first->slug[0])
		*first = *fault;
}

static void each_fault_is_told_with_its_place(void **state)
{
	(void)state;
	for (size_t i = 0; i < YH_LEN(cases); i++) {
		struct test_pack t = kept_pack();
		struct yh_err first = { 0 };
		struct yh_pack *p;

		change(&t, cases[i].file, cases[i].from, cases[i].to);
		if (yh_pack_load(t.files, t.n, &vocab, &p, remember, &first, NULL) == YH_OK)
			fail_msg("%s was admitted", cases[i].to);
		if (strcmp(first.slug, cases[i].slug) != 0 ||
		    strcmp(first.field, cases[i].field) != 0)
			fail_msg("%s: %s at %s", cases[i].to, first.slug, first.field);
		drop_pack(&t);
	}
}

static void a_procedure_about_a_record_knows_its_states_and_figures(void **state)
{
	static const char *const wrong[][3] = {
		{ "{state: over}", "{state: gone}", "pack-register-state" },
		{ "figure: ceiling", "figure: floor", "pack-register-figure" },
		{ "since: 2026-01-01", "since: 2026-02-31", "pack-argument-invalid" },
		{ "register: deal\n", "duty: look\n", "pack-key-unknown" },
	};
	struct test_pack t = kept_pack();
	struct yh_pack *p;

	(void)state;
	change(&t, "procedures/over.yaml", NULL, OVER);
	assert_int_equal(yh_pack_load(t.files, t.n, &vocab, &p, NULL, NULL, NULL), YH_OK);
	assert_ptr_equal(yh_pack_procedure(p, "over")->reg, yh_pack_register(p, "deal"));
	yh_pack_free(p);
	drop_pack(&t);
	for (size_t i = 0; i < YH_LEN(wrong); i++) {
		struct yh_err first = { 0 };

		t = kept_pack();
		change(&t, "procedures/over.yaml", NULL, OVER);
		change(&t, "procedures/over.yaml", wrong[i][0], wrong[i][1]);
		assert_int_not_equal(yh_pack_load(t.files, t.n, &vocab, &p, remember, &first, NULL),
				     YH_OK);
		assert_string_equal(first.slug, wrong[i][2]);
		drop_pack(&t);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_register_says_what_its_records_are),
		cmocka_unit_test(capacity_and_backup_name_what_the_register_has),
		cmocka_unit_test(a_duty_says_for_whom_it_arises_and_how_often),
		cmocka_unit_test(a_procedure_without_steps_has_effects_of_its_own),
		cmocka_unit_test(each_fault_is_told_with_its_place),
		cmocka_unit_test(a_procedure_about_a_record_knows_its_states_and_figures),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
