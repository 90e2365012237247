/* See fulfil_stand.h: the machine. */
#include <signal.h>

#include "fulfil_stand.h"

struct memory *cloud;

struct machine *machine_of(const struct yh_id *id)
{
	for (size_t i = 0; i < MACHINES; i++) {
		struct machine *m = &cloud->machines[i];

		if (yh_id_is_zero(&m->id))
			m->id = *id;
		if (yh_id_eq(&m->id, id))
			return m;
	}
	abort();
}

static enum yh_rc called(struct yh_err *err)
{
	static const struct {
		enum yh_rc rc;
		const char *slug;
	} faults[] = { [AWAY] = { YH_BUSY, "cloud-unreachable" },
		       [REFUSES] = { YH_REFUSED, "cloud-refused" },
		       [FOREIGN] = { YH_CONFLICT, "cloud-machine-foreign" } };

	cloud->calls++;
	if (cloud->calls == cloud->die_before)
		(void)raise(SIGKILL);
	if (cloud->calls == cloud->meanwhile_at)
		cloud->meanwhile(cloud->arg);
	if (cloud->calls != cloud->fault_at)
		return YH_OK;
	return yh_fail(err, faults[cloud->fault].rc, faults[cloud->fault].slug);
}

static void answered(void)
{
	if (cloud->calls == cloud->die_after)
		(void)raise(SIGKILL);
}

static enum yh_rc open_cloud(const struct yh_cloud_config *cfg, const atomic_bool *stop,
			     struct yh_cloud **out, struct yh_err *err)
{
	(void)cfg;
	(void)stop;
	(void)err;
	*out = NULL;
	return YH_OK;
}

static void close_cloud(struct yh_cloud *c)
{
	(void)c;
}

static enum yh_rc ping(struct yh_cloud *c, struct yh_err *err)
{
	(void)c;
	return called(err);
}

static size_t steps(const struct yh_cloud *c, const struct yh_cloud_order *o,
		    const char *const **names)
{
	static const char *const opens[] = { "disk", "define" };
	static const char *const resizes[] = { "resize" };
	static const char *const stops[] = { "stop" };

	(void)c;
	*names = o->act == YH_CLOUD_OPEN ? opens : o->act == YH_CLOUD_RESIZE ? resizes : stops;
	return o->act == YH_CLOUD_OPEN ? 2 : 1;
}

static int64_t vcpu(const struct yh_cloud_dim *dims, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (strcmp(dims[i].name, "vcpu") == 0)
			return dims[i].qty_milli;
	return 0;
}

static enum yh_rc step(struct yh_cloud *c, const struct yh_cloud_order *o, const char *name,
		       char ref[YH_CLOUD_REF], struct yh_err *err)
{
	struct machine *m = machine_of(&o->resource);
	enum yh_rc rc = called(err);

	(void)c;
	if (rc != YH_OK)
		return rc;
	cloud->steps++;
	if (strcmp(name, "disk") == 0) {
		m->disks_made += !m->disk;
		m->disk = true;
	} else if (strcmp(name, "define") == 0) {
		m->defined_times += !m->defined;
		m->defined = true;
		m->vcpu_milli = vcpu(o->dims, o->n_dims);
		(void)snprintf(ref, YH_CLOUD_REF, "m-%s", o->resource_no);
	} else if (strcmp(name, "resize") == 0) {
		m->vcpu_milli = vcpu(o->dims, o->n_dims);
	} else {
		m->defined = false;
	}
	answered();
	return YH_OK;
}

static enum yh_rc undo(struct yh_cloud *c, const struct yh_cloud_order *o, const char *name,
		       const char *ref, bool *kept, struct yh_err *err)
{
	struct machine *m = machine_of(&o->resource);
	enum yh_rc rc;

	(void)c;
	(void)ref;
	if (cloud->undo_fails && yh_id_eq(&o->resource, &cloud->stuck))
		cloud->fault_at = cloud->calls + 1;
	rc = called(err);
	if (rc != YH_OK)
		return rc;
	cloud->undone++;
	*kept = *kept || o->act == YH_CLOUD_DESTROY;
	if (strcmp(name, "disk") == 0)
		m->disk = false;
	else if (strcmp(name, "define") == 0)
		m->defined = false;
	else if (strcmp(name, "resize") == 0)
		m->vcpu_milli = vcpu(o->before, o->n_before);
	answered();
	return YH_OK;
}

const struct yh_cloud_driver scripted = { .name = "scripted",
					  .by_machine = true,
					  .open = open_cloud,
					  .close = close_cloud,
					  .ping = ping,
					  .steps = steps,
					  .step = step,
					  .undo = undo };
