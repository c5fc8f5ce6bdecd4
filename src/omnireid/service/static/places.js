// On a phone the links at the head are a strip: show where one is.
"use strict";

document.querySelector('.places [aria-current="page"]')?.scrollIntoView({ block: "nearest", inline: "center" });
for (const tab of document.querySelectorAll(".tabs [aria-current]")) {
  tab.scrollIntoView({ block: "nearest", inline: "center" });
}
