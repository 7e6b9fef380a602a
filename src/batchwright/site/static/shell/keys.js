// Shortcuts for people at a desk. They go somewhere or move the focus; none records anything. They sleep while somebody
// types, while a hand scanner types (a burst of keys), and where this browser has switched them off (WCAG 2.1.4).

const STORED = "shortcuts";
const FASTEST_HAND = 45; // milliseconds between two keys; scanners need 1 to 20
const PAUSE = 90; // a key that stands alone so long was a hand's
const SECOND_KEY = 5_000;
const ROWS = "main tbody th a[href], main tbody td:first-child a[href], main .need a.button, main .timeline-sentence > a";

const list = document.getElementById("keys");
const root = document.documentElement;
let last = 0;
let planned = 0;
let going = 0; // until when the second key after `g` counts

function isTyping(element) {
  return element instanceof HTMLElement && (element.isContentEditable || element.matches("input, textarea, select"));
}

// One link for each row that is seen, in the order of the page.
function rows() {
  const found = new Map();
  for (const link of document.querySelectorAll(ROWS)) {
    const row = link.closest("tr, li");
    if (!found.has(row) && link.checkVisibility()) found.set(row, link);
  }
  return [...found.values()];
}

function step(by) {
  const links = rows();
  if (!links.length) return;
  const here = document.activeElement?.closest("main tr, main li");
  const at = links.findIndex((link) => here?.contains(link));
  const next = at < 0 ? (by > 0 ? 0 : links.length - 1) : Math.min(Math.max(at + by, 0), links.length - 1);
  links[next].focus();
  links[next].scrollIntoView({ block: "nearest" });
}

function open() {
  const here = document.activeElement?.closest("main tr, main li");
  rows().find((link) => here?.contains(link))?.click();
}

const follow = (selector) => [...document.querySelectorAll(selector)].at(-1)?.click();

const ACTS = {
  "?": () => list.togglePopover(),
  j: () => step(1),
  k: () => step(-1),
  o: open,
  u: () => follow(".breadcrumb a[href]"),
  "[": () => follow("main [rel=prev]"),
  "]": () => follow("main [rel=next]"),
};

function onKey(event) {
  const quick = event.timeStamp - last < FASTEST_HAND;
  last = event.timeStamp;
  clearTimeout(planned);
  const off = event.ctrlKey || event.altKey || event.metaKey || event.isComposing || event.repeat && !"jk".includes(event.key);
  if (quick || off || event.defaultPrevented || root.dataset.shortcuts === "off" || isTyping(event.target)) {
    going = 0;
    return;
  }
  const place = going > event.timeStamp && document.querySelector(`.rail a[data-key="${CSS.escape(event.key)}"]`);
  going = event.key === "g" ? event.timeStamp + SECOND_KEY : 0;
  const act = place ? () => place.click() : ACTS[event.key];
  if (act) planned = setTimeout(act, PAUSE);
}

if (list) {
  document.addEventListener("keydown", onKey);
  const choice = list.querySelector("input");
  const say = (off) => {
    if (off) root.dataset.shortcuts = "off";
    else delete root.dataset.shortcuts;
    choice.checked = !off;
  };
  let stored = "";
  try {
    stored = localStorage.getItem(STORED) ?? "";
  } catch {
    // a browser that keeps nothing has them on
  }
  say(stored === "off");
  choice.closest("[hidden]").hidden = false;
  choice.addEventListener("change", () => {
    say(!choice.checked);
    try {
      localStorage.setItem(STORED, choice.checked ? "" : "off");
    } catch {
      // it counts for this page
    }
  });
}

// Who sorts a list by the keyboard stays at the head of the column, and nobody's page jumps.
const SORTED = "sorted";

document.addEventListener("click", (event) => {
  const head = event.target instanceof Element && event.target.closest("a[data-sort]");
  if (!head) return;
  try {
    sessionStorage.setItem(SORTED, JSON.stringify([location.pathname, head.dataset.sort, window.scrollY]));
  } catch {
    // then the page begins at its top
  }
});

try {
  const [path, key, top] = JSON.parse(sessionStorage.getItem(SORTED) ?? "[]");
  sessionStorage.removeItem(SORTED);
  const head = path === location.pathname && document.querySelector(`a[data-sort="${CSS.escape(key)}"]`);
  if (head) {
    head.focus({ preventScroll: true });
    window.scrollTo(0, top);
  }
} catch {
  // nothing was kept
}
