/* What a reorganisation would move, and what stands in its way. */
#include "services/move/move.h"

#include <stdio.h>
#include <string.h>

#include "cases/case.h"
#include "store/project_query.h"

static bool is(const struct yh_move_in *in, const char *kind)
{
	return strcmp(in->kind, kind) == 0;
}

enum yh_rc yh_move_in_of(const json_t *form, struct yh_move_in *out, struct yh_err *err)
{
	const char *day = yh_json_text(form, "day");
	enum yh_rc rc;

	out->from = yh_json_text(form, "from");
	out->to = yh_json_text(form, "to");
	out->name = yh_json_text(form, "name");
	out->projects = json_object_get(form, "projects");
	out->people = json_object_get(form, "people");
	rc = yh_day_parse(day ? day : "", &out->day, err);
	if (rc != YH_OK)
		yh_err_field(err, "/form/day");
	return rc;
}

static enum yh_rc refuse(const struct yh_move_in *in, const char *slug, const char *field,
			 const char *name, const char *text, struct yh_err *err)
{
	enum yh_rc rc = yh_refuse(err, slug, in->article);

	yh_err_field(err, "/form/%s", field);
	if (name)
		yh_err_text(err, name, text);
	return rc;
}

static enum yh_rc load_org(struct yh_ctx *cx, const struct yh_move_in *in, const char *code,
			   const char *field, struct yh_org_row *out, struct yh_err *err)
{
	const char *want = is(in, "replace") ? "provider" : "unit";
	enum yh_rc rc = yh_org_by_code(cx->tx, code ? code : "", cx->arena, out, err);

	if (rc == YH_OK && strcmp(out->status, "active") != 0) {
		rc = yh_fail(err, YH_CONFLICT, "unit-closed");
	} else if (rc == YH_OK && strcmp(out->kind, want) != 0 && !is(in, "rename")) {
		rc = refuse(in, "reorg-kind", field, "org", out->name, err);
		yh_err_text(err, "kind", out->kind);
		return rc;
	}
	if (rc != YH_OK)
		yh_err_field(err, "/form/%s", field);
	return rc;
}

/* A unit of another level is not this cloud's to move. */
static enum yh_rc check_district(struct yh_ctx *cx, const struct yh_move_plan *p,
				 const struct yh_org_row *org, const char *field,
				 struct yh_err *err)
{
	struct yh_cloud_row cloud;
	enum yh_rc rc;

	if (is(&p->in, "replace"))
		return YH_OK;
	rc = yh_cloud_load(cx->tx, &p->in.cloud, cx->arena, &cloud, err);
	if (rc != YH_OK || strcmp(cloud.district, org->district) == 0)
		return rc;
	rc = refuse(&p->in, "reorg-elsewhere", field, "org", org->name, err);
	yh_err_text(err, "district", org->district);
	return rc;
}

static enum yh_rc check_bodies(struct yh_ctx *cx, const struct yh_move_plan *p, struct yh_err *err)
{
	char cloud[32], role[32];
	bool has;
	enum yh_rc rc;

	if (is(&p->in, "replace")) {
		rc = yh_cloud_has_body(cx->tx, &p->in.cloud, "provider", &p->from.id, &has, err);
		return rc == YH_OK && !has ? refuse(&p->in, "reorg-not-provider", "from", "org",
						    p->from.name, err)
					   : rc;
	}
	if (!is(&p->in, "merge"))
		return YH_OK;
	rc = yh_move_body_of(cx->tx, &p->from.id, cloud, role, err);
	if (rc != YH_OK || !cloud[0])
		return rc;
	rc = refuse(&p->in, "reorg-body", "from", "org", p->from.name, err);
	yh_err_text(err, "cloud", cloud);
	yh_err_text(err, "role", role);
	return rc;
}

/* What would be left is a unit that countersigns or answers for itself. */
static enum yh_rc check_leaning(const struct yh_move_plan *p, struct yh_err *err)
{
	enum yh_rc rc;

	if (!is(&p->in, "merge") ||
	    (!yh_id_eq(&p->to.countersign, &p->from.id) && !yh_id_eq(&p->to.sponsor, &p->from.id)))
		return YH_OK;
	rc = refuse(&p->in, "reorg-leans", "to", "org", p->to.name, err);
	yh_err_text(err, "on", p->from.name);
	return rc;
}

/* Who takes over must still be there on the day; once that has come it is seen whether it is. */
static enum yh_rc check_stays(struct yh_ctx *cx, const struct yh_move_plan *p, struct yh_err *err)
{
	char no[40];
	enum yh_rc rc;

	if (p->in.due || (!is(&p->in, "merge") && !is(&p->in, "split")))
		return YH_OK;
	rc = yh_reorg_leaves(cx->tx, &p->to.id, p->in.day, no, err);
	if (rc != YH_OK || !no[0])
		return rc;
	rc = refuse(&p->in, "reorg-leaves", "to", "org", p->to.name, err);
	yh_err_text(err, "no", no);
	yh_err_day(err, "day", p->in.day);
	return rc;
}

/* Whose form says that `org` takes over; *found: it does. */
static enum yh_rc takes_over(struct yh_ctx *cx, const struct yh_id *case_id, const char *org,
			     bool *found, struct yh_case *c, struct yh_err *err)
{
	enum yh_rc rc = yh_case_get(cx, case_id, c, err);
	const char *to = rc == YH_OK ? yh_json_text(c->form, "to") : NULL;

	*found = to && strcmp(to, org) == 0;
	return rc;
}

/* Who is merged away must not be waited for by what is planned for that day or a later one. */
static enum yh_rc check_awaited(struct yh_ctx *cx, const struct yh_move_plan *p, struct yh_err *err)
{
	struct yh_id *cases;
	struct yh_case c;
	bool found = false;
	size_t n = 0;
	yh_day day = YH_DAY_NONE;
	const char *other;
	enum yh_rc rc;

	if (p->in.due || !is(&p->in, "merge"))
		return YH_OK;
	rc = yh_reorg_to_come(cx->tx, p->in.day, cx->arena, &cases, &n, err);
	for (size_t i = 0; rc == YH_OK && !found && i < n; i++)
		rc = takes_over(cx, &cases[i], p->from.code, &found, &c, err);
	if (rc != YH_OK || !found)
		return rc;
	other = yh_json_text(c.form, "day");
	rc = yh_day_parse(other ? other : "", &day, err);
	if (rc != YH_OK)
		return rc;
	rc = refuse(&p->in, "reorg-awaited", "day", "org", p->from.name, err);
	yh_err_text(err, "no", c.row.no);
	yh_err_day(err, "day", day);
	return rc;
}

static enum yh_rc check_parties(struct yh_ctx *cx, struct yh_move_plan *p,
				const struct yh_id *case_id, struct yh_err *err)
{
	const struct yh_move_in *in = &p->in;
	yh_day today = yh_ctx_today(cx);
	char no[40];
	enum yh_rc rc = YH_OK;

	if (in->day < today && !in->due) {
		rc = refuse(in, "reorg-day", "day", NULL, NULL, err);
		yh_err_day(err, "day", in->day);
		yh_err_day(err, "today", today);
		return rc;
	}
	rc = load_org(cx, in, in->from, "from", &p->from, err);
	if (rc == YH_OK && !is(in, "rename"))
		rc = load_org(cx, in, in->to, "to", &p->to, err);
	if (rc == YH_OK && yh_id_eq(&p->from.id, &p->to.id))
		rc = refuse(in, "reorg-same", "to", "org", p->from.name, err);
	if (rc == YH_OK)
		rc = check_district(cx, p, &p->from, "from", err);
	if (rc == YH_OK && !is(in, "rename"))
		rc = check_district(cx, p, &p->to, "to", err);
	if (rc == YH_OK)
		rc = check_bodies(cx, p, err);
	if (rc == YH_OK)
		rc = check_leaning(p, err);
	/* a unit is split among several by as many cases */
	if (rc == YH_OK)
		rc = yh_reorg_planned(cx->tx, case_id, &p->from.id, is(in, "split") ? "split" : "",
				      no, err);
	if (rc == YH_OK && no[0]) {
		rc = refuse(in, "reorg-planned", "from", "org", p->from.name, err);
		yh_err_text(err, "no", no);
	}
	if (rc == YH_OK)
		rc = check_stays(cx, p, err);
	return rc == YH_OK ? check_awaited(cx, p, err) : rc;
}

/* ---- projects ---- */

/* "civil.MY-001" becomes "water.MY-001", which must be free. */
static enum yh_rc judge_item(struct yh_ctx *cx, struct yh_move_plan *p, struct yh_move_item *it,
			     struct yh_err *err)
{
	const char *dot = strrchr(it->row.code, '.');
	struct yh_project_row other;
	struct yh_err none = { 0 };
	enum yh_rc rc;

	it->code = yh_arena_printf(cx->arena, "%s.%s", p->to.code, dot ? dot + 1 : it->row.code);
	if (!it->code)
		return yh_fail(err, YH_TOO_LARGE, "memory-short");
	if (strlen(it->code) >= sizeof it->row.code)
		return refuse(&p->in, "reorg-code-taken", "to", "code", it->code, err);
	rc = yh_project_by_code(cx->tx, it->code, cx->arena, &other, &none);
	if (rc == YH_OK)
		return refuse(&p->in, "reorg-code-taken", "to", "code", it->code, err);
	if (rc != YH_NOT_FOUND) {
		*err = none;
		return rc;
	}
	return yh_move_count(cx->tx, &p->from.id, &it->row.id, &it->sums, err);
}

static enum yh_rc named_projects(struct yh_ctx *cx, struct yh_move_plan *p, struct yh_err *err)
{
	size_t n = json_array_size(p->in.projects);

	if (n == 0)
		return refuse(&p->in, "reorg-nothing", "projects", "org", p->from.name, err);
	for (size_t i = 0; i < n; i++) {
		const char *code = json_string_value(json_array_get(p->in.projects, i));
		const char *dot = code ? strrchr(code, '.') : NULL;
		struct yh_project_row *row = &p->projects[i].row;
		enum yh_rc rc = yh_project_of_unit(cx->tx, &p->from.id,
						   dot    ? dot + 1
						   : code ? code
							  : "",
						   cx->arena, row, err);

		if (rc != YH_OK) {
			yh_err_field(err, "/form/projects/%zu", i);
			return rc;
		}
		for (size_t j = 0; j < i; j++)
			if (yh_id_eq(&p->projects[j].row.id, &row->id))
				return refuse(&p->in, "reorg-project-twice", "projects", "project",
					      row->code, err);
		p->n_projects = i + 1;
	}
	return YH_OK;
}

static enum yh_rc all_projects(struct yh_ctx *cx, struct yh_move_plan *p, struct yh_err *err)
{
	const struct yh_viewer whole = { .any = true };
	const struct yh_project_filter f = {
		.unit = p->from.id, .state = "", .after = "", .limit = YH_MOVE_PROJECTS + 1
	};
	struct yh_project_line *lines;
	size_t n;
	enum yh_rc rc = yh_project_page(cx->tx, &whole, &f, cx->arena, &lines, &n, err);

	if (rc != YH_OK)
		return rc;
	if (n > YH_MOVE_PROJECTS) {
		rc = refuse(&p->in, "reorg-many", "from", "org", p->from.name, err);
		yh_err_int(err, "most", YH_MOVE_PROJECTS);
		return rc;
	}
	for (size_t i = 0; i < n; i++)
		p->projects[i].row = lines[i].row;
	p->n_projects = n;
	return YH_OK;
}

static enum yh_rc list_projects(struct yh_ctx *cx, struct yh_move_plan *p, struct yh_err *err)
{
	enum yh_rc rc;

	if (json_array_size(p->in.projects) > YH_MOVE_PROJECTS) {
		rc = refuse(&p->in, "reorg-many", "projects", "org", p->from.name, err);
		yh_err_int(err, "most", YH_MOVE_PROJECTS);
		return rc;
	}
	p->projects = YH_NEW_N(cx->arena, struct yh_move_item, YH_MOVE_PROJECTS + 1);
	if (!p->projects)
		return yh_fail(err, YH_TOO_LARGE, "memory-short");
	rc = is(&p->in, "split") ? named_projects(cx, p, err) : all_projects(cx, p, err);
	for (size_t i = 0; rc == YH_OK && i < p->n_projects; i++)
		rc = judge_item(cx, p, &p->projects[i], err);
	return rc;
}

/* ---- people ---- */

static bool is_named(const json_t *list, const char *login)
{
	for (size_t i = 0; i < json_array_size(list); i++) {
		const char *t = json_string_value(json_array_get(list, i));

		if (t && strcmp(t, login) == 0)
			return true;
	}
	return false;
}

static enum yh_rc list_people(struct yh_ctx *cx, struct yh_move_plan *p, struct yh_err *err)
{
	const json_t *named = is(&p->in, "split") ? p->in.people : NULL;
	struct yh_move_grant *all;
	size_t n, kept = 0;
	enum yh_rc rc =
		yh_move_grants(cx->tx, &p->from.id, &p->to.id, p->in.day, cx->arena, &all, &n, err);

	if (rc != YH_OK)
		return rc;
	for (size_t i = 0; i < json_array_size(named); i++) {
		const char *login = json_string_value(json_array_get(named, i));
		bool found = false;

		for (size_t g = 0; g < n; g++)
			found = found || (login && strcmp(all[g].login, login) == 0);
		if (!found) {
			rc = refuse(&p->in, "reorg-person-other", "people", "person",
				    login ? login : "", err);
			yh_err_text(err, "org", p->from.name);
			return rc;
		}
	}
	for (size_t g = 0; g < n; g++)
		if (is(&p->in, "merge") || is_named(named, all[g].login))
			all[kept++] = all[g];
	p->people = all;
	p->n_people = kept;
	return YH_OK;
}

/* ---- all of it ---- */

static void add(struct yh_move_sums *to, const struct yh_move_sums *s)
{
	to->resources += s->resources;
	to->quotas += s->quotas;
	to->reservations += s->reservations;
	to->cases += s->cases;
	to->steps += s->steps;
	to->findings += s->findings;
	to->records += s->records;
	to->duties += s->duties;
}

static enum yh_rc id_of(struct yh_ctx *cx, const char *code, struct yh_id *id, struct yh_err *err)
{
	struct yh_err none = { 0 };
	struct yh_org_row org = { .version = 0 };
	enum yh_rc rc = yh_org_by_code(cx->tx, code ? code : "", cx->arena, &org, &none);

	*id = org.id;
	if (rc != YH_OK && rc != YH_NOT_FOUND)
		*err = none;
	return rc == YH_NOT_FOUND ? YH_OK : rc;
}

enum yh_rc yh_move_heir(struct yh_ctx *cx, const struct yh_id *cloud, yh_day day,
			const struct yh_id *provider, struct yh_id *out, struct yh_err *err)
{
	struct yh_reorg_at at = { .day = day, .at = INT64_MAX };
	bool found = true;
	enum yh_rc rc = YH_OK;

	*out = *provider;
	while (rc == YH_OK && found) {
		struct yh_case c;
		struct yh_id to;

		rc = yh_reorg_replaced(cx->tx, out, cloud, &found, &at, err);
		if (rc != YH_OK || !found)
			break;
		rc = yh_case_get(cx, &at.case_id, &c, err);
		if (rc == YH_OK)
			rc = id_of(cx, yh_json_text(c.form, "to"), &to, err);
		if (rc == YH_OK && !yh_id_is_zero(&to))
			*out = to;
	}
	return rc;
}

enum yh_rc yh_move_lock(struct yh_ctx *cx, const struct yh_move_in *in, struct yh_err *err)
{
	struct yh_id keys[3];
	size_t n = 0;
	enum yh_rc rc = id_of(cx, in->from, &keys[n++], err);

	if (rc == YH_OK && !is(in, "rename"))
		rc = id_of(cx, in->to, &keys[n++], err);
	if (is(in, "replace"))
		keys[n++] = in->cloud;
	return rc == YH_OK ? yh_db_lock(cx->tx, keys, n, err) : rc;
}

enum yh_rc yh_move_plan(struct yh_ctx *cx, const struct yh_move_in *in, const struct yh_id *case_id,
			struct yh_move_plan *out, struct yh_err *err)
{
	const struct yh_id all = { { 0 } };
	enum yh_rc rc;

	*out = (struct yh_move_plan){ .in = *in };
	rc = check_parties(cx, out, case_id, err);
	if (rc != YH_OK || is(in, "rename"))
		return rc;
	if (is(in, "replace"))
		return yh_move_count_provider(cx->tx, &out->from.id, &in->cloud, &out->sums, err);
	rc = list_projects(cx, out, err);
	if (rc == YH_OK)
		rc = list_people(cx, out, err);
	if (rc == YH_OK && is(in, "merge"))
		return yh_move_count(cx->tx, &out->from.id, &all, &out->sums, err);
	for (size_t i = 0; rc == YH_OK && i < out->n_projects; i++)
		add(&out->sums, &out->projects[i].sums);
	return rc;
}
