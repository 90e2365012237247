/* A server's port on the network that the configuration names. */
#include "clouds/openstack.h"

#include <stdio.h>

enum yh_rc yh_os_port_make(struct yh_cloud *c, const struct yh_cloud_order *o,
			   char ref[YH_CLOUD_REF], struct yh_err *err)
{
	YH_JSON_AUTO port = NULL;
	char network[64], tag[YH_OS_TAG];
	enum yh_rc rc = yh_os_find_port(c, o, &port, err);

	(void)ref;
	if (rc != YH_OK || port)
		return rc;
	rc = yh_os_network(c, network, err);
	if (rc != YH_OK)
		return rc;
	return yh_os_post(c, YH_OS_NETWORK, "/v2.0/ports",
			  json_pack("{s:{s:s,s:s,s:s}}", "port", "network_id", network, "name",
				    o->resource_no, "description", yh_os_tag(o, tag)),
			  NULL, err);
}

enum yh_rc yh_os_port_remove(struct yh_cloud *c, const struct yh_cloud_order *o,
			     char ref[YH_CLOUD_REF], struct yh_err *err)
{
	YH_JSON_AUTO port = NULL;
	char path[YH_OS_PATH];
	enum yh_rc rc;

	(void)ref;
	if (!c->endpoint[YH_OS_NETWORK]) /* then there was none */
		return YH_OK;
	rc = yh_os_find_port(c, o, &port, err);
	if (rc != YH_OK || !port)
		return rc;
	(void)snprintf(path, sizeof path, "/v2.0/ports/%s", yh_json_text(port, "id"));
	return yh_os_delete(c, YH_OS_NETWORK, path, err);
}
