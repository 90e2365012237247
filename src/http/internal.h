/* What the files of this room share; nobody else includes it. */
#ifndef YH_HTTP_INTERNAL_H
#define YH_HTTP_INTERNAL_H

#include <pthread.h>
#include <stdatomic.h>
#include "http/bodies.h"
#include "http/conn.h"
#include "http/guard.h"
#include "http/hub.h"
#include "http/input.h"
#include "http/listen.h"
#include "http/pool.h"
#include "http/router.h"
#include "http/server.h"
#include "http/shape.h"
#include "services/identity/auth.h"

/* Flags beyond those of op.h. */
enum {
	YH_OP_INLINE = 1 << 16, /* answered on the network thread, without a transaction */
	YH_OP_READY = 1 << 17,  /* any failure but a malformed request is "not ready": 503 */
};

enum call_state { CALL_HEAD, CALL_BODY, CALL_RUNNING, CALL_DONE };

/* One request from its first line to the end of its reply. Owned by the network thread, except in
 * CALL_RUNNING, when the connection is suspended and a worker or the executor has it. */
struct call {
	struct yh_server *srv;
	struct MHD_Connection *mhd;
	struct conn *conn;
	struct call *next; /* in the workers' queue */
	enum call_state state;
	bool counted; /* among the running */
	int64_t begun_ms, begun_us;
	bool local;                        /* from this machine, and through no proxy */
	bool proxied;                      /* through a proxy that is believed */
	bool charged;                      /* to its account's limit */
	unsigned char address[YH_ADDRESS]; /* whose it is; its text: source */

	char *uri;
	struct yh_arena arena;
	struct yh_wanted head; /* copies */
	char method[16];
	struct yh_match match;
	const struct yh_site_file *page; /* of the console: the reply, and then there is no op */
	const char *query;               /* in uri, or NULL */
	bool listing;                    /* a whole list is asked for as a file */
	struct yh_page_in page_in;
	struct yh_buf body;
	struct yh_bytes bytes; /* of a raw operation, instead */
	const char **read;     /* values of op->raw->reads */
	struct header_out {
		const char *name, *value;
		struct header_out *next;
	} * set;
	atomic_int turns;         /* a held reply: the handler's return and the release */
	struct yh_reader *reader; /* of a stream */
	bool fresh;               /* its state to begin with is in `out` */
	const char *follows; /* only asks whether a reader of this topic may go on; else NULL */
	char source[64];
	char request_id[72];

	struct yh_req rq;
	void *in;
	struct yh_jw jw;
	struct yh_write write;
	struct yh_credential cred;
	bool has_cred;
	struct yh_sm3 digest; /* of the request, for its idempotency key */
	struct yh_kept_reply kept;
	bool replayed;
	char flow[YH_TOKEN_TEXT]; /* see http/flow.h; "": the cookie stays as it is */

	bool has_file; /* the reply is this one */
	int file_fd;
	int64_t file_bytes;
	const char *file_name;
	struct yh_err err;
	struct yh_buf out;
	unsigned notes; /* records that its transaction made of it */
	int status;     /* of the reply; before: what a failing head asks for */
	bool close;
};

enum { TOUCHED = 1024, YH_TABLES_MAX = 96 };

/* Requests with JSON bodies, those with raw ones, those that may take long and whole lists wait in
 * lines of their own, so that none starves another. */
enum yh_lane { LANE_JSON, LANE_RAW, LANE_ASIDE, LANE_LIST, LANES };

enum { YH_LATENCY_BOUNDS = 12 };
struct latency {
	_Atomic uint64_t n[YH_LATENCY_BOUNDS + 1], sum_us;
};

struct lane {
	struct yh_server *srv;
	pthread_cond_t work; /* a call was queued, or stop */
	struct call *head, **tail;
	unsigned queued, n_workers;
	pthread_t *workers;
};

struct yh_server {
	struct yh_server_config cfg;
	const struct yh_world *world;
	const struct yh_messages *messages;
	const struct yh_op_table *tables[YH_TABLES_MAX];
	size_t n_tables;
	struct yh_router *router;
	struct yh_arena shape_texts;
	struct yh_shape_book shapes;
	struct MHD_Daemon *mhd;
	int listen_fd;
	uint16_t port;
	pthread_mutex_t lock;  /* connections, lanes, running, touched */
	pthread_cond_t idle;   /* running became 0 */
	pthread_cond_t reaper; /* stop */
	struct conn *conns;
	struct lane lanes[LANES];
	unsigned running;
	bool draining, stop;
	struct yh_bodies bodies;
	struct yh_hub hub;
	pthread_t reaper_thread;
	bool has_reaper;
	struct {
		struct yh_id token;
		int64_t at_ms;
	} touched[TOUCHED];

	struct yh_door door;
	_Atomic uint64_t replies[6]; /* by class of status */
	struct abandoned {
		_Atomic uint64_t n;
		_Atomic int64_t quiet_until_ms; /* before which none is logged */
	} abandoned;                            /* replies, for want of memory */
	struct latency latency[LANES];
	yh_time started_at;
	_Atomic(struct yh_described *) described; /* of the packs that were in force */
};

/* Every yh_req of this server lives in a call. */
static inline struct call *yh_call_of(struct yh_req *rq)
{
	return (struct call *)(void *)((char *)rq - offsetof(struct call, rq));
}

/* metrics.c */
enum yh_lane yh_lane_of(const struct call *c);
void yh_http_observe(const struct call *c);
int64_t yh_jobs_behind_s(const struct yh_world *w), yh_jobs_stalled_s(const struct yh_world *w);
YH_CHECK enum yh_rc yh_http_metrics(struct yh_req *rq, const void *in, struct yh_err *err);

/* head.c: takes what the head says into the call; 0, or the status to refuse with, and why in
 * c->err. */
int yh_call_check_head(struct call *c, const char *url, struct yh_head *h);

/* call.c: a request from its head to its reply. */
struct call *yh_call_new(struct yh_server *s, struct MHD_Connection *mhd, struct conn *conn,
			 const char *uri);
void yh_call_free(struct call *c);
void yh_call_drop_file(struct call *c); /* closes what was to be the reply, if any */
/* Sets the failing reply: `status` 0 takes that of err.rc. */
void yh_call_fail(struct call *c, int status);

/* run.c: on a worker. Ends by yh_call_resume, now or from the executor. */
void yh_call_run(struct call *c);
/* The same for YH_OP_INLINE, at once. */
void yh_call_run_inline(struct call *c);

/* The hub's yh_again_fn. */
YH_CHECK enum yh_rc yh_call_again(struct yh_server *s, const struct yh_reader *r, const char *topic,
				  struct yh_err *err);

/* credential.c */
/* "name=" of the cookie of a session, or of a sign-in at an issuer that was begun. Behind TLS it is
 * one that a browser takes from this host alone: a neighbour cannot plant a session. */
const char *yh_cookie_name(const struct yh_server *s, bool flow);
/* What follows "Bearer ", NULL for another scheme. */
const char *yh_bearer_of(const char *authorization);
/* Fills rq->bearer of an operation with keys of its own; UNAUTHENTICATED when it cannot be read. */
YH_CHECK enum yh_rc yh_call_bearer(struct call *c, struct yh_err *err);
YH_CHECK enum yh_rc yh_call_credential(struct call *c, struct yh_err *err);
/* Resolves the actor, and what the matrix gives it for the operation. */
YH_CHECK enum yh_rc yh_call_admit(struct call *c, struct yh_tx *tx, struct yh_err *err);
/* Whether the actor and the matrix, as far as they are remembered, admit the call: then the
 * transaction that runs it may find out. */
YH_CHECK bool yh_call_admits_unread(struct call *c);
/* Notes the use of a session after the fact, at most every two minutes. */
void yh_call_touch(struct call *c);

#include "http/replies.h"

#endif
