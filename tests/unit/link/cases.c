/* Cases across the link: two stores, a district's and the city's, and the stream `case` between
 * them by hand. */
#include "../cases/law.h"
#include "../store/city.h"
#include "cases/case.h"
#include "cases/problem.h"
#include "effects/words.h"
#include "link/streams.h"
#include "store/case_abroad.h"
#include "store/case_query.h"
#include "store/person.h"

#define FILE_OF(name, text)                                                                        \
	{                                                                                          \
		name, text, sizeof(text) - 1                                                       \
	}
static const struct yh_pack_file files[] = {
	FILE_OF("articles.yaml",
		"articles:\n  \"12\": {zh: 统筹, en: District, summary_zh: 甲, summary_en: A}\n"),
	FILE_OF("kinds.yaml", "kinds: {}\n"),
	FILE_OF("pack.yaml",
		"pack: test\ntitle: {zh: 测, en: T}\nvalid_from: 2020-01-01\nvalid_to: null\n"),
	FILE_OF("parameters.yaml", "parameters: {}\n"),
	FILE_OF("permissions.yaml", "permissions: {}\n"),
	FILE_OF("roles.yaml", "roles:\n"
			      "  unit: {zh: 单位, en: Unit}\n"
			      "  operator: {zh: 运行, en: Operator}\n"
			      "  district_operator: {zh: 区, en: District}\n"),
	FILE_OF("forms/use.json",
		"{\"title\": \"用\", \"x-title-en\": \"Use\", \"type\": \"object\", "
		"\"properties\": {"
		"\"kind\": {\"title\": \"类\", \"x-title-en\": \"Kind\", \"type\": \"string\"},"
		"\"proof\": {\"title\": \"证\", \"x-title-en\": \"Proof\", \"type\": \"string\"}},"
		"\"required\": [\"kind\"]}"),
	FILE_OF("procedures/use.yaml",
		"procedure: use\n"
		"code: SQ\n"
		"title: {zh: 使用, en: Use}\n"
		"article: \"12\"\n"
		"level: any\n"
		"filed_by: unit\n"
		"about: project\n"
		"form: forms/use.json\n"
		"checks:\n"
		"  - form.needs: {field: proof, when: kind, is: big, article: \"12\"}\n"
		"steps:\n"
		"  district_review:\n"
		"    title: {zh: 区审, en: District}\n"
		"    article: \"12\"\n"
		"    when:\n"
		"      - case.municipal_for_district\n"
		"    decided_by: district_operator\n"
		"    within: 3wd\n"
		"  review:\n"
		"    title: {zh: 市审, en: City}\n"
		"    article: \"12\"\n"
		"    decided_by: operator\n"
		"    within: 2wd\n"
		"  verify:\n"
		"    title: {zh: 验证, en: Verify}\n"
		"    article: \"12\"\n"
		"    confirmed_by: unit\n"
		"    within: 5wd\n"
		"    outcomes:\n"
		"      passed: {zh: 通过, en: Passed}\n"),
};

/* One server: the same places by the same codes, with ids of its own. */
struct side {
	struct law law;
	struct yh_law_book book;
	struct yh_world world;
	struct yh_grant grant;
	struct yh_actor actor;
	struct yh_ctx cx;
	struct yh_id unit, operator_, district_operator, cloud, own, project;
	struct yh_link_peer peer;
	struct stage stage;
};

static const struct yh_id applicant = { { 7 } }, decider = { { 8 } }, peer_id = { { 9 } };
static yh_time now;

static void as(struct side *s, const char *role, const struct yh_id *org)
{
	s->actor = (struct yh_actor){ .source = "local", .name = role };
	s->grant = (struct yh_grant){
		.role = role, .org = *org, .org_name = "", .district = "east", .capacity = "sign"
	};
	s->actor.person = strcmp(role, "unit") == 0 ? applicant : decider;
	s->actor.grants = &s->grant;
	s->actor.n_grants = 1;
}

static enum yh_rc org(struct side *s, const char *code, const char *district, struct yh_id *out,
		      struct yh_err *err)
{
	struct yh_org_row o = { .id = new_id(&s->stage),
				.name = code,
				.kind = "unit",
				.chain = "sign",
				.status = "active",
				.created_at = T0,
				.version = 1 };

	(void)snprintf(o.code, sizeof o.code, "%s", code);
	(void)snprintf(o.district, sizeof o.district, "%s", district);
	*out = o.id;
	return yh_org_insert(s->cx.tx, &o, err);
}

static enum yh_rc cloud(struct side *s, const char *code, const char *level, const char *district,
			struct yh_id *out, struct yh_err *err)
{
	struct yh_cloud_row c = { .id = new_id(&s->stage), .name = code, .created_at = T0 };

	(void)snprintf(c.code, sizeof c.code, "%s", code);
	(void)snprintf(c.level, sizeof c.level, "%s", level);
	(void)snprintf(c.district, sizeof c.district, "%s", district);
	*out = c.id;
	return yh_cloud_insert(s->cx.tx, &c, err);
}

static enum yh_rc pair(struct side *s, bool with_city, struct yh_err *err)
{
	s->peer = (struct yh_link_peer){ .id = peer_id,
					 .city = with_city,
					 .district = "east",
					 .cloud = with_city ? s->cloud : s->own,
					 .home = with_city ? s->own : s->cloud };
	return yh_exec(s->cx.tx, err,
		       "INSERT INTO link_peer (id, city, district, cloud, home, url, point, state,"
		       " enrolled_at, ended_why, heard_at, sent_at, skew_ms, version, fault,"
		       " fault_figures) VALUES ($1, $2, 'east', $3, $4, '', $1, 'active', 0, '', 0,"
		       " 0, 0, '', '', '')",
		       YH_ID(&peer_id), YH_I(with_city), YH_ID(&s->peer.cloud),
		       YH_ID(&s->peer.home));
}

static enum yh_rc project(struct side *s, struct yh_err *err)
{
	struct yh_project_row p = { .id = new_id(&s->stage),
				    .code = "edu.P-1",
				    .unit = s->unit,
				    .cloud = s->cloud,
				    .name = "项目",
				    .state = "initiating",
				    .created_at = T0,
				    .version = 1 };

	s->project = p.id;
	return yh_project_insert(s->cx.tx, &p, err);
}

static enum yh_rc found(struct side *s, bool district, struct yh_err *err)
{
	struct yh_person_row p = {
		.id = applicant, .login = "unit", .name = "张三", .secret = "", .status = "active"
	};
	struct yh_sm3 digest = yh_pack_digest(s->law.pack);

	WANT_OK(yh_person_insert(s->cx.tx, &p, err));
	p.id = decider;
	p.login = "body";
	p.name = district ? "李四" : "王五";
	WANT_OK(yh_person_insert(s->cx.tx, &p, err));
	WANT_OK(yh_exec(s->cx.tx, err,
			"INSERT INTO pack (digest, name, valid_from, valid_to, files, installed_at)"
			" VALUES ($1, 'test', 0, NULL, '{}', 0)",
			YH_B(digest.b, sizeof digest.b)));
	WANT_OK(org(s, "edu", "east", &s->unit, err));
	WANT_OK(org(s, "east-bdc", "east", &s->district_operator, err));
	WANT_OK(cloud(s, "YH", "municipal", "", &s->cloud, err));
	WANT_OK(cloud(s, "EAST", "district", "east", &s->own, err));
	WANT_OK(yh_cloud_set_body(s->cx.tx, &s->own, "operator", &s->district_operator, err));
	if (!district) {
		WANT_OK(org(s, "bdc", "", &s->operator_, err));
		WANT_OK(yh_cloud_set_body(s->cx.tx, &s->cloud, "operator", &s->operator_, err));
	}
	WANT_OK(pair(s, district, err));
	return district ? project(s, err) : YH_OK;
}

static enum yh_rc set(struct side *s, struct yh_tx *tx, struct yh_err *err)
{
	if (!s->law.pack)
		WANT_OK(yh_pack_load(files, YH_LEN(files), yh_effects_vocab(), &s->law.pack, NULL,
				     NULL, err));
	if (!s->law.calendar)
		s->law.calendar = yh_calendar_new();
	s->book = law_book(&s->law);
	s->world = (struct yh_world){ .ids = s->stage.ids,
				      .law = &s->book,
				      .words = yh_effects_words() };
	s->cx = (struct yh_ctx){ .tx = tx,
				 .world = &s->world,
				 .actor = &s->actor,
				 .arena = &s->stage.arena,
				 .now = now };
	return YH_OK;
}

/* What runs at the district while the city's transaction is open. */
struct district {
	struct side side;
	struct yh_exec *exec;
	char dir[32];
	enum yh_rc (*step)(struct district *d, struct yh_err *err);
	/* what crosses */
	char no[YH_CASE_NO];
	char *text; /* a document as it goes, or as it comes */
	const char *kind, *outcome;
	char state[16];
};

static enum yh_rc district_tx(struct yh_tx *tx, void *arg, struct yh_err *err)
{
	struct district *d = arg;

	d->side.cx.tx = tx;
	d->side.cx.now = now;
	return d->step(d, err);
}

static enum yh_rc at_district(struct district *d,
			      enum yh_rc (*step)(struct district *d, struct yh_err *err),
			      struct yh_err *err)
{
	d->step = step;
	now += 60 * YH_US_PER_S;
	return yh_exec_write(d->exec, district_tx, d, err);
}

static enum yh_rc settle_district(struct district *d, struct yh_err *err)
{
	WANT_OK(set(&d->side, d->side.cx.tx, err));
	return found(&d->side, true, err);
}

static enum yh_rc file(struct district *d, struct yh_err *err)
{
	json_t *form = json_pack("{s:s}", "kind", d->kind);
	struct yh_file_in in = { .procedure = "use", .project = d->side.project, .form = form };
	struct yh_case c;

	as(&d->side, "unit", &d->side.unit);
	WANT_OK(yh_case_file(&d->side.cx, &in, &c, err));
	json_decref(form);
	WANT(c.row.abroad == YH_CASE_BOUND && strcmp(c.row.state, "open") == 0);
	(void)snprintf(d->no, sizeof d->no, "%s", c.row.no);
	return YH_OK;
}

static enum yh_rc decide(struct district *d, const char *role, const struct yh_id *body,
			 const char *step, struct yh_err *err)
{
	struct yh_decide_in in = {
		.step = step, .outcome = d->outcome, .reason = "因为", .if_match = -1
	};
	struct yh_case c;

	as(&d->side, role, body);
	WANT_OK(yh_case_id_by_no(d->side.cx.tx, d->no, &in.case_id, err));
	return yh_case_decide(&d->side.cx, &in, &c, err);
}

static enum yh_rc approve(struct district *d, struct yh_err *err)
{
	return decide(d, "district_operator", &d->side.district_operator, "district_review", err);
}

static enum yh_rc verify(struct district *d, struct yh_err *err)
{
	return decide(d, "unit", &d->side.unit, "verify", err);
}

static enum yh_rc withdraw(struct district *d, struct yh_err *err)
{
	struct yh_case c;
	struct yh_id id;

	as(&d->side, "unit", &d->side.unit);
	WANT_OK(yh_case_id_by_no(d->side.cx.tx, d->no, &id, err));
	return yh_case_withdraw(&d->side.cx, &id, "不要了", &c, err);
}

static enum yh_rc build(struct side *s, const char *key, char **text, struct yh_err *err)
{
	json_t *body;

	free(*text);
	*text = NULL;
	WANT_OK(yh_link_case_build(&s->cx, &s->peer, key, &body, err));
	WANT(body != NULL);
	*text = yh_json_canonical(body);
	json_decref(body);
	return *text ? YH_OK : YH_INTERNAL;
}

static enum yh_rc apply(struct side *s, const char *key, const char *text, struct yh_err *err)
{
	json_t *body;
	enum yh_rc rc = yh_json_parse(text, strlen(text), &body, err);

	if (rc == YH_OK)
		rc = yh_link_case_apply(&s->cx, &s->peer, key, body, err);
	json_decref(body);
	return rc;
}

static enum yh_rc build_case(struct district *d, struct yh_err *err)
{
	return build(&d->side, d->no, &d->text, err);
}

static enum yh_rc build_act(struct district *d, struct yh_err *err)
{
	char key[YH_CASE_DOC_KEY];

	yh_case_act_key(d->no, 1, key);
	return build(&d->side, key, &d->text, err);
}

static enum yh_rc hear(struct district *d, struct yh_err *err)
{
	struct yh_case_row row;
	struct yh_id id;

	WANT_OK(apply(&d->side, d->no, d->text, err));
	WANT_OK(apply(&d->side, d->no, d->text, err)); /* once more is nothing */
	WANT_OK(yh_case_id_by_no(d->side.cx.tx, d->no, &id, err));
	WANT_OK(yh_case_load(d->side.cx.tx, &id, d->side.cx.arena, &row, err));
	memcpy(d->state, row.state, sizeof d->state);
	return YH_OK;
}

/* How often the story of the case here has an event. */
static enum yh_rc told(struct side *s, const char *no, const char *kind, const char *person,
		       size_t *times, struct yh_err *err)
{
	struct yh_story_line *list;
	struct yh_id id;
	size_t n;

	*times = 0;
	WANT_OK(yh_case_id_by_no(s->cx.tx, no, &id, err));
	WANT_OK(yh_case_story(s->cx.tx, &id, s->cx.arena, &list, &n, err));
	for (size_t i = 0; i < n; i++)
		*times += strcmp(list[i].kind, kind) == 0 &&
			  (!person || strcmp(list[i].person_name, person) == 0);
	return YH_OK;
}

static enum yh_rc told_of_decision(struct district *d, struct yh_err *err)
{
	size_t n;

	WANT_OK(told(&d->side, d->no, "step.decided", "王五", &n, err));
	WANT(n == 1);
	return YH_OK;
}

static enum yh_rc told_of_refusal(struct district *d, struct yh_err *err)
{
	struct yh_case_link_row link;
	struct yh_err why;
	size_t n;
	bool there;

	WANT_OK(told(&d->side, d->no, "case.turned-away", NULL, &n, err));
	WANT(n == 1);
	WANT_OK(yh_case_link_load(d->side.cx.tx, d->no, d->side.cx.arena, &link, &there, err));
	WANT(there && yh_problem_read(link.problem, &why));
	WANT(why.rc == YH_REFUSED && strcmp(why.slug, "evidence-missing") == 0);
	WANT(strcmp(why.article, "12") == 0 && why.n_figs == 2);
	return YH_OK;
}

static enum yh_rc told_of_lost_act(struct district *d, struct yh_err *err)
{
	size_t n;

	WANT_OK(told(&d->side, d->no, "case.act-refused", NULL, &n, err));
	WANT(n == 1);
	return YH_OK;
}

static enum yh_rc open_district(struct district *d, struct side *city, struct yh_tx *tx,
				struct stage *s, struct yh_err *err)
{
	struct yh_exec_config cfg = { 0 };
	char text[64];

	now = T0 * YH_US_PER_S * 1000000;
	*city = (struct side){ .stage = *s };
	*d = (struct district){ .dir = "/tmp/yh-test-XXXXXX",
				.outcome = "approve",
				.kind = "small" };
	d->side.stage.ids = yh_idgen_new_seeded(8);
	yh_arena_init(&d->side.stage.arena, 64 * 1024 * 1024);
	WANT(mkdtemp(d->dir) != NULL);
	like_file(d->dir);
	(void)snprintf(text, sizeof text, "sqlite:%s/yunheng.db", d->dir);
	cfg.database = text;
	WANT_OK(yh_store_open(&cfg, true, &d->exec, err));
	WANT_OK(set(city, tx, err));
	city->cx.arena = &s->arena;
	WANT_OK(found(city, false, err));
	return at_district(d, settle_district, err);
}

static void side_done(struct side *s)
{
	yh_pack_free(s->law.pack);
	yh_calendar_free(s->law.calendar);
}

static void close_district(struct district *d, struct side *city)
{
	char text[64];

	side_done(&d->side);
	side_done(city);
	yh_exec_close(d->exec);
	yh_arena_done(&d->side.stage.arena);
	yh_idgen_free(d->side.stage.ids);
	free(d->text);
	(void)snprintf(text, sizeof text, "rm -rf %s", d->dir);
	assert_int_equal(system(text), 0);
}

/* Filed, reviewed by the district, arrived at the city. */
static enum yh_rc carry(struct district *d, struct side *city, struct yh_err *err)
{
	WANT_OK(at_district(d, file, err));
	WANT_OK(at_district(d, approve, err));
	WANT_OK(at_district(d, build_case, err));
	city->cx.now = now += YH_US_PER_S;
	WANT_OK(apply(city, d->no, d->text, err));
	return apply(city, d->no, d->text, err);
}

/* The city's word goes down. */
static enum yh_rc tell(struct district *d, struct side *city, struct yh_err *err)
{
	city->cx.now = now += YH_US_PER_S;
	WANT_OK(build(city, d->no, &d->text, err));
	return at_district(d, hear, err);
}

static enum yh_rc review(struct side *city, const char *no, struct yh_err *err)
{
	struct yh_decide_in in = {
		.step = "review", .outcome = "approve", .reason = "同意", .if_match = -1
	};
	struct yh_case c;

	city->cx.now = now += YH_US_PER_S;
	as(city, "operator", &city->operator_);
	WANT_OK(yh_case_id_by_no(city->cx.tx, no, &in.case_id, err));
	return yh_case_decide(&city->cx, &in, &c, err);
}

/* The document as a hostile district would send it. */
static enum yh_rc alter(struct district *d, void (*change)(json_t *body), char **text,
			struct yh_err *err)
{
	json_t *body;

	WANT_OK(yh_json_parse(d->text, strlen(d->text), &body, err));
	change(body);
	*text = yh_json_canonical(body);
	json_decref(body);
	return *text ? YH_OK : YH_INTERNAL;
}

/* Filed and reviewed in the district; a case that says more than was done there arrives. */
static enum yh_rc forge(struct district *d, struct side *city, void (*change)(json_t *body),
			const char *slug, struct yh_err *err)
{
	struct yh_case_link_row link;
	struct yh_err why;
	struct yh_id id;
	char *text;
	bool there;

	WANT_OK(at_district(d, file, err));
	WANT_OK(at_district(d, approve, err));
	WANT_OK(at_district(d, build_case, err));
	WANT_OK(alter(d, change, &text, err));
	city->cx.now = now += YH_US_PER_S;
	WANT_OK(apply(city, d->no, text, err));
	free(text);
	WANT_FAIL(yh_case_id_by_no(city->cx.tx, d->no, &id, err), YH_NOT_FOUND, "case-unknown");
	WANT_OK(yh_case_link_load(city->cx.tx, d->no, city->cx.arena, &link, &there, err));
	WANT(there && yh_problem_read(link.problem, &why));
	WANT(strcmp(why.slug, slug) == 0);
	return YH_OK;
}

static void with_citys_review(json_t *body)
{
	json_t *list = json_object_get(body, "prior");
	json_t *more = json_deep_copy(json_array_get(list, 0));

	json_object_set_new(more, "step", json_string("review"));
	json_object_set_new(more, "role", json_string("operator"));
	json_array_append_new(list, more);
}

static void by_the_unit(json_t *body)
{
	json_object_set_new(json_array_get(json_object_get(body, "prior"), 0), "org",
			    json_string("edu"));
}

static void as_operator(json_t *body)
{
	json_object_set_new(json_array_get(json_object_get(body, "prior"), 0), "role",
			    json_string("operator"));
}

static void twice(json_t *body)
{
	json_t *list = json_object_get(body, "prior");

	json_array_append_new(list, json_deep_copy(json_array_get(list, 0)));
}

static void with_a_form(json_t *body)
{
	json_object_set_new(json_array_get(json_object_get(body, "prior"), 0), "form",
			    json_string("{\"quota\":\"9\"}"));
}

static enum yh_rc forged(struct yh_tx *tx, struct stage *s, struct yh_err *err)
{
	struct district d;
	struct side city;

	WANT_OK(open_district(&d, &city, tx, s, err));
	WANT_OK(forge(&d, &city, with_citys_review, "prior-not-permitted", err));
	WANT_OK(forge(&d, &city, by_the_unit, "prior-not-permitted", err));
	WANT_OK(forge(&d, &city, as_operator, "prior-not-permitted", err));
	WANT_OK(forge(&d, &city, twice, "prior-not-permitted", err));
	WANT_OK(forge(&d, &city, with_a_form, "form-not-expected", err));
	close_district(&d, &city);
	return YH_OK;
}

static void a_district_cannot_say_that_it_took_the_citys_steps(void **state)
{
	(void)state;
	run_everywhere(forged);
}

static void in_the_citys_name(json_t *body)
{
	json_object_set_new(body, "no", json_string("YH-2001-SQ-000001"));
}

static enum yh_rc foreign_number(struct yh_tx *tx, struct stage *s, struct yh_err *err)
{
	struct yh_case_link_row link;
	struct district d;
	struct side city;
	char *text;
	bool there;

	WANT_OK(open_district(&d, &city, tx, s, err));
	WANT_OK(at_district(&d, file, err));
	WANT_OK(at_district(&d, approve, err));
	WANT_OK(at_district(&d, build_case, err));
	WANT_OK(alter(&d, in_the_citys_name, &text, err));
	city.cx.now = now += YH_US_PER_S;
	WANT_FAIL(apply(&city, "YH-2001-SQ-000001", text, err), YH_BAD_INPUT, "link-foreign");
	free(text);
	WANT_OK(yh_case_link_load(tx, "YH-2001-SQ-000001", &s->arena, &link, &there, err));
	WANT(!there);
	close_district(&d, &city);
	return YH_OK;
}

static void a_district_cannot_take_a_number_in_anothers_name(void **state)
{
	(void)state;
	run_everywhere(foreign_number);
}

static enum yh_rc whole_way(struct yh_tx *tx, struct stage *s, struct yh_err *err)
{
	struct district d;
	struct side city;
	struct yh_step_row *rows;
	struct yh_case_row row;
	struct yh_id id;
	size_t n;

	WANT_OK(open_district(&d, &city, tx, s, err));
	WANT_OK(carry(&d, &city, err));
	WANT(strcmp(d.no, "EAST-2001-SQ-000001") == 0);
	WANT_OK(yh_case_id_by_no(tx, d.no, &id, err));
	WANT_OK(yh_step_list(tx, &id, &s->arena, &rows, &n, err));
	WANT(n == 2 && strcmp(rows[0].step, "district_review") == 0 && rows[0].closed_at);
	WANT(strcmp(rows[0].reason, "因为") == 0 && strcmp(rows[0].article, "12") == 0);
	WANT(yh_id_eq(&rows[0].org, &city.district_operator));
	WANT(strcmp(rows[1].step, "review") == 0 && rows[1].due_day > yh_day_of(now));
	WANT_OK(told(&city, d.no, "step.decided", "李四", &n, err));
	WANT(n == 1);
	WANT_OK(tell(&d, &city, err));
	WANT(strcmp(d.state, "abroad") == 0);
	WANT_OK(review(&city, d.no, err));
	WANT_OK(tell(&d, &city, err));
	WANT_OK(at_district(&d, told_of_decision, err));
	d.outcome = "passed";
	WANT_OK(at_district(&d, verify, err));
	WANT_OK(at_district(&d, build_act, err));
	city.cx.now = now += YH_US_PER_S;
	WANT_OK(apply(&city, "EAST-2001-SQ-000001/000001", d.text, err));
	WANT_OK(apply(&city, "EAST-2001-SQ-000001/000001", d.text, err));
	WANT_OK(yh_case_load(tx, &id, &s->arena, &row, err));
	WANT(strcmp(row.state, "closed") == 0);
	WANT_OK(told(&city, d.no, "step.confirmed", "unit", &n, err));
	WANT(n == 1);
	WANT_OK(tell(&d, &city, err));
	WANT(strcmp(d.state, "closed") == 0);
	close_district(&d, &city);
	return YH_OK;
}

/* proves A12.1 */
static void a_case_filed_in_a_district_is_decided_at_the_city_under_its_number(void **state)
{
	(void)state;
	run_everywhere(whole_way);
}

static enum yh_rc turned_away(struct yh_tx *tx, struct stage *s, struct yh_err *err)
{
	struct district d;
	struct side city;
	struct yh_id id;

	WANT_OK(open_district(&d, &city, tx, s, err));
	d.kind = "big";
	WANT_OK(carry(&d, &city, err));
	WANT_FAIL(yh_case_id_by_no(tx, d.no, &id, err), YH_NOT_FOUND, "case-unknown");
	WANT_OK(tell(&d, &city, err));
	WANT(strcmp(d.state, "refused") == 0);
	WANT_OK(at_district(&d, told_of_refusal, err));
	close_district(&d, &city);
	return YH_OK;
}

static void what_the_citys_checks_refuse_ends_at_the_district_with_their_figures(void **state)
{
	(void)state;
	run_everywhere(turned_away);
}

struct seen {
	char keys[4][YH_CASE_DOC_KEY];
	size_t n;
};

static enum yh_rc see(void *arg, const char *key, struct yh_err *err)
{
	struct seen *seen = arg;

	(void)err;
	(void)snprintf(seen->keys[seen->n++ % 4], YH_CASE_DOC_KEY, "%s", key);
	return YH_OK;
}

/* Both come in one batch, at one instant. */
static enum yh_rc two_turned_away(struct yh_tx *tx, struct stage *s, struct yh_err *err)
{
	struct district d;
	struct side city;
	struct seen seen = { .n = 0 };

	WANT_OK(open_district(&d, &city, tx, s, err));
	d.kind = "big";
	city.cx.now = now + 3600 * YH_US_PER_S;
	for (int i = 0; i < 2; i++) {
		WANT_OK(at_district(&d, file, err));
		WANT_OK(at_district(&d, approve, err));
		WANT_OK(at_district(&d, build_case, err));
		WANT_OK(apply(&city, d.no, d.text, err));
	}
	WANT_OK(yh_link_case_touched(
		&city.cx, &city.peer,
		&(struct yh_link_event){ .kind = "case.turned-away", .at = city.cx.now }, see,
		&seen, err));
	WANT(seen.n == 2 && strcmp(seen.keys[0], "EAST-2001-SQ-000001") == 0 &&
	     strcmp(seen.keys[1], "EAST-2001-SQ-000002") == 0);
	close_district(&d, &city);
	return YH_OK;
}

static void of_two_cases_turned_away_in_one_batch_both_are_told(void **state)
{
	(void)state;
	run_everywhere(two_turned_away);
}

static enum yh_rc forget_acts(struct district *d, struct yh_err *err)
{
	WANT_OK(yh_exec(d->side.cx.tx, err, "DELETE FROM case_act"));
	return yh_exec(d->side.cx.tx, err, "UPDATE case_link SET acts = 0, acts_done = 0");
}

static enum yh_rc counts_on(struct district *d, struct yh_err *err)
{
	struct yh_case_link_row link;
	bool there;

	WANT_OK(yh_case_link_load(d->side.cx.tx, d->no, d->side.cx.arena, &link, &there, err));
	WANT(there && link.acts == 1);
	return YH_OK;
}

/* A backup from before its first act is put back; another act goes up under the same number. */
static enum yh_rc district_put_back(struct yh_tx *tx, struct stage *s, struct yh_err *err)
{
	struct district d;
	struct side city;
	struct yh_case_act_row act;
	struct yh_case_row row;
	struct yh_err why;
	struct yh_id id;
	bool there;

	WANT_OK(open_district(&d, &city, tx, s, err));
	WANT_OK(carry(&d, &city, err));
	WANT_OK(review(&city, d.no, err));
	WANT_OK(tell(&d, &city, err));
	WANT_OK(at_district(&d, withdraw, err));
	WANT_OK(at_district(&d, build_act, err));
	WANT_OK(yh_case_id_by_no(tx, d.no, &id, err));
	WANT_OK(yh_exec(tx, err, "UPDATE case_file SET effected = 1 WHERE id = $1", YH_ID(&id)));
	WANT_OK(apply(&city, "EAST-2001-SQ-000001/000001", d.text, err)); /* too late */
	WANT_OK(yh_exec(tx, err, "UPDATE case_act SET problem = ''"));
	WANT_OK(at_district(&d, forget_acts, err));
	d.outcome = "passed";
	WANT_OK(at_district(&d, verify, err));
	WANT_OK(at_district(&d, build_act, err));
	city.cx.now = now += YH_US_PER_S;
	WANT_OK(apply(&city, "EAST-2001-SQ-000001/000001", d.text, err));
	WANT_OK(yh_case_load(tx, &id, &s->arena, &row, err));
	WANT(strcmp(row.state, "open") == 0);
	WANT_OK(yh_case_act_load(tx, "EAST-2001-SQ-000001/000001", &s->arena, &act, &there, err));
	WANT(there && yh_problem_read(act.problem, &why));
	WANT(strcmp(why.slug, "act-number-taken") == 0);
	WANT_OK(tell(&d, &city, err));
	WANT_OK(at_district(&d, told_of_lost_act, err));
	/* and what it does next has a number of its own */
	WANT_OK(at_district(&d, forget_acts, err));
	WANT_OK(tell(&d, &city, err));
	WANT_OK(at_district(&d, counts_on, err));
	close_district(&d, &city);
	return YH_OK;
}

/* As from a backup of before the case was filed. */
static enum yh_rc forget_case(struct district *d, struct yh_err *err)
{
	struct yh_tx *tx = d->side.cx.tx;

	WANT_OK(yh_exec(tx, err, "DELETE FROM case_link"));
	WANT_OK(yh_exec(tx, err, "DELETE FROM counter"));
	return yh_exec(tx, err, "UPDATE case_file SET no = 'EAST-2001-SQ-999999'");
}

static enum yh_rc forget_count(struct district *d, struct yh_err *err)
{
	return yh_exec(d->side.cx.tx, err, "DELETE FROM counter");
}

static enum yh_rc told_of_number(struct district *d, struct yh_err *err)
{
	struct yh_case_link_row link;
	struct yh_err why;
	bool there;
	size_t n;

	WANT_OK(told(&d->side, d->no, "case.turned-away", NULL, &n, err));
	WANT(n == 1);
	WANT_OK(yh_case_link_load(d->side.cx.tx, d->no, d->side.cx.arena, &link, &there, err));
	WANT(there && yh_problem_read(link.problem, &why));
	WANT(strcmp(why.slug, "case-number-taken") == 0 && !link.filed_here);
	return YH_OK;
}

static enum yh_rc number_again(struct yh_tx *tx, struct stage *s, struct yh_err *err)
{
	static const char first[] = "EAST-2001-SQ-000001";
	struct district d;
	struct side city;
	struct yh_id id;
	size_t n;

	WANT_OK(open_district(&d, &city, tx, s, err));
	WANT_OK(carry(&d, &city, err));
	WANT_OK(at_district(&d, forget_case, err));
	WANT_OK(carry(&d, &city, err));
	WANT(strcmp(d.no, first) == 0);
	WANT_OK(yh_case_id_by_no(tx, first, &id, err));
	WANT_OK(told(&city, first, "case.number-taken", NULL, &n, err));
	WANT(n == 2); /* each time that it was sent */
	WANT_OK(tell(&d, &city, err));
	WANT(strcmp(d.state, "refused") == 0);
	WANT_OK(at_district(&d, told_of_number, err));
	WANT_OK(at_district(&d, forget_count, err));
	WANT_OK(at_district(&d, file, err));
	WANT(strcmp(d.no, "EAST-2001-SQ-000002") == 0);
	/* the city tells of one that is with the district yet */
	WANT_OK(yh_exec(tx, err, "UPDATE case_file SET no = $1 WHERE no = $2", YH_T(d.no),
			YH_T(first)));
	WANT_OK(yh_exec(tx, err, "UPDATE case_link SET no = $1 WHERE no = $2", YH_T(d.no),
			YH_T(first)));
	WANT_OK(tell(&d, &city, err));
	WANT(strcmp(d.state, "refused") == 0);
	WANT_OK(at_district(&d, told_of_number, err));
	close_district(&d, &city);
	return YH_OK;
}

static enum yh_rc no_desk_open(struct district *d, struct yh_err *err)
{
	struct yh_step_row *rows;
	struct yh_id id;
	size_t n;

	WANT_OK(yh_case_id_by_no(d->side.cx.tx, d->no, &id, err));
	WANT_OK(yh_step_list(d->side.cx.tx, &id, d->side.cx.arena, &rows, &n, err));
	WANT(n == 2 && rows[1].closed_at && strcmp(rows[1].outcome, "moot") == 0);
	return YH_OK;
}

static enum yh_rc told_open_again(struct district *d, struct yh_err *err)
{
	size_t n;

	WANT_OK(told(&d->side, d->no, "case.open-again", NULL, &n, err));
	WANT(n == 1);
	return YH_OK;
}

/* It forgets that it closed one case, and that it opened a desk in another. */
static enum yh_rc city_put_back(struct yh_tx *tx, struct stage *s, struct yh_err *err)
{
	struct district d;
	struct side city;
	struct seen seen = { .n = 0 };

	WANT_OK(open_district(&d, &city, tx, s, err));
	WANT_OK(carry(&d, &city, err));
	WANT_OK(at_district(&d, withdraw, err));
	WANT_OK(at_district(&d, build_act, err));
	city.cx.now = now += YH_US_PER_S;
	WANT_OK(apply(&city, "EAST-2001-SQ-000001/000001", d.text, err));
	WANT_OK(tell(&d, &city, err));
	WANT(strcmp(d.state, "withdrawn") == 0);
	WANT_OK(yh_exec(tx, err, "UPDATE case_file SET ended_at = NULL, state = 'open'"));
	WANT_OK(tell(&d, &city, err));
	WANT(strcmp(d.state, "abroad") == 0);
	WANT_OK(at_district(&d, told_open_again, err));
	WANT_OK(carry(&d, &city, err));
	WANT_OK(tell(&d, &city, err));
	WANT_OK(yh_exec(tx, err, "DELETE FROM case_step WHERE step = 'review'"));
	WANT_OK(tell(&d, &city, err));
	WANT_OK(at_district(&d, no_desk_open, err));
	/* all of them are walked, page by page */
	WANT_OK(carry(&d, &city, err));
	WANT_OK(yh_link_case_keys(&city.cx, &city.peer, "", 2, see, &seen, err));
	WANT(seen.n == 2 && strcmp(seen.keys[1], "EAST-2001-SQ-000002") == 0);
	WANT_OK(yh_link_case_keys(&city.cx, &city.peer, seen.keys[1], 2, see, &seen, err));
	WANT(seen.n == 3 && strcmp(seen.keys[2], "EAST-2001-SQ-000003") == 0);
	close_district(&d, &city);
	return YH_OK;
}

static void what_a_city_put_back_has_open_is_open_at_the_district(void **state)
{
	(void)state;
	run_everywhere(city_put_back);
}

static void with_a_stranger(json_t *body)
{
	json_object_set_new(body, "stranger", json_true());
}

static enum yh_rc passed_over(struct yh_tx *tx, struct stage *s, struct yh_err *err)
{
	struct yh_case_link_row link;
	struct district d;
	struct side city;
	char *text;
	bool there;

	WANT_OK(open_district(&d, &city, tx, s, err));
	/* a document that no receiver takes as it is is answered as well */
	WANT_OK(forge(&d, &city, with_a_stranger, "form-unknown", err));
	WANT_OK(carry(&d, &city, err));
	WANT_OK(tell(&d, &city, err));
	WANT_OK(at_district(&d, withdraw, err));
	WANT_OK(at_district(&d, build_act, err));
	WANT_OK(alter(&d, with_a_stranger, &text, err));
	WANT_OK(apply(&city, "EAST-2001-SQ-000002/000001", text, err));
	free(text);
	WANT_OK(tell(&d, &city, err));
	WANT_OK(at_district(&d, told_of_lost_act, err));
	WANT_OK(at_district(&d, withdraw, err));
	WANT_OK(yh_link_case_skipped(&city.cx, &city.peer, "EAST-2001-SQ-000002/000002", "坏了",
				     err));
	WANT_OK(yh_case_link_load(tx, "EAST-2001-SQ-000002", &s->arena, &link, &there, err));
	WANT(there && link.acts == 2);
	WANT_OK(yh_link_case_skipped(&city.cx, &city.peer, "EAST-2001-SQ-000003", "坏了", err));
	WANT_OK(yh_case_link_load(tx, "EAST-2001-SQ-000003", &s->arena, &link, &there, err));
	WANT(there && strstr(link.problem, "link-skipped") != NULL);
	WANT_OK(yh_link_case_skipped(&city.cx, &city.peer, "YH-2001-SQ-000003", "坏了", err));
	WANT_OK(yh_case_link_load(tx, "YH-2001-SQ-000003", &s->arena, &link, &there, err));
	WANT(!there);
	close_district(&d, &city);
	return YH_OK;
}

static void what_is_misshapen_or_passed_over_is_answered(void **state)
{
	(void)state;
	run_everywhere(passed_over);
}

static void a_number_given_again_by_a_district_put_back_is_the_first_cases(void **state)
{
	(void)state;
	run_everywhere(number_again);
}

static void an_act_under_a_number_that_was_used_is_refused_and_told(void **state)
{
	(void)state;
	run_everywhere(district_put_back);
}

static enum yh_rc both_at_once(struct yh_tx *tx, struct stage *s, struct yh_err *err)
{
	struct district d;
	struct side city;
	struct yh_case_row row;
	struct yh_id id;

	WANT_OK(open_district(&d, &city, tx, s, err));
	WANT_OK(carry(&d, &city, err));
	WANT_OK(tell(&d, &city, err));
	WANT_OK(review(&city, d.no, err));
	WANT_OK(yh_case_id_by_no(tx, d.no, &id, err));
	d.outcome = "passed";
	/* the unit withdraws before it has heard; the city has closed it by then */
	WANT_OK(at_district(&d, withdraw, err));
	WANT_OK(yh_exec(tx, err, "UPDATE case_file SET effected = 1 WHERE id = $1", YH_ID(&id)));
	WANT_OK(at_district(&d, build_act, err));
	city.cx.now = now += YH_US_PER_S;
	WANT_OK(apply(&city, "EAST-2001-SQ-000001/000001", d.text, err));
	WANT_OK(yh_case_load(tx, &id, &s->arena, &row, err));
	WANT(strcmp(row.state, "open") == 0);
	WANT_OK(tell(&d, &city, err));
	WANT(strcmp(d.state, "abroad") == 0);
	WANT_OK(at_district(&d, told_of_lost_act, err));
	close_district(&d, &city);
	return YH_OK;
}

static void where_both_sides_act_the_citys_decision_stands_and_the_district_is_told(void **state)
{
	(void)state;
	run_everywhere(both_at_once);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(
			a_case_filed_in_a_district_is_decided_at_the_city_under_its_number),
		cmocka_unit_test(
			what_the_citys_checks_refuse_ends_at_the_district_with_their_figures),
		cmocka_unit_test(
			where_both_sides_act_the_citys_decision_stands_and_the_district_is_told),
		cmocka_unit_test(of_two_cases_turned_away_in_one_batch_both_are_told),
		cmocka_unit_test(an_act_under_a_number_that_was_used_is_refused_and_told),
		cmocka_unit_test(a_number_given_again_by_a_district_put_back_is_the_first_cases),
		cmocka_unit_test(what_is_misshapen_or_passed_over_is_answered),
		cmocka_unit_test(what_a_city_put_back_has_open_is_open_at_the_district),
		cmocka_unit_test(a_district_cannot_say_that_it_took_the_citys_steps),
		cmocka_unit_test(a_district_cannot_take_a_number_in_anothers_name),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
