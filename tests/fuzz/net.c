/* Addresses that others choose, and mails that others' texts go into. The first byte chooses. */
#include <arpa/inet.h>

#include "fuzz.h"
#include "net/guard.h"
#include "net/mime.h"

static void address(const unsigned char *data, size_t n)
{
	char *allow = fuzz_part(&data, &n, NULL), *ports = fuzz_part(&data, &n, NULL),
	     *url = fuzz_part(&data, &n, NULL);
	struct sockaddr_in inner = { .sin_family = AF_INET, .sin_port = htons(443) };
	struct yh_err err = { 0 }, why = { 0 };
	struct yh_guard g;
	enum yh_rc rc = yh_guard_init(&g, allow, ports, false, &err);

	must_say(rc, &err);
	if (rc == YH_OK) {
		must_say(yh_guard_url(&g, url, &why), &why);
		inner.sin_addr.s_addr = htonl(0x7F000001);
		if (g.allow.n == 0)
			must(!yh_guard_admits(&g, (struct sockaddr *)&inner, sizeof inner));
	}
	free(allow);
	free(ports);
	free(url);
}

/* Lines end with CRLF, none is long but for an address, and no text has become a header. */
static void letter(const unsigned char *data, size_t n)
{
	char *subject = fuzz_part(&data, &n, NULL), *name = fuzz_part(&data, &n, NULL),
	     *text = fuzz_part(&data, &n, NULL), *to = fuzz_part(&data, &n, NULL);
	struct yh_mail m = { .from = "yunheng@example.cn",
			     .from_name = name,
			     .to = yh_mail_address(to) ? to : "u1@example.cn",
			     .subject = subject,
			     .id = "x1",
			     .lang = "zh",
			     .text = text };
	struct yh_buf out;
	unsigned subjects = 0;

	yh_buf_init(&out, 8 << 20);
	yh_mail_write(&m, &out);
	must(yh_buf_ok(&out));
	for (const char *at = yh_buf_text(&out); *at;) {
		const char *end = strstr(at, "\r\n");

		must(end && end - at <= (strchr("FTM< ", *at) ? 998 : 78) &&
		     !memchr(at, '\n', (size_t)(end - at)) &&
		     !memchr(at, '\r', (size_t)(end - at)));
		subjects += strncmp(at, "Subject:", 8) == 0;
		must(strncmp(at, "Bcc:", 4) != 0);
		at = end + 2;
	}
	must(subjects == 1);
	yh_buf_done(&out);
	free(subject);
	free(name);
	free(text);
	free(to);
}

void yh_fuzz_net(const unsigned char *data, size_t n)
{
	if (n && data[0] % 2 == 0)
		address(data + 1, n - 1);
	else if (n)
		letter(data + 1, n - 1);
}
