/* How an operation of the API is called on the command line. */
#ifndef YH_CMD_OP_USAGE_H
#define YH_CMD_OP_USAGE_H

#include "base/buf.h"
#include "http/op.h"

/* Streams, and bytes that no file holds, are for programs. */
bool yh_op_is_command(const struct yh_op *op);
/* "case show ID [--format table|json|csv] [--dry-run]", without the options that are its fields. */
void yh_op_usage(const struct yh_op *op, struct yh_buf *out);
/* Called with each operation that is a command, in the order of the tables. */
void yh_op_each(void (*fn)(void *arg, const struct yh_op *op), void *arg);

/* Options that all operations take besides their fields; the last ones only lists. */
struct yh_op_option {
	const char *name, *choices, *zh, *en; /* choices: separated by '|', or NULL */
	bool paged;
};
const struct yh_op_option *yh_op_options(size_t *n);

#endif
