/* Traces of virtual machines in the form of the Grid Workloads Archive's Bitbrains files: a row
 * every five minutes, separated by a semicolon and a tab. Pure.
 *
 * The head says milliseconds where seconds are. A row without processors (the machine is off, or
 * not born yet) says nothing about their use; memory that a machine seems not to use at all is not
 * known, and if disk and network are silent as well, nobody in the machine reports: unknown, too.
 */
#ifndef YH_CMD_TRACE_H
#define YH_CMD_TRACE_H

#include "base/buf.h"

enum { YH_TRACE_VALUES = 10 };

struct yh_trace_row {
	int64_t at_ms;
	double v[YH_TRACE_VALUES]; /* as the columns stand, without the first */
};

/* Is this the first line of such a file? */
bool yh_trace_is_head(const char *line);
YH_CHECK bool yh_trace_read(const char *line, struct yh_trace_row *out);
/* Adds a JSON line for each value that is known, in base units, about `resource`; returns how many
 * are not known. */
unsigned yh_trace_write(const struct yh_trace_row *row, const char *resource, struct yh_buf *out,
			unsigned *lines);

#endif
