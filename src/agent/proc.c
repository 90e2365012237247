/* The kernel's texts. */
#include "agent/proc.h"

#include <string.h>

/* The end of the line that begins at `s`. */
static const char *line_end(const char *s)
{
	return s + strcspn(s, "\n");
}

static const char *next_line(const char *s)
{
	s = line_end(s);
	return *s ? s + 1 : s;
}

static const char *skip_blanks(const char *s)
{
	return s + strspn(s, " \t");
}

/* Reads digits; false when there are none, or more than 64 bits hold. */
static bool take_u64(const char **s, uint64_t *out)
{
	const char *p = skip_blanks(*s);
	uint64_t v = 0;

	if (*p < '0' || *p > '9')
		return false;
	for (; *p >= '0' && *p <= '9'; p++) {
		unsigned digit = (unsigned)(*p - '0');

		if (v > (UINT64_MAX - digit) / 10)
			return false;
		v = v * 10 + digit;
	}
	*s = p;
	*out = v;
	return true;
}

static bool take_name(const char **s, const char *stop, char out[YH_PROC_NAME])
{
	const char *p = skip_blanks(*s);
	size_t n = strcspn(p, stop);

	*s = p + n;
	if (n == 0 || n >= YH_PROC_NAME)
		return false;
	for (size_t i = 0; i < n; i++)
		if (p[i] <= ' ' || p[i] > '~' || p[i] == '"' || p[i] == '\\')
			return false;
	memcpy(out, p, n);
	out[n] = 0;
	return true;
}

static bool starts(const char *s, const char *with)
{
	return strncmp(s, with, strlen(with)) == 0;
}

static bool cpu_line(const char *s, struct yh_proc_cpu *out)
{
	/* user nice system idle iowait irq softirq steal; guest time is in user already */
	uint64_t v[8] = { 0 };
	size_t n = 0;

	while (n < 8 && take_u64(&s, &v[n]))
		n++;
	if (n < 4)
		return false;
	out->busy = v[0] + v[1] + v[2] + v[5] + v[6] + v[7];
	out->all = out->busy + v[3] + v[4];
	return true;
}

bool yh_proc_cpu(const char *text, struct yh_proc_cpu *out)
{
	bool found = false;

	*out = (struct yh_proc_cpu){ 0 };
	for (const char *s = text; *s; s = next_line(s)) {
		if (starts(s, "cpu "))
			found = cpu_line(s + 4, out);
		else if (starts(s, "cpu") && s[3] >= '0' && s[3] <= '9')
			out->cpus++;
	}
	return found;
}

static bool kib_line(const char *s, const char *key, uint64_t *out)
{
	uint64_t v;

	if (!starts(s, key))
		return false;
	s += strlen(key);
	if (!take_u64(&s, &v) || v > UINT64_MAX / 1024)
		return false;
	*out = v * 1024;
	return true;
}

bool yh_proc_memory(const char *text, struct yh_proc_memory *out)
{
	bool total = false, available = false;

	*out = (struct yh_proc_memory){ 0 };
	for (const char *s = text; *s; s = next_line(s)) {
		total |= kib_line(s, "MemTotal:", &out->total);
		available |= kib_line(s, "MemAvailable:", &out->available);
		(void)kib_line(s, "SwapTotal:", &out->swap_total);
		(void)kib_line(s, "SwapFree:", &out->swap_free);
	}
	return total && available && out->available <= out->total;
}

static bool ends_in_digit(const char *s)
{
	size_t n = strlen(s);

	return n > 0 && s[n - 1] >= '0' && s[n - 1] <= '9';
}

/* sda, vdb, xvda and hda are disks, sda1 a partition; nvme0n1 and mmcblk0 are, nvme0n1p1 not. */
static bool is_whole_disk(const char *name)
{
	static const char *const lettered[] = { "sd", "vd", "xvd", "hd", "dasd", "ubd" };
	static const char *const numbered[] = { "nvme", "mmcblk", "nbd", "rbd", "pmem" };

	for (size_t i = 0; i < sizeof lettered / sizeof lettered[0]; i++)
		if (starts(name, lettered[i]))
			return !ends_in_digit(name);
	for (size_t i = 0; i < sizeof numbered / sizeof numbered[0]; i++)
		if (starts(name, numbered[i])) {
			const char *rest = name + strlen(numbered[i]);

			return ends_in_digit(name) && !strchr(rest, 'p') && !strstr(rest, "boot");
		}
	return false;
}

size_t yh_proc_disks(const char *text, struct yh_proc_device out[YH_PROC_DEVICES])
{
	enum { SECTOR = 512, FIELDS = 7 };
	size_t n = 0;

	for (const char *s = text; *s && n < YH_PROC_DEVICES; s = next_line(s)) {
		const char *p = s;
		uint64_t major, minor, v[FIELDS];
		size_t k = 0;

		if (!take_u64(&p, &major) || !take_u64(&p, &minor) ||
		    !take_name(&p, " \t\n", out[n].name) || !is_whole_disk(out[n].name))
			continue;
		while (k < FIELDS && take_u64(&p, &v[k]))
			k++;
		if (k < FIELDS || v[2] > UINT64_MAX / SECTOR || v[6] > UINT64_MAX / SECTOR)
			continue;
		out[n].in = v[2] * SECTOR;
		out[n].out = v[6] * SECTOR;
		n++;
	}
	return n;
}

static bool is_real_link(const char *name)
{
	static const char *const others[] = { "veth",     "docker",  "br-",  "virbr",
					      "cni",      "flannel", "cali", "tap",
					      "vnet",     "dummy",   "ifb",  "nodelocaldns",
					      "kube-ipvs" };

	if (strcmp(name, "lo") == 0)
		return false;
	for (size_t i = 0; i < sizeof others / sizeof others[0]; i++)
		if (starts(name, others[i]))
			return false;
	return true;
}

size_t yh_proc_network(const char *text, struct yh_proc_device out[YH_PROC_DEVICES])
{
	enum { FIELDS = 9 };
	size_t n = 0;

	for (const char *s = text; *s && n < YH_PROC_DEVICES; s = next_line(s)) {
		const char *p = s;
		uint64_t v[FIELDS];
		size_t k = 0;

		if (!take_name(&p, ":\n", out[n].name) || *p != ':' || !is_real_link(out[n].name))
			continue;
		p++;
		while (k < FIELDS && take_u64(&p, &v[k]))
			k++;
		if (k < FIELDS)
			continue;
		out[n].in = v[0];
		out[n].out = v[8];
		n++;
	}
	return n;
}

/* A path of /proc/self/mounts, where blanks and the like stand as \040. */
static bool take_path(const char **s, char out[YH_PROC_PATH])
{
	const char *p = skip_blanks(*s);
	size_t n = 0;

	for (; *p && *p != ' ' && *p != '\n'; p++) {
		unsigned char c = (unsigned char)*p;

		if (c == '\\' && p[1] >= '0' && p[1] <= '3' && p[2] >= '0' && p[2] <= '7' &&
		    p[3] >= '0' && p[3] <= '7') {
			c = (unsigned char)((p[1] - '0') << 6 | (p[2] - '0') << 3 | (p[3] - '0'));
			p += 3;
		}
		if (n + 1 < YH_PROC_PATH)
			out[n] = (char)c;
		n++;
	}
	*s = p;
	if (n == 0 || n >= YH_PROC_PATH)
		return false;
	out[n] = 0;
	return true;
}

static bool on_a_disk(const char *type)
{
	static const char *const types[] = { "ext4", "xfs",  "btrfs", "ext3",
					     "ext2", "f2fs", "zfs",   "overlay" };
	size_t n = strcspn(type, " \n");

	for (size_t i = 0; i < sizeof types / sizeof types[0]; i++)
		if (strlen(types[i]) == n && strncmp(type, types[i], n) == 0)
			return true;
	return false;
}

/* Names must survive as labels. */
static bool is_label(const char *s)
{
	for (; *s; s++)
		if (*s < ' ' || *s > '~')
			return false;
	return true;
}

size_t yh_proc_mounts(const char *text, char out[YH_PROC_MOUNTS][YH_PROC_PATH])
{
	const char *devices[YH_PROC_MOUNTS];
	size_t n = 0;

	for (const char *s = text; *s && n < YH_PROC_MOUNTS; s = next_line(s)) {
		const char *p = s + strcspn(s, " \n");
		size_t len = (size_t)(p - s);
		bool twice = false;

		if (*p != ' ' || !take_path(&p, out[n]) || *p != ' ' ||
		    !on_a_disk(skip_blanks(p)) || !is_label(out[n]))
			continue;
		for (size_t i = 0; i < n; i++)
			twice |= strncmp(devices[i], s, len + 1) == 0 && !starts(s, "overlay ");
		/* of overlays only the root: the rest are other containers' */
		if (twice || (starts(s, "overlay ") && strcmp(out[n], "/") != 0))
			continue;
		devices[n++] = s;
	}
	return n;
}

bool yh_proc_load(const char *text, double *out)
{
	uint64_t whole, part = 0;
	const char *s = text;

	if (!take_u64(&s, &whole) || whole > 1000000)
		return false;
	*out = (double)whole;
	if (*s != '.')
		return false;
	s++;
	if (s[0] < '0' || s[0] > '9' || s[1] < '0' || s[1] > '9')
		return false;
	part = (uint64_t)(s[0] - '0') * 10 + (uint64_t)(s[1] - '0');
	*out += (double)part / 100;
	return true;
}

bool yh_cgroup_value(const char *text, const char *key, uint64_t *out)
{
	size_t n = strlen(key);

	for (const char *s = text; *s; s = next_line(s))
		if (strncmp(s, key, n) == 0 && s[n] == ' ') {
			const char *p = s + n;

			return take_u64(&p, out) && (*p == '\n' || !*p);
		}
	return false;
}

bool yh_cgroup_number(const char *text, uint64_t *out)
{
	const char *s = text;

	if (starts(text, "max")) {
		*out = UINT64_MAX;
		return text[3] == '\n' || !text[3];
	}
	return take_u64(&s, out) && (*s == '\n' || !*s);
}

bool yh_cgroup_cpu_max(const char *text, uint64_t *out_milli)
{
	const char *s = text;
	uint64_t quota, period;

	if (starts(text, "max")) {
		*out_milli = UINT64_MAX;
		return true;
	}
	if (!take_u64(&s, &quota) || !take_u64(&s, &period) || period == 0 ||
	    quota > UINT64_MAX / 1000)
		return false;
	*out_milli = quota * 1000 / period;
	return *out_milli > 0;
}

bool yh_cgroup_io(const char *text, uint64_t *read, uint64_t *written)
{
	bool any = false;

	*read = *written = 0;
	for (const char *s = text; *s; s = next_line(s)) {
		const char *end = line_end(s), *r = strstr(s, " rbytes="),
			   *w = strstr(s, " wbytes=");
		uint64_t in, out;

		if (!r || !w || r >= end || w >= end)
			continue;
		r += strlen(" rbytes=");
		w += strlen(" wbytes=");
		if (!take_u64(&r, &in) || !take_u64(&w, &out) || in > UINT64_MAX - *read ||
		    out > UINT64_MAX - *written)
			continue;
		*read += in;
		*written += out;
		any = true;
	}
	return any;
}
