/* Traces of virtual machines, as samples. */
#include "cmd/trace.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"

/* The columns behind the instant. */
enum {
	CORES,
	CPU_MHZ,
	CPU_USED_MHZ,
	CPU_PERCENT,
	MEMORY_KB,
	MEMORY_USED_KB,
	READ_KBS,
	WRITE_KBS,
	RECEIVE_KBS,
	TRANSMIT_KBS
};

static const struct {
	int column;
	const char *metric;
	double scale;
} metrics[] = {
	{ CORES, "resource_cpu_cores", 1 },
	{ CPU_PERCENT, "resource_cpu_usage_ratio", 0.01 },
	{ MEMORY_KB, "resource_memory_total_bytes", 1024 },
	{ MEMORY_USED_KB, "resource_memory_used_bytes", 1024 },
	{ READ_KBS, "resource_disk_read_bytes_per_second", 1024 },
	{ WRITE_KBS, "resource_disk_written_bytes_per_second", 1024 },
	{ RECEIVE_KBS, "resource_network_receive_bytes_per_second", 1024 },
	{ TRANSMIT_KBS, "resource_network_transmit_bytes_per_second", 1024 },
};

bool yh_trace_is_head(const char *line)
{
	return strncmp(line, "Timestamp [", 11) == 0;
}

static bool read_number(const char **s, double *out)
{
	char *end;

	*out = strtod(*s, &end);
	if (end == *s || !isfinite(*out))
		return false;
	*s = end;
	return true;
}

bool yh_trace_read(const char *line, struct yh_trace_row *out)
{
	const double seconds_below = 1e11; /* as milliseconds that would be 1973 */
	const char *s = line;
	double at;

	if (!read_number(&s, &at) || at < 0 || at > 1e14)
		return false;
	out->at_ms = (int64_t)(at < seconds_below ? at * 1000 : at);
	for (size_t i = 0; i < YH_TRACE_VALUES; i++) {
		if (*s++ != ';' || !read_number(&s, &out->v[i]) || out->v[i] < 0)
			return false;
	}
	return s[strspn(s, "\r\n\t ")] == 0;
}

static bool is_known(const struct yh_trace_row *r, int column)
{
	const double *v = r->v;
	bool silent = v[READ_KBS] == 0 && v[WRITE_KBS] == 0 && v[RECEIVE_KBS] == 0 &&
		      v[TRANSMIT_KBS] == 0;

	if (column == CORES || column == CPU_PERCENT)
		return v[CORES] > 0;
	if (column == MEMORY_KB || column == MEMORY_USED_KB)
		return v[column] > 0;
	return v[MEMORY_USED_KB] > 0 || !silent;
}

unsigned yh_trace_write(const struct yh_trace_row *row, const char *resource, struct yh_buf *out,
			unsigned *lines)
{
	unsigned unknown = 0;

	for (size_t i = 0; i < YH_LEN(metrics); i++) {
		struct yh_jw w;

		if (!is_known(row, metrics[i].column)) {
			unknown++;
			continue;
		}
		yh_jw_init(&w, out);
		yh_jw_obj(&w, NULL);
		yh_jw_str(&w, "metric", metrics[i].metric);
		yh_jw_obj(&w, "labels");
		yh_jw_str(&w, "resource", resource);
		yh_jw_end_obj(&w);
		yh_jw_int(&w, "at", row->at_ms);
		yh_jw_real(&w, "value", row->v[metrics[i].column] * metrics[i].scale);
		yh_jw_end_obj(&w);
		yh_buf_str(out, "\n");
		++*lines;
	}
	return unknown;
}
