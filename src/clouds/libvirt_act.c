/* Orders, step by step. A machine is a domain whose UUID is the resource's id; what is ordered as
 * storage alone is a volume. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "clouds/libvirt_internal.h"

enum { SHUTDOWN_S = 30, POLL_MS = 250, KIB_PER_GIB = 1024 * 1024 };

static const char *const open_steps[] = { "network", "volume", "define", "start" };
static const char *const resize_all[] = { "stop", "define", "grow", "start" };
static const char *const resize_machine[] = { "stop", "define", "start" };
static const char *const grow_steps[] = { "grow" };
static const char *const tag_steps[] = { "tag" };
static const char *const stop_steps[] = { "stop", "snapshot" };
static const char *const destroy_steps[] = { "stop", "volumes", "undefine" };
static const char *const volume_open[] = { "volume" };
static const char *const volume_keep[] = { "keep" };
static const char *const volume_destroy[] = { "keep", "volumes" };

/* What this driver serves, in amounts that a machine can have. */
static bool serves(const struct yh_cloud_dim *dims, size_t n, bool machine)
{
	int64_t cpu = yh_libvirt_dim(dims, n, "vcpu"), mem = yh_libvirt_dim(dims, n, "memory_gib");

	for (size_t i = 0; i < n; i++) {
		const char *d = dims[i].name;

		if (strcmp(d, "block_gib") != 0 && strcmp(d, "vcpu") != 0 &&
		    strcmp(d, "memory_gib") != 0 && dims[i].qty_milli != 0)
			return false;
		if (dims[i].qty_milli < 0 || dims[i].qty_milli > INT64_C(1) << 40)
			return false;
	}
	if (!machine)
		return cpu <= 0 && mem <= 0 && yh_libvirt_dim(dims, n, "block_gib") > 0;
	return cpu > 0 && cpu % 1000 == 0 && mem > 0;
}

static bool is_volume(const struct yh_cloud_order *o)
{
	struct yh_libvirt_volume_tags tags;

	if (o->provider_ref)
		return yh_libvirt_volume_read(o->provider_ref, &tags);
	return yh_libvirt_dim(o->dims, o->n_dims, "vcpu") <= 0;
}

static size_t resize_steps(const struct yh_cloud_order *o, bool volume, const char *const **names)
{
	int64_t had = yh_libvirt_dim(o->before, o->n_before, "block_gib");
	int64_t want = yh_libvirt_dim(o->dims, o->n_dims, "block_gib");
	bool other = yh_libvirt_dim(o->before, o->n_before, "vcpu") !=
			     yh_libvirt_dim(o->dims, o->n_dims, "vcpu") ||
		     yh_libvirt_dim(o->before, o->n_before, "memory_gib") !=
			     yh_libvirt_dim(o->dims, o->n_dims, "memory_gib");

	/* a disk made smaller loses what is behind its new end: that is for people */
	if (want < had)
		return 0;
	if (!volume && other) {
		*names = want > had ? resize_all : resize_machine;
		return want > had ? 4 : 3;
	}
	*names = want > had ? grow_steps : volume ? volume_keep : tag_steps;
	return 1;
}

/* Does the identifier name a machine or a volume of this driver's? People write down anything. */
static bool names_one(const struct yh_cloud_order *o)
{
	struct yh_id id;

	return o->provider_ref &&
	       (is_volume(o) || yh_id_parse(o->provider_ref, &id, NULL) == YH_OK);
}

size_t yh_libvirt_steps(const struct yh_cloud *c, const struct yh_cloud_order *o,
			const char *const **names)
{
	bool volume = is_volume(o), network = yh_cloud_value(c->cfg, "network") != NULL;

	if ((o->act == YH_CLOUD_OPEN || o->act == YH_CLOUD_RESIZE) &&
	    !serves(o->dims, o->n_dims, !volume))
		return 0;
	if (o->act != YH_CLOUD_OPEN && !names_one(o))
		return 0;
	switch (o->act) {
	case YH_CLOUD_OPEN:
		*names = volume ? volume_open : network ? open_steps : open_steps + 1;
		return volume ? 1 : network ? 4 : 3;
	case YH_CLOUD_RESIZE:
		return resize_steps(o, volume, names);
	case YH_CLOUD_STOP:
		*names = volume ? volume_keep : stop_steps;
		return volume || !o->snapshot ? 1 : 2;
	case YH_CLOUD_DESTROY:
		*names = volume ? volume_destroy : destroy_steps;
		return volume ? 2 : 3;
	}
	return 0;
}

/* The order's machine; *out NULL: there is none. One that says that it is another resource's is
 * foreign; one that says nothing is ours when the register has it by its identifier. */
static enum yh_rc machine(struct yh_cloud *c, const struct yh_cloud_order *o, virDomainPtr *out,
			  struct yh_libvirt_facts *facts, struct yh_err *err)
{
	char id[YH_ID_TEXT];
	struct yh_err why = { 0 };
	const char *ref = o->provider_ref ? o->provider_ref : yh_id_text(&o->resource, id);
	enum yh_rc rc = yh_libvirt_domain(c, ref, out, err);

	if (rc != YH_OK || !*out)
		return rc;
	rc = yh_libvirt_describe(c, *out, facts, &why);
	if (rc == YH_OK && strcmp(facts->resource_no, o->resource_no) != 0 &&
	    (facts->resource_no[0] || !o->provider_ref))
		rc = yh_libvirt_foreign(ref, &why);
	if (rc == YH_OK)
		return YH_OK;
	if (rc == YH_REFUSED && yh_libvirt_gone(c, ref))
		rc = YH_OK;
	else if (err)
		*err = why;
	(void)c->lib->virDomainFree(*out);
	*out = NULL;
	return rc;
}

/* What the machine was before this order, in a word: it stands on the machine itself, since a step
 * may be done twice, and taken back by another connection. "" : the order has not stopped it. */
static const char *was_before(const struct yh_cloud_order *o, const struct yh_libvirt_facts *f)
{
	const char *act = o->act == YH_CLOUD_STOP ? "stop-" : "resize-";

	return strcmp(f->case_no, o->case_no) == 0 && strncmp(f->was, act, strlen(act)) == 0
		       ? f->was
		       : "";
}

static const char *was_now(const struct yh_cloud_order *o, bool on)
{
	if (o->act == YH_CLOUD_STOP)
		return on ? "stop-on" : "stop-off";
	if (o->act == YH_CLOUD_RESIZE)
		return on ? "resize-on" : "resize-off";
	return "";
}

static bool says(const char *was, const char *state)
{
	const char *at = strchr(was, '-');

	return at && strcmp(at + 1, state) == 0;
}

/* Says which case allowed what is done now, and what the machine was before it. */
static enum yh_rc tag(struct yh_cloud *c, const struct yh_cloud_order *o, virDomainPtr dom,
		      const char *was, struct yh_err *err)
{
	struct yh_buf xml;
	unsigned flags = VIR_DOMAIN_AFFECT_CONFIG;
	bool on;
	enum yh_rc rc = yh_libvirt_is_on(c, dom, "tag", &on, err);

	if (rc != YH_OK)
		return rc;
	if (on)
		flags |= VIR_DOMAIN_AFFECT_LIVE;
	yh_buf_init(&xml, YH_LIBVIRT_XML_MAX);
	yh_libvirt_tags_xml(o, was, false, &xml);
	if (!yh_buf_ok(&xml) ||
	    c->lib->virDomainSetMetadata(dom, VIR_DOMAIN_METADATA_ELEMENT, yh_buf_text(&xml), "yh",
					 YH_LIBVIRT_NS, flags) != 0)
		rc = yh_libvirt_failed(c, "tag", err);
	yh_buf_done(&xml);
	return rc;
}

static enum yh_rc network(struct yh_cloud *c, struct yh_err *err)
{
	const char *name = yh_cloud_value(c->cfg, "network");
	virNetworkPtr net = name ? c->lib->virNetworkLookupByName(c->conn, name) : NULL;
	enum yh_rc rc = YH_OK;

	if (!name)
		return YH_OK;
	if (!net)
		return yh_libvirt_failed(c, "network", err);
	if (c->lib->virNetworkIsActive(net) != 1 && c->lib->virNetworkCreate(net) != 0)
		rc = yh_libvirt_failed(c, "network", err);
	(void)c->lib->virNetworkFree(net);
	return rc;
}

static enum yh_rc define_new(struct yh_cloud *c, const struct yh_cloud_order *o, struct yh_err *err)
{
	const struct yh_libvirt_place place = { yh_cloud_value(c->cfg, "type"),
						yh_cloud_value(c->cfg, "arch"),
						yh_cloud_value(c->cfg, "pool"),
						yh_cloud_value(c->cfg, "network") };
	virDomainPtr dom = c->lib->virDomainLookupByName(c->conn, o->resource_no);
	struct yh_buf xml;
	enum yh_rc rc = YH_OK;

	/* by its UUID it was not found: of this name is another */
	if (dom) {
		(void)c->lib->virDomainFree(dom);
		return yh_libvirt_foreign(o->resource_no, err);
	}
	yh_buf_init(&xml, YH_LIBVIRT_XML_MAX);
	yh_libvirt_domain_xml(o, &place, &xml);
	if (yh_buf_ok(&xml))
		dom = c->lib->virDomainDefineXML(c->conn, yh_buf_text(&xml));
	if (dom)
		(void)c->lib->virDomainFree(dom);
	else
		rc = yh_libvirt_failed(c, "define", err);
	yh_buf_done(&xml);
	return rc;
}

/* Both limits of a stopped machine, in the order in which neither is ever above the other. */
static enum yh_rc set_size(struct yh_cloud *c, virDomainPtr dom, const struct yh_cloud_dim *dims,
			   size_t n, struct yh_err *err)
{
	const struct yh_libvirt_lib *l = c->lib;
	unsigned vcpu = (unsigned)(yh_libvirt_dim(dims, n, "vcpu") / 1000);
	unsigned long kib =
		(unsigned long)(yh_libvirt_dim(dims, n, "memory_gib") * KIB_PER_GIB / 1000);
	const unsigned cfg = VIR_DOMAIN_AFFECT_CONFIG;
	virDomainInfo info;

	if (l->virDomainGetInfo(dom, &info) != 0)
		return yh_libvirt_failed(c, "define", err);
	if (vcpu < info.nrVirtCpu && l->virDomainSetVcpusFlags(dom, vcpu, cfg) != 0)
		return yh_libvirt_failed(c, "define", err);
	if (l->virDomainSetVcpusFlags(dom, vcpu, cfg | VIR_DOMAIN_VCPU_MAXIMUM) != 0 ||
	    l->virDomainSetVcpusFlags(dom, vcpu, cfg) != 0)
		return yh_libvirt_failed(c, "define", err);
	if (kib < info.memory && l->virDomainSetMemoryFlags(dom, kib, cfg) != 0)
		return yh_libvirt_failed(c, "define", err);
	if (l->virDomainSetMemoryFlags(dom, kib, cfg | VIR_DOMAIN_MEM_MAXIMUM) != 0 ||
	    l->virDomainSetMemoryFlags(dom, kib, cfg) != 0)
		return yh_libvirt_failed(c, "define", err);
	return YH_OK;
}

static enum yh_rc start(struct yh_cloud *c, virDomainPtr dom, struct yh_err *err)
{
	if (c->lib->virDomainIsActive(dom) == 1 || c->lib->virDomainCreate(dom) == 0)
		return YH_OK;
	return yh_libvirt_failed(c, "start", err);
}

static enum yh_rc force_off(struct yh_cloud *c, virDomainPtr dom, struct yh_err *err)
{
	struct yh_err why = { 0 };
	bool on;
	enum yh_rc rc = yh_libvirt_is_on(c, dom, "stop", &on, err);

	if (rc != YH_OK || !on || c->lib->virDomainDestroy(dom) == 0)
		return rc;
	rc = yh_libvirt_failed(c, "stop", &why);
	/* it may have ended by itself just before */
	if (c->lib->virDomainIsActive(dom) == 0)
		return YH_OK;
	if (err)
		*err = why;
	return rc;
}

/* Asks the guest, and waits for it no longer than it may take. */
static enum yh_rc shut_down(struct yh_cloud *c, virDomainPtr dom, struct yh_err *err)
{
	const char *said = yh_cloud_value(c->cfg, "shutdown_s");
	int64_t until = yh_monotonic_ms() + (said ? strtol(said, NULL, 10) : SHUTDOWN_S) * 1000;
	const struct timespec a_while = { 0, POLL_MS * 1000000 };
	bool on;
	enum yh_rc rc = yh_libvirt_is_on(c, dom, "stop", &on, err);

	if (rc != YH_OK || !on)
		return rc;
	if (c->lib->virDomainShutdown(dom) == 0) {
		while (rc == YH_OK && on && yh_monotonic_ms() < until) {
			(void)nanosleep(&a_while, NULL);
			rc = yh_libvirt_go_on(c, err);
			if (rc == YH_OK)
				rc = yh_libvirt_is_on(c, dom, "stop", &on, err);
		}
	}
	return rc == YH_OK ? force_off(c, dom, err) : rc;
}

/* What it was is written down before it is stopped. */
static enum yh_rc stop(struct yh_cloud *c, const struct yh_cloud_order *o, virDomainPtr dom,
		       const struct yh_libvirt_facts *facts, struct yh_err *err)
{
	const char *was = was_before(o, facts);
	bool on;
	enum yh_rc rc = yh_libvirt_is_on(c, dom, "stop", &on, err);

	if (rc == YH_OK)
		rc = tag(c, o, dom, was[0] ? was : was_now(o, on), err);
	return rc == YH_OK ? shut_down(c, dom, err) : rc;
}

static const char *snapshot_name(const struct yh_cloud_order *o, char out[96])
{
	(void)snprintf(out, 96, "yunheng-%.80s", o->case_no);
	return out;
}

static enum yh_rc snapshot(struct yh_cloud *c, const struct yh_cloud_order *o, virDomainPtr dom,
			   struct yh_err *err)
{
	char name[96];
	virDomainSnapshotPtr s =
		c->lib->virDomainSnapshotLookupByName(dom, snapshot_name(o, name), 0);
	struct yh_buf xml;
	enum yh_rc rc = YH_OK;

	if (!s) {
		yh_buf_init(&xml, YH_LIBVIRT_XML_MAX);
		yh_libvirt_snapshot_xml(name, o->case_no, &xml);
		if (yh_buf_ok(&xml))
			s = c->lib->virDomainSnapshotCreateXML(dom, yh_buf_text(&xml), 0);
		yh_buf_done(&xml);
	}
	if (!s)
		rc = yh_libvirt_failed(c, "snapshot", err);
	else
		(void)c->lib->virDomainSnapshotFree(s);
	return rc;
}

static enum yh_rc drop_snapshot(struct yh_cloud *c, const struct yh_cloud_order *o,
				virDomainPtr dom, struct yh_err *err)
{
	char name[96];
	virDomainSnapshotPtr s =
		c->lib->virDomainSnapshotLookupByName(dom, snapshot_name(o, name), 0);
	enum yh_rc rc = YH_OK;

	if (!s)
		return YH_OK;
	if (c->lib->virDomainSnapshotDelete(s, 0) != 0)
		rc = yh_libvirt_failed(c, "snapshot", err);
	(void)c->lib->virDomainSnapshotFree(s);
	return rc;
}

static enum yh_rc undefine(struct yh_cloud *c, virDomainPtr dom, struct yh_err *err)
{
	const unsigned flags =
		VIR_DOMAIN_UNDEFINE_MANAGED_SAVE | VIR_DOMAIN_UNDEFINE_SNAPSHOTS_METADATA;
	bool on;
	enum yh_rc rc = yh_libvirt_is_on(c, dom, "undefine", &on, err);

	if (rc != YH_OK)
		return rc;
	/* it would run on, and nobody would know it by its definition */
	if (on)
		return yh_libvirt_working(c, "running", err);
	/* not every kind of machine has firmware variables to be dropped */
	if (c->lib->virDomainUndefineFlags(dom, flags | VIR_DOMAIN_UNDEFINE_NVRAM) == 0 ||
	    c->lib->virDomainUndefineFlags(dom, flags) == 0)
		return YH_OK;
	return yh_libvirt_failed(c, "undefine", err);
}

static uint64_t block_bytes(const struct yh_cloud_order *o)
{
	int64_t milli = yh_libvirt_dim(o->dims, o->n_dims, "block_gib");

	return milli > 0 ? ((uint64_t)milli << 30) / 1000 : 0;
}

static enum yh_rc destroy_step(struct yh_cloud *c, const struct yh_cloud_order *o, virDomainPtr dom,
			       const struct yh_libvirt_facts *facts, const char *step,
			       struct yh_err *err)
{
	/* somebody may have started it since */
	enum yh_rc rc = stop(c, o, dom, facts, err);

	if (rc == YH_OK && strcmp(step, "volumes") == 0)
		rc = yh_libvirt_drop_disks(c, dom, err);
	else if (rc == YH_OK && strcmp(step, "undefine") == 0)
		rc = undefine(c, dom, err);
	return rc;
}

static enum yh_rc machine_step(struct yh_cloud *c, const struct yh_cloud_order *o, virDomainPtr dom,
			       const struct yh_libvirt_facts *facts, const char *step,
			       struct yh_err *err)
{
	const char *was = was_before(o, facts);
	enum yh_rc rc = YH_OK;

	if (o->act == YH_CLOUD_DESTROY)
		return destroy_step(c, o, dom, facts, step, err);
	/* one that was off stays off */
	if (strcmp(step, "start") == 0)
		return says(was, "off") ? YH_OK : start(c, dom, err);
	if (strcmp(step, "snapshot") == 0)
		return snapshot(c, o, dom, err);
	if (strcmp(step, "stop") == 0)
		return stop(c, o, dom, facts, err);
	if (strcmp(step, "define") == 0)
		rc = set_size(c, dom, o->dims, o->n_dims, err);
	else if (strcmp(step, "grow") == 0)
		rc = yh_libvirt_grow_machine(c, dom, block_bytes(o), err);
	return rc == YH_OK ? tag(c, o, dom, was, err) : rc;
}

static enum yh_rc volume_step(struct yh_cloud *c, const struct yh_cloud_order *o, const char *step,
			      struct yh_err *err)
{
	struct yh_libvirt_volume_tags tags;
	char id[YH_ID_TEXT];
	virStorageVolPtr vol;
	enum yh_rc rc;

	/* the register may have been given the name of somebody else's */
	if (!yh_libvirt_volume_read(o->provider_ref, &tags) ||
	    strcmp(tags.resource_no, o->resource_no) != 0 ||
	    strcmp(tags.uuid, yh_id_text(&o->resource, id)) != 0)
		return yh_libvirt_foreign(o->provider_ref, err);
	if (strcmp(step, "volumes") == 0)
		return yh_libvirt_drop_volume(c, o->provider_ref, err);
	if (strcmp(step, "grow") == 0)
		return yh_libvirt_grow_volume(c, o->provider_ref, block_bytes(o), err);
	rc = yh_libvirt_volume(c, o->provider_ref, &vol, err);
	if (rc == YH_OK && !vol)
		return yh_libvirt_refuse(c, step, "no such volume", err);
	if (vol)
		(void)c->lib->virStorageVolFree(vol);
	return rc;
}

static enum yh_rc open_step(struct yh_cloud *c, const struct yh_cloud_order *o, const char *step,
			    char ref[YH_CLOUD_REF], struct yh_err *err)
{
	char id[YH_ID_TEXT], name[YH_LIBVIRT_VOLUME];
	struct yh_libvirt_facts facts;
	virDomainPtr dom;
	enum yh_rc rc;

	if (strcmp(step, "network") == 0)
		return network(c, err);
	if (strcmp(step, "volume") == 0) {
		rc = yh_libvirt_make_volume(c, o, err);
		if (rc == YH_OK && is_volume(o))
			(void)snprintf(ref, YH_CLOUD_REF, "%.127s",
				       yh_libvirt_volume_name(o, name));
		return rc;
	}
	rc = machine(c, o, &dom, &facts, err);
	if (rc != YH_OK)
		return rc;
	if (!dom && strcmp(step, "define") == 0)
		rc = define_new(c, o, err);
	else if (!dom)
		return yh_libvirt_refuse(c, step, "no such machine", err);
	else if (strcmp(step, "start") == 0)
		rc = start(c, dom, err);
	if (dom)
		(void)c->lib->virDomainFree(dom);
	if (rc == YH_OK)
		(void)snprintf(ref, YH_CLOUD_REF, "%s", yh_id_text(&o->resource, id));
	return rc;
}

enum yh_rc yh_libvirt_step(struct yh_cloud *c, const struct yh_cloud_order *o, const char *step,
			   char ref[YH_CLOUD_REF], struct yh_err *err)
{
	struct yh_libvirt_facts facts;
	virDomainPtr dom;
	enum yh_rc rc = yh_libvirt_begin(c, err);

	if (rc != YH_OK)
		return rc;
	if (o->act == YH_CLOUD_OPEN)
		return open_step(c, o, step, ref, err);
	if (is_volume(o))
		return volume_step(c, o, step, err);
	rc = machine(c, o, &dom, &facts, err);
	if (rc != YH_OK)
		return rc;
	/* what was there in the steps before, and is gone, is destroyed; what was never found is
	 * not */
	if (!dom)
		return o->act == YH_CLOUD_DESTROY && strcmp(step, "undefine") == 0
			       ? YH_OK
			       : yh_libvirt_refuse(c, step, "no such machine", err);
	rc = machine_step(c, o, dom, &facts, step, err);
	(void)c->lib->virDomainFree(dom);
	return rc;
}

/* Of one that was not there before: nothing is lost by the quickest way. */
static enum yh_rc undo_open(struct yh_cloud *c, virDomainPtr dom, const char *step,
			    struct yh_err *err)
{
	enum yh_rc rc = force_off(c, dom, err);

	return rc == YH_OK && strcmp(step, "define") == 0 ? undefine(c, dom, err) : rc;
}

/* It runs again if it ran before, and not otherwise. */
static enum yh_rc undo_machine(struct yh_cloud *c, const struct yh_cloud_order *o, virDomainPtr dom,
			       const struct yh_libvirt_facts *facts, const char *step,
			       struct yh_err *err)
{
	const char *was = was_before(o, facts);
	enum yh_rc rc = YH_OK;

	if (strcmp(step, "start") == 0)
		return says(was, "on") ? shut_down(c, dom, err) : YH_OK;
	if (strcmp(step, "snapshot") == 0)
		return drop_snapshot(c, o, dom, err);
	if (strcmp(step, "define") == 0)
		return set_size(c, dom, o->before, o->n_before, err);
	if (strcmp(step, "stop") != 0 || !was[0])
		return YH_OK;
	if (says(was, "on"))
		rc = start(c, dom, err);
	return rc == YH_OK ? tag(c, o, dom, "", err) : rc;
}

/* What goes by the name of an opening and is foreign, is none that it has made. */
static enum yh_rc find_to_undo(struct yh_cloud *c, const struct yh_cloud_order *o,
			       virDomainPtr *dom, struct yh_libvirt_facts *facts,
			       struct yh_err *err)
{
	struct yh_err why = { 0 };
	enum yh_rc rc = machine(c, o, dom, facts, &why);

	if (rc == YH_CONFLICT && o->act == YH_CLOUD_OPEN)
		return YH_OK;
	if (rc != YH_OK && err)
		*err = why;
	return rc;
}

enum yh_rc yh_libvirt_undo(struct yh_cloud *c, const struct yh_cloud_order *o, const char *step,
			   const char *ref, bool *kept, struct yh_err *err)
{
	char name[YH_LIBVIRT_VOLUME];
	struct yh_libvirt_facts facts;
	virDomainPtr dom;
	enum yh_rc rc;

	(void)ref;
	*kept = o->act == YH_CLOUD_DESTROY || strcmp(step, "grow") == 0 ||
		strcmp(step, "network") == 0;
	if (*kept)
		return YH_OK;
	rc = yh_libvirt_begin(c, err);
	if (rc != YH_OK)
		return rc;
	if (strcmp(step, "volume") == 0)
		return yh_libvirt_volume_name(o, name)[0] ? yh_libvirt_drop_volume(c, name, err)
							  : YH_OK;
	if (is_volume(o))
		return YH_OK;
	rc = find_to_undo(c, o, &dom, &facts, err);
	if (rc == YH_OK && dom)
		rc = o->act == YH_CLOUD_OPEN ? undo_open(c, dom, step, err)
					     : undo_machine(c, o, dom, &facts, step, err);
	if (dom)
		(void)c->lib->virDomainFree(dom);
	return rc;
}
