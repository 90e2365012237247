/* What checking schemas and checking values share. */
#ifndef YH_LAW_FORM_INTERNAL_H
#define YH_LAW_FORM_INTERNAL_H

/* Lengths and items where the schema names no most, and the most it may name. */
enum {
	YH_FORM_LENGTH = 4000,
	YH_FORM_ITEMS = 500,
	YH_FORM_LENGTH_MAX = 65536,
	YH_FORM_ITEMS_MAX = 2000
};

#endif
