/* The facts behind scores, kept as compressed lines and read back. */
#include <stdlib.h>
#include <string.h>
#include <zstd.h>

#include "services/evaluation/trace.h"
#include "services/parts/parts.h"
#include "store/eval_result.h"

enum { PART_LINES = 1000, PART_TEXT_MAX = 16 * 1024 * 1024, LEVEL = 3 };

/* The text of at most PART_LINES lines, from `text`. */
static size_t part_of(const char *text, size_t n)
{
	const char *at = text, *end = text + n;

	for (int i = 0; i < PART_LINES && at < end; i++) {
		const char *stop = memchr(at, '\n', (size_t)(end - at));

		at = stop ? stop + 1 : end;
	}
	return (size_t)(at - text);
}

static enum yh_rc keep_part(struct yh_tx *tx, const struct yh_id *result, int64_t indicator,
			    int64_t part, const char *text, size_t n, struct yh_err *err)
{
	size_t room = ZSTD_compressBound(n), size;
	void *body = malloc(room);
	enum yh_rc rc;

	if (!body)
		return yh_fail(err, YH_TOO_LARGE, "memory-short");
	size = ZSTD_compress(body, room, text, n, LEVEL);
	rc = ZSTD_isError(size) ? yh_fail(err, YH_INTERNAL, "evaluation-trace-broken")
				: yh_trace_insert(tx, result, indicator, part, body, size, err);
	free(body);
	return rc;
}

enum yh_rc yh_eval_trace_keep(struct yh_tx *tx, const struct yh_id *result, int64_t indicator,
			      const char *text, size_t n, struct yh_err *err)
{
	enum yh_rc rc = YH_OK;

	for (int64_t part = 0; rc == YH_OK && n > 0; part++) {
		size_t some = part_of(text, n);

		rc = keep_part(tx, result, indicator, part, text, some, err);
		text += some;
		n -= some;
	}
	return rc;
}

struct traced {
	const struct yh_id *result;
	int64_t indicator;
};

static enum yh_rc load_part(struct yh_tx *tx, const void *id, int64_t part, struct yh_arena *arena,
			    const void **body, size_t *n, struct yh_err *err)
{
	const struct traced *t = id;

	return yh_trace_load(tx, t->result, t->indicator, part, arena, body, n, err);
}

enum yh_rc yh_evaluation_facts(struct yh_tx *tx, const struct yh_id *result, int64_t indicator,
			       int64_t from, uint32_t limit, struct yh_arena *arena,
			       const char ***out, size_t *n, struct yh_err *err)
{
	const struct traced traced = { result, indicator };
	const struct yh_parts parts = { load_part, &traced, PART_LINES, PART_TEXT_MAX,
					"evaluation-trace-broken" };

	return yh_parts_lines(tx, &parts, from, limit, arena, out, n, err);
}
