/* Who is cleared for what, and what that is for. */
#include "cases/clearance.h"

#include <stdio.h>
#include <string.h>

enum yh_rc yh_clearance_pack(const struct yh_ctx *cx, const struct yh_pack **out,
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

const char *yh_clearance_named(const struct yh_pack *pack, const char *clearance)
{
	const struct yh_label *l = yh_pack_label(pack, clearance);

	return l ? l->id : lowest(pack);
}

enum yh_rc yh_clearance_actor(const struct yh_ctx *cx, struct yh_clearance *out, struct yh_err *err)
{
	const struct yh_actor *a = cx->actor;
	enum yh_rc rc;

	*out = (struct yh_clearance){ .label = "", .all = !a || yh_id_is_zero(&a->person) };
	rc = yh_clearance_pack(cx, &out->pack, err);
	if (rc != YH_OK || out->all)
		return rc;
	out->label =
		a->clearance[0] ? yh_clearance_named(out->pack, a->clearance) : lowest(out->pack);
	for (size_t i = 0; !a->clearance[0] && i < a->n_grants; i++)
		if (yh_id_is_zero(&a->grants[i].giver))
			out->label = yh_pack_label_higher(
				out->pack, out->label,
				yh_pack_clearance_of(out->pack, a->grants[i].role));
	return YH_OK;
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
