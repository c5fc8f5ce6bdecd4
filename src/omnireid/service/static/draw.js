// The drawing paper: pen and eraser by mouse, finger or stylus, with undo. The drawing goes into
// the sketch's file field as a PNG, as if it had been chosen there.
"use strict";

const easel = document.querySelector("#draw");
if (easel) {
  const paper = easel.querySelector("#paper");
  const pen = paper.getContext("2d");
  const stroke = easel.querySelector("#stroke");
  const opener = document.querySelector("[data-opens=draw]");
  const input = document.querySelector("#sketch");
  const button = (name) => easel.querySelector(`[data-does=${name}]`);
  // Every line that is on the paper; those after `done` were undone.
  let lines = [];
  let done = 0;
  let tool = "pen";
  let line = null;

  opener.hidden = false;
  opener.addEventListener("click", () => {
    repaint();
    easel.showModal();
  });

  const place = (event) => {
    const frame = paper.getBoundingClientRect();
    return [
      ((event.clientX - frame.left) * paper.width) / frame.width,
      ((event.clientY - frame.top) * paper.height) / frame.height,
    ];
  };

  const clear = () => {
    pen.fillStyle = "#ffffff";
    pen.fillRect(0, 0, paper.width, paper.height);
  };
  const paint = ({ tool: by, width, points }) => {
    if (by === "clear") return clear();
    pen.strokeStyle = by === "pen" ? "#101418" : "#ffffff";
    pen.lineWidth = by === "pen" ? width : width * 3;
    pen.lineCap = pen.lineJoin = "round";
    pen.beginPath();
    pen.moveTo(...points[0]);
    for (const point of points) pen.lineTo(...point);
    return pen.stroke();
  };

  const repaint = () => {
    clear();
    lines.slice(0, done).forEach(paint);
    if (line) paint(line);
    button("undo").disabled = done === 0;
    button("redo").disabled = done === lines.length;
    const blank = done === 0 || lines[done - 1].tool === "clear";
    button("clear").disabled = button("use").disabled = blank;
  };

  paper.addEventListener("pointerdown", (event) => {
    if (event.button !== 0) return;
    event.preventDefault();
    paper.setPointerCapture(event.pointerId);
    line = { tool, width: Number(stroke.value), points: [place(event)] };
    repaint();
  });
  paper.addEventListener("pointermove", (event) => {
    if (!line) return;
    const passed = event.getCoalescedEvents?.() ?? [];
    for (const one of passed.length ? passed : [event]) line.points.push(place(one));
    paint(line);
  });
  const finish = () => {
    if (!line) return;
    lines = [...lines.slice(0, done), line];
    done = lines.length;
    line = null;
    repaint();
  };
  paper.addEventListener("pointerup", finish);
  paper.addEventListener("pointercancel", finish);

  for (const choice of easel.querySelectorAll("[data-tool]")) {
    choice.addEventListener("click", () => {
      tool = choice.dataset.tool;
      for (const other of easel.querySelectorAll("[data-tool]")) {
        other.setAttribute("aria-pressed", String(other === choice));
      }
    });
  }
  const undo = () => {
    if (done > 0) done -= 1;
    repaint();
  };
  const redo = () => {
    if (done < lines.length) done += 1;
    repaint();
  };
  button("undo").addEventListener("click", undo);
  button("redo").addEventListener("click", redo);
  button("clear").addEventListener("click", () => {
    // A step like any other: it can be undone.
    lines = [...lines.slice(0, done), { tool: "clear" }];
    done = lines.length;
    repaint();
  });
  // On the whole page: a button that was just disabled has lost the focus.
  document.addEventListener("keydown", (event) => {
    if (!easel.open || !(event.ctrlKey || event.metaKey) || event.key.toLowerCase() !== "z") return;
    event.preventDefault();
    if (event.shiftKey) redo();
    else undo();
  });

  button("cancel").addEventListener("click", () => easel.close());
  button("use").addEventListener("click", () => {
    paper.toBlob((blob) => {
      const files = new DataTransfer();
      files.items.add(new File([blob], `${easel.dataset.name}.png`, { type: "image/png" }));
      input.files = files.files;
      input.dispatchEvent(new Event("change"));
      easel.close();
    }, "image/png");
  });
}
