// Uses the link as soon as somebody looks at the page; never for a page that was fetched ahead.
"use strict";

const submit = () => document.querySelector("#link").requestSubmit();

if (document.prerendering) {
  document.addEventListener("prerenderingchange", submit, { once: true });
} else if (document.visibilityState === "hidden") {
  document.addEventListener("visibilitychange", submit, { once: true });
} else {
  submit();
}
