/* yunheng openapi: the API's description without a server, for who builds against it. */
#include <stdio.h>

#include "api/api.h"
#include "cmd/args.h"
#include "cmd/packs.h"
#include "http/openapi.h"

enum { OUT_BYTES = 16 * 1024 * 1024 };

static enum yh_exit print(const char *name)
{
	const struct yh_op_table *const *tables;
	struct yh_err err = { 0 };
	struct yh_pack *pack;
	struct yh_buf out;
	enum yh_exit x = yh_cmd_pack_load(name, "zh", &pack);
	size_t n;

	if (x != YH_EXIT_OK)
		return x;
	tables = yh_api_tables(&n);
	yh_buf_init(&out, OUT_BYTES);
	yh_openapi_whole(&out, tables, n, pack);
	if (yh_buf_ok(&out)) {
		(void)fputs(yh_buf_text(&out), stdout);
	} else {
		(void)yh_fail(&err, YH_TOO_LARGE, "reply-too-large");
		x = yh_cmd_fail(&err);
	}
	yh_buf_done(&out);
	yh_pack_free(pack);
	return x;
}

static enum yh_exit run(const struct yh_cmd *self, int argc, char **argv)
{
	const char *bad = NULL, *name = NULL;
	const struct yh_opt options[] = { { .name = "pack", .value = &name }, { 0 } };
	int n = yh_args_take(argc, argv, options, &bad);

	if (n != 0)
		return yh_cmd_usage(self, n < 0 ? bad : argv[1]);
	return print(name ? name : YH_CMD_PACK_USUAL);
}

const struct yh_cmd yh_cmd_openapi = {
	.name = "openapi",
	.synopsis = "[--pack NAME|DIR]",
	.zh = "输出接口说明（OpenAPI 3.1），不需要服务器",
	.en = "Print the API as an OpenAPI 3.1 document, without a server",
	.details =
		"与服务器装有同一政策包时 /api/v1/openapi.json 的内容逐字节相同\n"
		"the same bytes as a server's /api/v1/openapi.json with that pack\n"
		"\n"
		"  --pack NAME|DIR  默认 shanghai-2022；含“/”的视为目录 / with a slash: a folder\n",
	.run = run,
};
