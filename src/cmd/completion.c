/* The completion for bash: what there is after one word, after two, and behind an option. */
#include <stdio.h>
#include <string.h>

#include "base/mem.h"
#include "cmd/commands.h"
#include "cmd/manual.h"
#include "cmd/op_usage.h"

/* A word of the usage may come from several tables, and bash does not mind. */
struct writing {
	struct yh_buf *b;
	const char *noun; /* whose verbs are written; NULL: all nouns */
	size_t nouns;
	char names[128][32];
};

static bool is_name(const char *text, size_t n)
{
	return n > 0 && strspn(text, "abcdefghijklmnopqrstuvwxyz0123456789_-.") >= n;
}

void yh_manual_options(const char *text, void (*fn)(void *arg, const char *name), void *arg)
{
	for (const char *at = strstr(text, "--"); at; at = strstr(at + 2, "--")) {
		size_t n = strspn(at + 2, "abcdefghijklmnopqrstuvwxyz-");
		char name[40], word[48];
		const char *first = text;

		if (n == 0 || n >= sizeof name)
			continue;
		(void)snprintf(name, sizeof name, "%.*s", (int)n, at + 2);
		(void)snprintf(word, sizeof word, "--%s", name);
		/* the same in front of another letter is another option */
		while ((first = strstr(first, word)) && first < at &&
		       strchr("abcdefghijklmnopqrstuvwxyz-", first[strlen(word)]) &&
		       first[strlen(word)])
			first++;
		if (first == at)
			fn(arg, name);
	}
}

static void add_noun(struct writing *w, const char *text, size_t n)
{
	for (size_t i = 0; i < w->nouns; i++)
		if (strlen(w->names[i]) == n && strncmp(w->names[i], text, n) == 0)
			return;
	if (w->nouns < YH_LEN(w->names) && n < sizeof w->names[0])
		(void)snprintf(w->names[w->nouns++], sizeof w->names[0], "%.*s", (int)n, text);
}

static void add_op_noun(void *arg, const struct yh_op *op)
{
	add_noun(arg, op->name, strcspn(op->name, "."));
}

static void add_op_verb(void *arg, const struct yh_op *op)
{
	struct writing *w = arg;
	size_t len = strlen(w->noun);

	if (strncmp(op->name, w->noun, len) == 0 && op->name[len] == '.')
		yh_buf_printf(w->b, " %s", op->name + len + 1);
}

/* "check FILE | keys": the first word of each way to call it, and a choice of the only argument. */
static void write_ways(struct yh_buf *b, const char *synopsis)
{
	for (const char *way = synopsis; way && *way;) {
		const char *next = strstr(way, " | ");
		size_t n = strcspn(way, " \n");

		for (const char *at = way; at < way + n;) {
			size_t word = strcspn(at, "| \n");

			if (is_name(at, word) && at[0] != '-')
				yh_buf_printf(b, " %.*s", (int)word, at);
			at += word + (at[word] == '|');
			if (word == 0)
				break;
		}
		way = next ? next + 3 : NULL;
	}
}

static void write_verbs(struct writing *w)
{
	size_t n;
	const struct yh_cmd *const *commands = yh_commands(&n);
	size_t len = strlen(w->noun);

	yh_buf_printf(w->b, "\t%s) echo", w->noun);
	if (strcmp(w->noun, "help") == 0)
		yh_buf_str(w->b, " $_yunheng_nouns");
	for (size_t i = 0; i < n; i++) {
		if (strcmp(commands[i]->name, w->noun) == 0)
			write_ways(w->b, commands[i]->synopsis);
		else if (strncmp(commands[i]->name, w->noun, len) == 0 &&
			 commands[i]->name[len] == ' ')
			yh_buf_printf(w->b, " %s", commands[i]->name + len + 1);
	}
	yh_op_each(add_op_verb, w);
	yh_buf_str(w->b, " ;;\n");
}

static void write_option(void *arg, const char *name)
{
	yh_buf_printf(arg, " --%s", name);
}

static void write_op_options(void *arg, const struct yh_op *op)
{
	struct writing *w = arg;
	const struct yh_field *const lists[] = { op->query_fields, op->body_fields };
	size_t n, noun = strcspn(op->name, ".");
	const struct yh_op_option *common = yh_op_options(&n);

	yh_buf_printf(w->b, "\t'%.*s %s') echo", (int)noun, op->name, op->name + noun + 1);
	for (size_t i = 0; i < YH_LEN(lists); i++)
		for (const struct yh_field *f = lists[i]; f && f->name; f++)
			yh_buf_printf(w->b, " --%s", f->name);
	yh_buf_str(w->b, " --dry-run");
	for (size_t i = 0; i < n; i++)
		if (!common[i].paged || op->flags & YH_OP_PAGED)
			yh_buf_printf(w->b, " --%s", common[i].name);
	yh_buf_str(w->b, " ;;\n");
}

static void write_choices(struct yh_buf *b, const char *choices)
{
	for (const char *c = choices; *c; c++)
		yh_buf_add(b, *c == '|' ? " " : c, 1);
}

static void write_op_words(void *arg, const struct yh_op *op)
{
	struct writing *w = arg;
	const struct yh_field *const lists[] = { op->query_fields, op->body_fields };
	size_t noun = strcspn(op->name, ".");

	for (size_t i = 0; i < YH_LEN(lists); i++)
		for (const struct yh_field *f = lists[i]; f && f->name; f++) {
			if (!f->choices && f->type != YH_F_BOOL)
				continue;
			yh_buf_printf(w->b, "\t'%.*s %s --%s') echo '", (int)noun, op->name,
				      op->name + noun + 1, f->name);
			write_choices(w->b, f->choices ? f->choices : "true|false");
			yh_buf_str(w->b, "' ;;\n");
		}
}

static void write_commands_options(struct yh_buf *b)
{
	size_t n;
	const struct yh_cmd *const *commands = yh_commands(&n);

	for (size_t i = 0; i < n; i++) {
		bool two = strchr(commands[i]->name, ' ') != NULL;

		yh_buf_printf(b, "\t'%s'%s) echo", commands[i]->name, two ? "" : "*");
		yh_manual_options(commands[i]->synopsis, write_option, b);
		if (commands[i]->details)
			yh_manual_options(commands[i]->details, write_option, b);
		yh_buf_str(b, " ;;\n");
	}
}

static const char tail[] =
	"_yunheng() {\n"
	"\tlocal cur=${COMP_WORDS[COMP_CWORD]} noun=${COMP_WORDS[1]} verb=${COMP_WORDS[2]}\n"
	"\tlocal before=${COMP_WORDS[COMP_CWORD - 1]} words=\n"
	"\tCOMPREPLY=()\n"
	"\tif [ \"$COMP_CWORD\" -eq 1 ]; then\n"
	"\t\twords=$_yunheng_nouns\n"
	"\telif [ \"$COMP_CWORD\" -gt 2 ] && [ \"${before#--}\" != \"$before\" ]; then\n"
	"\t\twords=$(_yunheng_words \"$noun $verb $before\")\n"
	"\tfi\n"
	"\tif [ -z \"$words\" ] && [ \"${cur#-}\" != \"$cur\" ]; then\n"
	"\t\twords=$(_yunheng_options \"$noun $verb\")\n"
	"\telif [ \"$COMP_CWORD\" -eq 2 ]; then\n"
	"\t\twords=$(_yunheng_verbs \"$noun\")\n"
	"\tfi\n"
	"\t[ -z \"$words\" ] || mapfile -t COMPREPLY < <(compgen -W \"$words\" -- \"$cur\")\n"
	"}\n"
	"complete -o default -F _yunheng yunheng\n";

void yh_completion_write(struct yh_buf *b)
{
	struct writing w = { .b = b };
	size_t n;
	const struct yh_cmd *const *commands = yh_commands(&n);
	const struct yh_op_option *common;

	for (size_t i = 0; i < n; i++)
		add_noun(&w, commands[i]->name, strcspn(commands[i]->name, " "));
	yh_op_each(add_op_noun, &w);
	yh_buf_str(b, "# bash completion for yunheng\n_yunheng_nouns='");
	for (size_t i = 0; i < w.nouns; i++)
		yh_buf_printf(b, "%s%s", i ? " " : "", w.names[i]);
	yh_buf_str(b, "'\n_yunheng_verbs() {\n\tcase $1 in\n");
	for (size_t i = 0; i < w.nouns; i++) {
		w.noun = w.names[i];
		write_verbs(&w);
	}
	yh_buf_str(b, "\tesac\n}\n_yunheng_options() {\n\tcase $1 in\n");
	yh_op_each(write_op_options, &w);
	write_commands_options(b);
	yh_buf_str(b, "\tesac\n}\n_yunheng_words() {\n\tcase $1 in\n");
	yh_op_each(write_op_words, &w);
	common = yh_op_options(&n);
	for (size_t i = 0; i < n; i++)
		if (common[i].choices) {
			yh_buf_printf(b, "\t*' --%s') echo '", common[i].name);
			write_choices(b, common[i].choices);
			yh_buf_str(b, "' ;;\n");
		}
	yh_buf_str(b, "\tesac\n}\n");
	yh_buf_str(b, tail);
}
