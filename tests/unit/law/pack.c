/* A good pack: what it holds, what it answers, what changes it. */
#include "packs.h"

static struct yh_pack *load(const struct test_pack *t)
{
	struct yh_pack *p;
	struct yh_err err = { 0 };

	if (yh_pack_load(t->files, t->n, &test_vocab, &p, NULL, NULL, &err) != YH_OK)
		fail_msg("%s %s", err.slug, err.field);
	return p;
}

static struct yh_pack *load_base(void)
{
	struct test_pack t = take_pack();
	struct yh_pack *p = load(&t);

	drop_pack(&t); /* nothing of the texts is kept */
	return p;
}

static void a_pack_knows_its_head_and_lists(void **state)
{
	struct yh_pack *p = load_base();
	size_t n;

	(void)state;
	assert_string_equal(yh_pack_name(p), "test-2026");
	assert_string_equal(yh_pack_title(p).zh, "试验办法");
	assert_int_equal(yh_pack_valid_from(p), yh_day_from_date((struct yh_date){ 2026, 1, 1 }));
	assert_int_equal(yh_pack_valid_to(p), YH_DAY_NONE);
	(void)yh_pack_roles(p, &n);
	assert_int_equal(n, 3);
	(void)yh_pack_articles(p, &n);
	assert_int_equal(n, 2);
	(void)yh_pack_params(p, &n);
	assert_int_equal(n, 5);
	(void)yh_pack_permissions(p, &n);
	assert_int_equal(n, 2);
	(void)yh_pack_procedures(p, &n);
	assert_int_equal(n, 1);
	assert_true(yh_pack_role(p, "auditor")->admin);
	assert_false(yh_pack_role(p, "unit")->admin);
	assert_string_equal(yh_pack_article(p, "18")->summary.en, "First");
	assert_null(yh_pack_article(p, "19"));
	assert_string_equal(yh_pack_may(p, "operator", "case.read"), "cloud");
	assert_null(yh_pack_may(p, "operator", "case.write"));
	assert_null(yh_pack_may(p, "auditor", "case.read"));
	yh_pack_free(p);
}

static void a_parameter_is_of_the_kind_it_is_written_as(void **state)
{
	struct yh_pack *p = load_base();
	const struct yh_param *v = yh_pack_param(p, "quota.review");

	(void)state;
	assert_int_equal(v->kind, YH_P_PERIOD);
	assert_int_equal(v->period.n, 5);
	assert_int_equal(v->period.unit, YH_WORKDAYS);
	assert_string_equal(v->article, "18");
	assert_string_equal(v->bound, "max");
	assert_int_equal(yh_pack_param(p, "most")->kind, YH_P_INT);
	assert_int_equal(yh_pack_param(p, "most")->num, 3);
	assert_int_equal(yh_pack_param(p, "strict")->kind, YH_P_BOOL);
	assert_int_equal(yh_pack_param(p, "greeting")->kind, YH_P_TEXT);
	assert_string_equal(yh_pack_param(p, "greeting")->text, "7 o'clock");
	assert_null(yh_pack_param(p, "keep")->article);
	yh_pack_free(p);
}

static void a_step_takes_its_clock_from_the_parameter_and_says_whose_it_is(void **state)
{
	struct yh_pack *p = load_base();
	const struct yh_procedure *pr = yh_pack_procedure(p, "quota");
	const struct yh_step *first = yh_procedure_step(pr, "first");
	const struct yh_step *second = yh_procedure_step(pr, "second");

	(void)state;
	assert_true(first->clock.set);
	assert_null(first->clock.article); /* local */
	assert_null(first->clock.param);
	assert_int_equal(first->clock.since, YH_SINCE_OPENED);
	assert_string_equal(first->article, "18"); /* the procedure's */
	assert_int_equal(second->clock.period.n, 5);
	assert_string_equal(second->clock.article, "18"); /* the parameter's, not the step's */
	assert_string_equal(second->clock.param, "quota.review");
	assert_string_equal(second->article, "2");
	assert_int_equal(second->clock.since, YH_SINCE_STEP);
	assert_string_equal(second->clock.since_step, "first");
	assert_true(second->clock.soft);
	assert_false(yh_procedure_step(pr, "rest")->clock.set);
	assert_int_equal(yh_procedure_step(pr, "rest")->wait.n, 15);
	assert_string_equal(yh_procedure_step(pr, "rest")->wait_param, "keep");
	assert_null(yh_procedure_step(pr, "third"));
	yh_pack_free(p);
}

static void a_step_has_the_outcomes_of_its_kind_or_its_own(void **state)
{
	struct yh_pack *p = load_base();
	const struct yh_procedure *pr = yh_pack_procedure(p, "quota");
	const struct yh_step *s = yh_procedure_step(pr, "second");

	(void)state;
	assert_int_equal(s->n_outcomes, 2);
	assert_string_equal(s->outcomes[0].name, "approve");
	assert_int_equal(s->outcomes[0].n_effects, 1);
	assert_int_equal(s->outcomes[0].end, YH_END_NONE);
	assert_string_equal(s->outcomes[1].name, "refuse");
	assert_int_equal(s->outcomes[1].end, YH_END_REFUSED);
	assert_int_equal(s->outcomes[0].nature, YH_NATURE_POSITIVE);
	assert_int_equal(s->outcomes[1].nature, YH_NATURE_NEGATIVE);
	assert_false(s->returns);
	assert_true(yh_procedure_step(pr, "first")->returns);
	s = yh_procedure_step(pr, "end");
	assert_int_equal(s->n_outcomes, 2);
	assert_string_equal(s->outcomes[0].name, "good");
	assert_string_equal(s->outcomes[0].effects[0].word->name, "quota.grant");
	assert_int_equal(s->outcomes[1].end, YH_END_CLOSED);
	assert_non_null(s->form);
	assert_string_equal(yh_procedure_step(pr, "rest")->outcomes[0].name, "elapsed");
	/* the standard outcomes are the same for every pack: one step's effect stays its own */
	assert_int_equal(yh_procedure_step(pr, "first")->outcomes[0].n_effects, 0);
	yh_pack_free(p);
}

static void the_words_of_a_procedure_carry_resolved_arguments(void **state)
{
	struct yh_pack *p = load_base();
	const struct yh_procedure *pr = yh_pack_procedure(p, "quota");
	const struct yh_word_use *use = &pr->checks[0];

	(void)state;
	assert_int_equal(pr->n_checks, 1);
	assert_ptr_equal(use->word, &mlps);
	assert_int_equal(use->line, 10);
	assert_int_equal(yh_use_int(use, "level", -1), 3);
	assert_string_equal(yh_use_arg(use, "level")->param, "most");
	assert_string_equal(yh_use_text(use, "article", ""), "2");
	assert_null(yh_use_arg(use, "article")->param);
	assert_null(yh_use_arg(use, "state"));
	assert_int_equal(yh_use_int(use, "state", 7), 7);
	use = &pr->steps[0].unless[0];
	assert_string_equal(yh_use_text(use, "state", ""), "initiated");
	assert_int_equal(yh_use_arg(use, "ahead")->period.n, 15);
	assert_int_equal(yh_use_int(use, "strict", 0), 1);
	assert_int_equal(pr->n_on_filed, 1);
	assert_int_equal(pr->n_filed_by, 2);
	assert_string_equal(pr->filed_by[1], "operator");
	assert_int_equal(pr->about, YH_ABOUT_PROJECT);
	yh_pack_free(p);
}

static void the_digest_hangs_on_every_byte_and_on_no_order(void **state)
{
	struct test_pack t = take_pack();
	struct yh_pack *a = load(&t), *b;
	struct yh_sm3 before = yh_pack_digest(a), after;
	struct yh_pack_file swapped = t.files[0];

	(void)state;
	t.files[0] = t.files[5];
	t.files[5] = swapped;
	b = load(&t);
	after = yh_pack_digest(b);
	assert_memory_equal(&before, &after, sizeof before);
	yh_pack_free(b);
	change(&t, "pack.yaml", "valid_to: null\n", "valid_to: null\n\n");
	b = load(&t);
	after = yh_pack_digest(b);
	assert_memory_not_equal(&before, &after, sizeof before);
	yh_pack_free(b);
	yh_pack_free(a);
	drop_pack(&t);
}

static void sentences_of_a_pack_may_come_with_it(void **state)
{
	struct test_pack t = take_pack();

	(void)state;
	change(&t, "messages/zh.yaml", NULL, "our-refusal: \"不行：{figure}\"\n");
	change(&t, "messages/en.yaml", NULL, "our-refusal: \"No: {figure}\"\n");
	yh_pack_free(load(&t));
	drop_pack(&t);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_pack_knows_its_head_and_lists),
		cmocka_unit_test(a_parameter_is_of_the_kind_it_is_written_as),
		cmocka_unit_test(a_step_takes_its_clock_from_the_parameter_and_says_whose_it_is),
		cmocka_unit_test(a_step_has_the_outcomes_of_its_kind_or_its_own),
		cmocka_unit_test(the_words_of_a_procedure_carry_resolved_arguments),
		cmocka_unit_test(the_digest_hangs_on_every_byte_and_on_no_order),
		cmocka_unit_test(sentences_of_a_pack_may_come_with_it),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
