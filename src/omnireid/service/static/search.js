// Drop zones, previews, weights, the reasons' window and the busy state. All of it works without.
"use strict";

const weights = document.querySelector("#weights");

for (const zone of document.querySelectorAll("[data-zone]")) {
  const input = zone.querySelector("input[type=file]");
  const preview = zone.querySelector(".preview");
  const hint = zone.querySelector("[data-hint]");
  const remove = zone.querySelector("button.remove");
  const emptyHint = hint.textContent;

  const show = () => {
    const file = input.files[0];
    if (preview.src.startsWith("blob:")) URL.revokeObjectURL(preview.src);
    if (!file) return;
    preview.src = URL.createObjectURL(file);
    preview.hidden = false;
    hint.textContent = file.name;
    zone.classList.add("filled");
    if (remove) remove.hidden = false;
    openWeights();
  };

  input.addEventListener("change", show);
  remove?.addEventListener("click", () => {
    input.value = "";
    preview.hidden = true;
    preview.removeAttribute("src");
    hint.textContent = emptyHint;
    zone.classList.remove("filled");
    remove.hidden = true;
  });
  zone.addEventListener("dragover", (event) => {
    event.preventDefault();
    zone.classList.add("over");
  });
  zone.addEventListener("dragleave", () => zone.classList.remove("over"));
  zone.addEventListener("drop", (event) => {
    event.preventDefault();
    zone.classList.remove("over");
    if (!event.dataTransfer.files.length) return;
    const one = new DataTransfer();
    one.items.add(event.dataTransfer.files[0]);
    input.files = one.files;
    show();
  });
  if (input.files.length) show();
}

// Weights matter once the search has two parts.
function openWeights() {
  const words = document.querySelector("#text");
  const parts = document.querySelectorAll(".zone.filled").length + (words?.value.trim() ? 1 : 0);
  if (weights && parts > 1) weights.open = true;
}
document.querySelector("#text")?.addEventListener("change", openWeights);
for (const range of document.querySelectorAll(".weight input")) {
  range.addEventListener("input", () => {
    range.nextElementSibling.textContent = range.value;
  });
}

// A file dropped beside a zone must not replace the page.
for (const name of ["dragover", "drop"]) {
  document.addEventListener(name, (event) => event.preventDefault());
}

const form = document.querySelector("form[data-busy]");
form?.addEventListener("submit", () => {
  const button = form.querySelector("button[type=submit]");
  button.textContent = form.dataset.busy;
  button.setAttribute("aria-busy", "true");
});

// The reasons come into a window of this page; without scripts the link leads to a page of its own.
const why = document.querySelector("#why");
document.body.addEventListener("htmx:afterSwap", (event) => {
  if (event.detail.target.id === "why-body" && !why.open) why.showModal();
});
document.body.addEventListener("htmx:responseError", (event) => {
  // An error is a page of its own, in the words of the reader.
  const asked = event.detail.requestConfig.elt.getAttribute("href");
  if (asked) window.location.assign(asked);
});
