/* The OpenStack driver's own parts; nobody else includes this.
 *
 * What is ours on the other side says so itself: the metadata of servers and volumes and the
 * description of ports hold the resource's identity, and every step looks for it before it makes
 * anything, since no create call of OpenStack is idempotent. */
#ifndef YH_CLOUDS_OPENSTACK_H
#define YH_CLOUDS_OPENSTACK_H

#include "base/json.h"
#include "clouds/driver.h"
#include "net/client.h"

enum yh_os_service {
	YH_OS_COMPUTE,
	YH_OS_VOLUME,
	YH_OS_NETWORK,
	YH_OS_IMAGE,
	YH_OS_PLACEMENT,
	YH_OS_SERVICES
};

enum { YH_OS_TAG = 64, YH_OS_PATH = 512, YH_OS_CHOICE = YH_CLOUD_CHOICE };

/* The driver's connection. */
struct yh_cloud {
	const struct yh_cloud_config *cfg;
	const atomic_bool *stop;
	struct yh_http_line *line;
	char *token;                    /* NULL: to be had first */
	char *endpoint[YH_OS_SERVICES]; /* without a slash at the end; NULL: none in the catalogue
					 */
	const char *step;               /* what is being done, for the figures of a refusal */
	int64_t ends_ms;                /* when the present call of the driver must be over */
	int64_t waits_ms;               /* until when it may wait for the cloud */
	unsigned gap_ms;                /* between two looks */
};

/* Begins a call of the driver: its time runs from now. */
void yh_os_begin(struct yh_cloud *c, const char *step);
/* Waits a moment for the cloud to get on. False: it is time to answer (BUSY "cloud-working" or
 * "job-stopped" by the caller's yh_os_working). */
bool yh_os_pause(struct yh_cloud *c);
enum yh_rc yh_os_working(struct yh_cloud *c, const char *detail, struct yh_err *err);

/* REFUSED "cloud-refused" (cloud, step, detail), and BUSY "cloud-unreachable" (cloud, detail). */
enum yh_rc yh_os_refused(const struct yh_cloud *c, struct yh_err *err, const char *fmt, ...)
	YH_PRINTF(3, 4);
enum yh_rc yh_os_unreachable(const struct yh_cloud *c, struct yh_err *err, const char *fmt, ...)
	YH_PRINTF(3, 4);
/* CONFLICT "cloud-machine-foreign" (machine). */
enum yh_rc yh_os_foreign(const char *ref, struct yh_err *err);

struct yh_os_ask {
	enum yh_os_service service;
	const char *method;
	const char *path; /* below the endpoint */
	json_t *body;     /* taken over, also on failure; NULL: none */
	bool has_body;    /* a NULL `body` then is memory that is short */
	bool absent_ok;   /* 404 is an answer, too: *reply is NULL */
	bool invalid_ok;  /* 400 likewise */
	bool conflict_ok; /* 409 */
};
/* Asks, with a token, and once more with a new one when the old has expired. *reply (may be NULL;
 * owned) is NULL without a body; *status may be NULL. Failures as driver.h says. */
YH_CHECK enum yh_rc yh_os_call(struct yh_cloud *c, const struct yh_os_ask *ask, json_t **reply,
			       long *status, struct yh_err *err);
/* GET of a path put together; 404 leaves *reply NULL. */
YH_CHECK enum yh_rc yh_os_get(struct yh_cloud *c, enum yh_os_service service, json_t **reply,
			      struct yh_err *err, const char *fmt, ...) YH_PRINTF(5, 6);
/* POST, and what it answers (NULL: of no interest). */
YH_CHECK enum yh_rc yh_os_post(struct yh_cloud *c, enum yh_os_service service, const char *path,
			       json_t *body, json_t **reply, struct yh_err *err);
/* DELETE; what is not there is deleted. */
YH_CHECK enum yh_rc yh_os_delete(struct yh_cloud *c, enum yh_os_service service, const char *path,
				 struct yh_err *err);
/* Every member of the list `key` that `path` (with a query already) answers, over all its pages. */
typedef enum yh_rc (*yh_os_each_fn)(void *arg, json_t *one, struct yh_err *err);
YH_CHECK enum yh_rc yh_os_each(struct yh_cloud *c, enum yh_os_service service, const char *path,
			       const char *key, yh_os_each_fn visit, void *arg, struct yh_err *err);
/* The same as one array, which is owned. */
YH_CHECK enum yh_rc yh_os_all(struct yh_cloud *c, enum yh_os_service service, const char *path,
			      const char *key, json_t **all, struct yh_err *err);

/* A token scoped to the project, and the endpoints of the region. Wrong credentials are BUSY, too:
 * no order is refused by them, and all go on when they are put right. */
YH_CHECK enum yh_rc yh_os_authenticate(struct yh_cloud *c, struct yh_err *err);
/* Forgets the token. */
void yh_os_forget(struct yh_cloud *c);
/* Between two connections of one program to the same cloud: the token and the endpoints are kept
 * when they were had, and recalled when one is opened; and of every server its processor time and
 * when it was so, {id: [ns, ms]} (taken by one at a time; put takes `seen` over), with the one that
 * is to be looked at first. Any thread. */
void yh_os_keep(const struct yh_cloud *c);
void yh_os_recall(struct yh_cloud *c);
json_t *yh_os_take_seen(const struct yh_cloud *c, size_t *next);
void yh_os_put_seen(const struct yh_cloud *c, json_t *seen, size_t next);
/* The cloud's own words in an error's body, on one line; "" without. */
void yh_os_words(const char *body, size_t n, char out[256]);

/* Is it a UUID, as OpenStack's identifiers are? */
bool yh_os_is_uuid(const char *text);
/* Is `word` one of "ACTIVE|SHUTOFF"? */
bool yh_os_is_among(const char *words, const char *word);
/* "volume/UUID": the reference of a disk that is a resource by itself; its UUID, else NULL. */
const char *yh_os_volume_ref(const char *ref);
/* What marks it as ours: "yunheng:" and the resource's identity. */
const char *yh_os_tag(const struct yh_cloud_order *o, char out[YH_OS_TAG]);
/* The metadata of what is made by this order; owned. */
json_t *yh_os_metadata(const struct yh_cloud_order *o);
/* Does this metadata object say that it is the order's? `foreign`: that it is somebody else's of a
 * Yunheng. */
bool yh_os_is_ours(const json_t *metadata, const struct yh_cloud_order *o, bool *foreign);
/* Notes on a server or volume which case allowed what is done now. */
YH_CHECK enum yh_rc yh_os_note_case(struct yh_cloud *c, enum yh_os_service service,
				    const char *collection, const char *id,
				    const struct yh_cloud_order *o, struct yh_err *err);
/* Notes whether the server runs before the order stops it, unless that was noted already: it stands
 * on the server, since a step may be done twice, and taken back by another connection. */
YH_CHECK enum yh_rc yh_os_note_before(struct yh_cloud *c, const json_t *server, bool runs,
				      const struct yh_cloud_order *o, struct yh_err *err);
/* Did it run before the order stopped it? */
bool yh_os_ran_before(const json_t *server, const struct yh_cloud_order *o);
/* The order has been taken back: what was before is nothing to it any more. */
YH_CHECK enum yh_rc yh_os_forget_before(struct yh_cloud *c, const json_t *server,
					struct yh_err *err);
/* A setting that may differ by item: "vm-arm-*=openeuler-arm, vm-*=openeuler" under `by_item`, the
 * first that fits, else what `key` says; NULL: neither. Keeps it in `out` when it must. */
const char *yh_os_for_item(const struct yh_cloud *c, const struct yh_cloud_order *o,
			   const char *key, const char *by_item, char out[YH_OS_CHOICE]);
/* One member of a dimension list in thousandths; 0: none. */
int64_t yh_os_dim(const struct yh_cloud_dim *dims, size_t n, const char *name);

/* The parts of a server's size. */
struct yh_os_size {
	int64_t vcpus, ram_mib, disk_gib;
};
/* From what it shall have; what `dims` does not name stays as it is in *size. REFUSED for what no
 * flavor can say. */
YH_CHECK enum yh_rc yh_os_size_of(const struct yh_cloud *c, const struct yh_cloud_dim *dims,
				  size_t n, struct yh_os_size *size, struct yh_err *err);
/* The flavor of that size, made where there is none. */
YH_CHECK enum yh_rc yh_os_flavor(struct yh_cloud *c, const struct yh_os_size *size, char id[256],
				 struct yh_err *err);

/* The order's server, by its reference or its tag; NULL: there is none. Two: REFUSED. */
YH_CHECK enum yh_rc yh_os_find_server(struct yh_cloud *c, const struct yh_cloud_order *o,
				      const char *ref, json_t **server, struct yh_err *err);
/* The order's volume, likewise. */
YH_CHECK enum yh_rc yh_os_find_volume(struct yh_cloud *c, const struct yh_cloud_order *o,
				      const char *ref, json_t **volume, struct yh_err *err);
/* The order's port. */
YH_CHECK enum yh_rc yh_os_find_port(struct yh_cloud *c, const struct yh_cloud_order *o,
				    json_t **port, struct yh_err *err);
/* The identifier of the image (of the order's item) or network that the configuration names. */
YH_CHECK enum yh_rc yh_os_image(struct yh_cloud *c, const struct yh_cloud_order *o, char id[64],
				struct yh_err *err);
YH_CHECK enum yh_rc yh_os_network(struct yh_cloud *c, char id[64], struct yh_err *err);

/* Steps, as driver.h's `step` and `undo` say. */
#define YH_OS_STEP(name)                                                                           \
	YH_CHECK enum yh_rc name(struct yh_cloud *c, const struct yh_cloud_order *o,               \
				 char ref[YH_CLOUD_REF], struct yh_err *err)
/* REFUSED when nothing of the resource is there: what was never found is not destroyed. */
YH_OS_STEP(yh_os_find_any);
YH_OS_STEP(yh_os_server_make);
YH_OS_STEP(yh_os_server_resize);
YH_OS_STEP(yh_os_server_unresize);
YH_OS_STEP(yh_os_server_stop);
YH_OS_STEP(yh_os_server_start);
YH_OS_STEP(yh_os_server_remove);
YH_OS_STEP(yh_os_port_make);
YH_OS_STEP(yh_os_port_remove);
YH_OS_STEP(yh_os_volume_make);
YH_OS_STEP(yh_os_volume_extend);
YH_OS_STEP(yh_os_volume_stop);
YH_OS_STEP(yh_os_volume_start);
YH_OS_STEP(yh_os_volume_remove);
YH_OS_STEP(yh_os_snapshot_make);
YH_OS_STEP(yh_os_snapshot_remove);     /* the one of this order */
YH_OS_STEP(yh_os_snapshot_remove_all); /* every one of the resource */

bool yh_os_runs(const json_t *server);
YH_CHECK enum yh_rc yh_os_list(struct yh_cloud *c, yh_cloud_machine_fn visit, void *arg,
			       struct yh_err *err);
YH_CHECK enum yh_rc yh_os_sample(struct yh_cloud *c, yh_cloud_sample_fn visit, void *arg,
				 struct yh_err *err);
/* Placement's inventories and what is taken of them. */
YH_CHECK enum yh_rc yh_os_room(struct yh_cloud *c, yh_cloud_room_fn visit, void *arg,
			       struct yh_err *err);

#endif
