#include <math.h>
#include <stdio.h>
#include <string.h>

#include "escape.h"
#include "figure.h"

/* Units of the drawing; on a telephone 320 pixels wide one unit is about
 * 0.9 pixels, so that text of 12 stays readable. */
#define LEFT 46.0
#define RIGHT 8.0
#define TOP 58.0
#define PLOT 190.0
#define BOTTOM 26.0
#define FOOT 22.0 /* for the explanation of marks */
#define WIDTH_MIN 352.0
#define GROUP_NARROW 58.0 /* with more months than fit side by side */
#define MONTHS_WIDE 3

#define TICKS_MAX 12

struct scale {
	double width, height;
	double group, bar; /* widths */
	double top, step;  /* of the value axis */
	bool upright;      /* values above bars are turned to fit */
};

static const char style[] =
    "<style>"
    ".mf{--mf-ink:#1c2530;--mf-soft:#59636e;--mf-grid:#d5dae0;"
    "--mf-home:#0b5cad;--mf-abroad:#a8480f;--mf-paper:#fff}"
    "@media (prefers-color-scheme:dark){.mf{--mf-ink:#e8ecf1;"
    "--mf-soft:#a9b4c0;--mf-grid:#39424d;--mf-home:#6db3ff;"
    "--mf-abroad:#ffb070;--mf-paper:#14181d}}"
    "@media print{.mf{--mf-ink:#000;--mf-soft:#333;--mf-grid:#bbb;"
    "--mf-home:#0b5cad;--mf-abroad:#a8480f;--mf-paper:#fff}}"
    ".mf text{font-family:system-ui,'Noto Sans','Noto Sans CJK JP',"
    "sans-serif;font-size:12px;fill:var(--mf-ink)}"
    ".mf .mf-soft{fill:var(--mf-soft);font-size:11px}"
    ".mf .mf-grid{stroke:var(--mf-grid);stroke-width:1}"
    ".mf .mf-axis{stroke:var(--mf-ink);stroke-width:1}"
    ".mf .mf-bar{stroke-width:1.5}"
    ".mf .mf-home{fill:var(--mf-home);stroke:var(--mf-home)}"
    ".mf .mf-abroad{stroke:var(--mf-abroad)}"
    ".mf .mf-hatch{stroke:var(--mf-abroad);stroke-width:2.5}"
    ".mf .mf-partial{stroke-dasharray:4 3}"
    ".mf .mf-home.mf-partial{fill-opacity:.55}"
    "</style>";

static void add_escaped(struct buf *out, const char *text)
{
	escape_html(out, text, strlen(text));
}

static void group_digits(char *text, size_t size)
{
	char plain[32];
	size_t whole, at = 0;

	snprintf(plain, sizeof(plain), "%s", text);
	whole = strcspn(plain, ".");
	for (size_t i = 0; plain[i] != '\0' && at + 2 < size; i++) {
		if (i > 0 && i < whole && (whole - i) % 3 == 0)
			text[at++] = ',';
		text[at++] = plain[i];
	}
	text[at] = '\0';
}

const char *figure_number(double value, char *out)
{
	if (value > 0 && value < 1e-4) /* never an exponent */
		snprintf(out, 32, "%.*f", 1 - (int)floor(log10(value)), value);
	else if (value > 1e15 || (value > 0 && value < 1))
		snprintf(out, 32, "%.2g", value);
	else
		snprintf(out, 32, "%.1f", value);
	group_digits(out, 32);
	return out;
}

/* Above a bar there is room for six characters. */
static const char *bar_number(double value, char *out)
{
	if (value < 999.95)
		return figure_number(value, out);
	snprintf(out, 32, "%.0f", value);
	group_digits(out, 32);
	return out;
}

static const char *tick_number(double value, double step, char *out)
{
	int digits = step >= 1 ? 0 : (int)ceil(-log10(step) - 1e-9);

	snprintf(out, 32, "%.*f", value > 0 ? digits : 0, value);
	group_digits(out, 32);
	return out;
}

/* The step of 1, 2 or 5 times a power of ten that gives four to eight
 * lines. */
static double nice_step(double max)
{
	double step = pow(10, floor(log10(max)));

	while (max / step < 4)
		step /= max / step < 2 ? 5 : 2;
	return step;
}

static bool has_marks(const struct model *m)
{
	for (size_t i = 0; i < m->month_count; i++)
		for (int side = 0; side < TRAFFIC_SIDES; side++)
			if (m->months[i].sides[side].known &&
			    m->months[i].sides[side].partial)
				return true;
	return false;
}

static struct scale scale_of(const struct model *m)
{
	struct scale s = {.upright = m->month_count > MONTHS_WIDE};
	double max = 0, count = m->month_count > 0 ? (double)m->month_count : 1;

	for (size_t i = 0; i < m->month_count; i++)
		for (int side = 0; side < TRAFFIC_SIDES; side++)
			max = fmax(max, m->months[i].sides[side].value);
	s.step = nice_step(max > 0 ? max : 1);
	s.top = s.step * ceil((max > 0 ? max : 1) / s.step - 1e-9);
	s.group = (WIDTH_MIN - LEFT - RIGHT) / count;
	if (s.upright)
		s.group = fmax(s.group, GROUP_NARROW);
	s.bar = fmin(s.group * 0.42, 48);
	s.width = fmax(WIDTH_MIN, LEFT + RIGHT + s.group * count);
	s.height = TOP + PLOT + BOTTOM + (has_marks(m) ? FOOT : 0);
	return s;
}

static double y_of(const struct scale *s, double value)
{
	return TOP + PLOT * (1 - value / s->top);
}

static void draw_axis(const struct scale *s, const struct figure_words *w,
		      struct buf *out)
{
	buf_printf(out, "<text class=\"mf-soft\" x=\"2\" y=\"%.0f\">",
		   TOP - 16);
	add_escaped(out, w->axis);
	buf_add_string(out, "</text>\n");
	for (int i = 0; i <= TICKS_MAX && i * s->step <= s->top * 1.001; i++) {
		double y = y_of(s, i * s->step);
		char number[32];

		buf_printf(out,
			   "<line class=\"%s\" x1=\"%.0f\" x2=\"%.1f\" "
			   "y1=\"%.1f\" y2=\"%.1f\"/>"
			   "<text class=\"mf-soft\" text-anchor=\"end\" "
			   "x=\"%.0f\" y=\"%.1f\">%s</text>\n",
			   i == 0 ? "mf-axis" : "mf-grid", LEFT,
			   s->width - RIGHT, y, y, LEFT - 5, y + 4,
			   tick_number(i * s->step, s->step, number));
	}
}

static void draw_legend(const struct model *m, const struct figure_words *w,
			struct buf *out)
{
	double x = 2;

	for (int side = 0; side < TRAFFIC_SIDES; side++) {
		if (!m->has_side[side])
			continue;
		buf_printf(out,
			   "<rect class=\"mf-bar mf-%s\"%s%s%s x=\"%.1f\" "
			   "y=\"4\" width=\"14\" height=\"12\"/>"
			   "<text x=\"%.1f\" y=\"14.5\">",
			   traffic_side_text((enum traffic_side)side),
			   side == TRAFFIC_HOME ? "" : " fill=\"url(#",
			   side == TRAFFIC_HOME ? "" : w->id,
			   side == TRAFFIC_HOME ? "" : "-hatch)\"", x + 1,
			   x + 21);
		add_escaped(out, w->sides[side]);
		buf_add_string(out, "</text>\n");
		/* Latin letters are about 6.5 wide, wide ones 12. */
		x += 40;
		for (const char *c = w->sides[side]; *c != '\0'; c++)
			x += (unsigned char)*c < 0x80 ? 6.5 : 4.2;
	}
}

static void draw_value(const struct scale *s, double x, double y,
		       const char *class, const char *text, struct buf *out)
{
	if (s->upright)
		buf_printf(out,
			   "<text class=\"%s\" transform=\"translate(%.1f "
			   "%.1f) rotate(-90)\">",
			   class, x + 4, y - 5);
	else
		buf_printf(out,
			   "<text class=\"%s\" text-anchor=\"middle\" "
			   "x=\"%.1f\" y=\"%.1f\">",
			   class, x, y - 5);
	add_escaped(out, text);
	buf_add_string(out, "</text>\n");
}

static void draw_bar(const struct scale *s, const struct model_mean *mean,
		     const struct figure_words *w, int side, double x,
		     struct buf *out)
{
	double y = y_of(s, mean->value);
	char number[32];

	if (!mean->known) {
		draw_value(s, x + s->bar / 2, TOP + PLOT, "mf-soft", w->no_data,
			   out);
		return;
	}
	buf_printf(out, "<rect class=\"mf-bar mf-%s%s\"",
		   traffic_side_text((enum traffic_side)side),
		   mean->partial ? " mf-partial" : "");
	if (side != TRAFFIC_HOME)
		buf_printf(out, " fill=\"url(#%s-hatch)\"", w->id);
	buf_printf(out,
		   " x=\"%.1f\" y=\"%.1f\" width=\"%.1f\" height=\"%.1f\"/>",
		   x + 1, y, s->bar - 2, TOP + PLOT - y);
	draw_value(s, x + s->bar / 2, y, s->upright ? "mf-soft" : "mf-value",
		   bar_number(mean->value, number), out);
}

static void draw_months(const struct model *m, const struct scale *s,
			const struct figure_words *w, struct buf *out)
{
	bool both = m->has_side[TRAFFIC_HOME] && m->has_side[TRAFFIC_ABROAD];

	for (size_t i = 0; i < m->month_count; i++) {
		double middle = LEFT + s->group * ((double)i + 0.5);
		double left = both ? middle - s->bar : middle - s->bar / 2;
		bool partial = false;

		for (int side = 0; side < TRAFFIC_SIDES; side++) {
			const struct model_mean *mean =
			    &m->months[i].sides[side];

			if (!m->has_side[side])
				continue;
			draw_bar(s, mean, w, side,
				 left + (both ? side * s->bar : 0), out);
			partial |= mean->known && mean->partial;
		}
		buf_printf(out,
			   "<text text-anchor=\"middle\" x=\"%.1f\" "
			   "y=\"%.0f\">",
			   middle, TOP + PLOT + 17);
		add_escaped(out, w->months[i]);
		buf_printf(out, "%s</text>\n", partial ? "*" : "");
	}
}

void figure_draw(const struct model *m, const struct figure_words *w,
		 struct buf *out)
{
	struct scale s = scale_of(m);

	buf_printf(out,
		   "<svg xmlns=\"http://www.w3.org/2000/svg\" class=\"mf%s\" "
		   "id=\"%s\" viewBox=\"0 0 %.0f %.0f\" width=\"%.0f\" "
		   "height=\"%.0f\" role=\"img\" "
		   "aria-labelledby=\"%s-title %s-desc\">\n",
		   s.width > WIDTH_MIN + 1 ? " mf-wide" : "", w->id, s.width,
		   s.height, s.width, s.height, w->id, w->id);
	buf_printf(out, "<title id=\"%s-title\">", w->id);
	add_escaped(out, w->title);
	buf_printf(out, "</title>\n<desc id=\"%s-desc\">", w->id);
	add_escaped(out, w->description);
	buf_printf(out,
		   "</desc>\n%s\n<defs><pattern id=\"%s-hatch\" width=\"6\" "
		   "height=\"6\" patternUnits=\"userSpaceOnUse\" "
		   "patternTransform=\"rotate(45)\"><line class=\"mf-hatch\" "
		   "x1=\"1\" y1=\"0\" x2=\"1\" y2=\"6\"/></pattern></defs>\n",
		   style, w->id);
	draw_legend(m, w, out);
	draw_axis(&s, w, out);
	draw_months(m, &s, w, out);
	if (has_marks(m)) {
		buf_printf(out, "<text class=\"mf-soft\" x=\"2\" y=\"%.0f\">",
			   s.height - 10);
		add_escaped(out, w->partial);
		buf_add_string(out, "</text>\n");
	}
	buf_add_string(out, "</svg>\n");
}
