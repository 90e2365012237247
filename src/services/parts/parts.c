/* Lines read back from compressed parts. */
#include "services/parts/parts.h"

#include <string.h>
#include <zstd.h>

static enum yh_rc unpack(const struct yh_parts *p, const void *body, size_t n,
			 struct yh_arena *arena, char **out, struct yh_err *err)
{
	unsigned long long size = ZSTD_getFrameContentSize(body, n);
	size_t got;

	if (size > p->text_max) /* also what says that it is no frame, or not how long */
		return yh_fail(err, YH_INTERNAL, p->broken);
	*out = yh_arena_alloc(arena, (size_t)size + 1);
	if (!*out)
		return yh_fail(err, YH_TOO_LARGE, "memory-short");
	got = ZSTD_decompress(*out, (size_t)size, body, n);
	return got == size ? YH_OK : yh_fail(err, YH_INTERNAL, p->broken);
}

/* Takes the lines of one part's text, the first `skip` left out. */
static void take_lines(char *text, int64_t skip, uint32_t limit, const char **out, size_t *n)
{
	while (*text && *n < limit) {
		char *end = strchr(text, '\n');

		if (end)
			*end = 0;
		if (skip-- <= 0)
			out[(*n)++] = text;
		text = end ? end + 1 : text + strlen(text);
	}
}

enum yh_rc yh_parts_lines(struct yh_tx *tx, const struct yh_parts *p, int64_t from, uint32_t limit,
			  struct yh_arena *arena, const char ***out, size_t *n, struct yh_err *err)
{
	int64_t part = from / p->lines, skip = from % p->lines;
	enum yh_rc rc = YH_OK;

	*n = 0;
	*out = YH_NEW_N(arena, const char *, limit + 1);
	if (!*out)
		return yh_fail(err, YH_TOO_LARGE, "memory-short");
	while (rc == YH_OK && *n < limit) {
		const void *body = NULL;
		size_t size = 0;
		char *text = NULL;

		rc = p->load(tx, p->id, part++, arena, &body, &size, err);
		if (rc != YH_OK || !body)
			break;
		rc = unpack(p, body, size, arena, &text, err);
		if (rc == YH_OK)
			take_lines(text, skip, limit, *out, n);
		skip = 0;
	}
	return rc;
}
