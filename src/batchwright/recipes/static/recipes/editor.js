// The text of a recipe: line numbers that scroll with it, the lines with findings marked, and a link of a finding
// leads to its line. Checking happens beside it (htmx) and never holds up typing.

const area = document.querySelector(".editor textarea");
const gutter = document.querySelector(".editor .gutter");
const found = document.getElementById("found");

function number() {
  const count = area.value.split("\n").length;
  while (gutter.childElementCount > count) gutter.lastElementChild.remove();
  while (gutter.childElementCount < count) {
    const line = document.createElement("span");
    line.textContent = String(gutter.childElementCount + 1);
    gutter.append(line);
  }
  follow();
}

function follow() {
  gutter.scrollTop = area.scrollTop;
}

function mark() {
  for (const line of gutter.querySelectorAll("[data-severity]")) delete line.dataset.severity;
  for (const link of found.querySelectorAll("[data-line]")) {
    const line = gutter.children[Number(link.dataset.line) - 1];
    if (line && line.dataset.severity !== "error") line.dataset.severity = link.dataset.severity;
  }
}

function lead(event) {
  const link = event.target instanceof Element && event.target.closest("[data-line]");
  if (!link) return;
  event.preventDefault();
  const lines = area.value.split("\n");
  const wanted = Math.min(Number(link.dataset.line), lines.length) - 1;
  const start = lines.slice(0, wanted).reduce((sum, line) => sum + line.length + 1, 0);
  area.focus();
  area.setSelectionRange(start, start + lines[wanted].length);
  const height = parseFloat(getComputedStyle(area).lineHeight);
  area.scrollTop = Math.max(0, (wanted - 5) * height);
  follow();
}

if (area && gutter && found) {
  number();
  mark();
  area.addEventListener("input", number);
  area.addEventListener("scroll", follow);
  found.addEventListener("click", lead);
  document.body.addEventListener("htmx:afterSettle", mark);
}
