/* Clouds that are managed on the other side of a link: their rows here are what it said, and are
 * acted on there. */
#ifndef YH_STORE_ELSEWHERE_H
#define YH_STORE_ELSEWHERE_H

#include "db/db.h"

struct yh_elsewhere {
	bool is;
	bool city; /* by the city, this being a district; else by a district, this being the city */
	char district[32];
};
YH_CHECK enum yh_rc yh_cloud_elsewhere(struct yh_tx *tx, const struct yh_id *cloud,
				       struct yh_elsewhere *out, struct yh_err *err);

/* Of a column that names a cloud: is it one of those? */
#define YH_SQL_ELSEWHERE(cloud)                                                                    \
	cloud " IN (SELECT elsewhere.cloud FROM link_peer elsewhere WHERE elsewhere.state ="       \
	      " 'active')"

#endif
