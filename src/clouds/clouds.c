/* Which cloud is fulfilled by what. */
#include "clouds/clouds.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/file.h"
#include "base/mem.h"
#include "law/yaml.h"

enum { ARENA_BYTES = 8 * 1024 * 1024, CODE_MOST = 32, VALUE_MOST = 1024, KNOWN_BYTES = 96 };

struct entry {
	struct yh_cloud_config cfg;
	int line;
};

struct yh_clouds {
	struct yh_arena arena;
	struct entry *entries;
	size_t n;
};

/* What reads the file. */
struct reader {
	struct yh_clouds *to;
	const char *file;
	const struct yh_cloud_driver *const *drivers;
	size_t n_drivers;
};

static enum yh_rc fail_at(const struct reader *r, const char *slug, const char *cloud, int line,
			  struct yh_err *err)
{
	enum yh_rc rc = yh_fail(err, YH_BAD_INPUT, slug);

	yh_err_field(err, "%.100s:%d", r->file, line);
	yh_err_text(err, "cloud", cloud);
	return rc;
}

static enum yh_rc find_driver(const struct reader *r, const char *cloud, const struct yh_yaml *v,
			      int line, const struct yh_cloud_driver **out, struct yh_err *err)
{
	const char *name = v && v->kind == YH_YAML_SCALAR ? v->text : "";
	struct yh_buf known;
	enum yh_rc rc;

	for (size_t i = 0; i < r->n_drivers; i++)
		if (strcmp(r->drivers[i]->name, name) == 0) {
			*out = r->drivers[i];
			return YH_OK;
		}
	yh_buf_init(&known, KNOWN_BYTES);
	for (size_t i = 0; i < r->n_drivers; i++)
		yh_buf_printf(&known, "%s%s", i ? ", " : "", r->drivers[i]->name);
	rc = fail_at(r, "cloud-driver-unknown", cloud, v ? v->line : line, err);
	yh_err_text(err, "driver", name);
	yh_err_text(err, "known", yh_buf_text(&known));
	yh_buf_done(&known);
	return rc;
}

static bool among(const char *words, const char *value)
{
	size_t n = strlen(value);

	for (const char *p = words; p; p = strchr(p, '|')) {
		p += *p == '|';
		if (strncmp(p, value, n) == 0 && (p[n] == 0 || p[n] == '|'))
			return true;
	}
	return false;
}

/* NULL: it is as it must be; else what it must be. */
static const char *wanted(const struct yh_cloud_key *k, const char *v)
{
	if (!*v || strlen(v) > VALUE_MOST || strpbrk(v, "\r\n"))
		return "TEXT";
	if (k->kind == YH_CLOUD_FILE)
		return access(v, R_OK) == 0 ? NULL : "FILE";
	if (k->kind == YH_CLOUD_URL)
		return strncmp(v, "http://", 7) == 0 || strncmp(v, "https://", 8) == 0
			       ? NULL
			       : "https://…";
	return !k->words || among(k->words, v) ? NULL : k->words;
}

static const struct yh_cloud_key items_key = { "items", YH_CLOUD_TEXT, true, NULL };

static const struct yh_cloud_key *find_key(const struct yh_cloud_driver *d, const char *name)
{
	if (d->by_machine && strcmp(name, items_key.name) == 0)
		return &items_key;
	for (const struct yh_cloud_key *k = d->keys; k && k->name; k++)
		if (strcmp(k->name, name) == 0)
			return k;
	return NULL;
}

static enum yh_rc take(const struct reader *r, struct entry *e, const struct yh_yaml *v,
		       struct yh_cloud_setting *out, struct yh_err *err)
{
	const struct yh_cloud_key *key = find_key(e->cfg.driver, v->key);
	const char *wants;
	enum yh_rc rc;

	if (!key) {
		rc = fail_at(r, "cloud-key-unknown", e->cfg.code, v->key_line, err);
		yh_err_text(err, "key", v->key);
		return rc;
	}
	wants = v->kind == YH_YAML_SCALAR ? wanted(key, v->text) : "TEXT";
	if (wants) {
		rc = fail_at(r, "cloud-key-value", e->cfg.code, v->line, err);
		yh_err_text(err, "key", v->key);
		yh_err_text(err, "wanted", wants);
		return rc;
	}
	*out = (struct yh_cloud_setting){ v->key, v->text };
	return YH_OK;
}

static enum yh_rc need(const struct reader *r, const struct entry *e, const struct yh_cloud_key *k,
		       struct yh_err *err)
{
	enum yh_rc rc;

	if (!k->needed || yh_cloud_value(&e->cfg, k->name))
		return YH_OK;
	rc = fail_at(r, "cloud-key-missing", e->cfg.code, e->line, err);
	yh_err_text(err, "key", k->name);
	return rc;
}

static enum yh_rc need_keys(const struct reader *r, const struct entry *e, struct yh_err *err)
{
	const struct yh_cloud_key *k = e->cfg.driver->keys;
	enum yh_rc rc = e->cfg.driver->by_machine ? need(r, e, &items_key, err) : YH_OK;

	for (; rc == YH_OK && k && k->name; k++)
		rc = need(r, e, k, err);
	if (rc != YH_OK)
		return rc;
	rc = e->cfg.driver->check ? e->cfg.driver->check(&e->cfg, err) : YH_OK;
	if (rc != YH_OK)
		yh_err_field(err, "%.100s:%d", r->file, e->line);
	return rc;
}

static bool is_code(const char *text)
{
	return *text && strlen(text) < CODE_MOST &&
	       text[strspn(text, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
				 "0123456789-_.")] == 0;
}

static enum yh_rc read_entry(const struct reader *r, const struct yh_yaml *map, struct entry *e,
			     struct yh_err *err)
{
	struct yh_cloud_setting *settings;
	enum yh_rc rc;

	*e = (struct entry){ .cfg.code = map->key, .line = map->key_line };
	if (!is_code(map->key) || map->kind != YH_YAML_MAP)
		return fail_at(r, "cloud-entry", map->key, map->key_line, err);
	rc = find_driver(r, map->key, yh_yaml_get(map, "driver"), e->line, &e->cfg.driver, err);
	if (rc != YH_OK)
		return rc;
	settings = yh_arena_alloc(&r->to->arena, map->n * sizeof *settings);
	if (!settings)
		return yh_fail(err, YH_TOO_LARGE, "memory-short");
	e->cfg.settings = settings;
	YH_YAML_EACH(v, map)
	{
		if (strcmp(v->key, "driver") == 0)
			continue;
		rc = take(r, e, v, &settings[e->cfg.n_settings], err);
		if (rc != YH_OK)
			return rc;
		e->cfg.n_settings++;
	}
	return need_keys(r, e, err);
}

static enum yh_rc read_all(const struct reader *r, const struct yh_yaml *root, struct yh_err *err)
{
	enum yh_rc rc = YH_OK;

	if (yh_yaml_is_null(root))
		return YH_OK;
	if (root->kind != YH_YAML_MAP || root->n > YH_CLOUDS_MOST)
		return fail_at(r, "cloud-entry", "", root->line, err);
	r->to->entries = yh_arena_alloc(&r->to->arena, (root->n + 1) * sizeof *r->to->entries);
	if (!r->to->entries)
		return yh_fail(err, YH_TOO_LARGE, "memory-short");
	YH_YAML_EACH(map, root)
	{
		rc = read_entry(r, map, &r->to->entries[r->to->n], err);
		if (rc != YH_OK)
			return rc;
		r->to->n++;
	}
	return rc;
}

enum yh_rc yh_clouds_load(const char *file, const struct yh_cloud_driver *const *drivers,
			  size_t n_drivers, struct yh_clouds **out, struct yh_err *err)
{
	struct reader r = { .file = file, .drivers = drivers, .n_drivers = n_drivers };
	YH_FREE_AUTO char *text = NULL;
	const struct yh_yaml *root;
	size_t n = 0;
	enum yh_rc rc;

	*out = NULL;
	if (!drivers)
		r.drivers = yh_cloud_drivers(&r.n_drivers);
	r.to = calloc(1, sizeof *r.to);
	if (!r.to)
		return yh_fail(err, YH_TOO_LARGE, "memory-short");
	yh_arena_init(&r.to->arena, ARENA_BYTES);
	rc = yh_file_load(file, YH_CLOUDS_FILE_MAX, "clouds-unreadable", &text, &n, err);
	if (rc == YH_OK)
		rc = yh_yaml_parse(&r.to->arena, file, text, n, &root, err);
	if (rc == YH_OK)
		rc = read_all(&r, root, err);
	if (rc == YH_OK)
		*out = r.to;
	else
		yh_clouds_free(r.to);
	return rc;
}

void yh_clouds_free(struct yh_clouds *c)
{
	if (!c)
		return;
	yh_arena_done(&c->arena);
	free(c);
}

const struct yh_cloud_config *yh_clouds_of(const struct yh_clouds *c, const char *code)
{
	for (size_t i = 0; c && i < c->n; i++)
		if (strcmp(c->entries[i].cfg.code, code) == 0)
			return &c->entries[i].cfg;
	return NULL;
}

const struct yh_cloud_config *yh_clouds_machine(const struct yh_clouds *c, const char *code)
{
	const struct yh_cloud_config *cfg = yh_clouds_of(c, code);

	return cfg && cfg->driver->by_machine ? cfg : NULL;
}

const struct yh_cloud_config *yh_clouds_at(const struct yh_clouds *c, size_t i, int *line)
{
	if (line)
		*line = c->entries[i].line;
	return &c->entries[i].cfg;
}

size_t yh_clouds_n(const struct yh_clouds *c)
{
	return c ? c->n : 0;
}
