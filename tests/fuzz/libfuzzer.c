/* The fuzzer itself: YH_FUZZ names the target. See tests/fuzz/run. */
#include <stdio.h>

#include "fuzz.h"

int LLVMFuzzerInitialize(int *argc, char ***argv);
int LLVMFuzzerTestOneInput(const unsigned char *data, size_t n);

static yh_fuzz_fn target;

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
	const char *name = getenv("YH_FUZZ");

	(void)argc;
	(void)argv;
	target = yh_fuzz_find(name ? name : "");
	if (!target) {
		(void)fprintf(stderr, "fuzz: YH_FUZZ names no target\n");
		exit(2);
	}
	return 0;
}

int LLVMFuzzerTestOneInput(const unsigned char *data, size_t n)
{
	target(data, n);
	return 0;
}
