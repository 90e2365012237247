/* The kernel's texts, whole, cut short and hostile. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "agent/proc.h"

static const char stat_text[] = "cpu  100 20 30 800 50 5 5 10 7 0\n"
				"cpu0 50 10 15 400 25 2 3 5 3 0\n"
				"cpu1 50 10 15 400 25 3 2 5 4 0\n"
				"intr 12345 0 0\nctxt 99\n";
static const char meminfo[] = "MemTotal:        2048000 kB\nMemFree:          100000 kB\n"
			      "MemAvailable:    1024000 kB\nSwapTotal:             0 kB\n"
			      "SwapFree:              0 kB\n";
static const char diskstats[] = "   8       0 sda 10 0 2000 5 20 0 4000 6 0 7 8\n"
				"   8       1 sda1 10 0 1000 5 20 0 3000 6 0 7 8\n"
				" 259       0 nvme0n1 1 0 8 5 2 0 16 6 0 7 8\n"
				" 259       1 nvme0n1p1 1 0 8 5 2 0 16 6 0 7 8\n"
				"   7       0 loop0 10 0 2000 5 20 0 4000 6 0 7 8\n"
				" 253       0 dm-0 10 0 2000 5 20 0 4000 6 0 7 8\n"
				" 254       0 vda 3 0 30 5 4 0 40 6 0 7 8 0 0 0 0 1 2\n";
static const char netdev[] =
	"Inter-|   Receive                                                |  Transmit\n"
	" face |bytes    packets errs drop fifo frame compressed multicast|bytes    packets\n"
	"    lo: 9000 1 0 0 0 0 0 0 9000 1 0 0 0 0 0 0\n"
	"  eth0:1234567 10 0 0 0 0 0 0 7654321 11 0 0 0 0 0 0\n"
	"veth12ab: 5 1 0 0 0 0 0 0 6 1 0 0 0 0 0 0\n";

static void processors_are_counted_and_guest_time_only_once(void **state)
{
	struct yh_proc_cpu c;

	(void)state;
	assert_true(yh_proc_cpu(stat_text, &c));
	assert_int_equal(c.busy, 170);
	assert_int_equal(c.all, 1020);
	assert_int_equal(c.cpus, 2);
}

static void memory_is_read_in_bytes(void **state)
{
	struct yh_proc_memory m;

	(void)state;
	assert_true(yh_proc_memory(meminfo, &m));
	assert_int_equal(m.total, 2048000ULL * 1024);
	assert_int_equal(m.available, 1024000ULL * 1024);
}

static void memory_without_its_total_is_no_memory(void **state)
{
	struct yh_proc_memory m;

	(void)state;
	assert_false(yh_proc_memory("MemAvailable: 5 kB\n", &m));
	assert_false(yh_proc_memory("MemTotal: 4 kB\nMemAvailable: 5 kB\n", &m));
	assert_false(yh_proc_memory("MemTotal: 99999999999999999999 kB\nMemAvailable: 5 kB\n", &m));
}

static void whole_disks_are_taken_and_partitions_and_mapped_ones_not(void **state)
{
	struct yh_proc_device d[YH_PROC_DEVICES];

	(void)state;
	assert_int_equal(yh_proc_disks(diskstats, d), 3);
	assert_string_equal(d[0].name, "sda");
	assert_int_equal(d[0].in, 2000 * 512);
	assert_int_equal(d[0].out, 4000 * 512);
	assert_string_equal(d[1].name, "nvme0n1");
	assert_string_equal(d[2].name, "vda");
}

static void links_of_containers_and_the_loopback_are_left_out(void **state)
{
	struct yh_proc_device d[YH_PROC_DEVICES];

	(void)state;
	assert_int_equal(yh_proc_network(netdev, d), 1);
	assert_string_equal(d[0].name, "eth0");
	assert_int_equal(d[0].in, 1234567);
	assert_int_equal(d[0].out, 7654321);
}

static void a_thousand_devices_are_cut_at_the_bound(void **state)
{
	static char text[80 * 1000];
	struct yh_proc_device d[YH_PROC_DEVICES];
	size_t n = 0;

	(void)state;
	for (int i = 0; i < 1000; i++)
		n += (size_t)snprintf(text + n, sizeof text - n,
				      "eth%d: 1 1 0 0 0 0 0 0 2 1 0 0 0 0 0 0\n", i);
	assert_int_equal(yh_proc_network(text, d), YH_PROC_DEVICES);
}

static void hostile_names_and_figures_are_left_out(void **state)
{
	struct yh_proc_device d[YH_PROC_DEVICES];
	static const char text[] =
		"a\"b: 1 1 0 0 0 0 0 0 2 1\n"
		"eth1: 99999999999999999999 1 0 0 0 0 0 0 2 1\n"
		"eth2: 1 2 3\n"
		"a-name-much-longer-than-any-that-the-kernel-gives: 1 1 0 0 0 0 0 0 2\n"
		": 1 1 0 0 0 0 0 0 2 1\neth3";

	(void)state;
	assert_int_equal(yh_proc_network(text, d), 0);
	assert_int_equal(yh_proc_disks("8 0 sda 1 1 99999999999999999999 1 1 1 1\n", d), 0);
	assert_int_equal(yh_proc_disks("8 0 sda 1 1 18446744073709551615 1 1 1 1\n", d), 0);
}

static void mounts_on_disks_are_found_once_and_unescaped(void **state)
{
	char m[YH_PROC_MOUNTS][YH_PROC_PATH];
	static const char text[] =
		"/dev/sda1 / ext4 rw 0 0\nproc /proc proc rw 0 0\n"
		"/dev/sdb1 /my\\040data xfs rw 0 0\n/dev/sda1 /again ext4 rw 0 0\n"
		"overlay /var/lib/x overlay rw 0 0\n"
		"srv:/x /nfs nfs4 rw 0 0\n/dev/sdc /bad\\012line ext4 rw 0 0\n";

	(void)state;
	assert_int_equal(yh_proc_mounts(text, m), 2);
	assert_string_equal(m[0], "/");
	assert_string_equal(m[1], "/my data");
}

static void groups_tell_their_limits(void **state)
{
	uint64_t v, in, out;

	(void)state;
	assert_true(yh_cgroup_cpu_max("150000 100000\n", &v));
	assert_int_equal(v, 1500);
	assert_true(yh_cgroup_cpu_max("max 100000\n", &v));
	assert_true(v == UINT64_MAX);
	assert_false(yh_cgroup_cpu_max("100000 0\n", &v));
	assert_false(yh_cgroup_cpu_max("", &v));
	assert_true(yh_cgroup_value("user_usec 5\nusage_usec 77\n", "usage_usec", &v));
	assert_int_equal(v, 77);
	assert_false(yh_cgroup_value("usage_usecs 77\n", "usage_usec", &v));
	assert_true(yh_cgroup_number("max\n", &v));
	assert_false(yh_cgroup_number("12x\n", &v));
	assert_true(yh_cgroup_io("8:0 rbytes=10 wbytes=20 rios=1\n253:0 rbytes=1 wbytes=2\n", &in,
				 &out));
	assert_int_equal(in, 11);
	assert_int_equal(out, 22);
	assert_false(yh_cgroup_io("8:0\n", &in, &out));
}

static void load_is_read(void **state)
{
	double v;

	(void)state;
	assert_true(yh_proc_load("0.52 0.58 0.59 1/200 999\n", &v));
	assert_true(v > 0.519 && v < 0.521);
	assert_false(yh_proc_load("nan 1 2", &v));
}

/* Every text cut at every place, in a buffer of its exact size: the sanitizers watch. */
static void texts_cut_anywhere_are_survived(void **state)
{
	static const char *const texts[] = { stat_text, meminfo, diskstats, netdev };

	(void)state;
	for (size_t t = 0; t < sizeof texts / sizeof texts[0]; t++)
		for (size_t n = 0; n <= strlen(texts[t]); n++) {
			struct yh_proc_device d[YH_PROC_DEVICES];
			char m[YH_PROC_MOUNTS][YH_PROC_PATH];
			struct yh_proc_cpu c;
			struct yh_proc_memory mem;
			char *cut = strndup(texts[t], n);

			(void)yh_proc_cpu(cut, &c);
			(void)yh_proc_memory(cut, &mem);
			assert_true(yh_proc_disks(cut, d) <= 3);
			assert_true(yh_proc_network(cut, d) <= 1);
			(void)yh_proc_mounts(cut, m);
			free(cut);
		}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(processors_are_counted_and_guest_time_only_once),
		cmocka_unit_test(memory_is_read_in_bytes),
		cmocka_unit_test(memory_without_its_total_is_no_memory),
		cmocka_unit_test(whole_disks_are_taken_and_partitions_and_mapped_ones_not),
		cmocka_unit_test(links_of_containers_and_the_loopback_are_left_out),
		cmocka_unit_test(a_thousand_devices_are_cut_at_the_bound),
		cmocka_unit_test(hostile_names_and_figures_are_left_out),
		cmocka_unit_test(mounts_on_disks_are_found_once_and_unescaped),
		cmocka_unit_test(groups_tell_their_limits),
		cmocka_unit_test(load_is_read),
		cmocka_unit_test(texts_cut_anywhere_are_survived),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
