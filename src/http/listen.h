/* The listener: its socket, its TLS, and whom it lets in how often. */
#ifndef YH_HTTP_LISTEN_H
#define YH_HTTP_LISTEN_H

#include <microhttpd.h>
#include <stdatomic.h>

#include "base/ranges.h"
#include "http/limit.h"
#include "http/tls.h"

struct call;
struct yh_server;
struct yh_server_config;

/* Of every reply, the console's and the API's. */
#define YH_HSTS "max-age=31536000"
#define YH_PERMISSIONS                                                                             \
	"accelerometer=(), camera=(), display-capture=(), geolocation=(), gyroscope=(), "          \
	"microphone=(), midi=(), payment=(), usb=()"

/* Who comes in, and how: of one server. */
struct yh_door {
	struct yh_tls *tls; /* NULL: in clear */
	int64_t tls_warned_ms;
	atomic_bool look_now; /* read the certificate again */
	struct yh_ranges proxies, admins;
	struct yh_limit by_address, by_account, by_sign_in, by_begun;
	atomic_bool stranger_told; /* of one who speaks for others and is no proxy */
	_Atomic uint64_t limited, refused_connections;
};

/* What the library calls for a request (see server.c). */
struct yh_network {
	MHD_AccessHandlerCallback request;
	void *(*uri)(void *cls, const char *uri, struct MHD_Connection *mhd);
	void (*completed)(void *cls, struct MHD_Connection *mhd, void **context,
			  enum MHD_RequestTerminationCode why);
	size_t (*unescape)(void *cls, struct MHD_Connection *mhd, char *s);
	void (*log)(void *cls, const char *fmt, va_list ap);
};

void yh_listen_defaults(struct yh_server_config *c);
/* Limits, ranges and certificates; as their own rooms say. */
YH_CHECK enum yh_rc yh_listen_limits(struct yh_server *s, struct yh_err *err);
YH_CHECK enum yh_rc yh_listen_open(struct yh_server *s, struct yh_err *err);
YH_CHECK enum yh_rc yh_listen_start(struct yh_server *s, const struct yh_network *n,
				    struct yh_err *err);
void yh_listen_done(struct yh_server *s);
/* Now and then, or `now`. Not under the server's lock. */
void yh_listen_look(struct yh_server *s, bool now);
/* Until the certificate ends. INT64_MAX without one. */
int64_t yh_tls_days(const struct yh_server *s);
/* Do browsers come through TLS? */
bool yh_listen_secure(const struct yh_server *s);

/* Is the word of this address about whom it speaks for believed? */
bool yh_is_proxy(const struct yh_server *s, const unsigned char addr[YH_ADDRESS]);
void yh_address_text(const unsigned char addr[YH_ADDRESS], char out[64]);

/* Charges `key`, which is c->address or an account's id. */
bool yh_call_may_ask(struct call *c, struct yh_limit *l, const unsigned char *key, int64_t *wait_s);
/* Whether the address may try a password, which one that tried too many wrong ones may not, or
 * begin something. */
bool yh_call_may_try(struct call *c, int64_t *wait_s);
/* Charges the address when c->err says that the password was wrong. */
void yh_call_tried(struct call *c);
/* LIMITED "rate-limited" (figure seconds). */
void yh_call_too_often(struct yh_err *err, int64_t wait_s);

#endif
