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

/* Secret: never logged, never echoed. Bare: on the command line it needs no name. */
enum { YH_REQUIRED = 1, YH_SECRET = 2, YH_BARE = 4 };
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
	YH_OP_PUBLIC = 1,       /* no sign-in: health, sign-in, the measures */
	YH_OP_WRITE = 2,        /* runs in a write transaction, honours Idempotency-Key */
	YH_OP_PAGED = 4,        /* takes ?limit (1..200, 50) and ?cursor; replies {items, next} */
	YH_OP_MATCH = 8,        /* requires If-Match */
	YH_OP_RAW = 16,         /* the handler sets its own content type */
	YH_OP_MAY_MATCH = 256,  /* compares If-Match when it is given */
	YH_OP_OWN_KEY = 32,     /* not for persons: the handler checks rq->bearer, or other proof */
	YH_OP_SECRET = 128,     /* its path holds a secret: it is not logged */
	YH_OP_SIGNED = 32768,   /* by a server or agent: many may stand behind one address */
	YH_OP_BEGINS = 1 << 18, /* leaves something in the store for a while, by anybody */
	YH_OP_ASIDE = 64, /* may take long: on workers of its own, cx.tx is NULL; see yh_req_read */
	YH_OP_SIGN_IN = 16384, /* takes a password or a code: not in clear, not often */
	YH_OP_SUMS = 2048,     /* the command line shows what stands beside `items`, too */
	YH_OP_NOUN = 1024,     /* what its noun alone means on the command line: `yunheng settle` */
	YH_OP_LATER = 512, /* replies 202 with `wait`, where `result`, a path, or `slug` will be */
};

/* A body that is bytes, not JSON. Such an operation runs on workers of its own, outside of a
 * transaction (cx.tx is NULL), and its handler may put the reply off: see yh_req_hold. */
struct yh_raw {
	size_t max_bytes;
	/* "application/x-protobuf;proto=a.B": lower case, no blanks, each parameter written out;
	 * charset=utf-8 is admitted besides. Ends with NULL. */
	const char *const *types;
	const char *encodings;    /* of Content-Encoding, separated by '|'; "identity": or none */
	const char *const *reads; /* request headers the handler looks at; NULL or ends with NULL */
	const char *const *sets;  /* reply headers it may set; likewise */
	/* Whether `bearer` (or NULL) was good lately: bodies of strangers share less memory. On a
	 * network thread: must not wait. NULL: nobody is known. */
	bool (*known)(const struct yh_world *world, const char *bearer);
	bool spooled; /* into a file as it comes, rq->spool; not for strangers */
};

struct yh_req;
typedef enum yh_rc (*yh_handler)(struct yh_req *rq, const void *in, struct yh_err *err);

/* A column of the command line's table output: where to find it in an item of the reply. */
struct yh_column {
	const char *title_zh, *title_en;
	const char *key; /* "no", or "due.day" */
};

/* What a stream of server-sent events tells of: topics, each built once for all who follow it. */
struct yh_live {
	const char *event; /* the events' name; the state to begin with is "state" */
	/* Writes what is new about the topic since it was last asked as one JSON value, or nothing.
	 * At most once a second, while someone follows, on one thread, outside a transaction.
	 * *state is the topic's own, NULL at first. A failure is logged, and asked again. */
	enum yh_rc (*build)(const struct yh_world *world, const char *topic, void **state,
			    struct yh_jw *w, struct yh_err *err);
	void (*forget)(void *state);
	bool apart; /* on another thread: it may be slow */
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
	const struct yh_raw *raw;   /* NULL: the body is JSON, by body_fields */
	const struct yh_live *live; /* a stream: the handler calls yh_req_follow */
	/* The shape of the reply (http/shape.h) as the handler writes it. PAGED: of one item, and
	 * " + {...}" of what stands beside items and next; live: of the first state, and " + " of
	 * each event's data; RAW: the media types, separated by '|'; "none": no content. */
	const char *reply;
	const char *tried; /* the name of the shape of its reply to ?dry_run=true; NULL: none */
};

/* A shape that several operations share; a component of the OpenAPI document by this name. */
struct yh_named_shape {
	const char *name, *shape; /* "CaseRow", "{no title}" */
};

struct yh_op_table {
	const struct yh_op *ops;
	size_t n;
	const struct yh_named_shape *shapes; /* for all tables; ends with a NULL name, or NULL */
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
	struct yh_faults faults;  /* in the arena: told with the problem when it is more than one */
	bool clear_cookie, tried, once; /* tried: nothing was kept; once: a secret is shown */
	/* with op->raw, and YH_OP_OWN_KEY */
	const void *body; /* until the reply is let go */
	size_t body_len;
	const struct yh_spool *spool; /* raw->spooled, in place of both: see http/spool.h */
	unsigned body_type;           /* index into op->raw->types */
	const char *body_encoding;    /* one of op->raw->encodings */
	const char *bearer;           /* NULL: none was sent */
	const char *source;           /* network address */
};

/* Makes a file the reply, with YH_OP_RAW: `fd` is read from its beginning while it is sent, and
 * closed then, or when the request fails after all; what was written to `w` is dropped. `name` is
 * what a browser saves it as, in UTF-8; `content_type` is set by the handler. */
void yh_req_file(struct yh_req *rq, int fd, int64_t size_bytes, const char *name);

/* The widest relation in which the actor may use another action of the matrix; NULL: in none. */
YH_CHECK enum yh_rc yh_req_relation(const struct yh_req *rq, const char *action, const char **out,
				    struct yh_err *err);

/* Sets ETag from a record's version. */
void yh_req_etag(struct yh_req *rq, int64_t version);
/* STALE "stale-version" (figures yours, current) unless If-Match is absent or equal. */
YH_CHECK enum yh_rc yh_req_match(const struct yh_req *rq, int64_t version, struct yh_err *err);

/* Runs `fn` in a read-only snapshot that is cx.tx meanwhile; it may run twice. With YH_OP_ASIDE and
 * op->raw. */
typedef enum yh_rc (*yh_req_fn)(struct yh_req *rq, void *arg, struct yh_err *err);
YH_CHECK enum yh_rc yh_req_read(struct yh_req *rq, yh_req_fn fn, void *arg, struct yh_err *err);

/* The value of a header named in op->raw->reads, NULL when it was not sent. */
const char *yh_req_header(const struct yh_req *rq, const char *name);
/* Sets a header named in op->raw->sets; it goes with a failing reply, too. */
void yh_req_set_header(struct yh_req *rq, const char *name, const char *value);

/* With op->live: makes the request a reader of `topic` from now on. When *fresh is set, the handler
 * goes on to write the state to begin with as its reply, and only then. Everything that decides
 * whether the actor may follow comes before the call: it is asked again, every half minute, and
 * whoever would follow another topic by then is sent away (FORBIDDEN "stream-roles-changed"). BUSY
 * "streams-full" (figure max), of all or of one person. */
YH_CHECK enum yh_rc yh_req_follow(struct yh_req *rq, const char *topic, bool *fresh,
				  struct yh_err *err);

/* With op->raw: the reply waits for yh_req_release, which may come at once and on any thread. The
 * handler calls it before it hands the request on, and returns YH_OK afterwards, or a failure when
 * nobody took it; no worker waits meanwhile. Until the release the handler's side may write to `rq`
 * and its arena, after it not even read. */
void yh_req_hold(struct yh_req *rq);
/* Lets the reply go: what is in `rq`, or the failure. */
void yh_req_release(struct yh_req *rq, enum yh_rc rc, const struct yh_err *err);

#endif
