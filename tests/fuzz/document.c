/* Files that are handed in: their name up to a byte 0, then the bytes. */
#include <sys/mman.h>
#include <unistd.h>

#include "fuzz.h"
#include "services/document/kinds.h"

void yh_fuzz_document(const unsigned char *data, size_t n)
{
	char *name = fuzz_part(&data, &n, NULL);
	const struct yh_document_kind *kind = NULL;
	int fd = memfd_create("document", MFD_CLOEXEC);
	struct yh_err err = { 0 };
	enum yh_rc rc;

	must(fd >= 0 && (n == 0 || write(fd, data, n) == (ssize_t)n));
	rc = yh_document_judge(fd, (int64_t)n, name, &kind, &err);
	must_say(rc, &err);
	if (rc == YH_OK) {
		must(kind && yh_document_kind(kind->name) == kind);
		rc = yh_document_name_check(name, kind, &err);
		must_say(rc, &err);
		must(rc != YH_OK || (!strchr(name, '/') && !strchr(name, '\n')));
	}
	(void)close(fd);
	free(name);
}
