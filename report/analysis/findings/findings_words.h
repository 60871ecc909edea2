/*
 * Words of sentences in both languages: means, days, months, lists, sides.
 */
#ifndef MARTLET_FINDINGS_WORDS_H
#define MARTLET_FINDINGS_WORDS_H

#include "buf.h"
#include "traffic.h"

enum findings_language { FINDINGS_EN, FINDINGS_JA };

/* A sentence in the making, in one language. */
struct findings_words {
	struct buf buf;
	enum findings_language language;
	const struct traffic *t;
};

void findings_words_init(struct findings_words *w, const struct traffic *t,
			 enum findings_language language);
/** The text; caller frees with free. w is released. */
char *findings_words_take(struct findings_words *w);

/** One of two texts, by language. */
void findings_words_say(struct findings_words *w, const char *en,
			const char *ja);
/** "1,106.0", "0.034". */
void findings_words_mean(struct findings_words *w, double value);
/** "packets" or "パケット". */
void findings_words_unit(struct findings_words *w);
/** "sensors in Japan", "sensors abroad"; "those in Japan", "those abroad". */
void findings_words_side(struct findings_words *w, enum traffic_side side);
void findings_words_those(struct findings_words *w, enum traffic_side side);
/** " Only one sensor in Japan is counted." */
void findings_words_single(struct findings_words *w, enum traffic_side side);
/** "April", with the year where the period has several. */
void findings_words_month(struct findings_words *w,
			  const struct traffic_span *month);
/** "3 to 31 March 2013". */
void findings_words_days(struct findings_words *w, int32_t first, int32_t last);
/** What stands between item i and the one before, of count. */
void findings_words_join(struct findings_words *w, size_t i, size_t count);
/** "66% more", "2.7 times as many", "about as many". */
void findings_words_change(struct findings_words *w, double now, double before);
/** -1 less, 0 about level, 1 more. */
int findings_words_direction(double now, double before);

/**
 * findings_words_cover: Sentences that say which days the data have, when
 * all sensors of a side began late or stopped early, and how many ran for a
 * part only.
 * @of: NULL, or the text of a period that is not the sentence's own.
 * @home, @abroad: NULL for a side that the sentence does not speak of.
 */
void findings_words_cover(struct findings_words *w, const char *of,
			  const struct traffic_amount *home,
			  const struct traffic_amount *abroad);

#endif
