// The scan box. `/` puts the focus into it. A hand scanner types like a very fast person and ends with Enter:
// such a burst is taken wherever the focus is not in a field, so that a label can be scanned on any page.

const box = document.getElementById("find");

const FASTEST_HAND = 45; // milliseconds between two keys; scanners need 1 to 20
const SHORTEST_CODE = 4;

let burst = "";
let last = 0;

function typesText(element) {
  return element instanceof HTMLElement
    && (element.isContentEditable || element.matches("input:not([type=checkbox], [type=radio], [type=button]), textarea, select"));
}

function onKey(event) {
  if (event.ctrlKey || event.altKey || event.metaKey || event.isComposing || typesText(event.target)) {
    burst = "";
    return;
  }
  const quick = event.timeStamp - last < FASTEST_HAND;
  last = event.timeStamp;
  if (event.key === "Enter") {
    if (quick && burst.length >= SHORTEST_CODE) {
      event.preventDefault();
      box.value = burst;
      box.form.requestSubmit();
    }
    burst = "";
    return;
  }
  if (event.key === "/" && !quick) {
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
