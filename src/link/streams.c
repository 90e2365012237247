/* The table of streams. */
#include <string.h>

#include "link/stream_case.h"

/* In the order in which a receiver takes them: later ones name what earlier ones brought. The last
 * has no name. */
static const struct yh_link_stream streams[] = {
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
