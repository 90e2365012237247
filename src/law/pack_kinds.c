/* Reading kinds.yaml: the kinds of resources, with what generic code must know of each. */
#include <string.h>

#include "law/lease.h"
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

/* How often; a literal, or a parameter that is a number. */
static void read_most(struct yh_loading *l, const struct yh_yaml *v, struct yh_extension *x)
{
	const struct yh_param *param = NULL;

	if (v->kind == YH_YAML_SCALAR && !v->quoted && v->text[0] == '$') {
		param = yh_pack_need_param(l, v);
		if (!param)
			return;
	}
	if (param ? param->kind != YH_P_INT : !yh_yaml_int(v, &x->most)) {
		yh_pack_fault(l, v->line, "pack-argument-invalid", v->key);
		return;
	}
	if (param)
		x->most = param->num;
	x->most_param = param ? param->key : NULL;
	if (x->most < 1 || x->most > 100)
		yh_pack_fault(l, v->line, "pack-argument-invalid", v->key);
}

/* A period is reckoned back from the end, the other on from it. */
static void read_part(struct yh_loading *l, const struct yh_yaml *map, const char *key,
		      enum yh_unit foreign, struct yh_period *out, const char **name)
{
	const struct yh_yaml *v = yh_yaml_get(map, key);
	const struct yh_param *param;

	if (!v) {
		yh_pack_fault(l, map->line, "pack-key-missing", key);
		return;
	}
	if (!yh_pack_read_period(l, v, out, &param))
		return;
	if (out->unit == foreign)
		yh_pack_fault(l, v->line, "period-invalid", v->text);
	*name = param ? param->key : NULL;
}

/* true, false, or a parameter that is one of them. */
static void read_billed(struct yh_loading *l, const struct yh_yaml *c, struct yh_kind *k)
{
	const struct yh_yaml *v = yh_yaml_get(c, "billed");
	const struct yh_param *param = NULL;

	k->billed = true;
	if (!v)
		return;
	if (v->kind == YH_YAML_SCALAR && !v->quoted && v->text[0] == '$') {
		param = yh_pack_need_param(l, v);
		if (!param)
			return;
	}
	if (param ? param->kind != YH_P_BOOL : !yh_yaml_bool(v, &k->billed))
		yh_pack_fault(l, v->line, "pack-bool-expected", v->key);
	else if (param)
		k->billed = param->num != 0;
	k->billed_param = param ? param->key : NULL;
}

static void read_cleanup(struct yh_loading *l, const struct yh_yaml *c, struct yh_kind *k)
{
	const struct yh_yaml *v = yh_yaml_get(c, "cleanup");
	const struct yh_param *param;

	if (!v)
		return;
	if (!yh_yaml_get(c, "lease"))
		yh_pack_fault(l, v->line, "pack-kind-lease", k->id);
	(void)yh_pack_read_period(l, v, &k->cleanup, &param);
}

static void read_extension(struct yh_loading *l, const struct yh_yaml *c, struct yh_kind *k)
{
	const struct yh_yaml *map = yh_yaml_get(c, "extension"), *most;
	struct yh_extension *x = &k->extension;

	if (!map)
		return;
	if (!yh_yaml_get(c, "lease"))
		yh_pack_fault(l, map->line, "pack-kind-lease", k->id);
	yh_pack_keys(l, map, "ahead longest most");
	if (map->kind != YH_YAML_MAP)
		return;
	read_part(l, map, "ahead", YH_MONTHS, &x->ahead, &x->ahead_param);
	read_part(l, map, "longest", YH_WORKDAYS, &x->longest, &x->longest_param);
	most = yh_yaml_get(map, "most");
	if (most)
		read_most(l, most, x);
	else
		yh_pack_fault(l, map->line, "pack-key-missing", "most");
}

void yh_pack_check_notices(struct yh_loading *l)
{
	const struct yh_procedure *pr = NULL;
	const struct yh_word_use *use;

	while ((pr = yh_pack_started_by(l->p, "lease.ends", pr, &use)) != NULL) {
		struct yh_lease_notices list = { .n = 0 };

		l->file = pr->file;
		if (yh_lease_notices_parse(yh_use_text(use, "notices", ""), &list, NULL) != YH_OK)
			continue;
		for (size_t i = 0; i < l->p->n_kinds; i++) {
			struct yh_period ahead = l->p->kinds[i].extension.ahead;

			if (ahead.unit == YH_WORKDAYS && ahead.n >= list.ahead[0])
				yh_pack_fault(l, use->line, "pack-notice-late", l->p->kinds[i].id);
		}
	}
}

void yh_pack_read_kinds(struct yh_loading *l, const struct yh_yaml *root)
{
	const struct yh_yaml *map =
		yh_pack_section(l, root, "kinds", sizeof *l->p->kinds, (void **)&l->p->kinds);

	l->has_kinds = map != NULL;
	YH_YAML_EACH(c, map)
	{
		struct yh_kind *k = &l->p->kinds[l->p->n_kinds++];

		yh_pack_keys(l, c,
			     "zh en article permanent exposed lease extension cleanup billed");
		yh_pack_name_check(l, c->key_line, c->key, YH_PACK_KIND, "");
		*k = (struct yh_kind){
			.id = c->key,
			.title = yh_pack_titles(l, c, "zh", "en"),
			.article = yh_pack_read_article(l, c, true),
			.permanent = yh_pack_bool(l, c, "permanent", false),
			.exposed = yh_pack_bool(l, c, "exposed", true),
		};
		if (c->kind != YH_YAML_MAP)
			continue;
		read_billed(l, c, k);
		read_lease(l, c, k);
		read_extension(l, c, k);
		read_cleanup(l, c, k);
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
