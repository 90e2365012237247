/* The outer back end: opening, closing, status. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "meter/outer_internal.h"

enum { FLUSH_S = 10, FLUSH_REPLY = 4096 };

static void outer_close(struct yh_meter *m)
{
	struct yh_outer *o = (struct yh_outer *)m;

	yh_outer_stop(o);
	while (o->n_lines > 0)
		yh_http_line_free(o->lines[--o->n_lines]);
	yh_gate_free(o->gate);
	yh_table_done(&o->seen);
	(void)pthread_mutex_destroy(&o->live);
	(void)pthread_cond_destroy(&o->come);
	(void)pthread_mutex_destroy(&o->lock);
	free(o->write_url);
	free(o->read_url);
	free(o);
}

static void outer_owner_changed(struct yh_meter *m, const char *resource_no)
{
	yh_gate_owner_changed(((struct yh_outer *)m)->gate, resource_no);
}

static void outer_status(struct yh_meter *m, struct yh_meter_status *out)
{
	struct yh_outer *o = (struct yh_outer *)m;

	(void)pthread_mutex_lock(&o->lock);
	*out = o->stats;
	(void)pthread_mutex_unlock(&o->lock);
	(void)snprintf(out->backend, sizeof out->backend, "%s", "prometheus");
	out->series = yh_gate_count(o->gate);
}

/* VictoriaMetrics shows samples a second or so after it took them, at once after this; the others
 * have no such address and say so, and need none. */
static enum yh_rc outer_settle(struct yh_meter *m, struct yh_err *err)
{
	struct yh_outer *o = (struct yh_outer *)m;
	struct yh_http_answer answer;
	struct yh_err why = { 0 };
	YH_FREE_AUTO char *url = NULL;
	struct yh_http_call call = { .method = "GET",
				     .timeout_s = FLUSH_S,
				     .reply_max_bytes = FLUSH_REPLY };
	enum yh_rc rc;

	if (asprintf(&url, "%s/internal/force_flush", o->read_url) < 0) {
		url = NULL;
		return yh_fail(err, YH_BUSY, "memory-short");
	}
	call.url = url;
	rc = yh_http_call(&call, &answer, &why);
	yh_buf_done(&answer.body);
	return rc == YH_BUSY || strcmp(why.slug, "memory-short") == 0
		       ? yh_outer_unreachable(&why, err)
		       : YH_OK;
}

enum yh_rc yh_outer_unreachable(const struct yh_err *why, struct yh_err *err)
{
	const char *detail = why->slug;

	for (uint32_t i = 0; i < why->n_figs; i++)
		if (strcmp(why->figs[i].name, "detail") == 0)
			detail = why->figs[i].text;
	if (yh_fail(err, YH_BUSY, "meter-outer-unreachable") == YH_BUSY)
		yh_err_text(err, "detail", detail);
	return YH_BUSY;
}

static bool is_url(const char *s, size_t n)
{
	size_t scheme = strncmp(s, "http://", 7) == 0 ? 7 : strncmp(s, "https://", 8) == 0 ? 8 : 0;

	if (scheme == 0 || n <= scheme || n > 1024)
		return false;
	for (size_t i = 0; i < n; i++)
		if ((unsigned char)s[i] <= ' ' || s[i] == '?' || s[i] == '#' || s[i] == '"')
			return false;
	return s[scheme] != '/';
}

/* "BASE", or "WRITE,BASE" where the store writes and reads at different addresses. */
static enum yh_rc read_address(struct yh_outer *o, const char *text, struct yh_err *err)
{
	const char *comma = strchr(text, ','), *base = comma ? comma + 1 : text;
	size_t n = strlen(base);
	bool ok;

	while (n > 0 && base[n - 1] == '/')
		n--;
	if (!is_url(base, n) || (comma && !is_url(text, (size_t)(comma - text))))
		return yh_fail(err, YH_BAD_INPUT, "meter-outer-address");
	o->read_url = strndup(base, n);
	if (comma)
		o->write_url = strndup(text, (size_t)(comma - text));
	else if (asprintf(&o->write_url, "%.*s/api/v1/write", (int)n, base) < 0)
		o->write_url = NULL;
	ok = o->read_url && o->write_url;
	return ok ? YH_OK : yh_fail(err, YH_BUSY, "memory-short");
}

enum yh_rc yh_meter_open_outer(const struct yh_meter_config *cfg, struct yh_meter **out,
			       struct yh_err *err)
{
	static const struct yh_meter_ops ops = {
		.name = "prometheus",
		.close = outer_close,
		.write = yh_outer_write,
		.owner_changed = outer_owner_changed,
		.latest = yh_outer_latest,
		.history = yh_outer_history,
		.samples = yh_outer_samples,
		.scan = yh_outer_scan,
		.status = outer_status,
		.settle = outer_settle,
	};
	struct yh_outer *o = calloc(1, sizeof *o);
	enum yh_rc rc;

	if (!o)
		return yh_fail(err, YH_BUSY, "memory-short");
	o->base.ops = &ops;
	o->base.cfg = *cfg;
	o->base.cfg.dir = o->base.cfg.outer = NULL; /* kept as two addresses */
	(void)pthread_mutex_init(&o->lock, NULL);
	(void)pthread_mutex_init(&o->live, NULL);
	(void)pthread_cond_init(&o->come, NULL);
	yh_table_init(&o->seen, sizeof(struct yh_outer_seen));
	rc = read_address(o, cfg->outer, err);
	if (rc == YH_OK) {
		o->gate = yh_gate_new(&o->base.cfg);
		if (!o->gate || !yh_outer_start(o))
			rc = yh_fail(err, YH_BUSY, "memory-short");
	}
	if (rc != YH_OK) {
		outer_close(&o->base);
		return rc;
	}
	*out = &o->base;
	return YH_OK;
}
