/* yunheng field-key new: a key that fields of the store are sealed under, in its file. */
#include <stdio.h>

#include "base/ring.h"
#include "cmd/cmd.h"

static enum yh_exit run(const struct yh_cmd *self, int argc, char **argv);

const struct yh_cmd yh_cmd_field_key_new = {
	.name = "field-key new",
	.synopsis = "FILE",
	.zh = "在密钥文件中新增一把字段密钥，打印其编号；没有文件则新建",
	.en = "Add a key for sealed fields to its file, which is made when there is none",
	.details =
		"文件放在数据目录之外，只让服务账户读；各服务器用同一份。新增后在服务器上执行 "
		"field-key rotate。\n"
		"Keep the file outside of the data directory; servers of one store share it. Then "
		"have the server take it up: field-key rotate.\n",
	.run = run,
};

static enum yh_exit run(const struct yh_cmd *self, int argc, char **argv)
{
	struct yh_err err = { 0 };
	char id[YH_RING_ID];

	if (argc != 2)
		return yh_cmd_usage(self, argc > 2 ? argv[2] : "FILE");
	if (yh_ring_add(argv[1], id, &err) != YH_OK)
		return yh_cmd_fail(&err);
	(void)puts(id);
	return YH_EXIT_OK;
}
