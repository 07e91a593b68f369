// SPDX-License-Identifier: GPL-2.0
/*
 * The tree as a picture: a file of its own, or within a page. Without script it is a picture with
 * tooltips; with it (flame.js) it zooms and searches. It loads nothing from anywhere.
 */
#include <inttypes.h>
#include "base/out.h"
#include "report/flame.h"
#include "report/report.h"
#include "report/markup.h"
#include "flame_css.h"
#include "flame_js.h"

#define WIDTH	   1200
#define ROW_HEIGHT 17
#define TOP_HEIGHT 56
#define LETTER	   6.7
#define WHOLE	   1000000.0
/* Narrower than this share of the whole nothing can be seen, however far one zooms. */
#define SHARE_MIN 0.00001

static const char *const classes[] = {
	[FLAME_ALL] = "all",   [FLAME_GROUP] = "group",	  [FLAME_PROCESS] = "process",
	[FLAME_USER] = "user", [FLAME_KERNEL] = "kernel",
};

struct picture {
	const struct flame *f;
	FILE *out;
	double unit; /* of cost, as a share of the whole */
	unsigned depth_max;
};

static unsigned depth_of(const struct flame_node *n)
{
	unsigned deepest = 0;

	for (const struct flame_node *c = n->children; c; c = c->next) {
		unsigned d = c->total ? depth_of(c) : 0;

		if (d > deepest)
			deepest = d;
	}
	return deepest + 1;
}

/* Red where there is more than in the recording that is compared with, blue where there is less. */
static void put_difference_fill(const struct picture *p, const struct flame_node *n)
{
	double more = (double)n->total - (double)n->base_total;
	double most = n->total > n->base_total ? n->total : n->base_total;
	int fade = most ? 235 - (int)(140 * (more < 0 ? -more : more) / most) : 235;

	if (p->f->differential && n->kind != FLAME_ALL)
		out__printf(p->out, " style=\"fill:rgb(%d,%d,%d)\"", more >= 0 ? 245 : fade, fade,
			    more <= 0 ? 245 : fade);
}

static void put_words(const struct picture *p, const struct flame_node *n)
{
	char cost[FLAME_COST_BYTES], base[FLAME_COST_BYTES];

	out__printf(p->out, "%s, %.2f %%", flame__cost_text(p->f, n->total, cost),
		    100 * n->total * p->unit);
	if (p->f->differential)
		out__printf(p->out, " (before: %s)", flame__cost_text(p->f, n->base_total, base));
}

static void put_label(const struct picture *p, const char *name, double width)
{
	int room = (width - 6) / LETTER;

	if (room >= 3)
		markup__text_cut(p->out, name, room);
}

static void put_frame(const struct picture *p, const struct flame_node *n, double x, unsigned depth)
{
	double w = n->total * p->unit;
	double y = TOP_HEIGHT + (p->depth_max - 1 - depth) * ROW_HEIGHT;

	out__printf(
		p->out,
		"<g class=\"f %s\" tabindex=\"0\" data-d=\"%u\" data-x=\"%.2f\" data-w=\"%.2f\" data-n=\"",
		classes[n->kind], depth, x * WHOLE, w * WHOLE);
	markup__text(p->out, n->name);
	out__raw(p->out, "\" data-t=\"");
	put_words(p, n);
	out__raw(p->out, "\"><title>");
	markup__text(p->out, n->name);
	out__raw(p->out, ": ");
	put_words(p, n);
	out__printf(p->out,
		    "</title><rect x=\"%.2f\" y=\"%.0f\" width=\"%.2f\" height=\"%d\" rx=\"1\"",
		    x * WIDTH, y, w * WIDTH > 0.8 ? w * WIDTH - 0.5 : 0.3, ROW_HEIGHT - 1);
	put_difference_fill(p, n);
	out__printf(p->out, "/><text x=\"%.2f\" y=\"%.0f\">", x * WIDTH + 3, y + 12);
	put_label(p, n->name, w * WIDTH);
	out__raw(p->out, "</text></g>\n");
}

static void put_tree(const struct picture *p, const struct flame_node *n, double x, unsigned depth)
{
	put_frame(p, n, x, depth);
	for (const struct flame_node *c = n->children; c; c = c->next) {
		if (c->total * p->unit >= SHARE_MIN)
			put_tree(p, c, x, depth + 1);
		x += c->total * p->unit;
	}
}

/* The line below the title says what the mouse is on, else what all of it is. */
static void put_head(const struct picture *p, bool page)
{
	out__raw(p->out, "<text class=\"title\" x=\"3\" y=\"18\">");
	markup__text(p->out, p->f->title);
	out__raw(p->out,
		 "</text>\n<text id=\"info\" class=\"words\" x=\"3\" y=\"38\" data-idle=\"all: ");
	put_words(p, p->f->root);
	out__raw(p->out, "\">all: ");
	put_words(p, p->f->root);
	out__printf(
		p->out,
		"</text>\n<text id=\"back\" class=\"words button\" x=\"%d\" y=\"18\" style=\"visibility:hidden\">"
		"Reset zoom</text>\n",
		WIDTH - 190);
	if (page)
		return;
	out__printf(p->out,
		    "<text id=\"ask\" class=\"words button\" x=\"%d\" y=\"18\">Search</text>\n",
		    WIDTH - 90);
	out__printf(p->out, "<text id=\"found\" class=\"words\" x=\"%d\" y=\"38\"></text>\n",
		    WIDTH - 190);
}

static void put_block(FILE *out, const char *before, const char *text, const char *behind)
{
	out__raw(out, before);
	out__raw(out, text);
	out__raw(out, behind);
}

/* The <svg> element; without style and script, which a page has once. */
static void put_svg(const struct flame *f, FILE *out, bool page)
{
	struct picture p = { .f = f, .out = out, .depth_max = depth_of(f->root) };
	unsigned height = TOP_HEIGHT + p.depth_max * ROW_HEIGHT + 4;

	p.unit = f->root->total ? 1.0 / f->root->total : 0;
	out__printf(
		out,
		"<svg id=\"flame\" xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 %d %u\" width=\"100%%\" "
		"data-width=\"%d\" role=\"img\" aria-label=\"",
		WIDTH, height, WIDTH);
	markup__text(out, f->title);
	out__raw(out, "\">\n");
	if (!page)
		put_block(out, "<style>\n", flame_css, "</style>\n");
	put_head(&p, page);
	put_tree(&p, f->root, 0, 0);
	if (!page)
		put_block(out, "<script><![CDATA[\n", flame_js, "]]></script>\n");
	out__raw(out, "</svg>\n");
}

static int write_svg(const struct flame *f, FILE *out)
{
	out__raw(out, "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n");
	put_svg(f, out, false);
	return report__finish(out);
}

static int write_html(const struct flame *f, FILE *out)
{
	out__raw(out, "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
		      "<meta name=\"viewport\" content=\"width=device-width\">\n<title>pinacct: ");
	markup__text(out, f->title);
	put_block(
		out,
		"</title>\n<style>\nbody { margin: 8px; font: 13px system-ui, sans-serif; }\n"
		"@media (prefers-color-scheme: dark) { body { background: #161b22; color: #e6edf3; } }\n",
		flame_css,
		"</style>\n</head>\n<body>\n"
		"<p><label>Search <input id=\"search\" type=\"search\" "
		"placeholder=\"regular expression ( / )\"></label> "
		"<span id=\"found\" role=\"status\"></span></p>\n");
	put_svg(f, out, true);
	put_block(out, "<script>\n", flame_js, "</script>\n</body>\n</html>\n");
	return report__finish(out);
}

const struct flame_format flame_svg = { ".svg", write_svg };
const struct flame_format flame_html = { ".html", write_html };
