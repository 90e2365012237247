/* Failures as the API tells them. */
#include "http/problem.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

int yh_problem_status(enum yh_rc rc)
{
	static const int status[YH_RC_COUNT] = {
		[YH_OK] = 200,        [YH_BAD_INPUT] = 400, [YH_UNAUTHENTICATED] = 401,
		[YH_FORBIDDEN] = 403, [YH_NOT_FOUND] = 404, [YH_CONFLICT] = 409,
		[YH_STALE] = 412,     [YH_REFUSED] = 422,   [YH_TOO_LARGE] = 413,
		[YH_LIMITED] = 429,   [YH_BUSY] = 503,      [YH_STORAGE] = 507,
		[YH_INTERNAL] = 500,
	};

	return rc < YH_RC_COUNT ? status[rc] : 500;
}

/* What a broken store says of itself is for the log only. */
static struct yh_err without_texts(const struct yh_err *err)
{
	struct yh_err e = *err;

	e.n_figs = 0;
	e.field[0] = 0;
	return e;
}

/* The members of a problem, in the object that is open. */
static void put_members(struct yh_jw *w, const struct yh_messages *m, const char *lang, int status,
			const struct yh_err *err)
{
	struct yh_err e = yh_err_inside(err) ? without_texts(err) : *err;
	struct yh_buf title;
	char type[96];

	yh_buf_init(&title, 8192);
	yh_messages_render(m, lang, &e, &title);
	(void)snprintf(type, sizeof type, "urn:yunheng:problem:%s", e.slug);
	yh_jw_str(w, "type", type);
	yh_jw_str(w, "title", yh_buf_text(&title));
	yh_jw_int(w, "status", status);
	yh_jw_str(w, "slug", e.slug);
	if (e.article[0])
		yh_jw_str(w, "article", e.article);
	if (e.param[0])
		yh_jw_str(w, "parameter", e.param);
	if (e.field[0])
		yh_jw_str(w, "field", e.field);
	if (e.n_figs)
		yh_jw_figures(w, "figures", &e);
	yh_buf_done(&title);
}

void yh_problem_put(struct yh_jw *w, const char *key, const struct yh_messages *m, const char *lang,
		    int status, const struct yh_err *err)
{
	yh_jw_obj(w, key);
	put_members(w, m, lang, status, err);
	yh_jw_end_obj(w);
}

void yh_problem_write(struct yh_buf *out, const struct yh_messages *m, const char *lang, int status,
		      const struct yh_err *err, const struct yh_faults *faults)
{
	struct yh_jw w;

	yh_jw_init(&w, out);
	yh_jw_obj(&w, NULL);
	put_members(&w, m, lang, status, err);
	if (faults && faults->all > 1) {
		yh_jw_int(&w, "faults_found", (int64_t)faults->all);
		yh_jw_arr(&w, "faults");
		for (size_t i = 0; i < faults->n; i++)
			yh_problem_put(&w, NULL, m, lang, status, &faults->list[i]);
		yh_jw_end_arr(&w);
	}
	yh_jw_end_obj(&w);
}

int yh_accept_weight(const char *s, size_t n)
{
	int w = 0, unit = 100;

	while (n && (*s == ' ' || *s == '\t' || *s == ';'))
		s++, n--;
	if (n < 3 || strncasecmp(s, "q=", 2) != 0)
		return 1000;
	w = s[2] == '1' ? 1000 : 0;
	for (size_t i = 4; i < n && i < 7 && s[3] == '.' && s[i] >= '0' && s[i] <= '9'; i++) {
		w += w < 1000 ? (s[i] - '0') * unit : 0;
		unit /= 10;
	}
	return w;
}

const char *yh_lang_choose(const char *s)
{
	const char *best = "zh";
	int best_weight = 0;

	while (s && *s) {
		size_t n, tag;
		const char *lang = NULL;

		s += strspn(s, " \t,");
		n = strcspn(s, ",");
		tag = strcspn(s, "-;, \t");
		if (tag == 2 && strncasecmp(s, "zh", 2) == 0)
			lang = "zh";
		else if (tag == 2 && strncasecmp(s, "en", 2) == 0)
			lang = "en";
		tag = strcspn(s, ";,");
		if (lang && yh_accept_weight(s + tag, n - tag) > best_weight) {
			best_weight = yh_accept_weight(s + tag, n - tag);
			best = lang;
		}
		s += n;
	}
	return best;
}
