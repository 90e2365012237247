/* How yunheng-agent is called: its own usage and its manual page. */
#ifndef YH_CMD_AGENT_USAGE_H
#define YH_CMD_AGENT_USAGE_H

static const struct yh_agent_call {
	const char *call, *zh, *en;
} yh_agent_calls[] = {
	{ "enrol --server URL --code CODE [--interval SECONDS] [--spool KIB] [--ca FILE] "
	  "[--dir DIR]",
	  "登记", "enrol this machine" },
	{ "run [--dir DIR]", "运行", "measure and send" },
	{ "goodbye [--force] [--dir DIR]", "卸载前告别", "before removal" },
	{ "version", "显示版本", "show the version" },
};

#endif
