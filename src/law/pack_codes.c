/* The letters in numbers: by them cases, records and duties are told apart. */
#include <string.h>

#include "law/pack_internal.h"

const char *yh_pack_read_code(struct yh_loading *l, const struct yh_yaml *map)
{
	const char *code = yh_pack_text(l, map, "code", true);
	size_t n = code ? strlen(code) : 0;

	if (code && (n < 2 || n > 6 || strspn(code, "ABCDEFGHIJKLMNOPQRSTUVWXYZ") != n))
		yh_pack_fault(l, yh_yaml_get(map, "code")->line, "pack-code-invalid", code);
	return code ? code : "";
}

bool yh_pack_code_taken(const struct yh_loading *l, const char *code)
{
	for (size_t i = 0; i < l->p->n_registers; i++)
		if (strcmp(l->p->registers[i].code, code) == 0)
			return true;
	for (size_t i = 0; i < l->p->n_duties; i++)
		if (strcmp(l->p->duties[i].code, code) == 0)
			return true;
	return false;
}
