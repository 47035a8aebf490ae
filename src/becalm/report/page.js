// Conveniences only: the page is whole and prints whole without this script.
"use strict";
const folded = [...document.querySelectorAll("details.twin")];
for (const one of folded) one.open = false;
addEventListener("beforeprint", () => { for (const one of folded) { one.dataset.was = one.open ? "1" : ""; one.open = true; } });
addEventListener("afterprint", () => { for (const one of folded) one.open = one.dataset.was === "1"; });
