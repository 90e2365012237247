/* Finding records by number or name, within bounds: what is looked at is limited before it is asked
 * who may see it, so that no search walks a million rows. */
#ifndef YH_STORE_SEARCH_H
#define YH_STORE_SEARCH_H

#include "store/case_query.h"

enum {
	YH_SEARCH_RANGE = 1000,  /* numbers with a beginning looked at */
	YH_SEARCH_TAIL = 200,    /* numbers with an end, resource names with a beginning */
	YH_SEARCH_TITLES = 5000, /* newest cases whose titles are looked through */
	YH_SEARCH_TEXT = 64
};

/* What is looked for, in each of its forms. */
struct yh_search {
	const char *number, *number_end; /* in capitals, and what follows every such beginning */
	const char *tail;                /* the last six characters of a number; "": no number */
	const char *name, *name_end;     /* in lower case, likewise */
	const char *pattern;             /* of LIKE … ESCAPE '!', in lower case */
	uint32_t limit;
};

struct yh_found {
	struct yh_id id;
	const char *no, *title, *where, *state; /* state "": has none */
	const char *procedure, *label;          /* of a case; NULL of all else */
	/* how it was found, the best first */
	enum yh_match { YH_EXACT, YH_PREFIX, YH_TAIL, YH_NAME } match;
};

enum yh_searched {
	YH_SEARCH_CASE,
	YH_SEARCH_PROJECT,
	YH_SEARCH_RESOURCE,
	YH_SEARCH_ITEM,
	YH_SEARCH_ORG,
	YH_SEARCH_STATEMENT,
	YH_SEARCH_FINDING,
	YH_SEARCH_EVALUATION,
	YH_SEARCH_DUTY,
	YH_SEARCH_LETTER,
	YH_SEARCHED
};

/* A case is found by its title, and a letter at all, by who is cleared for it; a case by its number
 * by whoever sees it: its title is for whoever calls to mask.
 *
 * Of one kind, the best first, at most `limit` of those the viewer sees in lists of that kind. Of
 * statements, findings and evaluations only numbers are told, and nothing is asked of the
 * viewer: whoever calls does. */
YH_CHECK enum yh_rc yh_search(struct yh_tx *tx, const struct yh_viewer *who, enum yh_searched kind,
			      const struct yh_search *what, struct yh_arena *arena,
			      struct yh_found **out, size_t *n, struct yh_err *err);

#endif
