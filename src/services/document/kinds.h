/* What a file is, judged by its bytes and not by what somebody calls it. */
#ifndef YH_SERVICES_DOCUMENT_KINDS_H
#define YH_SERVICES_DOCUMENT_KINDS_H

#include "base/err.h"

struct yh_document_kind {
	const char *name;       /* "pdf" */
	const char *type;       /* the media type it is served as */
	const char *extensions; /* that its name may end with: ".jpg.jpeg" */
};

enum { YH_DOCUMENT_NAME = 600, YH_DOCUMENT_NAME_CHARS = 150 };

/* NULL: no such kind. */
const struct yh_document_kind *yh_document_kind(const char *name);
/* All of them; ends with a NULL name. */
const struct yh_document_kind *yh_document_kinds(void);

/* Judges what `fd` holds, `size_bytes` of it. `name` decides only between texts. BAD_INPUT
 * "document-kind-unknown" for what is none of them; "document-macro" for what brings programs
 * along; TOO_LARGE "document-parts" (figure max) for an archive of more parts. */
YH_CHECK enum yh_rc yh_document_judge(int fd, int64_t size_bytes, const char *name,
				      const struct yh_document_kind **out, struct yh_err *err);

/* Is it a name that a file can have and that shows itself as it is: no path, nothing that cannot be
 * seen or turns the direction of writing, an ending of `kind`? BAD_INPUT "document-name" or
 * "document-name-other" (figures name, kind). */
YH_CHECK enum yh_rc yh_document_name_check(const char *name, const struct yh_document_kind *kind,
					   struct yh_err *err);

#endif
