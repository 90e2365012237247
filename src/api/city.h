/* The wall screen of the city in parts, each written anew only now and then, once for everybody. */
#ifndef YH_API_CITY_H
#define YH_API_CITY_H

#include "http/op.h"
#include "services/overview/platform.h"

/* What writing the parts of one moment needs. */
struct yh_city_look {
	struct yh_req *rq; /* no actor; the transaction while one is open */
	struct yh_platform_cloud *clouds;
	size_t n_clouds;
};

struct yh_city_part {
	const char *key;
	int64_t every_ms; /* it is good for so long */
	/* Each writes its value under `key`. In the transaction, or behind it when `metered`. */
	enum yh_rc (*write)(struct yh_city_look *l, const char *key, struct yh_err *err);
	bool metered;
};

enum { YH_CITY_PARTS = 11 };
extern const struct yh_city_part yh_city_parts[YH_CITY_PARTS];

/* A ratio or an amount; NaN as null. */
void yh_city_real(struct yh_jw *w, const char *key, double value);
/* Of a part to a whole. */
void yh_city_ratio(struct yh_jw *w, const char *key, double part, double whole);
/* `dimensions` of a cloud: quota and allocated from the allocation, capacity from the meter. */
struct yh_city_dim {
	const char *dim;
	int64_t quota_milli, allocated_milli;
};
YH_CHECK enum yh_rc yh_city_dims(struct yh_ctx *cx, const struct yh_id *cloud,
				 struct yh_city_dim **out, size_t *n, struct yh_err *err);
void yh_city_write_dims(struct yh_req *rq, const struct yh_platform_cloud *cloud,
			const struct yh_city_dim *dims, size_t n);

/* May the actor see by the request's operation what is of a district ("": of the city)? Whoever the
 * matrix limits, unless it is one of the city's own bodies, sees its own district. */
YH_CHECK enum yh_rc yh_city_sees(const struct yh_req *rq, const char *district, bool *seen,
				 struct yh_err *err);

#endif
