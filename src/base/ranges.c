/* Ranges of network addresses. */
#include "base/ranges.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { V4_BITS = 96, TEXT = 64 };

static const unsigned char mapped[12] = { 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xFF, 0xFF };

bool yh_address_parse(const char *text, unsigned char out[YH_ADDRESS])
{
	if (inet_pton(AF_INET, text, out + sizeof mapped) == 1) {
		memcpy(out, mapped, sizeof mapped);
		return true;
	}
	return inet_pton(AF_INET6, text, out) == 1;
}

bool yh_address_of(const struct sockaddr *sa, unsigned char out[YH_ADDRESS])
{
	struct sockaddr_in v4;
	struct sockaddr_in6 v6;

	if (sa && sa->sa_family == AF_INET) {
		memcpy(&v4, sa, sizeof v4);
		memcpy(out, mapped, sizeof mapped);
		memcpy(out + sizeof mapped, &v4.sin_addr, 4);
		return true;
	}
	if (sa && sa->sa_family == AF_INET6) {
		memcpy(&v6, sa, sizeof v6);
		memcpy(out, &v6.sin6_addr, YH_ADDRESS);
		return true;
	}
	return false;
}

bool yh_address_loopback(const unsigned char addr[YH_ADDRESS])
{
	static const unsigned char v6[YH_ADDRESS] = { [YH_ADDRESS - 1] = 1 };

	return memcmp(addr, v6, sizeof v6) == 0 ||
	       (memcmp(addr, mapped, sizeof mapped) == 0 && addr[sizeof mapped] == 127);
}

bool yh_address_neighbours(const unsigned char a[YH_ADDRESS], const unsigned char b[YH_ADDRESS])
{
	static const unsigned char v4[8]; /* what such an address begins with, and loopback, too */

	return memcmp(a, b, memcmp(a, v4, sizeof v4) == 0 ? YH_ADDRESS : sizeof v4) == 0;
}

static bool same_bits(const unsigned char *a, const unsigned char *b, unsigned bits)
{
	unsigned whole = bits / 8, rest = bits % 8;
	unsigned char mask = (unsigned char)(0xFF00u >> rest);

	return memcmp(a, b, whole) == 0 && (rest == 0 || ((a[whole] ^ b[whole]) & mask) == 0);
}

bool yh_ranges_hold(const struct yh_ranges *r, const unsigned char addr[YH_ADDRESS])
{
	for (unsigned i = 0; i < r->n; i++)
		if (same_bits(addr, r->list[i].addr, r->list[i].bits))
			return true;
	return false;
}

/* A whole decimal number up to `most`. */
static bool number(const char *s, unsigned most, unsigned *out)
{
	size_t n = strlen(s);

	if (n == 0 || n > 3 || strspn(s, "0123456789") != n)
		return false;
	*out = (unsigned)strtoul(s, NULL, 10);
	return *out <= most;
}

static bool add(struct yh_ranges *r, char *text)
{
	char *slash = strchr(text, '/');
	unsigned bits;
	bool v4;

	if (r->n == YH_RANGES_MOST)
		return false;
	if (slash)
		*slash++ = 0;
	v4 = strchr(text, ':') == NULL;
	if (!yh_address_parse(text, r->list[r->n].addr))
		return false;
	bits = v4 ? 32 : 128;
	if (slash && !number(slash, bits, &bits))
		return false;
	r->list[r->n++].bits = bits + (v4 ? V4_BITS : 0);
	return true;
}

enum yh_rc yh_ranges_parse(const char *text, struct yh_ranges *out, struct yh_err *err)
{
	*out = (struct yh_ranges){ 0 };
	while (text && *text) {
		char one[TEXT];
		size_t n;

		n = strcspn(text, ",");
		(void)snprintf(one, sizeof one, "%.*s", (int)(n < TEXT ? n : TEXT - 1), text);
		if (n >= TEXT || !add(out, one)) {
			(void)yh_fail(err, YH_BAD_INPUT, "guard-range");
			yh_err_text(err, "text", one);
			return YH_BAD_INPUT;
		}
		text += n + (text[n] == ',');
	}
	return YH_OK;
}
