/* See cases_two.h. */
#include "cases_two.h"

#include "effects/words.h"
#include "store/case_query.h"
#include "store/person.h"

yh_time now;

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

static const struct yh_id applicant = { { 7 } }, decider = { { 8 } }, peer_id = { { 9 } };

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

static enum yh_rc district_tx(struct yh_tx *tx, void *arg, struct yh_err *err)
{
	struct district *d = arg;

	d->side.cx.tx = tx;
	d->side.cx.now = now;
	return d->step(d, err);
}

enum yh_rc at_district(struct district *d,
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

enum yh_rc file(struct district *d, struct yh_err *err)
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

enum yh_rc approve(struct district *d, struct yh_err *err)
{
	return decide(d, "district_operator", &d->side.district_operator, "district_review", err);
}

enum yh_rc verify(struct district *d, struct yh_err *err)
{
	return decide(d, "unit", &d->side.unit, "verify", err);
}

enum yh_rc withdraw(struct district *d, struct yh_err *err)
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

enum yh_rc apply(struct side *s, const char *key, const char *text, struct yh_err *err)
{
	json_t *body;
	enum yh_rc rc = yh_json_parse(text, strlen(text), &body, err);

	if (rc == YH_OK)
		rc = yh_link_case_apply(&s->cx, &s->peer, key, body, err);
	json_decref(body);
	return rc;
}

enum yh_rc build_case(struct district *d, struct yh_err *err)
{
	return build(&d->side, d->no, &d->text, err);
}

enum yh_rc build_act(struct district *d, struct yh_err *err)
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

enum yh_rc told(struct side *s, const char *no, const char *kind, const char *person, size_t *times,
		struct yh_err *err)
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

enum yh_rc told_of_lost_act(struct district *d, struct yh_err *err)
{
	size_t n;

	WANT_OK(told(&d->side, d->no, "case.act-refused", NULL, &n, err));
	WANT(n == 1);
	return YH_OK;
}

enum yh_rc open_district(struct district *d, struct side *city, struct yh_tx *tx, struct stage *s,
			 struct yh_err *err)
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

void close_district(struct district *d, struct side *city)
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

enum yh_rc carry(struct district *d, struct side *city, struct yh_err *err)
{
	WANT_OK(at_district(d, file, err));
	WANT_OK(at_district(d, approve, err));
	WANT_OK(at_district(d, build_case, err));
	city->cx.now = now += YH_US_PER_S;
	WANT_OK(apply(city, d->no, d->text, err));
	return apply(city, d->no, d->text, err);
}

enum yh_rc tell(struct district *d, struct side *city, struct yh_err *err)
{
	city->cx.now = now += YH_US_PER_S;
	WANT_OK(build(city, d->no, &d->text, err));
	return at_district(d, hear, err);
}

enum yh_rc review(struct side *city, const char *no, struct yh_err *err)
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

enum yh_rc alter(struct district *d, void (*change)(json_t *body), char **text, struct yh_err *err)
{
	json_t *body;

	WANT_OK(yh_json_parse(d->text, strlen(d->text), &body, err));
	change(body);
	*text = yh_json_canonical(body);
	json_decref(body);
	return *text ? YH_OK : YH_INTERNAL;
}
