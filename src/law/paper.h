/* Papers: the numbered documents that a pack has templates for. Pure.
 *
 * A template's texts hold {placeholders} of a closed list; what a case has nothing to say for stays
 * a long dash, so that no paper shows a bare name in braces. */
#ifndef YH_LAW_PAPER_H
#define YH_LAW_PAPER_H

#include "base/buf.h"
#include "law/kind.h"

struct yh_pack;

struct yh_paper_form {
	const char *name;        /* "warning" */
	struct yh_text2 title;   /* of the kind of paper: 警告书 */
	struct yh_text2 heading; /* of one, with placeholders */
	const char *article;     /* may be NULL */
	const char *prefix;      /* "云": what a body may have another of; NULL: nothing */
	const char *number; /* "云警〔{year}〕{n}号": its series is counted within a year; NULL: of
			       what is signed */
	const char *signed_by; /* a pledge: the role whose officers sign it; NULL: it is issued */
	const char *const *zh, *const *en; /* paragraphs, with placeholders */
	size_t n_zh, n_en;
	int line;
};

const struct yh_paper_form *yh_pack_papers(const struct yh_pack *p, size_t *n);
const struct yh_paper_form *yh_pack_paper(const struct yh_pack *p, const char *name); /* or NULL */

/* What placeholders stand for, in one language; NULL: nothing. */
struct yh_paper_figure {
	const char *name, *text;
};
/* The first placeholder of `text` that is none of the list, in `bad`; false: all are. Those of a
 * number are year and n. */
enum yh_paper_text { YH_PAPER_TEXT, YH_PAPER_NUMBER, YH_PAPER_PLEDGE };
bool yh_paper_bad(const char *text, enum yh_paper_text kind, char bad[32]);
void yh_paper_fill(const char *text, const struct yh_paper_figure *figures, size_t n,
		   struct yh_buf *out);

#endif
