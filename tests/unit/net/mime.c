/* Mail as bytes: what others wrote becomes no header, whatever it is. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <openssl/evp.h>

#include "net/mime.h"

static char *written(const char *subject, const char *name, const char *text)
{
	struct yh_mail m = { .from = "noreply@yunheng.example.cn",
			     .from_name = name,
			     .to = "a@gov.example.cn",
			     .subject = subject,
			     .id = "0123",
			     .lang = "zh",
			     .text = text,
			     .date = INT64_C(1795680000) * YH_US_PER_S };
	struct yh_buf b;
	char *out;

	yh_buf_init(&b, 1 << 20);
	yh_mail_write(&m, &b);
	assert_true(yh_buf_ok(&b));
	out = strdup(yh_buf_text(&b));
	yh_buf_done(&b);
	assert_non_null(out);
	return out;
}

/* Undoes every encoded word of a header's lines, one after the other. */
static void unfold(const char *mail, const char *header, char *out, size_t size)
{
	const char *p = strstr(mail, header);
	size_t used = 0;

	assert_non_null(p);
	for (p += strlen(header); *p && (p[0] != '\n' || p[1] == ' ');) {
		const char *end;
		int n;

		if (strncmp(p, "=?UTF-8?B?", 10) != 0) {
			p++;
			continue;
		}
		end = strstr(p + 10, "?=");
		assert_non_null(end);
		n = EVP_DecodeBlock((unsigned char *)out + used, (const unsigned char *)p + 10,
				    (int)(end - p - 10));
		assert_true(n >= 0 && used + (size_t)n < size);
		n -= (end[-1] == '=') + (end[-2] == '=');
		/* each word is of whole characters */
		assert_true(n > 0 && ((unsigned char)out[used] & 0xC0) != 0x80);
		used += (size_t)n;
		p = end + 2;
	}
	out[used] = 0;
}

static void lines_are_short_ascii_and_end_with_crlf(const char *mail)
{
	for (const char *p = mail; *p;) {
		const char *end = strstr(p, "\r\n");

		assert_non_null(end);
		assert_true(end - p <= 78);
		for (const char *q = p; q < end; q++)
			assert_true(*q >= 0x20 && *q < 0x7F);
		p = end + 2;
	}
}

static void a_long_chinese_subject_folds_at_whole_characters(void **state)
{
	static const char subject[] =
		"云衡：案件 YH-2026-TE-000123 "
		"待办：运行管理单位审核，期限 2026年12月3日，请及时办理𠮷𠮷𠮷";
	char *mail = written(subject, "云衡", "你好\n"), back[1024];

	(void)state;
	lines_are_short_ascii_and_end_with_crlf(mail);
	unfold(mail, "Subject:", back, sizeof back);
	assert_string_equal(back, subject);
	unfold(mail, "From:", back, sizeof back);
	assert_string_equal(back, "云衡");
	free(mail);
}

/* proves S15 */
static void no_text_becomes_a_header(void **state)
{
	static const char *const evil[] = {
		"x\r\nBcc: victim@example.cn\r\n\r\nbody",
		"x\nBcc: v@example.cn",
		"x\rBcc: v@example.cn",
		"?=\r\nBcc: v@example.cn",
		"\r\n\r\n",
		"\x7f\x01\x1b[2J",
		"\xff\xfe\xc3",
	};

	(void)state;
	for (size_t i = 0; i < sizeof evil / sizeof evil[0]; i++) {
		char *mail = written(evil[i], evil[i], evil[i]), back[1024];
		const char *body = strstr(mail, "\r\n\r\n");

		lines_are_short_ascii_and_end_with_crlf(mail);
		assert_non_null(body);
		assert_null(strstr(mail, "Bcc"));
		assert_ptr_equal(strstr(mail, "From:"), mail);
		unfold(mail, "Subject:", back, sizeof back);
		assert_null(strpbrk(back, "\r\n\x1b\x7f"));
		free(mail);
	}
}

static void an_endless_subject_is_cut(void **state)
{
	char subject[5000], back[8192], *mail;

	(void)state;
	memset(subject, 'x', sizeof subject - 1);
	subject[sizeof subject - 1] = 0;
	mail = written(subject, NULL, "");
	unfold(mail, "Subject:", back, sizeof back);
	assert_int_equal(strlen(back), 200);
	free(mail);
}

static void a_mail_names_its_day_and_itself(void **state)
{
	char *mail = written("s", NULL, "t\n");

	(void)state;
	assert_non_null(strstr(mail, "\r\nMessage-ID: <0123@yunheng.example.cn>\r\n"));
	assert_non_null(strstr(mail, "\r\nDate: Thu, 26 Nov 2026 16:00:00 +0800\r\n"));
	assert_non_null(strstr(mail, "From: <noreply@yunheng.example.cn>\r\n"));
	assert_non_null(strstr(mail, "\r\nTo: <a@gov.example.cn>\r\n"));
	assert_non_null(strstr(mail, "\r\n\r\ndA0K\r\n"));
	free(mail);
}

static void an_address_is_a_dot_atom_at_a_domain(void **state)
{
	static const char *const good[] = { "a@b.cn", "zhang.san+x@mail.gov.cn", "o'neil@a-b.cn",
					    "1@2.3" };
	static const char *const bad[] = { "",
					   "a",
					   "@b.cn",
					   "a@",
					   "a@b",
					   "a@@b.cn",
					   ".a@b.cn",
					   "a.@b.cn",
					   "a..b@c.cn",
					   "a b@c.cn",
					   "a@b..cn",
					   "a@-b.cn",
					   "a@b-.cn",
					   "a@b.cn.",
					   "a@b_c.cn",
					   "<a@b.cn>",
					   "a@b.cn>",
					   "\"a\"@b.cn",
					   "a@b.cn\r\n",
					   "a@b.cn\nBcc: c@d.cn",
					   "a\xc3\xa4@b.cn",
					   "a,b@c.cn" };
	char big[400];

	(void)state;
	for (size_t i = 0; i < sizeof good / sizeof good[0]; i++)
		if (!yh_mail_address(good[i]))
			fail_msg("%s is refused", good[i]);
	for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
		if (yh_mail_address(bad[i]))
			fail_msg("%s is taken", bad[i]);
	(void)snprintf(big, sizeof big, "%065d@b.cn", 0);
	assert_false(yh_mail_address(big));
	(void)snprintf(big, sizeof big, "%064d@b.cn", 0);
	assert_true(yh_mail_address(big));
	(void)snprintf(big, sizeof big, "%064d@%063d.%063d.%063d.cn", 0, 0, 0, 0);
	assert_false(yh_mail_address(big));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_long_chinese_subject_folds_at_whole_characters),
		cmocka_unit_test(no_text_becomes_a_header),
		cmocka_unit_test(an_endless_subject_is_cut),
		cmocka_unit_test(a_mail_names_its_day_and_itself),
		cmocka_unit_test(an_address_is_a_dot_atom_at_a_domain),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
