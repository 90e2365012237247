/* `yunheng NOUN VERB …`: an operation of the API, from its declaration. */
#ifndef YH_CMD_REMOTE_H
#define YH_CMD_REMOTE_H

#include "base/buf.h"
#include "cmd/cmd.h"
#include "cmd/saved.h"
#include "http/op.h"

/* Is there an operation of this noun and verb; of any verb with NULL? */
bool yh_remote_knows(const char *noun, const char *verb);
/* Lists the verbs of a noun, or everything with NULL. */
void yh_remote_list(const char *noun, FILE *to);
/* argv[0] is the noun, argv[1] the verb, or an option of what the noun alone means (YH_OP_NOUN). */
enum yh_exit yh_remote_run(int argc, char **argv);

/* One call of an operation. `path` is complete with its query; the reply's JSON is parsed into
 * *reply (NULL for an empty body), owned. A problem of the server is printed and FAILED. */
enum yh_exit yh_remote_call(const struct yh_saved *session, enum yh_method method, const char *path,
			    const char *body, const char *lang, json_t **reply);

/* Sends `bytes` of a file as the body of a POST; the reply as above. */
enum yh_exit yh_remote_send(const struct yh_saved *session, const char *path, const char *lang,
			    FILE *from, int64_t bytes, json_t **reply);

/* Reads `path`, whose reply is a file, into `to`. */
enum yh_exit yh_remote_fetch(const struct yh_saved *session, const char *path, const char *lang,
			     FILE *to);

/* Asks for a secret of the operation, which goes into `body`; a new password twice. False: there is
 * nobody to ask, or it was not the same twice; that was said. */
bool yh_ask_secret(const struct yh_op *op, const struct yh_field *f, const char *lang,
		   json_t *body);

/* How replies are printed. */
enum yh_format { YH_FORMAT_TABLE, YH_FORMAT_JSON, YH_FORMAT_CSV };
void yh_print_reply(const struct yh_op *op, const json_t *reply, enum yh_format format,
		    const char *lang);
/* What would come of a filing or a decision. */
void yh_print_trial(const json_t *t, const char *lang);
/* The whole story of a case, for people. */
void yh_print_case(const json_t *c, const json_t *story, const char *lang);
/* How a line of a statement came about, for people. */
void yh_print_line(const json_t *line, const char *lang);
/* Columns that `text` takes on a terminal. */
int yh_print_width(const char *text);
/* Prints it, without what could steer the terminal. */
void yh_print_text(const char *text);
/* The same padded to `width` columns, cut off with a mark where it is wider. */
void yh_print_cell(const char *text, int width);

/* The key of a second factor, as a QR code and as text. */
enum yh_exit yh_print_key(const json_t *reply, const char *lang);

#endif
