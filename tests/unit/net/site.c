/* What was entrusted to one server is not sent to another. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "net/site.h"

static void what_is_kept_for_a_server_is_for_its_host_alone(void **state)
{
	(void)state;
	assert_true(yh_site_may_have("http://127.0.0.1:8480", "http://127.0.0.1:8480/"));
	assert_true(yh_site_may_have("https://gov.example.cn", "HTTPS://Gov.Example.cn:8443"));
	assert_true(yh_site_may_have("http://gov.example.cn", "https://gov.example.cn"));
	assert_true(yh_site_may_have("127.0.0.1:8480", "127.0.0.1:8480"));
	assert_true(yh_site_may_have("127.0.0.1:8480", "http://127.0.0.1:8480"));
	assert_false(yh_site_may_have("127.0.0.1:8480", "localhost:8480"));
	assert_false(yh_site_may_have("https://gov.example.cn", "gov.example.cn"));
	assert_false(yh_site_may_have("https://gov.example.cn", "http://gov.example.cn"));
	assert_false(yh_site_may_have("http://127.0.0.1:8480", "http://localhost:8480"));
	assert_false(
		yh_site_may_have("https://gov.example.cn", "https://gov.example.cn.evil.example"));
	assert_false(
		yh_site_may_have("https://gov.example.cn", "https://gov.example.cn@evil.example"));
	assert_false(yh_site_may_have("https://gov.example.cn", ""));
	assert_false(yh_site_may_have("", "https://gov.example.cn"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_is_kept_for_a_server_is_for_its_host_alone),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
