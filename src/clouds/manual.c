/* Manual fulfilment: the vendor's person does the work and confirms it with the identifier. */
#include "clouds/driver.h"

#include <string.h>

static enum yh_rc carried_out(const struct yh_cloud_driver *self,
			      const struct yh_cloud_order *order, const char **ref,
			      struct yh_err *err)
{
	enum yh_rc rc;

	(void)self;
	if (order->act == YH_CLOUD_OPEN && !order->confirmed_ref)
		return yh_fail_field(err, YH_BAD_INPUT, "provider-ref-missing", "/form/resources");
	if (order->confirmed_ref && order->provider_ref &&
	    strcmp(order->confirmed_ref, order->provider_ref) != 0) {
		rc = yh_fail_field(err, YH_CONFLICT, "provider-ref-changed", "/form/resources");
		yh_err_text(err, "resource", order->resource_no);
		yh_err_text(err, "registered", order->provider_ref);
		yh_err_text(err, "confirmed", order->confirmed_ref);
		return rc;
	}
	*ref = order->act == YH_CLOUD_OPEN ? order->confirmed_ref : order->provider_ref;
	return YH_OK;
}

const struct yh_cloud_driver *yh_cloud_driver_manual(void)
{
	static const struct yh_cloud_driver manual = { .name = "manual",
						       .carried_out = carried_out };

	return &manual;
}
