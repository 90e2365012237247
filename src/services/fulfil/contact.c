/* Whether the clouds that machines fulfil on are there. */
#include "services/fulfil/internal.h"
#include "store/party.h"

struct asking {
	const struct yh_fulfil_job *j;
	const char *code;
	const struct yh_err *why; /* rc YH_OK: it has answered */
};

static enum yh_rc note(struct yh_tx *tx, void *arg, struct yh_err *err)
{
	const struct asking *a = arg;
	struct yh_cloud_order_row fault = { .slug = "", .figures = "" };
	struct yh_cloud_row cloud;
	struct yh_cloud_contact_row c = { .tried_at = yh_clock_now(a->j->world->clock) };
	enum yh_rc rc = yh_cloud_by_code(tx, a->code, a->j->arena, &cloud, err);

	if (rc != YH_OK)
		return rc;
	c.cloud = cloud.id;
	if (a->why->rc != YH_OK)
		rc = yh_order_fault(a->j->arena, &fault, a->why, c.tried_at, err);
	else
		c.contact_at = c.tried_at;
	c.slug = fault.slug;
	c.figures = fault.figures;
	return rc == YH_OK ? yh_cloud_contact_put(tx, &c, err) : rc;
}

static enum yh_rc ask(const struct yh_fulfil_job *j, const struct yh_cloud_config *cfg,
		      struct yh_err *err)
{
	struct yh_err why = { 0 };
	struct asking a = { .j = j, .code = cfg->code, .why = &why };
	struct yh_cloud *cloud = NULL;

	enum yh_rc rc = cfg->driver->open(cfg, j->stop, &cloud, &why);

	if (rc == YH_OK)
		rc = cfg->driver->ping(cloud, &why);
	if (rc != YH_OK)
		(void)yh_fail(&why, rc, "cloud-unreachable");
	cfg->driver->close(cloud);
	if (j->stop && atomic_load(j->stop))
		return yh_fail(err, YH_BUSY, "job-stopped");
	return yh_exec_write(j->world->exec, note, &a, err);
}

enum yh_rc yh_fulfil_ping(const struct yh_fulfil_job *j, yh_time *again_at, struct yh_err *err)
{
	const struct yh_clouds *clouds = j->world->clouds;
	bool any = false;
	enum yh_rc rc = YH_OK;

	for (size_t i = 0; rc == YH_OK && i < yh_clouds_n(clouds); i++) {
		const struct yh_cloud_config *cfg = yh_clouds_at(clouds, i, NULL);

		if (!cfg->driver->by_machine)
			continue;
		any = true;
		rc = ask(j, cfg, err);
	}
	if (!any) /* and none will come without a start of the server, whose first pass asks */
		*again_at = j->now + YH_US_PER_DAY;
	return rc;
}
