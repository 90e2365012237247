/* The sources by name, and what facts come to. */
#include "services/evaluation/sources.h"

#include <stdlib.h>
#include <string.h>

/* By name. */
static const struct yh_source all[] = {
	{ .name = "provider.availability",
	  .subject = YH_EVAL_PROVIDER,
	  .title = { "资源可用率（%）", "Availability of resources (%)" },
	  .sum = YH_SOURCE_PERCENT,
	  .read = yh_read_provider_use,
	  .metric = "resource_up" },
	{ .name = "provider.on_time",
	  .subject = YH_EVAL_PROVIDER,
	  .title = { "按时办结率（%）", "Carried out in time (%)" },
	  .sum = YH_SOURCE_PERCENT,
	  .read = yh_read_on_time },
	{ .name = "provider.opening",
	  .subject = YH_EVAL_PROVIDER,
	  .title = { "按时开通率（%）", "Opened in time (%)" },
	  .sum = YH_SOURCE_PERCENT,
	  .read = yh_read_openings },
	{ .name = "provider.reporting",
	  .subject = YH_EVAL_PROVIDER,
	  .title = { "运行数据完整率（%）", "Completeness of running data (%)" },
	  .sum = YH_SOURCE_PERCENT,
	  .read = yh_read_provider_use,
	  .metric = "resource_up",
	  .coverage = true },
	{ .name = "unit.findings",
	  .subject = YH_EVAL_UNIT,
	  .title = { "使用问题（件）", "Findings about use" },
	  .sum = YH_SOURCE_COUNT,
	  .read = yh_read_findings },
	{ .name = "unit.orders",
	  .subject = YH_EVAL_UNIT,
	  .title = { "警告与整改要求（件）", "Warnings and orders to rectify" },
	  .sum = YH_SOURCE_COUNT,
	  .read = yh_read_orders },
	{ .name = "unit.quota_used",
	  .subject = YH_EVAL_UNIT,
	  .title = { "配额使用率（%）", "Quota used (%)" },
	  .sum = YH_SOURCE_PERCENT,
	  .dimension = "vcpu",
	  .read = yh_read_quota },
	{ .name = "unit.returned",
	  .subject = YH_EVAL_UNIT,
	  .title = { "到期按时退回率（%）", "Leases returned in time (%)" },
	  .sum = YH_SOURCE_PERCENT,
	  .read = yh_read_leases },
	{ .name = "unit.right_sized",
	  .subject = YH_EVAL_UNIT,
	  .title = { "优化建议落实率（%）", "Advice on sizes followed (%)" },
	  .sum = YH_SOURCE_PERCENT,
	  .read = yh_read_right_sized },
	{ .name = "unit.utilisation",
	  .subject = YH_EVAL_UNIT,
	  .title = { "处理器平均使用率（%）", "Mean use of processors (%)" },
	  .sum = YH_SOURCE_PERCENT,
	  .dimension = "vcpu",
	  .read = yh_read_unit_use,
	  .metric = "resource_cpu_usage_ratio" },
};

const struct yh_source *yh_sources(size_t *n)
{
	*n = sizeof all / sizeof all[0];
	return all;
}

const struct yh_source *yh_source(const char *name)
{
	for (size_t i = 0; i < sizeof all / sizeof all[0]; i++)
		if (strcmp(all[i].name, name) == 0)
			return &all[i];
	return NULL;
}

enum yh_rc yh_fact_add(struct yh_eval_facts *to, const struct yh_eval_fact *f, struct yh_err *err)
{
	if (to->n == YH_EVAL_FACTS_MAX) {
		(void)yh_fail(err, YH_TOO_LARGE, "evaluation-facts-many");
		yh_err_int(err, "max", YH_EVAL_FACTS_MAX);
		return YH_TOO_LARGE;
	}
	if (to->n == to->cap) {
		size_t more = to->cap ? 2 * to->cap : 64;
		struct yh_eval_fact *grown = realloc(to->v, more * sizeof *grown);

		if (!grown)
			return yh_fail(err, YH_TOO_LARGE, "memory-short");
		to->v = grown;
		to->cap = more;
	}
	to->v[to->n++] = *f;
	return YH_OK;
}

void yh_facts_free(struct yh_eval_facts *f)
{
	free(f->v);
	*f = (struct yh_eval_facts){ 0 };
}

struct yh_eval_figure yh_facts_figure(const struct yh_source *s, const struct yh_eval_fact *v,
				      size_t n, int64_t coverage)
{
	__int128 num = 0, den = 0, whole = 0;
	struct yh_eval_figure f = { .den = 1 };

	for (size_t i = 0; i < n; i++) {
		whole += v[i].den;
		if (!v[i].counts)
			continue;
		num += v[i].num;
		den += v[i].den;
	}
	if (s->sum == YH_SOURCE_COUNT) {
		f.known = true;
		f.num = (int64_t)num;
		return f;
	}
	if (den == 0 || (s->metric && den * 100 < whole * coverage))
		return f;
	/* beyond the measure it is left to the score to say so */
	f.known = true;
	f.num = num * 100 > YH_EVAL_FIGURE_MAX ? YH_EVAL_FIGURE_MAX + 1 : (int64_t)(num * 100);
	f.den = den > YH_EVAL_FIGURE_MAX ? YH_EVAL_FIGURE_MAX + 1 : (int64_t)den;
	return f;
}
