/* What units of the simulated city do with time-limited resources: ask, extend in time or too late,
 * give back early, convert, or let them run out. */
#include <stdio.h>
#include <string.h>

#include "cases/case.h"
#include "services/lease/view.h"
#include "sim/city.h"
#include "store/resource.h"

struct leasing {
	struct sim *s;
	struct sim_leased *l;
	yh_day day;
	const char *procedure;
	const json_t *form;
	struct yh_id filed;
	char state[16];
	struct yh_err why;
};

static const struct sim_person *unit_of(const struct leasing *w)
{
	return &w->s->people[w->s->projects[w->l->project].unit];
}

static enum yh_rc file(struct yh_ctx *cx, void *arg, struct yh_err *err)
{
	struct leasing *w = arg;
	struct yh_file_in in = { .procedure = w->procedure,
				 .project = w->s->projects[w->l->project].id,
				 .form = w->form };
	struct yh_case c;
	enum yh_rc rc = yh_case_file(cx, &in, &c, err);

	w->filed = c.row.id;
	return rc;
}

/* *filed: the law admitted it. A refusal is an answer and stays in w->why. */
static enum yh_rc try_file(struct leasing *w, const char *procedure, json_t *form, bool *filed,
			   struct yh_err *err)
{
	bool twice = strcmp(procedure, "lease_extension") == 0, both = false;
	struct leasing rival;
	enum yh_rc rc;

	w->procedure = procedure;
	w->form = form;
	w->why = (struct yh_err){ 0 };
	w->filed = (struct yh_id){ { 0 } };
	*filed = false;
	rival = *w;
	if (!form)
		rc = yh_fail(&w->why, YH_INTERNAL, "sim-form");
	else if (twice)
		rc = sim_race(w->s, unit_of(w), file, w, &rival, w->l->key, &both, &w->why);
	else
		rc = sim_do(w->s, unit_of(w), file, w, &w->why);
	json_decref(form);
	if (both)
		return sim_broken("two extensions of one lease", procedure, w->day, err);
	if (rc == YH_OK && yh_id_is_zero(&w->filed))
		w->filed = rival.filed;
	if (rc == YH_OK) {
		*filed = true;
		w->s->report->cases++;
	} else if (rc != YH_REFUSED && rc != YH_CONFLICT) {
		if (err)
			*err = w->why;
		return rc;
	}
	w->s->report->held_back += strcmp(w->why.slug, "supply-stopped-unnamed") == 0;
	return YH_OK;
}

static json_t *items(const struct leasing *w, const char *item, uint32_t most)
{
	uint32_t n = 1 + sim_draw(w->s, "leased", w->l->key, most);
	json_t *list = json_array();

	for (uint32_t i = 0; i < n; i++)
		(void)json_array_append_new(list, json_pack("{s:s, s:s, s:s}", "item", item,
							    "quantity", "1", "name", "限期服务器"));
	return list;
}

static json_t *application(const struct leasing *w)
{
	char until[YH_DAY_TEXT];
	json_t *form;

	if (strcmp(w->l->procedure, "temporary") == 0)
		return json_pack("{s:o, s:s, s:s, s:s, s:s}", "items", items(w, "vm-x86-8c16g", 3),
				 "condition", "special_meeting", "meeting_decision", "专题会议纪要",
				 "initiation_filing", "立项申报受理", "reason",
				 "专题会议明确先行部署");
	form = json_pack("{s:o, s:s}", "items", items(w, "vm-x86-4c8g", 2), "reason",
			 "短期部署需要");
	if (form && sim_draw(w->s, "wanted", w->l->key, 3) == 0) {
		yh_day last = w->day + 40 + (yh_day)sim_draw(w->s, "until", w->l->key, 45);

		(void)json_object_set_new(form, "until", json_string(yh_day_text(last, until)));
	}
	return form;
}

static enum yh_rc look(struct yh_ctx *cx, void *arg, struct yh_err *err)
{
	struct leasing *w = arg;
	struct yh_case c;
	enum yh_rc rc = yh_case_get(cx, &w->filed, &c, err);

	if (rc == YH_OK)
		(void)snprintf(w->state, sizeof w->state, "%s", c.row.state);
	return rc;
}

static enum yh_rc answer(struct yh_ctx *cx, void *arg, struct yh_err *err)
{
	struct leasing *w = arg;
	struct yh_case c;
	enum yh_rc rc = yh_case_get(cx, &w->filed, &c, err);

	return rc == YH_OK ? yh_case_resubmit(cx, &w->filed, c.form, &c, err) : rc;
}

/* Has a case that was filed ended? A returned one is answered as it was. */
static enum yh_rc settle(struct leasing *w, const struct yh_id *id, bool *over, struct yh_err *err)
{
	struct yh_err why = { 0 };
	enum yh_rc rc;

	w->filed = *id;
	rc = sim_look(w->s, unit_of(w), look, w, err);
	*over = rc == YH_OK && strcmp(w->state, "open") != 0 && strcmp(w->state, "returned") != 0;
	if (rc != YH_OK || strcmp(w->state, "returned") != 0)
		return rc;
	rc = sim_do(w->s, unit_of(w), answer, w, &why);
	return rc == YH_REFUSED || rc == YH_CONFLICT ? YH_OK : rc;
}

/* What the application brought. */
static enum yh_rc read_resources(struct yh_ctx *cx, void *arg, struct yh_err *err)
{
	struct leasing *w = arg;
	struct yh_resource_row *rs;
	size_t n;
	enum yh_rc rc = yh_resource_of_case(cx->tx, &w->l->pending, cx->arena, &rs, &n, err);

	w->l->n_resources = 0;
	for (size_t i = 0; rc == YH_OK && i < n && w->l->n_resources < SIM_LEASE_RESOURCES; i++)
		if (strcmp(rs[i].state, "running") == 0)
			w->l->resources[w->l->n_resources++] = rs[i].id;
	return rc;
}

struct viewing {
	struct leasing *w;
	bool runs;
	struct yh_lease_view view;
};

static enum yh_rc view(struct yh_ctx *cx, void *arg, struct yh_err *err)
{
	struct viewing *v = arg;
	struct yh_viewer who = { .person = cx->actor->person, .today = yh_ctx_today(cx) };
	struct yh_lease_past *past;
	size_t n;
	enum yh_rc rc =
		yh_lease_view_of(cx, &who, &v->w->l->resources[0], &v->view, &past, &n, err);

	v->runs = rc == YH_OK && v->view.standing != YH_LEASE_ENDED;
	return rc;
}

static json_t *ids_of(const struct sim_leased *l)
{
	json_t *list = json_array();
	char id[YH_ID_TEXT];

	for (size_t i = 0; i < l->n_resources; i++)
		(void)json_array_append_new(list, json_string(yh_id_text(&l->resources[i], id)));
	return list;
}

/* In time it may be admitted; after the last good day it never is. */
static enum yh_rc extend(struct leasing *w, const struct viewing *v, struct yh_err *err)
{
	bool late = !v->view.by.possible, filed;
	enum yh_rc rc = try_file(
		w, "lease_extension",
		json_pack("{s:o, s:s}", "resources", ids_of(w->l), "reason", "工作尚未结束"),
		&filed, err);

	w->l->asked_more = true;
	if (rc != YH_OK)
		return rc;
	if (filed && late)
		return sim_broken("an extension too late was admitted", w->l->procedure, w->day,
				  err);
	if (filed)
		w->l->extension = w->filed;
	w->s->report->extensions += filed;
	w->s->report->extensions_late += !filed;
	return YH_OK;
}

static enum yh_rc give_back(struct leasing *w, struct yh_err *err)
{
	bool filed;

	w->l->given_back = true;
	return try_file(w, "reclaim",
			json_pack("{s:o, s:s, s:{s:s}}", "resources", ids_of(w->l), "reason",
				  "提前用完", "backup", "choice", "nothing_to_keep"),
			&filed, err);
}

static enum yh_rc convert(struct leasing *w, struct yh_err *err)
{
	bool filed;
	enum yh_rc rc;

	if (w->s->projects[w->l->project].stage < SIM_TEST)
		return YH_OK;
	rc = try_file(w, "temporary_to_formal",
		      json_pack("{s:o, s:s}", "resources", ids_of(w->l), "document", "立项批复"),
		      &filed, err);
	w->l->given_back = rc == YH_OK && filed;
	w->s->report->converted += rc == YH_OK && filed;
	return rc;
}

/* One in eight gives back early, three in eight ask for more, on the last good day, before or after
 * it; temporary resources are converted when their project is there. */
static enum yh_rc use(struct leasing *w, struct yh_err *err)
{
	struct viewing v = { .w = w };
	struct sim_leased *l = w->l;
	uint32_t mood = sim_draw(w->s, "lease mood", l->key, 8);
	yh_day by;
	bool over = true;
	enum yh_rc rc = sim_look(w->s, unit_of(w), view, &v, err);

	if (rc != YH_OK || !v.runs) {
		l->stage = SIM_LEASE_OVER;
		l->next = w->day + 30;
		return rc;
	}
	if (!yh_id_is_zero(&l->extension)) {
		rc = settle(w, &l->extension, &over, err);
		if (rc == YH_OK && over)
			l->extension = (struct yh_id){ { 0 } };
		return rc;
	}
	if (l->given_back)
		return YH_OK;
	if (strcmp(l->procedure, "temporary") == 0 && mood > 4)
		return convert(w, err);
	by = v.view.by.day == YH_DAY_NONE ? v.view.line.lease.last - 21 : v.view.by.day;
	if (mood == 0 && w->day > by - 20)
		return give_back(w, err);
	if (!l->asked_more && ((mood == 1 && w->day >= by - 3) || (mood == 2 && w->day >= by) ||
			       (mood == 3 && w->day > by)))
		return extend(w, &v, err);
	return YH_OK;
}

static enum yh_rc ask(struct leasing *w, struct yh_err *err)
{
	bool filed;
	enum yh_rc rc = try_file(w, w->l->procedure, application(w), &filed, err);

	w->l->next = w->day + 25;
	if (rc != YH_OK || !filed)
		return rc;
	w->l->pending = w->filed;
	w->l->stage = SIM_LEASE_ASKED;
	w->s->report->leases++;
	return YH_OK;
}

static enum yh_rc receive(struct leasing *w, struct yh_err *err)
{
	bool over;
	enum yh_rc rc = settle(w, &w->l->pending, &over, err);

	if (rc != YH_OK || !over)
		return rc;
	rc = sim_look(w->s, unit_of(w), read_resources, w, err);
	w->l->stage = w->l->n_resources ? SIM_LEASE_RUNS : SIM_LEASE_OVER;
	w->l->next = w->day + (w->l->n_resources ? 1 : 40);
	return rc;
}

static enum yh_rc step(struct leasing *w, struct yh_err *err)
{
	switch (w->l->stage) {
	case SIM_LEASE_WANTED:
		return ask(w, err);
	case SIM_LEASE_ASKED:
		return receive(w, err);
	case SIM_LEASE_RUNS:
		return use(w, err);
	case SIM_LEASE_OVER:
		break;
	}
	return YH_OK;
}

/* Which time-limited resources a project comes to want. */
static const char *wanted(const struct sim *s, const struct sim_project *p)
{
	bool of_district = s->people[p->unit].district;

	if (p->stage == SIM_QUOTA && p->number % 3 == 2)
		return "temporary";
	if (p->stage != SIM_RUNNING)
		return NULL;
	if (p->number % 3 == 0 && !of_district)
		return "development";
	return p->number % 3 == 1 || of_district ? "emergency" : NULL;
}

/* One more when the last one of the project is over for a while. */
static void want(struct sim *s, uint32_t project, yh_day day)
{
	const char *procedure = wanted(s, &s->projects[project]);
	struct sim_leased *last = NULL;
	uint32_t before = 0;

	if (!procedure || s->n_leased == SIM_LEASED_MAX)
		return;
	for (size_t i = 0; i < s->n_leased; i++)
		if (s->leased[i].project == project) {
			last = &s->leased[i];
			before++;
		}
	if (last && (last->stage != SIM_LEASE_OVER || day < last->next))
		return;
	s->leased[s->n_leased++] = (struct sim_leased){
		.project = project,
		.procedure = procedure,
		.key = (uint64_t)project * 64 + before,
		.next = day +
			(before ? (yh_day)sim_draw(s, "want", (uint64_t)project * 64 + before, 30)
				: 0),
	};
}

enum yh_rc sim_leases(struct sim *s, yh_day day, struct yh_err *err)
{
	enum yh_rc rc = YH_OK;

	for (uint32_t i = 0; i < s->n_projects; i++)
		want(s, i, day);
	for (size_t i = 0; rc == YH_OK && i < s->n_leased; i++) {
		struct leasing w = { .s = s, .l = &s->leased[i], .day = day };

		if (w.l->stage != SIM_LEASE_OVER && day >= w.l->next)
			rc = step(&w, err);
	}
	return rc;
}
