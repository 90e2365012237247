/* Who is cleared for what. */
#include "services/identity/clearance.h"

#include <stdio.h>
#include <string.h>

#include "services/identity/record.h"

static enum yh_rc pack_today(const struct yh_ctx *cx, const struct yh_pack **out,
			     struct yh_err *err)
{
	const struct yh_law_book *law = cx->world->law;

	return law->pack_on(law->self, yh_ctx_today(cx), out, err);
}

static const char *lowest(const struct yh_pack *pack)
{
	size_t n;
	const struct yh_label *labels = yh_pack_labels(pack, &n);

	return n ? labels[0].id : "";
}

/* A word that the pack has no more clears for nothing but the lowest. The pack's own text. */
static const char *named(const struct yh_pack *pack, const char *clearance)
{
	const struct yh_label *l = yh_pack_label(pack, clearance);

	return l ? l->id : lowest(pack);
}

enum yh_rc yh_clearance_actor(const struct yh_ctx *cx, struct yh_clearance *out, struct yh_err *err)
{
	const struct yh_actor *a = cx->actor;
	enum yh_rc rc;

	*out = (struct yh_clearance){ .label = "", .all = !a || yh_id_is_zero(&a->person) };
	rc = pack_today(cx, &out->pack, err);
	if (rc != YH_OK || out->all)
		return rc;
	out->label = a->clearance[0] ? named(out->pack, a->clearance) : lowest(out->pack);
	for (size_t i = 0; !a->clearance[0] && i < a->n_grants; i++)
		if (yh_id_is_zero(&a->grants[i].giver))
			out->label = yh_pack_label_higher(
				out->pack, out->label,
				yh_pack_clearance_of(out->pack, a->grants[i].role));
	return YH_OK;
}

enum yh_rc yh_clearance_person(struct yh_ctx *cx, const struct yh_person_row *p,
			       struct yh_clearance *out, struct yh_err *err)
{
	struct yh_grant_row *rows;
	size_t n = 0;
	enum yh_rc rc;

	*out = (struct yh_clearance){ .label = "" };
	rc = pack_today(cx, &out->pack, err);
	if (rc != YH_OK)
		return rc;
	out->label = p->clearance[0] ? named(out->pack, p->clearance) : lowest(out->pack);
	if (!p->clearance[0])
		rc = yh_grants_on(cx->tx, &p->id, yh_ctx_today(cx), cx->arena, &rows, &n, err);
	for (size_t i = 0; rc == YH_OK && i < n; i++)
		if (yh_id_is_zero(&rows[i].giver))
			out->label =
				yh_pack_label_higher(out->pack, out->label,
						     yh_pack_clearance_of(out->pack, rows[i].role));
	return rc;
}

const char *yh_clearance_label(const struct yh_clearance *c, const char *label)
{
	return label[0] ? label : yh_pack_label_of(c->pack, "upload", NULL);
}

bool yh_clearance_opens(const struct yh_clearance *c, const char *label)
{
	return c->all || yh_pack_label_rank(c->pack, yh_clearance_label(c, label)) <=
				 yh_pack_label_rank(c->pack, c->label);
}

void yh_clearance_figure(struct yh_err *err, const struct yh_pack *pack, const char *name,
			 const char *label)
{
	const struct yh_label *l = yh_pack_label(pack, label);
	char key[24];

	yh_err_text(err, name, label);
	if (!l)
		return;
	(void)snprintf(key, sizeof key, "%.18s_zh", name);
	yh_err_text(err, key, l->title.zh);
	(void)snprintf(key, sizeof key, "%.18s_en", name);
	yh_err_text(err, key, l->title.en);
}

enum yh_rc yh_clearance_check(const struct yh_ctx *cx, const char *label, struct yh_err *err)
{
	struct yh_clearance c;
	enum yh_rc rc = yh_clearance_actor(cx, &c, err);

	if (rc != YH_OK || yh_clearance_opens(&c, label))
		return rc;
	(void)yh_fail(err, YH_FORBIDDEN, "label-above");
	yh_clearance_figure(err, c.pack, "label", yh_clearance_label(&c, label));
	yh_clearance_figure(err, c.pack, "clearance", c.label);
	return YH_FORBIDDEN;
}

enum yh_rc yh_label_known(const struct yh_pack *pack, const char *label, const char *field,
			  struct yh_err *err)
{
	char admitted[96] = "";
	const struct yh_label *labels;
	size_t n, used = 0;

	if (yh_pack_label(pack, label))
		return YH_OK;
	labels = yh_pack_labels(pack, &n);
	for (size_t i = 0; i < n && used < sizeof admitted; i++)
		used += (size_t)snprintf(admitted + used, sizeof admitted - used, "%s%s",
					 i ? " " : "", labels[i].id);
	(void)yh_fail_field(err, YH_BAD_INPUT, "label-unknown", field);
	yh_err_text(err, "label", label);
	yh_err_text(err, "admitted", admitted);
	return YH_BAD_INPUT;
}

/* ---- changing it ---- */

enum yh_rc yh_clearance_may_set(struct yh_ctx *cx, const struct yh_id *person, const char *label,
				struct yh_person_row *out, struct yh_err *err)
{
	const struct yh_pack *pack;
	enum yh_rc rc = pack_today(cx, &pack, err);

	if (rc == YH_OK)
		rc = yh_db_lock(cx->tx, person, 1, err);
	if (rc == YH_OK && yh_id_eq(person, &cx->actor->person))
		rc = yh_fail(err, YH_FORBIDDEN, "grant-to-self");
	if (rc == YH_OK && label[0])
		rc = yh_label_known(pack, label, "/clearance", err);
	if (rc == YH_OK)
		rc = yh_person_load(cx->tx, person, cx->arena, out, err);
	return rc == YH_OK && strcmp(out->clearance, label) == 0
		       ? yh_fail(err, YH_CONFLICT, "clearance-same")
		       : rc;
}

enum yh_rc yh_clearance_raises(struct yh_ctx *cx, const struct yh_id *person, const char *label,
			       bool *raises, struct yh_err *err)
{
	struct yh_clearance now, then;
	struct yh_person_row p;
	const char *least;
	bool had;
	enum yh_rc rc = yh_clearance_may_set(cx, person, label, &p, err);

	*raises = true;
	if (rc == YH_OK)
		rc = yh_clearance_person(cx, &p, &now, err);
	had = p.clearance[0] != 0;
	(void)snprintf(p.clearance, sizeof p.clearance, "%s", label);
	if (rc == YH_OK)
		rc = yh_clearance_person(cx, &p, &then, err);
	if (rc != YH_OK)
		return rc;
	/* What the roles bring may grow on its own: to go back to that is a raise, too. And it goes
	 * with them: what is named in its place outlasts them. */
	least = had ? now.label : lowest(now.pack);
	*raises = !label[0] ||
		  yh_pack_label_rank(now.pack, then.label) > yh_pack_label_rank(now.pack, least);
	return YH_OK;
}

enum yh_rc yh_clearance_set(struct yh_ctx *cx, const struct yh_id *person, const char *label,
			    const char *reason, struct yh_err *err)
{
	struct yh_person_row p;
	enum yh_rc rc = yh_clearance_may_set(cx, person, label, &p, err);

	if (rc != YH_OK)
		return rc;
	(void)snprintf(p.clearance, sizeof p.clearance, "%s", label);
	rc = yh_person_update(cx->tx, &p, err);
	return rc == YH_OK ? yh_identity_record(cx, "account.clearance", "person", person, label,
						reason, err)
			   : rc;
}
