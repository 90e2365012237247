/* A statement as a file, for scripts that read it as its receivers do:
 * bill_probe MESSAGES FORMAT LINES STATE > FILE */
#include "base/mem.h"
#include "bills.h"
#include "export/focus.h"
#include "export/outfile.h"

static struct yh_messages *load(const char *path, struct yh_err *err)
{
	struct yh_messages *m = yh_messages_new();
	YH_FCLOSE_AUTO FILE *f = fopen(path, "rb");
	static char text[1 << 20];
	size_t n = f ? fread(text, 1, sizeof text, f) : 0;

	if (m && yh_messages_add(m, "zh", path, text, n, err) != YH_OK)
		(void)fprintf(stderr, "%s %s\n", err->slug, err->field);
	return m;
}

static enum yh_rc write_out(FILE *spool, struct yh_err *err)
{
	char block[65536];
	int64_t size;
	ssize_t n;
	int fd;
	enum yh_rc rc = yh_outfile_take(spool, &fd, &size, err);

	if (rc != YH_OK)
		return rc;
	while ((n = read(fd, block, sizeof block)) > 0)
		(void)fwrite(block, 1, (size_t)n, stdout);
	(void)close(fd);
	return YH_OK;
}

struct focus {
	const struct yh_bill *bill;
	const struct yh_messages *m;
};

static enum yh_rc focus_rows(void *arg, struct yh_table *t, struct yh_err *err)
{
	const struct focus *f = arg;

	return yh_focus_rows(f->bill, f->m, t, err);
}

int main(int argc, char **argv)
{
	struct yh_err err = { 0 };
	struct yh_messages *m;
	struct yh_bill b;
	FILE *spool;
	enum yh_rc rc;

	if (argc != 5)
		return 2;
	m = load(argv[1], &err);
	b = bill_of(strtoul(argv[3], NULL, 10), argv[4]);
	rc = yh_outfile_open(&spool, &err);
	if (rc == YH_OK) {
		if (strcmp(argv[2], "pdf") == 0)
			rc = yh_statement_pdf(spool, &b, m, &err);
		else if (strcmp(argv[2], "xlsx") == 0)
			rc = yh_statement_xlsx(spool, &b, m, &err);
		else if (strcmp(argv[2], "csv") == 0)
			rc = yh_statement_csv(spool, &b, m, &err);
		else if (strcmp(argv[2], "focus") == 0)
			rc = yh_csv_write(spool, &yh_focus_table, focus_rows,
					  &(struct focus){ &b, m }, &err);
		else
			return 2;
		if (rc == YH_OK)
			rc = write_out(spool, &err);
		else
			(void)fclose(spool);
	}
	if (rc != YH_OK)
		(void)fprintf(stderr, "%s\n", err.slug);
	free((void *)(uintptr_t)b.lines);
	yh_messages_free(m);
	return rc == YH_OK ? 0 : 1;
}
