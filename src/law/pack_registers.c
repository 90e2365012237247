/* Reading registers.yaml: the kinds of records that the pack keeps. */
#include <string.h>

#include "law/pack_internal.h"

enum { REGISTERS_MAX = 200, WORDS_MAX = 40 };

const char *const yh_ref_names[YH_REFS] = {
	"org", "provider", "project", "system", "resource", "record", "case",
};

/* The map under `key`, not longer than it may be; NULL when absent or after a fault. */
static const struct yh_yaml *words_of(struct yh_loading *l, const struct yh_yaml *map,
				      const char *key)
{
	const struct yh_yaml *v = yh_yaml_get(map, key);

	if (!v || (v->kind == YH_YAML_MAP && v->n > 0 && v->n <= WORDS_MAX))
		return v;
	yh_pack_fault(l, v->line, "pack-map-expected", key);
	return NULL;
}

static void read_states(struct yh_loading *l, const struct yh_yaml *map, struct yh_register *r)
{
	const struct yh_yaml *v = words_of(l, map, "states");
	struct yh_register_state *list = v ? yh_pack_alloc(l, sizeof *list * v->n) : NULL;

	if (!yh_yaml_get(map, "states"))
		yh_pack_fault(l, map->key_line, "pack-key-missing", "states");
	r->states = list;
	YH_YAML_EACH(c, list ? v : NULL)
	{
		yh_pack_keys(l, c, "zh en final");
		yh_pack_name_check(l, c->key_line, c->key, YH_PACK_KIND, "");
		list[r->n_states++] =
			(struct yh_register_state){ .id = c->key,
						    .title = yh_pack_titles(l, c, "zh", "en"),
						    .final = yh_pack_bool(l, c, "final", false) };
	}
}

static void read_figures(struct yh_loading *l, const struct yh_yaml *map, struct yh_register *r)
{
	const struct yh_yaml *v = words_of(l, map, "figures");
	struct yh_register_figure *list = v ? yh_pack_alloc(l, sizeof *list * v->n) : NULL;

	r->figures = list;
	YH_YAML_EACH(c, list ? v : NULL)
	{
		const char *unit = yh_pack_text(l, c, "unit", false);

		yh_pack_keys(l, c, "zh en unit money");
		yh_pack_name_check(l, c->key_line, c->key, YH_PACK_KIND, "");
		list[r->n_figures++] =
			(struct yh_register_figure){ .id = c->key,
						     .title = yh_pack_titles(l, c, "zh", "en"),
						     .unit = unit ? unit : "",
						     .money = yh_pack_bool(l, c, "money", false) };
		if (unit && list[r->n_figures - 1].money)
			yh_pack_fault(l, c->key_line, "pack-key-unknown", "unit");
	}
}

static void read_lines(struct yh_loading *l, const struct yh_yaml *map, struct yh_register *r)
{
	const struct yh_yaml *v = words_of(l, map, "lines");
	struct yh_register_line *list = v ? yh_pack_alloc(l, sizeof *list * v->n) : NULL;

	r->lines = list;
	YH_YAML_EACH(c, list ? v : NULL)
	{
		yh_pack_keys(l, c, "zh en");
		yh_pack_name_check(l, c->key_line, c->key, YH_PACK_KIND, "");
		list[r->n_lines++] =
			(struct yh_register_line){ .id = c->key,
						   .title = yh_pack_titles(l, c, "zh", "en") };
	}
}

static const char *line_named(struct yh_loading *l, const struct yh_yaml *map,
			      const struct yh_register *r, const char *key)
{
	const char *id = yh_pack_text(l, map, key, false);

	if (id && !yh_register_line(r, id))
		yh_pack_fault(l, yh_yaml_get(map, key)->line, "pack-register-line", id);
	return id;
}

/* Which of its lines are a cloud's capacity. */
static void read_capacity(struct yh_loading *l, const struct yh_yaml *map, struct yh_register *r)
{
	const struct yh_yaml *v = words_of(l, map, "capacity");

	if (!v)
		return;
	yh_pack_keys(l, v, "planned built");
	r->planned = line_named(l, v, r, "planned");
	r->built = line_named(l, v, r, "built");
}

/* Its records are orders of backup: so many hours may lie between two that succeeded. */
static void read_backup(struct yh_loading *l, const struct yh_yaml *map, struct yh_register *r)
{
	const struct yh_yaml *v = words_of(l, map, "backup");

	if (!v)
		return;
	yh_pack_keys(l, v, "rpo");
	r->rpo = yh_pack_text(l, v, "rpo", true);
	if (r->rpo && !yh_register_figure(r, r->rpo))
		yh_pack_fault(l, v->line, "pack-register-figure", r->rpo);
	if (r->refs[YH_REF_SYSTEM] == YH_NEED_NONE)
		yh_pack_fault(l, v->line, "pack-key-missing", "system");
}

/* Which of its figures is money that the settlements of the provider it names use up. */
static void read_settled(struct yh_loading *l, const struct yh_yaml *map, struct yh_register *r)
{
	const struct yh_yaml *v = yh_yaml_get(map, "settled");

	r->settled = yh_pack_text(l, map, "settled", false);
	if (r->settled && !yh_register_figure(r, r->settled))
		yh_pack_fault(l, v->line, "pack-register-figure", r->settled);
	if (r->settled && r->refs[YH_REF_PROVIDER] != YH_NEED_REQUIRED)
		yh_pack_fault(l, v->line, "pack-key-missing", "provider");
}

static enum yh_demand need_of(struct yh_loading *l, const struct yh_yaml *map, const char *key)
{
	int need = yh_pack_choice(l, map, key, "none optional required", "pack-argument-invalid",
				  false);

	return need < 0 ? YH_NEED_NONE : (enum yh_demand)need;
}

/* A cloud every record has. */
static void read_refs(struct yh_loading *l, const struct yh_yaml *map, struct yh_register *r)
{
	const struct yh_yaml *v = words_of(l, map, "refs");

	if (!v)
		return;
	yh_pack_keys(l, v, "cloud org provider project system resource record case");
	for (size_t i = 0; i < YH_REFS; i++)
		r->refs[i] = need_of(l, v, yh_ref_names[i]);
}

/* Who may read it becomes a part of the permission matrix. */
static void read_rights(struct yh_loading *l, const struct yh_yaml *map, struct yh_register *r)
{
	const struct yh_yaml *v = words_of(l, map, "read");
	size_t size = strlen(r->id) + sizeof "read.";
	char *action = yh_pack_alloc(l, size);
	struct yh_permission *all;
	struct yh_pack *p = l->p;

	if (!yh_yaml_get(map, "read"))
		yh_pack_fault(l, map->key_line, "pack-key-missing", "read");
	if (!v || !action)
		return;
	(void)stpcpy(stpcpy(action, "read."), r->id);
	r->action = action;
	all = yh_pack_alloc(l, sizeof *all * (p->n_permissions + v->n));
	if (!all)
		return;
	if (p->n_permissions)
		memcpy(all, p->permissions, sizeof *all * p->n_permissions);
	p->permissions = all;
	YH_YAML_EACH(c, v)
	{
		const struct yh_role *role = yh_pack_need_role(l, c->key_line, c->key);
		int i = yh_pack_choice(l, v, c->key, "own cloud district any",
				       "pack-relation-unknown", true);
		static const char *const relations[] = { "own", "cloud", "district", "any" };

		if (role && i >= 0)
			all[p->n_permissions++] =
				(struct yh_permission){ role->id, action, relations[i] };
	}
}

static void read_register(struct yh_loading *l, const struct yh_yaml *map, struct yh_register *r)
{
	yh_pack_keys(l, map,
		     "zh en article code refs states dated figures lines capacity settled backup"
		     " read");
	yh_pack_name_check(l, map->key_line, map->key, YH_PACK_KIND, "");
	*r = (struct yh_register){ .id = map->key,
				   .title = yh_pack_titles(l, map, "zh", "en"),
				   .article = yh_pack_read_article(l, map, true),
				   .code = yh_pack_read_code(l, map) };
	if (map->kind != YH_YAML_MAP)
		return;
	read_refs(l, map, r);
	read_states(l, map, r);
	r->dated = need_of(l, map, "dated");
	read_figures(l, map, r);
	read_lines(l, map, r);
	read_capacity(l, map, r);
	read_settled(l, map, r);
	read_backup(l, map, r);
	read_rights(l, map, r);
}

void yh_pack_read_registers(struct yh_loading *l, const struct yh_yaml *root)
{
	const struct yh_yaml *map = yh_pack_section(l, root, "registers", sizeof *l->p->registers,
						    (void **)&l->p->registers);

	if (map && map->n > REGISTERS_MAX) {
		yh_pack_fault(l, map->line, "pack-too-large", "registers");
		return;
	}
	YH_YAML_EACH(c, map)
	{
		struct yh_register *r = &l->p->registers[l->p->n_registers];

		read_register(l, c, r);
		if (r->code[0] && yh_pack_code_taken(l, r->code))
			yh_pack_fault(l, c->key_line, "pack-code-twice", r->code);
		l->p->n_registers++;
	}
}

const struct yh_register *yh_pack_need_register(struct yh_loading *l, int line, const char *id)
{
	struct yh_pack_near near = { .wanted = id };
	const struct yh_register *r = yh_pack_register(l->p, id);

	if (r)
		return r;
	for (size_t i = 0; i < l->p->n_registers; i++)
		yh_pack_near(&near, l->p->registers[i].id);
	yh_pack_fault_near(l, line, "pack-register-unknown", &near);
	return NULL;
}

#define FIND(list, count, wanted)                                                                  \
	do {                                                                                       \
		for (size_t i = 0; i < (count); i++)                                               \
			if (strcmp((list)[i].id, (wanted)) == 0)                                   \
				return &(list)[i];                                                 \
		return NULL;                                                                       \
	} while (0)

const struct yh_register *yh_pack_register(const struct yh_pack *p, const char *id)
{
	FIND(p->registers, p->n_registers, id);
}

const struct yh_register *yh_pack_registers(const struct yh_pack *p, size_t *n)
{
	*n = p->n_registers;
	return p->registers;
}

const struct yh_register_state *yh_register_state(const struct yh_register *r, const char *id)
{
	FIND(r->states, r->n_states, id);
}

const struct yh_register_figure *yh_register_figure(const struct yh_register *r, const char *id)
{
	FIND(r->figures, r->n_figures, id);
}

const struct yh_register_line *yh_register_line(const struct yh_register *r, const char *id)
{
	FIND(r->lines, r->n_lines, id);
}

bool yh_register_keeps(const struct yh_register *r, const char *field)
{
	if (strcmp(field, "title") == 0 || strcmp(field, "name") == 0)
		return true;
	if (strcmp(field, "from") == 0 || strcmp(field, "until") == 0)
		return r->dated != YH_NEED_NONE;
	if (strcmp(field, "lines") == 0)
		return r->n_lines > 0;
	for (size_t i = 0; i < YH_REFS; i++)
		if (strcmp(field, yh_ref_names[i]) == 0)
			return r->refs[i] != YH_NEED_NONE;
	return yh_register_figure(r, field) != NULL;
}
