/* Pairing a district's server with the city's.
 *
 * The city makes a one-time code, "yhl1-SECRET-FINGERPRINT", that names its key. The district asks
 * for the city's point (GET /api/v1/link/key), holds it against the fingerprint, and posts to
 * /api/v1/link/enrolments {point, box, version, signature}: its own point, hex; a box of SECRET
 * (32 letters) and the SM3 of its point, encrypted to the city's key (SM2, ASN.1), hex; and its
 * signature (SM2, DER, hex) over
 *   "yunheng-link-enrol 1\n" POINT "\n" BOX "\n" CITYPOINT "\n".
 * The answer {peer, district, cloud, municipal, signature} is signed by the city over
 *   "yunheng-link-enrolled 1\n" peer "\n" district "\n" cloud "\n" municipal "\n" SM3 "\n"
 * with the SM3 (hex) of the text the district signed: so each has proved its key to the other, the
 * district that it was given the code, and nobody in between can take part. */
#ifndef YH_LINK_ENROL_H
#define YH_LINK_ENROL_H

#include "cases/context.h"
#include "link/link.h"

enum {
	YH_LINK_CODE_TEXT = 5 + 32 + 1 + 40 + 1,
	YH_LINK_BOX_BYTES = 64,
	YH_LINK_BOX_HEX = 2 * (YH_LINK_BOX_BYTES + YH_SM2_BOX_MAX),
	YH_LINK_POINT_HEX = 2 * YH_SM2_POINT,
	YH_LINK_URL_MAX = 500,
};

/* At the city: a code for a district's server. NOT_FOUND "cloud-unknown" without a cloud of the
 * district; CONFLICT "link-is-district" at a district; BUSY "link-absent" in a program without. */
YH_CHECK enum yh_rc yh_link_make_code(struct yh_ctx *cx, const char *district, int64_t days,
				      char code[YH_LINK_CODE_TEXT], yh_time *expires_at,
				      struct yh_err *err);
YH_CHECK enum yh_rc yh_link_point(const struct yh_world *world, unsigned char out[YH_SM2_POINT],
				  struct yh_err *err);

/* As it came; hex. */
struct yh_link_enrolment {
	const char *point, *box, *version, *signature;
};
struct yh_link_opened {
	unsigned char point[YH_SM2_POINT];
	char secret[YH_TOKEN_TEXT];
	struct yh_sm3 request; /* of what was signed */
};
/* Opens and checks it, outside of a transaction. BAD_INPUT "link-enrolment-invalid" (field); BUSY
 * "link-busy": more come than may. */
YH_CHECK enum yh_rc yh_link_open_enrolment(const struct yh_world *world,
					   const struct yh_link_enrolment *e,
					   struct yh_link_opened *out, struct yh_err *err);
struct yh_link_enrolled {
	struct yh_id peer;
	char district[32], cloud[32], municipal[32];
	unsigned char signature[YH_SIG_MAX];
	size_t signature_n;
};
/* Takes the code and enters the peer, in place of one that the district had. The same request again
 * gets the same answer. NOT_FOUND "link-code-unknown"; CONFLICT "link-code-used"; REFUSED
 * "link-code-expired". */
YH_CHECK enum yh_rc yh_link_take_enrolment(struct yh_ctx *cx, const struct yh_link_opened *o,
					   struct yh_link_enrolled *out, struct yh_err *err);

/* At the district: pairs with the city at `url`; `cx` needs no transaction. https, or http to this
 * machine itself: BAD_INPUT "link-url"; BAD_INPUT "link-code-invalid"; CONFLICT "link-enrolled";
 * FORBIDDEN "link-city-other": who answers is not whom the code names; BUSY "link-refused" (figures
 * status, answer), "server-unreachable"; NOT_FOUND "link-cloud-unknown" (figure code). */
YH_CHECK enum yh_rc yh_link_enrol(struct yh_ctx *cx, const char *url, const char *code,
				  struct yh_link_enrolled *out, struct yh_err *err);

/* ---- what operators do to a pairing; `peer` is a district's code, or "city" ---- */

struct yh_link_peer_row;
/* The active one. NOT_FOUND "link-peer-unknown" (figure peer). */
YH_CHECK enum yh_rc yh_link_find(struct yh_ctx *cx, const char *peer, struct yh_link_peer_row *out,
				 struct yh_err *err);
/* Ends it: its batches are refused from now on; what came stays. */
YH_CHECK enum yh_rc yh_link_end(struct yh_ctx *cx, const char *peer, const char *reason,
				struct yh_err *err);
/* A stream begins a new epoch with everything; of one that is received the sender is asked to.
 * `way` "out", "in", or NULL: whichever there is. NOT_FOUND "link-stream-unknown" (figure
 * stream). */
YH_CHECK enum yh_rc yh_link_resync(struct yh_ctx *cx, const char *peer, const char *stream,
				   const char *way, const char *reason, struct yh_err *err);
/* The store was put back from a backup: every stream of every pairing begins a new epoch, so that
 * neither side goes on with numbers that the other knows otherwise. *n: how many pairings. */
YH_CHECK enum yh_rc yh_link_begin_anew(struct yh_ctx *cx, const char *reason, int64_t *n,
				       struct yh_err *err);
/* Passes over the document that stopped a stream that is received. CONFLICT "link-not-stopped";
 * STALE "link-other-document" (figures key, number) when it is another than `number` by now. */
YH_CHECK enum yh_rc yh_link_skip(struct yh_ctx *cx, const char *peer, const char *stream,
				 int64_t number, const char *reason, struct yh_err *err);
/* Goes through everything that is sent and compares digests, now: of one stream, or (NULL) of all.
 * *n: how many streams. */
YH_CHECK enum yh_rc yh_link_reconcile(struct yh_ctx *cx, const char *peer, const char *stream,
				      int64_t *n, struct yh_err *err);

#endif
