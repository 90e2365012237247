/* JSON lines on standard error. */
#include "base/log.h"

#include <stdarg.h>
#include <stdio.h>
#include <time.h>

#include "base/buf.h"

static enum yh_log_level least_level = YH_INFO;

void yh_log_level(enum yh_log_level least)
{
	least_level = least;
}

static void line(enum yh_log_level level, const char *event, const char *text,
		 const struct yh_err *err)
{
	static const char *const names[] = { "debug", "info", "warn", "error" };
	struct yh_clock clock;
	struct yh_buf b;
	struct yh_jw w;

	yh_clock_real(&clock);
	yh_buf_init(&b, 16384);
	yh_jw_init(&w, &b);
	yh_jw_obj(&w, NULL);
	yh_jw_time(&w, "time", yh_clock_now(&clock));
	yh_jw_str(&w, "level", names[level]);
	yh_jw_str(&w, "event", event);
	if (text)
		yh_jw_str(&w, "text", text);
	if (err) {
		yh_jw_str(&w, "class", yh_rc_name(err->rc));
		yh_jw_str(&w, "slug", err->slug);
		if (err->field[0])
			yh_jw_str(&w, "field", err->field);
		for (uint32_t i = 0; i < err->n_figs; i++)
			if (err->figs[i].kind == YH_FIG_TEXT)
				yh_jw_str(&w, err->figs[i].name, err->figs[i].text);
			else
				yh_jw_int(&w, err->figs[i].name, err->figs[i].num);
	}
	yh_jw_end_obj(&w);
	yh_buf_add(&b, "\n", 1);
	(void)fwrite(yh_buf_text(&b), 1, b.len, stderr);
	yh_buf_done(&b);
}

void yh_log(enum yh_log_level level, const char *event, const char *fmt, ...)
{
	char text[2048];
	va_list ap;

	if (level < least_level)
		return;
	va_start(ap, fmt);
	(void)vsnprintf(text, sizeof text, fmt, ap);
	va_end(ap);
	line(level, event, text, NULL);
}

void yh_log_err(enum yh_log_level level, const char *event, const struct yh_err *err)
{
	if (level >= least_level)
		line(level, event, NULL, err);
}
