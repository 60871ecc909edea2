/*
 * libcurl's multi interface on our own loop. It brings no connection of its
 * own: jobs get a socket that the dialer opened.
 */
#ifndef MARTLET_CURLLOOP_H
#define MARTLET_CURLLOOP_H

#include <curl/curl.h>

#include "compiler.h"
#include "engine.h"

struct curlloop;
struct strand;

/* A transfer under way. done: called once, outside of libcurl's callbacks;
 * the handle is out of the loop then. */
struct curlloop_job {
	CURL *easy;
	void (*done)(struct curlloop_job *job, CURLcode code);
	/** Something came: whether it may be read now, else curlloop_read
	 * tells when. Asked until it may. NULL: it may. */
	bool (*may_read)(struct curlloop_job *job);
	/* The rest is the loop's. */
	struct strand *strand;
	struct socket_watch *parked;
};

/** @open_max: connections at the most; for each 64 of them, up to 2,000, it
 * takes two descriptors. @prepare: makes a new handle ready, with all that is
 * the same for each transfer. Returns NULL, logged. */
struct curlloop *curlloop_new(struct engine *engine, size_t open_max,
			      void (*prepare)(CURL *easy));
void curlloop_free(struct curlloop *l);

/** A prepared handle. What earlier transfers set is still set. */
CURL *curlloop_take(struct curlloop *l);
void curlloop_give(struct curlloop *l, CURL *easy);

/** Starts a job; returns -1 when libcurl refuses. @fd: of the connection:
 * requests find it again by that. */
int curlloop_start(struct curlloop *l, struct curlloop_job *job,
		   int fd) WARN_UNUSED;
/** What came for a job that might not be read may be read now. */
void curlloop_read(struct curlloop_job *job);
/** Stops a job that is not done; done is not called. */
void curlloop_stop(struct curlloop_job *job);

#endif
