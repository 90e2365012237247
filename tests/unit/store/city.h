/* A small city for the tests of the store: a unit with its sponsor, an operator, two clouds, a
 * project and an edition with two items. */
#ifndef TESTS_STORE_CITY_H
#define TESTS_STORE_CITY_H

#include "engine.h"
#include "store/catalogue.h"
#include "store/party.h"
#include "store/project.h"
#include "store/quota.h"
#include "store/resource.h"

enum { T0 = 1000 }; /* seconds; every instant of the tests lies behind it */

struct city {
	struct yh_id unit, sponsor, operator_, cloud, district_cloud, project, edition, vm, disk,
		case_id;
};

static inline struct yh_id new_id(struct stage *s)
{
	return yh_id_new(s->ids, T0 * YH_US_PER_S);
}

static inline enum yh_rc add_org(struct yh_tx *tx, struct stage *s, const char *code,
				 const struct yh_id *sponsor, struct yh_id *out, struct yh_err *err)
{
	struct yh_org_row o = { .id = new_id(s),
				.name = code,
				.kind = "unit",
				.in_budget = true,
				.chain = "sign",
				.status = "active",
				.created_at = T0,
				.version = 1 };

	if (sponsor)
		o.sponsor = *sponsor;
	(void)snprintf(o.code, sizeof o.code, "%s", code);
	*out = o.id;
	return yh_org_insert(tx, &o, err);
}

static inline enum yh_rc add_cloud(struct yh_tx *tx, struct stage *s, const char *code,
				   const char *level, struct yh_id *out, struct yh_err *err)
{
	struct yh_cloud_row c = { .id = new_id(s), .name = code, .created_at = T0 };

	(void)snprintf(c.code, sizeof c.code, "%s", code);
	(void)snprintf(c.level, sizeof c.level, "%s", level);
	*out = c.id;
	return yh_cloud_insert(tx, &c, err);
}

static inline enum yh_rc add_project(struct yh_tx *tx, struct stage *s, const struct city *c,
				     const char *code, struct yh_id *out, struct yh_err *err)
{
	struct yh_project_row p = { .id = new_id(s),
				    .unit = c->unit,
				    .cloud = c->cloud,
				    .name = "项目",
				    .state = "initiating",
				    .created_at = T0 };

	(void)snprintf(p.code, sizeof p.code, "%s", code);
	*out = p.id;
	return yh_project_insert(tx, &p, err);
}

static inline struct yh_item_row an_item(struct stage *s, const struct yh_id *edition,
					 const char *code, struct yh_tier *tiers, size_t n_tiers,
					 struct yh_item_dim *dims, size_t n_dims)
{
	struct yh_item_row i = { .id = new_id(s),
				 .edition = *edition,
				 .class_ = "IaaS",
				 .category = "compute",
				 .name = code,
				 .content = "",
				 .per = "month",
				 .measure = "instance",
				 .mode = "graduated",
				 .step_milli = 1000,
				 .tags = "a b",
				 .trusted = true,
				 .tiers = tiers,
				 .n_tiers = n_tiers,
				 .dims = dims,
				 .n_dims = n_dims };

	(void)snprintf(i.code, sizeof i.code, "%s", code);
	return i;
}

static inline enum yh_rc add_catalogue(struct yh_tx *tx, struct stage *s, struct city *c,
				       struct yh_err *err)
{
	struct yh_edition_row e = { .id = new_id(s),
				    .cloud = c->cloud,
				    .number = 1,
				    .title = "2026",
				    .state = "draft",
				    .effective_day = YH_DAY_NONE,
				    .created_at = T0 };
	struct yh_tier vm_tiers[] = { { 0, 150250000 }, { 10000, 120000001 } };
	struct yh_item_dim vm_dims[] = { { "memory_gib", 8000 }, { "vcpu", 4000 } };
	struct yh_tier disk_tiers[] = { { 0, 300000 } };
	struct yh_item_dim disk_dims[] = { { "block_gib", 1000 } };
	struct yh_item_row vm = an_item(s, &e.id, "vm-4-8", vm_tiers, 2, vm_dims, 2);
	struct yh_item_row disk = an_item(s, &e.id, "disk", disk_tiers, 1, disk_dims, 1);

	c->edition = e.id;
	c->vm = vm.id;
	c->disk = disk.id;
	WANT_OK(yh_edition_insert(tx, &e, err));
	WANT_OK(yh_item_insert(tx, &vm, err));
	return yh_item_insert(tx, &disk, err);
}

static inline enum yh_rc build_city(struct yh_tx *tx, struct stage *s, struct city *c,
				    struct yh_err *err)
{
	c->case_id = new_id(s);
	WANT_OK(add_org(tx, s, "sponsor", NULL, &c->sponsor, err));
	WANT_OK(add_org(tx, s, "unit", &c->sponsor, &c->unit, err));
	WANT_OK(add_org(tx, s, "operator", NULL, &c->operator_, err));
	WANT_OK(add_cloud(tx, s, "sh", "municipal", &c->cloud, err));
	WANT_OK(add_cloud(tx, s, "pd", "district", &c->district_cloud, err));
	WANT_OK(yh_cloud_set_body(tx, &c->cloud, "operator", &c->operator_, err));
	WANT_OK(add_project(tx, s, c, "P-1", &c->project, err));
	return add_catalogue(tx, s, c, err);
}

static inline struct yh_resource_row a_resource(struct stage *s, const struct city *c,
						const struct yh_id *project, const char *no,
						const struct yh_id *item)
{
	struct yh_resource_row r = { .id = new_id(s),
				     .unit = c->unit,
				     .project = *project,
				     .cloud = c->cloud,
				     .kind = "test",
				     .state = "running",
				     .name = "机器",
				     .item = *item,
				     .case_id = c->case_id,
				     .lease_last = YH_DAY_NONE,
				     .created_at = T0,
				     .version = 1 };

	(void)snprintf(r.no, sizeof r.no, "%s", no);
	return r;
}

#endif
