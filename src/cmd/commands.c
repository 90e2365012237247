/* The table of the subcommands, and what is told of it. */
#include "cmd/commands.h"

#include <string.h>

#include "base/mem.h"
#include "cmd/remote.h"

static enum yh_exit run_help(const struct yh_cmd *self, int argc, char **argv);
static enum yh_exit run_version(const struct yh_cmd *self, int argc, char **argv);

static const struct yh_cmd help = {
	.name = "help",
	.synopsis = "[COMMAND [VERB]]",
	.zh = "显示帮助",
	.en = "Show help",
	.run = run_help,
};

static const struct yh_cmd version = {
	.name = "version",
	.synopsis = "",
	.zh = "显示版本",
	.en = "Show the version",
	.run = run_version,
};

static const struct yh_cmd *const commands[] = {
	&yh_cmd_code,     &yh_cmd_deadline, &yh_cmd_policy,
	&yh_cmd_init,     &yh_cmd_migrate,  &yh_cmd_install,
	&yh_cmd_secadmin, &yh_cmd_audit,    &yh_cmd_simulate,
	&yh_cmd_import,   &yh_cmd_opening,  &yh_cmd_config,
	&yh_cmd_openapi,  &yh_cmd_paper,    &yh_cmd_pledge,
	&yh_cmd_report,   &yh_cmd_archive,  &yh_cmd_order,
	&yh_cmd_backup,   &yh_cmd_rescue,   &yh_cmd_restore,
	&yh_cmd_fsck,     &yh_cmd_manual,   &yh_cmd_field_key_new,
	&yh_cmd_selftest, &yh_cmd_manifest, &help,
	&version,
};

const struct yh_cmd *const *yh_commands(size_t *n)
{
	*n = YH_LEN(commands);
	return commands;
}

const struct yh_cmd *yh_commands_find(const char *name)
{
	for (size_t i = 0; i < YH_LEN(commands); i++)
		if (strcmp(commands[i]->name, name) == 0)
			return commands[i];
	return NULL;
}

const struct yh_cmd *yh_commands_find_two(const char *noun, const char *verb)
{
	char name[64];

	(void)snprintf(name, sizeof name, "%.30s %.30s", noun, verb);
	return yh_commands_find(name);
}

void yh_commands_list(FILE *to)
{
	(void)fputs("云衡 yunheng\n用法 / usage: yunheng COMMAND [ARGUMENT…]\n\n", to);
	for (size_t i = 0; i < YH_LEN(commands); i++)
		(void)fprintf(to, "  %-24s %s / %s\n", commands[i]->name, commands[i]->zh,
			      commands[i]->en);
	(void)fputs("\n服务器上的操作 / operations of the server:\n", to);
	yh_remote_list(NULL, to);
}

enum yh_exit yh_commands_show(const struct yh_cmd *cmd)
{
	(void)printf("yunheng %s %s\n%s\n%s\n", cmd->name, cmd->synopsis, cmd->zh, cmd->en);
	if (cmd->details)
		(void)printf("\n%s", cmd->details);
	if (yh_remote_knows(cmd->name, NULL)) {
		(void)fputs("\n服务器上的操作 / operations of the server:\n", stdout);
		yh_remote_list(cmd->name, stdout);
	}
	return YH_EXIT_OK;
}

enum yh_exit yh_commands_unknown(const char *name)
{
	(void)fprintf(stderr, "yunheng: 没有这个命令 / no such command: %s\n", name);
	yh_commands_list(stderr);
	return YH_EXIT_USAGE;
}

/* Of a noun all its verbs, of a verb what it takes. */
static enum yh_exit help_of_two(const struct yh_cmd *self, char *noun, char *verb)
{
	char asked[] = "--help";
	char *words[] = { noun, verb, asked };
	const struct yh_cmd *cmd = yh_commands_find_two(noun, verb);

	if (cmd)
		return yh_commands_show(cmd);
	return yh_remote_knows(noun, NULL) ? yh_remote_run(3, words) : yh_cmd_usage(self, noun);
}

static enum yh_exit run_help(const struct yh_cmd *self, int argc, char **argv)
{
	const struct yh_cmd *cmd;

	if (argc > 3)
		return yh_cmd_usage(self, argv[3]);
	if (argc == 3)
		return help_of_two(self, argv[1], argv[2]);
	if (argc < 2) {
		yh_commands_list(stdout);
		return YH_EXIT_OK;
	}
	cmd = yh_commands_find(argv[1]);
	if (cmd)
		return yh_commands_show(cmd);
	if (!yh_remote_knows(argv[1], NULL))
		return yh_commands_unknown(argv[1]);
	yh_remote_list(argv[1], stdout);
	return YH_EXIT_OK;
}

static enum yh_exit run_version(const struct yh_cmd *self, int argc, char **argv)
{
	if (argc > 1)
		return yh_cmd_usage(self, argv[1]);
	(void)puts("yunheng " YH_VERSION);
	return YH_EXIT_OK;
}
