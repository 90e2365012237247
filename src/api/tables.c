/* The tables of operations. */
#include "api/api.h"

#define TAKE(name) &yh_ops_##name,

const struct yh_op_table *const *yh_api_tables(size_t *n)
{
	static const struct yh_op_table *const tables[] = { YH_API_TABLES(TAKE) };

	*n = sizeof tables / sizeof tables[0];
	return tables;
}
