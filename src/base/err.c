/* Errors: filled once, carried up unchanged. */
#include "base/err.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

static void copy(char *dst, size_t size, const char *src)
{
	size_t n = src ? strlen(src) : 0;

	if (n >= size) {
		n = size - 1;
		while (n > 0 &&
		       ((unsigned char)src[n] & 0xC0) == 0x80) /* never split a character */
			n--;
	}
	if (n > 0)
		memcpy(dst, src, n);
	dst[n] = 0;
}

enum yh_rc yh_fail(struct yh_err *err, enum yh_rc rc, const char *slug)
{
	if (err && err->rc == YH_OK) {
		err->rc = rc;
		err->n_figs = 0;
		copy(err->slug, sizeof err->slug, slug);
		err->article[0] = err->param[0] = err->field[0] = 0;
	}
	return rc;
}

enum yh_rc yh_fail_field(struct yh_err *err, enum yh_rc rc, const char *slug, const char *field)
{
	if (err && err->rc == YH_OK) {
		yh_fail(err, rc, slug);
		copy(err->field, sizeof err->field, field);
	}
	return rc;
}

enum yh_rc yh_refuse(struct yh_err *err, const char *slug, const char *article)
{
	if (err && err->rc == YH_OK) {
		yh_fail(err, YH_REFUSED, slug);
		copy(err->article, sizeof err->article, article);
	}
	return YH_REFUSED;
}

void yh_err_article(struct yh_err *err, const char *article)
{
	if (err)
		copy(err->article, sizeof err->article, article);
}

void yh_err_param(struct yh_err *err, const char *param)
{
	if (err)
		copy(err->param, sizeof err->param, param);
}

void yh_err_field(struct yh_err *err, const char *fmt, ...)
{
	va_list ap;

	if (!err)
		return;
	va_start(ap, fmt);
	(void)vsnprintf(err->field, sizeof err->field, fmt, ap);
	va_end(ap);
}

static struct yh_fig *add(struct yh_err *err, const char *name, enum yh_fig_kind kind)
{
	struct yh_fig *f;

	if (!err || err->n_figs >= YH_ERR_FIGS)
		return NULL;
	f = &err->figs[err->n_figs++];
	memset(f, 0, sizeof *f);
	copy(f->name, sizeof f->name, name);
	f->kind = kind;
	return f;
}

void yh_err_int(struct yh_err *err, const char *name, int64_t v)
{
	struct yh_fig *f = add(err, name, YH_FIG_INT);

	if (f)
		f->num = v;
}

void yh_err_milli(struct yh_err *err, const char *name, int64_t v_milli)
{
	struct yh_fig *f = add(err, name, YH_FIG_MILLI);

	if (f)
		f->num = v_milli;
}

void yh_err_day(struct yh_err *err, const char *name, int32_t day)
{
	struct yh_fig *f = add(err, name, YH_FIG_DAY);

	if (f)
		f->num = day;
}

void yh_err_text(struct yh_err *err, const char *name, const char *text)
{
	struct yh_fig *f = add(err, name, YH_FIG_TEXT);

	if (f)
		copy(f->text, sizeof f->text, text);
}

void yh_err_period(struct yh_err *err, const char *name, const char *text)
{
	struct yh_fig *f = add(err, name, YH_FIG_PERIOD);

	if (f)
		copy(f->text, sizeof f->text, text);
}

bool yh_err_inside(const struct yh_err *err)
{
	return err->rc == YH_INTERNAL || err->rc == YH_STORAGE;
}

void yh_err_clear(struct yh_err *err)
{
	memset(err, 0, sizeof *err);
}

const char *yh_rc_name(enum yh_rc rc)
{
	static const char *const names[YH_RC_COUNT] = {
		[YH_OK] = "ok",
		[YH_BAD_INPUT] = "bad-input",
		[YH_UNAUTHENTICATED] = "unauthenticated",
		[YH_FORBIDDEN] = "forbidden",
		[YH_NOT_FOUND] = "not-found",
		[YH_CONFLICT] = "conflict",
		[YH_STALE] = "stale",
		[YH_REFUSED] = "refused",
		[YH_TOO_LARGE] = "too-large",
		[YH_LIMITED] = "limited",
		[YH_BUSY] = "busy",
		[YH_STORAGE] = "storage",
		[YH_INTERNAL] = "internal",
	};

	return rc < YH_RC_COUNT ? names[rc] : "?";
}
