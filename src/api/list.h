/* Lists in replies: `items`, and for a page `next`, the cursor of the page behind it; the columns
 * that several tables of the command line have. */
#ifndef YH_API_LIST_H
#define YH_API_LIST_H

#include <stdio.h>

#include "http/op.h"
#include "services/policy/say.h"
#include "store/ask.h"

/* Writes the members of one row, into an object that is open. */
typedef void (*yh_row_fn)(struct yh_req *rq, const void *row);
/* The cursor behind a row, in the request's arena or the row itself. */
typedef const char *(*yh_cursor_fn)(struct yh_req *rq, const void *row);

/* n rows of `size` bytes each as the array `key` of objects. */
void yh_list_write(struct yh_req *rq, const char *key, const void *rows, size_t n, size_t size,
		   yh_row_fn write);

/* A page of rows of which one more than the limit was asked for: that one is not shown, and tells
 * that there is a next page. */
void yh_list_page(struct yh_req *rq, const void *rows, size_t n, size_t size, yh_row_fn write,
		  yh_cursor_fn cursor);
static inline uint32_t yh_list_ask(const struct yh_req *rq)
{
	return rq->limit + 1;
}

/* The request's cursor where it is an id (zero on the first page) or a number (`first` on the first
 * page). BAD_INPUT "cursor-invalid". */
YH_CHECK enum yh_rc yh_cursor_id(const struct yh_req *rq, struct yh_id *out, struct yh_err *err);
YH_CHECK enum yh_rc yh_cursor_int(const struct yh_req *rq, int64_t first, int64_t *out,
				  struct yh_err *err);
/* And forth. */
/* Where it is a day and, for those of the same day, an id: "20800_id". Left alone on the first
 * page. */
YH_CHECK enum yh_rc yh_cursor_day(const struct yh_req *rq, yh_day *day, struct yh_id *id,
				  struct yh_err *err);
const char *yh_cursor_of_day(struct yh_req *rq, yh_day day, const struct yh_id *id);
const char *yh_cursor_of_id(struct yh_req *rq, const struct yh_id *id);
const char *yh_cursor_of_int(struct yh_req *rq, int64_t n);

/* The fields of a list that is found by a text and can be turned round, for an input struct with
 * `text`, `sort` and `order`; `sorts` names its orders, the usual one first. */
#define YH_LIST_TEXT(input, where)                                                                 \
	{                                                                                          \
		"text", YH_F_LINE, offsetof(struct input, text), 0, .max = 64,                     \
								    .about = "in the " where       \
	}
#define YH_LIST_SORT(input, sorts, usual)                                                          \
	{ "sort", YH_F_WORD,        offsetof(struct input, sort),                                  \
	  0,      .choices = sorts, .about = usual " when absent" },                               \
	{                                                                                          \
		"order", YH_F_WORD, offsetof(struct input, order), 0, .choices = "asc|desc",       \
								      .about = "asc when absent"   \
	}
/* What they say. */
static inline bool yh_list_falls(const char *order)
{
	return order && order[0] == 'd';
}
/* The place of `sort` among `sorts` ("code|name"); 0 when it is absent. */
int yh_list_sort(const char *sorts, const char *sort);
/* The pattern of a text that may be absent (NULL), "" then. TOO_LARGE "memory-short". */
YH_CHECK enum yh_rc yh_list_sought(const struct yh_req *rq, const char *text, const char **out,
				   struct yh_err *err);
/* "%text%" in lower case for LIKE … ESCAPE '!', what would be a wildcard escaped; NULL without
 * memory. */
const char *yh_list_pattern(const struct yh_req *rq, const char *text);

/* Writes `key`: what `slug` says of `figures`, an object, in the language asked for. */
void yh_list_say(struct yh_req *rq, const char *key, const char *slug, const json_t *figures);
/* The same as `sentence`, of a JSON text. */
void yh_list_sentence(struct yh_req *rq, const char *slug, const char *figures);
/* Writes how what was asked for goes on, or why it failed. */
void yh_list_asked(struct yh_req *rq, const struct yh_ask_state *how);

/* What the catalogues call the code word `word` among `group` ("open" among "case" is
 * "word-case-open"), in the language asked for; the word itself where they do not. */
const char *yh_list_title(const struct yh_req *rq, const char *group, const char *word);
/* Writes `key`, a code word, and its title beside it as `<key>_title`. */
void yh_list_word(struct yh_req *rq, const char *key, const char *group, const char *word);
/* The request's language for what a pack says (services/policy/say.h). */
struct yh_speech yh_list_speech(const struct yh_req *rq, const struct yh_pack *pack);
/* Writes `<key>_title`. */
void yh_list_titled(struct yh_req *rq, const char *key, const char *title);

#define YH_COL(zh, en, key)                                                                        \
	{                                                                                          \
		(zh), (en), (key)                                                                  \
	}
#define YH_COL_CODE YH_COL("代码", "CODE", "code")
#define YH_COL_NAME YH_COL("名称", "NAME", "name")
#define YH_COL_TITLE YH_COL("名称", "TITLE", "title")
#define YH_COL_STATE YH_COL("状态", "STATE", "state")
#define YH_COL_KIND YH_COL("类别", "KIND", "kind")
#define YH_COL_ARTICLE YH_COL("依据", "ARTICLE", "article")
#define YH_COL_TIME YH_COL("时间", "TIME", "at")
#define YH_COL_CASE YH_COL("案号", "CASE", "no")
#define YH_COL_SUBJECT YH_COL("事项", "TITLE", "title")
#define YH_COL_UNIT YH_COL("申请单位", "UNIT", "unit")
#define YH_COL_DIMENSION YH_COL("维度", "DIMENSION", "dimension")
/* Of an event, as yh_view_event writes it. */
#define YH_COLS_EVENT                                                                              \
	YH_COL_TIME, YH_COL("事项", "EVENT", "kind"), YH_COL("经办", "PERSON", "person"),          \
		YH_COL("单位", "BODY", "org"), YH_COL("结果", "OUTCOME", "outcome"),               \
		YH_COL_ARTICLE

/* Makes what was written to `out` (see export/outfile.h) the reply, and `out` is gone; when writing
 * failed with `rc`, or there is no name for want of memory, nothing is. */
YH_CHECK enum yh_rc yh_reply_file(struct yh_req *rq, FILE *out, enum yh_rc rc, const char *type,
				  const char *name, struct yh_err *err);

#endif
