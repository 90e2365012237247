/* Drives one cloud through its driver, for tests in other languages: a configuration file as the
 * server reads it, then commands on standard input, one JSON object a line, each answered by one.
 *   {"do":"open"|"resize"|"stop"|"destroy", "step":S?, "undo":S?, "order":{…}, "ref":R}
 *   {"do":"list"}, {"do":"sample"}, {"do":"capacity"}, {"do":"ping"}, {"do":"again"} (another
 * connection) */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/json.h"
#include "clouds/clouds.h"

enum { DIMS = 8, LINE = 65536 };

static const char *text(const json_t *o, const char *key)
{
	const char *t = yh_json_text(o, key);

	return t ? t : "";
}

static size_t read_dims(const json_t *o, struct yh_cloud_dim out[DIMS])
{
	const char *key;
	json_t *v;
	size_t n = 0;

	json_object_foreach((json_t *)(uintptr_t)o, key, v) if (n < DIMS) out[n++] =
		(struct yh_cloud_dim){ key, json_integer_value(v) };
	return n;
}

static void write_dims(struct yh_jw *w, const struct yh_cloud_dim *dims, size_t n)
{
	yh_jw_obj(w, "dims");
	for (size_t i = 0; i < n; i++)
		yh_jw_int(w, dims[i].name, dims[i].qty_milli);
	yh_jw_end_obj(w);
}

static enum yh_rc tell_machine(void *arg, const struct yh_cloud_machine *m, struct yh_err *err)
{
	struct yh_jw *w = arg;

	(void)err;
	yh_jw_obj(w, NULL);
	yh_jw_str(w, "ref", m->ref);
	yh_jw_str(w, "name", m->name);
	yh_jw_str(w, "resource_no", m->resource_no);
	yh_jw_str(w, "case_no", m->case_no);
	yh_jw_bool(w, "running", m->running);
	write_dims(w, m->dims, m->n_dims);
	yh_jw_end_obj(w);
	return YH_OK;
}

static enum yh_rc tell_sample(void *arg, const struct yh_cloud_sample *s, struct yh_err *err)
{
	struct yh_jw *w = arg;

	(void)err;
	yh_jw_obj(w, NULL);
	yh_jw_str(w, "ref", s->ref);
	yh_jw_str(w, "resource_no", s->resource_no);
	yh_jw_str(w, "metric", s->metric);
	yh_jw_real(w, "value", s->value);
	yh_jw_end_obj(w);
	return YH_OK;
}

static enum yh_rc tell_room(void *arg, const struct yh_cloud_room *r, struct yh_err *err)
{
	struct yh_jw *w = arg;

	(void)err;
	yh_jw_obj(w, NULL);
	yh_jw_str(w, "name", r->name);
	yh_jw_int(w, "total", r->total_milli);
	yh_jw_int(w, "used", r->used_milli);
	yh_jw_end_obj(w);
	return YH_OK;
}

static enum yh_cloud_act act_of(const char *name)
{
	static const char *const names[] = { "open", "resize", "stop", "destroy" };

	for (int i = 0; i < 4; i++)
		if (strcmp(names[i], name) == 0)
			return (enum yh_cloud_act)i;
	fprintf(stderr, "no act called %s\n", name);
	exit(2);
}

static enum yh_rc order(const struct yh_cloud_driver *d, struct yh_cloud *c, const json_t *in,
			struct yh_jw *w, struct yh_err *err)
{
	const json_t *o = json_object_get(in, "order");
	const char *step = yh_json_text(in, "step"), *undo = yh_json_text(in, "undo");
	struct yh_cloud_dim dims[DIMS], before[DIMS];
	struct yh_cloud_order order = { .act = act_of(text(in, "do")),
					.resource_no = text(o, "resource_no"),
					.name = text(o, "name"),
					.case_no = text(o, "case_no"),
					.unit_code = text(o, "unit_code"),
					.project_code = text(o, "project_code"),
					.system_code = text(o, "system_code"),
					.item_code = text(o, "item_code"),
					.item_category = text(o, "item_category"),
					.provider_ref = yh_json_text(o, "provider_ref"),
					.dims = dims,
					.before = before,
					.snapshot = json_is_true(json_object_get(o, "snapshot")) };
	const char *const *names = NULL;
	char ref[YH_CLOUD_REF];
	enum yh_rc rc = yh_id_parse(text(o, "id"), &order.resource, err);
	bool kept = false;
	size_t n;

	order.n_dims = read_dims(json_object_get(o, "dims"), dims);
	order.n_before = read_dims(json_object_get(o, "before"), before);
	(void)snprintf(ref, sizeof ref, "%s", text(in, "ref"));
	if (rc != YH_OK)
		return rc;
	n = d->steps(c, &order, &names);
	yh_jw_arr(w, "steps");
	for (size_t i = 0; i < n; i++)
		yh_jw_str(w, NULL, names[i]);
	yh_jw_end_arr(w);
	if (step)
		rc = d->step(c, &order, step, ref, err);
	else if (undo)
		rc = d->undo(c, &order, undo, ref, &kept, err);
	yh_jw_str(w, "ref", ref);
	yh_jw_bool(w, "kept", kept);
	return rc;
}

static enum yh_rc carry_out(const struct yh_cloud_config *cfg, struct yh_cloud **c,
			    const json_t *in, struct yh_jw *w, struct yh_err *err)
{
	const struct yh_cloud_driver *d = cfg->driver;
	const char *what = text(in, "do");
	enum yh_rc rc;

	if (strcmp(what, "again") == 0) {
		d->close(*c);
		return d->open(cfg, NULL, c, err);
	}
	if (strcmp(what, "ping") == 0)
		return d->ping(*c, err);
	if (strcmp(what, "list") != 0 && strcmp(what, "sample") != 0 &&
	    strcmp(what, "capacity") != 0)
		return order(d, *c, in, w, err);
	yh_jw_arr(w, what);
	rc = what[0] == 'l'   ? d->list(*c, tell_machine, w, err)
	     : what[0] == 's' ? d->sample(*c, tell_sample, w, err)
			      : d->capacity(*c, tell_room, w, err);
	yh_jw_end_arr(w);
	return rc;
}

static void answer(const struct yh_cloud_config *cfg, struct yh_cloud **c, const char *line)
{
	YH_JSON_AUTO in = NULL;
	struct yh_err err = { 0 };
	struct yh_buf out;
	struct yh_jw w;
	enum yh_rc rc;

	if (yh_json_parse(line, strlen(line), &in, &err) != YH_OK) {
		fprintf(stderr, "not JSON: %s\n", line);
		exit(2);
	}
	yh_buf_init(&out, (size_t)256 * 1024 * 1024);
	yh_jw_init(&w, &out);
	yh_jw_obj(&w, NULL);
	rc = carry_out(cfg, c, in, &w, &err);
	yh_jw_str(&w, "rc", yh_rc_name(rc));
	yh_jw_str(&w, "slug", err.slug);
	yh_jw_figures(&w, "figures", &err);
	yh_jw_end_obj(&w);
	puts(yh_buf_text(&out));
	(void)fflush(stdout);
	yh_buf_done(&out);
}

int main(int argc, char **argv)
{
	static char line[LINE];
	const struct yh_cloud_config *cfg;
	struct yh_clouds *clouds = NULL;
	struct yh_cloud *c = NULL;
	struct yh_err err = { 0 };

	if (argc != 3) {
		fprintf(stderr, "usage: drive FILE CLOUD\n");
		return 2;
	}
	if (yh_clouds_load(argv[1], NULL, 0, &clouds, &err) != YH_OK ||
	    !(cfg = yh_clouds_machine(clouds, argv[2])) ||
	    cfg->driver->open(cfg, NULL, &c, &err) != YH_OK) {
		printf("{\"slug\":\"%s\",\"field\":\"%s\"}\n", err.slug, err.field);
		yh_clouds_free(clouds);
		return 1;
	}
	while (fgets(line, sizeof line, stdin))
		answer(cfg, &c, line);
	cfg->driver->close(c);
	yh_clouds_free(clouds);
	return 0;
}
