/* Categories of notices. */
#include "notify/category.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "law/yaml.h"
#include "store/notify.h"

enum { ARENA_BYTES = 4 * 1024 * 1024 };

struct yh_categories {
	struct yh_arena arena;
	const struct yh_yaml *list; /* name -> slugs */
	const char *names[YH_CATEGORIES_MAX];
	size_t n;
	const char *otherwise;
};

/* Lower-case letters, digits and hyphens; a slug may end with a star. */
static bool is_word(const char *s, size_t most, bool star)
{
	size_t n = strlen(s);

	if (star && n > 1 && s[n - 1] == '*')
		n--;
	for (size_t i = 0; i < n; i++)
		if (!islower((unsigned char)s[i]) && !isdigit((unsigned char)s[i]) && s[i] != '-')
			return false;
	return n > 0 && n <= most;
}

static enum yh_rc take(struct yh_categories *c, const char *name, const struct yh_yaml *root,
		       struct yh_err *err)
{
	const struct yh_yaml *otherwise = yh_yaml_get(root, "default");

	c->list = yh_yaml_get(root, "categories");
	if (!c->list || c->list->kind != YH_YAML_MAP || c->list->n > YH_CATEGORIES_MAX)
		return yh_yaml_fail(err, "categories-invalid", name, root);
	YH_YAML_EACH(k, c->list)
	{
		if (k->kind != YH_YAML_SEQ || !is_word(k->key, YH_CATEGORY_TEXT - 1, false))
			return yh_yaml_fail(err, "categories-invalid", name, k);
		c->names[c->n++] = k->key;
		YH_YAML_EACH(s, k)
		{
			if (s->kind != YH_YAML_SCALAR || !is_word(s->text, 55, true))
				return yh_yaml_fail(err, "categories-invalid", name, s);
		}
	}
	c->otherwise = otherwise && otherwise->kind == YH_YAML_SCALAR ? otherwise->text : "";
	return yh_category_known(c, c->otherwise)
		       ? YH_OK
		       : yh_yaml_fail(err, "categories-invalid", name, otherwise);
}

enum yh_rc yh_categories_parse(const char *name, const char *text, size_t n,
			       struct yh_categories **out, struct yh_err *err)
{
	struct yh_categories *c = calloc(1, sizeof *c);
	const struct yh_yaml *root;
	enum yh_rc rc;

	*out = NULL;
	if (!c)
		return yh_fail(err, YH_TOO_LARGE, "memory-short");
	yh_arena_init(&c->arena, ARENA_BYTES);
	rc = yh_yaml_parse(&c->arena, name, text, n, &root, err);
	if (rc == YH_OK)
		rc = take(c, name, root, err);
	if (rc == YH_OK)
		*out = c;
	else
		yh_categories_free(c);
	return rc;
}

void yh_categories_free(struct yh_categories *c)
{
	if (!c)
		return;
	yh_arena_done(&c->arena);
	free(c);
}

size_t yh_categories_count(const struct yh_categories *c)
{
	return c->n;
}

const char *yh_category_at(const struct yh_categories *c, size_t i)
{
	return c->names[i];
}

bool yh_category_known(const struct yh_categories *c, const char *name)
{
	for (size_t i = 0; i < c->n; i++)
		if (strcmp(c->names[i], name) == 0)
			return true;
	return false;
}

static bool fits(const struct yh_yaml *s, const char *slug)
{
	return s->text[s->n - 1] == '*' ? strncmp(s->text, slug, s->n - 1) == 0
					: strcmp(s->text, slug) == 0;
}

const char *yh_category_of(const struct yh_categories *c, const char *slug)
{
	YH_YAML_EACH(k, c->list)
	{
		YH_YAML_EACH(s, k)
		{
			if (fits(s, slug))
				return k->key;
		}
	}
	return c->otherwise;
}
