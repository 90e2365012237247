/* What the table's formats share; nobody else includes it. */
#ifndef YH_EXPORT_TABLE_INTERNAL_H
#define YH_EXPORT_TABLE_INTERNAL_H

#include "export/table.h"

struct yh_table {
	const struct yh_table_spec *spec;
	enum yh_rc (*put)(struct yh_table *t, const struct yh_cell *cells, struct yh_err *err);
	int64_t rows;
};

#endif
