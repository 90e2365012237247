/* The subcommands of `yunheng`: each is one entry in the table of main.c and one file. */
#ifndef YH_CMD_CMD_H
#define YH_CMD_CMD_H

#include "base/arena.h"

enum yh_exit {
	YH_EXIT_OK = 0,
	YH_EXIT_FAILED = 1,
	YH_EXIT_USAGE = 2, /* wrong arguments, or a year without a calendar */
};

struct yh_cmd {
	const char *name;
	const char *synopsis; /* arguments and options, without the program's name */
	const char *zh, *en;  /* one line each */
	const char *details;  /* whole lines, or NULL */
	/* argv[0] is the subcommand's name. The order of argv may change. */
	enum yh_exit (*run)(const struct yh_cmd *self, int argc, char **argv);
};

extern const struct yh_cmd yh_cmd_code, yh_cmd_deadline, yh_cmd_policy, yh_cmd_init, yh_cmd_migrate,
	yh_cmd_audit, yh_cmd_simulate, yh_cmd_install, yh_cmd_import, yh_cmd_config, yh_cmd_openapi,
	yh_cmd_paper, yh_cmd_pledge, yh_cmd_opening, yh_cmd_report, yh_cmd_archive, yh_cmd_order,
	yh_cmd_backup, yh_cmd_rescue, yh_cmd_secadmin, yh_cmd_restore, yh_cmd_fsck, yh_cmd_manual,
	yh_cmd_field_key_new, yh_cmd_selftest, yh_cmd_manifest;

/* Says on standard error how `cmd` is used, after `wrong` unless that is NULL; returns USAGE. */
enum yh_exit yh_cmd_usage(const struct yh_cmd *cmd, const char *wrong);

/* Reads a whole file, with a NUL behind it, into the arena. NOT_FOUND "file-unreadable", TOO_LARGE
 * "file-too-large". */
YH_CHECK enum yh_rc yh_cmd_file(const char *path, size_t max, struct yh_arena *arena, char **out,
				size_t *n, struct yh_err *err);

/* Says the failure on standard error, its slug, place and figures included. The exit status: USAGE
 * for what the caller typed and for a year without a calendar, FAILED for the rest. */
enum yh_exit yh_cmd_fail(const struct yh_err *err);

#endif
