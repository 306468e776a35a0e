"""The page of the live view, whole in itself: nothing is loaded from elsewhere."""

from __future__ import annotations

PAGE = """<!doctype html>
<html lang="en">
<meta charset="utf-8">
<title>vital_ros</title>
<style>
  body { margin: 0; background: #16181c; color: #d8dade; font: 14px/1.4 system-ui, sans-serif; }
  main { display: grid; grid-template-columns: minmax(320px, 640px) minmax(240px, 480px); gap: 12px; padding: 12px; }
  figure { margin: 0; } img { width: 100%; background: #000; image-rendering: pixelated; display: block; }
  img#third { aspect-ratio: 4 / 3; } img#wrist { aspect-ratio: 5 / 4; }
  figcaption { color: #8b9099; padding: 4px 0; } #state { padding: 8px 12px 0; font-size: 16px; }
  canvas { width: 100%; height: 150px; background: #1f2228; }
</style>
<div id="state">waiting for the graph</div>
<main>
  <figure><img id="third" src="third" alt=""><figcaption>third camera</figcaption></figure>
  <div>
    <figure><img id="wrist" src="wrist" alt=""><figcaption>wrist camera</figcaption></figure>
    <figure><canvas id="touch" width="480" height="150"></canvas><figcaption id="norm">touch</figcaption></figure>
  </div>
</main>
<script>
  const element = id => document.getElementById(id);
  const colours = ["#e06c75", "#98c379", "#61afef"];  // x, y, z
  function draw(pads, limit) {
    const canvas = element("touch"), pen = canvas.getContext("2d"), middle = canvas.height / 2;
    pen.clearRect(0, 0, canvas.width, canvas.height);
    const values = pads.flat(), step = canvas.width / (values.length + pads.length);
    let x = step / 2;
    for (const pad of pads) {
      pad.forEach((value, index) => {
        const height = Math.max(-1, Math.min(1, value / limit)) * (middle - 4);
        pen.fillStyle = colours[index % 3];
        pen.fillRect(x, middle - Math.max(height, 0), step * 0.8, Math.max(1, Math.abs(height)));
        x += step;
      });
      x += step;
    }
  }
  new EventSource("state").onmessage = event => {
    const told = JSON.parse(event.data);
    element("state").textContent = told.line;
    if (told.pads) {
      draw(told.pads, told.scale);
      element("norm").textContent = "touch of both pads, field without baseline, \\u00b1" + told.scale + " uT"
        + "; norms " + told.norms.map(Math.round).join(" and ") + " uT";
    } else {
      element("norm").textContent = "touch: nothing on /anyskin/tactile";
    }
  };
</script>
</html>
"""
