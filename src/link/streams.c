/* The table of streams. */
#include <string.h>

#include "link/streams.h"

/* In the order in which a receiver takes them: later ones name what earlier ones brought. The last
 * has no name. */
static const struct yh_link_stream streams[] = {
	{ .name = "catalogue",
	  .up = true,
	  .down = true,
	  .touched = yh_link_catalogue_touched,
	  .build = yh_link_catalogue_build,
	  .keys = yh_link_catalogue_keys,
	  .apply = yh_link_catalogue_apply },
	{ .name = "register",
	  .up = true,
	  .down = true,
	  .touched = yh_link_register_touched,
	  .build = yh_link_register_build,
	  .keys = yh_link_register_keys,
	  .apply = yh_link_register_apply },
	{ .name = "resource",
	  .up = true,
	  .down = true,
	  .touched = yh_link_resource_touched,
	  .build = yh_link_resource_build,
	  .keys = yh_link_resource_keys,
	  .apply = yh_link_resource_apply },
	{ .name = "quota",
	  .up = true,
	  .down = true,
	  .touched = yh_link_quota_touched,
	  .build = yh_link_quota_build,
	  .keys = yh_link_quota_keys,
	  .apply = yh_link_quota_apply },
	{ .name = "case",
	  .up = true,
	  .down = true,
	  .touched = yh_link_case_touched,
	  .build = yh_link_case_build,
	  .keys = yh_link_case_keys,
	  .apply = yh_link_case_apply,
	  .skipped = yh_link_case_skipped },
	{ .name = "capacity",
	  .up = true,
	  .touched = yh_link_capacity_touched,
	  .build = yh_link_record_build,
	  .keys = yh_link_capacity_keys,
	  .apply = yh_link_capacity_apply },
	{ .name = "incident",
	  .up = true,
	  .touched = yh_link_incident_touched,
	  .build = yh_link_record_build,
	  .keys = yh_link_incident_keys,
	  .apply = yh_link_incident_apply },
	{ .name = "statement",
	  .down = true,
	  .touched = yh_link_statement_touched,
	  .build = yh_link_statement_build,
	  .keys = yh_link_statement_keys,
	  .apply = yh_link_statement_apply },
	{ .name = "usage",
	  .up = true,
	  .down = true,
	  .due = yh_link_usage_due,
	  .due_s = 300,
	  .late_s = 60,
	  .absorb = yh_link_usage_absorb,
	  .apply = yh_link_usage_apply },
	{ .name = "platform",
	  .up = true,
	  .due = yh_link_platform_due,
	  .due_s = 300,
	  .late_s = 60,
	  .absorb = yh_link_platform_absorb,
	  .apply = yh_link_platform_apply },
	{ 0 },
};

enum { STREAMS = sizeof streams / sizeof streams[0] - 1 };

const struct yh_link_stream *yh_link_streams(size_t *n)
{
	*n = STREAMS;
	return streams;
}

const struct yh_link_stream *yh_link_stream_of(const char *name)
{
	const struct yh_link_stream *s = streams;

	while (s->name && strcmp(s->name, name) != 0)
		s++;
	return s->name ? s : NULL;
}
