/* Cases that time begins, clocks by the lease, and leases that move under open cases. */
#include "law.h"
#include "../store/city.h"
#include "cases/case.h"
#include "effects/words.h"
#include "store/case_query.h"
#include "store/event.h"
#include "store/person.h"

static const struct yh_pack_file files[] = {
#define FILE_OF(name, text)                                                                        \
	{                                                                                          \
		name, text, sizeof(text) - 1                                                       \
	}
	FILE_OF("articles.yaml",
		"articles:\n  \"21\": {zh: 回收, en: Reclaim, summary_zh: 甲, summary_en: A}\n"),
	FILE_OF("kinds.yaml",
		"kinds:\n  brief: {zh: 短期, en: Brief, article: \"21\", lease: 3mo}\n"),
	FILE_OF("pack.yaml",
		"pack: test\ntitle: {zh: 测, en: T}\nvalid_from: 2020-01-01\nvalid_to: null\n"),
	FILE_OF("parameters.yaml", "parameters: {}\n"),
	FILE_OF("permissions.yaml", "permissions: {}\n"),
	FILE_OF("roles.yaml", "roles:\n"
			      "  unit: {zh: 单位, en: Unit}\n"
			      "  operator: {zh: 运行, en: Operator}\n"),
	FILE_OF("procedures/expiry.yaml", "procedure: expiry\n"
					  "code: DQ\n"
					  "title: {zh: 到期, en: Expiry}\n"
					  "article: \"21\"\n"
					  "level: any\n"
					  "started_by:\n"
					  "  - lease.ends: {before: 5wd}\n"
					  "about: resource\n"
					  "checks:\n"
					  "  - resource.is: {state: brief}\n"
					  "steps:\n"
					  "  speak:\n"
					  "    title: {zh: 答复, en: Speak}\n"
					  "    article: \"21\"\n"
					  "    confirmed_by: unit\n"
					  "    within: lease\n"
					  "    silence: silent\n"
					  "    outcomes:\n"
					  "      said: {zh: 已答复, en: Said}\n"
					  "      silent: {zh: 未答复, en: Silent}\n"
					  "  over:\n"
					  "    title: {zh: 届满, en: Over}\n"
					  "    article: \"21\"\n"
					  "    waits: lease\n"
					  "  stop:\n"
					  "    title: {zh: 停止, en: Stop}\n"
					  "    article: \"21\"\n"
					  "    fulfilled_by: operator\n"
					  "    within: 1wd\n"
					  "    since: lease\n"
					  "    effect:\n"
					  "      - resource.stop: {backup: speak}\n"),
	FILE_OF("procedures/hurry.yaml", "procedure: hurry\n"
					 "code: JJ\n"
					 "title: {zh: 急问, en: Hurry}\n"
					 "article: \"21\"\n"
					 "level: any\n"
					 "started_by:\n"
					 "  - lease.ends: {before: 5wd}\n"
					 "about: resource\n"
					 "steps:\n"
					 "  speak:\n"
					 "    title: {zh: 答复, en: Speak}\n"
					 "    article: \"21\"\n"
					 "    confirmed_by: unit\n"
					 "    within: 2h\n"
					 "    silence: silent\n"
					 "    outcomes:\n"
					 "      said: {zh: 已答复, en: Said}\n"
					 "      silent: {zh: 未答复, en: Silent, end: refused}\n"),
};

/* A unit with one leased machine, and time to act on it. */
struct scene {
	struct law law;
	struct yh_law_book book;
	struct yh_world world;
	struct yh_grant grant;
	struct yh_actor actor;
	struct yh_ctx cx;
	struct city city;
	struct yh_resource_row machine;
};

/* 2026-06-19 is a Friday. */
static yh_day day(int month, int d)
{
	return yh_day_from_date((struct yh_date){ 2026, month, d });
}

static void at(struct scene *c, yh_day when, int hour)
{
	c->cx.now = yh_day_start(when) + (yh_time)hour * 3600 * YH_US_PER_S;
	yh_arena_done(c->cx.arena);
}

/* As a person in a role, or (NULL) as the system. */
static void as(struct scene *c, const char *role, const struct yh_id *org)
{
	static const struct yh_id person = { { 7 } };

	c->actor = (struct yh_actor){ .source = "local" };
	if (!role)
		return;
	c->grant = (struct yh_grant){
		.role = role, .org = *org, .org_name = "", .district = "", .capacity = "sign"
	};
	c->actor.person = person;
	c->actor.grants = &c->grant;
	c->actor.n_grants = 1;
}

static enum yh_rc add_person(struct yh_tx *tx, struct yh_err *err)
{
	struct yh_person_row p = { .id = { { 7 } },
				   .login = "somebody",
				   .name = "somebody",
				   .secret = "",
				   .status = "active" };

	return yh_person_insert(tx, &p, err);
}

static enum yh_rc set(struct yh_tx *tx, struct stage *s, struct scene *c, yh_day lease_last,
		      struct yh_err *err)
{
	struct yh_sm3 digest;

	*c = (struct scene){ 0 };
	WANT_OK(yh_pack_load(files, YH_LEN(files), yh_effects_vocab(), &c->law.pack, NULL, NULL,
			     err));
	c->law.calendar = yh_calendar_new();
	c->book = law_book(&c->law);
	c->world = (struct yh_world){ .ids = s->ids, .law = &c->book, .words = yh_effects_words() };
	c->cx = (struct yh_ctx){
		.tx = tx, .world = &c->world, .actor = &c->actor, .arena = &s->arena
	};
	as(c, NULL, NULL);
	WANT_OK(build_city(tx, s, &c->city, err));
	WANT_OK(add_person(tx, err));
	digest = yh_pack_digest(c->law.pack);
	WANT_OK(yh_exec(tx, err,
			"INSERT INTO pack (digest, name, valid_from, valid_to, files, installed_at)"
			" VALUES ($1, 'test', 0, NULL, '{}', 0)",
			YH_B(digest.b, sizeof digest.b)));
	c->machine = a_resource(s, &c->city, &c->city.project, "R-1", &c->city.vm);
	(void)snprintf(c->machine.kind, sizeof c->machine.kind, "brief");
	c->machine.lease_last = lease_last;
	WANT_OK(yh_resource_insert(tx, &c->machine, err));
	return yh_size_set(tx, &c->machine.id, 1, &c->city.vm, 1000, &c->city.case_id, err);
}

static void done(struct scene *c)
{
	yh_pack_free(c->law.pack);
	yh_calendar_free(c->law.calendar);
}

static enum yh_rc start_one(struct scene *c, const char *procedure, struct yh_case *out,
			    struct yh_err *err)
{
	struct yh_start_in in = { .procedure = procedure,
				  .trigger = "lease.ends",
				  .resources = &c->machine.id,
				  .n_resources = 1 };

	return yh_case_start(&c->cx, &in, out, err);
}

static enum yh_rc start(struct scene *c, struct yh_case *out, struct yh_err *err)
{
	return start_one(c, "expiry", out, err);
}

/* The one open step; its name is "" when none is open. */
static enum yh_rc open_step(struct scene *c, const struct yh_case *k, struct yh_step_row *out,
			    struct yh_err *err)
{
	struct yh_step_row *rows;
	size_t n, open = 0;

	*out = (struct yh_step_row){ 0 };
	WANT_OK(yh_step_list(c->cx.tx, &k->row.id, c->cx.arena, &rows, &n, err));
	for (size_t i = 0; i < n; i++)
		if (!rows[i].closed_at) {
			*out = rows[i];
			open++;
		}
	WANT(open <= 1);
	return YH_OK;
}

static enum yh_rc decide(struct scene *c, const struct yh_case *k, const char *step,
			 const char *outcome, struct yh_err *err)
{
	struct yh_decide_in in = { .case_id = k->row.id,
				   .step = step,
				   .outcome = outcome,
				   .reason = "x",
				   .if_match = -1 };
	struct yh_case out;

	return yh_case_decide(&c->cx, &in, &out, err);
}

/* The time of the waiting job of a kind for `ref`; 0: none. */
static enum yh_rc job_at(struct scene *c, const char *kind, const struct yh_id *ref, yh_time *out,
			 struct yh_err *err)
{
	struct yh_rows *rows;

	*out = 0;
	WANT_OK(yh_query(c->cx.tx, err, &rows,
			 "SELECT due_at FROM job WHERE kind = $1 AND ref = $2 AND done_at IS NULL",
			 YH_T(kind), YH_ID(ref)));
	if (yh_rows_next(rows))
		*out = yh_col_i64(rows, 0);
	WANT(!yh_rows_next(rows)); /* never two */
	return yh_rows_end(rows, err);
}

static enum yh_rc begun(struct yh_tx *tx, struct stage *s, struct yh_err *err)
{
	struct yh_story_line *story;
	struct yh_person_row p;
	struct scene c;
	struct yh_case k, out;
	size_t n;

	WANT_OK(set(tx, s, &c, day(6, 19), err));
	at(&c, day(6, 12), 0);
	WANT_OK(start(&c, &k, err));
	WANT(strcmp(k.row.started_by, "lease.ends") == 0);
	WANT_OK(yh_case_get(&c.cx, &k.row.id, &out, err));
	WANT(strcmp(out.row.started_by, "lease.ends") == 0);
	WANT(strcmp(out.row.filer_role, "system") == 0);
	WANT(yh_id_eq(&out.row.unit, &c.city.unit) && yh_id_eq(&out.row.project, &c.city.project));
	WANT_OK(yh_case_story(tx, &k.row.id, &s->arena, &story, &n, err));
	WANT(strcmp(story[0].kind, "case.started") == 0 && strcmp(story[0].role, "system") == 0);
	WANT(strcmp(story[0].person_name, "") == 0);
	/* nobody takes it back, whatever role they hold */
	as(&c, "unit", &c.city.unit);
	WANT_FAIL(yh_case_withdraw(&c.cx, &k.row.id, "x", &out, err), YH_FORBIDDEN,
		  "case-of-system");
	as(&c, "system", &c.city.unit);
	WANT_FAIL(yh_case_withdraw(&c.cx, &k.row.id, "x", &out, err), YH_FORBIDDEN,
		  "case-of-system");
	WANT_FAIL(yh_case_resubmit(&c.cx, &k.row.id, k.form, &out, err), YH_FORBIDDEN,
		  "case-of-system");
	/* and nobody files one */
	WANT_FAIL(yh_case_file(&c.cx, &(struct yh_file_in){ .procedure = "expiry", .form = k.form },
			       &out, err),
		  YH_FORBIDDEN, "file-not-permitted");
	/* whom the record names in the system's place is nobody's account */
	WANT_FAIL(yh_person_load(tx, &YH_PERSON_SYSTEM, &s->arena, &p, err), YH_NOT_FOUND,
		  "person-unknown");
	WANT_FAIL(yh_person_by_login(tx, "#system", &s->arena, &p, err), YH_NOT_FOUND,
		  "person-unknown");
	done(&c);
	return YH_OK;
}

static void time_begins_a_case_that_nobody_can_take_back(void **state)
{
	(void)state;
	run_everywhere(begun);
}

static enum yh_rc refused(struct yh_tx *tx, struct stage *s, struct yh_err *err)
{
	struct yh_start_in in = { .procedure = "expiry", .trigger = "lease.begins" };
	struct scene c;
	struct yh_case k;

	WANT_OK(set(tx, s, &c, day(6, 19), err));
	at(&c, day(6, 12), 0);
	WANT_FAIL(yh_case_start(&c.cx, &in, &k, err), YH_NOT_FOUND, "procedure-unknown");
	in.trigger = "lease.ends";
	WANT_FAIL(yh_case_start(&c.cx, &in, &k, err), YH_BAD_INPUT, "form-missing");
	(void)snprintf(c.machine.kind, sizeof c.machine.kind, "other");
	WANT_OK(yh_resource_update(tx, &c.machine, err));
	WANT_FAIL(start(&c, &k, err), YH_REFUSED, "resource-state");
	done(&c);
	return YH_OK;
}

static void a_case_begins_only_by_its_own_trigger_and_when_its_checks_hold(void **state)
{
	(void)state;
	run_everywhere(refused);
}

static enum yh_rc by_lease(struct yh_tx *tx, struct stage *s, struct yh_err *err)
{
	struct yh_step_row step;
	struct scene c;
	struct yh_case k;
	yh_time when;

	WANT_OK(set(tx, s, &c, day(6, 19), err));
	at(&c, day(6, 12), 9);
	WANT_OK(start(&c, &k, err));
	WANT_OK(open_step(&c, &k, &step, err));
	WANT(strcmp(step.step, "speak") == 0 && step.due_day == day(6, 19));
	WANT(strcmp(step.period, "lease") == 0);
	WANT_OK(job_at(&c, "step.silence", &step.id, &when, err));
	WANT(when == yh_day_start(day(6, 20)));
	/* on the last day itself the unit may still answer */
	at(&c, day(6, 19), 23);
	WANT_OK(yh_case_silence(&c.cx, &step.id, err));
	WANT_OK(open_step(&c, &k, &step, err));
	WANT(strcmp(step.step, "speak") == 0);
	at(&c, day(6, 20), 0);
	WANT_OK(yh_case_silence(&c.cx, &step.id, err));
	WANT_OK(yh_case_silence(&c.cx, &step.id, err)); /* once more: nothing */
	WANT_OK(open_step(&c, &k, &step, err));
	WANT(strcmp(step.step, "over") == 0);
	WANT_OK(yh_case_elapse(&c.cx, &k.row.id, err));
	WANT_OK(open_step(&c, &k, &step, err));
	WANT(strcmp(step.step, "stop") == 0);
	WANT(step.start_day == day(6, 19) && step.due_day == day(6, 22)); /* the Monday */
	as(&c, "operator", &c.city.operator_);
	at(&c, day(6, 22), 9);
	WANT_OK(decide(&c, &k, "stop", "done", err));
	WANT_OK(yh_resource_load(tx, &c.machine.id, &s->arena, &c.machine, err));
	WANT(strcmp(c.machine.state, "stopped") == 0);
	done(&c);
	return YH_OK;
}

/* proves A21.2 */
static void what_ends_with_the_lease_waits_for_it_and_stops_on_the_next_working_day(void **state)
{
	(void)state;
	run_everywhere(by_lease);
}

static enum yh_rc by_hours(struct yh_tx *tx, struct stage *s, struct yh_err *err)
{
	struct yh_step_row step;
	struct scene c;
	struct yh_case k;
	yh_time when;

	WANT_OK(set(tx, s, &c, day(6, 19), err));
	at(&c, day(6, 12), 9);
	WANT_OK(start_one(&c, "hurry", &k, err));
	WANT_OK(open_step(&c, &k, &step, err));
	WANT_OK(job_at(&c, "step.silence", &step.id, &when, err));
	WANT(when == step.due_at + 1);
	at(&c, day(6, 12), 11); /* the last instant is in time */
	WANT_OK(yh_case_silence(&c.cx, &step.id, err));
	WANT_OK(open_step(&c, &k, &step, err));
	WANT(strcmp(step.step, "speak") == 0);
	c.cx.now += 1;
	WANT_OK(yh_case_silence(&c.cx, &step.id, err));
	WANT_OK(yh_case_load(tx, &k.row.id, c.cx.arena, &k.row, err));
	WANT(strcmp(k.row.state, "refused") == 0);
	done(&c);
	return YH_OK;
}

static void silence_on_a_clock_in_hours_is_taken_at_its_hour_and_not_at_the_days_end(void **state)
{
	(void)state;
	run_everywhere(by_hours);
}

static enum yh_rc early(struct yh_tx *tx, struct stage *s, struct yh_err *err)
{
	struct yh_step_row step;
	struct scene c;
	struct yh_case k;
	yh_time when;

	WANT_OK(set(tx, s, &c, day(6, 19), err));
	at(&c, day(6, 12), 9);
	WANT_OK(start(&c, &k, err));
	as(&c, "unit", &c.city.unit);
	WANT_OK(decide(&c, &k, "speak", "said", err));
	WANT_OK(open_step(&c, &k, &step, err));
	WANT(strcmp(step.step, "over") == 0); /* nobody stops it before its time */
	WANT_OK(job_at(&c, "case.elapse", &k.row.id, &when, err));
	WANT(when == yh_day_start(day(6, 20)));
	as(&c, NULL, NULL);
	WANT_OK(yh_case_elapse(&c.cx, &k.row.id, err));
	WANT_OK(open_step(&c, &k, &step, err));
	WANT(strcmp(step.step, "over") == 0);
	done(&c);
	return YH_OK;
}

static void an_early_answer_stops_nothing_before_the_lease_is_over(void **state)
{
	(void)state;
	run_everywhere(early);
}

static enum yh_rc late(struct yh_tx *tx, struct stage *s, struct yh_err *err)
{
	struct yh_step_row step;
	struct scene c;
	struct yh_case k;

	WANT_OK(set(tx, s, &c, day(6, 10), err));
	at(&c, day(6, 19), 9); /* a Friday, long after the end */
	WANT_OK(start(&c, &k, err));
	WANT_OK(open_step(&c, &k, &step, err));
	WANT(step.due_day == day(6, 22)); /* the unit has one working day at least */
	at(&c, day(6, 23), 0);
	WANT_OK(yh_case_silence(&c.cx, &step.id, err));
	WANT_OK(yh_case_elapse(&c.cx, &k.row.id, err));
	WANT_OK(open_step(&c, &k, &step, err));
	WANT(strcmp(step.step, "stop") == 0);
	WANT(step.start_day == day(6, 23) && step.due_day == day(6, 24));
	done(&c);
	return YH_OK;
}

static void a_case_that_begins_late_leaves_everyone_a_day(void **state)
{
	(void)state;
	run_everywhere(late);
}

static enum yh_rc moved(struct yh_tx *tx, struct stage *s, struct yh_err *err)
{
	struct yh_step_row step;
	struct scene c;
	struct yh_case k;
	yh_time when;

	WANT_OK(set(tx, s, &c, day(6, 19), err));
	at(&c, day(6, 12), 9);
	WANT_OK(start(&c, &k, err));
	c.machine.lease_last = day(6, 30);
	WANT_OK(yh_resource_update(tx, &c.machine, err));
	WANT_OK(yh_case_lease_moved(&c.cx, &c.machine.id, err));
	WANT_OK(job_at(&c, "case.redate", &k.row.id, &when, err));
	WANT(when == c.cx.now);
	WANT_OK(yh_case_redate(&c.cx, &k.row.id, err));
	WANT_OK(open_step(&c, &k, &step, err));
	WANT(step.due_day == day(6, 30));
	WANT_OK(job_at(&c, "step.silence", &step.id, &when, err));
	WANT(when == yh_day_start(day(7, 1)));
	/* a lease that another decision shortens takes its days along */
	c.machine.lease_last = day(6, 17);
	WANT_OK(yh_resource_update(tx, &c.machine, err));
	WANT_OK(yh_case_redate(&c.cx, &k.row.id, err));
	WANT_OK(open_step(&c, &k, &step, err));
	WANT(step.due_day == day(6, 17));
	as(&c, "unit", &c.city.unit);
	WANT_OK(decide(&c, &k, "speak", "said", err));
	as(&c, NULL, NULL);
	c.machine.lease_last = day(6, 24);
	WANT_OK(yh_resource_update(tx, &c.machine, err));
	WANT_OK(yh_case_redate(&c.cx, &k.row.id, err));
	WANT_OK(job_at(&c, "case.elapse", &k.row.id, &when, err));
	WANT(when == yh_day_start(day(6, 25)));
	done(&c);
	return YH_OK;
}

static void open_cases_follow_a_lease_that_moves(void **state)
{
	(void)state;
	run_everywhere(moved);
}

static enum yh_rc dropped(struct yh_tx *tx, struct stage *s, struct yh_err *err)
{
	struct yh_resource_row other;
	struct yh_step_row step;
	struct yh_id both[2];
	struct scene c;
	struct yh_case k, after;
	struct yh_start_in in = {
		.procedure = "expiry", .trigger = "lease.ends", .resources = both, .n_resources = 2
	};

	WANT_OK(set(tx, s, &c, day(6, 19), err));
	at(&c, day(6, 12), 9);
	other = a_resource(s, &c.city, &c.city.project, "R-2", &c.city.vm);
	(void)snprintf(other.kind, sizeof other.kind, "brief");
	other.lease_last = day(6, 19);
	WANT_OK(yh_resource_insert(tx, &other, err));
	both[0] = c.machine.id;
	both[1] = other.id;
	WANT_OK(yh_case_start(&c.cx, &in, &k, err));
	WANT_OK(yh_case_drop(&c.cx, &k.row.id, &other.id, "extended", err));
	WANT_OK(yh_case_drop(&c.cx, &k.row.id, &other.id, "extended", err));
	WANT_OK(open_step(&c, &k, &step, err));
	WANT(strcmp(step.step, "speak") == 0);
	WANT_OK(yh_case_drop(&c.cx, &k.row.id, &c.machine.id, "extended", err));
	WANT_OK(open_step(&c, &k, &step, err));
	WANT(step.step[0] == 0);
	WANT_OK(yh_case_get(&c.cx, &k.row.id, &after, err));
	WANT(strcmp(after.row.state, "closed") == 0);
	done(&c);
	return YH_OK;
}

static void a_case_without_any_resource_left_is_over(void **state)
{
	(void)state;
	run_everywhere(dropped);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(time_begins_a_case_that_nobody_can_take_back),
		cmocka_unit_test(a_case_begins_only_by_its_own_trigger_and_when_its_checks_hold),
		cmocka_unit_test(
			what_ends_with_the_lease_waits_for_it_and_stops_on_the_next_working_day),
		cmocka_unit_test(
			silence_on_a_clock_in_hours_is_taken_at_its_hour_and_not_at_the_days_end),
		cmocka_unit_test(an_early_answer_stops_nothing_before_the_lease_is_over),
		cmocka_unit_test(a_case_that_begins_late_leaves_everyone_a_day),
		cmocka_unit_test(open_cases_follow_a_lease_that_moves),
		cmocka_unit_test(a_case_without_any_resource_left_is_over),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
