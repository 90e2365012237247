/* The agents' batches into the meter. */
#include "services/agent/meter_sink.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct taking {
	struct yh_meter_write write;
	struct yh_meter_scope scope;
	struct yh_agent_taking *t;
};

static void written(struct yh_meter_write *w)
{
	struct taking *k = w->arg;
	struct yh_agent_taking *t = k->t;

	t->rc = w->rc;
	t->err = w->err;
	free(k);
	t->done(t);
}

/* Samples that the meter refuses (of a wrong clock, say) do not hold up the batch: it is counted
 * there, and its number is taken. */
static enum yh_rc take(void *self, struct yh_agent_taking *t, struct yh_err *err)
{
	struct taking *k = calloc(1, sizeof *k);
	enum yh_rc rc;

	if (!k)
		return yh_fail(err, YH_BUSY, "memory-short");
	(void)snprintf(k->scope.kind, sizeof k->scope.kind, "resource");
	(void)snprintf(k->scope.code, sizeof k->scope.code, "%s", t->resource_no);
	k->scope.about = t->resource;
	k->t = t;
	k->write = (struct yh_meter_write){ .scope = &k->scope,
					    .form = YH_METER_RW1,
					    .body = t->body,
					    .n = t->n,
					    .received_at = t->received_at,
					    .done = written,
					    .arg = k };
	rc = yh_meter_write(self, &k->write, err);
	if (rc != YH_OK)
		free(k);
	return rc;
}

struct visiting {
	yh_agent_latest_fn visit;
	void *arg;
	bool of_agents;
};

/* What an agent says about itself is not what its provider says about it. */
static bool from_provider(const struct yh_meter_series *s)
{
	for (size_t i = 0; i < s->n_labels; i++)
		if (strcmp(s->labels[i].name, "provider") == 0)
			return true;
	return false;
}

static bool visit_one(void *arg, const struct yh_meter_series *s, int64_t at_ms, double value)
{
	const struct visiting *v = arg;

	if (!s->resource[0] || from_provider(s) == v->of_agents)
		return true;
	return v->visit(v->arg, s->resource, at_ms, value);
}

static enum yh_rc latest(void *self, const char *metric, const char *const *resource_nos, size_t n,
			 yh_agent_latest_fn visit, void *arg, struct yh_err *err)
{
	const struct yh_meter_select what = {
		.metric = metric, .resources = resource_nos, .n_resources = n, .by_resource = n > 0
	};
	struct visiting v = { .visit = visit,
			      .arg = arg,
			      .of_agents = strcmp(metric, YH_AGENT_BATCH_METRIC) == 0 };

	return yh_meter_latest(self, &what, 0, NULL, visit_one, &v, err);
}

struct yh_agent_sink yh_agent_meter_sink(struct yh_meter *meter)
{
	return (struct yh_agent_sink){ .self = meter, .take = take, .latest = latest };
}
