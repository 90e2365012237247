/* Ranges of network addresses, and whether an address lies in one. */
#ifndef YH_BASE_RANGES_H
#define YH_BASE_RANGES_H

#include <sys/socket.h>

#include "base/err.h"

enum { YH_RANGES_MOST = 64, YH_ADDRESS = 16 };

struct yh_ranges {
	struct {
		unsigned char addr[YH_ADDRESS]; /* IPv4 in its mapped form */
		unsigned bits;                  /* of the 128 */
	} list[YH_RANGES_MOST];
	unsigned n;
};

/* "10.1.0.0/16,fd00::/8" or addresses; NULL or "": none. BAD_INPUT
 * "guard-range" (figure text). */
YH_CHECK enum yh_rc yh_ranges_parse(const char *text, struct yh_ranges *out, struct yh_err *err);
bool yh_ranges_hold(const struct yh_ranges *r, const unsigned char addr[YH_ADDRESS]);

/* False for other families, or for what is no address. */
bool yh_address_of(const struct sockaddr *sa, unsigned char out[YH_ADDRESS]);
bool yh_address_parse(const char *text, unsigned char out[YH_ADDRESS]);
bool yh_address_loopback(const unsigned char addr[YH_ADDRESS]);
/* May one machine have both? Of IPv6, whoever has one address has its whole /64. */
bool yh_address_neighbours(const unsigned char a[YH_ADDRESS], const unsigned char b[YH_ADDRESS]);

#endif
