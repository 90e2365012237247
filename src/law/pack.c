/* Loading a pack: its files, its forms, its procedures, everything together or nothing. */
#include "law/pack.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "law/form.h"
#include "law/messages.h"
#include "law/pack_internal.h"
#include "law/pack_lines.h"

enum { PACK_BYTES = 16 * 1024 * 1024 };

/* The root of a YAML file of the pack, or NULL after a fault. */
static const struct yh_yaml *root_of(struct yh_loading *l, const struct yh_pack_file *f)
{
	const struct yh_yaml *root;
	struct yh_err e = { 0 };

	l->file = f->name;
	if (yh_yaml_parse(&l->p->arena, f->name, f->text, f->n, &root, &e) == YH_OK)
		return root;
	yh_pack_fault_taken(l, &e);
	return NULL;
}

static bool is_in(const char *name, const char *folder, const char *ending)
{
	size_t n = strlen(name), nf = strlen(folder), ne = strlen(ending);

	return n > nf + ne && strncmp(name, folder, nf) == 0 &&
	       strcmp(name + n - ne, ending) == 0 && !strchr(name + nf, '/');
}

static bool is_form(const char *name)
{
	return is_in(name, "forms/", ".json");
}

static bool is_procedure(const char *name)
{
	return is_in(name, "procedures/", ".yaml");
}

static void drop_json(void *p)
{
	json_decref(p);
}

/* NULL after a fault. */
static const json_t *read_form(struct yh_loading *l, const struct yh_pack_file *f)
{
	struct yh_err e = { 0 };
	char keyword[sizeof e.field + sizeof e.figs[0].text];
	const char *what;
	json_t *schema;

	if (yh_json_parse(f->text, f->n, &schema, &e) != YH_OK) {
		yh_pack_fault(l, atoi(e.field), e.slug, e.n_figs ? e.figs[0].text : NULL);
		return NULL;
	}
	if (!yh_arena_defer(&l->p->arena, drop_json, schema)) {
		yh_pack_fault(l, 0, "pack-too-large", NULL);
		return NULL;
	}
	if (yh_form_check(schema, &e) == YH_OK)
		return schema;
	what = e.n_figs ? e.figs[0].text : "";
	(void)snprintf(keyword, sizeof keyword, "%s/%s", e.field, what);
	yh_pack_fault(l, yh_json_line(f->text, f->n, keyword), e.slug, what);
	return NULL;
}

static void read_forms(struct yh_loading *l, const struct yh_pack_file *files, size_t n)
{
	l->p->forms = yh_pack_alloc(l, sizeof *l->p->forms * (n + 1));
	for (size_t i = 0; l->p->forms && i < n; i++) {
		if (!is_form(files[i].name))
			continue;
		l->file = files[i].name;
		l->p->forms[l->p->n_forms].name = files[i].name;
		l->p->forms[l->p->n_forms].schema = read_form(l, &files[i]);
		l->p->n_forms++;
	}
}

static void check_forms_used(struct yh_loading *l)
{
	for (size_t i = 0; i < l->p->n_forms; i++)
		if (!l->p->forms[i].used) {
			l->file = l->p->forms[i].name;
			yh_pack_fault(l, 1, "pack-form-unused", NULL);
		}
}

static void check_twice(struct yh_loading *l, const struct yh_procedure *pr)
{
	const struct yh_procedure *others = l->p->procedures;

	for (size_t i = 0; i < l->p->n_procedures; i++) {
		if (pr->name[0] && strcmp(others[i].name, pr->name) == 0)
			yh_pack_fault(l, pr->line, "pack-procedure-twice", pr->name);
		if (pr->code[0] && strcmp(others[i].code, pr->code) == 0)
			yh_pack_fault(l, pr->line, "pack-code-twice", pr->code);
	}
	if (pr->code[0] && yh_pack_code_taken(l, pr->code))
		yh_pack_fault(l, pr->line, "pack-code-twice", pr->code);
}

static void read_procedures(struct yh_loading *l, const struct yh_pack_file *files, size_t n)
{
	bool all_read = true; /* else a form may be used where we did not look */

	l->p->procedures = yh_pack_alloc(l, sizeof *l->p->procedures * (n + 1));
	for (size_t i = 0; l->p->procedures && i < n; i++) {
		struct yh_procedure *pr = &l->p->procedures[l->p->n_procedures];
		const struct yh_yaml *root;

		if (!is_procedure(files[i].name))
			continue;
		root = root_of(l, &files[i]);
		if (!root || root->kind != YH_YAML_MAP) {
			all_read = false;
			if (root)
				yh_pack_fault(l, root->line, "pack-map-expected", NULL);
			continue;
		}
		*pr = (struct yh_procedure){ .file = files[i].name };
		yh_pack_read_procedure(l, root, pr);
		check_twice(l, pr);
		l->p->n_procedures++;
	}
	if (all_read) {
		yh_pack_check_named(l);
		yh_pack_check_notices(l);
		yh_pack_check_labels(l);
	}
	if (all_read && !l->missed_form)
		check_forms_used(l);
}

/* Sentences of this pack only: read once to see that they can be. */
static void check_messages(struct yh_loading *l, const struct yh_pack_file *f, const char *lang)
{
	struct yh_messages *m = yh_messages_new();
	struct yh_err e = { 0 };
	enum yh_rc rc = m ? yh_messages_add(m, lang, f->name, f->text, f->n, &e)
			  : yh_fail(&e, YH_TOO_LARGE, "memory-short");

	if (rc != YH_OK)
		yh_pack_fault_taken(l, &e);
	yh_messages_free(m);
}

static const struct {
	const char *name;
	void (*read)(struct yh_loading *l, const struct yh_yaml *root);
	bool optional;
} parts[] = {
	{ "pack.yaml", yh_pack_read_head, false },
	{ "articles.yaml", yh_pack_read_articles, false },
	{ "roles.yaml", yh_pack_read_roles, false },
	{ "parameters.yaml", yh_pack_read_params, false },
	{ "permissions.yaml", yh_pack_read_permissions, false },
	{ "kinds.yaml", yh_pack_read_kinds,
	  true }, /* stored packs may be older, see yh_pack_whole */
	{ "labels.yaml", yh_pack_read_labels, true },
	{ "rules.yaml", yh_pack_read_rules, true },
	{ "papers.yaml", yh_pack_read_papers, true },
	{ "registers.yaml", yh_pack_read_registers, true },
	{ "duties.yaml", yh_pack_read_duties, true },
};
enum { N_PARTS = sizeof parts / sizeof parts[0] };

static void read_part(struct yh_loading *l, const struct yh_pack_file *files, size_t n, size_t part)
{
	const struct yh_yaml *root;

	for (size_t i = 0; i < n; i++)
		if (strcmp(files[i].name, parts[part].name) == 0) {
			root = root_of(l, &files[i]);
			if (root)
				parts[part].read(l, root);
			return;
		}
	l->file = parts[part].name;
	if (!parts[part].optional)
		yh_pack_fault(l, 0, "pack-file-missing", parts[part].name);
}

/* A file nobody reads is a mistake in its name. */
static void check_names(struct yh_loading *l, const struct yh_pack_file *files, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		const char *name = files[i].name;
		bool known = is_form(name) || is_procedure(name);

		for (size_t part = 0; part < N_PARTS; part++)
			known = known || strcmp(name, parts[part].name) == 0;
		l->file = name;
		if (strcmp(name, "messages/zh.yaml") == 0)
			check_messages(l, &files[i], "zh");
		else if (strcmp(name, "messages/en.yaml") == 0)
			check_messages(l, &files[i], "en");
		else if (!known)
			yh_pack_fault(l, 0, "pack-file-unknown", name);
		if (i > 0 && strcmp(files[i - 1].name, name) == 0)
			yh_pack_fault(l, 0, "pack-file-twice", name);
	}
}

static void read_all(struct yh_loading *l, const struct yh_pack_file *files, size_t n)
{
	check_names(l, files, n);
	for (size_t part = 0; part < N_PARTS; part++)
		read_part(l, files, n, part);
	read_forms(l, files, n);
	read_procedures(l, files, n);
}

static int by_name(const void *a, const void *b)
{
	const struct yh_pack_file *x = a, *y = b;

	return strcmp(x->name, y->name);
}

/* The caller's texts may go: the names are copied, and what is kept of a text is a copy too. */
static struct yh_pack_file *own_files(struct yh_loading *l, const struct yh_pack_file *files,
				      size_t n)
{
	struct yh_pack_file *own = YH_NEW_N(&l->p->arena, struct yh_pack_file, n + 1);
	struct yh_piece *pieces = YH_NEW_N(&l->p->arena, struct yh_piece, 2 * n + 1);

	if (!own || !pieces)
		return NULL;
	for (size_t i = 0; i < n; i++) {
		own[i] = files[i];
		own[i].name = yh_arena_strdup(&l->p->arena, files[i].name);
		if (!own[i].name)
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

enum yh_rc yh_pack_load(const struct yh_pack_file *files, size_t n_files,
			const struct yh_vocab *vocab, struct yh_pack **out, yh_pack_report report,
			void *arg, struct yh_err *err)
{
	struct yh_loading l = { .vocab = vocab, .report = report, .arg = arg, .file = "" };
	struct yh_pack_file *own;

	*out = NULL;
	if (n_files > YH_PACK_FILES_MAX)
		return yh_fail(err, YH_TOO_LARGE, "pack-too-large");
	l.p = calloc(1, sizeof *l.p);
	if (!l.p)
		return yh_fail(err, YH_TOO_LARGE, "memory-short");
	l.p->valid_to = YH_DAY_NONE;
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
	if (err && err->rc == YH_OK)
		*err = l.first;
	yh_pack_free(l.p);
	return l.first.rc;
}
