/* What the files about reports share. */
#ifndef YH_SERVICES_REPORT_INTERNAL_H
#define YH_SERVICES_REPORT_INTERNAL_H

#include "base/json.h"
#include "services/report/report.h"
#include "store/party.h"

struct yh_reporting {
	struct yh_ctx *cx;
	const struct yh_pack *pack;
	struct yh_cloud_row cloud;
	const char *kind;
	yh_day first, last;
	bool has_before;
	int64_t settled;    /* settlements of the period that are closed */
	bool settled_since; /* a month of the period was settled after the edition before */
	struct yh_report_row before;
	const json_t *before_body;
	json_t *sections, *titles, *rows;
};

/* What differs from the edition before, at most YH_REPORT_CHANGES of them; *total: how many there
 * are. NULL without memory. */
json_t *yh_report_changes(const struct yh_reporting *r, int64_t *total);

#endif
