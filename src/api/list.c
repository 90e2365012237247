/* Lists in replies. */
#include "api/list.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/num.h"
#include "export/outfile.h"

enum { SENTENCE_BYTES = 64 * 1024, WORD_BYTES = 56, KEY_BYTES = 48 };

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

enum yh_rc yh_cursor_day(const struct yh_req *rq, yh_day *day, struct yh_id *id, struct yh_err *err)
{
	struct yh_id read;
	char *end;
	long n;

	if (!rq->cursor[0])
		return YH_OK;
	n = strtol(rq->cursor, &end, 10);
	if (*end != '_' || n <= YH_DAY_MIN || n >= YH_DAY_MAX ||
	    yh_id_parse(end + 1, &read, NULL) != YH_OK || yh_id_is_zero(&read))
		return yh_fail_field(err, YH_BAD_INPUT, "cursor-invalid", "?cursor");
	*day = (yh_day)n;
	*id = read;
	return YH_OK;
}

const char *yh_cursor_of_day(struct yh_req *rq, yh_day day, const struct yh_id *id)
{
	char text[YH_ID_TEXT];

	return yh_arena_printf(rq->cx.arena, "%d_%s", (int)day, yh_id_text(id, text));
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

const char *yh_list_pattern(const struct yh_req *rq, const char *text)
{
	char *out = yh_arena_alloc(rq->cx.arena, 2 * strlen(text) + 3), *p = out;

	if (!out)
		return NULL;
	*p++ = '%';
	for (; *text; text++) {
		if (strchr("%_!", *text))
			*p++ = '!';
		*p++ = *text >= 'A' && *text <= 'Z' ? (char)(*text - 'A' + 'a') : *text;
	}
	*p++ = '%';
	*p = 0;
	return out;
}

enum yh_rc yh_list_sought(const struct yh_req *rq, const char *text, const char **out,
			  struct yh_err *err)
{
	*out = text ? yh_list_pattern(rq, text) : "";
	return *out ? YH_OK : yh_fail(err, YH_TOO_LARGE, "memory-short");
}

int yh_list_sort(const char *sorts, const char *sort)
{
	size_t n = sort ? strlen(sort) : 0;

	for (int at = 0; sort && *sorts; at++) {
		size_t len = strcspn(sorts, "|");

		if (len == n && memcmp(sorts, sort, n) == 0)
			return at;
		sorts += len + (sorts[len] == '|');
	}
	return 0;
}

void yh_list_say(struct yh_req *rq, const char *key, const char *slug, const json_t *figures)
{
	struct yh_buf text;

	yh_buf_init(&text, SENTENCE_BYTES);
	yh_messages_fill(rq->messages, rq->lang, slug, figures, &text);
	yh_jw_str(rq->w, key, yh_buf_ok(&text) ? yh_buf_text(&text) : slug);
	yh_buf_done(&text);
}

void yh_list_sentence(struct yh_req *rq, const char *slug, const char *figures)
{
	const json_t *json = NULL;

	if (yh_json_parse_in(rq->cx.arena, figures, strlen(figures), &json, NULL) == YH_OK)
		yh_list_say(rq, "sentence", slug, json);
	else
		yh_jw_str(rq->w, "sentence", slug);
}

void yh_list_asked(struct yh_req *rq, const struct yh_ask_state *how)
{
	yh_jw_str(rq->w, "state",
		  how->fault[0]   ? "failed"
		  : how->ended_at ? "done"
		  : how->begun_at ? "running"
				  : "waiting");
	yh_jw_time(rq->w, "asked_at", how->asked_at);
	yh_jw_time(rq->w, "begun_at", how->begun_at);
	yh_jw_time(rq->w, "ended_at", how->ended_at);
	yh_jw_int(rq->w, "steps", how->steps);
	yh_jw_int(rq->w, "steps_done", how->steps_done);
	if (!how->fault[0])
		return;
	yh_jw_str(rq->w, "slug", how->fault);
	yh_list_sentence(rq, how->fault, how->figures);
	yh_jw_raw(rq->w, "figures", how->figures);
}

struct yh_speech yh_list_speech(const struct yh_req *rq, const struct yh_pack *pack)
{
	return (struct yh_speech){ .messages = rq->messages, .lang = rq->lang, .pack = pack };
}

const char *yh_list_title(const struct yh_req *rq, const char *group, const char *word)
{
	char slug[WORD_BYTES];
	const char *title = NULL;
	int n;

	if (!word || !word[0])
		return word;
	n = snprintf(slug, sizeof slug, "word-%s-%s", group, word);
	for (char *c = slug; *c; c++)
		if (*c == '_' || *c == '.')
			*c = '-';
	if (n > 0 && n < WORD_BYTES)
		title = yh_messages_find(rq->messages, rq->lang, slug);
	return title ? title : word;
}

void yh_list_titled(struct yh_req *rq, const char *key, const char *title)
{
	char name[KEY_BYTES];

	(void)snprintf(name, sizeof name, "%s_title", key);
	yh_jw_str(rq->w, name, title);
}

void yh_list_word(struct yh_req *rq, const char *key, const char *group, const char *word)
{
	yh_jw_str(rq->w, key, word);
	yh_list_titled(rq, key, yh_list_title(rq, group, word));
}

enum yh_rc yh_reply_file(struct yh_req *rq, FILE *out, enum yh_rc rc, const char *type,
			 const char *name, struct yh_err *err)
{
	int64_t size;
	int fd;

	if (rc == YH_OK && !name)
		rc = yh_fail(err, YH_TOO_LARGE, "memory-short");
	if (rc != YH_OK) {
		(void)fclose(out);
		return rc;
	}
	rc = yh_outfile_take(out, &fd, &size, err);
	if (rc != YH_OK)
		return rc;
	rq->content_type = type;
	yh_req_file(rq, fd, size, name);
	return YH_OK;
}
