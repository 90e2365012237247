/* The guard against requests into inner networks.
 *
 * Whoever registers an address has the server speak to it, from inside the government's network.
 * So the guard judges the address that is actually connected to, when the socket is opened: a name
 * that resolves to something else by then gains nothing. Without an allowance only addresses of the
 * public Internet are admitted; inner receivers are allowed by range, explicitly, in the server's
 * configuration. */
#ifndef YH_NET_GUARD_H
#define YH_NET_GUARD_H

#include <netinet/in.h>
#include <sys/socket.h>

#include "base/ranges.h"

enum { YH_GUARD_PORTS = 16 };

struct yh_guard {
	struct yh_ranges allow;
	uint16_t ports[YH_GUARD_PORTS];
	unsigned n_ports;
	bool plain; /* http besides https */
};

/* `allow`: "10.1.0.0/16,fd00::/8" or an address; NULL or "": none. `ports`: "443,8443"; NULL: 443
 * and 8443, with `plain` 80 and 8080 besides. BAD_INPUT "guard-range" or "guard-port" (figure text)
 * for what is neither. */
YH_CHECK enum yh_rc yh_guard_init(struct yh_guard *g, const char *allow, const char *ports,
				  bool plain, struct yh_err *err);

/* May this address be connected to? Its port counts, too. Unknown families: no. */
bool yh_guard_admits(const struct yh_guard *g, const struct sockaddr *addr, socklen_t len);

/* Looks at a URL before it is kept: BAD_INPUT "hook-url" (field "/url") unless it is http(s) as the
 * guard says, with a host, an admitted port, no user, no fragment and at most 500 characters;
 * FORBIDDEN "hook-address-refused" when its host is an address that is not admitted. That a name
 * passes here says nothing: what it resolves to is judged when it is used. */
YH_CHECK enum yh_rc yh_guard_url(const struct yh_guard *g, const char *url, struct yh_err *err);

#endif
