/* What drivers read of their entry in the configuration file. */
#include "clouds/driver.h"

#include <string.h>

const char *yh_cloud_value(const struct yh_cloud_config *cfg, const char *key)
{
	for (size_t i = 0; i < cfg->n_settings; i++)
		if (strcmp(cfg->settings[i].key, key) == 0)
			return cfg->settings[i].value;
	return NULL;
}

bool yh_cloud_item_named(const struct yh_cloud_config *cfg, const char *item_code)
{
	const char *p = yh_cloud_value(cfg, "items");

	while (p && *p) {
		size_t n;

		p += strspn(p, ", \t");
		n = strcspn(p, ", \t");
		if (n && p[n - 1] == '*' ? strncmp(p, item_code, n - 1) == 0
					 : n && strncmp(p, item_code, n) == 0 && !item_code[n])
			return true;
		p += n;
	}
	return false;
}

/* The length of the item's pattern in "CODE=VALUE" when it is the order's, else 0. */
static size_t matches(const char *p, const char *item)
{
	size_t n = strcspn(p, "=,");

	if (n == 0 || p[n] != '=')
		return 0;
	if (p[n - 1] == '*')
		return strncmp(p, item, n - 1) == 0 ? n : 0;
	return strncmp(p, item, n) == 0 && !item[n] ? n : 0;
}

const char *yh_cloud_for_item(const struct yh_cloud_config *cfg, const char *item_code,
			      const char *key, const char *by_item, char out[YH_CLOUD_CHOICE])
{
	const char *p = yh_cloud_value(cfg, by_item);

	while (p && *p) {
		size_t n, v;

		p += strspn(p, ", \t");
		n = matches(p, item_code);
		v = n ? strcspn(p + n + 1, ", \t") : 0;
		if (v > 0 && v < YH_CLOUD_CHOICE) {
			memcpy(out, p + n + 1, v);
			out[v] = 0;
			return out;
		}
		p += strcspn(p, ",");
	}
	return yh_cloud_value(cfg, key);
}
