/* Which addresses a stranger may have the server speak to. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <arpa/inet.h>
#include <cmocka.h>

#include "net/guard.h"

static bool admits(const struct yh_guard *g, const char *address, uint16_t port)
{
	struct sockaddr_in v4 = { .sin_family = AF_INET, .sin_port = htons(port) };
	struct sockaddr_in6 v6 = { .sin6_family = AF_INET6, .sin6_port = htons(port) };

	if (inet_pton(AF_INET, address, &v4.sin_addr) == 1)
		return yh_guard_admits(g, (const struct sockaddr *)&v4, sizeof v4);
	assert_int_equal(inet_pton(AF_INET6, address, &v6.sin6_addr), 1);
	return yh_guard_admits(g, (const struct sockaddr *)&v6, sizeof v6);
}

static struct yh_guard guard(const char *allow, const char *ports, bool plain)
{
	struct yh_guard g;
	struct yh_err err = { 0 };

	assert_int_equal(yh_guard_init(&g, allow, ports, plain, &err), YH_OK);
	return g;
}

static void the_public_internet_is_admitted(void **state)
{
	static const char *const open[] = {
		"8.8.8.8",         "1.1.1.1",          "9.255.255.255",   "11.0.0.0",
		"100.63.255.255",  "100.128.0.0",      "126.255.255.255", "128.0.0.0",
		"169.253.255.255", "169.255.0.0",      "172.15.255.255",  "172.32.0.0",
		"192.0.1.0",       "192.167.255.255",  "192.169.0.0",     "198.17.255.255",
		"198.20.0.0",      "223.255.255.255",  "2400:3200::1",    "2606:4700:4700::1111",
		"::ffff:8.8.8.8",  "64:ff9b::8.8.8.8", "2002:808:808::1", "2001:200::1",
	};
	struct yh_guard g = guard(NULL, NULL, false);

	(void)state;
	for (size_t i = 0; i < sizeof open / sizeof open[0]; i++)
		if (!admits(&g, open[i], 443))
			fail_msg("%s is refused", open[i]);
}

/* proves S14 */
static void inner_addresses_are_refused_in_every_form(void **state)
{
	static const char *const inner[] = {
		"0.0.0.0",
		"0.255.255.255",
		"10.0.0.0",
		"10.255.255.255",
		"100.64.0.0",
		"100.127.255.255",
		"127.0.0.1",
		"127.255.255.255",
		"169.254.0.0",
		"169.254.169.254",
		"172.16.0.0",
		"172.31.255.255",
		"192.0.0.1",
		"192.0.2.1",
		"192.88.99.1",
		"192.168.0.0",
		"192.168.255.255",
		"198.18.0.0",
		"198.19.255.255",
		"198.51.100.1",
		"203.0.113.1",
		"224.0.0.1",
		"239.255.255.255",
		"240.0.0.1",
		"255.255.255.255",
		/* IPv6 of its own */
		"::",
		"::1",
		"fc00::1",
		"fdff::1",
		"fe80::1",
		"febf::1",
		"fec0::1",
		"ff02::1",
		"ff0e::1",
		"100::1",
		"2001:db8::1",
		"2001::1",
		"2001:0:7f00:1::",
		"2001:2::1",
		"2001:10::1",
		"2001:20::1",
		"3ffe::1",
		"3fff::1",
		"5f00::1",
		"4000::1",
		"e000::1",
		/* of IPv4, carried inside */
		"::127.0.0.1",
		"::10.0.0.1",
		"::8.8.8.8",
		"::ffff:127.0.0.1",
		"::ffff:10.1.2.3",
		"::ffff:169.254.169.254",
		"::ffff:0:10.0.0.1",
		"64:ff9b::10.0.0.1",
		"64:ff9b::127.0.0.1",
		"64:ff9b:1::8.8.8.8",
		"2002:a00:1::1",
		"2002:7f00:1::",
		"2002:c0a8:1::1",
		"2400::5efe:10.0.0.1",
		"2400::200:5efe:192.168.1.1",
	};
	struct yh_guard g = guard(NULL, NULL, false);

	(void)state;
	for (size_t i = 0; i < sizeof inner / sizeof inner[0]; i++)
		if (admits(&g, inner[i], 443))
			fail_msg("%s is admitted", inner[i]);
}

static void an_allowed_range_is_admitted_to_its_last_address_and_no_further(void **state)
{
	struct yh_guard g =
		guard("10.2.0.0/15,192.168.7.9,fd12:3456::/33,127.0.0.1/32", NULL, false);

	(void)state;
	assert_true(admits(&g, "10.2.0.0", 443));
	assert_true(admits(&g, "10.3.255.255", 443));
	assert_true(admits(&g, "::ffff:10.3.255.255", 443));
	assert_false(admits(&g, "10.1.255.255", 443));
	assert_false(admits(&g, "10.4.0.0", 443));
	assert_true(admits(&g, "192.168.7.9", 443));
	assert_false(admits(&g, "192.168.7.8", 443));
	assert_false(admits(&g, "192.168.7.10", 443));
	assert_true(admits(&g, "fd12:3456:7fff:ffff::1", 443));
	assert_false(admits(&g, "fd12:3456:8000::1", 443));
	assert_true(admits(&g, "127.0.0.1", 443));
	assert_false(admits(&g, "127.0.0.2", 443));
	/* what is allowed in IPv4 is not allowed where it is carried in other addresses */
	assert_false(admits(&g, "64:ff9b::10.2.0.1", 443));
}

static void only_configured_ports_are_admitted(void **state)
{
	struct yh_guard usual = guard(NULL, NULL, false), plain = guard(NULL, NULL, true),
			own = guard(NULL, "9443", true);

	(void)state;
	assert_true(admits(&usual, "8.8.8.8", 443) && admits(&usual, "8.8.8.8", 8443));
	assert_false(admits(&usual, "8.8.8.8", 80));
	assert_false(admits(&usual, "8.8.8.8", 25));
	assert_true(admits(&plain, "8.8.8.8", 80) && admits(&plain, "8.8.8.8", 443));
	assert_true(admits(&own, "8.8.8.8", 9443));
	assert_false(admits(&own, "8.8.8.8", 443));
}

static void other_families_and_short_addresses_are_refused(void **state)
{
	struct yh_guard g = guard("0.0.0.0/0,::/0", NULL, false);
	struct sockaddr_in v4 = { .sin_family = AF_INET, .sin_port = htons(443) };
	struct sockaddr unix_ = { .sa_family = AF_UNIX };

	(void)state;
	assert_true(yh_guard_admits(&g, (const struct sockaddr *)&v4, sizeof v4));
	assert_false(yh_guard_admits(&g, (const struct sockaddr *)&v4, sizeof v4 - 1));
	assert_false(yh_guard_admits(&g, &unix_, sizeof unix_));
}

static void what_is_no_range_or_port_is_refused(void **state)
{
	static const char *const bad[] = { "10.0.0.0/33", "10.0.0/8",    "::/129",
					   "10.0.0.0/",   "10.0.0.0/-1", "x",
					   ",",           "10.0.0.0/8 ", "10.0.0.1/8/8" };
	static const char *const bad_ports[] = { "0", "65536", "x", "-1", "443 " };
	struct yh_guard g;

	(void)state;
	for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
		struct yh_err err = { 0 };
		if (yh_guard_init(&g, bad[i], NULL, false, &err) == YH_OK)
			fail_msg("%s is taken", bad[i]);
		assert_string_equal(err.slug, "guard-range");
	}
	for (size_t i = 0; i < sizeof bad_ports / sizeof bad_ports[0]; i++) {
		struct yh_err err = { 0 };
		if (yh_guard_init(&g, NULL, bad_ports[i], false, &err) == YH_OK)
			fail_msg("port %s is taken", bad_ports[i]);
		assert_string_equal(err.slug, "guard-port");
	}
}

static const char *url(const struct yh_guard *g, const char *text)
{
	static struct yh_err err;

	yh_err_clear(&err);
	return yh_guard_url(g, text, &err) == YH_OK ? "" : err.slug;
}

static void an_address_is_looked_at_before_it_is_kept(void **state)
{
	static const char *const bad[] = {
		"",
		"example.cn",
		"http://example.cn/",
		"ftp://example.cn/",
		"file:///etc/passwd",
		"https:///x",
		"https://user@example.cn/",
		"https://user:pass@example.cn/",
		"https://example.cn:22/",
		"https://example.cn:80/",
		"https://example.cn/#x",
		"https://exa mple.cn/",
		"https://example.cn/\r\nX: y",
		"https://ex\xc3\xa4mple.cn/",
		"https://example.cn\\@10.0.0.1/",
		"gopher://example.cn/",
		"https://example.cn:99999/",
	};
	static const char *const inner[] = {
		"https://127.0.0.1/",         "https://10.0.0.1/x",  "https://[::1]/",
		"https://[::ffff:10.0.0.1]/", "https://0x7f000001/", "https://2130706433/",
		"https://0177.0.0.1/",        "https://127.1/",      "https://[fe80::1%25lo]/",
		"https://169.254.169.254/",   "https://0.0.0.0/",
	};
	struct yh_guard g = guard(NULL, NULL, false), plain = guard("127.0.0.0/8", "8080", true);
	char big[600];

	(void)state;
	for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
		if (strcmp(url(&g, bad[i]), "hook-url") != 0)
			fail_msg("%s gives %s", bad[i], url(&g, bad[i]));
	for (size_t i = 0; i < sizeof inner / sizeof inner[0]; i++)
		if (strcmp(url(&g, inner[i]), "hook-address-refused") != 0)
			fail_msg("%s gives %s", inner[i], url(&g, inner[i]));
	assert_string_equal(url(&g, "https://hooks.example.cn/yunheng?k=v"), "");
	assert_string_equal(url(&g, "https://hooks.example.cn:8443/"), "");
	assert_string_equal(url(&g, "https://8.8.8.8/"), "");
	assert_string_equal(url(&plain, "http://127.0.0.1:8080/"), "");
	assert_string_equal(url(&plain, "http://10.0.0.1:8080/"), "hook-address-refused");
	(void)snprintf(big, sizeof big, "https://example.cn/%0550d", 0);
	assert_string_equal(url(&g, big), "hook-url");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_public_internet_is_admitted),
		cmocka_unit_test(inner_addresses_are_refused_in_every_form),
		cmocka_unit_test(an_allowed_range_is_admitted_to_its_last_address_and_no_further),
		cmocka_unit_test(only_configured_ports_are_admitted),
		cmocka_unit_test(other_families_and_short_addresses_are_refused),
		cmocka_unit_test(what_is_no_range_or_port_is_refused),
		cmocka_unit_test(an_address_is_looked_at_before_it_is_kept),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
