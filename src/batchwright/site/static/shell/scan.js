// The scan box. `/` puts the focus into it. A hand scanner types like a very fast person and ends with Enter:
// such a burst is taken wherever the focus is not in a field, so that a label can be scanned on any page. A page that
// waits for a scan itself takes it (event `scanned`, with the code), also out of a field of another kind: what the
// scanner typed there is taken out again.

const box = document.getElementById("find");

const FASTEST_HAND = 45; // milliseconds between two keys; scanners need 1 to 20
const SHORTEST_CODE = 4;

let burst = "";
let last = 0;
let before = ""; // what stood in the field when the burst began

function typesText(element) {
  return element instanceof HTMLElement
    && (element.isContentEditable || element.matches("input:not([type=checkbox], [type=radio], [type=button]), textarea, select"));
}

function isElsewhere(element) {
  return typesText(element) && element !== box && !element.matches("[data-scan], select, [type=password]")
    && document.querySelector("[data-scan]") !== null;
}

function take(code) {
  if (!document.dispatchEvent(new CustomEvent("scanned", { detail: code, cancelable: true }))) return;
  box.value = code;
  box.form.requestSubmit();
}

function onKey(event) {
  const elsewhere = isElsewhere(event.target);
  if (event.ctrlKey || event.altKey || event.metaKey || event.isComposing || (typesText(event.target) && !elsewhere)) {
    burst = "";
    return;
  }
  const quick = event.timeStamp - last < FASTEST_HAND;
  last = event.timeStamp;
  if (event.key === "Enter") {
    if (quick && burst.length >= SHORTEST_CODE) {
      event.preventDefault();
      if (elsewhere) event.target.value = before;
      take(burst);
    }
    burst = "";
    return;
  }
  if (elsewhere) {
    if (!quick || !burst) before = event.target.value;
    if (event.key.length === 1) burst = quick ? burst + event.key : event.key;
    return;
  }
  if (event.key === "/" && !quick && document.documentElement.dataset.shortcuts !== "off") {
    event.preventDefault();
    box.focus();
    box.select();
    burst = "";
    return;
  }
  if (event.key.length === 1) burst = quick ? burst + event.key : event.key;
}

if (box) {
  document.addEventListener("keydown", onKey);
  box.addEventListener("keydown", (event) => {
    if (event.key === "Escape") box.blur();
  });
}
