/* The fuzz targets by name. */
#include "fuzz.h"

yh_fuzz_fn yh_fuzz_find(const char *name)
{
#define FUZZ_ENTRY(target) { #target, yh_fuzz_##target },
	static const struct {
		const char *name;
		yh_fuzz_fn run;
	} all[] = { FUZZ_TARGETS(FUZZ_ENTRY) };
#undef FUZZ_ENTRY

	for (size_t i = 0; i < sizeof all / sizeof all[0]; i++)
		if (strcmp(all[i].name, name) == 0)
			return all[i].run;
	return NULL;
}
