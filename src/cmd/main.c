/* yunheng: the command line. Finds the subcommand in a table and runs it. */
#include <stdio.h>
#include <string.h>

#include "base/mem.h"
#include "cmd/cmd.h"
#include "cmd/remote.h"

static enum yh_exit run_help(const struct yh_cmd *self, int argc, char **argv);
static enum yh_exit run_version(const struct yh_cmd *self, int argc, char **argv);

static const struct yh_cmd help = {
	.name = "help",
	.synopsis = "[COMMAND]",
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
	&yh_cmd_deadline, &yh_cmd_policy,   &yh_cmd_init,
	&yh_cmd_migrate,  &yh_cmd_install,  &yh_cmd_secadmin,
	&yh_cmd_audit,    &yh_cmd_simulate, &yh_cmd_import,
	&yh_cmd_opening,  &yh_cmd_config,   &yh_cmd_openapi,
	&yh_cmd_paper,    &yh_cmd_pledge,   &yh_cmd_report,
	&yh_cmd_archive,  &yh_cmd_order,    &yh_cmd_backup,
	&yh_cmd_restore,  &yh_cmd_fsck,     &help,
	&version,
};

static const struct yh_cmd *find(const char *name)
{
	for (size_t i = 0; i < YH_LEN(commands); i++)
		if (strcmp(commands[i]->name, name) == 0)
			return commands[i];
	return NULL;
}

static const struct yh_cmd *find_two(const char *noun, const char *verb)
{
	char name[64];

	(void)snprintf(name, sizeof name, "%.30s %.30s", noun, verb);
	return find(name);
}

static void list(FILE *to)
{
	(void)fputs("云衡 yunheng\n用法 / usage: yunheng COMMAND [ARGUMENT…]\n\n", to);
	for (size_t i = 0; i < YH_LEN(commands); i++)
		(void)fprintf(to, "  %-24s %s / %s\n", commands[i]->name, commands[i]->zh,
			      commands[i]->en);
	(void)fputs("\n服务器上的操作 / operations of the server:\n", to);
	yh_remote_list(NULL, to);
}

static enum yh_exit unknown(const char *name)
{
	(void)fprintf(stderr, "yunheng: 没有这个命令 / no such command: %s\n", name);
	list(stderr);
	return YH_EXIT_USAGE;
}

static enum yh_exit show(const struct yh_cmd *cmd)
{
	(void)printf("yunheng %s %s\n%s\n%s\n", cmd->name, cmd->synopsis, cmd->zh, cmd->en);
	if (cmd->details)
		(void)printf("\n%s", cmd->details);
	return YH_EXIT_OK;
}

static enum yh_exit run_help(const struct yh_cmd *self, int argc, char **argv)
{
	const struct yh_cmd *cmd;

	if (argc > 2)
		return yh_cmd_usage(self, argv[2]);
	if (argc < 2) {
		list(stdout);
		return YH_EXIT_OK;
	}
	cmd = find(argv[1]);
	return cmd ? show(cmd) : unknown(argv[1]);
}

static enum yh_exit run_version(const struct yh_cmd *self, int argc, char **argv)
{
	if (argc > 1)
		return yh_cmd_usage(self, argv[1]);
	(void)puts("yunheng " YH_VERSION);
	return YH_EXIT_OK;
}

/* Does the user ask for the help of this subcommand, rather than for its work? */
static bool asks_help(int argc, char **argv)
{
	for (int i = 1; i < argc && strcmp(argv[i], "--") != 0; i++)
		if (strcmp(argv[i], "--help") == 0 || strcmp(argv[i], "-h") == 0)
			return true;
	return false;
}

static enum yh_exit dispatch(int argc, char **argv)
{
	const struct yh_cmd *cmd, *two;
	const char *name;

	if (argc < 2) {
		list(stderr);
		return YH_EXIT_USAGE;
	}
	name = argv[1];
	if (strcmp(name, "--help") == 0 || strcmp(name, "-h") == 0)
		name = "help";
	else if (strcmp(name, "--version") == 0)
		name = "version";
	cmd = find(name);
	/* a verb of a noun of the server's that is not the server's: "meter import" */
	two = argc > 2 ? find_two(name, argv[2]) : NULL;
	if (two) {
		cmd = two;
		argc--;
		argv++;
	}
	if (!cmd && yh_remote_knows(name, NULL))
		return yh_remote_run(argc - 1, argv + 1);
	if (!cmd)
		return unknown(name);
	if (asks_help(argc - 1, argv + 1))
		return show(cmd);
	return cmd->run(cmd, argc - 1, argv + 1);
}

int main(int argc, char **argv)
{
	enum yh_exit status = dispatch(argc, argv);

	/* A full disk or a closed pipe must not pass for success. */
	if ((fflush(stdout) != 0 || ferror(stdout)) && status == YH_EXIT_OK) {
		perror("yunheng");
		status = YH_EXIT_FAILED;
	}
	return (int)status;
}
