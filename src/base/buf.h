/* A growing, bounded text buffer, and a streaming JSON writer over it.
 *
 * Failures (bound reached, no memory) are sticky: writers need not check each call, only
 * `yh_buf_ok` at the end. */
#ifndef YH_BASE_BUF_H
#define YH_BASE_BUF_H

#include "base/err.h"
#include "base/id.h"
#include "base/time.h"

struct yh_buf {
	char *data; /* NUL-terminated when len > 0; may be NULL when empty */
	size_t len, cap, max_bytes;
	bool failed;
};

void yh_buf_init(struct yh_buf *b, size_t max_bytes);
void yh_buf_done(struct yh_buf *b);
void yh_buf_add(struct yh_buf *b, const void *p, size_t n);
void yh_buf_str(struct yh_buf *b, const char *s);
void yh_buf_printf(struct yh_buf *b, const char *fmt, ...) YH_PRINTF(2, 3);
bool yh_buf_ok(const struct yh_buf *b);
/* The text so far, "" when empty. Borrowed until the next write. */
const char *yh_buf_text(const struct yh_buf *b);

/* Streaming JSON. Keys are literals of ours; values are escaped. Inside an object every value is
 * preceded by its key, inside an array the key is NULL. */
enum { YH_JW_DEPTH = 24 };
struct yh_jw {
	struct yh_buf *buf;
	unsigned depth;
	bool comma[YH_JW_DEPTH];
};

void yh_jw_init(struct yh_jw *w, struct yh_buf *buf);
void yh_jw_obj(struct yh_jw *w, const char *key);
void yh_jw_arr(struct yh_jw *w, const char *key);
void yh_jw_end_obj(struct yh_jw *w);
void yh_jw_end_arr(struct yh_jw *w);
void yh_jw_str(struct yh_jw *w, const char *key, const char *s); /* NULL becomes null */
void yh_jw_int(struct yh_jw *w, const char *key, int64_t v);
void yh_jw_bool(struct yh_jw *w, const char *key, bool v);
void yh_jw_null(struct yh_jw *w, const char *key);
/* The shortest text that reads back as the same number; NaN and infinities, which JSON does not
 * know, as the texts "NaN", "+Inf" and "-Inf". */
void yh_jw_real(struct yh_jw *w, const char *key, double v);
/* A number with three decimals at most, trailing zeros dropped: 1500 -> 1.5 */
void yh_jw_milli(struct yh_jw *w, const char *key, int64_t v_milli);
/* A scaled integer written as a JSON string, exact: (12345, 6) -> "0.012345" */
void yh_jw_scaled(struct yh_jw *w, const char *key, int64_t v, unsigned scale);
void yh_jw_id(struct yh_jw *w, const char *key, const struct yh_id *id); /* all-zero: null */
void yh_jw_day(struct yh_jw *w, const char *key, yh_day day);            /* YH_DAY_NONE: null */
void yh_jw_time(struct yh_jw *w, const char *key, yh_time t); /* RFC 3339, +08:00; 0: null */
/* The figures of a failure, as an object. */
void yh_jw_figures(struct yh_jw *w, const char *key, const struct yh_err *err);
/* That object alone, as a text that is kept with what failed: in `text`, which is begun here and
 * ended by the caller; "{}" when memory is short. */
const char *yh_figures_text(struct yh_buf *text, const struct yh_err *err);
/* The same for whoever asked: of what went wrong inside, nothing. */
const char *yh_figures_told(struct yh_buf *text, const struct yh_err *err);
/* Text that already is JSON. */
void yh_jw_raw(struct yh_jw *w, const char *key, const char *json);
/* The members of a JSON object's text, which is compact and not empty, into the open object. */
void yh_jw_members(struct yh_jw *w, const char *object);

#endif
