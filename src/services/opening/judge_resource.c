/* Resources of an opening balance: of which item, in which kind, until when, within which quota. */
#include <stdio.h>
#include <string.h>

#include "law/lease.h"
#include "services/opening/opening_internal.h"
#include "store/opening.h"
#include "store/project.h"

static const enum yh_opening_sheet HERE = YH_OPENING_RESOURCES;

static struct yh_err *blame(struct judging *j, struct yh_opening_row *r, size_t col, enum yh_rc rc,
			    const char *slug)
{
	struct yh_err *why = yh_opening_blame(j->cx, j->o, HERE, r, col);

	(void)yh_fail(why, rc, slug);
	yh_err_text(why, "value", r->text[col]);
	return why;
}

static enum yh_rc judge_system(struct judging *j, struct yh_opening_row *r, const struct known *p,
			       struct yh_err *err)
{
	struct yh_err none = { 0 };
	struct yh_system_row s;
	struct known *k;
	bool fresh;
	enum yh_rc rc = YH_OK;

	if (!r->text[YH_OR_SYSTEM][0])
		return YH_OK;
	k = yh_opening_known(j, &fresh, "system", r->text[YH_OR_UNIT], r->text[YH_OR_PROJECT],
			     r->text[YH_OR_SYSTEM]);
	if (!k)
		return yh_fail(err, YH_TOO_LARGE, "memory-short");
	if (fresh && !p->row) {
		rc = yh_system_by_code(j->cx->tx, &p->id, r->text[YH_OR_SYSTEM], j->cx->arena, &s,
				       &none);
		k->there = rc == YH_OK;
		k->id = k->there ? s.id : k->id;
	}
	if (rc != YH_OK && rc != YH_NOT_FOUND) {
		if (err)
			*err = none;
		return rc;
	}
	if (k->there)
		r->system = k->id;
	else
		(void)blame(j, r, YH_OR_SYSTEM, YH_NOT_FOUND, "opening-system-unknown");
	return YH_OK;
}

static void judge_item(struct judging *j, struct yh_opening_row *r)
{
	const char *article = yh_pack_article_about(j->in->pack, "edition");
	struct yh_err *why;

	for (size_t i = 0; i < j->n_items && !r->item; i++)
		if (strcmp(j->items[i].code, r->text[YH_OR_ITEM]) == 0)
			r->item = &j->items[i];
	if (!r->item) {
		why = blame(j, r, YH_OR_ITEM, YH_NOT_FOUND, "item-unknown");
		yh_err_text(why, "item", r->text[YH_OR_ITEM]);
		yh_err_article(why, article);
	} else if (r->item->step_milli > 0 && r->num[YH_OR_QTY] % r->item->step_milli != 0) {
		why = yh_opening_blame(j->cx, j->o, HERE, r, YH_OR_QTY);
		(void)yh_refuse(why, "quantity-step", article);
		yh_err_text(why, "item", r->item->name);
		yh_err_milli(why, "step", r->item->step_milli);
		yh_err_milli(why, "asked", r->num[YH_OR_QTY]);
	}
}

/* By its name in the pack, or by its title. */
static void judge_kind(struct judging *j, struct yh_opening_row *r)
{
	const char *text = r->text[YH_OR_KIND];
	const struct yh_kind *kinds;
	struct yh_err *why;
	size_t n;

	kinds = yh_pack_kinds(j->in->pack, &n);
	for (size_t i = 0; i < n && !r->kind; i++)
		if (strcmp(kinds[i].id, text) == 0 || strcmp(kinds[i].title.zh, text) == 0 ||
		    strcmp(kinds[i].title.en, text) == 0)
			r->kind = &kinds[i];
	if (!r->kind) {
		why = blame(j, r, YH_OR_KIND, YH_NOT_FOUND, "kind-unknown");
		yh_err_text(why, "kind", text);
	} else if (r->item && r->item->exposed && !r->kind->exposed) {
		why = yh_opening_blame(j->cx, j->o, HERE, r, YH_OR_ITEM);
		(void)yh_refuse(why, "item-exposed", r->kind->article);
		yh_err_text(why, "item", r->item->name);
	}
}

/* How long it may have come to run, every extension of it counted. */
static void judge_lease(struct judging *j, struct yh_opening_row *r)
{
	yh_day opened = (yh_day)r->num[YH_OR_OPENED], last = (yh_day)r->num[YH_OR_LAST], cap;
	const struct yh_kind *kind = r->kind;
	struct yh_err *why;

	if (opened > j->o->day) {
		why = blame(j, r, YH_OR_OPENED, YH_BAD_INPUT, "opening-opened-later");
		yh_err_day(why, "day", j->o->day);
	}
	if (kind->lease.n == 0) {
		if (last != YH_DAY_NONE)
			(void)blame(j, r, YH_OR_LAST, YH_BAD_INPUT, "opening-lease-none");
		return;
	}
	if (last == YH_DAY_NONE) {
		why = yh_opening_blame(j->cx, j->o, HERE, r, YH_OR_LAST);
		(void)yh_refuse(why, "opening-lease-missing", kind->article);
		yh_err_text(why, "kind", kind->title.zh);
		return;
	}
	if (last < opened) {
		(void)blame(j, r, YH_OR_LAST, YH_BAD_INPUT, "days-reversed");
		return;
	}
	if (yh_lease_last_day(opened, kind->lease, &cap, NULL) != YH_OK)
		return;
	if (kind->extension.ahead.n > 0 &&
	    yh_lease_reach(cap, kind->extension.longest, kind->extension.most, &cap, NULL) != YH_OK)
		return;
	if (last > cap) {
		why = yh_opening_blame(j->cx, j->o, HERE, r, YH_OR_LAST);
		(void)yh_refuse(why, "lease-over-cap",
				kind->lease_article ? kind->lease_article : kind->article);
		yh_err_day(why, "last", cap);
		yh_err_day(why, "asked", last);
	}
}

static enum yh_rc judge_provider(struct judging *j, struct yh_opening_row *r, struct yh_err *err)
{
	const char *code = r->text[YH_OR_PROVIDER];
	struct yh_err none = { 0 };
	struct yh_org_row org;
	struct known *k;
	bool fresh, has = false;
	enum yh_rc rc = YH_OK;

	k = yh_opening_known(j, &fresh, "provider", code, "", "");
	if (!k)
		return yh_fail(err, YH_TOO_LARGE, "memory-short");
	if (fresh && code[0]) {
		rc = yh_org_by_code(j->cx->tx, code, j->cx->arena, &org, &none);
		if (rc == YH_OK)
			rc = yh_cloud_has_body(j->cx->tx, &j->o->cloud, "provider", &org.id, &has,
					       &none);
		k->there = rc == YH_OK && has;
		k->id = k->there ? org.id : k->id;
	} else if (fresh) {
		rc = yh_cloud_body(j->cx->tx, &j->o->cloud, "provider", &k->id, &none);
		k->there = rc == YH_OK;
	}
	if (rc != YH_OK && rc != YH_NOT_FOUND && rc != YH_CONFLICT) {
		if (err)
			*err = none;
		return rc;
	}
	r->provider = k->id;
	if (!k->there)
		(void)blame(j, r, YH_OR_PROVIDER, YH_NOT_FOUND, "opening-provider-unknown");
	return YH_OK;
}

/* One machine is not entered twice by one file; whether it runs already is seen of all at once. */
static enum yh_rc judge_ref(struct judging *j, struct yh_opening_row *r, struct yh_err *err)
{
	char provider[YH_ID_TEXT];
	struct known *k;
	bool fresh;
	struct yh_err *why;

	(void)yh_id_text(&r->provider, provider);
	k = yh_opening_known(j, &fresh, "ref", provider, r->text[YH_OR_REF], "");
	if (!k)
		return yh_fail(err, YH_TOO_LARGE, "memory-short");
	if (fresh) {
		k->row = r;
		return YH_OK;
	}
	why = blame(j, r, YH_OR_REF, YH_CONFLICT, "opening-twice");
	yh_err_int(why, "row", k->row->no);
	return YH_OK;
}

static void look_at_ref(void *arg, const struct yh_id *provider, const char *ref, const char *no)
{
	struct judging *j = arg;
	char id[YH_ID_TEXT];
	struct known *k = yh_opening_find(j, "ref", yh_id_text(provider, id), ref);
	struct yh_err *why;

	if (!k)
		return;
	why = blame(j, k->row, YH_OR_REF, YH_CONFLICT, "opening-ref-runs");
	yh_err_text(why, "no", no);
}

enum yh_rc yh_opening_judge_refs(struct judging *j, struct yh_err *err)
{
	return yh_opening_refs(j->cx->tx, &j->o->cloud, look_at_ref, j, err);
}

static void blame_room(struct judging *j, struct yh_opening_row *r, const struct yh_opening_dim *d,
		       int64_t asked)
{
	struct yh_err *why = yh_opening_blame(j->cx, j->o, HERE, r, YH_OR_QTY);

	(void)yh_refuse(why, "quota-exceeded", yh_use_text(j->in->use, "article", NULL));
	yh_err_text(why, "dimension", d->dim);
	yh_err_milli(why, "asked", asked);
	yh_err_milli(why, "taken", d->taken_milli);
	yh_err_milli(why, "limit", d->quota_milli);
	yh_err_day(why, "day", j->o->day);
}

/* Rows take of the quota in their order: the one that passes it is named. */
static enum yh_rc judge_room(struct judging *j, struct yh_opening_row *r, struct yh_err *err)
{
	struct yh_opening_unit *sum = yh_opening_sum(j, r->text[YH_OR_UNIT]);

	if (!sum)
		return yh_fail(err, YH_TOO_LARGE, "memory-short");
	for (size_t i = 0; i < r->item->n_dims; i++) {
		const char *dim = r->item->dims[i].dim;
		__int128 qty = (__int128)r->item->dims[i].qty_milli * r->num[YH_OR_QTY] / 1000;
		struct yh_opening_dim *d = yh_opening_room(j, r, r->text[YH_OR_UNIT],
							   r->text[YH_OR_PROJECT], dim, err);

		if (!d)
			return yh_fail(err, YH_TOO_LARGE, "memory-short");
		if (qty > INT64_MAX / 4 || d->taken_milli > INT64_MAX / 4 ||
		    d->taken_milli + (int64_t)qty > d->quota_milli) {
			blame_room(j, r, d, qty > INT64_MAX / 4 ? INT64_MAX / 4 : (int64_t)qty);
			continue;
		}
		d->taken_milli += (int64_t)qty;
		yh_opening_add_dim(j, HERE, r, YH_OR_QTY, sum,
				   &(struct yh_opening_dim){ dim, 0, (int64_t)qty });
	}
	sum->resources++;
	return YH_OK;
}

enum yh_rc yh_opening_judge_resource(struct judging *j, struct yh_opening_row *r,
				     struct yh_err *err)
{
	struct known *p;
	enum yh_rc rc = yh_opening_project_of(j, HERE, r, YH_OR_UNIT, YH_OR_PROJECT, &p, err);

	if (rc == YH_OK && !r->bad)
		rc = judge_system(j, r, p, err);
	judge_item(j, r);
	judge_kind(j, r);
	if (r->kind)
		judge_lease(j, r);
	if (rc == YH_OK)
		rc = judge_provider(j, r, err);
	if (rc == YH_OK && !r->bad)
		rc = judge_ref(j, r, err);
	return rc == YH_OK && !r->bad ? judge_room(j, r, err) : rc;
}
