/* An operation of the API, declared once as data: routing, body checking, permission, OpenAPI and
 * the command line all come from this declaration. */
#ifndef YH_HTTP_OP_H
#define YH_HTTP_OP_H

#include "base/buf.h"
#include "base/json.h"
#include "cases/context.h"
#include "law/messages.h"

enum yh_method { YH_GET, YH_POST, YH_PUT, YH_PATCH, YH_DELETE };

enum yh_field_type {
	YH_F_LINE,   /* const char *; text without control characters; max = characters */
	YH_F_TEXT,   /* const char *; may hold line breaks */
	YH_F_CODE,   /* const char *; [A-Za-z0-9][A-Za-z0-9._-]* */
	YH_F_WORD,   /* const char *; one of `choices`, separated by '|' */
	YH_F_INT,    /* int64_t within min..max */
	YH_F_BOOL,   /* bool */
	YH_F_ID,     /* struct yh_id */
	YH_F_DAY,    /* yh_day; YH_DAY_NONE when absent */
	YH_F_MILLI,  /* int64_t thousandths within min..max */
	YH_F_OBJECT, /* const json_t *; any object */
	YH_F_ARRAY,  /* const json_t *; any array */
};

enum { YH_REQUIRED = 1, YH_SECRET = 2 /* never logged, never echoed */ };

struct yh_field {
	const char *name; /* JSON key, query key, or {name} in the path */
	enum yh_field_type type;
	size_t offset; /* into the operation's input struct; absent fields stay zero */
	unsigned flags;
	int64_t min, max;
	const char *choices;
	const char *about; /* English; shown in OpenAPI and --help */
};

enum yh_op_flags {
	YH_OP_PUBLIC = 1,      /* no sign-in: health, sign-in, the measures */
	YH_OP_WRITE = 2,       /* runs in a write transaction, honours Idempotency-Key */
	YH_OP_PAGED = 4,       /* takes ?limit (1..200, 50) and ?cursor; replies {items, next} */
	YH_OP_MATCH = 8,       /* requires If-Match */
	YH_OP_RAW = 16,        /* the handler sets its own content type */
	YH_OP_MAY_MATCH = 256, /* compares If-Match when it is given */
};

struct yh_req;
typedef enum yh_rc (*yh_handler)(struct yh_req *rq, const void *in, struct yh_err *err);

/* A column of the command line's table output: where to find it in an item of the reply. */
struct yh_column {
	const char *title_zh, *title_en;
	const char *key; /* "no", or "due.day" */
};

struct yh_op {
	const char *name; /* "case.show": the command `yunheng case show` */
	enum yh_method method;
	const char *path;   /* "/api/v1/cases/{id}" */
	const char *action; /* generic permission in the pack's matrix ("case.read"), or NULL:
			       signed in */
	unsigned flags;
	const struct yh_field *path_fields, *query_fields, *body_fields; /* end with a NULL name */
	size_t in_size;
	yh_handler run;
	const struct yh_column *columns; /* ends with a NULL key; may be NULL */
	const char *about_zh, *about_en;
	/* WRITE, may be NULL: what needs no transaction, done on a worker before the one writer is
	 * asked. It leaves its findings in `in`, behind the fields; `cx` has no transaction, and
	 * with PUBLIC no actor. The transaction still judges: it takes over only what still holds.
	 */
	enum yh_rc (*prepare)(struct yh_req *rq, void *in, struct yh_err *err);
};

struct yh_op_table {
	const struct yh_op *ops;
	size_t n;
};

/* A request while its handler runs. The handler reads `cx`, writes the reply's JSON to `w`. */
struct yh_req {
	struct yh_ctx cx;
	const struct yh_op *op;
	struct yh_jw *w;      /* the reply body; restarted when a transaction is run again */
	uint32_t limit;       /* PAGED */
	const char *cursor;   /* PAGED: opaque to clients, "" on the first page */
	const char *relation; /* the widest relation the matrix gives the actor for op->action */
	int64_t if_match;     /* version from If-Match, -1 when absent */
	const char *lang;     /* "zh" or "en" */
	const struct yh_messages *messages; /* may be NULL: slugs stand for their sentences */
	int status;                         /* preset: 200, or 201 when location is set */
	char etag[48];                      /* set by yh_req_etag */
	const char *location;               /* in the arena; may stay NULL */
	const char *content_type;           /* for YH_OP_RAW */
	char session_cookie[160]; /* set by sign-in: the session cookie's value; empty: none */
	struct yh_err refused;    /* set with YH_OK: commit, and answer with this problem */
	bool clear_cookie;
};

/* Sets ETag from a record's version. */
void yh_req_etag(struct yh_req *rq, int64_t version);
/* STALE "stale-version" (figures yours, current) unless If-Match is absent or equal. */
YH_CHECK enum yh_rc yh_req_match(const struct yh_req *rq, int64_t version, struct yh_err *err);

#endif
