/* What fulfils resources on a cloud, behind one small interface. A driver is asked by a job after
 * the commit to begin an order; when the cloud (or the vendor's person) reports it done, the order
 * is carried out in the transaction that books it. */
#ifndef YH_CLOUDS_DRIVER_H
#define YH_CLOUDS_DRIVER_H

#include "base/time.h"

enum yh_cloud_act { YH_CLOUD_OPEN, YH_CLOUD_RESIZE, YH_CLOUD_STOP, YH_CLOUD_DESTROY };

struct yh_cloud_order {
	enum yh_cloud_act act;
	const char *resource_no;   /* ours */
	const char *provider_ref;  /* the provider's identifier so far; NULL before it is opened */
	const char *confirmed_ref; /* the identifier the confirmation names; NULL: none named */
	int64_t qty_milli;
	yh_time now;
};

struct yh_cloud_driver {
	const char *name;
	/* Books an order that was carried out: *ref (borrowed from the order) is the identifier the
	 * resource has from now on. BAD_INPUT "provider-ref-missing" or CONFLICT
	 * "provider-ref-changed" when the confirmation names another machine. */
	enum yh_rc (*carried_out)(const struct yh_cloud_driver *self,
				  const struct yh_cloud_order *order, const char **ref,
				  struct yh_err *err);
};

/* Fulfilment by people: the provider confirms with its identifier. */
const struct yh_cloud_driver *yh_cloud_driver_manual(void);

#endif
