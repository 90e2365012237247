/* Pages in A4 with Chinese text, by cairo and pango: the little that documents need to lay
 * themselves out. Lengths are in points (1/72 inch) from the top left corner. Text stays text in
 * the file, and the same calls give the same bytes on the same machine. One thread a document. */
#ifndef YH_EXPORT_PDF_H
#define YH_EXPORT_PDF_H

#include <stdio.h>

#include "base/err.h"
#include "base/time.h"

#define YH_MM(mm) ((mm)*72 / 25.4)
#define YH_PDF_WIDTH YH_MM(210.0)
#define YH_PDF_HEIGHT YH_MM(297.0)

enum yh_pdf_face { YH_FACE_TEXT, YH_FACE_BOLD, YH_FACE_TITLE };
enum yh_pdf_align { YH_ALIGN_LEFT, YH_ALIGN_CENTER, YH_ALIGN_RIGHT };

struct yh_pdf_style {
	enum yh_pdf_face face;
	enum yh_pdf_align align;
	double size_pt;
	unsigned rgb;  /* 0x000000: black */
	int lines_max; /* what is longer ends with …; 0: as many as it takes */
	bool shrink;   /* one line: gets smaller until it fits */
};

struct yh_pdf;

/* The instant is the file's date. INTERNAL "font-missing" when no Chinese font is installed;
 * TOO_LARGE "memory-short". */
YH_CHECK enum yh_rc yh_pdf_open(FILE *out, const char *title, const char *author, yh_time made_at,
				struct yh_pdf **p, struct yh_err *err);
/* Writes what is left. STORAGE "export-unwritable". */
YH_CHECK enum yh_rc yh_pdf_close(struct yh_pdf *p, struct yh_err *err);
/* The same without an answer, after a failure; NULL is allowed. */
void yh_pdf_drop(struct yh_pdf *p);

void yh_pdf_end_page(struct yh_pdf *p);

/* How high `text` is when it is broken into lines `width` wide. */
double yh_pdf_measure(struct yh_pdf *p, double width, const struct yh_pdf_style *style,
		      const char *text);
/* Draws it with its top at y; returns its height. */
double yh_pdf_text(struct yh_pdf *p, double x, double y, double width,
		   const struct yh_pdf_style *style, const char *text);
void yh_pdf_line(struct yh_pdf *p, double x0, double y0, double x1, double y1, double width,
		 unsigned rgb);
void yh_pdf_fill(struct yh_pdf *p, double x, double y, double width, double height, unsigned rgb);
void yh_pdf_frame(struct yh_pdf *p, double x, double y, double width, double height,
		  double line_width, unsigned rgb);
/* A large pale word across the page, which is a picture and not text. */
void yh_pdf_watermark(struct yh_pdf *p, const char *word);

#endif
