/* Rows that the other side of a link owns: written as it says they are, by ids that were derived
 * here. Whether they may be written is settled by whoever calls. */
#ifndef YH_STORE_MIRROR_H
#define YH_STORE_MIRROR_H

#include "store/case_file.h"
#include "store/catalogue.h"
#include "store/ledger.h"
#include "store/party.h"
#include "store/project.h"
#include "store/quota.h"
#include "store/resource.h"

/* Inserts, or writes what may change; what they belong to (unit, cloud, project) follows too. */
YH_CHECK enum yh_rc yh_mirror_org(struct yh_tx *tx, const struct yh_org_row *row,
				  struct yh_err *err);
YH_CHECK enum yh_rc yh_mirror_project(struct yh_tx *tx, const struct yh_project_row *row,
				      struct yh_err *err);
/* By (project, code): one that is there keeps its id. */
YH_CHECK enum yh_rc yh_mirror_system(struct yh_tx *tx, const struct yh_system_row *row,
				     struct yh_err *err);
YH_CHECK enum yh_rc yh_mirror_edition(struct yh_tx *tx, const struct yh_edition_row *row,
				      struct yh_err *err);
/* Every line of the project, in place of those it had. */
YH_CHECK enum yh_rc yh_mirror_quota(struct yh_tx *tx, const struct yh_id *project,
				    const struct yh_quota_row *rows, size_t n, struct yh_err *err);
/* The resource with its whole history, which becomes just `sizes` (by time, without overlap); sums
 * that are kept of sizes follow. */
YH_CHECK enum yh_rc yh_mirror_resource(struct yh_tx *tx, const struct yh_resource_row *row,
				       const struct yh_size_row *sizes, size_t n,
				       struct yh_arena *arena, struct yh_err *err);
/* A record in place of what it was, with its values; its versions here are those that arrived. */
YH_CHECK enum yh_rc yh_mirror_record(struct yh_tx *tx, const struct yh_ledger_row *row,
				     const struct yh_ledger_value *values, size_t n,
				     struct yh_err *err);
/* The case by which the other side made a record; nothing when one of that number is there. */
YH_CHECK enum yh_rc yh_mirror_case(struct yh_tx *tx, const struct yh_case_row *row,
				   struct yh_err *err);

/* ---- what the sender reads ---- */

/* Which rows: of a cloud, and of units of a district. */
struct yh_mirror_of {
	struct yh_id cloud;
	const char *district;
	const char *reg; /* of records: the register */
};
enum yh_mirror_list {
	YH_MIRROR_ORGS,       /* codes: the district's units, and who provides for the cloud */
	YH_MIRROR_PROJECTS,   /* codes */
	YH_MIRROR_SYSTEMS,    /* project's code/code */
	YH_MIRROR_RESOURCES,  /* numbers of those that were opened */
	YH_MIRROR_EDITIONS,   /* 000012, of those that were published */
	YH_MIRROR_ITEMS,      /* 000012/code */
	YH_MIRROR_RECORDS,    /* numbers */
	YH_MIRROR_STATEMENTS, /* numbers of those that are closed */
	YH_MIRROR_LISTS
};
struct yh_mirror_row {
	struct yh_id id;
	const char *key;
};
/* By key, behind `after`, at most `limit`. */
YH_CHECK enum yh_rc yh_mirror_keys(struct yh_tx *tx, enum yh_mirror_list list,
				   const struct yh_mirror_of *of, const char *after, size_t limit,
				   struct yh_arena *arena, struct yh_mirror_row **out, size_t *n,
				   struct yh_err *err);
/* Is a row of these, of this id, among them? Its key; "" when not. */
YH_CHECK enum yh_rc yh_mirror_key_of(struct yh_tx *tx, enum yh_mirror_list list,
				     const struct yh_mirror_of *of, const struct yh_id *id,
				     struct yh_arena *arena, const char **key, struct yh_err *err);
/* Of this key: its id; zero when not. */
YH_CHECK enum yh_rc yh_mirror_id_of(struct yh_tx *tx, enum yh_mirror_list list,
				    const struct yh_mirror_of *of, const char *key,
				    struct yh_id *id, struct yh_err *err);
/* The codes that a project had before it moved. */
YH_CHECK enum yh_rc yh_mirror_past_codes(struct yh_tx *tx, const struct yh_id *project,
					 struct yh_arena *arena, const char ***out, size_t *n,
					 struct yh_err *err);
/* The number of a case; "" when it is not here. */
YH_CHECK enum yh_rc yh_mirror_case_no(struct yh_tx *tx, const struct yh_id *id, char out[40],
				      struct yh_err *err);
/* By which edition and code an item is known. NOT_FOUND "item-unknown". */
struct yh_mirror_item {
	struct yh_id id;
	int64_t edition;
	char code[64];
};
YH_CHECK enum yh_rc yh_mirror_item_named(struct yh_tx *tx, const struct yh_id *id,
					 struct yh_mirror_item *out, struct yh_err *err);
/* The resources of a project, by number. */
YH_CHECK enum yh_rc yh_mirror_of_project(struct yh_tx *tx, const struct yh_id *project,
					 struct yh_arena *arena, const char ***out, size_t *n,
					 struct yh_err *err);
/* The metrics by which items of a cloud are metered, each once. */
YH_CHECK enum yh_rc yh_mirror_metrics(struct yh_tx *tx, const struct yh_id *cloud,
				      struct yh_arena *arena, const char ***out, size_t *n,
				      struct yh_err *err);
/* Numbers of resources in use at any time since `since`, which the meter may tell of. */
YH_CHECK enum yh_rc yh_mirror_metered(struct yh_tx *tx, const struct yh_mirror_of *of,
				      yh_time since, const char *after, size_t limit,
				      struct yh_arena *arena, const char ***out, size_t *n,
				      struct yh_err *err);

#endif
