/* Lists over projects and resources, by who looks. A unit sees its own, its sponsor sees it too, a
 * body sees its clouds' and a district operator its district's units when the viewer says so, and
 * whoever has had a step of a case about a project sees the project. */
#ifndef YH_STORE_PROJECT_QUERY_H
#define YH_STORE_PROJECT_QUERY_H

#include "store/case_query.h"
#include "store/project.h"
#include "store/resource.h"

struct yh_project_line {
	struct yh_project_row row;
	const char *unit_code, *unit_name, *cloud_code;
};
struct yh_project_filter {
	struct yh_id id, unit, cloud; /* zero: any */
	const char *state;            /* "" : any */
	const char *text;  /* in the code or the name, as a pattern of LIKE in lower case; NULL:
			      any */
	const char *after; /* cursor: the code of the last row; "": from the beginning */
	uint32_t limit;
	enum yh_project_sort {
		YH_PROJECTS_BY_CODE,
		YH_PROJECTS_BY_NAME,
		YH_PROJECTS_BY_ENTRY, /* when it was entered */
	} sort;
	bool descending;
};
YH_CHECK enum yh_rc yh_project_page(struct yh_tx *tx, const struct yh_viewer *who,
				    const struct yh_project_filter *f, struct yh_arena *arena,
				    struct yh_project_line **out, size_t *n, struct yh_err *err);

struct yh_resource_line {
	struct yh_resource_row row;
	const char *project_code, *unit_code, *unit_name, *system_code, *item_code, *item_name;
	const char *measure;
	int64_t qty_milli; /* now; 0 when nothing runs */
};
struct yh_resource_filter {
	struct yh_id id, project, unit, cloud; /* zero: any */
	const char *state, *kind;              /* "" : any */
	const char *text;  /* in the number or the name, as a pattern of LIKE in lower case; "" or
			      NULL: any */
	const char *after; /* cursor: the number of the last row; "": from the beginning */
	uint32_t limit;
	/* By number, name, last day of the lease (none last) or opening (none first). */
	enum yh_resource_sort {
		YH_RESOURCES_BY_NUMBER,
		YH_RESOURCES_BY_NAME,
		YH_RESOURCES_BY_LEASE,
		YH_RESOURCES_BY_OPENING
	} sort;
	bool descending;
};
YH_CHECK enum yh_rc yh_resource_page(struct yh_tx *tx, const struct yh_viewer *who,
				     const struct yh_resource_filter *f, struct yh_arena *arena,
				     struct yh_resource_line **out, size_t *n, struct yh_err *err);
/* The numbers of resources the viewer sees of `unit` on `cloud` (zero: any), in no order, at most
 * `limit` of them. */
YH_CHECK enum yh_rc yh_resource_numbers(struct yh_tx *tx, const struct yh_viewer *who,
					const struct yh_id *unit, const struct yh_id *cloud,
					uint32_t limit, struct yh_arena *arena, const char ***out,
					size_t *n, struct yh_err *err);
YH_CHECK enum yh_rc yh_resource_id_by_no(struct yh_tx *tx, const char *no, struct yh_id *out,
					 struct yh_err *err);

#endif
