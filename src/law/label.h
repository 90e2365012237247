/* Sensitivity labels of a pack (GB/T 22239-2019 8.1.4.2 g): their order, what is labelled how when
 * nobody says otherwise, and which role is cleared for what. */
#ifndef YH_LAW_LABEL_H
#define YH_LAW_LABEL_H

#include "law/pack.h"

enum { YH_LABEL_TEXT = 32, YH_LABELS_MOST = 16 };

struct yh_label {
	const char *id; /* "internal" */
	struct yh_text2 title;
};

/* The labels, the lowest first; none: the pack labels nothing. */
const struct yh_label *yh_pack_labels(const struct yh_pack *p, size_t *n);
const struct yh_label *yh_pack_label(const struct yh_pack *p, const char *id);

/* How high a label stands, from 0. One that the pack does not know stands above all: what it was
 * given for is still in force. "" is that of what nobody labelled: 0 where there are none. */
int yh_pack_label_rank(const struct yh_pack *p, const char *id);
/* The higher of two. */
const char *yh_pack_label_higher(const struct yh_pack *p, const char *a, const char *b);

/* What is handed in, or a paper that the platform makes ("upload", "paper"), has from the first,
 * and at least what its procedure asks for (NULL or unknown: nothing). "" without labels. */
const char *yh_pack_label_of(const struct yh_pack *p, const char *what, const char *procedure);
/* What a case of the procedure has at least; the lowest where the pack names it none. */
const char *yh_pack_label_of_case(const struct yh_pack *p, const char *procedure);
/* For what holders of a role are cleared; the lowest where the pack says nothing. */
const char *yh_pack_clearance_of(const struct yh_pack *p, const char *role);

#endif
