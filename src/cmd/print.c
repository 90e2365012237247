/* Printing replies: tables for people, CSV and JSON for programs. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <wchar.h>

#include "base/buf.h"
#include "base/mem.h"
#include "cmd/remote.h"
#include "export/table.h"

enum { COLUMNS_MAX = 16, WIDTH_MAX = 44, WORDS_BYTES = 64 * 1024 };

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

struct range {
	wchar_t from, to;
};

static bool is_among(wchar_t c, const struct range *list, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (c >= list[i].from && c <= list[i].to)
			return true;
	return false;
}

/* As terminals draw them: Unicode's wide and full-width ones take two columns, marks that join the
 * character before them none. */
static int char_width(wchar_t c)
{
	static const struct range wide[] = { { 0x1100, 0x115F },   { 0x2E80, 0x303E },
					     { 0x3041, 0xA4CF },   { 0xA960, 0xA97C },
					     { 0xAC00, 0xD7A3 },   { 0xF900, 0xFAFF },
					     { 0xFE10, 0xFE19 },   { 0xFE30, 0xFE6F },
					     { 0xFF01, 0xFF60 },   { 0xFFE0, 0xFFE6 },
					     { 0x1F300, 0x1F64F }, { 0x1F680, 0x1F6FF },
					     { 0x1F900, 0x1FAFF }, { 0x20000, 0x3FFFD } };
	static const struct range none[] = { { 0x0300, 0x036F }, { 0x200B, 0x200F },
					     { 0x202A, 0x202E }, { 0x2060, 0x2064 },
					     { 0x20D0, 0x20F0 }, { 0xFE00, 0xFE0F },
					     { 0xFEFF, 0xFEFF }, { 0xE0100, 0xE01EF } };

	if (c < 0x300)
		return 1;
	return is_among(c, none, YH_LEN(none)) ? 0 : is_among(c, wide, YH_LEN(wide)) ? 2 : 1;
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

/* Control characters become blanks, so that what others wrote cannot steer the terminal. */
static void put(const char *text, size_t n, wchar_t c)
{
	if (c < 0x20 || (c >= 0x7F && c < 0xA0))
		(void)putchar(' ');
	else
		(void)fwrite(text, 1, n, stdout);
}

void yh_print_text(const char *text)
{
	while (*text) {
		wchar_t c = L'?';
		size_t len = decode(text, &c);

		put(text, len, c);
		text += len;
	}
}

void yh_print_cell(const char *text, int width)
{
	int used = 0, whole = yh_print_width(text);

	while (*text) {
		wchar_t c = L'?';
		size_t len = decode(text, &c);
		int w = char_width(c);

		/* the last column is kept for the mark that something is cut off */
		if (whole > width && used + w > width - 1) {
			(void)fputs("…", stdout);
			used++;
			break;
		}
		put(text, len, c);
		used += w;
		text += len;
	}
	(void)printf("%*s", width - used, "");
}

static void cell(const char *text, int width, bool last)
{
	if (last) {
		yh_print_text(text);
	} else {
		yh_print_cell(text, width);
		(void)fputs("  ", stdout);
	}
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

/* By what an entry of a list is called. */
static const json_t *called(const json_t *entry)
{
	static const char *const names[] = { "title", "name", "sentence", "text", "no", "code" };
	const char *key;
	json_t *v;

	for (size_t i = 0; i < YH_LEN(names); i++)
		if (json_is_string(json_object_get(entry, names[i])))
			return json_object_get(entry, names[i]);
	json_object_foreach((json_t *)(uintptr_t)entry, key, v)
	{
		size_t n = strlen(key);

		if (n > 6 && strcmp(key + n - 6, "_title") == 0 && json_is_string(v))
			return v;
	}
	return NULL;
}

static void say(struct yh_buf *out, const json_t *v, const char *lang, int depth);

/* Entries one after the other; of {dimension quantity} and the like the figure, too. */
static void say_list(struct yh_buf *out, const json_t *list, const char *lang, int depth)
{
	const json_t *v;
	size_t i;

	json_array_foreach((json_t *)(uintptr_t)list, i, v)
	{
		const json_t *quantity = json_object_get(v, "quantity");

		if (i)
			yh_buf_str(out, strcmp(lang, "en") == 0 ? ", " : "、");
		say(out, v, lang, depth + 1);
		if (quantity && called(v)) {
			yh_buf_str(out, " ");
			say(out, quantity, lang, depth + 1);
		}
	}
}

static void say_members(struct yh_buf *out, const json_t *v, const char *lang, int depth)
{
	bool any = false;
	const char *key;
	json_t *m;

	json_object_foreach((json_t *)(uintptr_t)v, key, m)
	{
		if (any)
			yh_buf_str(out, strcmp(lang, "en") == 0 ? ", " : "、");
		any = true;
		yh_buf_printf(out, "%s ", key);
		say(out, m, lang, depth + 1);
	}
}

/* A value as people read it: yes and no, a list as what its entries are called. */
static void say(struct yh_buf *out, const json_t *v, const char *lang, int depth)
{
	static const char *const words[2][2] = { { "否", "是" }, { "no", "yes" } };
	bool en = strcmp(lang, "en") == 0;
	YH_FREE_AUTO char *text = NULL;

	if (!v || json_is_null(v) || depth > 4)
		return;
	if (json_is_boolean(v)) {
		yh_buf_str(out, words[en][json_is_true(v)]);
	} else if (json_is_array(v)) {
		say_list(out, v, lang, depth);
	} else if (json_is_object(v) && called(v)) {
		say(out, called(v), lang, depth + 1);
	} else if (json_is_object(v)) {
		say_members(out, v, lang, depth);
	} else if (json_is_string(v)) {
		yh_buf_str(out, json_string_value(v));
	} else {
		text = yh_json_canonical(v);
		yh_buf_str(out, text ? text : "");
	}
}

/* The value at "due.day" where it is no plain one, in words; NULL: it is plain. Owned. */
static char *words_at(const json_t *item, const char *key, const char *lang)
{
	const char *dot = strchr(key, '.');
	char head[64];
	const json_t *v;
	struct yh_buf out;
	char *text;

	(void)snprintf(head, sizeof head, "%.*s", (int)(dot ? dot - key : 40), key);
	v = json_object_get(item, head);
	if (dot)
		return v ? words_at(v, dot + 1, lang) : NULL;
	if (!json_is_boolean(v) && !json_is_array(v) && !json_is_object(v))
		return NULL;
	yh_buf_init(&out, WORDS_BYTES);
	say(&out, v, lang, 0);
	text = strdup(yh_buf_text(&out));
	yh_buf_done(&out);
	return text;
}

/* What people read instead of a code word, where the reply has it. Owned. */
static char *said_at(const json_t *item, const char *key, const char *lang)
{
	char name[64];
	char *title = NULL, *words = words_at(item, key, lang);

	if (words)
		return words;
	(void)snprintf(name, sizeof name, "%.50s_title", key);
	if (json_object_get(item, name))
		title = value_at(item, name);
	if (title && title[0])
		return title;
	free(title);
	return value_at(item, key);
}

/* As people read them: instants to the minute, numbers to six decimals (digits where they are tiny
 * or huge). */
static void shorten(char *text)
{
	size_t n = strlen(text);
	const char *point;
	char *end;
	double v;

	if (strlen(text) > 26 && text[4] == '-' && text[10] == 'T' && text[19] == '.') {
		text[10] = ' ';
		text[16] = 0;
	}
	point = strchr(text, '.');
	if (n > 30 || !point || strlen(point) <= 7 || strspn(text, "-0123456789.e+") != n)
		return;
	v = strtod(text, &end);
	if (*end)
		return;
	if (strchr(text, 'e') || (v > -0.001 && v < 0.001))
		(void)snprintf(text, n + 1, "%.6g", v);
	else
		(void)snprintf(text, n + 1, "%.6f", v);
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
			char *t = said_at(json_array_get(items, r), op->columns[c].key, lang);

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
	if (yh_table_is_formula(text))
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

/* A title is shown with the code word that it is the title of. */
static bool is_title(const json_t *v, const char *key)
{
	size_t n = strlen(key);
	char name[64];

	if (n < 7 || n > 60 || strcmp(key + n - 6, "_title") != 0)
		return false;
	(void)snprintf(name, sizeof name, "%.*s", (int)(n - 6), key);
	return json_is_string(json_object_get(v, name));
}

static void print_member(const json_t *v, const char *key, const char *lang, int depth)
{
	YH_FREE_AUTO char *code = value_at(v, key);
	YH_FREE_AUTO char *said = said_at(v, key, lang);

	if (!code || !said)
		return;
	shorten(said);
	(void)printf("%*s%s: ", depth * 2, "", key);
	yh_print_text(said);
	if (code[0] && json_is_string(json_object_get(v, key)) && strcmp(code, said) != 0 &&
	    strncmp(said, code, 10) != 0) {
		(void)fputs(" (", stdout);
		yh_print_text(code);
		(void)putchar(')');
	}
	(void)putchar('\n');
}

static void print_members(const json_t *v, const char *lang, int depth)
{
	const char *key;
	json_t *m;
	size_t i;

	json_object_foreach((json_t *)(uintptr_t)v, key, m)
	{
		if (json_is_object(m) || json_is_array(m)) {
			(void)printf("%*s%s:\n", depth * 2, "", key);
			print_members(m, lang, depth + 1);
		} else if (!is_title(v, key)) {
			print_member(v, key, lang, depth);
		}
	}
	json_array_foreach((json_t *)(uintptr_t)v, i, m)
	{
		if (json_is_object(m)) {
			(void)printf("%*s-\n", depth * 2, "");
			print_members(m, lang, depth + 1);
		} else {
			YH_FREE_AUTO char *t = json_is_string(m) ? strdup(json_string_value(m))
								 : yh_json_canonical(m);

			(void)printf("%*s- ", depth * 2, "");
			yh_print_text(t ? t : "");
			(void)putchar('\n');
		}
	}
}

/* What stands beside the items: sums, and whose they are. */
static void print_beside(const json_t *reply, const char *lang)
{
	YH_JSON_AUTO beside = json_copy((json_t *)(uintptr_t)reply);

	if (!beside)
		return;
	(void)json_object_del(beside, "items");
	print_members(beside, lang, 0);
	(void)putchar('\n');
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
		print_members(reply, lang, 0);
		return;
	}
	if (op->flags & YH_OP_SUMS)
		print_beside(reply, lang);
	print_table(op, items, lang);
	if (yh_json_text(reply, "says")) {
		yh_print_text(yh_json_text(reply, "says"));
		(void)putchar('\n');
	}
	if (next)
		(void)printf(strcmp(lang, "en") != 0 ? "（还有更多：--cursor %s）\n"
						     : "(more: --cursor %s)\n",
			     next);
}
