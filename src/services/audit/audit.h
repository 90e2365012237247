/* Keeping the audit record: the key, sealing step by step, checkpoints that leave the host. */
#ifndef YH_SERVICES_AUDIT_AUDIT_H
#define YH_SERVICES_AUDIT_AUDIT_H

#include "cases/context.h"
#include "base/buf.h"
#include "store/audit.h"

struct yh_sealer;

/* Loads DATA/keys/audit.pem, or makes it (readable by its owner only) when `make`. */
YH_CHECK enum yh_rc yh_sealer_open(struct yh_exec *exec, struct yh_idgen *ids, const char *data,
				   bool make, struct yh_sealer **out, struct yh_err *err);
void yh_sealer_close(struct yh_sealer *s);

/* Seals what waits and signs a checkpoint when records were added and the last one is older than a
 * minute, or at once with `sign`. Does nothing while another server seals. For struct
 * yh_jobs_config. */
YH_CHECK enum yh_rc yh_sealer_step(void *sealer, yh_time now, struct yh_err *err);
YH_CHECK enum yh_rc yh_sealer_sign(struct yh_sealer *s, yh_time now, struct yh_checkpoint *out,
				   struct yh_err *err);
/* The public key, PEM; borrowed. */
const char *yh_sealer_public(const struct yh_sealer *s);
/* The name of the key: the digest of that text, as 64 digits. */
void yh_sealer_key_id(const struct yh_sealer *s, char out[YH_SM3_HEX]);
/* Signs something else than a checkpoint with it. Thread-safe. */
YH_CHECK enum yh_rc yh_sealer_sign_bytes(const struct yh_sealer *s, const void *p, size_t n,
					 unsigned char sig[YH_SIG_MAX], size_t *len,
					 struct yh_err *err);
/* Changes the key: what was signed with the former one goes on to hold, see rollover.h. Nobody else
 * uses the data meanwhile. */
YH_CHECK enum yh_rc yh_sealer_rotate(struct yh_sealer *s, const char *data, yh_time now,
				     struct yh_err *err);
/* Walks the chain with this key, and with those it followed. */
YH_CHECK enum yh_rc yh_sealer_verify(struct yh_sealer *s, const struct yh_checkpoint *anchor,
				     struct yh_audit_report *out, struct yh_err *err);

/* A checkpoint as a small JSON text, and back; the signature in it is verified with the public key
 * it carries. BAD_INPUT "checkpoint-invalid". */
YH_CHECK enum yh_rc yh_checkpoint_write(const struct yh_checkpoint *c, const char *public_pem,
					struct yh_buf *out, struct yh_err *err);
YH_CHECK enum yh_rc yh_checkpoint_parse(const char *text, size_t n, struct yh_checkpoint *out,
					struct yh_err *err);

#endif
