/* All subcommands of `yunheng` that are not operations of the server. */
#ifndef YH_CMD_COMMANDS_H
#define YH_CMD_COMMANDS_H

#include <stdio.h>

#include "cmd/cmd.h"

const struct yh_cmd *const *yh_commands(size_t *n);
/* NULL: there is none of this name. */
const struct yh_cmd *yh_commands_find(const char *name);
/* The same for the two words of "meter import". */
const struct yh_cmd *yh_commands_find_two(const char *noun, const char *verb);
/* Everything that can be asked of the program, a line each. */
void yh_commands_list(FILE *to);
/* What the user wants to know of one. */
enum yh_exit yh_commands_show(const struct yh_cmd *cmd);
/* Says that there is no such command, and which there are; returns USAGE. */
enum yh_exit yh_commands_unknown(const char *name);

#endif
