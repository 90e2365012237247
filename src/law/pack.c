/* Reading a pack: its head, roles, permissions, parameters, articles, forms. */
#include "law/form.h"
#include "law/pack_internal.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { PACK_BYTES = 16 * 1024 * 1024, FILES_MAX = 256 };

void yh_pack_fault(struct yh_loading *l, int line, const char *slug, const char *what)
{
	struct yh_err e = { 0 };

	if (l->n_faults++ >= YH_PACK_FAULTS_MAX)
		return;
	(void)yh_fail(&e, YH_BAD_INPUT, slug);
	yh_err_field(&e, "%s:%d", l->file, line);
	if (what)
		yh_err_text(&e, "what", what);
	if (l->first.rc == YH_OK)
		l->first = e;
	if (l->report)
		l->report(l->arg, &e);
}

void *yh_pack_alloc(struct yh_loading *l, size_t size)
{
	void *p = yh_arena_alloc(&l->p->arena, size);

	if (!p)
		yh_pack_fault(l, 0, "pack-too-large", NULL);
	return p;
}

static bool listed(const char *known, const char *key)
{
	size_t n = strlen(key);

	for (const char *p = known; (p = strstr(p, key)) != NULL; p += n)
		if ((p == known || p[-1] == ' ') && (p[n] == ' ' || p[n] == 0))
			return true;
	return false;
}

void yh_pack_keys(struct yh_loading *l, const struct yh_yaml *map, const char *known)
{
	YH_YAML_EACH(c, map)
	if (!c->key || !listed(known, c->key))
		yh_pack_fault(l, c->key_line ? c->key_line : c->line, "pack-key-unknown", c->key);
}

const char *yh_pack_text(struct yh_loading *l, const struct yh_yaml *map, const char *key,
			 bool required)
{
	const struct yh_yaml *v = yh_yaml_get(map, key);

	if (v && v->kind == YH_YAML_SCALAR && v->n > 0)
		return v->text;
	if (v && !(v->kind == YH_YAML_SCALAR && !required))
		yh_pack_fault(l, v->line, "pack-text-expected", key);
	else if (!v && required)
		yh_pack_fault(l, map ? map->line : 0, "pack-key-missing", key);
	return NULL;
}

struct yh_text2 yh_pack_text2(struct yh_loading *l, const struct yh_yaml *map, const char *key)
{
	const struct yh_yaml *v = yh_yaml_get(map, key);
	struct yh_text2 t = { "", "" };
	const char *zh, *en;

	if (!v) {
		yh_pack_fault(l, map ? map->line : 0, "pack-key-missing", key);
		return t;
	}
	yh_pack_keys(l, v, "zh en");
	zh = yh_pack_text(l, v, "zh", true);
	en = yh_pack_text(l, v, "en", true);
	if (zh)
		t.zh = zh;
	if (en)
		t.en = en;
	return t;
}

const json_t *yh_pack_form(struct yh_loading *l, const struct yh_yaml *at, const char *name)
{
	for (size_t i = 0; i < l->p->n_forms; i++)
		if (strcmp(l->p->forms[i].name, name) == 0) {
			l->p->forms[i].used = true;
			return l->p->forms[i].schema;
		}
	yh_pack_fault(l, at->line, "pack-form-unknown", name);
	return NULL;
}

const struct yh_param *yh_pack_dollar(struct yh_loading *l, const struct yh_yaml *v)
{
	const struct yh_param *p = yh_pack_param(l->p, v->text + 1);

	if (!p)
		yh_pack_fault(l, v->line, "pack-parameter-unknown", v->text);
	return p;
}

/* The root of a YAML file of the pack, or NULL after a fault. */
static const struct yh_yaml *root_of(struct yh_loading *l, const struct yh_pack_file *f)
{
	const struct yh_yaml *root;
	struct yh_err e = { 0 };

	l->file = f->name;
	if (yh_yaml_parse(&l->p->arena, f->name, f->text, f->n, &root, &e) == YH_OK)
		return root;
	l->n_faults++;
	if (l->first.rc == YH_OK)
		l->first = e;
	if (l->report)
		l->report(l->arg, &e);
	return NULL;
}

static const struct yh_pack_file *file_of(const struct yh_pack_file *files, size_t n,
					  const char *name)
{
	for (size_t i = 0; i < n; i++)
		if (strcmp(files[i].name, name) == 0)
			return &files[i];
	return NULL;
}

static void read_head(struct yh_loading *l, const struct yh_yaml *root)
{
	const struct yh_yaml *to = yh_yaml_get(root, "valid_to");
	const char *from = yh_pack_text(l, root, "valid_from", true);
	const char *name = yh_pack_text(l, root, "pack", true);

	yh_pack_keys(l, root, "pack title valid_from valid_to");
	l->p->name = name ? name : "";
	l->p->title = yh_pack_text2(l, root, "title");
	l->p->valid_to = YH_DAY_NONE;
	if (from && yh_day_parse(from, &l->p->valid_from, NULL) != YH_OK)
		yh_pack_fault(l, yh_yaml_get(root, "valid_from")->line, "date-invalid", from);
	if (to && !yh_yaml_is_null(to) &&
	    (to->kind != YH_YAML_SCALAR || yh_day_parse(to->text, &l->p->valid_to, NULL) != YH_OK))
		yh_pack_fault(l, to->line, "date-invalid", to->text);
}

/* The map under the file's one key, and an array of as many entries. */
static const struct yh_yaml *section(struct yh_loading *l, const struct yh_yaml *root,
				     const char *key, size_t size, void **out)
{
	const struct yh_yaml *map = yh_yaml_get(root, key);

	yh_pack_keys(l, root, key);
	if (!map || map->kind != YH_YAML_MAP) {
		yh_pack_fault(l, root->line, "pack-key-missing", key);
		return NULL;
	}
	*out = yh_pack_alloc(l, size * (map->n + 1));
	return *out ? map : NULL;
}

static void read_roles(struct yh_loading *l, const struct yh_yaml *root)
{
	const struct yh_yaml *map =
		section(l, root, "roles", sizeof *l->p->roles, (void **)&l->p->roles);

	YH_YAML_EACH(c, map)
	{
		struct yh_role *r = &l->p->roles[l->p->n_roles++];
		const struct yh_yaml *admin = yh_yaml_get(c, "admin");
		const char *zh = yh_pack_text(l, c, "zh", true),
			   *en = yh_pack_text(l, c, "en", true);

		yh_pack_keys(l, c, "zh en article admin");
		*r = (struct yh_role){ .id = c->key,
				       .title = { zh ? zh : "", en ? en : "" },
				       .article = yh_pack_text(l, c, "article", false) };
		if (admin && !yh_yaml_bool(admin, &r->admin))
			yh_pack_fault(l, admin->line, "pack-bool-expected", "admin");
		if (r->article && !yh_pack_article(l->p, r->article))
			yh_pack_fault(l, c->line, "pack-article-unknown", r->article);
	}
}

static void read_articles(struct yh_loading *l, const struct yh_yaml *root)
{
	const struct yh_yaml *map =
		section(l, root, "articles", sizeof *l->p->articles, (void **)&l->p->articles);

	YH_YAML_EACH(c, map)
	{
		const char *zh = yh_pack_text(l, c, "zh", true),
			   *en = yh_pack_text(l, c, "en", true);
		const char *szh = yh_pack_text(l, c, "summary_zh", true);
		const char *sen = yh_pack_text(l, c, "summary_en", true);

		yh_pack_keys(l, c, "zh en summary_zh summary_en");
		l->p->articles[l->p->n_articles++] =
			(struct yh_article){ .number = c->key,
					     .title = { zh ? zh : "", en ? en : "" },
					     .summary = { szh ? szh : "", sen ? sen : "" } };
	}
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
	} else if (!v->quoted && isdigit((unsigned char)v->text[0]) &&
		   yh_period_parse(v->text, &p->period, NULL) == YH_OK)
		p->kind = YH_P_PERIOD;
	else if (v->n == 0)
		yh_pack_fault(l, v->line, "pack-text-expected", "value");
}

static void read_params(struct yh_loading *l, const struct yh_yaml *root)
{
	const struct yh_yaml *map =
		section(l, root, "parameters", sizeof *l->p->params, (void **)&l->p->params);

	YH_YAML_EACH(c, map)
	{
		struct yh_param *p = &l->p->params[l->p->n_params++];
		const struct yh_yaml *value = yh_yaml_get(c, "value"),
				     *local = yh_yaml_get(c, "local");
		const char *zh = yh_pack_text(l, c, "zh", true),
			   *en = yh_pack_text(l, c, "en", true);
		bool is_local = false;

		yh_pack_keys(l, c, "value article local bound zh en");
		*p = (struct yh_param){ .key = c->key,
					.title = { zh ? zh : "", en ? en : "" },
					.article = yh_pack_text(l, c, "article", false),
					.bound = yh_pack_text(l, c, "bound", false),
					.text = "",
					.line = c->line };
		if (local && !yh_yaml_bool(local, &is_local))
			yh_pack_fault(l, local->line, "pack-bool-expected", "local");
		if (is_local == (p->article != NULL))
			yh_pack_fault(l, c->key_line, "pack-law-or-local", c->key);
		if (p->article && !yh_pack_article(l->p, p->article))
			yh_pack_fault(l, c->line, "pack-article-unknown", p->article);
		if (p->bound && strcmp(p->bound, "max") != 0 && strcmp(p->bound, "min") != 0)
			yh_pack_fault(l, c->line, "pack-bound-invalid", p->bound);
		if (!value || value->kind != YH_YAML_SCALAR)
			yh_pack_fault(l, c->line, "pack-key-missing", "value");
		else
			read_value(l, value, p);
	}
}

static void read_permissions(struct yh_loading *l, const struct yh_yaml *root)
{
	static const char relations[] = "own cloud district invited any";
	const struct yh_yaml *map = yh_yaml_get(root, "permissions");
	size_t n = 0;

	yh_pack_keys(l, root, "permissions");
	if (!map)
		yh_pack_fault(l, root->line, "pack-key-missing", "permissions");
	YH_YAML_EACH(r, map)
	n += r->n;
	l->p->permissions = yh_pack_alloc(l, sizeof *l->p->permissions * (n + 1));
	YH_YAML_EACH(r, map)
	{
		if (!yh_pack_role(l->p, r->key))
			yh_pack_fault(l, r->key_line, "pack-role-unknown", r->key);
		YH_YAML_EACH(a, r)
		{
			if (a->kind != YH_YAML_SCALAR || !listed(relations, a->text)) {
				yh_pack_fault(l, a->line, "pack-relation-unknown", a->text);
				continue;
			}
			if (l->p->permissions)
				l->p->permissions[l->p->n_permissions++] =
					(struct yh_permission){ r->key, a->key, a->text };
		}
	}
}

static void drop_json(void *p)
{
	json_decref(p);
}

static void read_forms(struct yh_loading *l, const struct yh_pack_file *files, size_t n)
{
	l->p->forms = yh_pack_alloc(l, sizeof *l->p->forms * (n + 1));
	for (size_t i = 0; l->p->forms && i < n; i++) {
		struct yh_err e = { 0 };
		json_t *schema;

		if (strncmp(files[i].name, "forms/", 6) != 0)
			continue;
		l->file = files[i].name;
		if (yh_json_parse(files[i].text, files[i].n, &schema, &e) != YH_OK) {
			yh_pack_fault(l, atoi(e.field), "json-invalid", NULL);
			continue;
		}
		if (yh_form_check(schema, &e) != YH_OK)
			yh_pack_fault(l, 1, e.slug, e.field);
		if (!yh_arena_defer(&l->p->arena, drop_json, schema))
			return;
		l->p->forms[l->p->n_forms++] =
			(struct form_entry){ .name = files[i].name, .schema = schema };
	}
}

static void read_procedures(struct yh_loading *l, const struct yh_pack_file *files, size_t n)
{
	l->p->procedures = yh_pack_alloc(l, sizeof *l->p->procedures * (n + 1));
	for (size_t i = 0; l->p->procedures && i < n; i++) {
		struct yh_procedure *pr = &l->p->procedures[l->p->n_procedures];
		const struct yh_yaml *root;

		if (strncmp(files[i].name, "procedures/", 11) != 0)
			continue;
		root = root_of(l, &files[i]);
		if (!root)
			continue;
		*pr = (struct yh_procedure){ .file = files[i].name };
		yh_pack_read_procedure(l, root, pr);
		for (size_t j = 0; j < l->p->n_procedures; j++) {
			if (strcmp(l->p->procedures[j].name, pr->name) == 0)
				yh_pack_fault(l, pr->line, "pack-procedure-twice", pr->name);
			if (strcmp(l->p->procedures[j].code, pr->code) == 0)
				yh_pack_fault(l, pr->line, "pack-code-twice", pr->code);
		}
		l->p->n_procedures++;
		yh_pack_check_procedure(l, pr);
	}
	for (size_t i = 0; i < l->p->n_forms; i++)
		if (!l->p->forms[i].used) {
			l->file = l->p->forms[i].name;
			yh_pack_fault(l, 1, "pack-form-unused", NULL);
		}
}

static void read_part(struct yh_loading *l, const struct yh_pack_file *files, size_t n,
		      const char *name, void (*read)(struct yh_loading *, const struct yh_yaml *))
{
	const struct yh_pack_file *f = file_of(files, n, name);
	const struct yh_yaml *root;

	l->file = name;
	if (!f) {
		yh_pack_fault(l, 0, "pack-file-missing", name);
		return;
	}
	root = root_of(l, f);
	if (root)
		read(l, root);
}

static int by_name(const void *a, const void *b)
{
	const struct yh_pack_file *x = a, *y = b;

	return strcmp(x->name, y->name);
}

/* The caller's texts may go; the pack keeps its own copies, sorted. */
static struct yh_pack_file *own_files(struct yh_loading *l, const struct yh_pack_file *files,
				      size_t n)
{
	struct yh_pack_file *own = yh_pack_alloc(l, sizeof *own * (n + 1));
	struct yh_piece *pieces = yh_pack_alloc(l, sizeof *pieces * (2 * n + 1));

	if (!own || !pieces)
		return NULL;
	for (size_t i = 0; i < n; i++) {
		own[i].name = yh_arena_strdup(&l->p->arena, files[i].name);
		own[i].text = yh_arena_strndup(&l->p->arena, files[i].text, files[i].n);
		own[i].n = files[i].n;
		if (!own[i].name || !own[i].text)
			return NULL;
	}
	qsort(own, n, sizeof *own, by_name);
	for (size_t i = 0; i < n; i++) {
		pieces[2 * i] = (struct yh_piece){ own[i].name, strlen(own[i].name) };
		pieces[2 * i + 1] = (struct yh_piece){ own[i].text, own[i].n };
	}
	l->p->digest = yh_sm3_of_pieces(pieces, 2 * n);
	return own;
}

static void read_all(struct yh_loading *l, const struct yh_pack_file *files, size_t n)
{
	read_part(l, files, n, "pack.yaml", read_head);
	read_part(l, files, n, "articles.yaml", read_articles);
	read_part(l, files, n, "roles.yaml", read_roles);
	read_part(l, files, n, "parameters.yaml", read_params);
	read_part(l, files, n, "permissions.yaml", read_permissions);
	read_forms(l, files, n);
	read_procedures(l, files, n);
}

enum yh_rc yh_pack_load(const struct yh_pack_file *files, size_t n_files,
			const struct yh_vocab *vocab, struct yh_pack **out, yh_pack_report report,
			void *arg, struct yh_err *err)
{
	struct yh_loading l = { .vocab = vocab, .report = report, .arg = arg, .file = "" };
	struct yh_pack_file *own;

	*out = NULL;
	if (n_files > FILES_MAX)
		return yh_fail(err, YH_TOO_LARGE, "pack-too-large");
	l.p = calloc(1, sizeof *l.p);
	if (!l.p)
		return yh_fail(err, YH_TOO_LARGE, "memory-short");
	yh_arena_init(&l.p->arena, PACK_BYTES);
	own = own_files(&l, files, n_files);
	if (own)
		read_all(&l, own, n_files);
	else
		yh_pack_fault(&l, 0, "pack-too-large", NULL);
	if (l.n_faults == 0) {
		*out = l.p;
		return YH_OK;
	}
	yh_pack_free(l.p);
	if (err && err->rc == YH_OK)
		*err = l.first;
	return l.first.rc;
}
