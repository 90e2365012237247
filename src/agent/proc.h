/* Reading the kernel's texts: /proc and cgroup v2. Pure: text in, figures out; every text is
 * bounded and may be cut short, empty or strange, and then yields less, never nonsense: false, or
 * fewer devices. Times are microseconds, sizes bytes. */
#ifndef YH_AGENT_PROC_H
#define YH_AGENT_PROC_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { YH_PROC_NAME = 32, YH_PROC_DEVICES = 16, YH_PROC_MOUNTS = 8, YH_PROC_PATH = 128 };

/* /proc/stat: clock ticks since the start. `cpus` counts the cpuN lines. */
struct yh_proc_cpu {
	uint64_t busy, all;
	uint32_t cpus;
};
bool yh_proc_cpu(const char *text, struct yh_proc_cpu *out);

/* /proc/meminfo; "available" as the kernel estimates it. */
struct yh_proc_memory {
	uint64_t total, available, swap_total, swap_free;
};
bool yh_proc_memory(const char *text, struct yh_proc_memory *out);

struct yh_proc_device {
	char name[YH_PROC_NAME];
	uint64_t in, out; /* disk: read, written; network: received, sent */
};
/* /proc/diskstats: whole disks (no partitions, loop, ram, optical, floppy and mapped devices); the
 * first YH_PROC_DEVICES of them. Returns how many. */
size_t yh_proc_disks(const char *text, struct yh_proc_device out[YH_PROC_DEVICES]);
/* /proc/net/dev: without the loopback and the links of containers and bridges. */
size_t yh_proc_network(const char *text, struct yh_proc_device out[YH_PROC_DEVICES]);

/* /proc/self/mounts: what lies on a disk, each device once; paths unescaped, longer ones left
 * out. */
size_t yh_proc_mounts(const char *text, char out[YH_PROC_MOUNTS][YH_PROC_PATH]);

/* /proc/loadavg: the first figure. */
bool yh_proc_load(const char *text, double *out);

/* A line "KEY VALUE" of a flat cgroup file (cpu.stat, memory.stat). */
bool yh_cgroup_value(const char *text, const char *key, uint64_t *out);
/* A file of one number; "max" is UINT64_MAX. */
bool yh_cgroup_number(const char *text, uint64_t *out);
/* cpu.max, "QUOTA PERIOD": thousandths of a core; "max" is UINT64_MAX. */
bool yh_cgroup_cpu_max(const char *text, uint64_t *out_milli);
/* io.stat: summed over whole devices; false when there is no figure. */
bool yh_cgroup_io(const char *text, uint64_t *read, uint64_t *written);

#endif
