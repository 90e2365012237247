/* Reading kinds.yaml: the kinds of resources, with what generic code must know of each. */
#include <string.h>

#include "law/pack_internal.h"

/* A lease is a number of days or months: working days would let holidays lengthen it. */
static void read_lease(struct yh_loading *l, const struct yh_yaml *c, struct yh_kind *k)
{
	const struct yh_yaml *v = yh_yaml_get(c, "lease");
	const struct yh_param *param;

	if (!v || !yh_pack_read_period(l, v, &k->lease, &param))
		return;
	if (k->lease.unit == YH_WORKDAYS)
		yh_pack_fault(l, v->line, "period-invalid", v->text);
	if (k->permanent)
		yh_pack_fault(l, v->line, "pack-kind-lease", k->id);
	k->lease_param = param ? param->key : NULL;
	k->lease_article = param ? param->article : k->article;
}

void yh_pack_read_kinds(struct yh_loading *l, const struct yh_yaml *root)
{
	const struct yh_yaml *map =
		yh_pack_section(l, root, "kinds", sizeof *l->p->kinds, (void **)&l->p->kinds);

	l->has_kinds = map != NULL;
	YH_YAML_EACH(c, map)
	{
		struct yh_kind *k = &l->p->kinds[l->p->n_kinds++];

		yh_pack_keys(l, c, "zh en article permanent exposed lease");
		yh_pack_name_check(l, c->key_line, c->key, YH_PACK_KIND, "");
		*k = (struct yh_kind){
			.id = c->key,
			.title = yh_pack_titles(l, c, "zh", "en"),
			.article = yh_pack_read_article(l, c, true),
			.permanent = yh_pack_bool(l, c, "permanent", false),
			.exposed = yh_pack_bool(l, c, "exposed", true),
		};
		if (c->kind == YH_YAML_MAP)
			read_lease(l, c, k);
	}
}

bool yh_pack_need_kind(struct yh_loading *l, int line, const char *id)
{
	struct yh_pack_near near = { .wanted = id };

	if (!l->has_kinds || yh_pack_kind(l->p, id))
		return true;
	for (size_t i = 0; i < l->p->n_kinds; i++)
		yh_pack_near(&near, l->p->kinds[i].id);
	yh_pack_fault_near(l, line, "pack-kind-unknown", &near);
	return false;
}
