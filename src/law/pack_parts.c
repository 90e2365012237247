/* Reading the parts of a pack that are lists: head, articles, roles, parameters, permissions. */
#include <string.h>

#include "law/pack_internal.h"

static yh_day read_day(struct yh_loading *l, const struct yh_yaml *v)
{
	yh_day day = YH_DAY_NONE;

	if (v->kind != YH_YAML_SCALAR || yh_day_parse(v->text, &day, NULL) != YH_OK) {
		yh_pack_fault(l, v->line, "date-invalid", v->text);
		return YH_DAY_NONE;
	}
	return day;
}

void yh_pack_read_head(struct yh_loading *l, const struct yh_yaml *root)
{
	const struct yh_yaml *from = yh_yaml_get(root, "valid_from");
	const struct yh_yaml *to = yh_yaml_get(root, "valid_to");
	const char *name = yh_pack_text(l, root, "pack", true);

	yh_pack_keys(l, root, "pack title valid_from valid_to");
	l->p->name = name ? name : "";
	if (name)
		yh_pack_name_check(l, yh_yaml_get(root, "pack")->line, name, YH_PACK_NAME, "-");
	l->p->title = yh_pack_text2(l, root, "title");
	if (yh_pack_text(l, root, "valid_from", true))
		l->p->valid_from = read_day(l, from);
	if (to && !yh_yaml_is_null(to))
		l->p->valid_to = read_day(l, to);
	if (l->p->valid_to != YH_DAY_NONE && l->p->valid_from > l->p->valid_to)
		yh_pack_fault(l, to->line, "pack-validity-order", to->text);
}

const struct yh_yaml *yh_pack_section(struct yh_loading *l, const struct yh_yaml *root,
				      const char *key, size_t size, void **out)
{
	yh_pack_keys(l, root, key);
	return yh_pack_part(l, root, key, size, out);
}

const struct yh_yaml *yh_pack_part(struct yh_loading *l, const struct yh_yaml *root,
				   const char *key, size_t size, void **out)
{
	const struct yh_yaml *map = yh_yaml_get(root, key);

	if (root->kind != YH_YAML_MAP)
		return NULL;
	if (!map || map->kind != YH_YAML_MAP) {
		yh_pack_fault(l, map ? map->line : root->line,
			      map ? "pack-map-expected" : "pack-key-missing", key);
		return NULL;
	}
	*out = yh_pack_alloc(l, size * (map->n + 1));
	return *out ? map : NULL;
}

/* Numbers such as 20, 18.4 or 7-1: what people cite, and short enough to keep. */
static bool is_article_number(const char *s)
{
	size_t n = strlen(s);

	return n > 0 && n <= YH_PACK_ARTICLE && strchr("123456789", s[0]) &&
	       strspn(s, "0123456789.-") == n;
}

void yh_pack_read_articles(struct yh_loading *l, const struct yh_yaml *root)
{
	const struct yh_yaml *map = yh_pack_section(l, root, "articles", sizeof *l->p->articles,
						    (void **)&l->p->articles);

	l->has_articles = map != NULL;
	YH_YAML_EACH(c, map)
	{
		yh_pack_keys(l, c, "zh en summary_zh summary_en");
		if (!is_article_number(c->key))
			yh_pack_fault(l, c->key_line, "pack-article-invalid", c->key);
		l->p->articles[l->p->n_articles++] = (struct yh_article){
			.number = c->key,
			.title = yh_pack_titles(l, c, "zh", "en"),
			.summary = yh_pack_titles(l, c, "summary_zh", "summary_en"),
		};
	}
}

void yh_pack_read_roles(struct yh_loading *l, const struct yh_yaml *root)
{
	const struct yh_yaml *map =
		yh_pack_section(l, root, "roles", sizeof *l->p->roles, (void **)&l->p->roles);

	l->has_roles = map != NULL;
	YH_YAML_EACH(c, map)
	{
		yh_pack_keys(l, c, "zh en article admin reading");
		yh_pack_name_check(l, c->key_line, c->key, YH_PACK_ROLE, "");
		if (strcmp(c->key, "system") == 0) /* as which time acts */
			yh_pack_fault(l, c->key_line, "pack-name-invalid", c->key);
		l->p->roles[l->p->n_roles++] = (struct yh_role){
			.id = c->key,
			.title = yh_pack_titles(l, c, "zh", "en"),
			.article = yh_pack_read_article(l, c, false),
			.admin = yh_pack_bool(l, c, "admin", false),
			.reading = yh_pack_bool(l, c, "reading", false),
		};
	}
}

/* Begins like a number without being one: somebody's slip, not a text. */
static bool looks_like_figure(const struct yh_yaml *v)
{
	size_t sign = v->text[0] == '-', digits = strspn(v->text + sign, "0123456789");

	return !v->quoted && digits > 0 &&
	       strspn(v->text + sign + digits, "abcdefghijklmnopqrstuvwxyz.0123456789 ") ==
		       v->n - sign - digits;
}

static void read_value(struct yh_loading *l, const struct yh_yaml *v, struct yh_param *p)
{
	bool b;

	p->text = v->text;
	p->kind = YH_P_TEXT;
	if (yh_yaml_int(v, &p->num))
		p->kind = YH_P_INT;
	else if (yh_yaml_bool(v, &b)) {
		p->kind = YH_P_BOOL;
		p->num = b;
	} else if (looks_like_figure(v)) {
		p->kind = YH_P_PERIOD;
		if (v->text[0] == '-' || yh_period_parse(v->text, &p->period, NULL) != YH_OK)
			yh_pack_fault(l, v->line, "period-invalid", v->text);
	}
}

/* Law or local, never both; only a figure of the law has a direction to move in. */
static void check_source(struct yh_loading *l, const struct yh_yaml *c, const struct yh_param *p)
{
	bool local = yh_pack_bool(l, c, "local", false);

	if (local == (yh_yaml_get(c, "article") != NULL))
		yh_pack_fault(l, c->key_line, "pack-law-or-local", c->key);
	if (p->bound && (local || (p->kind != YH_P_INT && p->kind != YH_P_PERIOD)))
		yh_pack_fault(l, yh_yaml_get(c, "bound")->line, "pack-bound-invalid", p->bound);
}

void yh_pack_read_params(struct yh_loading *l, const struct yh_yaml *root)
{
	static const char *const bounds[] = { "max", "min" };
	const struct yh_yaml *map = yh_pack_section(l, root, "parameters", sizeof *l->p->params,
						    (void **)&l->p->params);

	l->has_params = map != NULL;
	YH_YAML_EACH(c, map)
	{
		struct yh_param *p = &l->p->params[l->p->n_params++];
		int bound = yh_pack_choice(l, c, "bound", "max min", "pack-bound-invalid", false);

		yh_pack_keys(l, c, "value article local bound zh en");
		yh_pack_name_check(l, c->key_line, c->key, YH_PACK_NAME, ".");
		*p = (struct yh_param){ .key = c->key,
					.title = yh_pack_titles(l, c, "zh", "en"),
					.article = yh_pack_read_article(l, c, false),
					.bound = bound < 0 ? NULL : bounds[bound],
					.text = "",
					.line = c->key_line };
		if (yh_pack_text(l, c, "value", true))
			read_value(l, yh_yaml_get(c, "value"), p);
		if (c->kind == YH_YAML_MAP)
			check_source(l, c, p);
	}
}

static void read_matrix_row(struct yh_loading *l, const struct yh_yaml *r)
{
	static const char *const relations[] = { "own", "cloud", "district", "invited", "any" };

	YH_YAML_EACH(a, r)
	{
		int i = yh_pack_choice(l, r, a->key, "own cloud district invited any",
				       "pack-relation-unknown", true);

		yh_pack_name_check(l, a->key_line, a->key, YH_PACK_NAME, ".");
		if (i >= 0)
			l->p->permissions[l->p->n_permissions++] =
				(struct yh_permission){ r->key, a->key, relations[i], NULL };
	}
}

static bool granted(const struct yh_pack *p, const char *action)
{
	for (size_t i = 0; i < p->n_permissions; i++)
		if (strcmp(p->permissions[i].action, action) == 0)
			return true;
	return false;
}

/* What the operations rest on: each stands once, whoever may use it. */
static void read_action_articles(struct yh_loading *l, const struct yh_yaml *root)
{
	struct yh_pack *p = l->p;
	const struct yh_yaml *map;
	void *list = NULL;

	if (!yh_yaml_get(root, "articles"))
		return;
	map = yh_pack_part(l, root, "articles", sizeof *p->action_articles, &list);
	p->action_articles = list;
	YH_YAML_EACH(a, map)
	{
		const char *number = yh_pack_text(l, map, a->key, true);

		if (!number || !yh_pack_need_article(l, a->line, number))
			continue;
		if (!granted(p, a->key))
			yh_pack_fault(l, a->key_line, "pack-action-ungranted", a->key);
		p->action_articles[p->n_action_articles++] =
			(struct yh_action_article){ a->key, number };
	}
	for (size_t i = 0; i < p->n_permissions; i++) {
		const char *article = yh_pack_action_article(p, p->permissions[i].action);

		p->permissions[i].article = article[0] ? article : NULL;
	}
}

void yh_pack_read_permissions(struct yh_loading *l, const struct yh_yaml *root)
{
	void *roles;
	const struct yh_yaml *map = yh_pack_part(l, root, "permissions", sizeof(void *), &roles);
	size_t n = 0;

	yh_pack_keys(l, root, "permissions articles");
	YH_YAML_EACH(r, map)
	n += r->kind == YH_YAML_MAP ? r->n : 0;
	l->p->permissions = yh_pack_alloc(l, sizeof *l->p->permissions * (n + 1));
	if (!l->p->permissions)
		return;
	YH_YAML_EACH(r, map)
	{
		(void)yh_pack_need_role(l, r->key_line, r->key);
		if (r->kind == YH_YAML_MAP)
			read_matrix_row(l, r);
		else
			yh_pack_fault(l, r->line, "pack-map-expected", r->key);
	}
	read_action_articles(l, root);
}

void yh_pack_read_actors(struct yh_loading *l, const struct yh_yaml *v, const char *const **out,
			 size_t *n)
{
	bool many = v->kind == YH_YAML_SEQ;
	const char **list = yh_pack_alloc(l, sizeof *list * ((many ? v->n : 1) + 1));

	*n = 0;
	*out = list;
	if (!list)
		return;
	if (many && v->n == 0)
		yh_pack_fault(l, v->line, "pack-text-expected", v->key);
	for (const struct yh_yaml *e = many ? v->first : v; e; e = many ? e->next : NULL) {
		const struct yh_role *r;

		if (e->kind != YH_YAML_SCALAR || yh_yaml_is_null(e) || e->n == 0) {
			yh_pack_fault(l, e->line, "pack-text-expected", v->key);
			continue;
		}
		r = yh_pack_need_role(l, e->line, e->text);
		if (!r)
			continue;
		if (r->admin)
			yh_pack_fault(l, e->line, "pack-admin-decides", r->id);
		for (size_t i = 0; i < *n; i++)
			if (strcmp(list[i], r->id) == 0)
				yh_pack_fault(l, e->line, "pack-role-twice", r->id);
		list[(*n)++] = r->id;
	}
}
