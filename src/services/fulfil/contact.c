/* Whether the clouds that machines fulfil on are there. */
#include "services/fulfil/internal.h"
#include "store/party.h"

enum { ARENA_BYTES = 64 * 1024 };

struct noting {
	const struct yh_world *world;
	const char *code;
	const struct yh_err *why;
	struct yh_arena arena;
};

static enum yh_rc note(struct yh_tx *tx, void *arg, struct yh_err *err)
{
	struct noting *a = arg;
	struct yh_cloud_order_row fault = { .slug = "", .figures = "" };
	struct yh_cloud_row cloud;
	struct yh_cloud_contact_row c = { .tried_at = yh_clock_now(a->world->clock) };
	enum yh_rc rc;

	yh_arena_done(&a->arena);
	rc = yh_cloud_by_code(tx, a->code, &a->arena, &cloud, err);
	if (rc != YH_OK)
		return rc;
	c.cloud = cloud.id;
	if (a->why->rc != YH_OK)
		rc = yh_order_fault(&a->arena, &fault, a->why, c.tried_at, err);
	else
		c.contact_at = c.tried_at;
	c.slug = fault.slug;
	c.figures = fault.figures;
	return rc == YH_OK ? yh_cloud_contact_put(tx, &c, err) : rc;
}

enum yh_rc yh_fulfil_contact(const struct yh_world *world, const char *code,
			     const struct yh_err *why, struct yh_err *err)
{
	struct noting a = { .world = world, .code = code, .why = why };
	enum yh_rc rc;

	yh_arena_init(&a.arena, ARENA_BYTES);
	rc = yh_exec_write(world->exec, note, &a, err);
	yh_arena_done(&a.arena);
	return rc;
}

static enum yh_rc ask(const struct yh_fulfil_job *j, const struct yh_cloud_config *cfg,
		      struct yh_err *err)
{
	struct yh_err why = { 0 };
	struct yh_cloud *cloud = NULL;
	enum yh_rc rc = cfg->driver->open(cfg, j->stop, &cloud, &why);

	if (rc == YH_OK)
		rc = cfg->driver->ping(cloud, &why);
	if (rc != YH_OK)
		(void)yh_fail(&why, rc, "cloud-unreachable");
	cfg->driver->close(cloud);
	if (j->stop && atomic_load(j->stop))
		return yh_fail(err, YH_BUSY, "job-stopped");
	return yh_fulfil_contact(j->world, cfg->code, &why, err);
}

enum yh_rc yh_fulfil_ping(const struct yh_fulfil_job *j, struct yh_err *err)
{
	const struct yh_clouds *clouds = j->world->clouds;
	enum yh_rc rc = YH_OK;

	for (size_t i = 0; rc == YH_OK && i < yh_clouds_n(clouds); i++) {
		const struct yh_cloud_config *cfg = yh_clouds_at(clouds, i, NULL);

		if (cfg->driver->by_machine)
			rc = ask(j, cfg, err);
	}
	return rc;
}
