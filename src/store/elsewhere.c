/* Clouds that are managed on the other side of a link. */
#include "store/elsewhere.h"

#include "store/read.h"

enum yh_rc yh_cloud_elsewhere(struct yh_tx *tx, const struct yh_id *cloud, struct yh_elsewhere *out,
			      struct yh_err *err)
{
	struct yh_rows *rows;
	enum yh_rc rc = yh_query(tx, err, &rows,
				 "SELECT city, district FROM link_peer WHERE cloud = $1 AND state ="
				 " 'active'",
				 YH_ID(cloud));

	*out = (struct yh_elsewhere){ 0 };
	if (rc != YH_OK)
		return rc;
	if (yh_rows_next(rows)) {
		out->is = true;
		out->city = yh_col_i64(rows, 0) != 0;
		YH_COL_COPY(rows, 1, out->district);
	}
	return yh_rows_end(rows, err);
}
