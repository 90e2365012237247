/* The load of machines, by the meter's names. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "clouds/libvirt_internal.h"

struct sampling {
	struct yh_cloud *c;
	yh_cloud_sample_fn visit;
	void *arg;
	struct yh_libvirt_seen *was, *now; /* `was` is sorted */
	size_t n_was, n_now;
	/* the machine at hand */
	const virDomainStatsRecord *rec;
	const char *ref;
	virDomainInfo info;
};

static enum yh_rc tell(struct sampling *s, const char *metric, const char *device, double value,
		       struct yh_err *err)
{
	const struct yh_cloud_sample one = {
		.ref = s->ref, .resource_no = "", .metric = metric, .device = device, .value = value
	};

	return s->visit(s->arg, &one, err);
}

static bool number(const struct sampling *s, const char *name, uint64_t *out)
{
	unsigned long long v = 0;

	if (s->c->lib->virTypedParamsGetULLong(s->rec->params, s->rec->nparams, name, &v) != 1)
		return false;
	*out = v;
	return true;
}

static int by_ref(const void *a, const void *b)
{
	return strcmp(((const struct yh_libvirt_seen *)a)->ref,
		      ((const struct yh_libvirt_seen *)b)->ref);
}

static int64_t now_us(void)
{
	struct timespec t;

	(void)clock_gettime(CLOCK_MONOTONIC, &t);
	return (int64_t)t.tv_sec * 1000000 + t.tv_nsec / 1000;
}

/* Of the time since it was last looked at. One that was started anew counts from zero: nothing is
 * said of it until the next time. */
static enum yh_rc cpu(struct sampling *s, struct yh_err *err)
{
	struct yh_libvirt_seen *now = &s->now[s->n_now++];
	const struct yh_libvirt_seen *was;
	double took;

	(void)snprintf(now->ref, sizeof now->ref, "%s", s->ref);
	now->at_us = now_us();
	if (!number(s, "cpu.time", &now->cpu_ns))
		now->cpu_ns = s->info.cpuTime;
	was = s->was ? bsearch(now, s->was, s->n_was, sizeof *now, by_ref) : NULL;
	if (!was || was->cpu_ns > now->cpu_ns || now->at_us <= was->at_us || !s->info.nrVirtCpu)
		return YH_OK;
	took = (double)(now->cpu_ns - was->cpu_ns) / 1000.0 / (double)(now->at_us - was->at_us);
	return tell(s, "resource_cpu_usage_ratio", "", took / s->info.nrVirtCpu, err);
}

/* What the guest does not report is not known. */
static enum yh_rc memory(struct sampling *s, struct yh_err *err)
{
	uint64_t all, usable;
	enum yh_rc rc =
		tell(s, "resource_memory_total_bytes", "", (double)s->info.maxMem * 1024.0, err);

	if (rc == YH_OK && number(s, "balloon.available", &all) &&
	    number(s, "balloon.usable", &usable) && usable <= all)
		rc = tell(s, "resource_memory_used_bytes", "", (double)(all - usable) * 1024.0,
			  err);
	return rc;
}

static const char *device(const struct sampling *s, const char *group, unsigned i)
{
	char name[VIR_TYPED_PARAM_FIELD_LENGTH];
	const char *text = NULL;

	(void)snprintf(name, sizeof name, "%s.%u.name", group, i);
	(void)s->c->lib->virTypedParamsGetString(s->rec->params, s->rec->nparams, name, &text);
	return text ? text : "";
}

/* Counters of a group's devices: "block" or "net". */
static enum yh_rc counters(struct sampling *s, const char *group, const char *const from[2],
			   const char *const to[2], struct yh_err *err)
{
	char name[VIR_TYPED_PARAM_FIELD_LENGTH];
	unsigned n = 0;
	uint64_t v;
	enum yh_rc rc = YH_OK;

	(void)snprintf(name, sizeof name, "%s.count", group);
	(void)s->c->lib->virTypedParamsGetUInt(s->rec->params, s->rec->nparams, name, &n);
	for (unsigned i = 0; i < n && i < YH_LIBVIRT_DISKS; i++) {
		for (size_t k = 0; rc == YH_OK && k < 2; k++) {
			(void)snprintf(name, sizeof name, "%s.%u.%s", group, i, from[k]);
			if (number(s, name, &v))
				rc = tell(s, to[k], device(s, group, i), (double)v, err);
		}
	}
	return rc;
}

static enum yh_rc running(struct sampling *s, struct yh_err *err)
{
	static const char *const disk_from[] = { "rd.bytes", "wr.bytes" };
	static const char *const disk_to[] = { "resource_disk_read_bytes_total",
					       "resource_disk_written_bytes_total" };
	static const char *const net_from[] = { "rx.bytes", "tx.bytes" };
	static const char *const net_to[] = { "resource_network_receive_bytes_total",
					      "resource_network_transmit_bytes_total" };
	enum yh_rc rc = cpu(s, err);

	if (rc == YH_OK)
		rc = tell(s, "resource_cpu_cores", "", s->info.nrVirtCpu, err);
	if (rc == YH_OK)
		rc = memory(s, err);
	if (rc == YH_OK)
		rc = counters(s, "block", disk_from, disk_to, err);
	return rc == YH_OK ? counters(s, "net", net_from, net_to, err) : rc;
}

static enum yh_rc one(struct sampling *s, const virDomainStatsRecord *rec, struct yh_err *err)
{
	char ref[VIR_UUID_STRING_BUFLEN];
	struct yh_cloud *c = s->c;
	bool runs;
	enum yh_rc rc = yh_libvirt_go_on(c, err);

	/* gone since the list was made */
	if (rc != YH_OK || c->lib->virDomainGetUUIDString(rec->dom, ref) != 0 ||
	    c->lib->virDomainGetInfo(rec->dom, &s->info) != 0)
		return rc;
	s->rec = rec;
	s->ref = ref;
	runs = s->info.state != VIR_DOMAIN_SHUTOFF && s->info.state != VIR_DOMAIN_CRASHED;
	rc = tell(s, "resource_up", "", runs ? 1 : 0, err);
	return rc == YH_OK && runs ? running(s, err) : rc;
}

static enum yh_rc each(struct sampling *s, virDomainStatsRecordPtr *recs, int n, struct yh_err *err)
{
	enum yh_rc rc = YH_OK;

	s->now = calloc((size_t)n + 1, sizeof *s->now);
	if (!s->now)
		return yh_fail(err, YH_TOO_LARGE, "memory-short");
	for (int i = 0; rc == YH_OK && i < n; i++)
		rc = one(s, recs[i], err);
	return rc;
}

enum yh_rc yh_libvirt_sample(struct yh_cloud *c, yh_cloud_sample_fn visit, void *arg,
			     struct yh_err *err)
{
	struct sampling s = { .c = c, .visit = visit, .arg = arg };
	virDomainStatsRecordPtr *recs = NULL;
	enum yh_rc rc = yh_libvirt_begin(c, err);
	int n;

	if (rc != YH_OK)
		return rc;
	n = c->lib->virConnectGetAllDomainStats(
		c->conn,
		VIR_DOMAIN_STATS_STATE | VIR_DOMAIN_STATS_CPU_TOTAL | VIR_DOMAIN_STATS_BALLOON |
			VIR_DOMAIN_STATS_BLOCK | VIR_DOMAIN_STATS_INTERFACE,
		&recs, 0);
	if (n < 0)
		return yh_libvirt_failed(c, "sample", err);
	yh_libvirt_swap_seen(c, &s.was, &s.n_was);
	rc = each(&s, recs, n, err);
	if (s.now)
		qsort(s.now, s.n_now, sizeof *s.now, by_ref);
	free(s.was);
	yh_libvirt_swap_seen(c, &s.now, &s.n_now);
	free(s.now);
	c->lib->virDomainStatsRecordListFree(recs);
	return rc;
}
