/* Amounts of money as Chinese finance writes them. */
#include "export/money.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>

enum { TEN_THOUSAND = 10000, HUNDRED_MILLION = 100000000 };

static uint64_t size_of(int64_t fen)
{
	return fen < 0 ? 0 - (uint64_t)fen : (uint64_t)fen;
}

const char *yh_money_plain(int64_t fen, char out[YH_MONEY_TEXT])
{
	uint64_t n = size_of(fen);

	(void)snprintf(out, YH_MONEY_TEXT, "%s%llu.%02u", fen < 0 ? "-" : "",
		       (unsigned long long)(n / 100), (unsigned)(n % 100));
	return out;
}

const char *yh_money_grouped(int64_t fen, char out[YH_MONEY_TEXT])
{
	char plain[YH_MONEY_TEXT];
	const char *digits = yh_money_plain(fen, plain);
	size_t left, n = 0;

	if (*digits == '-')
		out[n++] = *digits++;
	for (left = strlen(digits) - 3; left > 0; left--) {
		out[n++] = *digits++;
		if (left > 1 && left % 3 == 1)
			out[n++] = ',';
	}
	memcpy(out + n, digits, 4); /* the point, two decimals and the end */
	return out;
}

struct text {
	char *at;
	size_t left;
};

static void put(struct text *t, const char *s)
{
	size_t n = strlen(s);

	assert(n < t->left);
	memcpy(t->at, s, n + 1);
	t->at += n;
	t->left -= n;
}

static const char *const digit_words[] = { "零", "壹", "贰", "叁", "肆",
					   "伍", "陆", "柒", "捌", "玖" };

/* 1 … 9999 without zeros in front. */
static void put_group(struct text *t, unsigned n)
{
	static const char *const powers[] = { "仟", "佰", "拾", "" };
	bool any = false, zero = false;

	for (unsigned i = 0, unit = 1000; i < 4; i++, unit /= 10) {
		unsigned d = n / unit % 10;

		if (d == 0) {
			zero = any;
			continue;
		}
		if (zero)
			put(t, "零");
		put(t, digit_words[d]);
		put(t, powers[i]);
		any = true;
		zero = false;
	}
}

/* n > 0 */
static void put_number(struct text *t, uint64_t n)
{
	uint64_t high = n / HUNDRED_MILLION;
	unsigned middle = (unsigned)(n % HUNDRED_MILLION / TEN_THOUSAND);
	unsigned low = (unsigned)(n % TEN_THOUSAND);

	if (high) {
		put_number(t, high);
		put(t, "亿");
	}
	if (middle) {
		if (high && middle < 1000)
			put(t, "零");
		put_group(t, middle);
		put(t, "万");
	}
	if (low) {
		if ((middle && low < 1000) || (!middle && high))
			put(t, "零");
		put_group(t, low);
	}
}

const char *yh_money_capitals(int64_t fen, char out[YH_CAPITALS_TEXT])
{
	struct text t = { out, YH_CAPITALS_TEXT };
	uint64_t n = size_of(fen), yuan = n / 100;
	unsigned jiao = (unsigned)(n / 10 % 10), rest = (unsigned)(n % 10);

	out[0] = 0;
	if (fen < 0)
		put(&t, "负");
	if (yuan)
		put_number(&t, yuan);
	else if (n == 0)
		put(&t, "零");
	if (yuan || n == 0)
		put(&t, "圆");
	if (jiao) {
		put(&t, digit_words[jiao]);
		put(&t, "角");
	}
	if (rest) {
		if (yuan && !jiao)
			put(&t, "零");
		put(&t, digit_words[rest]);
		put(&t, "分");
	} else {
		put(&t, "整");
	}
	return out;
}
