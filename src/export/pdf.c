/* Pages in A4 with Chinese text, by cairo and pango. */
#include "export/pdf.h"

#include <cairo-pdf.h>
#include <errno.h>
#include <pango/pangocairo.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "export/outfile.h"

/* What the libraries keep or lose themselves: fontconfig its configuration, cairo some bytes of
 * each font that it embeds. Asked by the leak checker, where there is one. */
const char *__lsan_default_suppressions(void);
const char *__lsan_default_suppressions(void)
{
	return "leak:libfontconfig\nleak:libcairo\nleak:libpango\n";
}

struct yh_pdf {
	FILE *out;
	cairo_surface_t *surface;
	cairo_t *cr;
	PangoFontMap *map;
	PangoContext *context;
	PangoLayout *layout;
	PangoFontDescription *faces[3];
};

/* TrueType first: of the CFF outlines of the others cairo 1.16 prints some as nothing at all. */
static const char *const families_wanted[] = { "WenQuanYi Micro Hei", "WenQuanYi Zen Hei",
					       "Noto Sans CJK SC",    "Source Han Sans SC",
					       "Source Han Sans CN",  NULL };

static const char *find_family(PangoFontMap *map, const char *const *names)
{
	PangoFontFamily **families = NULL;
	const char *found = NULL;
	int n = 0;

	pango_font_map_list_families(map, &families, &n);
	for (; *names && !found; names++)
		for (int i = 0; i < n && !found; i++)
			if (strcmp(pango_font_family_get_name(families[i]), *names) == 0)
				found = *names;
	g_free(families);
	return found;
}

static enum yh_rc choose_fonts(struct yh_pdf *p, struct yh_err *err)
{
	const char *family = find_family(p->map, families_wanted);

	if (!family)
		return yh_fail(err, YH_INTERNAL, "font-missing");
	for (size_t i = 0; i < YH_LEN(p->faces); i++) {
		p->faces[i] = pango_font_description_new();
		pango_font_description_set_family_static(p->faces[i], family);
		pango_font_description_set_weight(
			p->faces[i], i == YH_FACE_TEXT ? PANGO_WEIGHT_NORMAL : PANGO_WEIGHT_BOLD);
	}
	return YH_OK;
}

static cairo_status_t write_out(void *closure, const unsigned char *data, unsigned n)
{
	return fwrite(data, 1, n, closure) == n ? CAIRO_STATUS_SUCCESS : CAIRO_STATUS_WRITE_ERROR;
}

static void describe(struct yh_pdf *p, const char *title, const char *author, yh_time made_at)
{
	char at[YH_TIME_TEXT];

	/* without a date of its own cairo would take the clock's */
	yh_time_text(made_at, at);
	memmove(strchr(at, '.'), at + strlen(at) - strlen("+08:00"), sizeof "+08:00");
	cairo_pdf_surface_set_metadata(p->surface, CAIRO_PDF_METADATA_TITLE, title);
	cairo_pdf_surface_set_metadata(p->surface, CAIRO_PDF_METADATA_AUTHOR, author);
	cairo_pdf_surface_set_metadata(p->surface, CAIRO_PDF_METADATA_CREATOR, "云衡 Yunheng");
	cairo_pdf_surface_set_metadata(p->surface, CAIRO_PDF_METADATA_CREATE_DATE, at);
	cairo_pdf_surface_set_metadata(p->surface, CAIRO_PDF_METADATA_MOD_DATE, at);
}

enum yh_rc yh_pdf_open(FILE *out, const char *title, const char *author, yh_time made_at,
		       struct yh_pdf **result, struct yh_err *err)
{
	struct yh_pdf *p = calloc(1, sizeof *p);
	enum yh_rc rc;

	*result = NULL;
	if (!p)
		return yh_fail(err, YH_TOO_LARGE, "memory-short");
	p->out = out;
	p->map = pango_cairo_font_map_new();
	p->surface =
		cairo_pdf_surface_create_for_stream(write_out, out, YH_PDF_WIDTH, YH_PDF_HEIGHT);
	p->cr = cairo_create(p->surface);
	rc = choose_fonts(p, err);
	if (rc == YH_OK && cairo_status(p->cr) != CAIRO_STATUS_SUCCESS)
		rc = yh_fail(err, YH_TOO_LARGE, "memory-short");
	if (rc != YH_OK) {
		yh_pdf_drop(p);
		return rc;
	}
	p->context = pango_font_map_create_context(p->map);
	pango_cairo_update_context(p->cr, p->context);
	pango_context_set_language(p->context, pango_language_from_string("zh-cn"));
	p->layout = pango_layout_new(p->context);
	describe(p, title, author, made_at);
	*result = p;
	return YH_OK;
}

static void dispose(struct yh_pdf *p)
{
	for (size_t i = 0; i < YH_LEN(p->faces); i++)
		if (p->faces[i])
			pango_font_description_free(p->faces[i]);
	if (p->layout)
		g_object_unref(p->layout);
	if (p->context)
		g_object_unref(p->context);
	cairo_destroy(p->cr);
	cairo_surface_destroy(p->surface);
	g_object_unref(p->map);
	free(p);
}

void yh_pdf_drop(struct yh_pdf *p)
{
	if (!p)
		return;
	cairo_surface_finish(p->surface);
	dispose(p);
}

enum yh_rc yh_pdf_close(struct yh_pdf *p, struct yh_err *err)
{
	FILE *out = p->out;
	cairo_status_t status;

	cairo_surface_finish(p->surface);
	status = cairo_status(p->cr);
	if (status == CAIRO_STATUS_SUCCESS)
		status = cairo_surface_status(p->surface);
	dispose(p);
	if (status == CAIRO_STATUS_NO_MEMORY)
		return yh_fail(err, YH_TOO_LARGE, "memory-short");
	if (status != CAIRO_STATUS_SUCCESS && !ferror(out)) {
		(void)yh_fail(err, YH_INTERNAL, "export-failed");
		yh_err_text(err, "detail", cairo_status_to_string(status));
		return YH_INTERNAL;
	}
	return yh_outfile_check(out, err);
}

void yh_pdf_end_page(struct yh_pdf *p)
{
	cairo_show_page(p->cr);
}

static void set_color(struct yh_pdf *p, unsigned rgb)
{
	cairo_set_source_rgb(p->cr, (rgb >> 16) / 255.0, (rgb >> 8 & 255) / 255.0,
			     (rgb & 255) / 255.0);
}

static void set_size(struct yh_pdf *p, const struct yh_pdf_style *style, double size_pt)
{
	PangoFontDescription *face = p->faces[style->face];

	pango_font_description_set_absolute_size(face, size_pt * PANGO_SCALE);
	pango_layout_set_font_description(p->layout, face);
}

/* Control characters have no picture; line breaks do. */
static void set_text(struct yh_pdf *p, const char *text)
{
	char *clean = g_utf8_make_valid(text, -1);

	for (char *s = clean; *s; s++)
		if ((unsigned char)*s < 0x20 && *s != '\n')
			*s = ' ';
	pango_layout_set_text(p->layout, clean, -1);
	g_free(clean);
}

static double lay_out(struct yh_pdf *p, double width, const struct yh_pdf_style *style,
		      const char *text)
{
	static const PangoAlignment aligns[] = { PANGO_ALIGN_LEFT, PANGO_ALIGN_CENTER,
						 PANGO_ALIGN_RIGHT };
	double size = style->size_pt;
	int w, h;

	set_size(p, style, size);
	pango_layout_set_alignment(p->layout, aligns[style->align]);
	pango_layout_set_wrap(p->layout, PANGO_WRAP_WORD_CHAR);
	pango_layout_set_line_spacing(p->layout, 0);
	pango_layout_set_ellipsize(p->layout,
				   style->lines_max ? PANGO_ELLIPSIZE_END : PANGO_ELLIPSIZE_NONE);
	pango_layout_set_height(p->layout, style->lines_max ? -style->lines_max : -1);
	set_text(p, text);
	if (style->shrink) {
		pango_layout_set_width(p->layout, -1);
		pango_layout_get_size(p->layout, &w, &h);
		if (w > width * PANGO_SCALE)
			set_size(p, style, size * width * PANGO_SCALE / w * 0.995);
	}
	pango_layout_set_width(p->layout, (int)(width * PANGO_SCALE));
	pango_layout_get_size(p->layout, &w, &h);
	return (double)h / PANGO_SCALE;
}

double yh_pdf_measure(struct yh_pdf *p, double width, const struct yh_pdf_style *style,
		      const char *text)
{
	return lay_out(p, width, style, text);
}

double yh_pdf_text(struct yh_pdf *p, double x, double y, double width,
		   const struct yh_pdf_style *style, const char *text)
{
	double height = lay_out(p, width, style, text);

	set_color(p, style->rgb);
	cairo_move_to(p->cr, x, y);
	pango_cairo_show_layout(p->cr, p->layout);
	return height;
}

void yh_pdf_line(struct yh_pdf *p, double x0, double y0, double x1, double y1, double width,
		 unsigned rgb)
{
	set_color(p, rgb);
	cairo_set_line_width(p->cr, width);
	cairo_move_to(p->cr, x0, y0);
	cairo_line_to(p->cr, x1, y1);
	cairo_stroke(p->cr);
}

void yh_pdf_fill(struct yh_pdf *p, double x, double y, double width, double height, unsigned rgb)
{
	set_color(p, rgb);
	cairo_rectangle(p->cr, x, y, width, height);
	cairo_fill(p->cr);
}

void yh_pdf_frame(struct yh_pdf *p, double x, double y, double width, double height,
		  double line_width, unsigned rgb)
{
	set_color(p, rgb);
	cairo_set_line_width(p->cr, line_width);
	cairo_rectangle(p->cr, x, y, width, height);
	cairo_stroke(p->cr);
}

void yh_pdf_watermark(struct yh_pdf *p, const char *word)
{
	const struct yh_pdf_style style = { .face = YH_FACE_TITLE, .size_pt = 130 };
	int w, h;

	(void)lay_out(p, YH_PDF_HEIGHT, &style, word);
	pango_layout_set_width(p->layout, -1);
	pango_layout_get_size(p->layout, &w, &h);
	cairo_save(p->cr);
	cairo_translate(p->cr, YH_PDF_WIDTH / 2, YH_PDF_HEIGHT / 2);
	cairo_rotate(p->cr, -0.7);
	cairo_move_to(p->cr, -(double)w / PANGO_SCALE / 2, -(double)h / PANGO_SCALE / 2);
	pango_cairo_layout_path(p->cr, p->layout);
	set_color(p, 0xEFEFEF);
	cairo_fill(p->cr);
	cairo_restore(p->cr);
}
