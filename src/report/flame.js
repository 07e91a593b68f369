// The flame graph's behaviour, the same in the SVG file and in the page. Frames are <g class="f">
// with data-x and data-w, their place and width in millionths of the whole, and data-t, what a
// line about them says.
(function () {
	"use strict";
	var svg = document.getElementById("flame");
	var width = +svg.getAttribute("data-width");
	var frames = [].slice.call(svg.querySelectorAll("g.f"));
	var info = document.getElementById("info");
	var back = document.getElementById("back");
	var found = document.getElementById("found");
	var box = document.getElementById("search");
	var letter = 6.7;

	function at(g) {
		return { x: +g.getAttribute("data-x"), w: +g.getAttribute("data-w"), d: +g.getAttribute("data-d") };
	}

	function name(g) {
		return g.getAttribute("data-n");
	}

	function fit(text, w) {
		var room = Math.floor((w - 6) / letter);
		if (room < 3)
			return "";
		return text.length <= room ? text : text.slice(0, room - 1) + "\u2026";
	}

	function place(g, x, w) {
		var rect = g.querySelector("rect"), text = g.querySelector("text");
		g.style.display = w < 0.05 ? "none" : "";
		rect.setAttribute("x", x.toFixed(2));
		rect.setAttribute("width", Math.max(w - 0.5, 0.3).toFixed(2));
		text.setAttribute("x", (x + 3).toFixed(2));
		text.textContent = fit(name(g), w);
	}

	// Shows `to` over the whole width; what it stands on keeps the whole width, too.
	function zoom(to) {
		var z = at(to);
		frames.forEach(function (g) {
			var f = at(g);
			var under = f.d < z.d && f.x <= z.x && f.x + f.w >= z.x + z.w;
			var above = f.d >= z.d && f.x >= z.x && f.x + f.w <= z.x + z.w;
			g.classList.toggle("under", under);
			if (under)
				place(g, 0, width);
			else if (above)
				place(g, (f.x - z.x) / z.w * width, f.w / z.w * width);
			else
				g.style.display = "none";
		});
		back.style.visibility = z.d ? "visible" : "hidden";
	}

	// The share of the whole that has a match in its stack: frames above a match are counted with it.
	function search(term) {
		var re = null, end = -1, sum = 0, hits;
		try {
			re = term ? new RegExp(term, "i") : null;
		} catch (e) {
			found.textContent = "not a regular expression";
			return;
		}
		hits = frames.filter(function (g) {
			var hit = re !== null && re.test(name(g));
			g.classList.toggle("hit", hit);
			return hit;
		}).map(at);
		hits.sort(function (a, b) { return a.x - b.x || b.w - a.w; });
		hits.forEach(function (h) {
			if (h.x + h.w > end) {
				sum += h.x + h.w - Math.max(h.x, end);
				end = h.x + h.w;
			}
		});
		found.textContent = re ? "matched " + (sum / 1e4).toFixed(1) + " %" : "";
	}

	function tell(g) {
		info.textContent = g ? name(g) + ": " + g.getAttribute("data-t") : info.getAttribute("data-idle");
	}

	frames.forEach(function (g) {
		g.addEventListener("click", function () { zoom(g); });
		g.addEventListener("mouseover", function () { tell(g); });
		g.addEventListener("mouseout", function () { tell(null); });
		g.addEventListener("focus", function () { tell(g); });
		g.addEventListener("keydown", function (e) {
			if (e.key === "Enter" || e.key === " ") {
				e.preventDefault();
				zoom(g);
			}
		});
	});
	back.addEventListener("click", function () { zoom(frames[0]); });
	if (box)
		box.addEventListener("input", function () { search(box.value); });
	else
		document.getElementById("ask").addEventListener("click", function () {
			search(window.prompt("Search (regular expression):", "") || "");
		});
	document.addEventListener("keydown", function (e) {
		if (e.key === "Escape")
			zoom(frames[0]);
		if (e.key === "/" && box && document.activeElement !== box) {
			e.preventDefault();
			box.focus();
		}
	});
	if (frames.length)
		zoom(frames[0]);
})();
