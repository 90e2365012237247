/* A collector of records (RFC 5424): one message after the other over UDP, TCP, TLS, a local socket
 * or into a file. Used by one thread. */
#ifndef YH_NET_COLLECTOR_H
#define YH_NET_COLLECTOR_H

#include <stdbool.h>
#include <stddef.h>

#include "base/err.h"

struct yh_collector;

/* Is it "udp://HOST:PORT", "tcp://HOST:PORT", "tls://HOST:PORT", "unix:/PATH" or "file:/PATH"? */
bool yh_collector_is(const char *url);
/* `ca_file`: certificates to trust besides the system's (tls); NULL: none. NULL without memory. */
struct yh_collector *yh_collector_new(const char *url, const char *ca_file);
void yh_collector_free(struct yh_collector *c);

/* Sends one message, at most a few seconds long, and connects before when it must. Streams carry
 * its length before it (RFC 6587). BUSY "collector-away" (figure detail): the connection is gone,
 * and what was not confirmed must be sent again. */
YH_CHECK enum yh_rc yh_collector_send(struct yh_collector *c, const char *message, size_t n,
				      struct yh_err *err);
/* Is the connection up, and has the other side's machine taken everything that was sent? A file is
 * brought onto the disk for this. Where nothing answers (UDP), yes. */
YH_CHECK enum yh_rc yh_collector_has(struct yh_collector *c, bool *all, struct yh_err *err);

#endif
