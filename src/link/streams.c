/* The table of streams. */
#include <string.h>

#include "link/stream.h"

/* In the order in which a receiver takes them: later ones name what earlier ones brought. The last
 * has no name. */
static const struct yh_link_stream streams[] = {
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
