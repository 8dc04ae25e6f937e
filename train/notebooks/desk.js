// A sheet to draw on and a file chooser. Each sends a picture file's bytes to Python (desk.py), which sends back the
// answer as HTML.
const SIDE = 280;
const PEN = 20;

function render({ model, el }) {
  const sheet = make("canvas", { width: SIDE, height: SIDE, className: "sheet" });
  sheet.style.cssText = "border: 1px solid gray; touch-action: none; cursor: crosshair";
  const pen = sheet.getContext("2d");
  const answer = make("div", { className: "said" });
  const chooser = make("input", { type: "file", accept: "image/*" });

  const clear = () => {
    pen.fillStyle = "white";
    pen.fillRect(0, 0, SIDE, SIDE);
    pen.lineWidth = PEN;
    pen.lineCap = pen.lineJoin = "round";
  };
  const lay = async (file) => {
    clear();
    const picture = await createImageBitmap(file).catch(() => null); // a kind that this browser cannot show
    if (!picture) return;
    const scale = Math.min(SIDE / picture.width, SIDE / picture.height);
    pen.drawImage(picture, 0, 0, picture.width * scale, picture.height * scale);
  };
  const send = async (picture, name) => model.send({ name }, undefined, [await picture.arrayBuffer()]);
  const show = () => { answer.innerHTML = model.get("answer"); };

  sheet.addEventListener("pointerdown", (event) => {
    sheet.setPointerCapture(event.pointerId);
    pen.beginPath();
    pen.moveTo(event.offsetX, event.offsetY);
    pen.lineTo(event.offsetX, event.offsetY);
    pen.stroke();
  });
  sheet.addEventListener("pointermove", (event) => {
    if (!sheet.hasPointerCapture(event.pointerId)) return;
    pen.lineTo(event.offsetX, event.offsetY);
    pen.stroke();
  });
  sheet.addEventListener("pointerup", () => sheet.toBlob((picture) => send(picture, "drawing.png")));
  chooser.addEventListener("change", () => {
    const [file] = chooser.files;
    if (!file) return;
    send(file, file.name);
    lay(file);
    chooser.value = ""; // the same file may be chosen again
  });

  const left = make("div", {}, sheet, make("div", {}, button("Clear", () => { clear(); model.send({}); }), chooser));
  const labels = model.get("labels");
  if (labels.length) {
    const keep = labels.map((label) => button(label, () => model.send({ keep: label })));
    left.append(make("div", {}, "Keep it as a ", ...keep));
  }
  const both = make("div", {}, left, answer);
  both.style.cssText = "display: flex; flex-wrap: wrap; gap: 2em; align-items: center";
  model.on("change:answer", show);
  clear();
  show();
  el.append(both);
  return () => model.off("change:answer", show);
}

function make(tag, properties, ...children) {
  const element = Object.assign(document.createElement(tag), properties);
  element.append(...children);
  return element;
}

function button(words, onclick) {
  return make("button", { textContent: words, onclick });
}

export default { render };
