/* Errors: a class, a stable slug, the article or parameter behind it, and typed figures.
 *
 * The caller passes the struct; it is filled once, by whoever fails first, and never overwritten
 * by a caller further up. Sentences are rendered from the message catalogues, not here. */
#ifndef YH_BASE_ERR_H
#define YH_BASE_ERR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define YH_CHECK __attribute__((warn_unused_result))
#define YH_PRINTF(f, a) __attribute__((format(printf, f, a)))

/* Classes of failure; one table in src/http maps them to HTTP status codes. */
enum yh_rc {
	YH_OK = 0,
	YH_BAD_INPUT,       /* malformed: syntax, type, unknown field, out of range */
	YH_UNAUTHENTICATED, /* who are you */
	YH_FORBIDDEN,       /* known, but not allowed */
	YH_NOT_FOUND,       /* absent, or not visible to the caller */
	YH_CONFLICT,        /* the state of the object does not admit it */
	YH_STALE,           /* If-Match named an older version */
	YH_REFUSED,         /* the measures or a local policy refuse it; `article` says which */
	YH_TOO_LARGE,       /* a bound on size was passed */
	YH_LIMITED,         /* too often; figure seconds: when to try again */
	YH_BUSY,            /* queue full or time over; try again */
	YH_STORAGE,         /* the store cannot write (disk full, read-only); reading may go on */
	YH_INTERNAL,        /* a defect or a broken store */
	YH_RC_COUNT
};

enum yh_fig_kind { YH_FIG_INT, YH_FIG_MILLI, YH_FIG_DAY, YH_FIG_TEXT, YH_FIG_PERIOD };

struct yh_fig {
	char name[24];
	enum yh_fig_kind kind;
	int64_t num;   /* INT as is; MILLI in thousandths; DAY as yh_day */
	char text[96]; /* PERIOD: "15wd" */
};

enum { YH_ERR_FIGS = 8 };

struct yh_err {
	enum yh_rc rc;
	char slug[56];    /* "quota-exceeded": the stable code of the API */
	char article[16]; /* "20", or "" */
	char param[48];   /* name of the local-policy parameter behind it, or "" */
	char field[128];  /* JSON pointer or file:line of the offending input, or "" */
	uint32_t n_figs;
	struct yh_fig figs[YH_ERR_FIGS];
};

/* What was found wrong in one input, all at once: the first `n`, in order, and how many in all. */
struct yh_faults {
	const struct yh_err *list;
	size_t n, all;
};

/* Fills `err` (which may be NULL) unless it already holds a failure; returns `rc`. */
enum yh_rc yh_fail(struct yh_err *err, enum yh_rc rc, const char *slug);

/* As yh_fail, naming the offending field. */
enum yh_rc yh_fail_field(struct yh_err *err, enum yh_rc rc, const char *slug, const char *field);

/* YH_REFUSED with its article. */
enum yh_rc yh_refuse(struct yh_err *err, const char *slug, const char *article);

/* Attach details; no-ops on NULL, silently bounded by YH_ERR_FIGS and the field sizes. */
void yh_err_article(struct yh_err *err, const char *article);
void yh_err_param(struct yh_err *err, const char *param);
void yh_err_field(struct yh_err *err, const char *fmt, ...) YH_PRINTF(2, 3);
void yh_err_int(struct yh_err *err, const char *name, int64_t v);
void yh_err_milli(struct yh_err *err, const char *name, int64_t v_milli);
void yh_err_day(struct yh_err *err, const char *name, int32_t day);
void yh_err_text(struct yh_err *err, const char *name, const char *text);
/* A period such as 15wd, which sentences say in words. */
void yh_err_period(struct yh_err *err, const char *name, const char *text);

/* Is it a failure inside, whose figures are for the log and not for whoever asked? */
bool yh_err_inside(const struct yh_err *err);
void yh_err_clear(struct yh_err *err);
const char *yh_rc_name(enum yh_rc rc);

#endif
