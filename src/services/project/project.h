/* Projects of units (Art. 18): entering one before its initiation is applied for; seeing projects,
 * their resources and their quotas. */
#ifndef YH_SERVICES_PROJECT_PROJECT_H
#define YH_SERVICES_PROJECT_PROJECT_H

#include "cases/context.h"
#include "services/project/quota_view.h"
#include "store/project_query.h"

/* Enters a project of `unit` on a cloud, state "initiating". FORBIDDEN "unit-only" unless the actor
 * holds role unit there; BAD_INPUT "project-code" (2..63 of A-Z a-z 0-9 _ -, first a letter or
 * digit; the unit's own code and a dot may stand before it), "field-too-short", "field-too-long"
 * (256 bytes); CONFLICT "project-exists", "unit-closed". `name` is borrowed by *out. Codes are the
 * unit's own: the unit's code leads what is stored, so that nobody hears that another unit's code
 * is taken. */
YH_CHECK enum yh_rc yh_project_create(struct yh_ctx *cx, const struct yh_id *unit,
				      const struct yh_id *cloud, const char *code, const char *name,
				      struct yh_project_row *out, struct yh_err *err);

/* How the actor looks in a relation of the permission matrix: "any", "district", "cloud", "own";
 * NULL as "own". */
struct yh_viewer yh_viewer_of(const struct yh_ctx *cx, const char *relation);

/* One project as the viewer sees it; NOT_FOUND "project-unknown" when it is not for them. */
YH_CHECK enum yh_rc yh_project_get(struct yh_ctx *cx, const struct yh_viewer *who,
				   const struct yh_id *id, struct yh_project_line *out,
				   struct yh_err *err);
/* One resource; NOT_FOUND "resource-unknown" when it is not for them. `sizes` by time. */
YH_CHECK enum yh_rc yh_resource_get(struct yh_ctx *cx, const struct yh_viewer *who,
				    const struct yh_id *id, struct yh_resource_line *out,
				    struct yh_size_row **sizes, size_t *n, struct yh_err *err);
/* The next number of a resource on a cloud. */
YH_CHECK enum yh_rc yh_resource_next_no(struct yh_ctx *cx, const struct yh_id *cloud, char no[40],
					struct yh_err *err);
/* May the viewer read a unit's total? It may when it is the unit, or sees a project of it;
 * NOT_FOUND "org-unknown" otherwise. */
YH_CHECK enum yh_rc yh_unit_see(struct yh_ctx *cx, const struct yh_viewer *who,
				const struct yh_id *unit, struct yh_err *err);

#endif
