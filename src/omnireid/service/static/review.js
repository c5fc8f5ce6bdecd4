// Reviewing by keyboard: the neighbours are fetched ahead, decisions are sent without a new page.
// Without this file every candidate is a page of its own, and every decision a form.
"use strict";

(() => {
  const place = document.getElementById("candidate");
  const said = document.getElementById("said");
  const keys = document.getElementById("keys");
  const base = place.dataset.review;
  const numbers = (text) => (text ? text.split(",").map(Number) : []);
  const queue = numbers(place.dataset.queue);
  const waiting = new Set(numbers(place.dataset.waiting));
  const decided = [];
  const ahead = new Map();
  let beside = false;
  let busy = false;

  const article = () => place.querySelector("[data-candidate]");
  const current = () => Number(article()?.dataset.candidate);
  const csrf = () => document.querySelector("input[name=csrf]")?.value ?? "";
  const say = (text) => { said.textContent = ""; requestAnimationFrame(() => { said.textContent = text; }); };

  // Fetch a candidate and its pictures before it is wanted.
  const fetchPart = async (id) => {
    const answer = await fetch(`${base}/${id}`, { headers: { "X-Part": "1" } });
    if (!answer.ok) throw new Error(String(answer.status));
    const part = new DOMParser().parseFromString(await answer.text(), "text/html").body.firstElementChild;
    for (const image of part.querySelectorAll(".picture img")) new Image().src = image.getAttribute("src");
    return part;
  };
  const prefetch = (id) => {
    if (id === undefined || ahead.has(id)) return;
    ahead.set(id, fetchPart(id).catch(() => { ahead.delete(id); return null; }));
  };
  const nextWaiting = (from) => {
    const at = queue.indexOf(from);
    return [...queue.slice(at + 1), ...queue.slice(0, at)].find((id) => waiting.has(id));
  };

  const put = (part) => {
    place.replaceChildren(part);
    for (const hidden of part.querySelectorAll("[data-open], [data-toggle]")) hidden.hidden = false;
    for (const panel of part.querySelectorAll("[data-panel]")) panel.hidden = true;
    const left = part.querySelector("[data-left]");
    if (left) left.textContent = left.textContent.replace(/\d+/, String(waiting.size));
    setBeside(beside);
    part.focus({ preventScroll: true });
  };
  const setBeside = (on) => {
    beside = on;
    const shown = place.querySelector("[data-beside]");
    if (shown) shown.hidden = !on;
    place.querySelector("[data-toggle=beside]")?.setAttribute("aria-pressed", String(on));
    place.classList.toggle("comparing", on);
  };

  const show = async (id, before = "") => {
    if (id === undefined) return finish(before);
    prefetch(id);
    const part = await ahead.get(id);
    ahead.delete(id);
    if (!part) return say(place.dataset.offline);
    put(part);
    history.replaceState(null, "", `${base}/${id}`);
    document.title = `${part.querySelector(".place").textContent.split("·")[0].trim()} · OmniReID`;
    say(`${before} ${part.querySelector("h1").textContent}, ${part.querySelector(".badge").textContent}`);
    fetch(`${base}/${id}/seen`, { method: "POST", headers: { "X-CSRF-Token": csrf() } }).catch(() => {});
    settle(id);
  };
  const settle = (id) => {
    prefetch(nextWaiting(id));
    const at = queue.indexOf(id);
    prefetch(queue[at + 1]);
    prefetch(queue[at - 1]);
  };
  const finish = (before) => {
    place.replaceChildren(document.getElementById("finished").content.cloneNode(true));
    const done = place.querySelector("[data-finished]");
    say(`${before} ${done.querySelector("h2").textContent}`);
    done.focus();
  };
  const step = (by) => {
    const at = queue.indexOf(current()) + by;
    if (at >= 0 && at < queue.length) show(queue[at]);
  };

  const send = async (form, submitter) => {
    if (busy) return;
    busy = true;
    const id = current();
    const body = new FormData(form, submitter);
    const verdict = body.get("verdict");
    try {
      const answer = await fetch(form.action, { method: "POST", body, headers: { "X-Part": "1" } });
      const part = new DOMParser().parseFromString(await answer.text(), "text/html").querySelector("[data-candidate]");
      if (!part) { location.assign(`${base}/${id}`); return; }
      if ("waits" in part.dataset) waiting.add(id); else waiting.delete(id);
      // A stale copy of this candidate must not come back.
      ahead.delete(id);
      const spoken = part.dataset.said ?? "";
      if (answer.ok && (verdict === "confirm" || verdict === "reject")) {
        decided.push(id);
        await show(nextWaiting(id), spoken);
      } else {
        put(part);
        say(answer.ok ? spoken : part.querySelector("[role=alert]")?.textContent ?? "");
      }
    } catch {
      say(place.dataset.offline);
      tell(place.dataset.offline);
    } finally {
      busy = false;
    }
  };
  const tell = (text) => {
    const notice = document.createElement("p");
    notice.className = "notice bad";
    notice.setAttribute("role", "alert");
    notice.textContent = text;
    article()?.querySelector(":scope > .notice")?.remove();
    article()?.prepend(notice);
  };

  const undo = async () => {
    if (!article()?.dataset.mine) {
      const last = decided.pop();
      if (last === undefined) return say(place.dataset.noUndo);
      ahead.delete(last);
      await show(last);
    } else {
      const at = decided.lastIndexOf(current());
      if (at >= 0) decided.splice(at, 1);
    }
    const button = place.querySelector("button[value=withdraw]");
    if (button) await send(button.form, button);
  };
  const open = (name) => {
    const panel = place.querySelector(`[data-panel=${name}]`);
    if (!panel) return;
    for (const other of place.querySelectorAll("[data-panel]")) other.hidden = other !== panel;
    panel.querySelector("input:not([type=hidden]), textarea").focus();
  };
  const shut = () => {
    for (const panel of place.querySelectorAll("[data-panel]")) panel.hidden = true;
    article()?.focus({ preventScroll: true });
  };
  const press = (value) => {
    const button = place.querySelector(`.decide button[value=${value}]`);
    if (button) send(button.form, button);
  };

  place.addEventListener("submit", (event) => {
    event.preventDefault();
    send(event.target, event.submitter);
  });
  place.addEventListener("click", (event) => {
    const button = event.target.closest("button");
    const link = event.target.closest("a[rel]");
    if (link && !event.ctrlKey && !event.metaKey) { event.preventDefault(); step(link.rel === "next" ? 1 : -1); }
    if (button?.dataset.open) open(button.dataset.open);
    if (button?.dataset.toggle) setBeside(!beside);
  });
  document.querySelector("[data-keys]").addEventListener("click", () => keys.showModal());

  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || event.isComposing || keys.open) return;
    const panel = event.target.closest?.("[data-panel]");
    if (event.key === "Escape" && panel) { shut(); return; }
    const radio = event.target.matches?.("input[type=radio]");
    if (panel?.dataset.panel === "reject" && radio && /^[1-9]$/.test(event.key)) {
      const choice = panel.querySelectorAll("input[type=radio]")[Number(event.key) - 1];
      if (!choice) return;
      event.preventDefault();
      choice.checked = true;
      // Another reason wants words first; every other one is complete.
      if (choice.value === "other") panel.querySelector("#reject-words").focus();
      else panel.requestSubmit();
      return;
    }
    if (event.target.matches?.("input, textarea, select")) return;
    const acts = {
      j: () => step(1), ArrowRight: () => step(1), ArrowDown: () => step(1),
      k: () => step(-1), ArrowLeft: () => step(-1), ArrowUp: () => step(-1),
      c: () => press("confirm"), r: () => open("reject"), u: undo, n: () => open("note"),
      s: () => setBeside(!beside), "?": () => keys.showModal(),
    };
    const act = acts[event.key.length === 1 ? event.key.toLowerCase() : event.key];
    if (!act) return;
    event.preventDefault();
    if (!busy) act();
  });

  document.querySelector("[data-keys]").hidden = false;
  put(article());
  settle(current());
})();
