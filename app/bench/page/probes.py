"""What is run inside the page; its own code knows nothing of it."""

from __future__ import annotations

WATCH = """
window.probe = { stations: null, drawn: null };
new MutationObserver(() => {
  const now = performance.now();
  if (document.querySelector("[data-station], .area")) window.probe.stations ??= now;
  if (document.body?.dataset.page === "idle") window.probe.drawn ??= now;
}).observe(document, { subtree: true, childList: true, attributes: true });
"""
"""Before the page's own scripts: notes when stations are listed first, and when all is drawn."""

LOADED = """() => ({
  first_paint_ms: performance.getEntriesByName("first-contentful-paint")[0]?.startTime ?? null,
  stations_ms: window.probe.stations,
  drawn_ms: window.probe.drawn,
})"""
"""ms since the navigation began."""

PAN = """({ seconds, pixelsPerSecond }) => new Promise((done) => {
  const canvas = document.querySelector("canvas.maplibregl-canvas");
  const { left, top, width, height } = canvas.getBoundingClientRect();
  const y = top + height / 2;
  const tell = (kind, x, buttons) =>
    canvas.dispatchEvent(new MouseEvent(kind, {
      bubbles: true, cancelable: true, view: window, button: 0, buttons, clientX: x, clientY: y,
    }));
  const from = left + width / 2;
  const times = [];
  let to = from;
  tell("mousedown", from, 1);
  const step = (now) => {
    times.push(now);
    const passed = (now - times[0]) / 1000;
    if (passed < seconds) {
      to = from - pixelsPerSecond * passed;
      tell("mousemove", to, 1);
      requestAnimationFrame(step);
    } else {
      tell("mouseup", to, 0);
      done(times.slice(1).map((time, at) => time - times[at]));
    }
  };
  requestAnimationFrame(step);
})"""
"""Drags the map at a constant speed, whatever the frames take; ms between frames."""
