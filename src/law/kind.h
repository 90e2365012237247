/* Kinds of resources, as a pack names them. */
#ifndef YH_LAW_KIND_H
#define YH_LAW_KIND_H

#include "law/calendar.h"

struct yh_text2 {
	const char *zh, *en;
};

/* A kind of resources: what generic code must know of it, so that it need not know its name. */
struct yh_kind {
	const char *id; /* "emergency" */
	struct yh_text2 title;
	const char *article;
	bool permanent;         /* has no lease: what becomes of this kind is formal from then on */
	bool exposed;           /* may serve the outside */
	struct yh_period lease; /* its longest lease, in days or months; n 0: none */
	const char *lease_param;   /* the pack parameter it came from, or NULL */
	const char *lease_article; /* NULL: local policy */
	bool billed;               /* what it costs is charged, not only told (Art. 27) */
	const char *billed_param;  /* the pack parameter that says so, or NULL */
	struct yh_period cleanup;  /* so often its operators are told what runs; n 0: never */
	struct yh_extension {
		struct yh_period
			ahead; /* filed at least so long before the end; n 0: none possible */
		struct yh_period longest; /* of one extension, from the old end */
		int64_t most;             /* of a resource */
		const char *ahead_param, *longest_param, *most_param; /* NULL: literals */
	} extension;
};

#endif
