/* What the files of this folder share. */
#ifndef YH_SERVICES_DOCUMENT_INTERNAL_H
#define YH_SERVICES_DOCUMENT_INTERNAL_H

#include "services/document/document.h"

struct yh_documents {
	struct yh_files files;
	_Atomic unsigned shelf; /* the next to be looked through */
};

#endif
