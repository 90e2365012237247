/* Tables as CSV. */
#include "export/table.h"

#include <string.h>

#include "base/num.h"
#include "export/money.h"
#include "export/outfile.h"
#include "export/table_internal.h"

enum { STARTS_CJK = 0x1100 };

int yh_text_width(const char *s)
{
	int width = 0;

	while (*s) {
		unsigned char c = (unsigned char)*s++;
		unsigned cp = c;

		if (c >= 0xf0)
			cp = c & 7;
		else if (c >= 0xe0)
			cp = c & 15;
		else if (c >= 0xc0)
			cp = c & 31;
		while (c >= 0xc0 && ((unsigned char)*s & 0xc0) == 0x80)
			cp = cp << 6 | ((unsigned char)*s++ & 63);
		width += cp >= STARTS_CJK ? 2 : 1;
	}
	return width;
}

const char *yh_cell_time(yh_time t, char out[YH_CELL_TIME_TEXT])
{
	yh_day day = yh_day_of(t);
	int64_t s = (t - yh_day_start(day)) / YH_US_PER_S;
	char text[YH_DAY_TEXT];

	(void)snprintf(out, YH_CELL_TIME_TEXT, "%s %02d:%02d:%02d", yh_day_text(day, text),
		       (int)(s / 3600), (int)(s / 60 % 60), (int)(s % 60));
	return out;
}

enum yh_rc yh_table_row(struct yh_table *t, const struct yh_cell *cells, struct yh_err *err)
{
	t->rows++;
	return t->put(t, cells, err);
}

struct csv {
	struct yh_table table;
	FILE *out;
};

/* Blanks and what is not seen, which some readers take away before they look. */
static size_t skip_unseen(const char *s)
{
	static const char *const unseen[] = { "\u00a0", "\u3000", "\ufeff", "\u200b" };
	size_t n = 0, i = 0;

	while (s[n] && i < sizeof unseen / sizeof unseen[0]) {
		if ((unsigned char)s[n] <= ' ')
			n++;
		else if (strncmp(s + n, unseen[i], strlen(unseen[i])) == 0)
			n += strlen(unseen[i]);
		else {
			i++;
			continue;
		}
		i = 0;
	}
	return n;
}

/* Spreadsheets also take the wide forms, which Chinese keyboards type, for the beginning of a
 * formula. */
bool yh_table_is_formula(const char *s)
{
	static const char *const begins[] = { "=", "+", "-", "@", "＝", "＋", "－", "＠" };

	if (*s == '\t' || *s == '\r')
		return true;
	s += skip_unseen(s);
	for (size_t i = 0; i < sizeof begins / sizeof begins[0]; i++)
		if (strncmp(s, begins[i], strlen(begins[i])) == 0)
			return true;
	return false;
}

static void write_text(FILE *out, const char *s)
{
	bool quote = s[strcspn(s, "\",\r\n")] || *s == ' ' || (*s && s[strlen(s) - 1] == ' ');

	if (quote)
		(void)fputc('"', out);
	if (yh_table_is_formula(s))
		(void)fputc('\'', out);
	for (; *s; s++) {
		if (*s == '"')
			(void)fputc('"', out);
		(void)fputc(*s, out);
	}
	if (quote)
		(void)fputc('"', out);
}

static void write_cell(FILE *out, enum yh_cell_kind kind, const struct yh_cell *c)
{
	char scaled[YH_SCALED_TEXT], money[YH_MONEY_TEXT], day[YH_DAY_TEXT],
		time[YH_CELL_TIME_TEXT];

	if (c->empty)
		return;
	switch (kind == YH_CELL_OWN ? c->kind : kind) {
	case YH_CELL_TEXT:
		write_text(out, c->text ? c->text : "");
		break;
	case YH_CELL_INT:
		(void)fprintf(out, "%lld", (long long)c->num);
		break;
	case YH_CELL_MONEY:
		(void)fputs(yh_money_plain(c->num, money), out);
		break;
	case YH_CELL_MILLI:
		(void)fputs(yh_scaled_text(c->num, 3, scaled), out);
		break;
	case YH_CELL_E6:
		(void)fputs(yh_scaled_text(c->num, 6, scaled), out);
		break;
	case YH_CELL_DECIMAL:
		(void)fputs(c->text ? c->text : "", out);
		break;
	case YH_CELL_DAY:
		(void)fputs(c->num == YH_DAY_NONE ? "" : yh_day_text((yh_day)c->num, day), out);
		break;
	case YH_CELL_TIME:
		(void)fputs(c->num == 0 ? "" : yh_cell_time(c->num, time), out);
		break;
	case YH_CELL_OWN:
		break;
	}
}

static enum yh_rc put_csv(struct yh_table *t, const struct yh_cell *cells, struct yh_err *err)
{
	struct csv *c = (struct csv *)t;

	for (size_t i = 0; i < t->spec->n; i++) {
		if (i)
			(void)fputc(',', c->out);
		write_cell(c->out, t->spec->columns[i].kind, &cells[i]);
	}
	(void)fputs("\r\n", c->out);
	return ferror(c->out) ? yh_outfile_check(c->out, err) : YH_OK;
}

enum yh_rc yh_csv_write(FILE *out, const struct yh_table_spec *spec, yh_table_fn rows, void *arg,
			struct yh_err *err)
{
	struct csv c = { .table = { .spec = spec, .put = put_csv }, .out = out };
	bool english = strcmp(spec->lang, "en") == 0;
	enum yh_rc rc;

	if (!spec->machine)
		(void)fputs("\xef\xbb\xbf", out);
	for (size_t i = 0; i < spec->n; i++) {
		if (i)
			(void)fputc(',', out);
		write_text(out, english ? spec->columns[i].title_en : spec->columns[i].title_zh);
	}
	(void)fputs("\r\n", out);
	rc = rows(arg, &c.table, err);
	return rc == YH_OK ? yh_outfile_check(out, err) : rc;
}
