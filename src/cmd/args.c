/* Sorts options from plain arguments. */
#include "cmd/args.h"

#include <stdint.h>
#include <string.h>

static bool is_option(const char *text)
{
	return text[0] == '-' && text[1] && !(text[1] >= '0' && text[1] <= '9');
}

static const struct yh_opt *find(const struct yh_opt *table, const char *name, size_t len)
{
	for (const struct yh_opt *a = table; a->name; a++)
		if (strlen(a->name) == len && strncmp(a->name, name, len) == 0)
			return a;
	return NULL;
}

/* Takes the option at argv[at]; returns how many arguments it used, 0 when it is wrong. `seen` has
 * a bit for each option of the table: a value that is there already may be a default. */
static int take_option(int argc, char **argv, int at, const struct yh_opt *table, uint64_t *seen)
{
	const char *name = argv[at] + 2;
	const char *equals = strchr(argv[at], '=');
	const struct yh_opt *a;

	if (argv[at][1] != '-')
		return 0;
	a = find(table, name, equals ? (size_t)(equals - name) : strlen(name));
	if (!a || *seen & UINT64_C(1) << (a - table))
		return 0;
	*seen |= UINT64_C(1) << (a - table);
	if (a->flag) {
		if (equals)
			return 0;
		*a->flag = true;
		return 1;
	}
	if (equals) {
		*a->value = equals + 1;
		return 1;
	}
	if (at + 1 >= argc)
		return 0;
	*a->value = argv[at + 1];
	return 2;
}

int yh_args_take(int argc, char **argv, const struct yh_opt *table, const char **bad)
{
	bool only_plain = false;
	uint64_t seen = 0;
	int n = 0, used;

	for (int at = 1; at < argc; at += used) {
		used = 1;
		if (!only_plain && strcmp(argv[at], "--") == 0) {
			only_plain = true;
		} else if (only_plain || !is_option(argv[at])) {
			argv[++n] = argv[at];
		} else {
			used = take_option(argc, argv, at, table, &seen);
			if (used == 0) {
				*bad = argv[at];
				return -1;
			}
		}
	}
	return n;
}
