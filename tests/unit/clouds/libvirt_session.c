/* The libvirt driver on QEMU itself, under software emulation (tests/tools/libvirt_session.py): a
 * guest that boots an image of its own, and what is on the disk afterwards. */
#include <dirent.h>
#include <pthread.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/time.h"
#include "clouds/driver.h"
#include "clouds/libvirt_xml.h"

enum { PATIENCE_MS = 60000 };

static const struct yh_cloud_dim small[] = { { "vcpu", 1000 },
					     { "memory_gib", 64 },
					     { "block_gib", 500 } };
static const struct yh_cloud_dim roomy[] = { { "vcpu", 1000 },
					     { "memory_gib", 64 },
					     { "block_gib", 1000 } };
static const struct yh_cloud_dim large[] = { { "vcpu", 2000 },
					     { "memory_gib", 128 },
					     { "block_gib", 2000 } };

static atomic_bool no_more;

static void *stop_soon(void *arg)
{
	(void)usleep(500000);
	atomic_store((atomic_bool *)arg, true);
	return NULL;
}

/* The job is told to stop while it waits. */
static void alarm_stop(void)
{
	pthread_t thread;

	assert_int_equal(pthread_create(&thread, NULL, stop_soon, &no_more), 0);
	assert_int_equal(pthread_detach(thread), 0);
}

static struct yh_cloud *open_cloud(const char *image)
{
	static struct yh_cloud_setting settings[] = { { "uri", NULL },    { "pool", "tiny" },
						      { "type", "qemu" }, { "arch", "x86_64" },
						      { "image", NULL },  { "shutdown_s", "1" } };
	static struct yh_cloud_config cfg;
	struct yh_cloud *c;

	settings[0].value = getenv("YH_TEST_LIBVIRT");
	settings[4].value = image;
	cfg = (struct yh_cloud_config){ "SH", yh_cloud_driver_libvirt(), settings, 6 };
	assert_int_equal(cfg.driver->open(&cfg, &no_more, &c, NULL), YH_OK);
	return c;
}

static struct yh_cloud_order order(unsigned char last)
{
	struct yh_cloud_order o = { .resource_no = "SH-R-000001",
				    .name = "<门户>",
				    .case_no = "SH-2026-CS-000001",
				    .unit_code = "civil",
				    .project_code = "MY-001",
				    .system_code = "",
				    .item_code = "vm",
				    .item_category = "",
				    .dims = small,
				    .n_dims = 3,
				    .before = small,
				    .n_before = 3 };

	o.resource.b[0] = 2;
	o.resource.b[15] = last;
	return o;
}

static void carry_out(struct yh_cloud *c, struct yh_cloud_order *o, enum yh_cloud_act act,
		      char ref[YH_CLOUD_REF])
{
	const struct yh_cloud_driver *d = yh_cloud_driver_libvirt();
	const char *const *names = NULL;
	size_t n;

	o->act = act;
	o->provider_ref = act == YH_CLOUD_OPEN ? NULL : ref;
	n = d->steps(c, o, &names);
	assert_true(n > 0);
	for (size_t i = 0; i < 2 * n; i++) {
		struct yh_err err = { 0 };
		enum yh_rc rc = d->step(c, o, names[i / 2], ref, &err);

		if (rc != YH_OK)
			print_error("%s: %s %s\n", names[i / 2], err.slug, err.figs[1].text);
		assert_int_equal(rc, YH_OK);
	}
}

struct found {
	size_t n;
	bool running;
	char case_no[64];
	int64_t vcpu, memory, block;
};

static enum yh_rc see(void *arg, const struct yh_cloud_machine *m, struct yh_err *err)
{
	struct found *f = arg;

	(void)err;
	f->n++;
	f->running = m->running;
	(void)snprintf(f->case_no, sizeof f->case_no, "%s", m->case_no);
	f->vcpu = yh_libvirt_dim(m->dims, m->n_dims, "vcpu");
	f->memory = yh_libvirt_dim(m->dims, m->n_dims, "memory_gib");
	f->block = yh_libvirt_dim(m->dims, m->n_dims, "block_gib");
	return YH_OK;
}

static struct found find(struct yh_cloud *c)
{
	struct found f = { 0 };

	assert_int_equal(yh_cloud_driver_libvirt()->list(c, see, &f, NULL), YH_OK);
	return f;
}

static enum yh_rc weigh(void *arg, const struct yh_cloud_sample *s, struct yh_err *err)
{
	double *written = arg;

	(void)err;
	if (strcmp(s->metric, "resource_disk_written_bytes_total") == 0 &&
	    strcmp(s->device, "vda") == 0)
		*written = s->value;
	return YH_OK;
}

/* The image's own code has run: it wrote to its disk. */
static bool boots(struct yh_cloud *c)
{
	int64_t until = yh_monotonic_ms() + PATIENCE_MS;
	double written = 0;

	while (written == 0 && yh_monotonic_ms() < until) {
		assert_int_equal(yh_cloud_driver_libvirt()->sample(c, weigh, &written, NULL),
				 YH_OK);
		(void)usleep(50000);
	}
	return written > 0;
}

static size_t files_in_pool(void)
{
	char path[512];
	struct dirent *e;
	size_t n = 0;
	DIR *d;

	(void)snprintf(path, sizeof path, "%s/pool", getenv("YH_TEST_LIBVIRT_HOME"));
	d = opendir(path);
	assert_non_null(d);
	while ((e = readdir(d)))
		n += e->d_name[0] != '.';
	(void)closedir(d);
	return n;
}

static void a_guest_boots_grows_is_stopped_and_destroyed(void **state)
{
	struct yh_cloud *c = open_cloud("boot.img");
	struct yh_cloud_order o = order(1);
	char ref[YH_CLOUD_REF] = "";
	struct found f;
	bool kept;

	(void)state;
	carry_out(c, &o, YH_CLOUD_OPEN, ref);
	f = find(c);
	assert_true(f.running);
	assert_int_equal(f.vcpu, 1000);
	assert_int_equal(f.block, 500);
	assert_true(boots(c));

	/* its disk grows while it runs */
	o.dims = roomy;
	o.case_no = "SH-2026-CS-000002";
	carry_out(c, &o, YH_CLOUD_RESIZE, ref);
	f = find(c);
	assert_true(f.running);
	assert_int_equal(f.block, 1000);
	/* all of it, stopped and started again */
	o.before = roomy;
	o.dims = large;
	carry_out(c, &o, YH_CLOUD_RESIZE, ref);
	f = find(c);
	assert_true(f.running);
	assert_string_equal(f.case_no, "SH-2026-CS-000002");
	assert_int_equal(f.vcpu, 2000);
	assert_int_equal(f.memory, 128);
	assert_int_equal(f.block, 2000);
	assert_true(boots(c));

	o.snapshot = true;
	carry_out(c, &o, YH_CLOUD_STOP, ref);
	assert_false(find(c).running);
	assert_int_equal(yh_cloud_driver_libvirt()->undo(c, &o, "snapshot", ref, &kept, NULL),
			 YH_OK);
	carry_out(c, &o, YH_CLOUD_STOP, ref);
	assert_int_equal(files_in_pool(), 2);
	carry_out(c, &o, YH_CLOUD_DESTROY, ref);
	assert_int_equal(find(c).n, 0);
	assert_int_equal(files_in_pool(), 1);
	yh_cloud_driver_libvirt()->close(c);
}

static void what_the_host_cannot_give_is_refused_and_leaves_nothing(void **state)
{
	static const struct yh_cloud_dim none[] = { { "vcpu", 1000 }, { "memory_gib", 64000000 } };
	const struct yh_cloud_driver *d = yh_cloud_driver_libvirt();
	struct yh_cloud *c = open_cloud("boot.img");
	struct yh_cloud_order o = order(2);
	const char *const *names = NULL;
	char ref[YH_CLOUD_REF] = "";
	struct yh_err err = { 0 };
	enum yh_rc rc = YH_OK;
	size_t n, i;
	bool kept;

	(void)state;
	o.dims = none;
	o.n_dims = 2;
	n = d->steps(c, &o, &names);
	for (i = 0; rc == YH_OK && i < n; i++)
		rc = d->step(c, &o, names[i], ref, &err);
	assert_int_equal(rc, YH_REFUSED);
	assert_string_equal(err.slug, "cloud-refused");
	while (i-- > 0)
		assert_int_equal(d->undo(c, &o, names[i], ref, &kept, NULL), YH_OK);
	assert_int_equal(find(c).n, 0);
	assert_int_equal(files_in_pool(), 1);

	d->close(c);
	c = open_cloud("other.img");
	o = order(3);
	err = (struct yh_err){ 0 };
	assert_int_equal(d->step(c, &o, "volume", ref, &err), YH_REFUSED);
	d->close(c);
}

/* libvirt itself finds out what a disk lies upon, also of machines that are off. */
static void the_base_of_a_clone_outlives_its_machine(void **state)
{
	const struct yh_cloud_driver *d = yh_cloud_driver_libvirt();
	struct yh_cloud *c = open_cloud("boot.img");
	struct yh_cloud_order base = order(4), o = order(5);
	char ref[YH_CLOUD_REF] = "", other[YH_CLOUD_REF] = "", disk[YH_LIBVIRT_VOLUME];
	bool kept;

	(void)state;
	carry_out(c, &base, YH_CLOUD_OPEN, ref);
	carry_out(c, &base, YH_CLOUD_STOP, ref);
	/* stopped twice, by another case the second time: that one's end starts nothing */
	base.case_no = "SH-2026-CS-000003";
	carry_out(c, &base, YH_CLOUD_STOP, ref);
	assert_int_equal(d->undo(c, &base, "stop", ref, &kept, NULL), YH_OK);
	assert_false(find(c).running);
	d->close(c);
	base.case_no = "SH-2026-CS-000001";
	c = open_cloud(yh_libvirt_volume_name(&base, disk));
	o.resource_no = "SH-R-000005";
	carry_out(c, &o, YH_CLOUD_OPEN, other);
	carry_out(c, &o, YH_CLOUD_STOP, other);
	d->close(c);
	c = open_cloud("boot.img");
	carry_out(c, &base, YH_CLOUD_DESTROY, ref);
	assert_int_equal(files_in_pool(), 3);
	carry_out(c, &o, YH_CLOUD_DESTROY, other);
	assert_int_equal(files_in_pool(), 2);
	d->close(c);
}

/* A daemon that has stopped answers neither a call nor a new connection: both end all the same, and
 * when it goes on it is found again. */
static void a_daemon_that_hangs_is_away_until_it_goes_on(void **state)
{
	const struct yh_cloud_driver *d = yh_cloud_driver_libvirt();
	struct yh_cloud *c = open_cloud("boot.img"), *other;
	pid_t pid = (pid_t)strtol(getenv("YH_TEST_LIBVIRT_PID"), NULL, 10);
	struct yh_err err = { 0 };
	struct found f = { 0 };

	(void)state;
	assert_int_equal(d->list(c, see, &f, NULL), YH_OK);
	assert_int_equal(kill(pid, SIGSTOP), 0);
	assert_int_equal(d->list(c, see, &f, &err), YH_BUSY);
	assert_string_equal(err.slug, "cloud-unreachable");
	other = open_cloud("boot.img");
	atomic_store(&no_more, false);
	alarm_stop();
	err = (struct yh_err){ 0 };
	assert_int_equal(d->ping(other, &err), YH_BUSY);
	assert_string_equal(err.slug, "job-stopped");
	d->close(other);
	assert_int_equal(kill(pid, SIGCONT), 0);
	atomic_store(&no_more, false);
	while (d->list(c, see, &f, NULL) != YH_OK)
		(void)usleep(100000);
	d->close(c);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_guest_boots_grows_is_stopped_and_destroyed),
		cmocka_unit_test(what_the_host_cannot_give_is_refused_and_leaves_nothing),
		cmocka_unit_test(the_base_of_a_clone_outlives_its_machine),
		cmocka_unit_test(a_daemon_that_hangs_is_away_until_it_goes_on),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
