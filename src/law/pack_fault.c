/* Faults of a pack, and the small readers that find most of them. */
#include <stdio.h>
#include <string.h>

#include "law/pack_internal.h"

void yh_pack_fault_taken(struct yh_loading *l, const struct yh_err *e)
{
	if (l->first.rc == YH_OK)
		l->first = *e;
	if (l->n_faults++ < YH_PACK_FAULTS_MAX && l->report)
		l->report(l->arg, e);
}

static void fault(struct yh_loading *l, int line, const char *slug, const char *what,
		  const char *nearest)
{
	struct yh_err e = { 0 };

	(void)yh_fail(&e, YH_BAD_INPUT, slug);
	yh_err_field(&e, "%.100s:%d", l->file, line);
	if (what)
		yh_err_text(&e, "what", what);
	if (nearest)
		yh_err_text(&e, "nearest", nearest);
	yh_pack_fault_taken(l, &e);
}

void yh_pack_fault(struct yh_loading *l, int line, const char *slug, const char *what)
{
	fault(l, line, slug, what, NULL);
}

void yh_pack_fault_near(struct yh_loading *l, int line, const char *slug,
			const struct yh_pack_near *near)
{
	fault(l, line, slug, near->wanted, near->best);
}

void *yh_pack_alloc(struct yh_loading *l, size_t size)
{
	void *p = yh_arena_alloc(&l->p->arena, size);

	if (!p)
		yh_pack_fault(l, 0, "pack-too-large", NULL);
	return p;
}

enum { NEAR_MAX = 64 };

/* How many letters must be put in, taken out or replaced to make one name of the other. */
static size_t distance(const char *a, const char *b)
{
	size_t row[NEAR_MAX + 1], la = strlen(a), lb = strlen(b);

	if (la > NEAR_MAX || lb > NEAR_MAX)
		return SIZE_MAX;
	for (size_t j = 0; j <= lb; j++)
		row[j] = j;
	for (size_t i = 1; i <= la; i++) {
		size_t corner = row[0];

		row[0] = i;
		for (size_t j = 1; j <= lb; j++) {
			size_t least = corner + (a[i - 1] != b[j - 1]);

			corner = row[j];
			if (row[j - 1] + 1 < least)
				least = row[j - 1] + 1;
			if (row[j] + 1 < least)
				least = row[j] + 1;
			row[j] = least;
		}
	}
	return row[lb];
}

void yh_pack_near(struct yh_pack_near *n, const char *candidate)
{
	size_t d = distance(n->wanted, candidate), len = strlen(n->wanted);

	if (d > 1 + len / 2 || (n->best && d >= n->distance))
		return;
	n->best = candidate;
	n->distance = d;
}

/* The next word of a blank-separated list, its length in *n; NULL at the end. */
static const char *next_word(const char **list, size_t *n)
{
	const char *word = *list + strspn(*list, " ");

	*n = strcspn(word, " ");
	*list = word + *n;
	return *n ? word : NULL;
}

int yh_pack_listed(const char *known, const char *word)
{
	size_t n, len = strlen(word);
	const char *w;

	for (int i = 0; (w = next_word(&known, &n)) != NULL; i++)
		if (n == len && memcmp(w, word, n) == 0)
			return i;
	return -1;
}

/* `word` is none of the list's. */
static void fault_listed(struct yh_loading *l, int line, const char *slug, const char *word,
			 const char *known)
{
	struct yh_pack_near near = { .wanted = word };
	char best[NEAR_MAX + 1];
	const char *w;
	size_t n;

	while ((w = next_word(&known, &n)) != NULL) {
		char candidate[NEAR_MAX + 1];

		(void)snprintf(candidate, sizeof candidate, "%.*s", (int)n, w);
		yh_pack_near(&near, candidate);
		if (near.best == candidate) {
			memcpy(best, candidate, sizeof best);
			near.best = best;
		}
	}
	yh_pack_fault_near(l, line, slug, &near);
}

void yh_pack_keys(struct yh_loading *l, const struct yh_yaml *map, const char *known)
{
	if (map && map->kind != YH_YAML_MAP) {
		yh_pack_fault(l, map->line, "pack-map-expected", map->key);
		return;
	}
	YH_YAML_EACH(c, map)
	if (yh_pack_listed(known, c->key) < 0)
		fault_listed(l, c->key_line, "pack-key-unknown", c->key, known);
}

const char *yh_pack_text(struct yh_loading *l, const struct yh_yaml *map, const char *key,
			 bool required)
{
	const struct yh_yaml *v = yh_yaml_get(map, key);

	if (v && v->kind == YH_YAML_SCALAR && v->n > 0 && !yh_yaml_is_null(v))
		return v->text;
	if (v)
		yh_pack_fault(l, v->line, "pack-text-expected", key);
	else if (required && map && map->kind == YH_YAML_MAP)
		yh_pack_fault(l, map->key_line ? map->key_line : map->line, "pack-key-missing",
			      key);
	return NULL;
}

int yh_pack_choice(struct yh_loading *l, const struct yh_yaml *map, const char *key,
		   const char *words, const char *slug, bool required)
{
	const char *text = yh_pack_text(l, map, key, required);
	int i = text ? yh_pack_listed(words, text) : -1;

	if (text && i < 0)
		fault_listed(l, yh_yaml_get(map, key)->line, slug, text, words);
	return i;
}

bool yh_pack_bool(struct yh_loading *l, const struct yh_yaml *map, const char *key, bool otherwise)
{
	const struct yh_yaml *v = yh_yaml_get(map, key);

	if (v && !yh_yaml_bool(v, &otherwise))
		yh_pack_fault(l, v->line, "pack-bool-expected", key);
	return otherwise;
}

struct yh_text2 yh_pack_titles(struct yh_loading *l, const struct yh_yaml *map, const char *zh,
			       const char *en)
{
	struct yh_text2 t = { yh_pack_text(l, map, zh, true), yh_pack_text(l, map, en, true) };

	return (struct yh_text2){ t.zh ? t.zh : "", t.en ? t.en : "" };
}

struct yh_text2 yh_pack_text2(struct yh_loading *l, const struct yh_yaml *map, const char *key)
{
	const struct yh_yaml *v = yh_yaml_get(map, key);

	if (!v && map && map->kind == YH_YAML_MAP)
		yh_pack_fault(l, map->key_line ? map->key_line : map->line, "pack-key-missing",
			      key);
	yh_pack_keys(l, v, "zh en");
	return yh_pack_titles(l, v, "zh", "en");
}

void yh_pack_name_check(struct yh_loading *l, int line, const char *name, size_t most,
			const char *marks)
{
	static const char letters[] = "abcdefghijklmnopqrstuvwxyz";
	bool good = strlen(name) <= most && name[0] && strchr(letters, name[0]);
	bool mark = false;

	for (const char *c = name; *c && good; c++) {
		bool was_mark = mark;

		mark = strchr(marks, *c) != NULL;
		good = mark ? !was_mark : strchr(letters, *c) || strchr("0123456789_", *c);
	}
	if (!good || mark)
		yh_pack_fault(l, line, "pack-name-invalid", name);
}

const struct yh_role *yh_pack_need_role(struct yh_loading *l, int line, const char *id)
{
	const struct yh_role *r = yh_pack_role(l->p, id);
	struct yh_pack_near near = { .wanted = id };

	if (r || !l->has_roles)
		return r;
	for (size_t i = 0; i < l->p->n_roles; i++)
		yh_pack_near(&near, l->p->roles[i].id);
	yh_pack_fault_near(l, line, "pack-role-unknown", &near);
	return NULL;
}

bool yh_pack_need_article(struct yh_loading *l, int line, const char *number)
{
	if (!l->has_articles || yh_pack_article(l->p, number))
		return true;
	yh_pack_fault(l, line, "pack-article-unknown", number);
	return false;
}

const struct yh_param *yh_pack_need_param(struct yh_loading *l, const struct yh_yaml *v)
{
	const struct yh_param *p = yh_pack_param(l->p, v->text + 1);
	struct yh_pack_near near = { .wanted = v->text + 1 };

	if (p || !l->has_params)
		return p;
	for (size_t i = 0; i < l->p->n_params; i++)
		yh_pack_near(&near, l->p->params[i].key);
	yh_pack_fault_near(l, v->line, "pack-parameter-unknown", &near);
	return NULL;
}

const json_t *yh_pack_need_form(struct yh_loading *l, int line, const char *name)
{
	struct yh_pack_near near = { .wanted = name };

	for (size_t i = 0; i < l->p->n_forms; i++) {
		if (strcmp(l->p->forms[i].name, name) == 0) {
			l->p->forms[i].used = true;
			return l->p->forms[i].schema;
		}
		yh_pack_near(&near, l->p->forms[i].name);
	}
	l->missed_form = true;
	yh_pack_fault_near(l, line, "pack-form-unknown", &near);
	return NULL;
}

const char *yh_pack_read_article(struct yh_loading *l, const struct yh_yaml *map, bool required)
{
	const char *a = yh_pack_text(l, map, "article", required);

	if (a)
		(void)yh_pack_need_article(l, yh_yaml_get(map, "article")->line, a);
	return a;
}
