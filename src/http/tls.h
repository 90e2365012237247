/* TLS of the listener: a certificate and its key from files, taken anew while connections go on. */
#ifndef YH_HTTP_TLS_H
#define YH_HTTP_TLS_H

#include <microhttpd.h>

#include "base/err.h"
#include "base/time.h"

struct yh_tls;

/* What the library is given: TLS 1.2 and 1.3, ciphers with forward secrecy and authentication. */
extern const char yh_tls_priorities[];

/* One a process: the library's question for a certificate does not say for whom it asks.
 * `client_ca` (PEM, NULL: none): who clients' certificates must come from, see yh_tls_peer.
 * BAD_INPUT "tls-file" (field: the file, figure detail) for what cannot be read, "tls-key-other"
 * when key and certificate are no pair. */
YH_CHECK enum yh_rc yh_tls_open(const char *cert, const char *key, const char *client_ca,
				struct yh_tls **out, struct yh_err *err);
void yh_tls_close(struct yh_tls *t);
/* Reads the files again when they changed since, or with `now_ms` 0 in any case. Handshakes under
 * way keep what they began with; after a failure, which is as above, everything does. */
YH_CHECK enum yh_rc yh_tls_reload(struct yh_tls *t, int64_t now_ms, struct yh_err *err);

/* For MHD_OPTION_HTTPS_CERT_CALLBACK. */
void *yh_tls_callback(void);
/* The text of client_ca, NULL without one. */
const char *yh_tls_trust(const struct yh_tls *t);
/* Did the client of this connection show a certificate that client_ca vouches for? */
bool yh_tls_peer(struct MHD_Connection *mhd);
/* When the certificate ends. */
yh_time yh_tls_expires(const struct yh_tls *t);

enum { YH_TLS_WARN_DAYS = 30 };

#endif
