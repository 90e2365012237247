/* Message catalogues: sorted slugs with a template for each language. */
#include "law/messages.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/num.h"
#include "law/yaml.h"

enum { LANGS = 2, SLUG_MAX = 55, TEMPLATE_MAX = 600, ARENA_BYTES = 16 * 1024 * 1024 };

struct entry {
	const char *slug, *text;
};

struct catalogue {
	struct entry *list; /* sorted by slug */
	size_t n, cap;
};

struct yh_messages {
	struct yh_arena texts;
	struct catalogue of[LANGS];
};

static int lang_index(const char *lang)
{
	return strcmp(lang, "zh") == 0 ? 0 : strcmp(lang, "en") == 0 ? 1 : -1;
}

struct yh_messages *yh_messages_new(void)
{
	struct yh_messages *m = calloc(1, sizeof *m);

	if (m)
		yh_arena_init(&m->texts, ARENA_BYTES);
	return m;
}

void yh_messages_free(struct yh_messages *m)
{
	if (!m)
		return;
	for (int i = 0; i < LANGS; i++)
		free(m->of[i].list);
	yh_arena_done(&m->texts);
	free(m);
}

/* Where `slug` stands or would stand. */
static size_t place(const struct catalogue *c, const char *slug, bool *found)
{
	size_t lo = 0, hi = c->n;

	*found = false;
	while (lo < hi) {
		size_t mid = lo + (hi - lo) / 2;
		int cmp = strcmp(c->list[mid].slug, slug);

		if (cmp == 0) {
			*found = true;
			return mid;
		}
		if (cmp < 0)
			lo = mid + 1;
		else
			hi = mid;
	}
	return lo;
}

static enum yh_rc put(struct yh_messages *m, struct catalogue *c, const char *slug,
		      const char *text, struct yh_err *err)
{
	struct entry e = { yh_arena_strdup(&m->texts, slug), yh_arena_strdup(&m->texts, text) };
	bool found;
	size_t at = place(c, slug, &found);

	if (!e.slug || !e.text)
		return yh_fail(err, YH_TOO_LARGE, "memory-short");
	if (found) {
		c->list[at] = e;
		return YH_OK;
	}
	if (c->n == c->cap) {
		size_t cap = c->cap ? 2 * c->cap : 256;
		struct entry *list = realloc(c->list, cap * sizeof *list);

		if (!list)
			return yh_fail(err, YH_TOO_LARGE, "memory-short");
		c->list = list;
		c->cap = cap;
	}
	memmove(&c->list[at + 1], &c->list[at], (c->n - at) * sizeof e);
	c->list[at] = e;
	c->n++;
	return YH_OK;
}

/* Lower-case words and dots, as slugs and words of the vocabulary are written. */
static bool is_slug(const char *s)
{
	size_t n = strlen(s);

	if (n == 0 || n > SLUG_MAX || !islower((unsigned char)s[0]))
		return false;
	for (size_t i = 0; i < n; i++)
		if (!islower((unsigned char)s[i]) && !isdigit((unsigned char)s[i]) &&
		    !strchr("-._", s[i]))
			return false;
	return true;
}

/* The length of a `{name}` or `{name:grouped}` at `s` and of its name; 0 when there is none. */
static size_t figure_at(const char *s, size_t *name)
{
	static const char grouped[] = ":grouped";
	size_t n = 1;

	*name = 0;
	if (*s != '{')
		return 0;
	while (islower((unsigned char)s[n]) || isdigit((unsigned char)s[n]) || s[n] == '_')
		n++;
	*name = n - 1;
	if (strncmp(s + n, grouped, sizeof grouped - 1) == 0)
		n += sizeof grouped - 1;
	return *name > 0 && s[n] == '}' ? n + 1 : 0;
}

static bool is_template(const char *text, size_t n)
{
	if (n == 0 || n > TEMPLATE_MAX)
		return false;
	for (const char *s = text; *s;) {
		size_t name, fig = figure_at(s, &name);

		if (fig == 0 && (*s == '{' || *s == '}' || (unsigned char)*s < 0x20))
			return false;
		s += fig ? fig : 1;
	}
	return true;
}

enum yh_rc yh_messages_add(struct yh_messages *m, const char *lang, const char *name,
			   const char *text, size_t n, struct yh_err *err)
{
	const struct yh_yaml *root;
	struct yh_arena arena;
	int index = lang_index(lang);
	enum yh_rc rc;

	if (index < 0)
		return yh_fail_field(err, YH_BAD_INPUT, "language-unknown", name);
	yh_arena_init(&arena, ARENA_BYTES);
	rc = yh_yaml_parse(&arena, name, text, n, &root, err);
	if (rc == YH_OK && root->kind != YH_YAML_MAP)
		rc = yh_yaml_fail(err, "messages-invalid", name, root);
	for (const struct yh_yaml *v = rc == YH_OK ? root->first : NULL; rc == YH_OK && v;
	     v = v->next)
		if (v->kind != YH_YAML_SCALAR || !is_slug(v->key) || !is_template(v->text, v->n))
			rc = yh_yaml_fail(err, "messages-invalid", name, v);
		else
			rc = put(m, &m->of[index], v->key, v->text, err);
	yh_arena_done(&arena);
	return rc;
}

const char *yh_messages_find(const struct yh_messages *m, const char *lang, const char *slug)
{
	int index = lang_index(lang);
	bool found;
	size_t at;

	if (!m || index < 0)
		return NULL;
	at = place(&m->of[index], slug, &found);
	return found ? m->of[index].list[at].text : NULL;
}

static void add_day(struct yh_buf *out, const char *lang, yh_day day)
{
	static const char *const months[] = { "January",   "February", "March",    "April",
					      "May",       "June",     "July",     "August",
					      "September", "October",  "November", "December" };
	struct yh_date d;

	if (day < YH_DAY_MIN || day > YH_DAY_MAX) {
		yh_buf_str(out, "…");
		return;
	}
	d = yh_date_of(day);
	if (strcmp(lang, "zh") == 0)
		yh_buf_printf(out, "%d年%d月%d日", d.year, d.month, d.day);
	else
		yh_buf_printf(out, "%d %s %d", d.day, months[d.month - 1], d.year);
}

static bool is_name(const char *name, const char *s, size_t n)
{
	return strlen(name) == n && memcmp(name, s, n) == 0;
}

/* A number of four digits and more before its point. */
static bool has_thousands(const char *text)
{
	const char *digits = text + (*text == '-');
	size_t whole = strspn(digits, "0123456789"),
	       rest = digits[whole] == '.' ? whole + 1 : whole;

	return whole >= 4 && !digits[rest + strspn(digits + rest, "0123456789")];
}

/* `{total:grouped}` has its thousands apart, as in "1,234,567.80". */
static void add_text(const char *text, bool grouped, struct yh_buf *out)
{
	size_t sign = *text == '-', whole;

	if (!grouped || !has_thousands(text)) {
		yh_buf_str(out, text);
		return;
	}
	yh_buf_add(out, text, sign);
	text += sign;
	whole = strspn(text, "0123456789");
	for (size_t i = 0; i < whole; i++) {
		if (i > 0 && (whole - i) % 3 == 0)
			yh_buf_str(out, ",");
		yh_buf_add(out, text + i, 1);
	}
	yh_buf_str(out, text + whole);
}

/* Where a sentence's figures come from; `add` writes one by its name. */
struct figures {
	const struct yh_messages *m;
	const char *lang;
	void (*add)(const struct figures *f, const char *name, size_t n, struct yh_buf *out);
	const struct yh_err *err;
	const json_t *json;
	int64_t number;
	int depth;
	bool grouped; /* how the sentence wants the one that is written now */
};

static void say(const struct figures *f, const char *slug, struct yh_buf *out)
{
	const char *s = yh_messages_find(f->m, f->lang, slug);

	if (!s) {
		yh_buf_str(out, slug);
		return;
	}
	while (*s) {
		size_t run = strcspn(s, "{"), name, fig;
		struct figures one = *f;

		yh_buf_add(out, s, run);
		s += run;
		fig = figure_at(s, &name);
		one.grouped = fig > name + 2;
		if (fig)
			f->add(&one, s + 1, name, out);
		s += fig;
	}
}

static void add_number(const struct figures *f, const char *name, size_t n, struct yh_buf *out)
{
	(void)name;
	(void)n;
	yh_buf_printf(out, "%lld", (long long)f->number);
}

/* "15wd" by its template "period-wd", a single one by "period-wd-one". */
static void add_period(const struct yh_messages *m, const char *lang, const char *text,
		       struct yh_buf *out)
{
	struct figures f = { .m = m, .lang = lang, .add = add_number };
	char slug[24], *unit;

	f.number = strtoll(text, &unit, 10);
	(void)snprintf(slug, sizeof slug, "period-%.4s%s", unit, f.number == 1 ? "-one" : "");
	say(&f, slug, out);
}

static void add_figure(const struct figures *from, const struct yh_fig *f, struct yh_buf *out)
{
	char text[YH_SCALED_TEXT];

	switch (f->kind) {
	case YH_FIG_INT:
		add_text(yh_scaled_text(f->num, 0, text), from->grouped, out);
		break;
	case YH_FIG_MILLI:
		add_text(yh_scaled_text(f->num, 3, text), from->grouped, out);
		break;
	case YH_FIG_DAY:
		add_day(out, from->lang, (yh_day)f->num);
		break;
	case YH_FIG_TEXT:
		add_text(f->text, from->grouped, out);
		break;
	case YH_FIG_PERIOD:
		add_period(from->m, from->lang, f->text, out);
		break;
	}
}

/* A dimension by its title, where the catalogues have one. */
static void add_dimension(const struct figures *f, const char *dim, struct yh_buf *out)
{
	char slug[SLUG_MAX + 1];
	const char *title;

	(void)snprintf(slug, sizeof slug, "word-dimension-%.32s", dim);
	for (char *c = slug; *c; c++)
		*c = *c == '_' ? '-' : *c;
	title = yh_messages_find(f->m, f->lang, slug);
	yh_buf_str(out, title ? title : dim);
}

/* A figure that the error does not carry shows as an ellipsis, never as a raw name. */
static void add_of_err(const struct figures *f, const char *s, size_t n, struct yh_buf *out)
{
	const struct yh_err *err = f->err;
	char titled[48];
	int length = snprintf(titled, sizeof titled, "%.*s_%s", (int)(n < 40 ? n : 40), s, f->lang);

	for (uint32_t i = 0; i < err->n_figs; i++)
		if (is_name(err->figs[i].name, titled, (size_t)length)) {
			add_figure(f, &err->figs[i], out);
			return;
		}
	for (uint32_t i = 0; i < err->n_figs; i++)
		if (is_name(err->figs[i].name, s, n)) {
			if (is_name("dimension", s, n))
				add_dimension(f, err->figs[i].text, out);
			else
				add_figure(f, &err->figs[i], out);
			return;
		}
	if (is_name("article", s, n) && err->article[0])
		yh_buf_str(out, err->article);
	else if (is_name("parameter", s, n) && err->param[0])
		yh_buf_str(out, err->param);
	else if (is_name("field", s, n) && err->field[0])
		yh_buf_str(out, err->field);
	else
		yh_buf_str(out, "…");
}

void yh_messages_render(const struct yh_messages *m, const char *lang, const struct yh_err *err,
			struct yh_buf *out)
{
	const struct figures f = { .m = m, .lang = lang, .add = add_of_err, .err = err };

	say(&f, err->slug, out);
}

static void add_of_json(const struct figures *f, const char *name, size_t n, struct yh_buf *out);

static void add_list(const struct figures *f, const json_t *list, struct yh_buf *out)
{
	bool zh = strcmp(f->lang, "zh") == 0;

	if (json_array_size(list) == 0)
		yh_buf_str(out, zh ? "无" : "none");
	for (size_t i = 0; i < json_array_size(list); i++) {
		struct figures one = *f;
		const char *slug;

		one.json = json_array_get(list, i);
		one.depth = f->depth + 1;
		slug = yh_json_text(one.json, "say");
		if (i > 0)
			yh_buf_str(out, zh ? "；" : "; ");
		if (slug && one.depth < 4)
			say(&one, slug, out);
		else
			yh_buf_str(out, "…");
	}
}

static void add_of_json(const struct figures *f, const char *name, size_t n, struct yh_buf *out)
{
	char key[64];
	const json_t *v;
	yh_day day;

	(void)snprintf(key, sizeof key, "%.*s_%s", (int)(n < 40 ? n : 40), name, f->lang);
	v = json_object_get(f->json, key);
	(void)snprintf(key, sizeof key, "%.*s", (int)(n < 40 ? n : 40), name);
	v = v ? v : json_object_get(f->json, key);
	if (json_is_array(v)) {
		add_list(f, v, out);
	} else if (json_is_string(v) && strlen(json_string_value(v)) == 10 &&
		   yh_day_parse(json_string_value(v), &day, NULL) == YH_OK) {
		add_day(out, f->lang, day);
	} else if (json_is_string(v)) {
		add_text(json_string_value(v), f->grouped, out);
	} else if (json_is_number(v)) {
		char *text = yh_json_canonical(v);

		add_text(text ? text : "…", f->grouped, out);
		free(text);
	} else {
		yh_buf_str(out, "…");
	}
}

void yh_messages_fill(const struct yh_messages *m, const char *lang, const char *slug,
		      const json_t *figures, struct yh_buf *out)
{
	const struct figures f = { .m = m, .lang = lang, .add = add_of_json, .json = figures };

	say(&f, slug, out);
}
