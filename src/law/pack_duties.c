/* Reading duties.yaml: the kinds of duties that the pack knows. */
#include <string.h>

#include "law/pack_internal.h"

enum { DUTIES_MAX = 200 };

const char *const yh_duty_abouts[] = {
	"none", "cloud", "org", "project", "system", "record", "case",
};
#define ABOUTS "none cloud org project system record case"

static void read_time(struct yh_loading *l, const struct yh_yaml *map, const char *key,
		      struct yh_period *out, const char **name)
{
	const struct yh_yaml *v = yh_yaml_get(map, key);
	const struct yh_param *param;

	if (v && yh_pack_read_period(l, v, out, &param))
		*name = param ? param->key : NULL;
}

/* One period or a list of them; months have no length to go back by. */
static void read_reminders(struct yh_loading *l, const struct yh_yaml *map, struct yh_duty_kind *d)
{
	const struct yh_yaml *v = yh_yaml_get(map, "remind");
	bool many = v && v->kind == YH_YAML_SEQ;

	if (many && (v->n == 0 || v->n > YH_DUTY_REMINDERS)) {
		yh_pack_fault(l, v->line, "pack-list-expected", "remind");
		return;
	}
	for (const struct yh_yaml *e = many ? v->first : v; e; e = many ? e->next : NULL) {
		const struct yh_param *param;
		struct yh_period p;

		if (!yh_pack_read_period(l, e, &p, &param))
			continue;
		if (p.unit == YH_MONTHS)
			yh_pack_fault(l, e->line, "period-invalid", e->text);
		d->remind[d->n_remind++] = p;
	}
}

static void read_told(struct yh_loading *l, const struct yh_yaml *map, struct yh_duty_kind *d)
{
	const struct yh_yaml *v = yh_yaml_get(map, "overdue");
	const char *const *roles;
	size_t n = 0;

	if (!v)
		return;
	yh_pack_read_actors(l, v, &roles, &n);
	if (n > YH_DUTY_TOLD)
		yh_pack_fault(l, v->line, "pack-list-expected", "overdue");
	for (size_t i = 0; i < n && i < YH_DUTY_TOLD; i++)
		d->overdue[d->n_overdue++] = roles[i];
}

static void wrong_for(struct yh_loading *l, const struct yh_yaml *v, bool right)
{
	if (!right)
		yh_pack_fault(l, v->line, "pack-argument-invalid", "for");
}

/* A whole number from 1 to 100, or a parameter that is one. */
static bool read_percent(struct yh_loading *l, const struct yh_yaml *v, int64_t *out)
{
	const struct yh_param *p = NULL;

	if (v->kind == YH_YAML_SCALAR && !v->quoted && v->text[0] == '$') {
		p = yh_pack_need_param(l, v);
		if (!p)
			return true; /* a fault already */
		*out = p->kind == YH_P_INT ? p->num : 0;
	} else if (!yh_yaml_int(v, out)) {
		return false;
	}
	return *out >= 1 && *out <= 100;
}

/* What must besides be so of the record: the duty arises whenever it is, and `within` says by when
 * it is done; `every` lets so much time pass before it arises again. */
static void read_condition(struct yh_loading *l, const struct yh_yaml *v, struct yh_duty_kind *d)
{
	const struct yh_yaml *used = yh_yaml_get(v, "used"), *backup = yh_yaml_get(v, "backup");
	const struct yh_register *r = d->of_register;

	if (used)
		wrong_for(l, v, read_percent(l, used, &d->of_used) && (!r || r->settled));
	d->of_late = yh_pack_choice(l, v, "backup", "late", "pack-argument-invalid", false) == 0;
	if (backup)
		wrong_for(l, v, !r || r->rpo);
	if ((used || backup) && d->within.n == 0 && d->every.n)
		yh_pack_fault(l, v->line, "pack-key-missing", "within");
	wrong_for(l, v, (!used && !backup) || (!d->missed && !d->until && !(used && backup)));
}

/* {register: contract, state: valid}, {systems: 3} or {bodies: provider} */
static void read_for(struct yh_loading *l, const struct yh_yaml *map, struct yh_duty_kind *d)
{
	const struct yh_yaml *v = yh_yaml_get(map, "for");
	const struct yh_yaml *reg = yh_yaml_get(v, "register"), *sys = yh_yaml_get(v, "systems"),
			     *bodies = yh_yaml_get(v, "bodies"), *state = yh_yaml_get(v, "state");

	if (!v)
		return;
	yh_pack_keys(l, v, "register state systems bodies used backup");
	if (v->kind != YH_YAML_MAP)
		return;
	if (!reg + !sys + !bodies != 2) {
		yh_pack_fault(l, v->line, "pack-argument-invalid", "for");
		return;
	}
	if (reg) {
		d->arises = YH_DUTY_FOR_REGISTER;
		d->of_register = yh_pack_need_register(l, reg->line, reg->text ? reg->text : "");
		d->of_state = yh_pack_text(l, v, "state", false);
		wrong_for(l, v, d->about == YH_DUTY_OF_RECORD);
		if (d->of_register && d->of_state &&
		    !yh_register_state(d->of_register, d->of_state))
			yh_pack_fault(l, state->line, "pack-register-state", d->of_state);
		read_condition(l, v, d);
	} else if (yh_yaml_get(v, "used") || yh_yaml_get(v, "backup")) {
		wrong_for(l, v, false);
	} else if (sys) {
		d->arises = YH_DUTY_FOR_SYSTEMS;
		wrong_for(l, v,
			  d->about == YH_DUTY_OF_SYSTEM && yh_yaml_int(sys, &d->of_mlps) &&
				  d->of_mlps >= 0 && d->of_mlps <= 9);
	} else {
		const struct yh_role *role =
			yh_pack_need_role(l, bodies->line, bodies->text ? bodies->text : "");

		d->arises = YH_DUTY_FOR_BODIES;
		d->of_role = role ? role->id : NULL;
		wrong_for(l, v, d->about == YH_DUTY_OF_CLOUD);
	}
	if (d->every.n == 0 && d->within.n == 0 && !d->until)
		yh_pack_fault(l, v->line, "pack-key-missing", "within");
	wrong_for(l, v, !d->until || (reg && d->every.n + d->within.n == 0));
}

static void read_duty(struct yh_loading *l, const struct yh_yaml *map, struct yh_duty_kind *d)
{
	const struct yh_yaml *owner = yh_yaml_get(map, "owner");
	const struct yh_role *role;
	int about;

	yh_pack_keys(l, map,
		     "zh en article code about owner every within due remind overdue evidence"
		     " missed for");
	yh_pack_name_check(l, map->key_line, map->key, YH_PACK_KIND, "");
	*d = (struct yh_duty_kind){ .id = map->key,
				    .title = yh_pack_titles(l, map, "zh", "en"),
				    .article = yh_pack_read_article(l, map, true),
				    .code = yh_pack_read_code(l, map) };
	if (map->kind != YH_YAML_MAP)
		return;
	about = yh_pack_choice(l, map, "about", ABOUTS, "pack-about-unknown", true);
	d->about = about < 0 ? YH_DUTY_OF_NONE : (enum yh_duty_about)about;
	if (yh_pack_text(l, map, "owner", true)) {
		role = yh_pack_need_role(l, owner->line, owner->text);
		d->owner = role ? role->id : NULL;
		if (role && role->admin)
			yh_pack_fault(l, owner->line, "pack-admin-decides", role->id);
	}
	read_time(l, map, "every", &d->every, &d->every_param);
	read_time(l, map, "within", &d->within, &d->within_param);
	read_reminders(l, map, d);
	read_told(l, map, d);
	d->until = yh_pack_choice(l, map, "due", "until", "pack-argument-invalid", false) == 0;
	d->evidence = yh_pack_bool(l, map, "evidence", false);
	d->missed = yh_pack_bool(l, map, "missed", false);
	read_for(l, map, d);
}

void yh_pack_read_duties(struct yh_loading *l, const struct yh_yaml *root)
{
	const struct yh_yaml *map =
		yh_pack_section(l, root, "duties", sizeof *l->p->duties, (void **)&l->p->duties);

	if (map && map->n > DUTIES_MAX) {
		yh_pack_fault(l, map->line, "pack-too-large", "duties");
		return;
	}
	YH_YAML_EACH(c, map)
	{
		struct yh_duty_kind *d = &l->p->duties[l->p->n_duties];

		read_duty(l, c, d);
		if (d->code && d->code[0] && yh_pack_code_taken(l, d->code))
			yh_pack_fault(l, c->key_line, "pack-code-twice", d->code);
		l->p->n_duties++;
	}
}

const struct yh_duty_kind *yh_pack_need_duty(struct yh_loading *l, int line, const char *id)
{
	struct yh_pack_near near = { .wanted = id };
	const struct yh_duty_kind *d = yh_pack_duty(l->p, id);

	if (d)
		return d;
	for (size_t i = 0; i < l->p->n_duties; i++)
		yh_pack_near(&near, l->p->duties[i].id);
	yh_pack_fault_near(l, line, "pack-duty-unknown", &near);
	return NULL;
}

const struct yh_duty_kind *yh_pack_duty(const struct yh_pack *p, const char *id)
{
	for (size_t i = 0; i < p->n_duties; i++)
		if (strcmp(p->duties[i].id, id) == 0)
			return &p->duties[i];
	return NULL;
}

const struct yh_duty_kind *yh_pack_duties(const struct yh_pack *p, size_t *n)
{
	*n = p->n_duties;
	return p->duties;
}
