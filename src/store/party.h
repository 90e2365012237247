/* Organisations, clouds and the bodies of clouds. */
#ifndef YH_STORE_PARTY_H
#define YH_STORE_PARTY_H

#include "db/db.h"

struct yh_org_row {
	struct yh_id id;
	char code[64];
	const char *name;
	char kind[16];         /* body, unit, provider, assessor */
	char district[32];     /* "" : of the city */
	char sector[96];       /* line of work, "" : not said */
	char paper_prefix[96]; /* its papers' numbers begin with, "": as the pack's templates say */
	struct yh_id sponsor;
	bool outside;   /* neither party or government organ nor public institution of the city */
	bool in_budget; /* paid from the city's budget */
	char chain[32]; /* sign | handle,sign | handle,review,sign */
	struct yh_id countersign;
	char status[12]; /* active, closed */
	yh_time created_at;
	int64_t version;
};

struct yh_cloud_row {
	struct yh_id id;
	char code[32];
	const char *name;
	char level[12]; /* municipal, domain, district */
	char district[32];
	struct yh_id parent;
	yh_time created_at;
};

YH_CHECK enum yh_rc yh_org_insert(struct yh_tx *tx, const struct yh_org_row *row,
				  struct yh_err *err);
/* Text copied into the arena; NOT_FOUND "org-unknown". */
YH_CHECK enum yh_rc yh_org_load(struct yh_tx *tx, const struct yh_id *id, struct yh_arena *arena,
				struct yh_org_row *out, struct yh_err *err);
YH_CHECK enum yh_rc yh_org_by_code(struct yh_tx *tx, const char *code, struct yh_arena *arena,
				   struct yh_org_row *out, struct yh_err *err);
YH_CHECK enum yh_rc yh_org_update(struct yh_tx *tx, struct yh_org_row *row, struct yh_err *err);

struct yh_org_filter {
	const char *kind, *status; /* "" : any */
	const char *text;          /* in the code or the name, as a pattern of LIKE in lower case;
				      "": any */
	const char *after;         /* cursor: the code of the last row; "": from the beginning */
	uint32_t limit;
	bool by_name; /* else by code */
	bool descending;
};
YH_CHECK enum yh_rc yh_org_list(struct yh_tx *tx, const struct yh_org_filter *f,
				struct yh_arena *arena, struct yh_org_row **out, size_t *n,
				struct yh_err *err);

YH_CHECK enum yh_rc yh_cloud_insert(struct yh_tx *tx, const struct yh_cloud_row *row,
				    struct yh_err *err);
YH_CHECK enum yh_rc yh_cloud_load(struct yh_tx *tx, const struct yh_id *id, struct yh_arena *arena,
				  struct yh_cloud_row *out, struct yh_err *err);
YH_CHECK enum yh_rc yh_cloud_by_code(struct yh_tx *tx, const char *code, struct yh_arena *arena,
				     struct yh_cloud_row *out, struct yh_err *err);
/* All clouds by code. */
YH_CHECK enum yh_rc yh_cloud_list(struct yh_tx *tx, struct yh_arena *arena,
				  struct yh_cloud_row **out, size_t *n, struct yh_err *err);
/* The cloud of a district, or the municipal one for ""; NOT_FOUND "cloud-unknown". */
YH_CHECK enum yh_rc yh_cloud_of_district(struct yh_tx *tx, const char *district,
					 struct yh_arena *arena, struct yh_cloud_row *out,
					 struct yh_err *err);
YH_CHECK enum yh_rc yh_cloud_set_body(struct yh_tx *tx, const struct yh_id *cloud, const char *role,
				      const struct yh_id *org, struct yh_err *err);
/* The organisation that holds `role` for a cloud. NOT_FOUND "party-none" (figure role), CONFLICT
 * "party-several" when more than one does and none can be chosen. */
YH_CHECK enum yh_rc yh_cloud_body(struct yh_tx *tx, const struct yh_id *cloud, const char *role,
				  struct yh_id *org, struct yh_err *err);
/* The codes of all that hold `role` for a cloud. */
YH_CHECK enum yh_rc yh_cloud_bodies(struct yh_tx *tx, const struct yh_id *cloud, const char *role,
				    struct yh_arena *arena, const char ***out, size_t *n,
				    struct yh_err *err);
/* The units that have anything running on a cloud, at most YH_CLOUD_UNITS of them. */
enum { YH_CLOUD_UNITS = 10000 };
YH_CHECK enum yh_rc yh_cloud_units(struct yh_tx *tx, const struct yh_id *cloud,
				   struct yh_arena *arena, struct yh_id **out, size_t *n,
				   struct yh_err *err);
YH_CHECK enum yh_rc yh_cloud_has_body(struct yh_tx *tx, const struct yh_id *cloud, const char *role,
				      const struct yh_id *org, bool *has, struct yh_err *err);

#endif
