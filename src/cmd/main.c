/* yunheng: the command line. Finds the subcommand in a table and runs it. */
#include <stdio.h>
#include <string.h>

#include "cmd/cmd.h"
#include "cmd/commands.h"
#include "cmd/remote.h"

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
		yh_commands_list(stderr);
		return YH_EXIT_USAGE;
	}
	name = argv[1];
	if (strcmp(name, "--help") == 0 || strcmp(name, "-h") == 0)
		name = "help";
	else if (strcmp(name, "--version") == 0)
		name = "version";
	cmd = yh_commands_find(name);
	/* a verb of a noun of the server's that is not the server's: "meter import" */
	two = argc > 2 ? yh_commands_find_two(name, argv[2]) : NULL;
	if (two) {
		cmd = two;
		argc--;
		argv++;
	}
	if (!cmd && yh_remote_knows(name, NULL))
		return yh_remote_run(argc - 1, argv + 1);
	if (!cmd)
		return yh_commands_unknown(name);
	if (asks_help(argc - 1, argv + 1))
		return argc > 2 && yh_remote_knows(name, argv[2])
			       ? yh_remote_run(argc - 1, argv + 1)
			       : yh_commands_show(cmd);
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
