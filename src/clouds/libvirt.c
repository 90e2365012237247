/* Fulfilment by libvirt: machines of one host, or of one libvirt that stands for a cluster. */
#include <string.h>

#include "clouds/libvirt_internal.h"

static const struct yh_cloud_key keys[] = {
	{ "uri", YH_CLOUD_TEXT, true, NULL },
	{ "pool", YH_CLOUD_TEXT, true, NULL },
	{ "type", YH_CLOUD_TEXT, true, "kvm|qemu|test" },
	{ "arch", YH_CLOUD_TEXT, true, NULL },
	{ "network", YH_CLOUD_TEXT, false, NULL },
	{ "image", YH_CLOUD_TEXT, false, NULL },
	{ "images", YH_CLOUD_TEXT, false, NULL }, /* by item, see yh_cloud_for_item */
	{ "cpu_ratio", YH_CLOUD_TEXT, false, "1|2|3|4|5|6|8|10|12|16" },
	{ "connect_s", YH_CLOUD_TEXT, false, "1|2|5|10|20|30|60" },
	{ "shutdown_s", YH_CLOUD_TEXT, false, "0|1|2|5|10|15|20|30|40" },
	{ 0 },
};

static enum yh_rc ping(struct yh_cloud *c, struct yh_err *err)
{
	return yh_libvirt_begin(c, err);
}

const struct yh_cloud_driver *yh_cloud_driver_libvirt(void)
{
	static const struct yh_cloud_driver libvirt = {
		.name = "libvirt",
		.keys = keys,
		.by_machine = true,
		.open = yh_libvirt_open,
		.close = yh_libvirt_close,
		.ping = ping,
		.steps = yh_libvirt_steps,
		.step = yh_libvirt_step,
		.undo = yh_libvirt_undo,
		.list = yh_libvirt_list,
		.sample = yh_libvirt_sample,
		.capacity = yh_libvirt_capacity,
	};

	return &libvirt;
}
