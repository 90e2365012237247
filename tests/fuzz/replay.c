/* Runs a fuzz target over files, as an ordinary test: replay FILE-OR-FOLDER… */
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>

int LLVMFuzzerTestOneInput(const unsigned char *data, size_t n);

static unsigned ran;

static void run_file(const char *path)
{
	FILE *f = fopen(path, "rb");
	unsigned char *data = malloc(8 << 20);
	size_t n;

	if (!f || !data) {
		(void)fprintf(stderr, "replay: %s cannot be read\n", path);
		exit(1);
	}
	n = fread(data, 1, 8 << 20, f);
	(void)fclose(f);
	(void)LLVMFuzzerTestOneInput(data, n);
	free(data);
	ran++;
}

static void run(const char *path)
{
	struct stat st;
	struct dirent *e;
	char full[4096];
	DIR *d;

	if (stat(path, &st) == 0 && !S_ISDIR(st.st_mode)) {
		run_file(path);
		return;
	}
	d = opendir(path);
	while (d && (e = readdir(d)))
		if (e->d_name[0] != '.') {
			(void)snprintf(full, sizeof full, "%s/%s", path, e->d_name);
			run(full);
		}
	if (d)
		(void)closedir(d);
}

int main(int argc, char **argv)
{
	for (int i = 1; i < argc; i++)
		run(argv[i]);
	(void)printf("%u inputs\n", ran);
	return ran == 0;
}
