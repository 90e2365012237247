/* Printing replies: tables for people, CSV and JSON for programs. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <wchar.h>

#include "base/mem.h"
#include "cmd/remote.h"

enum { COLUMNS_MAX = 16, WIDTH_MAX = 44 };

/* One character of UTF-8; returns its length, at least 1. */
static size_t decode(const char *s, wchar_t *out)
{
	const unsigned char *p = (const unsigned char *)s;
	size_t len = p[0] < 0x80 ? 1 : p[0] < 0xE0 ? 2 : p[0] < 0xF0 ? 3 : 4;
	unsigned v = p[0] < 0x80 ? p[0] : p[0] & (0xFFu >> (len + 1));

	for (size_t i = 1; i < len; i++) {
		if ((p[i] & 0xC0) != 0x80)
			return 1;
		v = v << 6 | (p[i] & 0x3F);
	}
	*out = (wchar_t)v;
	return len;
}

static int char_width(wchar_t c)
{
	bool wide = (c >= 0x1100 && c <= 0x115F) || (c >= 0x2E80 && c <= 0xA4CF) ||
		    (c >= 0xAC00 && c <= 0xD7A3) || (c >= 0xF900 && c <= 0xFAFF) ||
		    (c >= 0xFE30 && c <= 0xFE6F) || (c >= 0xFF00 && c <= 0xFF60) ||
		    (c >= 0xFFE0 && c <= 0xFFE6) || (c >= 0x20000 && c <= 0x3FFFD);

	return wide ? 2 : 1;
}

int yh_print_width(const char *text)
{
	int w = 0;

	while (*text) {
		wchar_t c = L'?';

		text += decode(text, &c);
		w += char_width(c);
	}
	return w;
}

/* Prints at most `width` columns, padded to them; control characters become blanks, so that what
 * others wrote cannot steer the terminal. */
static void cell(const char *text, int width, bool last)
{
	int used = 0;

	while (*text) {
		wchar_t c = L'?';
		size_t len = decode(text, &c);
		int w = char_width(c);

		if (!last && used + w > width)
			break;
		if (c < 0x20 || c == 0x7F)
			(void)putchar(' ');
		else
			(void)fwrite(text, 1, len, stdout);
		used += w;
		text += len;
	}
	if (!last)
		(void)printf("%*s", width - used + 2, "");
}

/* The value at "due.day"; numbers and the like as their JSON text. Owned. */
static char *value_at(const json_t *item, const char *key)
{
	const char *dot = strchr(key, '.');
	char head[64];
	const json_t *v;

	(void)snprintf(head, sizeof head, "%.*s", (int)(dot ? dot - key : 40), key);
	v = json_object_get(item, head);
	if (dot && v)
		return value_at(v, dot + 1);
	if (!v || json_is_null(v))
		return strdup("");
	if (json_is_real(
		    v)) { /* three decimals at most were sent; 0.2 is not 0.20000000000000001 */
		(void)snprintf(head, sizeof head, "%.15g", json_real_value(v));
		return strdup(head);
	}
	return json_is_string(v) ? strdup(json_string_value(v)) : yh_json_canonical(v);
}

/* As people read them: instants to the minute, numbers with many decimals to six digits. */
static void shorten(char *text)
{
	size_t n = strlen(text);
	char *end;
	double v;

	if (strlen(text) > 26 && text[4] == '-' && text[10] == 'T' && text[19] == '.') {
		text[10] = ' ';
		text[16] = 0;
	}
	if (n < 9 || n > 30 || !strchr(text, '.') || strspn(text, "-0123456789.e+") != n)
		return;
	v = strtod(text, &end);
	if (*end == 0)
		(void)snprintf(text, n + 1, "%.6g", v);
}

static size_t column_count(const struct yh_op *op)
{
	size_t n = 0;

	while (op->columns && op->columns[n].key && n < COLUMNS_MAX)
		n++;
	return n;
}

static const char *column_title(const struct yh_column *c, const char *lang)
{
	return strcmp(lang, "en") == 0 ? c->title_en : c->title_zh;
}

static void print_table(const struct yh_op *op, const json_t *items, const char *lang)
{
	size_t cols = column_count(op), rows = json_array_size(items);
	char **text = calloc(rows * cols + 1, sizeof *text);
	int width[COLUMNS_MAX];

	if (!text)
		return;
	for (size_t c = 0; c < cols; c++) {
		width[c] = yh_print_width(column_title(&op->columns[c], lang));
		for (size_t r = 0; r < rows; r++) {
			char *t = value_at(json_array_get(items, r), op->columns[c].key);

			shorten(t);
			text[r * cols + c] = t;
			if (yh_print_width(t) > width[c])
				width[c] = yh_print_width(t);
		}
		if (width[c] > WIDTH_MAX)
			width[c] = WIDTH_MAX;
	}
	for (size_t c = 0; c < cols; c++)
		cell(column_title(&op->columns[c], lang), width[c], c + 1 == cols);
	(void)putchar('\n');
	for (size_t r = 0; r < rows; r++) {
		for (size_t c = 0; c < cols; c++) {
			cell(text[r * cols + c], width[c], c + 1 == cols);
			free(text[r * cols + c]);
		}
		(void)putchar('\n');
	}
	free(text);
}

/* A field that a spreadsheet could take for a formula is led by an apostrophe. */
static void csv_field(const char *text)
{
	(void)putchar('"');
	if (text[0] && strchr("=+-@\t\r", text[0]))
		(void)putchar('\'');
	for (; *text; text++) {
		if (*text == '"')
			(void)putchar('"');
		(void)putchar(*text);
	}
	(void)putchar('"');
}

static void print_csv(const struct yh_op *op, const json_t *items, const char *lang)
{
	size_t cols = column_count(op);

	for (size_t c = 0; c < cols; c++) {
		csv_field(column_title(&op->columns[c], lang));
		(void)fputs(c + 1 < cols ? "," : "\r\n", stdout);
	}
	for (size_t r = 0; r < json_array_size(items); r++)
		for (size_t c = 0; c < cols; c++) {
			YH_FREE_AUTO char *t =
				value_at(json_array_get(items, r), op->columns[c].key);

			csv_field(t);
			(void)fputs(c + 1 < cols ? "," : "\r\n", stdout);
		}
}

static void print_members(const json_t *v, int depth)
{
	const char *key;
	json_t *m;
	size_t i;

	json_object_foreach((json_t *)(uintptr_t)v, key, m)
	{
		YH_FREE_AUTO char *t = value_at(v, key);

		if (json_is_object(m) || json_is_array(m)) {
			(void)printf("%*s%s:\n", depth * 2, "", key);
			print_members(m, depth + 1);
			continue;
		}
		shorten(t);
		(void)printf("%*s%s: ", depth * 2, "", key);
		cell(t, 0, true);
		(void)putchar('\n');
	}
	json_array_foreach((json_t *)(uintptr_t)v, i, m)
	{
		if (json_is_object(m)) {
			(void)printf("%*s-\n", depth * 2, "");
			print_members(m, depth + 1);
		} else {
			YH_FREE_AUTO char *t = json_is_string(m) ? strdup(json_string_value(m))
								 : yh_json_canonical(m);

			(void)printf("%*s- ", depth * 2, "");
			cell(t ? t : "", 0, true);
			(void)putchar('\n');
		}
	}
}

void yh_print_reply(const struct yh_op *op, const json_t *reply, enum yh_format format,
		    const char *lang)
{
	const json_t *items = json_object_get(reply, "items");
	const char *next = yh_json_text(reply, "next");

	if (!reply)
		return;
	if (format == YH_FORMAT_JSON || (format == YH_FORMAT_CSV && !items)) {
		(void)json_dumpf(reply, stdout, JSON_INDENT(2));
		(void)putchar('\n');
		return;
	}
	if (items && op->columns && format == YH_FORMAT_CSV) {
		print_csv(op, items, lang);
		return;
	}
	if (!items || !op->columns) {
		print_members(reply, 0);
		return;
	}
	print_table(op, items, lang);
	if (next)
		(void)printf(strcmp(lang, "en") ? "（还有更多：--cursor %s）\n"
						: "(more: --cursor %s)\n",
			     next);
}

static void print_line(const char *label, const char *text)
{
	(void)printf("%s", label);
	cell(text ? text : "", 0, true);
	(void)putchar('\n');
}

/* A day in a year whose calendar is not out yet says so. */
static void print_due(const json_t *due, bool en)
{
	const char *said = "";

	if (json_is_true(json_object_get(due, "overdue")))
		said = en ? " OVERDUE" : " 已超期";
	(void)printf(en ? " · due %s%s, %lld working days left%s"
			: " · 期限 %s%s，剩 %lld 个工作日%s",
		     yh_json_text(due, "day"),
		     json_is_true(json_object_get(due, "provisional"))
			     ? (en ? " (provisional)" : "（暂定）")
			     : "",
		     (long long)json_integer_value(json_object_get(due, "workdays_left")), said);
}

static void print_step(const json_t *s, bool en)
{
	const json_t *due = json_object_get(s, "due");
	const char *closed = yh_json_text(s, "closed_at"), *article = yh_json_text(s, "article");
	const char *org = yh_json_text(json_object_get(s, "org"), "name");
	const char *title = yh_json_text(s, "title");
	const json_t *may = json_object_get(s, "you_may");

	(void)printf("  %s ", closed ? "✓" : "▶");
	cell(title ? title : yh_json_text(s, "step"), 0, true);
	(void)printf(" (%s) · %s", yh_json_text(s, "step"), org ? org : "—");
	if (article && article[0])
		(void)printf(en ? " · Art. %s" : " · 第%s条", article);
	if (closed) {
		(void)printf(" · %s · %.10s%s", yh_json_text(s, "outcome"), closed,
			     json_is_true(json_object_get(s, "late")) ? (en ? " LATE" : " 逾期")
								      : "");
	} else if (due && !json_is_null(due)) {
		print_due(due, en);
	}
	(void)putchar('\n');
	if (json_array_size(may) > 0) {
		(void)fputs(en ? "      you may:" : "      您可以：", stdout);
		for (size_t i = 0; i < json_array_size(may); i++)
			(void)printf(" %s", json_string_value(json_array_get(may, i)));
		(void)putchar('\n');
	}
}

static void print_event(const json_t *e, bool en)
{
	const char *person = yh_json_text(e, "person"), *org = yh_json_text(e, "org");
	const char *article = yh_json_text(e, "article"), *reason = yh_json_text(e, "reason");
	const char *outcome = yh_json_text(e, "outcome"), *before = yh_json_text(e, "before");
	char *at = strdup(yh_json_text(e, "at"));

	if (!at)
		return;
	shorten(at);
	(void)printf("  %s  %-20s", at, yh_json_text(e, "kind"));
	free(at);
	if (before && before[0])
		(void)printf(" %s", before);
	if (outcome && outcome[0])
		(void)printf(" → %s", outcome);
	if (org && org[0])
		(void)printf(" · %s", org);
	if (person && person[0])
		(void)printf(" %s", person);
	if (article && article[0])
		(void)printf(en ? " · Art. %s" : " · 第%s条", article);
	if (reason && reason[0]) {
		(void)fputs(" · ", stdout);
		cell(reason, 0, true);
	}
	(void)putchar('\n');
}

void yh_print_case(const json_t *c, const json_t *story, const char *lang)
{
	bool en = strcmp(lang, "en") == 0;
	const json_t *steps = json_object_get(c, "steps"),
		     *events = json_object_get(story, "items");
	const json_t *resources = json_object_get(c, "resources");

	(void)printf("%s  ", yh_json_text(c, "no"));
	print_line("", yh_json_text(c, "title"));
	(void)printf(en ? "%s · Art. %s · %s\n" : "%s · 第%s条 · %s\n",
		     yh_json_text(c, "procedure_title"), yh_json_text(c, "article"),
		     yh_json_text(c, "state"));
	print_line(en ? "Applicant: " : "申请单位：",
		   yh_json_text(json_object_get(c, "unit"), "name"));
	if (json_object_get(c, "project"))
		print_line(en ? "Project: " : "项目：",
			   yh_json_text(json_object_get(c, "project"), "name"));
	(void)puts(en ? "\nSteps" : "\n环节");
	for (size_t i = 0; i < json_array_size(steps); i++)
		print_step(json_array_get(steps, i), en);
	if (json_array_size(resources) > 0)
		(void)puts(en ? "\nResources" : "\n资源");
	for (size_t i = 0; i < json_array_size(resources); i++) {
		const json_t *r = json_array_get(resources, i);

		(void)printf("  %s  %s  %s/%s  %s\n", yh_json_text(r, "no"), yh_json_text(r, "id"),
			     yh_json_text(r, "kind"), yh_json_text(r, "state"),
			     yh_json_text(r, "name"));
	}
	(void)puts(en ? "\nStory" : "\n经过");
	for (size_t i = 0; i < json_array_size(events); i++)
		print_event(json_array_get(events, i), en);
}
