/* The HTTP server: a bounded listener over the operation tables.
 *
 * Two network threads speak HTTP; requests run on a bounded pool of workers (reads, parsing) and on
 * the executor (writes), so that a slow query never holds up the network. A reply leaves only after
 * the commit is durable. */
#ifndef YH_HTTP_SERVER_H
#define YH_HTTP_SERVER_H

#include "http/op.h"
#include "http/site.h"
#include "law/messages.h"

struct yh_server;

/* Zero values take the defaults. */
/* A figure for /metrics that the rooms above know. */
struct yh_figure {
	const char *name, *type; /* counter, gauge */
	uint64_t value;
};
enum { YH_FIGURES_MOST = 32 };
typedef size_t (*yh_figures_fn)(const struct yh_world *world,
				struct yh_figure out[YH_FIGURES_MOST]);

struct yh_server_config {
	const char *address;    /* numeric; "127.0.0.1" */
	uint16_t port;          /* 0: a free one, see yh_server_port */
	bool secure_cookie;     /* clients come through TLS */
	bool trust_proxy;       /* the client's address is the last one in X-Forwarded-For, */
	const char *proxy_from; /* when it comes from these ranges; NULL: from this machine */
	const char *tls_cert, *tls_key; /* PEM files; NULL: no TLS */
	const char *tls_client_ca; /* who makes the districts' certificates; NULL: none asked for */
	bool plain_sign_in;        /* passwords may come in clear, from anywhere */
	const char *admin_from;    /* ranges that administrators act from; NULL: from anywhere */
	/* Requests a minute of an address, of an account; sign-ins of an address. 0: no limit. */
	unsigned rate_address, rate_account, rate_sign_in;
	bool rate_local;           /* limits hold for this machine, too */
	unsigned connections_each; /* of one address; 512 */
	const char *metrics_token; /* reads /metrics from elsewhere than this machine; NULL: none */
	yh_figures_fn figures;     /* NULL: none */
	/* Appends figures that have labels, in Prometheus's text form. NULL: none. */
	void (*labelled)(const struct yh_world *world, struct yh_buf *out);
	const struct yh_site *site;  /* the console, borrowed; NULL: none */
	const char *spool_dir;       /* for bodies that are written to files; NULL: refused */
	size_t body_max_bytes;       /* 1 MiB */
	size_t reply_max_bytes;      /* 16 MiB */
	unsigned request_deadline_s; /* for receiving, for waiting, and for sending; 30 */
	unsigned drain_s;            /* that a stop waits for replies before reads are ended; 10 */
	unsigned connections_max;    /* 4096 */
	unsigned workers;            /* 4 */
	unsigned raw_workers;        /* for operations with raw bodies; 2 */
	unsigned aside_workers;      /* for those that may take long; 2 */
	unsigned list_workers;       /* for whole lists as files: each holds a reader; 1 */
	unsigned list_rows_max;      /* of such a file; 100,000 */
	unsigned streams_max;        /* open at a time; 2048 */
	unsigned streams_each;       /* of one person; 64 */
	unsigned stream_period_ms;   /* between two events of a topic; 1000 */
	unsigned stream_beat_ms;     /* a word on a quiet stream at least this often; 15000 */
	unsigned stream_recheck_s;   /* between two looks at who may still follow; 30 */
	unsigned queue_max;          /* requests waiting for a worker of either kind; 256 */
};

/* Starts listening. Everything passed in is borrowed until the stop, except the configuration.
 * INTERNAL "route-conflict" or "route-invalid" (figures first, second) when the tables contradict
 * themselves, and as yh_shape_book_load; STORAGE "listen-failed" (figure detail) when the address
 * cannot be had; BAD_INPUT as yh_tls_open and yh_ranges_parse. */
YH_CHECK enum yh_rc yh_server_start(const struct yh_server_config *cfg,
				    const struct yh_world *world,
				    const struct yh_op_table *const *tables, size_t n_tables,
				    const struct yh_messages *messages, struct yh_server **out,
				    struct yh_err *err);

uint16_t yh_server_port(const struct yh_server *s);

/* Reads the certificate again, soon. */
void yh_server_reload(struct yh_server *s);

/* Stops accepting, answers what runs, closes, frees. New requests on open connections get 503
 * "server-stopping". NULL is allowed. */
void yh_server_stop(struct yh_server *s);

#endif
