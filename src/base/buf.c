/* A growing text buffer and a streaming JSON writer. */
#include "base/buf.h"

#include <assert.h>
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/num.h"
#include "base/shortage.h"

void yh_buf_init(struct yh_buf *b, size_t max_bytes)
{
	*b = (struct yh_buf){ .max_bytes = max_bytes };
}

void yh_buf_done(struct yh_buf *b)
{
	free(b->data);
	b->data = NULL;
	b->len = b->cap = 0;
}

static bool reserve(struct yh_buf *b, size_t more)
{
	size_t need, cap;
	char *p;

	if (b->failed || more > b->max_bytes || b->len > b->max_bytes - more) {
		b->failed = true;
		return false;
	}
	need = b->len + more + 1;
	if (need <= b->cap)
		return true;
	for (cap = b->cap ? b->cap : 256; cap < need; cap *= 2)
		;
	p = realloc(b->data, cap);
	if (!p) {
		b->failed = true;
		(void)yh_shortage();
		return false;
	}
	b->data = p;
	b->cap = cap;
	return true;
}

void yh_buf_add(struct yh_buf *b, const void *p, size_t n)
{
	if (!reserve(b, n))
		return;
	if (n)
		memcpy(b->data + b->len, p, n);
	b->len += n;
	b->data[b->len] = 0;
}

void yh_buf_str(struct yh_buf *b, const char *s)
{
	yh_buf_add(b, s, strlen(s));
}

void yh_buf_printf(struct yh_buf *b, const char *fmt, ...)
{
	va_list ap;
	int n;

	va_start(ap, fmt);
	n = vsnprintf(NULL, 0, fmt, ap);
	va_end(ap);
	if (n < 0 || !reserve(b, (size_t)n)) {
		b->failed = true;
		return;
	}
	va_start(ap, fmt);
	(void)vsnprintf(b->data + b->len, (size_t)n + 1, fmt, ap);
	va_end(ap);
	b->len += (size_t)n;
}

bool yh_buf_ok(const struct yh_buf *b)
{
	return !b->failed;
}

const char *yh_buf_text(const struct yh_buf *b)
{
	return b->len ? b->data : "";
}

void yh_jw_init(struct yh_jw *w, struct yh_buf *buf)
{
	*w = (struct yh_jw){ .buf = buf };
}

/* Length of the valid UTF-8 character at `s`, 0 if there is none. */
static size_t utf8_char(const unsigned char *s, size_t n)
{
	size_t len = s[0] < 0x80 ? 1 : s[0] < 0xC2 ? 0 : s[0] < 0xE0 ? 2 : s[0] < 0xF0 ? 3 : 4;

	if (len == 0 || len > n || s[0] > 0xF4)
		return 0;
	for (size_t i = 1; i < len; i++)
		if ((s[i] & 0xC0) != 0x80)
			return 0;
	if ((s[0] == 0xE0 && s[1] < 0xA0) || (s[0] == 0xED && s[1] > 0x9F) ||
	    (s[0] == 0xF0 && s[1] < 0x90) || (s[0] == 0xF4 && s[1] > 0x8F))
		return 0;
	return len;
}

static void add_escaped(struct yh_buf *b, const char *text)
{
	static const char replacement[] = "\xEF\xBF\xBD";
	const unsigned char *s = (const unsigned char *)text;
	size_t n = strlen(text);

	yh_buf_add(b, "\"", 1);
	while (n > 0) {
		size_t run = 0, len = 0;

		while (run < n && s[run] >= 0x20 && s[run] != '"' && s[run] != '\\') {
			len = s[run] < 0x80 ? 1 : utf8_char(s + run, n - run);
			if (len == 0)
				break;
			run += len;
		}
		yh_buf_add(b, s, run);
		s += run;
		n -= run;
		if (n == 0)
			break;
		if (s[0] == '"' || s[0] == '\\')
			yh_buf_printf(b, "\\%c", s[0]);
		else if (s[0] == '\n')
			yh_buf_add(b, "\\n", 2);
		else if (s[0] < 0x20)
			yh_buf_printf(b, "\\u%04x", s[0]);
		else
			yh_buf_add(b, replacement, 3);
		s++;
		n--;
	}
	yh_buf_add(b, "\"", 1);
}

static void lead(struct yh_jw *w, const char *key)
{
	if (w->comma[w->depth])
		yh_buf_add(w->buf, ",", 1);
	w->comma[w->depth] = true;
	if (key) {
		add_escaped(w->buf, key);
		yh_buf_add(w->buf, ":", 1);
	}
}

static void open(struct yh_jw *w, const char *key, const char *bracket)
{
	lead(w, key);
	assert(w->depth + 1 < YH_JW_DEPTH);
	yh_buf_add(w->buf, bracket, 1);
	w->comma[++w->depth] = false;
}

void yh_jw_obj(struct yh_jw *w, const char *key)
{
	open(w, key, "{");
}

void yh_jw_arr(struct yh_jw *w, const char *key)
{
	open(w, key, "[");
}

void yh_jw_end_obj(struct yh_jw *w)
{
	assert(w->depth > 0);
	w->depth--;
	yh_buf_add(w->buf, "}", 1);
}

void yh_jw_end_arr(struct yh_jw *w)
{
	assert(w->depth > 0);
	w->depth--;
	yh_buf_add(w->buf, "]", 1);
}

void yh_jw_str(struct yh_jw *w, const char *key, const char *s)
{
	lead(w, key);
	if (s)
		add_escaped(w->buf, s);
	else
		yh_buf_add(w->buf, "null", 4);
}

void yh_jw_int(struct yh_jw *w, const char *key, int64_t v)
{
	char text[YH_SCALED_TEXT];

	yh_jw_raw(w, key, yh_scaled_text(v, 0, text));
}

void yh_jw_bool(struct yh_jw *w, const char *key, bool v)
{
	yh_jw_raw(w, key, v ? "true" : "false");
}

void yh_jw_null(struct yh_jw *w, const char *key)
{
	yh_jw_raw(w, key, "null");
}

void yh_jw_real(struct yh_jw *w, const char *key, double v)
{
	char text[40];

	if (isnan(v) || isinf(v)) {
		yh_jw_str(w, key, isnan(v) ? "NaN" : v > 0 ? "+Inf" : "-Inf");
		return;
	}
	for (int digits = 15; digits <= 17; digits++) {
		(void)snprintf(text, sizeof text, "%.*g", digits, v);
		if (strtod(text, NULL) == v)
			break;
	}
	yh_jw_raw(w, key, text);
}

void yh_jw_milli(struct yh_jw *w, const char *key, int64_t v_milli)
{
	char text[YH_SCALED_TEXT];

	yh_jw_raw(w, key, yh_scaled_text(v_milli, 3, text));
}

void yh_jw_scaled(struct yh_jw *w, const char *key, int64_t v, unsigned scale)
{
	char text[YH_SCALED_TEXT];

	yh_jw_str(w, key, yh_scaled_text(v, scale, text));
}

void yh_jw_id(struct yh_jw *w, const char *key, const struct yh_id *id)
{
	char text[YH_ID_TEXT];

	yh_jw_str(w, key, yh_id_is_zero(id) ? NULL : yh_id_text(id, text));
}

void yh_jw_day(struct yh_jw *w, const char *key, yh_day day)
{
	char text[YH_DAY_TEXT];

	yh_jw_str(w, key, day == YH_DAY_NONE ? NULL : yh_day_text(day, text));
}

void yh_jw_time(struct yh_jw *w, const char *key, yh_time t)
{
	char text[YH_TIME_TEXT];

	yh_jw_str(w, key, t == 0 ? NULL : yh_time_text(t, text));
}

void yh_jw_raw(struct yh_jw *w, const char *key, const char *json)
{
	lead(w, key);
	yh_buf_str(w->buf, json);
}

void yh_jw_members(struct yh_jw *w, const char *object)
{
	lead(w, NULL);
	yh_buf_add(w->buf, object + 1, strlen(object) - 2);
}

void yh_jw_figures(struct yh_jw *w, const char *key, const struct yh_err *err)
{
	yh_jw_obj(w, key);
	for (uint32_t i = 0; i < err->n_figs; i++) {
		const struct yh_fig *f = &err->figs[i];

		switch (f->kind) {
		case YH_FIG_INT:
			yh_jw_int(w, f->name, f->num);
			break;
		case YH_FIG_MILLI:
			yh_jw_milli(w, f->name, f->num);
			break;
		case YH_FIG_DAY:
			yh_jw_day(w, f->name, (yh_day)f->num);
			break;
		case YH_FIG_TEXT:
		case YH_FIG_PERIOD:
			yh_jw_str(w, f->name, f->text);
			break;
		}
	}
	yh_jw_end_obj(w);
}

const char *yh_figures_text(struct yh_buf *text, const struct yh_err *err)
{
	enum { FIGURES_BYTES = 8192 }; /* as many as there can be, however they are escaped */
	struct yh_jw w;

	yh_buf_init(text, FIGURES_BYTES);
	yh_jw_init(&w, text);
	yh_jw_figures(&w, NULL, err);
	return yh_buf_ok(text) ? yh_buf_text(text) : "{}";
}

const char *yh_figures_told(struct yh_buf *text, const struct yh_err *err)
{
	const char *figures = yh_figures_text(text, err);

	return yh_err_inside(err) ? "{}" : figures;
}
