/* A numbered document on A4 pages. */
#include "export/paper_pdf.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "export/pdf.h"

/* As GB/T 9704 has it: 28 mm to the left, 26 mm to the right, 37 mm above, 35 mm below. */
#define LEFT YH_MM(28.0)
#define WIDTH (YH_PDF_WIDTH - YH_MM(28.0) - YH_MM(26.0))
#define TOP YH_MM(37.0)
#define BOTTOM (YH_PDF_HEIGHT - YH_MM(35.0))
enum { INK = 0x1A1A1A, RED = 0xC8102E, GRAY = 0x6B7280 };

struct sheet {
	struct yh_pdf *pdf;
	const struct yh_paper_row *p;
	const char *label;
	double y;
	int page;
};

static const struct yh_pdf_style text_style = { .size_pt = 15, .rgb = INK };

static void foot(struct sheet *s)
{
	const struct yh_pdf_style style = { .size_pt = 10, .rgb = INK, .align = YH_ALIGN_CENTER };
	const struct yh_pdf_style proof = { .size_pt = 7, .rgb = GRAY, .align = YH_ALIGN_CENTER };
	char text[512];

	(void)snprintf(text, sizeof text, "%s%s— %d —", s->label, *s->label ? "　" : "", s->page);
	yh_pdf_text(s->pdf, LEFT, YH_PDF_HEIGHT - YH_MM(24.0), WIDTH, &style, text);
	(void)snprintf(
		text, sizeof text,
		"本文件由云衡以 SM2 电子签章，内容以签章为准；核验：yunheng paper verify　%s",
		s->p->no);
	yh_pdf_text(s->pdf, LEFT, YH_PDF_HEIGHT - YH_MM(17.0), WIDTH, &proof, text);
}

static void new_page(struct sheet *s)
{
	foot(s);
	yh_pdf_end_page(s->pdf);
	s->page++;
	s->y = TOP;
}

static void head(struct sheet *s)
{
	char to[512];
	struct yh_pdf_style issuer = { .face = YH_FACE_TITLE,
				       .size_pt = 30,
				       .rgb = RED,
				       .align = YH_ALIGN_CENTER,
				       .shrink = true };
	const struct yh_pdf_style no = { .size_pt = 15, .rgb = INK, .align = YH_ALIGN_CENTER };
	const struct yh_pdf_style label = { .face = YH_FACE_TITLE, .size_pt = 15, .rgb = INK };
	const struct yh_pdf_style heading = {
		.face = YH_FACE_TITLE, .size_pt = 21, .rgb = INK, .align = YH_ALIGN_CENTER
	};

	if (*s->label)
		yh_pdf_text(s->pdf, LEFT, YH_MM(25.0), WIDTH, &label, s->label);
	s->y += yh_pdf_text(s->pdf, LEFT, s->y, WIDTH, &issuer, s->p->issuer_name) + 30;
	s->y += yh_pdf_text(s->pdf, LEFT, s->y, WIDTH, &no, s->p->no) + 8;
	yh_pdf_line(s->pdf, LEFT, s->y, LEFT + WIDTH, s->y, 1.6, RED);
	s->y += 30;
	s->y += yh_pdf_text(s->pdf, LEFT, s->y, WIDTH, &heading, s->p->heading_zh) + 24;
	(void)snprintf(to, sizeof to, "%s：", s->p->recipient_name);
	s->y += yh_pdf_text(s->pdf, LEFT, s->y, WIDTH, &text_style, to) + 4;
}

/* What is too high for a page is broken into its sentences before this is called. */
static void paragraph(struct sheet *s, const char *text)
{
	double height = yh_pdf_measure(s->pdf, WIDTH, &text_style, text);

	if (s->y + height > BOTTOM && s->y > TOP)
		new_page(s);
	s->y += yh_pdf_text(s->pdf, LEFT, s->y, WIDTH, &text_style, text) + 6;
}

/* A piece of a paragraph that fits on a page: up to the last full stop within so many bytes. */
static size_t piece(const char *text, size_t len)
{
	enum { MOST = 1500 };
	size_t cut = 0;

	if (len <= MOST)
		return len;
	for (size_t i = 0; i + 3 <= MOST; i++)
		if (memcmp(text + i, "。", 3) == 0 || memcmp(text + i, "；", 3) == 0)
			cut = i + 3;
	if (cut)
		return cut;
	cut = MOST;
	while (((unsigned char)text[cut] & 0xC0) == 0x80)
		cut--;
	return cut;
}

static enum yh_rc body(struct sheet *s, struct yh_err *err)
{
	const char *text = s->p->body_zh;

	while (*text) {
		size_t len = strcspn(text, "\n");

		for (bool first = true; len > 0; first = false) {
			size_t n = piece(text, len);
			YH_FREE_AUTO char *one = NULL;

			if (asprintf(&one, "%s%.*s", first ? "　　" : "", (int)n, text) < 0)
				return yh_fail(err, YH_TOO_LARGE, "memory-short");
			paragraph(s, one);
			text += n;
			len -= n;
		}
		text += *text == '\n';
	}
	return YH_OK;
}

static void signature(struct sheet *s)
{
	const struct yh_pdf_style right = { .size_pt = 15, .rgb = INK, .align = YH_ALIGN_RIGHT };
	const struct yh_pdf_style seal = { .size_pt = 9, .rgb = RED, .align = YH_ALIGN_RIGHT };
	struct yh_date d = yh_date_of(yh_day_of(s->p->issued_at));
	char text[64];

	if (s->y + 96 > BOTTOM)
		new_page(s);
	s->y += 30;
	s->y += yh_pdf_text(s->pdf, LEFT, s->y, WIDTH - 30, &right, s->p->issuer_name) + 4;
	(void)snprintf(text, sizeof text, "%d年%d月%d日", (int)d.year, (int)d.month, (int)d.day);
	s->y += yh_pdf_text(s->pdf, LEFT, s->y, WIDTH - 30, &right, text) + 6;
	yh_pdf_text(s->pdf, LEFT, s->y, WIDTH - 30, &seal, "（已电子签章）");
}

enum yh_rc yh_paper_pdf(FILE *out, const struct yh_paper_row *paper, const char *label,
			struct yh_err *err)
{
	struct sheet s = { .p = paper, .label = label, .y = TOP, .page = 1 };
	char title[256];
	enum yh_rc rc;

	(void)snprintf(title, sizeof title, "%s %s", paper->no, paper->title_zh);
	rc = yh_pdf_open(out, title, paper->issuer_name, paper->issued_at, &s.pdf, err);
	if (rc != YH_OK)
		return rc;
	head(&s);
	rc = body(&s, err);
	if (rc != YH_OK) {
		yh_pdf_drop(s.pdf);
		return rc;
	}
	signature(&s);
	foot(&s);
	yh_pdf_end_page(s.pdf);
	return yh_pdf_close(s.pdf, err);
}
