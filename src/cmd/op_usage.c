/* How operations are called on the command line, from their declarations. */
#include "cmd/op_usage.h"

#include <string.h>

#include "api/api.h"
#include "base/mem.h"

bool yh_op_is_command(const struct yh_op *op)
{
	return (!op->raw || op->raw->spooled) && !op->live;
}

void yh_op_usage(const struct yh_op *op, struct yh_buf *out)
{
	const char *dot = strchr(op->name, '.');

	yh_buf_printf(out, "%.*s %s", (int)(dot - op->name), op->name, dot + 1);
	for (const struct yh_field *f = op->path_fields; f && f->name; f++)
		yh_buf_printf(out, " %s", f->name);
	if (op->raw)
		yh_buf_str(out, " FILE");
	yh_buf_printf(out, "%s [--dry-run]",
		      op->flags & YH_OP_RAW     ? " [--out FILE]"
		      : op->flags & YH_OP_PAGED ? " [--format table|json|csv] [--as csv|xlsx "
						  "[--columns A,B] [--titles A|B] --out FILE]"
						: " [--format table|json|csv]");
}

void yh_op_each(void (*fn)(void *arg, const struct yh_op *op), void *arg)
{
	size_t n;
	const struct yh_op_table *const *tables = yh_api_tables(&n);

	for (size_t t = 0; t < n; t++)
		for (size_t i = 0; i < tables[t]->n; i++)
			if (yh_op_is_command(&tables[t]->ops[i]))
				fn(arg, &tables[t]->ops[i]);
}

static const struct yh_op_option options[] = {
	{ "format", "table|json|csv", "输出格式", "How the reply is printed", false },
	{ "lang", "zh|en", "语言，默认 zh", "The language; zh", false },
	{ "server", NULL, "服务器地址", "The server's address", false },
	{ "key", NULL, "重发时保证只做一次的键", "A key under which it is done only once", false },
	{ "if-match", NULL, "只在仍是这个版本时才做", "Only while it is of this version", false },
	{ "out", NULL, "把答复存为文件", "A file that the reply is written to", false },
	{ "limit", NULL, "一页几行，至多 200", "Lines of a page, 200 at most", true },
	{ "cursor", NULL, "从上一页给出的位置继续", "Where the page before ended", true },
	{ "as", "csv|xlsx", "把整个列表存为文件", "The whole list as a file", true },
	{ "columns", NULL, "要哪些列，以逗号分隔", "Which columns, with commas", true },
	{ "titles", NULL, "各列的标题，以 | 分隔", "The columns' titles, with |", true },
};

const struct yh_op_option *yh_op_options(size_t *n)
{
	*n = YH_LEN(options);
	return options;
}
