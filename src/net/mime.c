/* Mail as bytes. */
#include "net/mime.h"

#include <assert.h>
#include <ctype.h>
#include <string.h>
#include <time.h>

#include "base/base64.h"

enum {
	LOCAL_MAX = 64,
	LABEL_MAX = 63,
	SUBJECT_CHARS = 200,
	WORD_BYTES = 42, /* of UTF-8: "=?UTF-8?B?" + 56 letters + "?=" stays under 75 */
	LINE_BYTES = 57, /* 76 letters of base64 */
};

static bool atom(const char *s, size_t n)
{
	if (n == 0 || n > LOCAL_MAX || s[0] == '.' || s[n - 1] == '.')
		return false;
	for (size_t i = 0; i < n; i++) {
		bool dots = s[i] == '.' && s[i + 1] == '.';

		if (dots || !(isalnum((unsigned char)s[i]) || strchr(".!#$%&'*+/=?^_`{|}~-", s[i])))
			return false;
	}
	return true;
}

static bool domain(const char *s)
{
	unsigned labels = 0;

	for (;; labels++) {
		size_t n = strcspn(s, ".");

		if (n == 0 || n > LABEL_MAX || s[0] == '-' || s[n - 1] == '-')
			return false;
		for (size_t i = 0; i < n; i++)
			if (!isalnum((unsigned char)s[i]) && s[i] != '-')
				return false;
		if (!s[n])
			return labels > 0;
		s += n + 1;
	}
}

bool yh_mail_address(const char *text)
{
	const char *at = strrchr(text, '@');

	for (const char *p = text; *p; p++)
		if (*p <= 0x20 || *p >= 0x7F)
			return false;
	return at && strlen(text) <= YH_MAIL_MAX && atom(text, (size_t)(at - text)) &&
	       domain(at + 1);
}

/* Bytes of the character at s; a stray byte counts as one. */
static size_t char_len(const char *s)
{
	unsigned char c = (unsigned char)*s;
	size_t n = c < 0x80 ? 1 : c < 0xE0 ? 2 : c < 0xF0 ? 3 : 4;

	for (size_t i = 1; i < n; i++)
		if (((unsigned char)s[i] & 0xC0) != 0x80)
			return 1;
	return n;
}

/* Text of a header as encoded words, each on a line of its own and of whole characters. */
static void words(struct yh_buf *out, const char *text)
{
	size_t chars = 0;
	bool first = true;

	while (*text && chars < SUBJECT_CHARS) {
		char raw[WORD_BYTES + 4], coded[YH_BASE64_LEN(sizeof raw) + 1];
		size_t n = 0, len;

		for (; *text && chars < SUBJECT_CHARS; chars++, text += len, n += len) {
			len = char_len(text);
			if (n + len > WORD_BYTES)
				break;
			memcpy(raw + n, text, len);
			if (len == 1 && ((unsigned char)raw[n] < 0x20 || raw[n] == 0x7F))
				raw[n] = ' ';
		}
		yh_buf_printf(out, "%s=?UTF-8?B?%s?=", first ? "" : "\r\n ",
			      yh_base64(raw, n, coded));
		first = false;
	}
}

static void date(struct yh_buf *out, yh_time t)
{
	static const char *const days[] = { "Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun" };
	static const char *const months[] = { "Jan", "Feb", "Mar", "Apr", "May", "Jun",
					      "Jul", "Aug", "Sep", "Oct", "Nov", "Dec" };
	yh_day day = yh_day_of(t);
	struct yh_date d = yh_date_of(day);
	int64_t s = (t - yh_day_start(day)) / YH_US_PER_S;

	yh_buf_printf(out, "Date: %s, %d %s %d %02d:%02d:%02d +0800\r\n", days[yh_weekday(day) - 1],
		      d.day, months[d.month - 1], d.year, (int)(s / 3600), (int)(s / 60 % 60),
		      (int)(s % 60));
}

/* The text in base64, its line ends as mail has them. */
static void body(struct yh_buf *out, const char *text)
{
	char raw[LINE_BYTES], coded[YH_BASE64_LEN(LINE_BYTES) + 1];
	size_t n = 0;

	for (const char *p = text; *p; p++) {
		const char *bytes = *p == '\n' ? "\r\n" : p;

		if (*p == '\r')
			continue;
		for (size_t i = 0; i < (*p == '\n' ? 2u : 1u); i++) {
			raw[n++] = bytes[i];
			if (n == sizeof raw) {
				yh_buf_printf(out, "%s\r\n", yh_base64(raw, n, coded));
				n = 0;
			}
		}
	}
	if (n)
		yh_buf_printf(out, "%s\r\n", yh_base64(raw, n, coded));
}

void yh_mail_write(const struct yh_mail *m, struct yh_buf *out)
{
	assert(yh_mail_address(m->from) && yh_mail_address(m->to));
	yh_buf_str(out, "From: ");
	if (m->from_name) {
		words(out, m->from_name);
		yh_buf_str(out, "\r\n ");
	}
	yh_buf_printf(out, "<%s>\r\nTo: <%s>\r\nSubject: ", m->from, m->to);
	words(out, m->subject);
	yh_buf_str(out, "\r\n");
	date(out, m->date);
	yh_buf_printf(out, "Message-ID: <%s%s>\r\n", m->id, strrchr(m->from, '@'));
	if (m->lang)
		yh_buf_printf(out, "Content-Language: %s\r\n",
			      strcmp(m->lang, "zh") == 0 ? "zh-CN" : "en");
	yh_buf_str(out, "MIME-Version: 1.0\r\n"
			"Content-Type: text/plain; charset=utf-8\r\n"
			"Content-Transfer-Encoding: base64\r\n"
			"Auto-Submitted: auto-generated\r\n"
			"Precedence: bulk\r\n"
			"\r\n");
	body(out, m->text);
}
