/* What fulfils resources on a cloud, behind one small interface. Machines do it by orders: a job
 * carries them out after the commit, step by step, each step recorded before it is attempted. Where
 * people do it, their confirmation is held against the order in the transaction that books it.
 *
 * Failures of a driver, and only these: BUSY "cloud-unreachable" (figures cloud, detail): tried
 * again later; BUSY "cloud-working" (cloud, detail): begun, and looked at again later; BUSY
 * "job-stopped" when `stop` was set; REFUSED "cloud-refused" (cloud, step, detail): for good, until
 * a person has changed something; CONFLICT "cloud-machine-foreign" (machine): one of that identity
 * is there and is not ours; BAD_INPUT "cloud-config" (figures cloud, detail) for what its
 * configuration says. No call lasts longer than YH_CLOUD_CALL_S. */
#ifndef YH_CLOUDS_DRIVER_H
#define YH_CLOUDS_DRIVER_H

#include <stdatomic.h>

#include "base/id.h"

enum yh_cloud_act { YH_CLOUD_OPEN, YH_CLOUD_RESIZE, YH_CLOUD_STOP, YH_CLOUD_DESTROY };
enum { YH_CLOUD_CALL_S = 60, YH_CLOUD_REF = 128, YH_CLOUD_STEPS_MOST = 16, YH_CLOUD_STEP = 24 };

/* So much of a dimension, for the whole of the resource: "vcpu", "memory_gib", "block_gib" … */
struct yh_cloud_dim {
	const char *name;
	int64_t qty_milli;
};

struct yh_cloud_order {
	enum yh_cloud_act act;
	struct yh_id resource;   /* its identity there, too: of a domain, the UUID */
	const char *resource_no; /* "SH-R-000123" */
	const char *name;        /* the unit's own for it */
	/* tags: which case allowed it (of the act now, not of its opening), and whose it is */
	const char *case_no, *unit_code, *project_code, *system_code; /* "" without */
	const char *item_code, *item_category;
	const char *provider_ref;  /* the provider's identifier so far; NULL before it is opened */
	const char *confirmed_ref; /* carried_out: what the confirmation names; NULL: none */
	const struct yh_cloud_dim *dims; /* OPEN, RESIZE: what it shall have */
	size_t n_dims;
	const struct yh_cloud_dim *before; /* RESIZE: what it has */
	size_t n_before;
	bool snapshot; /* STOP: keep its state for the retention */
};

/* A machine that a cloud has, whoever made it. What a driver cannot know is "". */
struct yh_cloud_machine {
	const char *ref, *name;
	const char *resource_no, *case_no; /* from its tags; "" without: not ours */
	bool running;
	const struct yh_cloud_dim *dims;
	size_t n_dims;
};

/* `metric` by the meter's names: "resource_cpu_usage_ratio" … */
struct yh_cloud_sample {
	const char *ref, *resource_no, *metric;
	const char *device; /* the disk or network card that it is of; "" : of the whole */
	double value;
};

/* Not YH_OK: ends the walk, which fails so. What is visited is valid during the call alone. */
typedef enum yh_rc (*yh_cloud_machine_fn)(void *arg, const struct yh_cloud_machine *m,
					  struct yh_err *err);
typedef enum yh_rc (*yh_cloud_sample_fn)(void *arg, const struct yh_cloud_sample *s,
					 struct yh_err *err);

/* What a cloud has of a dimension, and how much of it is taken. */
struct yh_cloud_room {
	const char *name; /* of the dimension */
	int64_t total_milli, used_milli;
};
typedef enum yh_rc (*yh_cloud_room_fn)(void *arg, const struct yh_cloud_room *r,
				       struct yh_err *err);

/* A key of the cloud's entry in the configuration file. */
enum yh_cloud_key_kind {
	YH_CLOUD_TEXT, /* one line, not empty */
	YH_CLOUD_FILE, /* one that can be read */
	YH_CLOUD_URL,  /* http(s)://… */
};
struct yh_cloud_key {
	const char *name;
	enum yh_cloud_key_kind kind;
	bool needed;
	const char *words; /* TEXT: one of these, "kvm|qemu|test"; NULL: anything */
};

struct yh_cloud_setting {
	const char *key, *value;
};
/* One cloud's entry. Everything is borrowed from the yh_clouds that it is of, or from a test. */
struct yh_cloud_config {
	const char *code; /* the cloud's: "SH" */
	const struct yh_cloud_driver *driver;
	const struct yh_cloud_setting *settings;
	size_t n_settings;
};
/* NULL: not said. */
const char *yh_cloud_value(const struct yh_cloud_config *cfg, const char *key);
/* The key `items` that every driver by machine needs: which items of the catalogue it fulfils,
 * codes with an * at the end for all that begin so ("vm-x86-*, block-ssd"). The catalogue sells
 * more than machines by the same dimensions; the rest is left to people. */
bool yh_cloud_item_named(const struct yh_cloud_config *cfg, const char *item_code);
/* A setting that may differ by item: "vm-arm-*=openeuler-arm, vm-*=openeuler" under `by_item`, the
 * first that fits, else what `key` says; NULL: neither. Keeps it in `out` when it must. */
enum { YH_CLOUD_CHOICE = 256 };
const char *yh_cloud_for_item(const struct yh_cloud_config *cfg, const char *item_code,
			      const char *key, const char *by_item, char out[YH_CLOUD_CHOICE]);

/* A connection, the driver's own. One thread at a time uses it. */
struct yh_cloud;

struct yh_cloud_driver {
	const char *name;                /* as the configuration says it */
	const struct yh_cloud_key *keys; /* ends with an empty name; NULL: none */
	/* Carries orders out itself: everything below is there, but for what may be NULL. False: by
	 * people, and there is carried_out alone. */
	bool by_machine;
	/* What cannot be said by keys alone, without a connection; may be NULL. */
	enum yh_rc (*check)(const struct yh_cloud_config *cfg, struct yh_err *err);
	/* Connects when it needs to, not here; `stop` (NULL: never) cancels its calls. */
	enum yh_rc (*open)(const struct yh_cloud_config *cfg, const atomic_bool *stop,
			   struct yh_cloud **out, struct yh_err *err);
	void (*close)(struct yh_cloud *c); /* NULL is allowed */
	/* Is the other side there? */
	enum yh_rc (*ping)(struct yh_cloud *c, struct yh_err *err);
	/* How the order is carried out: the names of its steps, at most YH_CLOUD_STEPS_MOST of at
	 * most YH_CLOUD_STEP - 1 bytes, static, the same for the same order whenever asked; no
	 * connection. 0: what this driver does not do, which is left to people. Only items that
	 * yh_cloud_item_named are asked for. */
	size_t (*steps)(const struct yh_cloud *c, const struct yh_cloud_order *o,
			const char *const **names);
	/* Does a step; one that was done before, wholly or in part, is found and finished. `ref` is
	 * "" or the identifier so far on entry, and may be set by any step of OPEN. */
	enum yh_rc (*step)(struct yh_cloud *c, const struct yh_cloud_order *o, const char *step,
			   char ref[YH_CLOUD_REF], struct yh_err *err);
	/* Takes a step back that was done, wholly or in part, or never; what is undone is found so.
	 * Steps are undone in reverse. What cannot be taken back (a destruction) is YH_OK and stays
	 * done when *kept is set. Never what is not ours. */
	enum yh_rc (*undo)(struct yh_cloud *c, const struct yh_cloud_order *o, const char *step,
			   const char *ref, bool *kept, struct yh_err *err);
	/* Every machine there, ours or not. */
	enum yh_rc (*list)(struct yh_cloud *c, yh_cloud_machine_fn visit, void *arg,
			   struct yh_err *err);
	/* The load of ours that run, now; NULL: a driver that does not know it. */
	enum yh_rc (*sample)(struct yh_cloud *c, yh_cloud_sample_fn visit, void *arg,
			     struct yh_err *err);
	/* How much room it has, by dimension; NULL: a driver that does not know it. */
	enum yh_rc (*capacity)(struct yh_cloud *c, yh_cloud_room_fn visit, void *arg,
			       struct yh_err *err);
	/* Books an order that people carried out: *ref (borrowed from the order) is the identifier
	 * the resource has from now on. BAD_INPUT "provider-ref-missing" or CONFLICT
	 * "provider-ref-changed" when the confirmation names another machine. */
	enum yh_rc (*carried_out)(const struct yh_cloud_driver *self,
				  const struct yh_cloud_order *order, const char **ref,
				  struct yh_err *err);
};

/* Fulfilment by people: the provider confirms with its identifier. */
const struct yh_cloud_driver *yh_cloud_driver_manual(void);
/* Machines of a host, by libvirt. */
const struct yh_cloud_driver *yh_cloud_driver_libvirt(void);
/* OpenStack, from Queens on: Nova, Cinder, Neutron, Glance. */
const struct yh_cloud_driver *yh_cloud_driver_openstack(void);

#endif
