/* A report as a document and as a table. */
#include "export/report_file.h"

#include <stdlib.h>
#include <string.h>

#include "base/num.h"
#include "export/pdf.h"
#include "export/table.h"

enum {
	KEYS = 4,
	INK = 0x1A1A1A,
	RED = 0xC8102E,
	GRAY = 0x6B7280,
	PALE = 0xF3F4F6,
	RULE = 0xD1D5DB
};

const char *yh_report_title(const struct yh_messages *m, const char *lang, const char *group,
			    const char *id)
{
	const char *title;
	char slug[128];

	id = id ? id : "";
	(void)snprintf(slug, sizeof slug, "word-report-%s-%s", group, id);
	for (char *c = slug; *c; c++)
		*c = *c == '_' ? '-' : *c;
	title = yh_messages_find(m, lang, slug);
	return title ? title : id;
}

static const char *word(const struct yh_messages *m, const char *lang, const char *group,
			const char *id)
{
	const char *title;
	char slug[128];

	(void)snprintf(slug, sizeof slug, "word-%s-%s", group, id);
	for (char *c = slug; *c; c++)
		*c = *c == '_' ? '-' : *c;
	title = yh_messages_find(m, lang, slug);
	return title ? title : id;
}

struct section {
	const json_t *columns, *rows;
	const char *id;
	size_t keys, n;
};

static struct section section_of(const json_t *s)
{
	const char *id = yh_json_text(s, "id");

	return (struct section){ .columns = json_object_get(s, "columns"),
				 .rows = json_object_get(s, "rows"),
				 .id = id ? id : "",
				 .keys = (size_t)json_integer_value(json_object_get(s, "keys")),
				 .n = json_array_size(json_object_get(s, "columns")) };
}

static const char *column_text(const struct section *s, size_t i, const char *key)
{
	const char *text = yh_json_text(json_array_get(s->columns, i), key);

	return text ? text : "";
}

/* What a cell with text shows: the title that was kept with the report, the catalogues' word, or
 * the text itself. */
static const char *key_text(const json_t *body, const struct yh_messages *m, const char *lang,
			    const struct section *s, const json_t *row, size_t i)
{
	const char *text = json_string_value(json_array_get(row, i)), *title;
	const char *kind = column_text(s, i, "kind");
	const char *before = i ? json_string_value(json_array_get(row, i - 1)) : NULL;
	const json_t *titles = json_object_get(body, "titles");
	char key[256];

	if (!text)
		return "";
	if (strcmp(kind, "dimension") == 0)
		return word(m, lang, "dimension", text);
	if (strcmp(kind, "subject") == 0)
		return word(m, lang, "subject", text);
	if (strcmp(kind, "step") == 0 || strcmp(kind, "state") == 0)
		(void)snprintf(key, sizeof key, "%s/%s.%s", kind, before ? before : "", text);
	else
		(void)snprintf(key, sizeof key, "%s/%s", kind, text);
	title = yh_json_text(json_object_get(titles, key), lang);
	return title ? title : text;
}

static const char *figure_text(const json_t *v, char out[YH_SCALED_TEXT])
{
	if (json_is_integer(v))
		return yh_scaled_text(json_integer_value(v), 0, out);
	return json_is_string(v) ? json_string_value(v) : "—";
}

/* ---- the table ---- */

static const struct yh_table_column columns[] = {
	{ "板块", "SECTION", YH_CELL_TEXT, 20 },   { "对象一", "ABOUT", YH_CELL_TEXT, 24 },
	{ "对象二", "ABOUT 2", YH_CELL_TEXT, 28 }, { "对象三", "ABOUT 3", YH_CELL_TEXT, 28 },
	{ "对象四", "ABOUT 4", YH_CELL_TEXT, 20 }, { "指标", "INDICATOR", YH_CELL_TEXT, 20 },
	{ "数值", "VALUE", YH_CELL_DECIMAL, 18 },
};
enum { COLUMNS = sizeof columns / sizeof columns[0] };

struct tabling {
	const json_t *body;
	const struct yh_messages *m;
	const char *lang;
};

static enum yh_rc put_row(const struct tabling *t, const struct section *s, const json_t *row,
			  struct yh_table *table, struct yh_err *err)
{
	struct yh_cell cells[COLUMNS] = { 0 };
	char number[YH_SCALED_TEXT];
	enum yh_rc rc = YH_OK;

	cells[0] = YH_CELL_STR(yh_report_title(t->m, t->lang, "section", s->id));
	for (size_t i = 0; i < s->keys && i < KEYS; i++)
		cells[1 + i] = YH_CELL_STR(key_text(t->body, t->m, t->lang, s, row, i));
	for (size_t i = s->keys; rc == YH_OK && i < s->n; i++) {
		const json_t *v = json_array_get(row, i);

		cells[1 + KEYS] = YH_CELL_STR(
			yh_report_title(t->m, t->lang, "column", column_text(s, i, "id")));
		cells[2 + KEYS] = json_is_null(v) ? (struct yh_cell){ .empty = true }
						  : YH_CELL_STR(figure_text(v, number));
		rc = yh_table_row(table, cells, err);
	}
	return rc;
}

static enum yh_rc put_rows(void *arg, struct yh_table *table, struct yh_err *err)
{
	const struct tabling *t = arg;
	enum yh_rc rc = YH_OK;
	json_t *section, *row;
	size_t i, j;

	json_array_foreach(json_object_get(t->body, "sections"), i, section)
	{
		struct section s = section_of(section);

		json_array_foreach(s.rows, j, row)
		{
			if (rc == YH_OK)
				rc = put_row(t, &s, row, table, err);
		}
	}
	return rc;
}

enum yh_rc yh_report_table(FILE *out, const char *format, const struct yh_report_row *row,
			   const json_t *body, const struct yh_messages *m, const char *lang,
			   struct yh_err *err)
{
	struct tabling t = { body, m, lang };
	const struct yh_table_spec spec = { .name = "报告",
					    .columns = columns,
					    .n = COLUMNS,
					    .lang = lang,
					    .made_at = row->made_at };

	return strcmp(format, "xlsx") == 0 ? yh_xlsx_write(out, &spec, put_rows, &t, err)
					   : yh_csv_write(out, &spec, put_rows, &t, err);
}

/* ---- the document ---- */

#define LEFT YH_MM(20.0)
#define WIDTH (YH_PDF_WIDTH - YH_MM(40.0))
#define TOP YH_MM(22.0)
#define BOTTOM (YH_PDF_HEIGHT - YH_MM(24.0))
enum { FIGURE_WIDTH = 56, PAD = 3 };

struct sheet {
	struct yh_pdf *pdf;
	const struct yh_report_row *row;
	const json_t *body;
	const struct yh_messages *m;
	double y;
	int page;
};

static const struct yh_pdf_style cell_style = { .size_pt = 8, .rgb = INK, .lines_max = 2 };
static const struct yh_pdf_style head_style = {
	.face = YH_FACE_BOLD, .size_pt = 8, .rgb = INK, .lines_max = 1, .shrink = true
};
static const struct yh_pdf_style number_style = {
	.size_pt = 8, .rgb = INK, .align = YH_ALIGN_RIGHT, .shrink = true
};

static void foot(struct sheet *s)
{
	const struct yh_pdf_style style = { .size_pt = 7, .rgb = GRAY, .align = YH_ALIGN_CENTER };
	char text[320], hex[YH_SM3_HEX];

	(void)snprintf(text, sizeof text, "%s　SM3 %s　第 %d 页", s->row->no,
		       yh_hex(s->row->digest.b, sizeof s->row->digest.b, hex), s->page);
	yh_pdf_text(s->pdf, LEFT, YH_PDF_HEIGHT - YH_MM(16.0), WIDTH, &style, text);
}

static void need(struct sheet *s, double height)
{
	if (s->y + height <= BOTTOM)
		return;
	foot(s);
	yh_pdf_end_page(s->pdf);
	s->page++;
	s->y = TOP;
}

/* A code beside a name says nothing more to a reader. */
static bool is_shown(const struct section *s, size_t i)
{
	return i + 1 >= s->keys || !strstr(column_text(s, i + 1, "id"), "_name");
}

static double key_width(const struct section *s)
{
	size_t shown = 0;

	for (size_t i = 0; i < s->keys; i++)
		shown += is_shown(s, i);
	return shown ? (WIDTH - (double)(s->n - s->keys) * FIGURE_WIDTH) / (double)shown : WIDTH;
}

static void heads(struct sheet *p, const struct section *s)
{
	double x = LEFT, keys = key_width(s);
	struct yh_pdf_style right = head_style;

	right.align = YH_ALIGN_RIGHT;
	yh_pdf_fill(p->pdf, LEFT, p->y, WIDTH, 15, PALE);
	for (size_t i = 0; i < s->n; i++) {
		const char *id = column_text(s, i, "id");
		bool key = i < s->keys;
		double width = key ? keys : FIGURE_WIDTH;

		if (key && !is_shown(s, i))
			continue;
		yh_pdf_text(p->pdf, x + PAD, p->y + PAD, width - 2 * PAD,
			    key ? &head_style : &right, yh_report_title(p->m, "zh", "column", id));
		x += width;
	}
	p->y += 17;
}

static void draw_row(struct sheet *p, const struct section *s, const json_t *row)
{
	double x = LEFT, keys = key_width(s), height = 0;
	char number[YH_SCALED_TEXT];

	for (size_t i = 0; i < s->keys; i++) {
		double one = is_shown(s, i)
				     ? yh_pdf_measure(p->pdf, keys - 2 * PAD, &cell_style,
						      key_text(p->body, p->m, "zh", s, row, i))
				     : 0;

		height = one > height ? one : height;
	}
	if (p->y + height + 2 * PAD > BOTTOM) {
		need(p, height + 2 * PAD);
		heads(p, s);
	}
	for (size_t i = 0; i < s->n; i++) {
		bool key = i < s->keys;
		double width = key ? keys : FIGURE_WIDTH;

		if (key && !is_shown(s, i))
			continue;
		yh_pdf_text(p->pdf, x + PAD, p->y, width - 2 * PAD,
			    key ? &cell_style : &number_style,
			    key ? key_text(p->body, p->m, "zh", s, row, i)
				: figure_text(json_array_get(row, i), number));
		x += width;
	}
	p->y += height + PAD;
	yh_pdf_line(p->pdf, LEFT, p->y, LEFT + WIDTH, p->y, 0.4, RULE);
	p->y += PAD;
}

static void draw_section(struct sheet *p, const json_t *section)
{
	const struct yh_pdf_style title = { .face = YH_FACE_TITLE, .size_pt = 13, .rgb = INK };
	const struct yh_pdf_style none = { .size_pt = 8, .rgb = GRAY };
	struct section s = section_of(section);
	json_t *row;
	size_t i;

	need(p, 70);
	p->y += 10;
	p->y += yh_pdf_text(p->pdf, LEFT, p->y, WIDTH, &title,
			    yh_report_title(p->m, "zh", "section", s.id)) +
		4;
	if (json_array_size(s.rows) == 0) {
		p->y += yh_pdf_text(p->pdf, LEFT, p->y, WIDTH, &none, "本期没有记录。") + 4;
		return;
	}
	heads(p, &s);
	json_array_foreach(s.rows, i, row) draw_row(p, &s, row);
}

static void draw_changes(struct sheet *p)
{
	const struct yh_pdf_style title = { .face = YH_FACE_TITLE, .size_pt = 13, .rgb = RED };
	const struct yh_pdf_style text = { .size_pt = 8, .rgb = INK };
	const json_t *changes = json_object_get(p->body, "changes");
	char line[1024], was[YH_SCALED_TEXT], is[YH_SCALED_TEXT];
	json_t *c, *key;
	size_t i, j;

	if (p->row->edition < 2)
		return;
	need(p, 60);
	p->y += 10;
	(void)snprintf(line, sizeof line, "与上一版的差异　共 %lld 处",
		       (long long)json_integer_value(json_object_get(p->body, "changes_total")));
	p->y += yh_pdf_text(p->pdf, LEFT, p->y, WIDTH, &title, line) + 4;
	json_array_foreach(changes, i, c)
	{
		struct yh_buf b;

		yh_buf_init(&b, sizeof line);
		yh_buf_str(&b, yh_report_title(p->m, "zh", "section", yh_json_text(c, "section")));
		json_array_foreach(json_object_get(c, "key"), j, key)
			yh_buf_printf(&b, " · %s", json_string_value(key));
		yh_buf_printf(&b, "　%s：%s → %s",
			      yh_report_title(p->m, "zh", "column", yh_json_text(c, "column")),
			      figure_text(json_object_get(c, "before"), was),
			      figure_text(json_object_get(c, "after"), is));
		need(p, 24);
		p->y += yh_pdf_text(p->pdf, LEFT, p->y, WIDTH, &text, yh_buf_text(&b)) + 2;
		yh_buf_done(&b);
	}
}

static void head(struct sheet *p)
{
	const struct yh_pdf_style title = {
		.face = YH_FACE_TITLE, .size_pt = 20, .rgb = INK, .align = YH_ALIGN_CENTER
	};
	const struct yh_pdf_style line = { .size_pt = 9, .rgb = GRAY, .align = YH_ALIGN_CENTER };
	struct yh_date d = yh_date_of(p->row->first);
	char text[512], first[YH_DAY_TEXT], last[YH_DAY_TEXT];

	if (p->row->kind[0] == 'm')
		(void)snprintf(text, sizeof text, "%s%d年%d月运行报告", p->row->cloud_name, d.year,
			       d.month);
	else
		(void)snprintf(text, sizeof text, "%s%d年度运行报告", p->row->cloud_name, d.year);
	p->y += yh_pdf_text(p->pdf, LEFT, p->y, WIDTH, &title, text) + 6;
	(void)snprintf(text, sizeof text, "编号 %s　第 %lld 版　期间 %s 至 %s", p->row->no,
		       (long long)p->row->edition, yh_day_text(p->row->first, first),
		       yh_day_text(p->row->last, last));
	p->y += yh_pdf_text(p->pdf, LEFT, p->y, WIDTH, &line, text) + 2;
	if (p->row->reason[0]) {
		(void)snprintf(text, sizeof text, "更正原因：%.400s", p->row->reason);
		p->y += yh_pdf_text(p->pdf, LEFT, p->y, WIDTH, &line, text) + 2;
	}
	yh_pdf_text(p->pdf, LEFT, p->y, WIDTH, &line,
		    "本报告由记录计算并以 SM2 签章，生成后不再更改；核验：yunheng report verify");
	p->y += 18;
}

enum yh_rc yh_report_pdf(FILE *out, const struct yh_report_row *row, const json_t *body,
			 const struct yh_messages *m, struct yh_err *err)
{
	struct sheet p = { .row = row, .body = body, .m = m, .y = TOP, .page = 1 };
	enum yh_rc rc = yh_pdf_open(out, row->no, row->cloud_name, row->made_at, &p.pdf, err);
	json_t *section;
	size_t i;

	if (rc != YH_OK)
		return rc;
	head(&p);
	json_array_foreach(json_object_get(body, "sections"), i, section) draw_section(&p, section);
	draw_changes(&p);
	foot(&p);
	yh_pdf_end_page(p.pdf);
	return yh_pdf_close(p.pdf, err);
}
