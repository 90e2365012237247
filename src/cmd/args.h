/* Options of the command line, from tables. Unlike getopt, an argument such as -15wd is no option.
 */
#ifndef YH_CMD_ARGS_H
#define YH_CMD_ARGS_H

#include <stdbool.h>
#include <stddef.h>

struct yh_opt {
	const char *name;   /* without the dashes; NULL ends the table */
	const char **value; /* takes a value: --name VALUE or --name=VALUE */
	bool *flag;         /* takes none */
};

/* Sorts argv[1..argc) into the options of `table` and the plain arguments, which are moved to the
 * front of argv+1; returns how many those are. An option may stand anywhere before "--". A single
 * dash and a dash before a digit begin plain arguments. -1, with *bad at the offending argument,
 * for an unknown option, one given twice, a missing or an unwanted value. What a value holds before
 * is its default; a table has at most 64 options. */
int yh_args_take(int argc, char **argv, const struct yh_opt *table, const char **bad);

#endif
