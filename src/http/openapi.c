/* The API described as an OpenAPI 3.1 document. */
#include "http/openapi.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "http/input.h"
#include "http/shape.h"

enum { SHAPES_BYTES = 4 * 1024 * 1024 };

static void write_ref(struct yh_jw *w, const char *key, const char *kind, const char *name)
{
	char ref[160];

	(void)snprintf(ref, sizeof ref, "#/components/%s/%s", kind, name);
	yh_jw_obj(w, key);
	yh_jw_str(w, "$ref", ref);
	yh_jw_end_obj(w);
}

static void write_choices(struct yh_jw *w, const char *choices)
{
	char word[96];

	yh_jw_str(w, "type", "string");
	yh_jw_arr(w, "enum");
	while (choices && *choices) {
		size_t n = strcspn(choices, "|");

		(void)snprintf(word, sizeof word, "%.*s", (int)n, choices);
		yh_jw_str(w, NULL, word);
		choices += n + (choices[n] == '|');
	}
	yh_jw_end_arr(w);
}

static void write_text(struct yh_jw *w, const struct yh_field *f, int64_t most)
{
	bool filled = (f->flags & YH_REQUIRED) && !(f->flags & YH_SECRET);

	yh_jw_str(w, "type", "string");
	if (f->min > 0 || filled)
		yh_jw_int(w, "minLength", f->min > 0 ? f->min : 1);
	yh_jw_int(w, "maxLength", f->max ? f->max : most);
	if (f->type == YH_F_CODE)
		yh_jw_str(w, "pattern", "^[A-Za-z0-9][A-Za-z0-9._-]*$");
	if (f->flags & YH_SECRET)
		yh_jw_str(w, "format", "password");
}

static void write_number(struct yh_jw *w, const struct yh_field *f)
{
	bool bounded = f->min != 0 || f->max != 0;

	if (f->type == YH_F_INT) {
		yh_jw_str(w, "type", "integer");
		if (bounded) {
			yh_jw_int(w, "minimum", f->min);
			yh_jw_int(w, "maximum", f->max);
		}
		return;
	}
	yh_jw_arr(w, "type");
	yh_jw_str(w, NULL, "number");
	yh_jw_str(w, NULL, "string");
	yh_jw_end_arr(w);
	if (bounded) {
		yh_jw_milli(w, "minimum", f->min);
		yh_jw_milli(w, "maximum", f->max);
	}
}

static void write_schema(struct yh_jw *w, const char *key, const struct yh_field *f)
{
	yh_jw_obj(w, key);
	switch (f->type) {
	case YH_F_LINE:
		write_text(w, f, YH_LINE_MAX);
		break;
	case YH_F_TEXT:
		write_text(w, f, YH_TEXT_MAX);
		break;
	case YH_F_CODE:
		write_text(w, f, YH_CODE_MAX);
		break;
	case YH_F_WORD:
		write_choices(w, f->choices);
		break;
	case YH_F_INT:
	case YH_F_MILLI:
		write_number(w, f);
		break;
	case YH_F_BOOL:
		yh_jw_str(w, "type", "boolean");
		break;
	case YH_F_ID:
		yh_jw_str(w, "type", "string");
		yh_jw_str(w, "format", "uuid");
		break;
	case YH_F_DAY:
		yh_jw_str(w, "type", "string");
		yh_jw_str(w, "format", "date");
		break;
	case YH_F_OBJECT:
		yh_jw_str(w, "type", "object");
		yh_jw_bool(w, "additionalProperties", true);
		break;
	case YH_F_ARRAY:
		yh_jw_str(w, "type", "array");
		yh_jw_raw(w, "items", "{}");
		break;
	}
	if (f->about)
		yh_jw_str(w, "description", f->about);
	yh_jw_end_obj(w);
}

static void write_parameter(struct yh_jw *w, const char *key, const struct yh_field *f,
			    const char *in)
{
	yh_jw_obj(w, key);
	yh_jw_str(w, "name", f->name);
	yh_jw_str(w, "in", in);
	yh_jw_bool(w, "required", strcmp(in, "path") == 0 || (f->flags & YH_REQUIRED));
	write_schema(w, "schema", f);
	yh_jw_end_obj(w);
}

static void write_header(struct yh_jw *w, const char *name, const char *choices, bool required)
{
	yh_jw_obj(w, NULL);
	yh_jw_str(w, "name", name);
	yh_jw_str(w, "in", "header");
	yh_jw_bool(w, "required", required);
	yh_jw_obj(w, "schema");
	if (choices)
		write_choices(w, choices);
	else
		yh_jw_str(w, "type", "string");
	yh_jw_end_obj(w);
	yh_jw_end_obj(w);
}

static void write_raw_headers(struct yh_jw *w, const struct yh_raw *raw)
{
	write_header(w, "Content-Encoding", raw->encodings, !strstr(raw->encodings, "identity"));
	for (const char *const *name = raw->reads; name && *name; name++)
		write_header(w, *name, NULL, false);
}

static void write_parameters(struct yh_jw *w, const struct yh_op *op)
{
	yh_jw_arr(w, "parameters");
	for (const struct yh_field *f = op->path_fields; f && f->name; f++)
		write_parameter(w, NULL, f, "path");
	for (const struct yh_field *f = op->query_fields; f && f->name; f++)
		write_parameter(w, NULL, f, "query");
	if (op->live)
		write_header(w, "Last-Event-ID", NULL, false);
	if (op->raw)
		write_raw_headers(w, op->raw);
	if (op->flags & YH_OP_PAGED) {
		for (const struct yh_field *f = yh_page_fields; f->name; f++)
			write_ref(w, NULL, "parameters", f->name);
	}
	if (op->flags & YH_OP_MATCH)
		write_ref(w, NULL, "parameters", "if-match");
	else if (op->flags & YH_OP_MAY_MATCH)
		write_ref(w, NULL, "parameters", "if-match-optional");
	if ((op->flags & YH_OP_WRITE) && !(op->flags & YH_OP_PUBLIC))
		write_ref(w, NULL, "parameters", "idempotency-key");
	yh_jw_end_arr(w);
}

static void write_raw_body(struct yh_jw *w, const struct yh_raw *raw)
{
	yh_jw_obj(w, "requestBody");
	yh_jw_bool(w, "required", true);
	yh_jw_obj(w, "content");
	for (const char *const *type = raw->types; *type; type++) {
		yh_jw_obj(w, *type);
		yh_jw_obj(w, "schema");
		yh_jw_str(w, "type", "string");
		yh_jw_str(w, "format", "binary");
		yh_jw_int(w, "maxLength", (int64_t)raw->max_bytes);
		yh_jw_end_obj(w);
		yh_jw_end_obj(w);
	}
	yh_jw_end_obj(w);
	yh_jw_end_obj(w);
}

static void write_body(struct yh_jw *w, const struct yh_op *op)
{
	bool any = false;

	if (op->raw)
		write_raw_body(w, op->raw);
	if (op->raw || !op->body_fields)
		return;
	for (const struct yh_field *f = op->body_fields; f->name; f++)
		any = any || (f->flags & YH_REQUIRED);
	yh_jw_obj(w, "requestBody");
	yh_jw_bool(w, "required", any);
	yh_jw_obj(w, "content");
	yh_jw_obj(w, "application/json");
	yh_jw_obj(w, "schema");
	yh_jw_str(w, "type", "object");
	yh_jw_bool(w, "additionalProperties", false);
	yh_jw_obj(w, "properties");
	for (const struct yh_field *f = op->body_fields; f->name; f++)
		write_schema(w, f->name, f);
	yh_jw_end_obj(w);
	if (any) {
		yh_jw_arr(w, "required");
		for (const struct yh_field *f = op->body_fields; f->name; f++)
			if (f->flags & YH_REQUIRED)
				yh_jw_str(w, NULL, f->name);
		yh_jw_end_arr(w);
	}
	yh_jw_end_obj(w);
	yh_jw_end_obj(w);
	yh_jw_end_obj(w);
	yh_jw_end_obj(w);
}

static void write_media(struct yh_jw *w, const char *types)
{
	char type[96];

	yh_jw_obj(w, "content");
	while (*types) {
		size_t n = strcspn(types, "|");

		(void)snprintf(type, sizeof type, "%.*s", (int)n, types);
		yh_jw_raw(
			w, type,
			strcmp(type, "application/json") == 0
				? "{\"schema\":{\"type\":\"object\",\"additionalProperties\":true}}"
				: "{\"schema\":{\"type\":\"string\",\"format\":\"binary\"}}");
		types += n + (types[n] == '|');
	}
	yh_jw_end_obj(w);
}

/* A stream's text is events; the schemas of their data stand beside it. */
static void write_events(struct yh_jw *w, const struct yh_reply_shape *r)
{
	char state[YH_SHAPE_NAME], event[YH_SHAPE_NAME];

	yh_jw_obj(w, "content");
	yh_jw_obj(w, "text/event-stream");
	yh_jw_raw(w, "schema", "{\"type\":\"string\"}");
	if (r->shape && r->beside) {
		yh_shape_title(r->op, "", state);
		yh_shape_title(r->op, "Event", event);
		yh_jw_obj(w, "x-events");
		write_ref(w, "state", "schemas", state);
		write_ref(w, r->op->live->event, "schemas", event);
		yh_jw_end_obj(w);
	}
	yh_jw_end_obj(w);
	yh_jw_end_obj(w);
}

/* What is done for good and what is only tried are told in different shapes. */
static void write_either(struct yh_jw *w, const char *done, const char *tried)
{
	yh_jw_obj(w, "schema");
	yh_jw_arr(w, "anyOf");
	write_ref(w, NULL, "schemas", done);
	write_ref(w, NULL, "schemas", tried);
	yh_jw_end_arr(w);
	yh_jw_end_obj(w);
}

static void write_json(struct yh_jw *w, const struct yh_reply_shape *r)
{
	bool paged = r->op->flags & YH_OP_PAGED;
	char title[YH_SHAPE_NAME];
	const char *name = title;

	yh_shape_title(r->op, "", title);
	if (!paged && r->shape && r->shape->kind == YH_SH_NAMED)
		name = r->shape->word;
	yh_jw_obj(w, "content");
	yh_jw_obj(w, "application/json");
	if (!r->shape)
		yh_jw_raw(w, "schema", "{\"type\":\"object\",\"additionalProperties\":true}");
	else if (r->op->tried)
		write_either(w, name, r->op->tried);
	else
		write_ref(w, "schema", "schemas", name);
	yh_jw_end_obj(w);
	yh_jw_end_obj(w);
}

static const char *success_of(const struct yh_op *op)
{
	if (yh_shape_none(op))
		return "204";
	return op->flags & YH_OP_LATER ? "202" : op->method == YH_GET ? "200" : "2XX";
}

/* What a list is with `as` stands beside its content: among it, programs made from this document
 * would take every page for text, perhaps. */
static const char files[] =
	"[\"text/csv\",\"application/vnd.openxmlformats-officedocument.spreadsheetml.sheet\"]";

static void write_success(struct yh_jw *w, const struct yh_reply_shape *r)
{
	const struct yh_op *op = r->op;

	yh_jw_obj(w, success_of(op));
	yh_jw_str(w, "description", "done");
	if (op->raw && op->raw->sets) {
		yh_jw_obj(w, "headers");
		for (const char *const *name = op->raw->sets; *name; name++)
			yh_jw_raw(w, *name, "{\"schema\":{\"type\":\"string\"}}");
		yh_jw_end_obj(w);
	}
	if (op->live)
		write_events(w, r);
	else if (op->flags & YH_OP_RAW)
		write_media(w, op->reply ? op->reply : "*/*");
	else if (!yh_shape_none(op))
		write_json(w, r);
	if (op->flags & YH_OP_PAGED)
		yh_jw_raw(w, "x-files", files);
	yh_jw_end_obj(w);
}

static void write_responses(struct yh_jw *w, const struct yh_reply_shape *r)
{
	const struct yh_op *op = r->op;

	yh_jw_obj(w, "responses");
	write_success(w, r);
	write_ref(w, "400", "responses", "problem");
	if (!(op->flags & YH_OP_PUBLIC)) {
		write_ref(w, "401", "responses", "problem");
		write_ref(w, "403", "responses", "problem");
	}
	if (op->path_fields)
		write_ref(w, "404", "responses", "problem");
	if (op->flags & YH_OP_WRITE) {
		write_ref(w, "409", "responses", "problem");
		write_ref(w, "422", "responses", "problem");
	}
	if (op->flags & (YH_OP_MATCH | YH_OP_MAY_MATCH))
		write_ref(w, "412", "responses", "problem");
	if (op->flags & YH_OP_MATCH)
		write_ref(w, "428", "responses", "problem");
	if (op->raw)
		write_ref(w, "411", "responses", "problem");
	if (op->raw || op->flags & YH_OP_PAGED)
		write_ref(w, "413", "responses", "problem");
	if (op->raw) {
		write_ref(w, "415", "responses", "problem");
	}
	write_ref(w, "429", "responses", "problem");
	write_ref(w, "503", "responses", "problem");
	write_ref(w, "default", "responses", "problem");
	yh_jw_end_obj(w);
}

static void write_security(struct yh_jw *w, const struct yh_op *op)
{
	yh_jw_arr(w, "security");
	if (!(op->flags & YH_OP_PUBLIC)) {
		yh_jw_obj(w, NULL);
		yh_jw_arr(w, "bearer");
		yh_jw_end_arr(w);
		yh_jw_end_obj(w);
	}
	if (!(op->flags & (YH_OP_PUBLIC | YH_OP_OWN_KEY))) {
		yh_jw_obj(w, NULL);
		yh_jw_arr(w, "session");
		yh_jw_end_arr(w);
		if (op->method != YH_GET) {
			yh_jw_arr(w, "csrf");
			yh_jw_end_arr(w);
		}
		yh_jw_end_obj(w);
	}
	yh_jw_end_arr(w);
}

static void write_operation(struct yh_jw *w, const struct yh_reply_shape *r)
{
	const struct yh_op *op = r->op;
	static const char *const keys[] = { [YH_GET] = "get",
					    [YH_POST] = "post",
					    [YH_PUT] = "put",
					    [YH_PATCH] = "patch",
					    [YH_DELETE] = "delete" };
	char tag[48];

	(void)snprintf(tag, sizeof tag, "%.*s", (int)strcspn(op->name, "."), op->name);
	yh_jw_obj(w, keys[op->method]);
	yh_jw_str(w, "operationId", op->name);
	yh_jw_str(w, "summary", op->about_en);
	yh_jw_str(w, "x-summary-zh", op->about_zh);
	if (op->action)
		yh_jw_str(w, "x-permission", op->action);
	yh_jw_arr(w, "tags");
	yh_jw_str(w, NULL, tag);
	yh_jw_end_arr(w);
	write_security(w, op);
	write_parameters(w, op);
	write_body(w, op);
	write_responses(w, r);
	yh_jw_end_obj(w);
}

/* The operations of one path stand together, wherever their tables list them. */
static bool is_first_of_path(const struct yh_shape_book *book, size_t at)
{
	for (size_t i = 0; i < at; i++)
		if (strcmp(book->replies[i].op->path, book->replies[at].op->path) == 0)
			return false;
	return true;
}

static void write_path(struct yh_jw *w, const struct yh_shape_book *book, const char *path)
{
	yh_jw_obj(w, path);
	for (size_t i = 0; i < book->n_replies; i++)
		if (strcmp(book->replies[i].op->path, path) == 0)
			write_operation(w, &book->replies[i]);
	yh_jw_end_obj(w);
}

static const char problem_schema[] =
	"{\"type\":\"object\",\"required\":[\"type\",\"title\",\"status\",\"slug\"],\"properties\":"
	"{"
	"\"type\":{\"type\":\"string\"},\"title\":{\"type\":\"string\"},"
	"\"status\":{\"type\":\"integer\"},\"slug\":{\"type\":\"string\"},"
	"\"article\":{\"type\":\"string\"},\"parameter\":{\"type\":\"string\"},"
	"\"field\":{\"type\":\"string\"},\"figures\":{\"type\":\"object\"},"
	"\"faults_found\":{\"type\":\"integer\"},\"faults\":{\"type\":\"array\",\"items\":{"
	"\"$ref\":\"#/components/schemas/Problem\"}}}}";
static const char problem_response[] =
	"{\"description\":\"refused; slug is the stable code\",\"content\":{"
	"\"application/problem+json\":{\"schema\":{\"$ref\":\"#/components/schemas/Problem\"}}}}";
static const char parameters[] =
	"{\"limit\":{\"name\":\"limit\",\"in\":\"query\",\"required\":false,\"schema\":{"
	"\"type\":\"integer\",\"minimum\":1,\"maximum\":200,\"default\":50}},"
	"\"cursor\":{\"name\":\"cursor\",\"in\":\"query\",\"required\":false,"
	"\"description\":\"the page before's next\",\"schema\":{\"type\":\"string\"}},"
	"\"if-match\":{\"name\":\"If-Match\",\"in\":\"header\",\"required\":true,"
	"\"description\":\"the ETag that was read\",\"schema\":{\"type\":\"string\"}},"
	"\"if-match-optional\":{\"name\":\"If-Match\",\"in\":\"header\",\"required\":false,"
	"\"description\":\"the ETag that was read; refused when the record has changed since\","
	"\"schema\":{\"type\":\"string\"}},"
	"\"idempotency-key\":{\"name\":\"Idempotency-Key\",\"in\":\"header\",\"required\":false,"
	"\"description\":\"the same key and request get the same reply for 24 hours\","
	"\"schema\":{\"type\":\"string\",\"minLength\":1,\"maxLength\":128}}}";
static const char security_schemes[] =
	"{\"bearer\":{\"type\":\"http\",\"scheme\":\"bearer\"},"
	"\"session\":{\"type\":\"apiKey\",\"in\":\"cookie\",\"name\":\"yh_session\","
	"\"description\":\"of a server with secure-cookie: __Host-yh_session\"},"
	"\"csrf\":{\"type\":\"apiKey\",\"in\":\"header\",\"name\":\"X-CSRF-Token\"}}";

static void write_form(struct yh_jw *w, const char *procedure, const char *step, const json_t *form)
{
	YH_FREE_AUTO char *text = form ? yh_json_canonical(form) : NULL;
	char name[160];

	if (!text)
		return;
	(void)snprintf(name, sizeof name, "form-%s%s%s", procedure, step ? "." : "",
		       step ? step : "");
	yh_jw_raw(w, name, text);
}

/* The first outcome's form is the step's; the others' bear their outcome's name as well. */
static void write_forms(struct yh_jw *w, const char *procedure, const struct yh_step *s)
{
	char name[96];

	write_form(w, procedure, s->name, s->form);
	for (size_t i = 1; i < s->n_outcomes; i++) {
		(void)snprintf(name, sizeof name, "%s.%s", s->name, s->outcomes[i].name);
		write_form(w, procedure, name, s->outcomes[i].form);
	}
}

/* What a page is: items, next, and what stands beside them. */
static void write_page(struct yh_jw *w, const struct yh_reply_shape *r)
{
	char name[YH_SHAPE_NAME], item[YH_SHAPE_NAME];
	struct yh_shape of = { .kind = YH_SH_NAMED, .word = item };
	struct yh_member next = { .name = "next", .shape = { .kind = YH_SH_TEXT, .null = true } };
	struct yh_member items = { .name = "items",
				   .shape = { .kind = YH_SH_LIST, .of = &of },
				   .next = &next };
	struct yh_shape page = { .kind = YH_SH_RECORD, .members = &items };

	yh_shape_title(r->op, "Item", item);
	if (r->shape->kind == YH_SH_NAMED)
		of.word = r->shape->word;
	else
		yh_shape_write(w, item, r->shape);
	next.next = r->beside ? r->beside->members : NULL;
	yh_shape_title(r->op, "", name);
	yh_shape_write(w, name, &page);
}

static void write_shapes(struct yh_jw *w, const struct yh_shape_book *book)
{
	char name[YH_SHAPE_NAME];

	for (size_t i = 0; i < book->n_names; i++)
		yh_shape_write(w, book->names[i].name, book->names[i].shape);
	for (size_t i = 0; i < book->n_replies; i++) {
		const struct yh_reply_shape *r = &book->replies[i];

		yh_shape_title(r->op, "", name);
		if (r->shape && r->op->flags & YH_OP_PAGED)
			write_page(w, r);
		else if (r->shape && (r->op->live || r->shape->kind != YH_SH_NAMED))
			yh_shape_write(w, name, r->shape);
		yh_shape_title(r->op, "Event", name);
		if (r->op->live && r->beside)
			yh_shape_write(w, name, r->beside);
	}
}

static void write_components(struct yh_jw *w, const struct yh_shape_book *book,
			     const struct yh_pack *pack)
{
	size_t n = 0;
	const struct yh_procedure *list = pack ? yh_pack_procedures(pack, &n) : NULL;

	yh_jw_obj(w, "components");
	yh_jw_obj(w, "schemas");
	yh_jw_raw(w, "Problem", problem_schema);
	write_shapes(w, book);
	for (size_t i = 0; i < n; i++) {
		write_form(w, list[i].name, NULL, list[i].form);
		for (size_t k = 0; k < list[i].n_steps; k++)
			write_forms(w, list[i].name, &list[i].steps[k]);
	}
	yh_jw_end_obj(w);
	yh_jw_obj(w, "responses");
	yh_jw_raw(w, "problem", problem_response);
	yh_jw_end_obj(w);
	yh_jw_obj(w, "parameters");
	yh_jw_members(w, parameters);
	for (const struct yh_field *f = yh_page_fields + YH_PAGE_OF_FILES; f->name; f++)
		write_parameter(w, f->name, f, "query");
	yh_jw_end_obj(w);
	yh_jw_raw(w, "securitySchemes", security_schemes);
	yh_jw_end_obj(w);
}

void yh_openapi_write(struct yh_buf *out, const struct yh_op_table *const *tables, size_t n_tables,
		      const struct yh_pack *pack)
{
	struct yh_shape_book book;
	struct yh_arena arena;
	struct yh_jw w;

	yh_arena_init(&arena, SHAPES_BYTES);
	if (yh_shape_book_load(&arena, tables, n_tables, &book, NULL) != YH_OK) {
		out->failed = true; /* memory: the server checked the tables */
		yh_arena_done(&arena);
		return;
	}
	yh_jw_init(&w, out);
	yh_jw_obj(&w, NULL);
	yh_jw_str(&w, "openapi", "3.1.0");
	yh_jw_obj(&w, "info");
	yh_jw_str(&w, "title", "Yunheng 云衡");
	yh_jw_str(&w, "version", YH_VERSION);
	yh_jw_end_obj(&w);
	yh_jw_obj(&w, "paths");
	for (size_t i = 0; i < book.n_replies; i++)
		if (is_first_of_path(&book, i))
			write_path(&w, &book, book.replies[i].op->path);
	yh_jw_end_obj(&w);
	write_components(&w, &book, pack);
	yh_jw_end_obj(&w);
	yh_arena_done(&arena);
}
