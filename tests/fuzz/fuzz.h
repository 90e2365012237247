/* Fuzz targets: readers of bytes that come from outside, one a file. A target aborts when what it
 * reads breaks the reader's contract; what is refused is refused with a slug. */
#ifndef TESTS_FUZZ_H
#define TESTS_FUZZ_H

#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/err.h"

#define FUZZ_TARGETS(X)                                                                            \
	X(agent)                                                                                   \
	X(calendar)                                                                                \
	X(clouds)                                                                                  \
	X(document)                                                                                \
	X(form)                                                                                    \
	X(http)                                                                                    \
	X(json)                                                                                    \
	X(jwt)                                                                                     \
	X(libvirt)                                                                                 \
	X(link)                                                                                    \
	X(messages)                                                                                \
	X(net)                                                                                     \
	X(openstack)                                                                               \
	X(outer)                                                                                   \
	X(pack)                                                                                    \
	X(scheme)                                                                                  \
	X(sealed)                                                                                  \
	X(segment)                                                                                 \
	X(set)                                                                                     \
	X(sheet)                                                                                   \
	X(table)                                                                                   \
	X(wire)                                                                                    \
	X(yaml)

#define FUZZ_DECLARE(name) void yh_fuzz_##name(const unsigned char *data, size_t n);
FUZZ_TARGETS(FUZZ_DECLARE)
#undef FUZZ_DECLARE

typedef void (*yh_fuzz_fn)(const unsigned char *data, size_t n);
/* NULL: there is none of that name. */
yh_fuzz_fn yh_fuzz_find(const char *name);

static inline void must(bool holds)
{
	if (!holds)
		abort();
}

/* A failure says what it is. */
static inline void must_say(enum yh_rc rc, const struct yh_err *err)
{
	must(rc == YH_OK || (err->rc == rc && err->slug[0]));
}

/* Input in parts, each up to a byte 0 or the end: what is left goes on behind it. The part is a
 * text of its own, to be freed. */
static inline char *fuzz_part(const unsigned char **data, size_t *n, size_t *len)
{
	const unsigned char *end = *n ? memchr(*data, 0, *n) : NULL;
	size_t m = end ? (size_t)(end - *data) : *n;
	char *text = malloc(m + 1);

	must(text != NULL);
	if (m)
		memcpy(text, *data, m);
	text[m] = 0;
	*data += m + (end != NULL);
	*n -= m + (end != NULL);
	if (len)
		*len = m;
	return text;
}

/* What the next yh_http_call is answered, part after part: "STATUS body". See peer.c. */
void yh_fuzz_peer(const unsigned char *data, size_t n);
/* How often it was called since. */
unsigned yh_fuzz_peer_calls(void);

#endif
