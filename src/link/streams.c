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
	  .apply = yh_link_case_apply },
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
	for (size_t i = 0; i < STREAMS; i++)
		if (strcmp(streams[i].name, name) == 0)
			return &streams[i];
	return NULL;
}
