/* The guard against requests into inner networks. */
#include "net/guard.h"

#include <arpa/inet.h>
#include <curl/curl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"

enum { URL_MAX = 500 };

/* IPv4 that is not the public Internet: IANA's registry of special purposes, and multicast. */
static const struct {
	uint32_t net;
	unsigned bits;
} inner4[] = {
	{ 0x00000000, 8 },  /* this network, 0.0.0.0 among it */
	{ 0x0A000000, 8 },  /* private */
	{ 0x64400000, 10 }, /* carriers' own */
	{ 0x7F000000, 8 },  /* loopback */
	{ 0xA9FE0000, 16 }, /* link-local, and the clouds' metadata */
	{ 0xAC100000, 12 }, /* private */
	{ 0xC0000000, 24 }, /* protocol assignments */
	{ 0xC0000200, 24 }, /* documentation */
	{ 0xC0586300, 24 }, /* 6to4 relays */
	{ 0xC0A80000, 16 }, /* private */
	{ 0xC6120000, 15 }, /* benchmarks */
	{ 0xC6336400, 24 }, /* documentation */
	{ 0xCB007100, 24 }, /* documentation */
	{ 0xE0000000, 4 },  /* multicast */
	{ 0xF0000000, 4 },  /* reserved, and broadcast */
};

/* Within 2000::/3; everything outside of it is inner anyway. */
static const struct {
	unsigned char net[4];
	unsigned bits;
} inner6[] = {
	{ { 0x20, 0x01, 0x00, 0x00 }, 23 }, /* Teredo, benchmarks, ORCHID: protocol assignments */
	{ { 0x20, 0x01, 0x0D, 0xB8 }, 32 }, /* documentation */
	{ { 0x3F, 0xFE, 0x00, 0x00 }, 16 }, /* what was the 6bone */
	{ { 0x3F, 0xFF, 0x00, 0x00 }, 20 }, /* documentation */
};

static const unsigned char mapped[12] = { 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xFF, 0xFF };
static const unsigned char nat64[12] = { 0, 0x64, 0xFF, 0x9B };

static bool same_bits(const unsigned char *a, const unsigned char *b, unsigned bits)
{
	unsigned whole = bits / 8, rest = bits % 8;
	unsigned char mask = (unsigned char)(0xFF00u >> rest);

	return memcmp(a, b, whole) == 0 && (rest == 0 || ((a[whole] ^ b[whole]) & mask) == 0);
}

static bool public4(const unsigned char b[4])
{
	uint32_t a = (uint32_t)b[0] << 24 | (uint32_t)b[1] << 16 | (uint32_t)b[2] << 8 | b[3];

	for (size_t i = 0; i < YH_LEN(inner4); i++)
		if (((a ^ inner4[i].net) >> (32 - inner4[i].bits)) == 0)
			return false;
	return true;
}

/* An address that carries one of IPv4 leads there: it is as public as that one is. */
static bool public6(const unsigned char b[16])
{
	static const unsigned char isatap[4] = { 0x00, 0x00, 0x5E, 0xFE };

	if (memcmp(b, mapped, sizeof mapped) == 0 || memcmp(b, nat64, sizeof nat64) == 0)
		return public4(b + 12);
	if (b[0] == 0x20 && b[1] == 0x02) /* 6to4 */
		return public4(b + 2);
	if ((b[0] & 0xE0) != 0x20)
		return false;
	for (size_t i = 0; i < YH_LEN(inner6); i++)
		if (same_bits(b, inner6[i].net, inner6[i].bits))
			return false;
	if ((b[8] & 0xFD) == 0 && memcmp(b + 9, isatap + 1, 3) == 0)
		return public4(b + 12);
	return true;
}

static bool address_of(const struct sockaddr *sa, socklen_t len, unsigned char out[16],
		       uint16_t *port)
{
	struct sockaddr_in v4;
	struct sockaddr_in6 v6;

	if (sa->sa_family == AF_INET && len >= (socklen_t)sizeof v4) {
		memcpy(&v4, sa, sizeof v4);
		*port = ntohs(v4.sin_port);
		return yh_address_of(sa, out);
	}
	if (sa->sa_family == AF_INET6 && len >= (socklen_t)sizeof v6) {
		memcpy(&v6, sa, sizeof v6);
		*port = ntohs(v6.sin6_port);
		return yh_address_of(sa, out);
	}
	return false;
}

static bool admits_address(const struct yh_guard *g, const unsigned char addr[16])
{
	return yh_ranges_hold(&g->allow, addr) || public6(addr);
}

static bool admits_port(const struct yh_guard *g, uint16_t port)
{
	for (unsigned i = 0; i < g->n_ports; i++)
		if (g->ports[i] == port)
			return true;
	return false;
}

bool yh_guard_admits(const struct yh_guard *g, const struct sockaddr *sa, socklen_t len)
{
	unsigned char addr[16];
	uint16_t port;

	return address_of(sa, len, addr, &port) && admits_port(g, port) && admits_address(g, addr);
}

/* A whole decimal number up to `most`. */
static bool number(const char *s, unsigned long most, unsigned long *out)
{
	size_t n = strlen(s);

	if (n == 0 || n > 5 || strspn(s, "0123456789") != n)
		return false;
	*out = strtoul(s, NULL, 10);
	return *out <= most;
}

static bool add_port(struct yh_guard *g, char *text)
{
	unsigned long port;

	if (g->n_ports == YH_GUARD_PORTS || !number(text, 65535, &port) || port == 0)
		return false;
	g->ports[g->n_ports++] = (uint16_t)port;
	return true;
}

static enum yh_rc each(struct yh_guard *g, const char *list,
		       bool (*add)(struct yh_guard *g, char *text), const char *slug,
		       struct yh_err *err)
{
	while (list && *list) {
		char one[64];
		size_t n = strcspn(list, ",");

		(void)snprintf(one, sizeof one, "%.*s", (int)(n < 63 ? n : 63), list);
		if (n > 63 || !add(g, one)) {
			(void)yh_fail(err, YH_BAD_INPUT, slug);
			yh_err_text(err, "text", one);
			return YH_BAD_INPUT;
		}
		list += n + (list[n] == ',');
	}
	return YH_OK;
}

enum yh_rc yh_guard_init(struct yh_guard *g, const char *allow, const char *ports, bool plain,
			 struct yh_err *err)
{
	enum yh_rc rc;

	*g = (struct yh_guard){ .plain = plain };
	rc = yh_ranges_parse(allow, &g->allow, err);
	return rc == YH_OK ? each(g,
				  ports   ? ports
				  : plain ? "443,8443,80,8080"
					  : "443,8443",
				  add_port, "guard-port", err)
			   : rc;
}

/* The host as an address, if it is one; names are not resolved. */
static bool literal(const char *host, unsigned char addr[16])
{
	char text[64];
	size_t n = strlen(host);

	if (host[0] == '[' && n > 2 && n < sizeof text) {
		(void)snprintf(text, sizeof text, "%.*s", (int)(n - 2), host + 1);
		text[strcspn(text, "%")] = 0;
		return inet_pton(AF_INET6, text, addr) == 1;
	}
	memcpy(addr, mapped, sizeof mapped);
	return inet_pton(AF_INET, host, addr + 12) == 1;
}

static bool has(CURLU *u, CURLUPart part)
{
	char *text = NULL;
	bool there = curl_url_get(u, part, &text, 0) == CURLUE_OK;

	curl_free(text);
	return there;
}

static bool fits(const struct yh_guard *g, CURLU *u)
{
	char *scheme = NULL, *port = NULL;
	unsigned long n;
	bool ok = curl_url_get(u, CURLUPART_SCHEME, &scheme, 0) == CURLUE_OK &&
		  (strcmp(scheme, "https") == 0 || (g->plain && strcmp(scheme, "http") == 0)) &&
		  curl_url_get(u, CURLUPART_PORT, &port, CURLU_DEFAULT_PORT) == CURLUE_OK &&
		  number(port, 65535, &n) && admits_port(g, (uint16_t)n) &&
		  !has(u, CURLUPART_USER) && !has(u, CURLUPART_PASSWORD) &&
		  !has(u, CURLUPART_FRAGMENT);

	curl_free(scheme);
	curl_free(port);
	return ok;
}

static bool printable(const char *s)
{
	for (; *s; s++)
		if (*s <= 0x20 || *s >= 0x7F || strchr("\"<>\\^`{|}", *s))
			return false;
	return true;
}

enum yh_rc yh_guard_url(const struct yh_guard *g, const char *url, struct yh_err *err)
{
	CURLU *u = curl_url();
	unsigned char addr[16];
	char *host = NULL;
	bool ok;
	enum yh_rc rc = YH_OK;

	if (!u)
		return yh_fail(err, YH_TOO_LARGE, "memory-short");
	ok = strlen(url) <= URL_MAX && printable(url) && !strstr(url, ":///") &&
	     curl_url_set(u, CURLUPART_URL, url, 0) == CURLUE_OK && fits(g, u) &&
	     curl_url_get(u, CURLUPART_HOST, &host, 0) == CURLUE_OK && host[0];
	if (!ok)
		rc = yh_fail_field(err, YH_BAD_INPUT, "hook-url", "/url");
	else if (literal(host, addr) && !admits_address(g, addr))
		rc = yh_fail_field(err, YH_FORBIDDEN, "hook-address-refused", "/url");
	curl_free(host);
	curl_url_cleanup(u);
	return rc;
}
