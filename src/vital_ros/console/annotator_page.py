"""The page for key points, whole in itself: nothing is loaded from elsewhere."""

from __future__ import annotations

PAGE = """<!doctype html>
<html lang="en">
<meta charset="utf-8">
<title>vital_ros: key points</title>
<style>
  body { margin: 0; background: #16181c; color: #d8dade; font: 14px/1.5 system-ui, sans-serif; }
  main { display: flex; flex-wrap: wrap; gap: 16px; padding: 12px; align-items: flex-start; }
  canvas { image-rendering: pixelated; cursor: crosshair; background: #000; }
  aside { width: 280px; } p { margin: 0 0 10px; color: #a4a9b2; }
  label { display: block; padding: 3px 0; cursor: pointer; } b { display: inline-block; width: 12px; height: 12px; }
  button, input[type=text] { font: inherit; padding: 4px 10px; margin: 8px 6px 0 0; background: #2a2e36; color: inherit;
    border: 1px solid #4a505c; border-radius: 4px; } button:disabled { opacity: 0.4; }
  #told { margin-top: 12px; white-space: pre-wrap; }
</style>
<main>
  <canvas id="frame"></canvas>
  <aside>
    <p>Choose what to mark, then click a few points on it: every part of it that has a colour of its own, and near its
    ends. All that is not <i>negative</i> is kept when the background is replaced.</p>
    <div id="kinds"></div>
    <input type="text" id="name" placeholder="another object" size="16"><button id="add">add</button><br>
    <button id="undo">undo</button><button id="save">save</button>
    <div id="told"></div>
  </aside>
</main>
<script>
  const element = id => document.getElementById(id);
  const colours = ["#ff40ff", "#40ffff", "#ffa000", "#ffff40", "#8080ff", "#ff8080"], negative = "negative";
  const canvas = element("frame"), pen = canvas.getContext("2d"), picture = new Image();
  let kinds = [], chosen = "", clicks = [], zoom = 1;
  const colour = name => name === negative ? "#ffffff" : colours[kinds.indexOf(name) % colours.length];
  function draw() {
    pen.imageSmoothingEnabled = false;
    pen.drawImage(picture, 0, 0, canvas.width, canvas.height);
    for (const click of clicks) {
      pen.beginPath();
      pen.arc((click.x + 0.5) * zoom, (click.y + 0.5) * zoom, 4, 0, 7);
      pen.fillStyle = colour(click.name); pen.fill();
      pen.strokeStyle = "#000"; pen.stroke();
    }
    element("undo").disabled = clicks.length === 0;
  }
  function list() {
    element("kinds").replaceChildren(...[...kinds, negative].map(name => {
      const label = document.createElement("label"), radio = document.createElement("input");
      const patch = document.createElement("b");
      radio.type = "radio"; radio.name = "kind"; radio.checked = name === chosen;
      radio.onchange = () => { chosen = name; };
      patch.style.background = colour(name);
      label.append(radio, " ", patch, " " + name);
      return label;
    }));
  }
  function add(name) {
    if (name && name !== negative && !kinds.includes(name)) kinds.push(name);
    chosen = name || chosen;
    list();
  }
  function undo() { clicks.pop(); draw(); }
  async function save() {
    const of = name => clicks.filter(click => click.name === name).map(click => [click.x, click.y]);
    const objects = kinds.map(name => ({ name, points: of(name) })).filter(object => object.points.length);
    const response = await fetch("save", { method: "POST", headers: { "Content-Type": "application/json" },
      body: JSON.stringify({ objects, negative: of(negative) }) });
    element("told").textContent = await response.text();
    element("told").style.color = response.ok ? "#98c379" : "#e06c75";
  }
  canvas.onclick = event => {
    const round = value => Math.round(value * 10) / 10;
    const x = round(Math.max(0, Math.min(picture.width - 1, event.offsetX / zoom - 0.5)));
    const y = round(Math.max(0, Math.min(picture.height - 1, event.offsetY / zoom - 0.5)));
    clicks.push({ name: chosen, x, y });
    draw();
  };
  element("add").onclick = () => { add(element("name").value.trim()); element("name").value = ""; };
  element("undo").onclick = undo;
  element("save").onclick = save;
  document.onkeydown = event => { if (event.ctrlKey && event.key === "z") undo(); };
  picture.onload = async () => {
    zoom = Math.max(1, Math.floor(Math.min((innerWidth - 340) / picture.width, (innerHeight - 30) / picture.height)));
    canvas.width = picture.width * zoom; canvas.height = picture.height * zoom;
    const state = await (await fetch("state")).json();
    kinds = state.objects.map(object => object.name);
    chosen = kinds[0] || negative;
    for (const object of [...state.objects, { name: negative, points: state.negative }])
      for (const [x, y] of object.points) clicks.push({ name: object.name, x, y });
    list(); draw();
  };
  picture.src = "frame.png";
</script>
</html>
"""
