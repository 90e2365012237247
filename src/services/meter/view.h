/* What the meter knows, as people ask for it (Art. 13): the latest of some resources, the history
 * of one, how all of a cloud are used, a cloud's platform. Called outside of transactions; whoever
 * asks has settled before what the actor may see. Everything returned is in the arena. */
#ifndef YH_SERVICES_METER_VIEW_H
#define YH_SERVICES_METER_VIEW_H

#include "cases/context.h"
#include "meter/meter.h"
#include "store/project_query.h"

/* BUSY "meter-none" when this program has no meter. */
YH_CHECK enum yh_rc yh_meter_of(const struct yh_world *world, struct yh_meter **out,
				struct yh_err *err);

/* A series without its label `resource`. */
struct yh_meter_name {
	const char *metric, *resource;
	const struct yh_meter_label *labels;
	size_t n_labels;
};

struct yh_meter_line {
	struct yh_meter_name series;
	int64_t at_ms;
	double value;
};
/* By resource, metric and labels. `metric` NULL: all. `after` and *mark as in meter.h. */
YH_CHECK enum yh_rc yh_meter_lines(const struct yh_world *world, const char *const *resources,
				   size_t n_resources, const char *metric, uint64_t after,
				   uint64_t *mark, struct yh_arena *arena,
				   struct yh_meter_line **out, size_t *n, struct yh_err *err);

struct yh_meter_row {
	struct yh_meter_name series;
	struct yh_meter_bucket bucket;
};
struct yh_meter_span {
	int64_t from_ms, to_ms, step_ms;
};
/* By metric and labels, then time. TOO_LARGE "meter-buckets-many" (figure max) beyond 20,000. */
YH_CHECK enum yh_rc yh_meter_rows(const struct yh_world *world, const char *resource,
				  const char *metric, const struct yh_meter_span *span,
				  struct yh_arena *arena, struct yh_meter_row **out, size_t *n,
				  struct yh_err *err);

struct yh_meter_use {
	struct yh_meter_name series;
	struct yh_meter_usage usage;
};
struct yh_meter_use_filter {
	const char *metric;
	const char *const *resources; /* NULL: all */
	size_t n_resources;
	const char *after; /* only resources behind this number */
	int64_t from_ms, to_ms;
	double quantile;
	enum yh_meter_source source;
	bool has_below;
	double below; /* only where the quantile is lower */
};
/* By resource. */
YH_CHECK enum yh_rc yh_meter_uses(const struct yh_world *world, const struct yh_meter_use_filter *f,
				  struct yh_arena *arena, struct yh_meter_use **out, size_t *n,
				  struct yh_err *err);

/* Their names, NULL behind the last; see docs/metrics.zh-CN.md. */
extern const char *const yh_meter_platform_metrics[];
/* The documented platform metrics of a cloud, by metric and labels: what its own senders say, and
 * of its providers' series those that name it. */
YH_CHECK enum yh_rc yh_meter_platform(const struct yh_world *world, const char *cloud_code,
				      const char *const *providers, size_t n_providers,
				      struct yh_arena *arena, struct yh_meter_line **out, size_t *n,
				      struct yh_err *err);

/* The unit that a metric's name ends in (Prometheus's conventions): "bytes", "ratio", … or "". */
const char *yh_meter_measure(const char *metric);

#endif
