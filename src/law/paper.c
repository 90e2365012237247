/* Papers: filling a template in. */
#include "law/paper.h"

#include <string.h>

static const char *const words[] = { "number", "date",      "issuer",  "recipient",  "case",
				     "title",  "procedure", "project", "dimensions", "resources",
				     "reason", "order",     "until",   "within",     "article" };
static const char *const number_words[] = { "year", "n" };
static const char *const pledge_words[] = { "unit", "system",  "level",  "project",
					    "date", "officer", "article" };
#define LIST(list) (list), sizeof(list) / sizeof(list)[0]

static bool is_one_of(const char *const *list, size_t n, const char *word, size_t len)
{
	for (size_t i = 0; i < n; i++)
		if (strlen(list[i]) == len && memcmp(list[i], word, len) == 0)
			return true;
	return false;
}

/* "form.title", "answer.cause": a field of the case's form, or of the step's. */
static bool is_field(const char *word, size_t len)
{
	size_t before = strncmp(word, "form.", 5) == 0     ? 5
			: strncmp(word, "answer.", 7) == 0 ? 7
							   : 0;

	return before && len > before &&
	       strspn(word + before, "abcdefghijklmnopqrstuvwxyz0123456789_") >= len - before;
}

static bool is_known(enum yh_paper_text kind, const char *word, size_t len)
{
	switch (kind) {
	case YH_PAPER_NUMBER:
		return is_one_of(LIST(number_words), word, len);
	case YH_PAPER_PLEDGE:
		return is_one_of(LIST(pledge_words), word, len);
	case YH_PAPER_TEXT:
		break;
	}
	return is_one_of(LIST(words), word, len) || is_field(word, len);
}

bool yh_paper_bad(const char *text, enum yh_paper_text kind, char bad[32])
{
	for (const char *s = strchr(text, '{'); s; s = strchr(s + 1, '{')) {
		size_t len = strcspn(s + 1, "{}");

		if (s[1 + len] == '}' && is_known(kind, s + 1, len))
			continue;
		if (len > 31)
			len = 31;
		memcpy(bad, s + 1, len);
		bad[len] = 0;
		return true;
	}
	return false;
}

static const char *figure(const struct yh_paper_figure *figures, size_t n, const char *word,
			  size_t len)
{
	for (size_t i = 0; i < n; i++)
		if (strlen(figures[i].name) == len && memcmp(figures[i].name, word, len) == 0 &&
		    figures[i].text && figures[i].text[0])
			return figures[i].text;
	return "——";
}

void yh_paper_fill(const char *text, const struct yh_paper_figure *figures, size_t n,
		   struct yh_buf *out)
{
	const char *end;

	while (*text) {
		size_t plain = strcspn(text, "{");

		yh_buf_add(out, text, plain);
		text += plain;
		end = *text ? strchr(text, '}') : NULL;
		if (!end) {
			yh_buf_str(out, text);
			return;
		}
		yh_buf_str(out, figure(figures, n, text + 1, (size_t)(end - text - 1)));
		text = end + 1;
	}
}
