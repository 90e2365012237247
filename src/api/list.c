/* Lists in replies. */
#include "api/list.h"

#include <string.h>

#include "base/num.h"

enum { SENTENCE_BYTES = 64 * 1024 };

void yh_list_write(struct yh_req *rq, const char *key, const void *rows, size_t n, size_t size,
		   yh_row_fn write)
{
	yh_jw_arr(rq->w, key);
	for (size_t i = 0; i < n; i++) {
		yh_jw_obj(rq->w, NULL);
		write(rq, (const char *)rows + i * size);
		yh_jw_end_obj(rq->w);
	}
	yh_jw_end_arr(rq->w);
}

void yh_list_page(struct yh_req *rq, const void *rows, size_t n, size_t size, yh_row_fn write,
		  yh_cursor_fn cursor)
{
	bool more = n > rq->limit;
	size_t shown = more ? rq->limit : n;

	yh_list_write(rq, "items", rows, shown, size, write);
	yh_jw_str(rq->w, "next", more ? cursor(rq, (const char *)rows + (shown - 1) * size) : NULL);
}

enum yh_rc yh_cursor_id(const struct yh_req *rq, struct yh_id *out, struct yh_err *err)
{
	*out = (struct yh_id){ { 0 } };
	if (!rq->cursor[0] || yh_id_parse(rq->cursor, out, NULL) == YH_OK)
		return YH_OK;
	return yh_fail_field(err, YH_BAD_INPUT, "cursor-invalid", "?cursor");
}

enum yh_rc yh_cursor_int(const struct yh_req *rq, int64_t first, int64_t *out, struct yh_err *err)
{
	*out = first;
	if (!rq->cursor[0])
		return YH_OK;
	if (yh_scaled_parse(rq->cursor, 0, out, NULL) == YH_OK && *out > 0)
		return YH_OK;
	return yh_fail_field(err, YH_BAD_INPUT, "cursor-invalid", "?cursor");
}

const char *yh_cursor_of_id(struct yh_req *rq, const struct yh_id *id)
{
	char text[YH_ID_TEXT];

	return yh_arena_strdup(rq->cx.arena, yh_id_text(id, text));
}

const char *yh_cursor_of_int(struct yh_req *rq, int64_t n)
{
	return yh_arena_printf(rq->cx.arena, "%lld", (long long)n);
}

void yh_list_sentence(struct yh_req *rq, const char *slug, const char *figures)
{
	const json_t *json;
	struct yh_buf text;

	yh_buf_init(&text, SENTENCE_BYTES);
	if (yh_json_parse_in(rq->cx.arena, figures, strlen(figures), &json, NULL) == YH_OK)
		yh_messages_fill(rq->messages, rq->lang, slug, json, &text);
	yh_jw_str(rq->w, "sentence", yh_buf_ok(&text) ? yh_buf_text(&text) : slug);
	yh_buf_done(&text);
}
