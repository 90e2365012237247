/* Cases about one record: what follows from it, who may file, and what time may begin. */
#include "law.h"
#include "../store/city.h"
#include "cases/case.h"
#include "effects/words.h"
#include "store/case_query.h"
#include "store/person.h"
#include "store/settlement.h"
#include "store/subject.h"

#define FILE_OF(name, text)                                                                        \
	{                                                                                          \
		name, text, sizeof(text) - 1                                                       \
	}
#define STEPS                                                                                      \
	"steps:\n"                                                                                 \
	"  decide:\n"                                                                              \
	"    title: {zh: 决定, en: Decide}\n"                                                    \
	"    decided_by: econ_info\n"
static const struct yh_pack_file files[] = {
	FILE_OF("articles.yaml",
		"articles:\n  \"27\": {zh: 结算, en: Settle, summary_zh: 甲, summary_en: A}\n"),
	FILE_OF("kinds.yaml", "kinds:\n  lasting: {zh: 长期, en: L, article: \"27\", permanent: "
			      "true}\n"),
	FILE_OF("pack.yaml",
		"pack: test\ntitle: {zh: 测, en: T}\nvalid_from: 2020-01-01\nvalid_to: null\n"),
	FILE_OF("parameters.yaml", "parameters: {}\n"),
	FILE_OF("permissions.yaml", "permissions: {}\n"),
	FILE_OF("roles.yaml", "roles:\n"
			      "  unit: {zh: 单位, en: Unit}\n"
			      "  provider: {zh: 服务商, en: Provider}\n"
			      "  econ_info: {zh: 经信, en: Econ}\n"
			      "  operator: {zh: 运行, en: Operator}\n"),
	FILE_OF("forms/any.json",
		"{\"type\": \"object\", \"properties\": {}, \"additionalProperties\": false}"),
	FILE_OF("procedures/close.yaml", "procedure: close\n"
					 "code: JS\n"
					 "title: {zh: 结算, en: Close}\n"
					 "article: \"27\"\n"
					 "level: any\n"
					 "filed_by: [operator, unit]\n"
					 "form: forms/any.json\n"
					 "about: settlement\n" STEPS),
	FILE_OF("procedures/object.yaml", "procedure: object\n"
					  "code: ZY\n"
					  "title: {zh: 异议, en: Object}\n"
					  "article: \"27\"\n"
					  "level: any\n"
					  "filed_by: [unit, provider]\n"
					  "form: forms/any.json\n"
					  "about: statement\n" STEPS),
	FILE_OF("procedures/recall.yaml", "procedure: recall\n"
					  "code: TX\n"
					  "title: {zh: 提醒, en: Recall}\n"
					  "article: \"27\"\n"
					  "level: any\n"
					  "started_by:\n"
					  "  - lease.ends: {before: 5wd}\n"
					  "about: statement\n" STEPS),
};

/* A closed month of the city, with one statement of its unit about one of two providers. */
struct scene {
	struct law law;
	struct yh_law_book book;
	struct yh_world world;
	struct yh_grant grant;
	struct yh_actor actor;
	struct yh_ctx cx;
	struct city city;
	struct yh_id econ, provider, other_provider, other_unit, settlement, statement;
	const json_t *form;
};

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

static enum yh_rc add_records(struct yh_tx *tx, struct stage *s, struct scene *c,
			      struct yh_err *err)
{
	struct yh_sm3 digest = yh_pack_digest(c->law.pack);
	struct yh_settlement_row st;
	struct yh_statement_row row;

	c->settlement = new_id(s);
	c->statement = new_id(s);
	WANT_OK(yh_exec(tx, err,
			"INSERT INTO pack (digest, name, valid_from, valid_to, files, installed_at)"
			" VALUES ($1, 'test', 0, NULL, '{}', 0)",
			YH_B(digest.b, sizeof digest.b)));
	st = (struct yh_settlement_row){ .id = c->settlement,
					 .no = "sh-202610-1",
					 .cloud = c->city.cloud,
					 .month = 1,
					 .number = 1,
					 .state = "closed",
					 .reckoning = c->settlement,
					 .pack = digest,
					 .statements = 1,
					 .closed_at = 1,
					 .version = 1 };
	WANT_OK(yh_settlement_insert(tx, &st, err));
	row = (struct yh_statement_row){ .id = c->statement,
					 .settlement = c->settlement,
					 .reckoning = c->settlement,
					 .no = "sh-JS-202610-000001",
					 .cloud = c->city.cloud,
					 .month = 1,
					 .unit = c->city.unit,
					 .project = c->city.project,
					 .provider = c->provider,
					 .payer = c->city.unit,
					 .version = 1 };
	return yh_statement_insert(tx, &row, 1, err);
}

static enum yh_rc set(struct yh_tx *tx, struct stage *s, struct scene *c, struct yh_err *err)
{
	struct yh_person_row p = { .id = { { 7 } },
				   .login = "somebody",
				   .name = "somebody",
				   .secret = "",
				   .status = "active" };

	*c = (struct scene){ 0 };
	WANT_OK(yh_pack_load(files, YH_LEN(files), yh_effects_vocab(), &c->law.pack, NULL, NULL,
			     err));
	c->law.calendar = yh_calendar_new();
	c->book = law_book(&c->law);
	c->world = (struct yh_world){ .ids = s->ids, .law = &c->book, .words = yh_effects_words() };
	c->cx = (struct yh_ctx){ .tx = tx,
				 .world = &c->world,
				 .actor = &c->actor,
				 .arena = &s->arena,
				 .now = yh_day_start(
					 yh_day_from_date((struct yh_date){ 2026, 11, 2 })) };
	WANT_OK(build_city(tx, s, &c->city, err));
	WANT_OK(yh_person_insert(tx, &p, err));
	WANT_OK(add_org(tx, s, "econ", NULL, &c->econ, err));
	WANT_OK(add_org(tx, s, "provider", NULL, &c->provider, err));
	WANT_OK(add_org(tx, s, "other-provider", NULL, &c->other_provider, err));
	WANT_OK(add_org(tx, s, "other-unit", NULL, &c->other_unit, err));
	WANT_OK(yh_cloud_set_body(tx, &c->city.cloud, "econ_info", &c->econ, err));
	WANT_OK(yh_cloud_set_body(tx, &c->city.cloud, "provider", &c->other_provider, err));
	WANT_OK(yh_json_parse_in(&s->arena, "{}", 2, &c->form, err));
	return add_records(tx, s, c, err);
}

static void done(struct scene *c)
{
	yh_pack_free(c->law.pack);
	yh_calendar_free(c->law.calendar);
}

static enum yh_rc file(struct scene *c, const char *procedure, const struct yh_id *record,
		       struct yh_case *out, struct yh_err *err)
{
	struct yh_file_in in = { .procedure = procedure, .record = *record, .form = c->form };

	in.unit = c->city.unit; /* whatever the record does not tell, nobody names */
	return yh_case_file(&c->cx, &in, out, err);
}

static enum yh_rc settled(struct yh_tx *tx, struct stage *s, struct yh_err *err)
{
	struct scene c;
	struct yh_case k, back;

	WANT_OK(set(tx, s, &c, err));
	as(&c, "operator", &c.city.operator_);
	WANT_OK(file(&c, "close", &c.settlement, &k, err));
	WANT(yh_id_eq(&k.row.unit, &c.city.operator_) && yh_id_eq(&k.row.cloud, &c.city.cloud));
	WANT_OK(yh_case_get(&c.cx, &k.row.id, &back, err));
	WANT(yh_id_eq(&back.row.subject, &c.settlement));
	WANT_FAIL(file(&c, "close", &c.statement, &k, err), YH_NOT_FOUND, "settlement-unknown");
	as(&c, "operator", &c.other_unit);
	WANT_FAIL(file(&c, "close", &c.settlement, &k, err), YH_NOT_FOUND, "settlement-unknown");
	done(&c);
	return YH_OK;
}

static void a_case_about_a_settlement_is_of_the_cloud_and_of_whoever_files_it(void **state)
{
	(void)state;
	run_everywhere(settled);
}

static enum yh_rc objected(struct yh_tx *tx, struct stage *s, struct yh_err *err)
{
	struct scene c;
	struct yh_case k;

	WANT_OK(set(tx, s, &c, err));
	as(&c, "unit", &c.city.unit);
	WANT_OK(file(&c, "object", &c.statement, &k, err));
	WANT(yh_id_eq(&k.row.unit, &c.city.unit) && yh_id_eq(&k.row.project, &c.city.project));
	WANT(yh_id_eq(&k.row.provider, &c.provider));
	as(&c, "unit", &c.other_unit);
	WANT_FAIL(file(&c, "object", &c.statement, &k, err), YH_NOT_FOUND, "statement-unknown");
	as(&c, "provider", &c.other_provider);
	WANT_FAIL(file(&c, "object", &c.statement, &k, err), YH_NOT_FOUND, "statement-unknown");
	as(&c, "provider", &c.provider);
	WANT_OK(file(&c, "object", &c.statement, &k, err));
	WANT(yh_id_eq(&k.row.unit, &c.city.unit) && yh_id_eq(&k.row.filer_org, &c.provider));
	done(&c);
	return YH_OK;
}

static void a_unit_and_a_provider_object_to_their_own_statements_only(void **state)
{
	(void)state;
	run_everywhere(objected);
}

static enum yh_rc seen(struct yh_tx *tx, struct stage *s, struct yh_err *err)
{
	struct scene c;
	struct yh_case k;

	WANT_OK(set(tx, s, &c, err));
	as(&c, "unit", &c.city.unit);
	WANT_OK(file(&c, "object", &c.statement, &k, err));
	as(&c, "provider", &c.provider);
	WANT_OK(yh_case_see(&c.cx, &k, "invited", err));
	as(&c, "provider", &c.other_provider);
	WANT_FAIL(yh_case_see(&c.cx, &k, "invited", err), YH_NOT_FOUND, "case-unknown");
	as(&c, "unit", &c.other_unit);
	WANT_FAIL(yh_case_see(&c.cx, &k, "own", err), YH_NOT_FOUND, "case-unknown");
	done(&c);
	return YH_OK;
}

static void the_provider_that_a_statement_names_sees_a_case_about_it(void **state)
{
	(void)state;
	run_everywhere(seen);
}

static enum yh_rc listed(struct yh_tx *tx, struct stage *s, struct yh_err *err)
{
	struct yh_viewer all = { .any = true };
	struct yh_case_filter f = { .state = "", .procedure = "", .limit = 10 };
	struct yh_case_line *rows;
	struct yh_id id;
	struct scene c;
	struct yh_case k;
	size_t n;

	WANT_OK(set(tx, s, &c, err));
	as(&c, "operator", &c.city.operator_);
	WANT_OK(file(&c, "close", &c.settlement, &k, err));
	as(&c, "unit", &c.city.unit);
	WANT_OK(file(&c, "object", &c.statement, &k, err));
	f.subject = c.statement;
	WANT_OK(yh_case_list(tx, &all, &f, &s->arena, &rows, &n, err));
	WANT(n == 1 && yh_id_eq(&rows[0].id, &k.row.id));
	WANT_OK(yh_subject_by_no(tx, yh_subject_kind("statement"), "sh-JS-202610-000001", &id,
				 err));
	WANT(yh_id_eq(&id, &c.statement));
	WANT_FAIL(yh_subject_by_no(tx, yh_subject_kind("settlement"), "sh-JS-202610-000001", &id,
				   err),
		  YH_NOT_FOUND, "settlement-unknown");
	done(&c);
	return YH_OK;
}

static void cases_are_found_by_what_they_are_about(void **state)
{
	(void)state;
	run_everywhere(listed);
}

static enum yh_rc begun(struct yh_tx *tx, struct stage *s, struct yh_err *err)
{
	struct yh_start_in in = { .procedure = "recall", .trigger = "lease.ends" };
	struct scene c;
	struct yh_case k;

	WANT_OK(set(tx, s, &c, err));
	as(&c, NULL, NULL);
	WANT_FAIL(yh_case_start(&c.cx, &in, &k, err), YH_NOT_FOUND, "statement-unknown");
	in.record = c.statement;
	WANT_OK(yh_case_start(&c.cx, &in, &k, err));
	WANT(yh_id_eq(&k.row.unit, &c.city.unit) && yh_id_eq(&k.row.subject, &c.statement));
	done(&c);
	return YH_OK;
}

static void time_begins_a_case_about_a_record(void **state)
{
	(void)state;
	run_everywhere(begun);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_case_about_a_settlement_is_of_the_cloud_and_of_whoever_files_it),
		cmocka_unit_test(a_unit_and_a_provider_object_to_their_own_statements_only),
		cmocka_unit_test(the_provider_that_a_statement_names_sees_a_case_about_it),
		cmocka_unit_test(cases_are_found_by_what_they_are_about),
		cmocka_unit_test(time_begins_a_case_about_a_record),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
