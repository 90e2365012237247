/* From the kernel's texts to series. Names in the conventions of Prometheus; see docs/agent. */
#include "agent/collect.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include "agent/protocol.h"
#include "base/mem.h"

/* Reads a small file whole into c->text, the last line only when it is complete. */
static const char *slurp(struct yh_collect *c, const char *path)
{
	char full[256];
	size_t n = 0;
	ssize_t got = 0;
	char *last;

	(void)snprintf(full, sizeof full, "%s%s", c->root, path);
	YH_CLOSE_AUTO int fd = open(full, O_RDONLY | O_CLOEXEC);

	c->text[0] = 0;
	if (fd < 0)
		return NULL;
	while (n < sizeof c->text - 1 && (got = read(fd, c->text + n, sizeof c->text - 1 - n)) > 0)
		n += (size_t)got;
	if (got < 0)
		return NULL;
	c->text[n] = 0;
	if (strlen(c->text) != n)
		return NULL;
	last = n == sizeof c->text - 1 ? strrchr(c->text, '\n') : NULL;
	if (last)
		last[1] = 0;
	return c->text;
}

static bool slurp_number(struct yh_collect *c, const char *path, uint64_t *out)
{
	const char *text = slurp(c, path);

	return text && yh_cgroup_number(text, out);
}

static void add(struct yh_rw *rw, const char *metric, double v)
{
	yh_rw_add(rw, metric, NULL, NULL, v);
}

static void machine_cpu(struct yh_collect *c, struct yh_rw *rw)
{
	const char *text = slurp(c, "/proc/stat");
	struct yh_proc_cpu now;

	if (!text || !yh_proc_cpu(text, &now))
		return;
	if (c->have_cpu && now.all > c->cpu.all && now.busy >= c->cpu.busy)
		add(rw, "resource_cpu_usage_ratio",
		    (double)(now.busy - c->cpu.busy) / (double)(now.all - c->cpu.all));
	c->cpu = now;
	c->have_cpu = true;
	if (now.cpus > 0)
		add(rw, "resource_cpu_cores", now.cpus);
}

static void machine_memory(struct yh_collect *c, struct yh_rw *rw)
{
	const char *text = slurp(c, "/proc/meminfo");
	struct yh_proc_memory m;

	if (!text || !yh_proc_memory(text, &m))
		return;
	add(rw, "resource_memory_total_bytes", (double)m.total);
	add(rw, "resource_memory_used_bytes", (double)(m.total - m.available));
	if (m.swap_total >= m.swap_free)
		add(rw, "resource_swap_used_bytes", (double)(m.swap_total - m.swap_free));
}

static void machine_disks(struct yh_collect *c, struct yh_rw *rw)
{
	struct yh_proc_device disks[YH_PROC_DEVICES];
	const char *text = slurp(c, "/proc/diskstats");
	size_t n = text ? yh_proc_disks(text, disks) : 0;

	for (size_t i = 0; i < n; i++) {
		yh_rw_add(rw, "resource_disk_read_bytes_total", "device", disks[i].name,
			  (double)disks[i].in);
		yh_rw_add(rw, "resource_disk_written_bytes_total", "device", disks[i].name,
			  (double)disks[i].out);
	}
}

/* The processors a container may use: its quota, or all there are. */
static double cgroup_cores(struct yh_collect *c)
{
	const char *text = slurp(c, "/sys/fs/cgroup/cpu.max");
	uint64_t milli = UINT64_MAX;
	struct yh_proc_cpu all;

	if (text && yh_cgroup_cpu_max(text, &milli) && milli != UINT64_MAX)
		return (double)milli / 1000;
	text = slurp(c, "/proc/stat");
	return text && yh_proc_cpu(text, &all) && all.cpus > 0 ? all.cpus : 1;
}

static void cgroup_cpu(struct yh_collect *c, int64_t steady_us, struct yh_rw *rw)
{
	const char *text = slurp(c, "/sys/fs/cgroup/cpu.stat");
	uint64_t used;
	double cores;

	if (!text || !yh_cgroup_value(text, "usage_usec", &used))
		return;
	cores = cgroup_cores(c);
	if (c->have_cgroup && steady_us > c->cgroup_at_us && used >= c->cgroup_cpu_us)
		add(rw, "resource_cpu_usage_ratio",
		    (double)(used - c->cgroup_cpu_us) /
			    ((double)(steady_us - c->cgroup_at_us) * cores));
	c->cgroup_cpu_us = used;
	c->cgroup_at_us = steady_us;
	c->have_cgroup = true;
	add(rw, "resource_cpu_cores", cores);
}

/* What the kernel could give back at once is not counted as used. */
static void cgroup_memory(struct yh_collect *c, uint64_t used, struct yh_rw *rw)
{
	uint64_t most = UINT64_MAX, inactive = 0;
	struct yh_proc_memory m;
	const char *text = slurp(c, "/sys/fs/cgroup/memory.stat");

	if (text && yh_cgroup_value(text, "inactive_file", &inactive) && inactive < used)
		used -= inactive;
	(void)slurp_number(c, "/sys/fs/cgroup/memory.max", &most);
	text = slurp(c, "/proc/meminfo");
	if (text && yh_proc_memory(text, &m) && m.total < most)
		most = m.total;
	if (most != UINT64_MAX)
		add(rw, "resource_memory_total_bytes", (double)most);
	add(rw, "resource_memory_used_bytes", (double)used);
}

static void cgroup_io(struct yh_collect *c, struct yh_rw *rw)
{
	const char *text = slurp(c, "/sys/fs/cgroup/io.stat");
	uint64_t in, out;

	if (!text || !yh_cgroup_io(text, &in, &out))
		return;
	yh_rw_add(rw, "resource_disk_read_bytes_total", "device", "all", (double)in);
	yh_rw_add(rw, "resource_disk_written_bytes_total", "device", "all", (double)out);
}

static void network(struct yh_collect *c, struct yh_rw *rw)
{
	struct yh_proc_device links[YH_PROC_DEVICES];
	const char *text = slurp(c, "/proc/net/dev");
	size_t n = text ? yh_proc_network(text, links) : 0;

	for (size_t i = 0; i < n; i++) {
		yh_rw_add(rw, "resource_network_receive_bytes_total", "device", links[i].name,
			  (double)links[i].in);
		yh_rw_add(rw, "resource_network_transmit_bytes_total", "device", links[i].name,
			  (double)links[i].out);
	}
}

static void filesystems(struct yh_collect *c, struct yh_rw *rw)
{
	char mounts[YH_PROC_MOUNTS][YH_PROC_PATH];
	const char *text = slurp(c, "/proc/self/mounts");
	size_t n = text ? yh_proc_mounts(text, mounts) : 0;

	for (size_t i = 0; i < n; i++) {
		char full[256];
		struct statvfs st;
		double unit;

		(void)snprintf(full, sizeof full, "%s%s", c->root, mounts[i]);
		if (statvfs(full, &st) != 0 || st.f_blocks == 0)
			continue;
		unit = (double)st.f_frsize;
		yh_rw_add(rw, "resource_filesystem_size_bytes", "mountpoint", mounts[i],
			  (double)st.f_blocks * unit);
		yh_rw_add(rw, "resource_filesystem_free_bytes", "mountpoint", mounts[i],
			  (double)st.f_bavail * unit);
	}
}

static void about_itself(const struct yh_collect_self *self, struct yh_rw *rw)
{
	struct rusage u;

	add(rw, YH_AGENT_BATCH_METRIC, (double)self->number);
	add(rw, "yunheng_agent_lost_batches_total", (double)self->lost);
	add(rw, "yunheng_agent_waiting_batches", (double)self->waiting);
	add(rw, "yunheng_agent_start_time_seconds", (double)self->started_ms / 1000);
	if (getrusage(RUSAGE_SELF, &u) == 0)
		add(rw, "yunheng_agent_cpu_seconds_total",
		    (double)(u.ru_utime.tv_sec + u.ru_stime.tv_sec) +
			    (double)(u.ru_utime.tv_usec + u.ru_stime.tv_usec) / 1e6);
	yh_rw_add(rw, "yunheng_agent_build_info", "version", self->version, 1);
}

void yh_collect(struct yh_collect *c, const struct yh_collect_self *self, int64_t steady_us,
		struct yh_rw *rw)
{
	const char *text;
	uint64_t used;
	double load;

	/* first, so that it is there even if the rest should not fit */
	about_itself(self, rw);
	/* only a group below the root has this file: a container's */
	if (slurp_number(c, "/sys/fs/cgroup/memory.current", &used)) {
		cgroup_cpu(c, steady_us, rw);
		cgroup_memory(c, used, rw);
		cgroup_io(c, rw);
	} else {
		machine_cpu(c, rw);
		machine_memory(c, rw);
		machine_disks(c, rw);
	}
	network(c, rw);
	filesystems(c, rw);
	text = slurp(c, "/proc/loadavg");
	if (text && yh_proc_load(text, &load))
		add(rw, "resource_load1", load);
}
