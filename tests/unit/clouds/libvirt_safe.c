/* What the libvirt driver must never do to a machine or a disk, whatever the register says, the
 * connection does or others do at the same host: on libvirt's own test driver, some of whose calls
 * are made to fail, or have somebody else act beside them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
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

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_has_no_identifier_of_libvirts_is_left_to_people),
		cmocka_unit_test(what_was_never_there_is_not_said_to_be_destroyed),
		cmocka_unit_test(a_volume_of_another_resource_is_neither_grown_nor_destroyed),
	};

	(void)large;
	(void)take_back;
	return cmocka_run_group_tests(tests, NULL, NULL);
}
