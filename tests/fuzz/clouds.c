/* The file that says by which driver a cloud is reached. */
#include <stdio.h>
#include <sys/mman.h>
#include <unistd.h>

#include "clouds/clouds.h"
#include "fuzz.h"

void yh_fuzz_clouds(const unsigned char *data, size_t n)
{
	int fd = memfd_create("clouds", MFD_CLOEXEC);
	struct yh_clouds *c = NULL;
	struct yh_err err = { 0 };
	char path[32];
	enum yh_rc rc;

	must(fd >= 0 && write(fd, data, n) == (ssize_t)n);
	(void)snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
	rc = yh_clouds_load(path, NULL, 0, &c, &err);
	must_say(rc, &err);
	for (size_t i = 0; rc == YH_OK && i < yh_clouds_n(c); i++) {
		const struct yh_cloud_config *one = yh_clouds_at(c, i, NULL);
		char choice[YH_CLOUD_CHOICE];

		must(one->code[0] && one->driver && yh_clouds_of(c, one->code) == one);
		(void)yh_cloud_item_named(one, "vm-x86-4c8g");
		(void)yh_cloud_for_item(one, "vm-arm-4c8g", "image", "images", choice);
	}
	yh_clouds_free(c);
	(void)close(fd);
}
