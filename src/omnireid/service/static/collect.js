// Adding results to a case without leaving them. Without this file the form leads to a page.
"use strict";

(() => {
  const form = document.getElementById("collect");
  const dialog = document.getElementById("collect-dialog");
  const told = form.querySelector("[data-selected]");
  const picked = () => [...form.elements].filter((one) => one.name === "item" && one.checked);

  const count = () => {
    const number = picked().length;
    told.textContent = number ? told.dataset.text.replace("{count}", number) : "";
    form.hidden = number === 0;
    form.querySelector("[type=reset]").hidden = number === 0;
  };
  const send = async (from, submitter) => {
    const body = new FormData(from, submitter);
    try {
      const answer = await fetch(from.action, { method: "POST", body, headers: { "X-Part": "1" } });
      const page = new DOMParser().parseFromString(await answer.text(), "text/html");
      const part = page.querySelector("main") ?? page.body;
      dialog.replaceChildren(...part.childNodes);
      if (from !== form && answer.ok) form.reset();
    } catch {
      const notice = document.createElement("p");
      notice.className = "notice bad";
      notice.textContent = dialog.dataset.offline;
      dialog.replaceChildren(notice);
    }
    if (!dialog.open) dialog.showModal();
    (dialog.querySelector("[autofocus]") ?? dialog.querySelector("button, a"))?.focus();
  };

  document.addEventListener("change", (event) => { if (event.target.form === form) count(); });
  form.addEventListener("reset", () => requestAnimationFrame(count));
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    if (picked().length || event.submitter?.name === "only") send(form, event.submitter);
  });
  dialog.addEventListener("submit", (event) => {
    event.preventDefault();
    send(event.target, event.submitter);
  });
  dialog.addEventListener("click", (event) => {
    if (event.target.closest("[data-dismiss]")) { event.preventDefault(); dialog.close(); }
  });
  count();
})();
