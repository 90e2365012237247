/* Runs a fuzz target over files, as an ordinary test: replay TARGET FILE-OR-FOLDER… */
#include <dirent.h>
#include <stdio.h>
#include <sys/stat.h>

#include "fuzz.h"

static unsigned ran;

static void run_file(yh_fuzz_fn target, const char *path)
{
	FILE *f = fopen(path, "rb");
	struct stat st;
	unsigned char *data;
	size_t n;

	if (!f || fstat(fileno(f), &st) != 0) {
		(void)fprintf(stderr, "replay: %s cannot be read\n", path);
		exit(1);
	}
	/* just as large as it is, so that a byte behind it is noticed */
	data = malloc((size_t)st.st_size + (st.st_size == 0));
	must(data != NULL);
	n = fread(data, 1, (size_t)st.st_size, f);
	(void)fclose(f);
	target(data, n);
	free(data);
	ran++;
}

static void run(yh_fuzz_fn target, const char *path)
{
	struct stat st;
	struct dirent *e;
	char full[4096];
	DIR *d;

	if (stat(path, &st) == 0 && !S_ISDIR(st.st_mode)) {
		run_file(target, path);
		return;
	}
	d = opendir(path);
	while (d && (e = readdir(d)))
		if (e->d_name[0] != '.') {
			(void)snprintf(full, sizeof full, "%s/%s", path, e->d_name);
			run(target, full);
		}
	if (d)
		(void)closedir(d);
}

int main(int argc, char **argv)
{
	yh_fuzz_fn target = argc > 1 ? yh_fuzz_find(argv[1]) : NULL;

	if (!target) {
		(void)fprintf(stderr, "replay: TARGET FILE-OR-FOLDER…\n");
		return 2;
	}
	for (int i = 2; i < argc; i++)
		run(target, argv[i]);
	(void)printf("%u inputs\n", ran);
	return ran == 0;
}
