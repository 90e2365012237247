/* Founding the simulated city. */
#include "sim/city.h"

#include <stdio.h>
#include <string.h>

#include "cases/case.h"
#include "db/fault.h"
#include "services/catalogue/edition.h"
#include "services/identity/account.h"
#include "services/identity/auth.h"
#include "services/identity/org.h"
#include "sim/words.h"

uint32_t sim_draw(const struct sim *s, const char *what, uint64_t which, uint32_t bound)
{
	uint64_t z = s->cfg->seed * 0x9E3779B97F4A7C15u + which * 0xD1B54A32D192ED03u;

	for (; *what; what++)
		z = (z ^ (unsigned char)*what) * 0x100000001B3u;
	z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9u;
	z = (z ^ (z >> 27)) * 0x94D049BB133111EBu;
	return (uint32_t)((z ^ (z >> 31)) % bound);
}

enum { ARENA_BYTES = 32 * 1024 * 1024, CRASHES_MAX = 4 };

struct doing {
	struct sim *s;
	const struct yh_world *world;
	const struct sim_person *who;
	sim_fn fn;
	void *arg;
	struct yh_arena arena;
};

static enum yh_rc run(struct yh_tx *tx, void *arg, struct yh_err *err)
{
	static const struct yh_actor system = {
		.login = "system", .name = "system", .scopes = "all", .source = "simulation"
	};
	struct doing *d = arg;
	struct yh_ctx cx = {
		.tx = tx, .world = d->world, .actor = &system, .now = d->s->now, .arena = &d->arena
	};
	struct yh_actor *actor;
	enum yh_rc rc = YH_OK;

	yh_arena_done(&d->arena);
	if (d->who) {
		rc = yh_auth_person(tx, &d->who->row, cx.now, "all", "simulation", &d->arena,
				    &actor, err);
		cx.actor = actor;
	}
	return rc == YH_OK ? d->fn(&cx, d->arg, err) : rc;
}

/* One write in fifty, with two servers one in four, is cut off by a crash, in the middle or at its
 * commit, and done again. */
static enum yh_rc go_write(struct sim *s, struct doing *d, struct yh_err *err)
{
	uint64_t key = s->writes++;
	struct yh_err why = { 0 };
	enum yh_rc rc;

	if (sim_draw(s, "crash", key, s->cfg->rival ? 4 : 50) != 0)
		return yh_exec_write(s->cfg->world->exec, run, d, err);
	if (sim_draw(s, "crash at", key, 4) == 0)
		yh_fault_arm_commit(1);
	else
		yh_fault_arm_statement(1 + (int)sim_draw(s, "crash after", key, 30));
	rc = yh_exec_write(s->cfg->world->exec, run, d, &why);
	yh_fault_arm_statement(0);
	yh_fault_arm_commit(0);
	if (rc == YH_STORAGE) {
		s->report->crashes++;
		return yh_exec_write(s->cfg->world->exec, run, d, err);
	}
	if (rc != YH_OK && err)
		*err = why;
	return rc;
}

static enum yh_rc go(struct sim *s, const struct sim_person *who, sim_fn fn, void *arg, bool write,
		     struct yh_err *err)
{
	struct doing d = { .s = s, .world = s->cfg->world, .who = who, .fn = fn, .arg = arg };
	enum yh_rc rc;

	yh_arena_init(&d.arena, ARENA_BYTES);
	rc = write ? go_write(s, &d, err) : yh_exec_read(s->cfg->world->exec, run, &d, err);
	yh_arena_done(&d.arena);
	return rc;
}

enum yh_rc sim_do_there(struct sim *s, const struct sim_person *who, sim_fn fn, void *arg,
			struct yh_err *err)
{
	struct doing d = { .s = s, .world = s->cfg->rival, .who = who, .fn = fn, .arg = arg };
	struct yh_err why = { 0 };
	enum yh_rc rc = YH_STORAGE;

	yh_arena_init(&d.arena, ARENA_BYTES);
	for (int i = 0; rc == YH_STORAGE && i < CRASHES_MAX; i++) {
		why = (struct yh_err){ 0 };
		rc = yh_exec_write(d.world->exec, run, &d, &why);
	}
	yh_arena_done(&d.arena);
	if (rc != YH_OK && err)
		*err = why;
	return rc;
}

enum yh_rc sim_do_now(struct sim *s, const struct sim_person *who, sim_fn fn, void *arg,
		      struct yh_err *err)
{
	return go(s, who, fn, arg, true, err);
}

void sim_go_on(struct sim *s, int64_t seconds)
{
	s->now += seconds * YH_US_PER_S;
	yh_clock_set(s->cfg->world->clock, s->now);
}

enum yh_rc sim_do(struct sim *s, const struct sim_person *who, sim_fn fn, void *arg,
		  struct yh_err *err)
{
	sim_go_on(s, 20);
	return sim_do_now(s, who, fn, arg, err);
}

enum yh_rc sim_look(struct sim *s, const struct sim_person *who, sim_fn fn, void *arg,
		    struct yh_err *err)
{
	return go(s, who, fn, arg, false, err);
}

/* An organisation with one account in one role. */
struct founding {
	struct sim *s;
	const char *code, *name, *kind, *district, *sector, *role;
	bool outside_budget;
	struct yh_id org;
	struct sim_person *p;
};

static enum yh_rc found_one(struct yh_ctx *cx, void *arg, struct yh_err *err)
{
	struct founding *f = arg;
	struct yh_org_in in = { .code = f->code,
				.name = f->name,
				.kind = f->kind,
				.district = f->district,
				.sector = f->sector,
				.outside_budget = f->outside_budget };
	struct yh_grant_in g = { .role = f->role,
				 .capacity = "sign",
				 .first_day = YH_DAY_NONE,
				 .last_day = YH_DAY_NONE };
	char name[32];
	struct yh_grant_row grant;
	struct yh_person_row row;
	struct yh_org_row org;
	enum yh_rc rc = yh_org_by_code(cx->tx, f->code, cx->arena, &org, NULL);

	if (rc == YH_NOT_FOUND)
		rc = yh_org_create(cx, &in, &org, err);
	if (rc == YH_OK)
		rc = yh_account_create_made(cx, f->p->login,
					    sim_person_name((uint32_t)f->s->n_people, name),
					    &f->s->first_password, &row, err);
	if (rc != YH_OK)
		return rc;
	g.person = row.id;
	g.org = f->org = org.id;
	rc = yh_account_grant(cx, &g, &grant, err);
	f->p->row = row;
	f->p->row.login = f->p->login;
	f->p->row.name = f->p->login;
	f->p->row.secret = "";
	f->p->org = org.id;
	return rc;
}

/* One unit in seven pays its bills itself (Art. 27). */
static bool pays_itself(const char *code)
{
	unsigned n;

	return sscanf(code, "unit%u", &n) == 1 && n % 7 == 4;
}

static enum yh_rc add(struct sim *s, const char *login, const char *role, const char *code,
		      const char *name, const char *kind, const char *district, const char *sector,
		      struct yh_err *err)
{
	struct sim_person *p = &s->people[s->n_people];
	struct founding f = { .s = s,
			      .code = code,
			      .name = name,
			      .kind = kind,
			      .district = district,
			      .sector = sector,
			      .role = role,
			      .outside_budget = pays_itself(code),
			      .p = p };
	enum yh_rc rc;

	if (s->n_people == SIM_PEOPLE_MAX)
		return yh_fail(err, YH_TOO_LARGE, "memory-short");
	(void)snprintf(p->login, sizeof p->login, "%s", login);
	(void)snprintf(p->role, sizeof p->role, "%s", role);
	(void)snprintf(p->org_code, sizeof p->org_code, "%s", code);
	p->district = district != NULL;
	rc = sim_do(s, NULL, found_one, &f, err);
	s->n_people += rc == YH_OK;
	return rc;
}

/* Whoever reported something does not verify it, nor does who drafted it decide on it. */
static enum yh_rc add_second(struct sim *s, const char *login, const char *role, const char *org,
			     const char *district, struct yh_err *err)
{
	enum yh_rc rc = add(s, login, role, org, "", "body", district, NULL, err);

	if (rc == YH_OK)
		s->people[s->n_people - 1].second = true;
	return rc;
}

const struct sim_person *sim_operator_of(const struct sim *s, const struct yh_id *cloud)
{
	size_t at = 0;

	while (at < s->n_clouds && !yh_id_eq(&s->clouds[at], cloud))
		at++;
	for (size_t i = 0; i < s->n_people; i++)
		if (strcmp(s->people[i].role, "operator") == 0 && !s->people[i].second && at-- == 0)
			return &s->people[i];
	return NULL;
}

const struct sim_person *sim_person_of(const struct sim *s, const struct yh_id *org)
{
	for (size_t i = 0; i < s->n_people; i++)
		if (yh_id_eq(&s->people[i].org, org))
			return &s->people[i];
	return NULL;
}

struct clouding {
	struct sim *s;
	const char *code, *name, *level, *district;
	struct {
		const char *role, *org;
	} bodies[6];
};

static enum yh_rc found_cloud(struct yh_ctx *cx, void *arg, struct yh_err *err)
{
	struct clouding *c = arg;
	struct yh_cloud_in in = {
		.code = c->code, .name = c->name, .level = c->level, .district = c->district
	};
	struct yh_cloud_row row;
	enum yh_rc rc = yh_cloud_create(cx, &in, &row, err);

	for (size_t i = 0; rc == YH_OK && i < 6 && c->bodies[i].role; i++) {
		struct yh_org_row org;

		rc = yh_org_by_code(cx->tx, c->bodies[i].org, cx->arena, &org, err);
		if (rc == YH_OK)
			rc = yh_cloud_name_body(cx, &row.id, c->bodies[i].role, &org.id, err);
	}
	c->s->clouds[c->s->n_clouds] = row.id;
	return rc;
}

static enum yh_rc found_district(struct sim *s, uint32_t i, struct yh_err *err)
{
	char code[16], bdc[32], econ[32], login[48], name[96];
	const char *d = sim_district(i);
	struct clouding c = { .s = s, .level = "district", .name = name };
	enum yh_rc rc;

	(void)snprintf(code, sizeof code, "d%02u", i + 1);
	(void)snprintf(bdc, sizeof bdc, "%s-bdc", code);
	(void)snprintf(econ, sizeof econ, "%s-econ", code);
	(void)snprintf(name, sizeof name, "%s区大数据中心", d);
	rc = add(s, bdc, "operator", bdc, name, "body", code, NULL, err);
	(void)snprintf(login, sizeof login, "%s-review", code);
	if (rc == YH_OK)
		rc = add(s, login, "district_operator", bdc, name, "body", code, NULL, err);
	(void)snprintf(name, sizeof name, "%s区经济信息化局", d);
	if (rc == YH_OK)
		rc = add(s, econ, "econ_info", econ, name, "body", code, NULL, err);
	(void)snprintf(login, sizeof login, "%s-verify", code);
	if (rc == YH_OK)
		rc = add_second(s, login, "operator", bdc, code, err);
	(void)snprintf(name, sizeof name, "%s区政务云", d);
	(void)snprintf(login, sizeof login, "YH-%s", code);
	for (char *p = login; *p; p++)
		if (*p >= 'a' && *p <= 'z')
			*p = (char)(*p - 'a' + 'A');
	c.code = login;
	c.district = code;
	c.bodies[0].role = "authority";
	c.bodies[0].org = "authority";
	c.bodies[1].role = "econ_info";
	c.bodies[1].org = econ;
	c.bodies[2].role = "operator";
	c.bodies[2].org = bdc;
	c.bodies[3].role = "provider";
	c.bodies[3].org = i % 2 ? "vendor-b" : "vendor-a";
	c.bodies[4].role = "finance";
	c.bodies[4].org = "finance";
	if (rc == YH_OK)
		rc = sim_do(s, NULL, found_cloud, &c, err);
	s->n_clouds += rc == YH_OK;
	return rc;
}

/* Two units in three belong to the city, the others to a district. */
static enum yh_rc found_unit(struct sim *s, uint32_t i, struct yh_err *err)
{
	bool of_district = i % 3 == 2 && s->cfg->districts > 0;
	uint32_t d = s->cfg->districts ? (i / 3) % s->cfg->districts : 0;
	char code[32], name[96], district[16];

	(void)snprintf(code, sizeof code, "unit%02u", i + 1);
	(void)snprintf(district, sizeof district, "d%02u", d + 1);
	(void)snprintf(name, sizeof name, "%s%s%s", of_district ? sim_district(d) : "云海市",
		       of_district ? "区" : "", sim_unit_name(i));
	return add(s, code, "unit", code, name, "unit", of_district ? district : NULL,
		   sim_sector(i), err);
}

/* The first edition goes through its own procedure. */
struct editing {
	struct sim *s;
	struct yh_id edition, case_id;
	const char *step, *outcome;
	const json_t *form;
};

static enum yh_rc draft(struct yh_ctx *cx, void *arg, struct yh_err *err)
{
	static const struct yh_id none;
	struct editing *e = arg;
	struct yh_edition_row row;
	enum yh_rc rc =
		yh_edition_draft(cx, &e->s->clouds[0], "云海市政务云服务目录", &none, &row, err);

	e->edition = row.id;
	return rc == YH_OK ? yh_edition_set_items(cx, &row.id, e->s->catalogue, NULL, err) : rc;
}

static enum yh_rc file_edition(struct yh_ctx *cx, void *arg, struct yh_err *err)
{
	struct editing *e = arg;
	struct yh_file_in in = { .procedure = SIM_EDITION, .record = e->edition, .form = e->form };
	struct yh_case c;
	enum yh_rc rc = yh_case_file(cx, &in, &c, err);

	e->case_id = c.row.id;
	return rc;
}

static enum yh_rc decide_edition(struct yh_ctx *cx, void *arg, struct yh_err *err)
{
	struct editing *e = arg;
	struct yh_decide_in in = { .case_id = e->case_id,
				   .step = e->step,
				   .outcome = e->outcome,
				   .reason = "符合共性优先、按需服务的要求",
				   .form = e->form,
				   .if_match = -1 };
	struct yh_case c;

	return yh_case_decide(cx, &in, &c, err);
}

static enum yh_rc publish(struct sim *s, struct yh_err *err)
{
	static const struct {
		size_t who;
		const char *step, *outcome;
	} steps[] = { { 0, SIM_EDITION_REVIEW, "approve" },
		      { 2, SIM_EDITION_COMPILE, "confirm" },
		      { 0, SIM_EDITION_APPROVE, "approve" },
		      { 1, SIM_EDITION_APPROVE, "approve" },
		      { 2, SIM_EDITION_PUBLISH, "confirm" } };
	YH_JSON_AUTO summary = json_pack("{s:s}", "summary", "首版服务目录");
	YH_JSON_AUTO date = NULL;
	struct editing e = { .s = s, .form = summary };
	char day[YH_DAY_TEXT];
	enum yh_rc rc = sim_do(s, &s->people[2], draft, &e, err);

	if (rc == YH_OK)
		rc = sim_do(s, &s->people[2], file_edition, &e, err);
	date = json_pack("{s:s}", "effective_date", yh_day_text(yh_day_of(s->now), day));
	for (size_t i = 0; rc == YH_OK && i < sizeof steps / sizeof steps[0]; i++) {
		e.step = steps[i].step;
		e.outcome = steps[i].outcome;
		e.form = i == 4 ? date : NULL;
		rc = sim_do(s, &s->people[steps[i].who], decide_edition, &e, err);
	}
	return rc;
}

enum yh_rc sim_found(struct sim *s, struct yh_err *err)
{
	static const char *const bodies[][4] = {
		{ "authority", "authority", "云海市政务云主管部门", "body" },
		{ "econ-info", "econ_info", "云海市经济信息化委", "body" },
		{ "operator", "operator", "云海市大数据中心", "body" },
		{ "vendor-a", "provider", "云海智算服务公司", "provider" },
		{ "vendor-b", "provider", "潮汐云计算公司", "provider" },
		{ "finance", "finance", "云海市财政局", "body" },
		{ "sponsor", "sponsor", "云海市国资事务局", "unit" },
		{ "sysadmin", "sysadmin", "云衡平台", "body" },
		{ "secadmin", "secadmin", "云衡平台", "body" },
		{ "auditor", "auditor", "云衡平台", "body" },
	};
	struct clouding c = { .s = s,
			      .code = "YH",
			      .name = "云海市市级政务云",
			      .level = "municipal",
			      .bodies = { { "authority", "authority" },
					  { "econ_info", "econ-info" },
					  { "operator", "operator" },
					  { "provider", "vendor-a" },
					  { "finance", "finance" } } };
	enum yh_rc rc = yh_password_draw(&s->first_password, err);

	for (size_t i = 0; rc == YH_OK && i < sizeof bodies / sizeof bodies[0]; i++)
		rc = add(s, bodies[i][0], bodies[i][1], i < 7 ? bodies[i][0] : "platform",
			 bodies[i][2], bodies[i][3], NULL, NULL, err);
	if (rc == YH_OK)
		rc = add_second(s, "operator-b", "operator", "operator", NULL, err);
	if (rc == YH_OK)
		rc = add_second(s, "authority-b", "authority", "authority", NULL, err);
	if (rc == YH_OK)
		rc = add_second(s, "secadmin2", "secadmin", "platform", NULL, err);
	if (rc == YH_OK)
		rc = sim_do(s, NULL, found_cloud, &c, err);
	s->n_clouds += rc == YH_OK;
	for (uint32_t i = 0; rc == YH_OK && i < s->cfg->districts; i++)
		rc = found_district(s, i, err);
	for (uint32_t i = 0; rc == YH_OK && i < s->cfg->units; i++)
		rc = found_unit(s, i, err);
	if (rc == YH_OK)
		rc = sim_contracts(s, err);
	return rc == YH_OK ? publish(s, err) : rc;
}
