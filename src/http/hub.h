/* Live streams: topics of numbered events, and who follows them.
 *
 * A topic keeps its latest events once, for all of its readers; a reader is only a place in it. One
 * that falls behind what is kept is told how many it missed. All functions are thread-safe. */
#ifndef YH_HTTP_HUB_H
#define YH_HTTP_HUB_H

#include <pthread.h>
#include <stdatomic.h>

#include "http/op.h"

struct call;
struct yh_server;
struct MHD_Connection;

enum { YH_RING = 64 };

/* An event as it goes over the wire. */
struct yh_frame {
	atomic_uint refs;
	size_t len;
	char text[];
};

struct yh_topic {
	struct yh_topic *next;
	const struct yh_op *op;
	char *key;
	uint64_t generation;        /* random: numbers of another life of the topic are not ours */
	uint64_t first_no, next_no; /* kept are [first_no, next_no), by number modulo YH_RING */
	struct yh_frame *ring[YH_RING];
	size_t ring_bytes;
	struct yh_reader *readers;
	int64_t left_ms; /* when the last reader went */
	bool building;
	void *state; /* of op->live->build */
};

struct yh_reader {
	struct yh_reader *next, **link; /* in the topic */
	struct yh_topic *topic;
	unsigned refs;
	struct MHD_Connection *mhd; /* NULL until the reply begins */
	int fd;
	bool waiting; /* suspended, for want of events */
	uint64_t next_no;
	bool lost;            /* what it saw before is not known any more */
	struct yh_frame *now; /* being sent, from `at` on */
	size_t at;
	char ended[56]; /* slug: to be told, then over */
	bool told;
	int64_t sent_ms, checked_ms;

	/* to ask again whether it may follow */
	struct yh_id person;
	char *uri, *token;
	bool is_session;
	const char *lang; /* "zh" or "en" */
	char source[64];
};

enum { YH_BUILDERS = 2 }; /* of the streams that are apart, and of all others */

/* Asks again whether a reader may follow what it follows; on any thread. */
typedef enum yh_rc (*yh_again_fn)(struct yh_server *s, const struct yh_reader *r, const char *topic,
				  struct yh_err *err);

struct yh_hub {
	struct yh_server *srv;
	yh_again_fn again;
	pthread_mutex_t lock;
	pthread_cond_t turn, empty;
	struct yh_topic *topics;
	unsigned n_readers;
	bool stop;
	struct yh_builder {
		struct yh_hub *hub;
		pthread_t thread;
		bool apart, runs;
	} builders[YH_BUILDERS];
	pthread_t checker;
	bool has_checker;
	_Atomic uint64_t events, missed, refused;
};

YH_CHECK bool yh_hub_start(struct yh_hub *h, struct yh_server *s, yh_again_fn again);
/* Tells every reader that the server stops, and waits a little for them to hear it. */
void yh_hub_stop(struct yh_hub *h);
void yh_hub_done(struct yh_hub *h);

/* Makes the call a reader of the topic, instead of what it read before. *fresh: it saw nothing of
 * what is kept, and needs the state to begin with. BUSY "streams-full" (figure max). */
YH_CHECK enum yh_rc yh_hub_join(struct yh_hub *h, struct call *c, const char *key, bool *fresh,
				struct yh_err *err);
void yh_hub_leave(struct yh_hub *h, struct yh_reader *r);

/* From here on yh_hub_read is called for the connection. */
void yh_hub_open(struct yh_hub *h, struct yh_reader *r, struct MHD_Connection *mhd);
/* The next piece of the stream into `buf`; 0: none yet, and the connection is suspended; -1: over.
 */
ssize_t yh_hub_read(struct yh_hub *h, struct yh_reader *r, char *buf, size_t max);
/* Puts the state to begin with before all else. */
void yh_hub_begin(struct yh_hub *h, struct yh_reader *r, const char *event, const char *data);

#endif
