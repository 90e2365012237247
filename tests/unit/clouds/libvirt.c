/* The libvirt driver on the test driver that libvirt's own library has built in: real calls, a
 * real register of machines and volumes, no guest that runs. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

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
static const char hostile[] = "</title>\n<x a='\"'>&amp;]]>\x01\xff\xef\xbf\xbf\u4e91";

static struct yh_cloud *open_cloud(const struct yh_cloud_setting *settings, size_t n)
{
	static struct yh_cloud_config cfg;
	struct yh_err err = { 0 };
	struct yh_cloud *c;

	cfg = (struct yh_cloud_config){ "SH", yh_cloud_driver_libvirt(), settings, n };
	assert_int_equal(cfg.driver->open(&cfg, NULL, &c, &err), YH_OK);
	return c;
}

static struct yh_cloud_order order(unsigned char last, const char *no)
{
	struct yh_cloud_order o = { .act = YH_CLOUD_OPEN,
				    .resource_no = no,
				    .name = hostile,
				    .case_no = "SH-2026-CS-000001",
				    .unit_code = "civil",
				    .project_code = "MY-001",
				    .system_code = "portal",
				    .item_code = "vm-4c8g",
				    .item_category = "",
				    .dims = small,
				    .n_dims = 2 };

	o.resource.b[0] = 1;
	o.resource.b[15] = last;
	return o;
}

/* Each step twice: what was done is found so. */
static void carry_out(struct yh_cloud *c, struct yh_cloud_order *o, char ref[YH_CLOUD_REF])
{
	const struct yh_cloud_driver *d = yh_cloud_driver_libvirt();
	const char *const *names = NULL;
	size_t n = d->steps(c, o, &names);

	assert_true(n > 0);
	for (size_t i = 0; i < 2 * n; i++) {
		struct yh_err err = { 0 };
		enum yh_rc rc = d->step(c, o, names[i / 2], ref, &err);

		if (rc != YH_OK)
			print_error("%s: %s %s\n", names[i / 2], err.slug, err.figs[2].text);
		assert_int_equal(rc, YH_OK);
	}
}

static void take_back(struct yh_cloud *c, struct yh_cloud_order *o, size_t steps)
{
	const struct yh_cloud_driver *d = yh_cloud_driver_libvirt();
	const char *const *names = NULL;

	(void)d->steps(c, o, &names);
	for (size_t i = 2 * steps; i-- > 0;) {
		struct yh_err err = { 0 };
		bool kept;

		assert_int_equal(d->undo(c, o, names[i / 2], "", &kept, &err), YH_OK);
	}
}

struct found {
	size_t n, ours;
	char ref[YH_CLOUD_REF], name[256], no[48], case_no[64];
	bool running;
	int64_t vcpu, memory, block;
};

/* Beside the driver, as somebody at the host would: another identity and name, the same disk. */
static void define_twin(const char *xml)
{
	const struct yh_libvirt_lib *lib;
	char *text = strdup(xml), *at;
	virConnectPtr conn;
	virDomainPtr dom;

	assert_int_equal(yh_libvirt_load("SH", &lib, NULL), YH_OK);
	at = strstr(text, "SH-R-000009</name>");
	assert_non_null(at);
	memcpy(at, "SH-T", 4);
	at = strstr(text, "000000000009</uuid>");
	assert_non_null(at);
	memcpy(at, "00000000000a", 12);
	conn = lib->virConnectOpen("test:///default");
	assert_non_null(conn);
	dom = lib->virDomainDefineXML(conn, text);
	assert_non_null(dom);
	assert_int_equal(lib->virDomainFree(dom), 0);
	(void)lib->virConnectClose(conn);
	free(text);
}

/* Those of the resource that *arg names in `no`; all are counted. */
static enum yh_rc see(void *arg, const struct yh_cloud_machine *m, struct yh_err *err)
{
	struct found *f = arg;

	(void)err;
	f->n++;
	if (strcmp(m->resource_no, f->no) != 0)
		return YH_OK;
	f->ours++;
	(void)snprintf(f->ref, sizeof f->ref, "%s", m->ref);
	(void)snprintf(f->name, sizeof f->name, "%s", m->name);
	(void)snprintf(f->case_no, sizeof f->case_no, "%s", m->case_no);
	f->running = m->running;
	f->vcpu = yh_libvirt_dim(m->dims, m->n_dims, "vcpu");
	f->memory = yh_libvirt_dim(m->dims, m->n_dims, "memory_gib");
	f->block = yh_libvirt_dim(m->dims, m->n_dims, "block_gib");
	return YH_OK;
}

static struct found find(struct yh_cloud *c, const char *no)
{
	struct yh_err err = { 0 };
	struct found f = { 0 };

	(void)snprintf(f.no, sizeof f.no, "%s", no);
	assert_int_equal(yh_cloud_driver_libvirt()->list(c, see, &f, &err), YH_OK);
	return f;
}

static void a_machine_is_opened_resized_stopped_and_destroyed(void **state)
{
	struct yh_cloud *c = open_cloud(here, 6);
	struct yh_cloud_order o = order(1, "SH-R-000001");
	char ref[YH_CLOUD_REF] = "";
	struct found f;

	(void)state;
	carry_out(c, &o, ref);
	assert_string_equal(ref, "01000000-0000-0000-0000-000000000001");
	f = find(c, "SH-R-000001");
	assert_int_equal(f.ours, 1);
	assert_string_equal(f.ref, ref);
	assert_string_equal(f.case_no, "SH-2026-CS-000001");
	assert_string_equal(f.name, "</title> <x a='\"'>&amp;]]>?????\u4e91");
	assert_true(f.running);
	assert_int_equal(f.vcpu, 4000);
	assert_int_equal(f.memory, 8000);
	assert_int_equal(f.block, 20000);

	o.act = YH_CLOUD_RESIZE;
	o.provider_ref = ref;
	o.case_no = "SH-2026-CS-000002";
	o.before = small;
	o.n_before = 2;
	o.dims = large;
	carry_out(c, &o, ref);
	f = find(c, "SH-R-000001");
	assert_string_equal(f.case_no, "SH-2026-CS-000002");
	assert_int_equal(f.vcpu, 8000);
	assert_int_equal(f.memory, 16000);
	assert_true(f.running);
	take_back(c, &o, 3);
	assert_int_equal(find(c, "SH-R-000001").vcpu, 4000);

	o.act = YH_CLOUD_STOP;
	o.snapshot = true;
	carry_out(c, &o, ref);
	assert_false(find(c, "SH-R-000001").running);
	take_back(c, &o, 2);
	assert_true(find(c, "SH-R-000001").running);
	o.act = YH_CLOUD_DESTROY;
	carry_out(c, &o, ref);
	assert_int_equal(find(c, "SH-R-000001").ours, 0);
	yh_cloud_driver_libvirt()->close(c);
}

static void storage_alone_is_a_volume_that_says_whose_it_is(void **state)
{
	struct yh_cloud *c = open_cloud(here, 6);
	struct yh_cloud_order o = order(2, "SH-R-000002");
	char ref[YH_CLOUD_REF] = "";
	struct found f;

	(void)state;
	o.dims = storage;
	o.n_dims = 1;
	carry_out(c, &o, ref);
	f = find(c, "SH-R-000002");
	assert_int_equal(f.ours, 1);
	assert_string_equal(f.ref, ref);
	assert_string_equal(f.case_no, "SH-2026-CS-000001");
	assert_int_equal(f.block, 50000);
	assert_int_equal(f.vcpu, -1);
	o.provider_ref = ref;
	o.act = YH_CLOUD_DESTROY;
	carry_out(c, &o, ref);
	assert_int_equal(find(c, "SH-R-000002").ours, 0);
	yh_cloud_driver_libvirt()->close(c);
}

static void an_opening_taken_back_at_any_step_leaves_nothing(void **state)
{
	struct yh_cloud *c = open_cloud(here, 6);
	struct yh_cloud_order o = order(3, "SH-R-000003");
	const size_t before = find(c, "SH-R-000003").n;

	(void)state;
	for (size_t done = 0; done <= 4; done++) {
		const char *const *names = NULL;
		char ref[YH_CLOUD_REF] = "";
		struct yh_err err = { 0 };

		(void)yh_cloud_driver_libvirt()->steps(c, &o, &names);
		for (size_t i = 0; i < done; i++)
			assert_int_equal(
				yh_cloud_driver_libvirt()->step(c, &o, names[i], ref, &err), YH_OK);
		take_back(c, &o, 4);
		assert_int_equal(find(c, "SH-R-000003").n, before);
	}
	yh_cloud_driver_libvirt()->close(c);
}

static void a_machine_of_another_resource_is_never_touched(void **state)
{
	const struct yh_cloud_driver *d = yh_cloud_driver_libvirt();
	struct yh_cloud *c = open_cloud(here, 6);
	struct yh_cloud_order o = order(4, "SH-R-000004");
	char ref[YH_CLOUD_REF] = "";
	struct yh_err err = { 0 };
	bool kept;

	(void)state;
	carry_out(c, &o, ref);
	o.resource_no = "SH-R-000005";
	assert_int_equal(d->step(c, &o, "define", ref, &err), YH_CONFLICT);
	assert_string_equal(err.slug, "cloud-machine-foreign");
	/* none of it is what that opening has made */
	assert_int_equal(d->undo(c, &o, "define", "", &kept, NULL), YH_OK);
	o.act = YH_CLOUD_DESTROY;
	o.provider_ref = ref;
	assert_int_equal(d->step(c, &o, "undefine", ref, NULL), YH_CONFLICT);
	assert_int_equal(find(c, "SH-R-000004").ours, 1);

	/* of this name, and another identity */
	o = order(5, "SH-R-000004");
	err = (struct yh_err){ 0 };
	assert_int_equal(d->step(c, &o, "define", ref, &err), YH_CONFLICT);
	o = order(4, "SH-R-000004");
	o.provider_ref = "01000000-0000-0000-0000-000000000004";
	o.act = YH_CLOUD_DESTROY;
	carry_out(c, &o, ref);
	d->close(c);
}

/* A machine that was there before, brought under management, shares its disk with another. */
static void a_disk_that_another_machine_uses_outlives_the_one_that_goes(void **state)
{
	struct yh_cloud *c = open_cloud(here, 6);
	struct yh_cloud_order o = order(9, "SH-R-000009"), twin;
	struct yh_libvirt_place place = { "test", "i686", "default-pool", NULL };
	char ref[YH_CLOUD_REF] = "", disk[YH_LIBVIRT_VOLUME], text[YH_ID_TEXT];
	struct yh_buf xml;

	(void)state;
	carry_out(c, &o, ref);
	(void)yh_libvirt_volume_name(&o, disk);
	yh_buf_init(&xml, YH_LIBVIRT_XML_MAX);
	yh_libvirt_domain_xml(&o, &place, &xml);
	define_twin(yh_buf_text(&xml));
	yh_buf_done(&xml);
	o.act = YH_CLOUD_DESTROY;
	o.provider_ref = ref;
	carry_out(c, &o, ref);
	/* the other machine; and the disk, left by one that is gone, shows by itself */
	assert_int_equal(find(c, "SH-R-000009").ours, 2);
	twin = o;
	twin.resource.b[15] = 10;
	twin.provider_ref = yh_id_text(&twin.resource, text);
	assert_int_equal(find(c, "SH-R-000009").block, 20000);
	carry_out(c, &twin, ref);
	assert_int_equal(find(c, "SH-R-000009").ours, 0);
	yh_cloud_driver_libvirt()->close(c);
}

static void a_machine_begins_from_the_image_of_its_item(void **state)
{
	struct yh_cloud_setting settings[7];
	struct yh_cloud *c = open_cloud(here, 6);
	struct yh_cloud_order image = order(12, "SH-R-000012"), o = order(13, "SH-R-000013");
	char ref[YH_CLOUD_REF] = "", name[YH_CLOUD_REF] = "", images[256];

	(void)state;
	image.dims = storage;
	image.n_dims = 1;
	carry_out(c, &image, name);
	yh_cloud_driver_libvirt()->close(c);

	(void)snprintf(images, sizeof images, "vm-arm-*=none, vm-4c*=%s", name);
	memcpy(settings, here, sizeof here);
	settings[6] = (struct yh_cloud_setting){ "images", images };
	c = open_cloud(settings, 7);
	carry_out(c, &o, ref);
	assert_int_equal(find(c, "SH-R-000013").block, 50000);
	o.act = YH_CLOUD_DESTROY;
	o.provider_ref = ref;
	carry_out(c, &o, ref);
	assert_int_equal(find(c, "SH-R-000012").ours, 1);
	image.act = YH_CLOUD_DESTROY;
	image.provider_ref = name;
	carry_out(c, &image, name);
	yh_cloud_driver_libvirt()->close(c);
}

static void what_it_does_not_serve_is_left_to_people(void **state)
{
	static const struct yh_cloud_dim ip[] = { { "public_ip", 1000 } };
	static const struct yh_cloud_dim gpu[] = { { "vcpu", 1000 },
						   { "memory_gib", 1000 },
						   { "gpu", 1000 } };
	static const struct yh_cloud_dim half[] = { { "vcpu", 500 }, { "memory_gib", 1000 } };
	static const struct yh_cloud_dim less[] = { { "block_gib", 10000 } };
	const struct yh_cloud_driver *d = yh_cloud_driver_libvirt();
	struct yh_cloud *c = open_cloud(here, 6);
	struct yh_cloud_order o = order(6, "SH-R-000006");
	const char *const *names;

	(void)state;
	o.dims = ip;
	o.n_dims = 1;
	assert_int_equal(d->steps(c, &o, &names), 0);
	o.dims = gpu;
	o.n_dims = 3;
	assert_int_equal(d->steps(c, &o, &names), 0);
	o.dims = half;
	o.n_dims = 2;
	assert_int_equal(d->steps(c, &o, &names), 0);
	o.act = YH_CLOUD_RESIZE;
	o.provider_ref = "SH-R-000006_SH-2026-CS-000001_01000000-0000-0000-0000-000000000006";
	o.before = storage;
	o.n_before = 1;
	o.dims = less;
	o.n_dims = 1;
	assert_int_equal(d->steps(c, &o, &names), 0);
	d->close(c);
}

static void what_it_refuses_for_good_is_told_from_what_passes(void **state)
{
	static const struct yh_cloud_setting nowhere[] = {
		{ "uri", "qemu+unix:///system?socket=/nonexistent/yunheng" },
		{ "pool", "p" },
		{ "type", "kvm" },
		{ "arch", "x86_64" }
	};
	const struct yh_cloud_driver *d = yh_cloud_driver_libvirt();
	struct yh_cloud_setting no_pool[6];
	struct yh_cloud *c = open_cloud(nowhere, 4);
	struct yh_cloud_order o = order(7, "SH-R-000007");
	char ref[YH_CLOUD_REF] = "", said[64];
	struct yh_err err = { 0 };
	int pipe_fd[2], kept = dup(2);

	(void)state;
	/* whatever it says, it says to us and not to the terminal */
	assert_int_equal(pipe(pipe_fd), 0);
	assert_int_equal(dup2(pipe_fd[1], 2), 2);
	assert_int_equal(d->ping(c, &err), YH_BUSY);
	assert_string_equal(err.slug, "cloud-unreachable");
	d->close(c);

	memcpy(no_pool, here, sizeof no_pool);
	no_pool[1].value = "none";
	c = open_cloud(no_pool, 6);
	err = (struct yh_err){ 0 };
	assert_int_equal(d->step(c, &o, "volume", ref, &err), YH_REFUSED);
	assert_string_equal(err.slug, "cloud-refused");
	assert_string_equal(err.figs[1].text, "pool");
	d->close(c);
	(void)dup2(kept, 2);
	(void)close(pipe_fd[1]);
	assert_int_equal(read(pipe_fd[0], said, sizeof said), 0);
	(void)close(pipe_fd[0]);
	(void)close(kept);
}

struct load {
	const char *ref;
	size_t ups, ratios, totals;
	double ratio, memory;
};

static enum yh_rc weigh(void *arg, const struct yh_cloud_sample *s, struct yh_err *err)
{
	struct load *l = arg;

	(void)err;
	if (strcmp(s->ref, l->ref) != 0)
		return YH_OK;
	l->ups += strcmp(s->metric, "resource_up") == 0 && s->value > 0;
	if (strcmp(s->metric, "resource_cpu_usage_ratio") == 0) {
		l->ratios++;
		l->ratio = s->value;
	}
	if (strcmp(s->metric, "resource_memory_total_bytes") == 0)
		l->memory = s->value;
	return YH_OK;
}

/* The test driver's machines use one processor all the time: of four, a quarter. */
static void load_is_what_was_used_between_two_polls(void **state)
{
	const struct yh_cloud_driver *d = yh_cloud_driver_libvirt();
	struct yh_cloud *c = open_cloud(here, 6), *other = open_cloud(here, 6);
	struct yh_cloud_order o = order(8, "SH-R-000008");
	struct load l = { .ref = "01000000-0000-0000-0000-000000000008" };
	char ref[YH_CLOUD_REF] = "";
	struct yh_err err = { 0 };

	(void)state;
	carry_out(c, &o, ref);
	assert_int_equal(d->sample(c, weigh, &l, &err), YH_OK);
	assert_int_equal(l.ups, 1);
	assert_int_equal(l.ratios, 0);
	assert_true(l.memory == 8.0 * 1024 * 1024 * 1024);
	/* the next turn's connection knows what the last one saw; a look that is held up in its
	 * middle is off, and the less the longer it is since the last */
	for (int i = 1; i <= 20 && !(l.ratio > 0.2 && l.ratio < 0.3); i++) {
		(void)usleep(20000 * (unsigned)i);
		assert_int_equal(d->sample(i % 2 ? other : c, weigh, &l, &err), YH_OK);
		assert_int_equal(l.ratios, i);
	}
	assert_true(l.ratio > 0.2 && l.ratio < 0.3);
	d->close(c);
	d->close(other);
}

static enum yh_rc measure(void *arg, const struct yh_cloud_room *r, struct yh_err *err)
{
	int64_t *room = arg;

	(void)err;
	if (strcmp(r->name, "vcpu") == 0) {
		room[0] = r->total_milli;
		room[1] = r->used_milli;
	}
	return YH_OK;
}

/* Sixteen processors, each counted four times. */
static void room_is_taken_by_machines_that_are_defined(void **state)
{
	const struct yh_cloud_driver *d = yh_cloud_driver_libvirt();
	struct yh_cloud_setting settings[6];
	struct yh_cloud *c;
	struct yh_cloud_order o = order(11, "SH-R-000011");
	int64_t before[2] = { 0 }, after[2] = { 0 };
	char ref[YH_CLOUD_REF] = "";

	(void)state;
	memcpy(settings, here, sizeof settings);
	settings[4] = (struct yh_cloud_setting){ "cpu_ratio", "4" };
	c = open_cloud(settings, 6);
	assert_int_equal(d->capacity(c, measure, before, NULL), YH_OK);
	assert_int_equal(before[0], 64000);
	carry_out(c, &o, ref);
	assert_int_equal(d->capacity(c, measure, after, NULL), YH_OK);
	assert_int_equal(after[1] - before[1], 4000);
	d->close(c);
}

static void a_text_that_is_not_a_machine_is_refused(void **state)
{
	static const char *const bad[] = {
		"", "<domain>",
		"<!DOCTYPE d [<!ENTITY a \"x\">]><domain><title>&a;</title></domain>"
	};
	struct yh_libvirt_facts facts;
	struct yh_arena arena;
	char deep[2000] = "";

	(void)state;
	yh_arena_init(&arena, 1 << 20);
	for (size_t i = 0; i < 3; i++)
		assert_false(yh_libvirt_read(bad[i], &arena, &facts));
	for (size_t i = 0; i < 300; i++)
		(void)strcat(deep, "<a>");
	assert_false(yh_libvirt_read(deep, &arena, &facts));
	/* tags of another name are not ours, and a layer below a disk is not a disk */
	assert_true(yh_libvirt_read(
		"<domain><metadata><resource no='SH-R-1'/><y:resource xmlns:y='urn:y' no='SH-R-2'/>"
		"</metadata><devices><disk device='cdrom'><source file='/iso'/></disk><disk>"
		"<source file='/a'/><target dev='vda'/><backingStore><source file='/b'/>"
		"<backingStore><source dev='/c'/></backingStore></backingStore></disk></devices>"
		"</domain>",
		&arena, &facts));
	assert_string_equal(facts.resource_no, "");
	assert_int_equal(facts.n_disks, 1);
	assert_string_equal(facts.disks[0].path, "/a");
	assert_string_equal(facts.below->path, "/c");
	assert_string_equal(facts.below->next->path, "/b");
	assert_null(facts.below->next->next);
	yh_arena_done(&arena);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_machine_is_opened_resized_stopped_and_destroyed),
		cmocka_unit_test(storage_alone_is_a_volume_that_says_whose_it_is),
		cmocka_unit_test(an_opening_taken_back_at_any_step_leaves_nothing),
		cmocka_unit_test(a_machine_of_another_resource_is_never_touched),
		cmocka_unit_test(a_disk_that_another_machine_uses_outlives_the_one_that_goes),
		cmocka_unit_test(a_machine_begins_from_the_image_of_its_item),
		cmocka_unit_test(what_it_does_not_serve_is_left_to_people),
		cmocka_unit_test(what_it_refuses_for_good_is_told_from_what_passes),
		cmocka_unit_test(load_is_what_was_used_between_two_polls),
		cmocka_unit_test(room_is_taken_by_machines_that_are_defined),
		cmocka_unit_test(a_text_that_is_not_a_machine_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
