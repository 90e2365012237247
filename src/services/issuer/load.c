/* The issuers' file. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "law/yaml.h"
#include "net/jose.h"
#include "services/issuer/internal.h"

enum { ARENA_BYTES = 4 * 1024 * 1024, VALUE_MOST = 1024, SKEW_MOST = 300, SKEW_USUAL = 60 };

struct reader {
	struct yh_issuers *to;
	const char *file;
	struct yh_issuer *one; /* being read */
	int line;
};

static enum yh_rc fail_at(const struct reader *r, const char *slug, int line, struct yh_err *err)
{
	enum yh_rc rc = yh_fail(err, YH_BAD_INPUT, slug);

	yh_err_field(err, "%.100s:%d", r->file, line);
	yh_err_text(err, "issuer", r->one ? r->one->name : "");
	return rc;
}

static enum yh_rc wrong(const struct reader *r, const char *slug, const char *key,
			const char *wanted, int line, struct yh_err *err)
{
	enum yh_rc rc = fail_at(r, slug, line, err);

	yh_err_text(err, "key", key);
	if (wanted)
		yh_err_text(err, "wanted", wanted);
	return rc;
}

static enum yh_rc unreadable(const char *file, const char *detail, struct yh_err *err)
{
	enum yh_rc rc = yh_fail_field(err, YH_BAD_INPUT, "issuers-unreadable", file);

	yh_err_text(err, "detail", detail);
	return rc;
}

static enum yh_rc read_file(const char *file, size_t most, struct yh_arena *arena, char **text,
			    size_t *n, struct yh_err *err)
{
	YH_FCLOSE_AUTO FILE *in = fopen(file, "re");

	if (!in)
		return unreadable(file, strerror(errno), err);
	*text = yh_arena_alloc(arena, most + 2);
	if (!*text)
		return yh_fail(err, YH_TOO_LARGE, "memory-short");
	*n = fread(*text, 1, most + 1, in);
	if (ferror(in))
		return unreadable(file, strerror(errno), err);
	return *n > most ? unreadable(file, "too large", err) : YH_OK;
}

bool yh_issuer_url_fits(const struct yh_issuer *i, const char *url)
{
	static const char *const here[] = { "http://127.0.0.1", "http://localhost",
					    "http://[::1]" };

	if (!url || strlen(url) >= YH_ISSUER_URL || strpbrk(url, " \t\r\n\"<>\\#@"))
		return false;
	if (strncmp(url, "https://", 8) == 0)
		return url[8] && url[8] != '/';
	for (size_t k = 0; i->plain && k < YH_LEN(here); k++) {
		size_t n = strlen(here[k]);

		if (strncmp(url, here[k], n) == 0 && (!url[n] || strchr(":/", url[n])))
			return true;
	}
	return false;
}

/* Blanks between; each is among `of` where that is given. */
static enum yh_rc take_words(const struct reader *r, const struct yh_yaml *v, const char *of,
			     const char **out, struct yh_err *err)
{
	struct yh_buf all;
	enum yh_rc rc = YH_OK;

	yh_buf_init(&all, VALUE_MOST);
	YH_YAML_EACH(word, v->kind == YH_YAML_SEQ ? v : NULL)
	{
		bool good = word->kind == YH_YAML_SCALAR && word->n > 0 &&
			    !strpbrk(word->text, " \t\r\n") &&
			    (!of || yh_word_among(of, word->text));

		if (!good)
			rc = wrong(r, "issuer-key-value", v->key, of ? of : "[WORD, …]", v->line,
				   err);
		else
			yh_buf_printf(&all, "%s%s", all.len ? " " : "", word->text);
	}
	if (rc == YH_OK && (v->kind != YH_YAML_SEQ || all.len == 0 || !yh_buf_ok(&all)))
		rc = wrong(r, "issuer-key-value", v->key, of ? of : "[WORD, …]", v->line, err);
	if (rc == YH_OK) {
		*out = yh_arena_strdup(&r->to->arena, yh_buf_text(&all));
		rc = *out ? YH_OK : yh_fail(err, YH_TOO_LARGE, "memory-short");
	}
	yh_buf_done(&all);
	return rc;
}

static enum yh_rc take_flag(const struct reader *r, const struct yh_yaml *v, bool *out,
			    struct yh_err *err)
{
	return yh_yaml_bool(v, out)
		       ? YH_OK
		       : wrong(r, "issuer-key-value", v->key, "true|false", v->line, err);
}

static enum yh_rc take_text(const struct reader *r, const struct yh_yaml *v, const char **out,
			    struct yh_err *err)
{
	if (v->kind != YH_YAML_SCALAR || v->n == 0 || v->n > VALUE_MOST || strpbrk(v->text, "\r\n"))
		return wrong(r, "issuer-key-value", v->key, "TEXT", v->line, err);
	*out = v->text;
	return YH_OK;
}

/* The first line of a file. */
static enum yh_rc take_secret(const struct reader *r, const struct yh_yaml *v, struct yh_err *err)
{
	const char *file;
	char *text;
	size_t n;
	enum yh_rc rc = take_text(r, v, &file, err);

	if (rc == YH_OK)
		rc = read_file(file, VALUE_MOST, &r->to->arena, &text, &n, err);
	if (rc != YH_OK)
		return rc;
	text[strcspn(text, "\r\n")] = 0;
	r->one->secret = text;
	return *text ? YH_OK : wrong(r, "issuer-key-value", v->key, "FILE", v->line, err);
}

static enum yh_rc take_skew(const struct reader *r, const struct yh_yaml *v, struct yh_err *err)
{
	if (yh_yaml_int(v, &r->one->skew_s) && r->one->skew_s >= 0 && r->one->skew_s <= SKEW_MOST)
		return YH_OK;
	return wrong(r, "issuer-key-value", v->key, "0..300", v->line, err);
}

static enum yh_rc take_factor(const struct reader *r, const struct yh_yaml *map, struct yh_err *err)
{
	enum yh_rc rc = YH_OK;

	if (map->kind != YH_YAML_MAP || map->n == 0)
		return wrong(r, "issuer-key-value", map->key, "{amr: […], acr: […]}", map->line,
			     err);
	YH_YAML_EACH(v, map)
	{
		if (rc != YH_OK)
			break;
		if (strcmp(v->key, "amr") == 0)
			rc = take_words(r, v, NULL, &r->one->amr, err);
		else if (strcmp(v->key, "acr") == 0)
			rc = take_words(r, v, NULL, &r->one->acr, err);
		else
			rc = wrong(r, "issuer-key-unknown", v->key, NULL, v->key_line, err);
	}
	return rc;
}

static enum yh_rc take_auth(const struct reader *r, const struct yh_yaml *v, struct yh_err *err)
{
	const char *word;
	enum yh_rc rc = take_text(r, v, &word, err);

	if (rc != YH_OK)
		return rc;
	r->one->post = strcmp(word, "post") == 0;
	return r->one->post || strcmp(word, "basic") == 0
		       ? YH_OK
		       : wrong(r, "issuer-key-value", v->key, "basic|post", v->line, err);
}

static enum yh_rc take(const struct reader *r, const struct yh_yaml *v, struct yh_err *err)
{
	struct yh_issuer *i = r->one;
	const struct {
		const char *key, **out;
	} texts[] = { { "issuer", &i->issuer },
		      { "client_id", &i->client_id },
		      { "zh", &i->title_zh },
		      { "en", &i->title_en },
		      { "ca", &i->ca } };

	for (size_t k = 0; k < YH_LEN(texts); k++)
		if (strcmp(v->key, texts[k].key) == 0)
			return take_text(r, v, texts[k].out, err);
	if (strcmp(v->key, "client_secret_file") == 0)
		return take_secret(r, v, err);
	if (strcmp(v->key, "client_auth") == 0)
		return take_auth(r, v, err);
	if (strcmp(v->key, "scopes") == 0)
		return take_words(r, v, NULL, &i->scopes, err);
	if (strcmp(v->key, "algorithms") == 0)
		return take_words(r, v, yh_jwt_algorithms, &i->algorithms, err);
	if (strcmp(v->key, "second_factor") == 0)
		return take_factor(r, v, err);
	if (strcmp(v->key, "create") == 0)
		return take_flag(r, v, &i->create, err);
	if (strcmp(v->key, "plain") == 0)
		return take_flag(r, v, &i->plain, err);
	if (strcmp(v->key, "skew_seconds") == 0)
		return take_skew(r, v, err);
	return wrong(r, "issuer-key-unknown", v->key, NULL, v->key_line, err);
}

static enum yh_rc check(const struct reader *r, struct yh_err *err)
{
	const struct yh_issuer *i = r->one;
	const struct {
		const char *key, *value;
	} needed[] = { { "issuer", i->issuer },
		       { "client_id", i->client_id },
		       { "zh", i->title_zh },
		       { "en", i->title_en } };

	for (size_t k = 0; k < YH_LEN(needed); k++)
		if (!needed[k].value)
			return wrong(r, "issuer-key-missing", needed[k].key, NULL, r->line, err);
	if (!yh_issuer_url_fits(i, i->issuer) || strchr(i->issuer, '?'))
		return wrong(r, "issuer-key-value", "issuer", "https://…", r->line, err);
	if (!yh_word_among(i->scopes, "openid"))
		return wrong(r, "issuer-key-value", "scopes", "[openid, …]", r->line, err);
	for (size_t k = 0; k < r->to->n; k++)
		if (strcmp(r->to->list[k].issuer, i->issuer) == 0)
			return wrong(r, "issuer-key-value", "issuer", "ONCE", r->line, err);
	return YH_OK;
}

static bool is_name(const char *s)
{
	size_t n = strlen(s);

	return n >= 1 && n < YH_ISSUER_NAME &&
	       strspn(s, "abcdefghijklmnopqrstuvwxyz0123456789-") == n;
}

static enum yh_rc read_one(struct reader *r, const struct yh_yaml *map, struct yh_err *err)
{
	enum yh_rc rc = YH_OK;

	*r->one = (struct yh_issuer){ .name = map->key,
				      .scopes = "openid",
				      .algorithms = yh_jwt_algorithms,
				      .amr = "",
				      .acr = "",
				      .skew_s = SKEW_USUAL };
	r->line = map->key_line;
	if (map->kind != YH_YAML_MAP || !is_name(map->key))
		return fail_at(r, "issuer-entry", map->key_line, err);
	YH_YAML_EACH(v, map)
	{
		if (rc == YH_OK)
			rc = take(r, v, err);
	}
	return rc == YH_OK ? check(r, err) : rc;
}

static enum yh_rc read_all(struct yh_issuers *s, const char *file, struct yh_err *err)
{
	struct reader r = { .to = s, .file = file };
	const struct yh_yaml *root, *list;
	char *text;
	size_t n;
	enum yh_rc rc = read_file(file, YH_ISSUERS_FILE_MAX, &s->arena, &text, &n, err);

	if (rc == YH_OK)
		rc = yh_yaml_parse(&s->arena, file, text, n, &root, err);
	if (rc != YH_OK)
		return rc;
	list = yh_yaml_get(root, "issuers");
	if (!list || list->kind != YH_YAML_MAP || list->n == 0 || root->n != 1 ||
	    list->n > YH_ISSUERS_MAX)
		return fail_at(&r, "issuer-entry", root->line, err);
	YH_YAML_EACH(one, list)
	{
		r.one = &s->list[s->n];
		rc = read_one(&r, one, err);
		if (rc != YH_OK)
			return rc;
		s->n++;
	}
	return YH_OK;
}

enum yh_rc yh_issuers_open(const char *file, const char *public_url, struct yh_issuers **out,
			   struct yh_err *err)
{
	struct yh_issuers *s = calloc(1, sizeof *s);
	size_t n = strlen(public_url);
	enum yh_rc rc;

	*out = NULL;
	if (!s)
		return yh_fail(err, YH_TOO_LARGE, "memory-short");
	(void)pthread_mutex_init(&s->lock, NULL);
	yh_arena_init(&s->arena, ARENA_BYTES);
	while (n > 0 && public_url[n - 1] == '/')
		n--;
	s->back = yh_arena_printf(&s->arena, "%.*s/sign-in/issuer/", (int)n, public_url);
	s->home = yh_arena_printf(&s->arena, "%.*s/sign-in", (int)n, public_url);
	rc = s->back && s->home ? read_all(s, file, err)
				: yh_fail(err, YH_TOO_LARGE, "memory-short");
	if (rc == YH_OK)
		*out = s;
	else
		yh_issuers_close(s);
	return rc;
}

void yh_issuers_close(struct yh_issuers *s)
{
	if (!s)
		return;
	for (size_t i = 0; i < YH_ISSUERS_MAX; i++) {
		free(s->kept[i].metadata);
		free(s->kept[i].keys);
	}
	(void)pthread_mutex_destroy(&s->lock);
	yh_arena_done(&s->arena);
	free(s);
}

size_t yh_issuers_count(const struct yh_issuers *s)
{
	return s ? s->n : 0;
}

const struct yh_issuer *yh_issuers_at(const struct yh_issuers *s, size_t i)
{
	return &s->list[i];
}

const char *yh_issuer_redirect(const struct yh_issuers *s, const struct yh_issuer *i,
			       struct yh_arena *arena)
{
	return yh_arena_printf(arena, "%s%s", s->back, i->name);
}

const struct yh_issuer *yh_issuer_named(const struct yh_issuers *s, const char *name)
{
	for (size_t i = 0; s && i < s->n; i++)
		if (strcmp(s->list[i].name, name) == 0)
			return &s->list[i];
	return NULL;
}

const struct yh_issuer *yh_issuer_of(const struct yh_issuers *s, const char *issuer)
{
	for (size_t i = 0; s && i < s->n; i++)
		if (strcmp(s->list[i].issuer, issuer) == 0)
			return &s->list[i];
	return NULL;
}
