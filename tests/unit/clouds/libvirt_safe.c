/* What the libvirt driver must never do to a machine or a disk, whatever the register says, the
 * connection does or others do at the same host: on libvirt's own test driver, some of whose calls
 * are made to fail, or have somebody else act beside them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "clouds/driver.h"
#include "clouds/libvirt_lib.h"
#include "clouds/libvirt_xml.h"

static const struct yh_cloud_setting here[] = {
	{ "uri", "test:///default" }, { "pool", "default-pool" }, { "type", "test" },
	{ "arch", "i686" },           { "network", "default" },   { "shutdown_s", "0" }
};
static const struct yh_cloud_dim small[] = { { "vcpu", 4000 }, { "memory_gib", 8000 } };
static const struct yh_cloud_dim large[] = { { "vcpu", 8000 }, { "memory_gib", 16000 } };
static const struct yh_cloud_dim storage[] = { { "block_gib", 50000 } };
static const struct yh_cloud_dim more[] = { { "block_gib", 60000 } };

/* The table of calls, of which a test may change one, and gives it back. */
static struct yh_libvirt_lib *lib;
static struct yh_libvirt_lib real;

static int load(void **state)
{
	const struct yh_libvirt_lib *l;

	(void)state;
	if (yh_libvirt_load("SH", &l, NULL) != YH_OK)
		return -1;
	lib = (struct yh_libvirt_lib *)(uintptr_t)l;
	real = *lib;
	return 0;
}

static struct yh_cloud *open_cloud(void)
{
	static struct yh_cloud_config cfg;
	struct yh_cloud *c;

	cfg = (struct yh_cloud_config){ "SH", yh_cloud_driver_libvirt(), here, 6 };
	assert_int_equal(cfg.driver->open(&cfg, NULL, &c, NULL), YH_OK);
	return c;
}

static struct yh_cloud_order order(unsigned char last, const char *no)
{
	struct yh_cloud_order o = { .act = YH_CLOUD_OPEN,
				    .resource_no = no,
				    .name = "门户",
				    .case_no = "SH-2026-CS-000001",
				    .unit_code = "civil",
				    .project_code = "MY-001",
				    .system_code = "",
				    .item_code = "vm-4c8g",
				    .item_category = "",
				    .dims = small,
				    .n_dims = 2 };

	o.resource.b[0] = 3;
	o.resource.b[15] = last;
	return o;
}

static enum yh_rc step(struct yh_cloud *c, const struct yh_cloud_order *o, const char *name,
		       struct yh_err *err)
{
	char ref[YH_CLOUD_REF] = "";

	*err = (struct yh_err){ 0 };
	return yh_cloud_driver_libvirt()->step(c, o, name, ref, err);
}

static enum yh_rc undo(struct yh_cloud *c, const struct yh_cloud_order *o, const char *name,
		       bool *kept, struct yh_err *err)
{
	*err = (struct yh_err){ 0 };
	return yh_cloud_driver_libvirt()->undo(c, o, name, "", kept, err);
}

static void carry_out(struct yh_cloud *c, const struct yh_cloud_order *o, char ref[YH_CLOUD_REF])
{
	const char *const *names = NULL;
	size_t n = yh_cloud_driver_libvirt()->steps(c, o, &names);
	struct yh_err err = { 0 };

	assert_true(n > 0);
	for (size_t i = 0; i < n; i++)
		assert_int_equal(yh_cloud_driver_libvirt()->step(c, o, names[i], ref, &err), YH_OK);
}

static void take_back(struct yh_cloud *c, const struct yh_cloud_order *o)
{
	const char *const *names = NULL;
	struct yh_err err;
	bool kept;

	for (size_t n = yh_cloud_driver_libvirt()->steps(c, o, &names); n-- > 0;)
		assert_int_equal(undo(c, o, names[n], &kept, &err), YH_OK);
}

struct found {
	const char *ref;
	size_t n;
	bool running;
	int64_t vcpu, block;
};

static enum yh_rc see(void *arg, const struct yh_cloud_machine *m, struct yh_err *err)
{
	struct found *f = arg;

	(void)err;
	if (strcmp(m->ref, f->ref) != 0)
		return YH_OK;
	f->n++;
	f->running = m->running;
	f->vcpu = yh_libvirt_dim(m->dims, m->n_dims, "vcpu");
	f->block = yh_libvirt_dim(m->dims, m->n_dims, "block_gib");
	return YH_OK;
}

static struct found find(struct yh_cloud *c, const char *ref)
{
	struct found f = { .ref = ref };

	assert_int_equal(yh_cloud_driver_libvirt()->list(c, see, &f, NULL), YH_OK);
	return f;
}

static void what_has_no_identifier_of_libvirts_is_left_to_people(void **state)
{
	static const char *const refs[] = { NULL, "", "vm-4711", "03000000-0000-0000-0000",
					    "SH-R-000001_SH-2026-CS-000001" };
	static const enum yh_cloud_act acts[] = { YH_CLOUD_RESIZE, YH_CLOUD_STOP,
						  YH_CLOUD_DESTROY };
	struct yh_cloud *c = open_cloud();
	struct yh_cloud_order o = order(1, "SH-R-000001");
	const char *const *names;

	(void)state;
	o.before = small;
	o.n_before = 2;
	for (size_t i = 0; i < 5; i++)
		for (size_t k = 0; k < 3; k++) {
			o.provider_ref = refs[i];
			o.act = acts[k];
			assert_int_equal(yh_cloud_driver_libvirt()->steps(c, &o, &names), 0);
		}
	yh_cloud_driver_libvirt()->close(c);
}

static void what_was_never_there_is_not_said_to_be_destroyed(void **state)
{
	struct yh_cloud *c = open_cloud();
	struct yh_cloud_order o = order(2, "SH-R-000002");
	const char *const *names = NULL;
	struct yh_err err;

	(void)state;
	o.act = YH_CLOUD_DESTROY;
	o.provider_ref = "03000000-0000-0000-0000-000000000002";
	assert_int_equal(yh_cloud_driver_libvirt()->steps(c, &o, &names), 3);
	assert_int_equal(step(c, &o, names[0], &err), YH_REFUSED);
	assert_string_equal(err.slug, "cloud-refused");
	assert_int_equal(step(c, &o, names[1], &err), YH_REFUSED);
	/* the last one may have been done already */
	assert_int_equal(step(c, &o, names[2], &err), YH_OK);

	o.provider_ref = "SH-R-000002_SH-2026-CS-000001_03000000-0000-0000-0000-000000000002";
	assert_int_equal(yh_cloud_driver_libvirt()->steps(c, &o, &names), 2);
	assert_int_equal(step(c, &o, names[0], &err), YH_REFUSED);
	assert_int_equal(step(c, &o, names[1], &err), YH_OK);
	yh_cloud_driver_libvirt()->close(c);
}

static void a_volume_of_another_resource_is_neither_grown_nor_destroyed(void **state)
{
	static const enum yh_cloud_act acts[] = { YH_CLOUD_RESIZE, YH_CLOUD_STOP,
						  YH_CLOUD_DESTROY };
	struct yh_cloud *c = open_cloud();
	struct yh_cloud_order o = order(3, "SH-R-000003"), other;
	char ref[YH_CLOUD_REF] = "";
	const char *const *names = NULL;
	struct yh_err err;

	(void)state;
	o.dims = storage;
	o.n_dims = 1;
	carry_out(c, &o, ref);
	/* of another identity, and of another number */
	for (size_t i = 0; i < 6; i++) {
		other = i < 3 ? order(4, "SH-R-000003") : order(3, "SH-R-000004");
		other.act = acts[i % 3];
		other.provider_ref = ref;
		other.before = storage;
		other.dims = more;
		other.n_before = other.n_dims = 1;
		for (size_t n = yh_cloud_driver_libvirt()->steps(c, &other, &names); n-- > 0;) {
			assert_int_equal(step(c, &other, names[n], &err), YH_CONFLICT);
			assert_string_equal(err.slug, "cloud-machine-foreign");
		}
	}
	assert_int_equal(find(c, ref).block, 50000);
	o.act = YH_CLOUD_DESTROY;
	o.provider_ref = ref;
	carry_out(c, &o, ref);
	assert_int_equal(find(c, ref).n, 0);
	yh_cloud_driver_libvirt()->close(c);
}

/* As somebody at the host would. */
static void switch_machine(const char *ref, bool on)
{
	virConnectPtr conn = lib->virConnectOpen("test:///default");
	virDomainPtr dom = lib->virDomainLookupByUUIDString(conn, ref);

	assert_non_null(dom);
	assert_int_equal(on ? lib->virDomainCreate(dom) : lib->virDomainDestroy(dom), 0);
	assert_int_equal(lib->virDomainFree(dom), 0);
	(void)lib->virConnectClose(conn);
}

static void destroy(struct yh_cloud *c, struct yh_cloud_order *o, char ref[YH_CLOUD_REF])
{
	o->act = YH_CLOUD_DESTROY;
	o->provider_ref = ref;
	carry_out(c, o, ref);
	assert_int_equal(find(c, ref).n, 0);
}

static void a_machine_that_was_off_is_not_started_by_what_is_taken_back(void **state)
{
	struct yh_cloud *c = open_cloud();
	struct yh_cloud_order o = order(5, "SH-R-000005");
	char ref[YH_CLOUD_REF] = "";

	(void)state;
	carry_out(c, &o, ref);
	o.provider_ref = ref;
	o.before = small;
	o.n_before = 2;
	o.dims = large;
	for (size_t i = 0; i < 4; i++) {
		bool on = i < 2;

		o.act = i % 2 ? YH_CLOUD_STOP : YH_CLOUD_RESIZE;
		if (find(c, ref).running != on)
			switch_machine(ref, on);
		carry_out(c, &o, ref);
		assert_int_equal(find(c, ref).running, o.act == YH_CLOUD_RESIZE && on);
		/* once more: a step that is repeated does not take what it has done for what was */
		carry_out(c, &o, ref);
		assert_int_equal(find(c, ref).running, o.act == YH_CLOUD_RESIZE && on);
		take_back(c, &o);
		assert_int_equal(find(c, ref).running, on);
		assert_int_equal(find(c, ref).vcpu, 4000);
		take_back(c, &o);
		assert_int_equal(find(c, ref).running, on);
	}
	destroy(c, &o, ref);
	yh_cloud_driver_libvirt()->close(c);
}

static void a_destruction_is_not_taken_back(void **state)
{
	struct yh_cloud *c = open_cloud();
	struct yh_cloud_order o = order(6, "SH-R-000006");
	char ref[YH_CLOUD_REF] = "";
	const char *const *names = NULL;
	struct yh_err err;
	bool kept;

	(void)state;
	carry_out(c, &o, ref);
	o.act = YH_CLOUD_DESTROY;
	o.provider_ref = ref;
	assert_int_equal(yh_cloud_driver_libvirt()->steps(c, &o, &names), 3);
	for (size_t done = 1; done <= 3; done++) {
		assert_int_equal(step(c, &o, names[done - 1], &err), YH_OK);
		for (size_t i = done; i-- > 0;) {
			kept = false;
			assert_int_equal(undo(c, &o, names[i], &kept, &err), YH_OK);
			assert_true(kept);
		}
		assert_false(find(c, ref).running);
	}
	yh_cloud_driver_libvirt()->close(c);
}

static void a_machine_started_while_it_is_being_destroyed_is_stopped_again(void **state)
{
	struct yh_cloud *c = open_cloud();
	struct yh_cloud_order o = order(7, "SH-R-000007");
	char ref[YH_CLOUD_REF] = "";
	const char *const *names = NULL;
	struct yh_err err;

	(void)state;
	carry_out(c, &o, ref);
	o.act = YH_CLOUD_DESTROY;
	o.provider_ref = ref;
	assert_int_equal(yh_cloud_driver_libvirt()->steps(c, &o, &names), 3);
	for (size_t i = 0; i < 3; i++) {
		assert_int_equal(step(c, &o, names[i], &err), YH_OK);
		assert_false(find(c, ref).running);
		if (i < 2)
			switch_machine(ref, true);
	}
	assert_int_equal(find(c, ref).n, 0);
	yh_cloud_driver_libvirt()->close(c);
}

static int cannot_say(virDomainPtr dom)
{
	(void)dom;
	return -1;
}

static void a_machine_of_which_nothing_is_known_does_not_count_as_off(void **state)
{
	struct yh_cloud *c = open_cloud();
	struct yh_cloud_order o = order(8, "SH-R-000008");
	char ref[YH_CLOUD_REF] = "";
	struct yh_err err;
	bool kept;

	(void)state;
	carry_out(c, &o, ref);
	lib->virDomainIsActive = cannot_say;
	assert_int_equal(undo(c, &o, "start", &kept, &err), YH_BUSY);
	assert_string_equal(err.slug, "cloud-unreachable");
	assert_int_equal(undo(c, &o, "define", &kept, &err), YH_BUSY);
	o.provider_ref = ref;
	o.act = YH_CLOUD_STOP;
	assert_int_equal(step(c, &o, "stop", &err), YH_BUSY);
	o.act = YH_CLOUD_DESTROY;
	assert_int_equal(step(c, &o, "volumes", &err), YH_BUSY);
	assert_int_equal(step(c, &o, "undefine", &err), YH_BUSY);
	*lib = real;
	assert_true(find(c, ref).running);
	assert_int_equal(find(c, ref).block, 20000);
	destroy(c, &o, ref);
	yh_cloud_driver_libvirt()->close(c);
}

static size_t cuts;

/* Says that it is off, and it is not. */
static int cut_in_name(virDomainPtr dom)
{
	(void)dom;
	cuts++;
	return 0;
}

static void the_definition_of_a_machine_that_runs_stays(void **state)
{
	struct yh_cloud *c = open_cloud();
	struct yh_cloud_order o = order(9, "SH-R-000009");
	char ref[YH_CLOUD_REF] = "";
	struct yh_err err;
	bool kept;

	(void)state;
	carry_out(c, &o, ref);
	lib->virDomainDestroy = cut_in_name;
	assert_int_equal(undo(c, &o, "define", &kept, &err), YH_BUSY);
	assert_string_equal(err.slug, "cloud-working");
	*lib = real;
	switch_machine(ref, false);
	assert_int_equal(find(c, ref).n, 1);
	destroy(c, &o, ref);
	yh_cloud_driver_libvirt()->close(c);
}

static void
a_machine_in_use_is_shut_down_and_not_cut_off_when_its_change_is_taken_back(void **state)
{
	struct yh_cloud *c = open_cloud();
	struct yh_cloud_order o = order(10, "SH-R-000010");
	char ref[YH_CLOUD_REF] = "";

	(void)state;
	carry_out(c, &o, ref);
	o.act = YH_CLOUD_RESIZE;
	o.provider_ref = ref;
	o.before = small;
	o.n_before = 2;
	o.dims = large;
	carry_out(c, &o, ref);
	cuts = 0;
	lib->virDomainDestroy = cut_in_name;
	take_back(c, &o);
	*lib = real;
	assert_int_equal(cuts, 0);
	assert_true(find(c, ref).running);
	assert_int_equal(find(c, ref).vcpu, 4000);
	destroy(c, &o, ref);
	yh_cloud_driver_libvirt()->close(c);
}

static const char *vanishing;

static void vanish(virConnectPtr conn)
{
	virDomainPtr dom = vanishing ? real.virDomainLookupByUUIDString(conn, vanishing) : NULL;

	vanishing = NULL;
	if (!dom)
		return;
	assert_int_equal(real.virDomainDestroy(dom), 0);
	assert_int_equal(real.virDomainUndefineFlags(dom, 0), 0);
	(void)real.virDomainFree(dom);
}

static int list_and_vanish(virConnectPtr conn, virDomainPtr **all, unsigned flags)
{
	int n = real.virConnectListAllDomains(conn, all, flags);

	vanish(conn);
	return n;
}

static char *vanish_and_describe(virDomainPtr dom, unsigned flags)
{
	virConnectPtr conn = real.virConnectOpen("test:///default");

	vanish(conn);
	(void)real.virConnectClose(conn);
	return real.virDomainGetXMLDesc(dom, flags);
}

static void a_machine_that_vanishes_refuses_no_others_destruction(void **state)
{
	struct yh_cloud *c = open_cloud();
	struct yh_cloud_order o = order(11, "SH-R-000011"), other = order(12, "SH-R-000012");
	char ref[YH_CLOUD_REF] = "", other_ref[YH_CLOUD_REF] = "";
	struct yh_err err;

	(void)state;
	carry_out(c, &other, other_ref);
	carry_out(c, &o, ref);
	o.act = YH_CLOUD_DESTROY;
	o.provider_ref = ref;
	assert_int_equal(step(c, &o, "stop", &err), YH_OK);
	vanishing = other_ref;
	lib->virConnectListAllDomains = list_and_vanish;
	assert_int_equal(step(c, &o, "volumes", &err), YH_OK);
	assert_null(vanishing);
	*lib = real;
	destroy(c, &o, ref);

	/* and the one that is looked at itself: it is not there */
	o = order(13, "SH-R-000013");
	ref[0] = 0;
	carry_out(c, &o, ref);
	o.act = YH_CLOUD_DESTROY;
	o.provider_ref = vanishing = ref;
	lib->virDomainGetXMLDesc = vanish_and_describe;
	assert_int_equal(step(c, &o, "undefine", &err), YH_OK);
	assert_null(vanishing);
	*lib = real;
	yh_cloud_driver_libvirt()->close(c);
}

/* A volume that lies upon another's, as somebody at the host would make it. */
static void clone(const char *name, const char *upon)
{
	virConnectPtr conn = lib->virConnectOpen("test:///default");
	virStoragePoolPtr pool = lib->virStoragePoolLookupByName(conn, "default-pool");
	virStorageVolPtr base = lib->virStorageVolLookupByName(pool, upon), vol;
	char *path = lib->virStorageVolGetPath(base);
	struct yh_buf xml;

	yh_buf_init(&xml, YH_LIBVIRT_XML_MAX);
	yh_libvirt_volume_xml(name, UINT64_C(1) << 30, path, "qcow2", &xml);
	vol = lib->virStorageVolCreateXML(pool, yh_buf_text(&xml), 0);
	assert_non_null(vol);
	yh_buf_done(&xml);
	free(path);
	(void)lib->virStorageVolFree(vol);
	(void)lib->virStorageVolFree(base);
	(void)lib->virStoragePoolFree(pool);
	(void)lib->virConnectClose(conn);
}

static void a_disk_that_others_lie_upon_outlives_its_machine(void **state)
{
	struct yh_cloud *c = open_cloud();
	struct yh_cloud_order base = order(14, "SH-R-000014"), o = order(15, "SH-R-000015");
	char ref[YH_CLOUD_REF] = "", other[YH_CLOUD_REF] = "";
	char lowest[YH_LIBVIRT_VOLUME], top[YH_LIBVIRT_VOLUME];

	(void)state;
	carry_out(c, &base, ref);
	/* two layers down */
	(void)yh_libvirt_volume_name(&base, lowest);
	clone("between", lowest);
	clone(yh_libvirt_volume_name(&o, top), "between");
	carry_out(c, &o, other);
	destroy(c, &base, ref);
	assert_int_equal(find(c, lowest).n, 1);
	destroy(c, &o, other);
	assert_int_equal(find(c, top).n, 0);
	assert_int_equal(find(c, lowest).n, 1);
	yh_cloud_driver_libvirt()->close(c);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_has_no_identifier_of_libvirts_is_left_to_people),
		cmocka_unit_test(what_was_never_there_is_not_said_to_be_destroyed),
		cmocka_unit_test(a_volume_of_another_resource_is_neither_grown_nor_destroyed),
		cmocka_unit_test(a_machine_that_was_off_is_not_started_by_what_is_taken_back),
		cmocka_unit_test(a_destruction_is_not_taken_back),
		cmocka_unit_test(a_machine_started_while_it_is_being_destroyed_is_stopped_again),
		cmocka_unit_test(a_machine_of_which_nothing_is_known_does_not_count_as_off),
		cmocka_unit_test(the_definition_of_a_machine_that_runs_stays),
		cmocka_unit_test(
			a_machine_in_use_is_shut_down_and_not_cut_off_when_its_change_is_taken_back),
		cmocka_unit_test(a_machine_that_vanishes_refuses_no_others_destruction),
		cmocka_unit_test(a_disk_that_others_lie_upon_outlives_its_machine),
	};

	return cmocka_run_group_tests(tests, load, NULL);
}
