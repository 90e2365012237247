/* What an opening balance says, held against itself, the store and the rules. */
#include <stdio.h>
#include <string.h>

#include "services/opening/opening_internal.h"
#include "services/project/quota_view.h"
#include "store/project.h"

/* ---- what is known by its code ---- */

static size_t bucket_of(const char *key)
{
	uint32_t h = 2166136261u;

	for (; *key; key++)
		h = (h ^ (unsigned char)*key) * 16777619u;
	return h % KNOWN_BUCKETS;
}

struct known *yh_opening_known(struct judging *j, bool *fresh, const char *kind, const char *a,
			       const char *b, const char *c)
{
	struct yh_arena *arena = j->cx->arena;
	const char *key = yh_arena_printf(arena, "%s\x1f%s\x1f%s\x1f%s", kind, a, b, c);
	struct known **at = key ? &j->known[bucket_of(key)] : NULL, *k;

	*fresh = false;
	if (!at)
		return NULL;
	for (k = *at; k; k = k->next)
		if (strcmp(k->key, key) == 0)
			return k;
	k = YH_NEW(arena, struct known);
	if (!k)
		return NULL;
	*k = (struct known){ .key = key, .next = *at };
	*at = k;
	*fresh = true;
	return k;
}

struct known *yh_opening_find(struct judging *j, const char *kind, const char *a, const char *b)
{
	char key[640];
	int len = snprintf(key, sizeof key, "%s\x1f%s\x1f%s\x1f", kind, a, b);
	struct known *k = len > 0 && (size_t)len < sizeof key ? j->known[bucket_of(key)] : NULL;

	while (k && strcmp(k->key, key) != 0)
		k = k->next;
	return k;
}

static enum yh_rc short_of_memory(struct yh_err *err)
{
	return yh_fail(err, YH_TOO_LARGE, "memory-short");
}

static void blame_unknown(struct judging *j, enum yh_opening_sheet s, struct yh_opening_row *row,
			  size_t col, const char *slug)
{
	struct yh_err *why = yh_opening_blame(j->cx, j->o, s, row, col);

	(void)yh_fail(why, YH_NOT_FOUND, slug);
	yh_err_text(why, "value", row->text[col]);
}

static void blame_taken(struct judging *j, enum yh_opening_sheet s, struct yh_opening_row *row,
			size_t col, const struct known *k, const char *slug)
{
	struct yh_err *why = yh_opening_blame(j->cx, j->o, s, row, col);

	if (k->row) {
		(void)yh_fail(why, YH_CONFLICT, "opening-twice");
		yh_err_text(why, "value", row->text[col]);
		yh_err_int(why, "row", k->row->no);
	} else {
		(void)yh_fail(why, YH_CONFLICT, slug);
		yh_err_text(why, "code", row->text[col]);
	}
}

/* NOT_FOUND is an answer. */
static enum yh_rc found_or(enum yh_rc rc, const struct yh_err *found, struct known *k,
			   const struct yh_id *id, struct yh_err *err)
{
	k->there = rc == YH_OK;
	if (rc == YH_OK)
		k->id = *id;
	else if (rc != YH_NOT_FOUND && err)
		*err = *found;
	return rc == YH_NOT_FOUND ? YH_OK : rc;
}

static enum yh_rc unit_known(struct judging *j, const char *code, struct known **out,
			     struct yh_err *err)
{
	struct yh_err none = { 0 };
	struct yh_org_row *org;
	bool fresh;
	enum yh_rc rc;

	*out = yh_opening_known(j, &fresh, "unit", code, "", "");
	if (!*out)
		return short_of_memory(err);
	if (!fresh)
		return YH_OK;
	org = YH_NEW(j->cx->arena, struct yh_org_row);
	if (!org)
		return short_of_memory(err);
	(*out)->more = org;
	rc = yh_org_by_code(j->cx->tx, code, j->cx->arena, org, &none);
	return found_or(rc, &none, *out, &org->id, err);
}

enum yh_rc yh_opening_unit_of(struct judging *j, enum yh_opening_sheet s,
			      struct yh_opening_row *row, size_t col, struct known **out,
			      struct yh_err *err)
{
	const struct yh_org_row *org;
	enum yh_rc rc = unit_known(j, row->text[col], out, err);

	if (rc != YH_OK)
		return rc;
	org = (*out)->more;
	if ((*out)->there && !(*out)->row && strcmp(org->status, "active") != 0) {
		(void)yh_fail(yh_opening_blame(j->cx, j->o, s, row, col), YH_CONFLICT,
			      "unit-closed");
		return YH_OK;
	}
	if ((*out)->there && !(*out)->row && strcmp(org->kind, "unit") != 0)
		blame_unknown(j, s, row, col, "opening-unit-unknown");
	else if ((*out)->there)
		row->unit = (*out)->id;
	else
		blame_unknown(j, s, row, col, "opening-unit-unknown");
	return YH_OK;
}

static enum yh_rc project_known(struct judging *j, const struct known *unit, const char *unit_code,
				const char *code, struct known **out, struct yh_err *err)
{
	struct yh_err none = { 0 };
	struct yh_project_row *p;
	bool fresh;
	enum yh_rc rc;

	*out = yh_opening_known(j, &fresh, "project", unit_code, code, "");
	if (!*out)
		return short_of_memory(err);
	if (!fresh || !unit->there || unit->row)
		return YH_OK;
	p = YH_NEW(j->cx->arena, struct yh_project_row);
	if (!p)
		return short_of_memory(err);
	(*out)->more = p;
	rc = yh_project_of_unit(j->cx->tx, &unit->id, code, j->cx->arena, p, &none);
	return found_or(rc, &none, *out, &p->id, err);
}

enum yh_rc yh_opening_project_of(struct judging *j, enum yh_opening_sheet s,
				 struct yh_opening_row *row, size_t unit, size_t project,
				 struct known **out, struct yh_err *err)
{
	const struct yh_project_row *p;
	struct yh_err *why;
	struct known *u;
	enum yh_rc rc = yh_opening_unit_of(j, s, row, unit, &u, err);

	*out = NULL;
	if (rc != YH_OK || row->bad)
		return rc;
	rc = project_known(j, u, row->text[unit], row->text[project], out, err);
	if (rc != YH_OK)
		return rc;
	row->project = (*out)->id;
	if (!(*out)->there) {
		blame_unknown(j, s, row, project, "opening-project-unknown");
		return YH_OK;
	}
	p = (*out)->row ? NULL : (*out)->more;
	if (p && !yh_id_eq(&p->cloud, &j->o->cloud)) {
		blame_unknown(j, s, row, project, "opening-project-elsewhere");
	} else if (p && strcmp(p->state, "initiated") != 0) {
		why = yh_opening_blame(j->cx, j->o, s, row, project);
		(void)yh_refuse(why, "project-state", yh_use_text(j->in->use, "article", NULL));
		yh_err_text(why, "project", p->code);
		yh_err_text(why, "state", p->state);
		yh_err_text(why, "needed", "initiated");
	}
	return YH_OK;
}

/* ---- what a project has and takes ---- */

static enum yh_rc load_room(struct judging *j, const struct yh_opening_row *row, const char *unit,
			    const char *project, struct yh_err *err)
{
	struct yh_quota_day_line *lines;
	size_t n;
	bool fresh;
	enum yh_rc rc = yh_quota_day(j->cx, &row->unit, &row->project, NULL, yh_ctx_today(j->cx),
				     &lines, &n, err);

	for (size_t i = 0; rc == YH_OK && i < n; i++) {
		struct known *k = yh_opening_known(j, &fresh, "room", unit, project, lines[i].dim);
		struct yh_opening_dim *d = YH_NEW(j->cx->arena, struct yh_opening_dim);

		if (!k || !d)
			return short_of_memory(err);
		/* windows come and go: what runs for good is held against what is always there */
		*d = (struct yh_opening_dim){ lines[i].dim, lines[i].base_milli,
					      lines[i].allocated_milli + lines[i].reserved_milli };
		k->more = d;
	}
	return rc;
}

struct yh_opening_dim *yh_opening_room(struct judging *j, const struct yh_opening_row *row,
				       const char *unit, const char *project, const char *dim,
				       struct yh_err *err)
{
	struct yh_opening_dim *d;
	bool fresh, first;
	struct known *of = yh_opening_known(j, &first, "loaded", unit, project, ""), *k, *p;

	p = yh_opening_known(j, &fresh, "project", unit, project, "");
	if (!of || !p)
		return NULL;
	if (first && !p->row && load_room(j, row, unit, project, err) != YH_OK)
		return NULL;
	k = yh_opening_known(j, &fresh, "room", unit, project, dim);
	if (!k)
		return NULL;
	if (!k->more) {
		d = YH_NEW(j->cx->arena, struct yh_opening_dim);
		if (d)
			*d = (struct yh_opening_dim){ .dim = dim };
		k->more = d;
	}
	return k->more;
}

/* ---- sums for who looks at it beforehand ---- */

struct yh_opening_unit *yh_opening_sum(struct judging *j, const char *unit)
{
	struct yh_opening *o = j->o;
	struct known *k, *u;
	bool fresh;

	u = yh_opening_known(j, &fresh, "unit", unit, "", "");
	k = yh_opening_known(j, &fresh, "sum", unit, "", "");
	if (!k || !u)
		return NULL;
	if (k->more)
		return k->more;
	if (o->n_units == j->units_cap) {
		struct yh_opening_unit *more;

		j->units_cap = YH_SHEET_ROWS_MAX;
		more = YH_NEW_N(j->cx->arena, struct yh_opening_unit, j->units_cap);
		if (!more)
			return NULL;
		o->units = more;
	}
	k->more = &o->units[o->n_units++];
	*(struct yh_opening_unit *)k->more = (struct yh_opening_unit){
		.code = unit,
		.name = u->row    ? u->row->text[YH_OU_NAME]
			: u->more ? ((const struct yh_org_row *)u->more)->name
				  : unit,
		.fresh = u->row != NULL,
		.dims = YH_NEW_N(j->cx->arena, struct yh_opening_dim, j->n_dims + 1),
	};
	return ((struct yh_opening_unit *)k->more)->dims ? k->more : NULL;
}

static bool add_to(struct yh_opening_unit *u, const struct yh_opening_dim *more)
{
	struct yh_opening_dim *d;
	size_t i = 0;

	while (i < u->n_dims && strcmp(u->dims[i].dim, more->dim) != 0)
		i++;
	d = &u->dims[i];
	if (i == u->n_dims) {
		*d = (struct yh_opening_dim){ .dim = more->dim };
		u->n_dims++;
	}
	return !__builtin_add_overflow(d->quota_milli, more->quota_milli, &d->quota_milli) &&
	       !__builtin_add_overflow(d->taken_milli, more->taken_milli, &d->taken_milli);
}

void yh_opening_add_dim(struct judging *j, enum yh_opening_sheet s, struct yh_opening_row *row,
			size_t col, struct yh_opening_unit *u, const struct yh_opening_dim *more)
{
	if (!add_to(u, more) || !add_to(&j->o->total, more))
		(void)yh_fail(yh_opening_blame(j->cx, j->o, s, row, col), YH_BAD_INPUT,
			      "quantity-overflow");
}

/* ---- units ---- */

/* Another district's units are not this cloud's to enter; where none is named it is the cloud's. */
static void judge_district(struct judging *j, struct yh_opening_row *r)
{
	struct yh_err *why;

	if (!r->text[YH_OU_DISTRICT][0])
		r->text[YH_OU_DISTRICT] = j->cloud.district;
	if (strcmp(r->text[YH_OU_DISTRICT], j->cloud.district) == 0)
		return;
	why = yh_opening_blame(j->cx, j->o, YH_OPENING_UNITS, r, YH_OU_DISTRICT);
	(void)yh_fail(why, YH_BAD_INPUT, "opening-district-other");
	yh_err_text(why, "value", r->text[YH_OU_DISTRICT]);
	yh_err_text(why, "cloud", j->cloud.name);
}

static enum yh_rc judge_unit(struct judging *j, struct yh_opening_row *r, struct yh_err *err)
{
	struct known *k, *sponsor;
	enum yh_rc rc = unit_known(j, r->text[YH_OU_CODE], &k, err);

	if (rc != YH_OK)
		return rc;
	if (k->there) {
		blame_taken(j, YH_OPENING_UNITS, r, YH_OU_CODE, k, "org-exists");
		return YH_OK;
	}
	r->id = r->unit = k->id = yh_ctx_new_id(j->cx);
	k->there = true;
	k->row = r;
	judge_district(j, r);
	if (!r->text[YH_OU_SPONSOR][0])
		return YH_OK;
	rc = unit_known(j, r->text[YH_OU_SPONSOR], &sponsor, err);
	if (rc == YH_OK && (!sponsor->there || sponsor == k))
		blame_unknown(j, YH_OPENING_UNITS, r, YH_OU_SPONSOR, "opening-unit-unknown");
	r->provider = sponsor ? sponsor->id : r->provider; /* who answers for it */
	return rc;
}

/* ---- projects, systems, quotas ---- */

static enum yh_rc judge_project(struct judging *j, struct yh_opening_row *r, struct yh_err *err)
{
	struct yh_opening_unit *sum;
	struct known *u, *p;
	enum yh_rc rc = yh_opening_unit_of(j, YH_OPENING_PROJECTS, r, YH_OP_UNIT, &u, err);

	if (rc != YH_OK || r->bad)
		return rc;
	rc = project_known(j, u, r->text[YH_OP_UNIT], r->text[YH_OP_CODE], &p, err);
	if (rc != YH_OK)
		return rc;
	if (p->there) {
		blame_taken(j, YH_OPENING_PROJECTS, r, YH_OP_CODE, p, "project-exists");
		return YH_OK;
	}
	r->id = r->project = p->id = yh_ctx_new_id(j->cx);
	p->there = true;
	p->row = r;
	sum = yh_opening_sum(j, r->text[YH_OP_UNIT]);
	if (!sum)
		return short_of_memory(err);
	sum->projects++;
	j->o->total.projects++;
	return YH_OK;
}

static void judge_level(struct judging *j, struct yh_opening_row *r)
{
	int64_t most = yh_use_int(j->in->use, "level", 3);
	const char *article = yh_use_text(j->in->use, "level_article", NULL);
	struct yh_err *why;

	if (r->num[YH_OS_LEVEL] > most || r->num[YH_OS_LEVEL] < 1) {
		why = yh_opening_blame(j->cx, j->o, YH_OPENING_SYSTEMS, r, YH_OS_LEVEL);
		(void)yh_refuse(why, "mlps-too-high", article);
		yh_err_text(why, "system", r->text[YH_OS_NAME]);
		yh_err_int(why, "level", r->num[YH_OS_LEVEL]);
		yh_err_int(why, "most", most);
	}
	if (r->num[YH_OS_CLASSIFIED] == 1) {
		why = yh_opening_blame(j->cx, j->o, YH_OPENING_SYSTEMS, r, YH_OS_CLASSIFIED);
		(void)yh_refuse(why, "system-classified", article);
		yh_err_text(why, "system", r->text[YH_OS_NAME]);
	}
}

static enum yh_rc judge_system(struct judging *j, struct yh_opening_row *r, struct yh_err *err)
{
	struct yh_err none = { 0 };
	struct yh_opening_unit *sum;
	struct yh_system_row s;
	struct known *p, *k;
	bool fresh;
	enum yh_rc rc =
		yh_opening_project_of(j, YH_OPENING_SYSTEMS, r, YH_OS_UNIT, YH_OS_PROJECT, &p, err);

	if (rc != YH_OK || r->bad)
		return rc;
	k = yh_opening_known(j, &fresh, "system", r->text[YH_OS_UNIT], r->text[YH_OS_PROJECT],
			     r->text[YH_OS_CODE]);
	if (!k)
		return short_of_memory(err);
	if (fresh && !p->row) {
		rc = yh_system_by_code(j->cx->tx, &p->id, r->text[YH_OS_CODE], j->cx->arena, &s,
				       &none);
		rc = found_or(rc, &none, k, &s.id, err);
	}
	if (rc != YH_OK)
		return rc;
	if (k->there) {
		blame_taken(j, YH_OPENING_SYSTEMS, r, YH_OS_CODE, k, "opening-system-exists");
		return YH_OK;
	}
	r->id = k->id = yh_ctx_new_id(j->cx);
	k->there = true;
	k->row = r;
	judge_level(j, r);
	sum = yh_opening_sum(j, r->text[YH_OS_UNIT]);
	if (!sum)
		return short_of_memory(err);
	sum->systems++;
	j->o->total.systems++;
	return YH_OK;
}

static enum yh_rc know_dims(struct judging *j, struct yh_err *err)
{
	bool fresh;

	for (size_t i = 0; i < j->n_items; i++)
		for (size_t d = 0; d < j->items[i].n_dims; d++) {
			if (!yh_opening_known(j, &fresh, "dim", j->items[i].dims[d].dim, "", ""))
				return short_of_memory(err);
			j->n_dims += fresh;
		}
	j->o->total.dims = YH_NEW_N(j->cx->arena, struct yh_opening_dim, j->n_dims + 1);
	return j->o->total.dims ? YH_OK : short_of_memory(err);
}

static enum yh_rc judge_quota(struct judging *j, struct yh_opening_row *r, struct yh_err *err)
{
	struct yh_opening_dim *room;
	struct yh_opening_unit *sum;
	struct known *p, *k;
	bool fresh;
	enum yh_rc rc =
		yh_opening_project_of(j, YH_OPENING_QUOTAS, r, YH_OQ_UNIT, YH_OQ_PROJECT, &p, err);

	if (rc != YH_OK || r->bad)
		return rc;
	if (!yh_opening_find(j, "dim", r->text[YH_OQ_DIM], "")) {
		blame_unknown(j, YH_OPENING_QUOTAS, r, YH_OQ_DIM, "opening-dimension-unknown");
		return YH_OK;
	}
	k = yh_opening_known(j, &fresh, "quota", r->text[YH_OQ_UNIT], r->text[YH_OQ_PROJECT],
			     r->text[YH_OQ_DIM]);
	room = yh_opening_room(j, r, r->text[YH_OQ_UNIT], r->text[YH_OQ_PROJECT],
			       r->text[YH_OQ_DIM], err);
	sum = yh_opening_sum(j, r->text[YH_OQ_UNIT]);
	if (!k || !room || !sum)
		return short_of_memory(err);
	if (!fresh || room->quota_milli) {
		blame_taken(j, YH_OPENING_QUOTAS, r, YH_OQ_DIM, k, "opening-quota-exists");
		return YH_OK;
	}
	k->row = r;
	room->quota_milli = r->num[YH_OQ_QTY];
	yh_opening_add_dim(j, YH_OPENING_QUOTAS, r, YH_OQ_QTY, sum,
			   &(struct yh_opening_dim){ r->text[YH_OQ_DIM], r->num[YH_OQ_QTY], 0 });
	return YH_OK;
}

enum yh_rc yh_opening_judge(struct judging *j, struct yh_err *err)
{
	static enum yh_rc (*const by[YH_OPENING_SHEETS])(struct judging *, struct yh_opening_row *,
							 struct yh_err *) = {
		judge_unit, judge_project, judge_system, judge_quota, yh_opening_judge_resource
	};
	struct yh_opening *o = j->o;
	enum yh_rc rc = know_dims(j, err);
	size_t rows = 0;

	for (size_t s = 0; s < YH_OPENING_SHEETS; s++) {
		for (size_t i = 0; rc == YH_OK && i < o->sheets[s].n; i++)
			if (!o->sheets[s].rows[i].bad)
				rc = by[s](j, &o->sheets[s].rows[i], err);
		rows += o->sheets[s].n;
	}
	if (rc == YH_OK && o->sheets[YH_OPENING_RESOURCES].n)
		rc = yh_opening_judge_refs(j, err);
	if (rc == YH_OK && rows == 0 && !o->faults_all)
		(void)yh_fail(yh_opening_blame(j->cx, o, YH_OPENING_UNITS, NULL, YH_OPENING_COLS),
			      YH_BAD_INPUT, "opening-empty");
	o->total.resources = 0;
	for (size_t i = 0; i < o->n_units; i++)
		o->total.resources += o->units[i].resources;
	return rc;
}
