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

/* A transfer under way. done: called once, outside of libcurl's callbacks;
 * the handle is out of the loop then. */
struct curlloop_job {
	CURL *easy;
	void (*done)(struct curlloop_job *job, CURLcode code);
};

/** Returns NULL, logged. @idle_max: connections kept alive at the most. */
struct curlloop *curlloop_new(struct engine *engine, int idle_max);
void curlloop_free(struct curlloop *l);

/** A handle with libcurl's defaults; from the pool when there is one. */
CURL *curlloop_take(struct curlloop *l);
void curlloop_give(struct curlloop *l, CURL *easy);

/** Starts a job; returns -1 when libcurl refuses. */
int curlloop_start(struct curlloop *l, struct curlloop_job *job) WARN_UNUSED;
/** Stops a job that is not done; done is not called. */
void curlloop_stop(struct curlloop *l, struct curlloop_job *job);

#endif
