// What an operator records is first written down on the tablet, then sent; it is forgotten once the plant has answered.
// Where no answer comes it stays, is shown as not sent, and is sent again when the connection is back: under the same
// idempotency key, so that it counts once, and with the time at which the button was pressed. Passwords are never kept;
// what needs a second person waits until that person identifies again.

const strip = document.querySelector(".kept");
const user = strip.dataset.keptOf;
const words = strip.dataset;
const skew = Date.parse(words.now) - Date.now(); // the clock of the plant counts, not that of the tablet
const PATIENCE = 20_000; // milliseconds
const AGAIN = 5_000;
const STUCK = 120_000;
const LOG_IN = "/accounts/";

// ------------------------------------------------------------------------------------------------ the tablet's memory
let opened = null;

function database() {
  opened ??= new Promise((resolve, reject) => {
    const asked = indexedDB.open("batchwright", 1);
    asked.onupgradeneeded = () => asked.result.createObjectStore("kept", { keyPath: "key" });
    asked.onsuccess = () => resolve(asked.result);
    asked.onerror = () => reject(asked.error);
  });
  return opened;
}

async function store(mode, act) {
  const transaction = (await database()).transaction("kept", mode, { durability: "strict" }); // also when the power goes
  return new Promise((resolve, reject) => {
    const asked = act(transaction.objectStore("kept"));
    transaction.oncomplete = () => resolve(asked.result);
    transaction.onerror = () => reject(transaction.error);
  });
}

const keep = (item) => store("readwrite", (kept) => kept.put(item));
const forget = (key) => store("readwrite", (kept) => kept.delete(key));

async function waiting() {
  const every = await store("readonly", (kept) => kept.getAll());
  every.sort((one, other) => one.pressed.localeCompare(other.pressed));
  return [every.filter((one) => one.user === user), every.filter((one) => one.user !== user)];
}

// ------------------------------------------------------------------------------------------------------------ sending
function token() {
  return strip.querySelector("[name=csrfmiddlewaretoken]").value;
}

async function send(item, password) {
  const body = new FormData();
  for (const [name, value] of item.fields) body.append(name, value);
  if (password) body.append("second_password", password);
  body.append("pressed_at", item.pressed);
  const limit = new AbortController();
  const timer = setTimeout(() => limit.abort(), PATIENCE);
  try {
    const answer = await fetch(item.action, {
      method: "POST", body, headers: { "X-CSRFToken": token() }, signal: limit.signal, credentials: "same-origin",
    });
    return { answer, page: new DOMParser().parseFromString(await answer.text(), "text/html") };
  } finally {
    clearTimeout(timer);
  }
}

// recorded, refused (on record too), not (nothing is on record), out (nobody is signed in), lost (no answer of the plant)
function outcome({ answer, page }) {
  const where = new URL(answer.url);
  if (answer.redirected && where.pathname.startsWith(LOG_IN)) return "out";
  if (answer.status >= 500 && answer.status !== 503 || !page.getElementById("content")) return "lost";
  if (!answer.ok) return page.body.classList.contains("entrance") ? "out" : "not"; // nobody is signed in, or anew
  return where.searchParams.has("attempt") ? "refused" : "recorded";
}

// -------------------------------------------------------------------------------------------------- taking in a form
document.addEventListener("submit", (event) => {
  const form = event.target.closest("form[data-kept-form]");
  if (!form || event.defaultPrevented) return;
  event.preventDefault();
  if (form.matches("[data-busy]")) return;
  for (const part of form.querySelectorAll("details:not([open])")) {
    if (part.querySelector(":invalid")) part.open = true;
  }
  if (form.checkValidity()) take(form);
  else form.reportValidity();
});

const flying = new Set(); // keys of what is on its way from this page just now

async function take(form) {
  const fields = [...new FormData(form)].filter(
    ([name, value]) => name !== "csrfmiddlewaretoken" && !form.querySelector(`[name="${CSS.escape(name)}"][data-never-kept]`)
      && !(value instanceof File && !value.name),
  );
  const password = form.querySelector("[data-never-kept]")?.value ?? "";
  const item = {
    key: form.elements.idempotency_key.value, user, action: new URL(form.action).pathname, seen: form.dataset.seen,
    what: form.dataset.what, fields, pressed: new Date(Date.now() + skew).toISOString(), second: Boolean(password),
    state: "waits",
  };
  busy(form, true);
  settled.length = 0; // what was sent late has been read by whoever goes on
  flying.add(item.key);
  await keep(item).catch(() => {}); // a browser that keeps nothing still sends
  let given;
  try {
    given = await send(item, password);
  } catch {
    given = null;
  } finally {
    flying.delete(item.key);
  }
  if (given === null) {
    await stay(form, item, "waits");
    return;
  }
  const came = outcome(given);
  if (came === "lost") await stay(form, item, "waits");
  else if (came === "out") await stay(form, item, "out");
  else if (came === "not" && !given.page.querySelector("form[data-kept-form]")) await stay(form, item, "not");
  else {
    await forget(item.key).catch(() => {});
    show(given);
  }
}

// Whether nobody has put anything into a form since it was shown.
function isUntouched(form) {
  return [...form.elements].every((one) => {
    if (one.matches("[type=radio], [type=checkbox]")) return one.checked === one.defaultChecked;
    if (one.matches("select")) return one.selectedIndex <= 0 || one.options[one.selectedIndex].defaultSelected;
    return !one.matches("input, textarea") || one.value === one.defaultValue;
  });
}

function busy(form, is) {
  form.toggleAttribute("data-busy", is);
  form.inert = is;
  for (const button of document.querySelectorAll(`[form="${form.id}"]`)) button.disabled = is;
}

async function stay(form, item, state) {
  await keep({ ...item, state }).catch(() => {});
  if (state === "not") busy(form, false);
  await list();
}

// The answer of the plant is the next step already: it takes the place of this one.
function show({ answer, page }) {
  const fresh = page.getElementById("content");
  document.getElementById("content").replaceWith(document.adoptNode(fresh));
  document.title = page.title;
  const where = new URL(answer.url);
  if (where.pathname + where.search !== location.pathname + location.search) history.pushState({}, "", where);
  for (const part of [".need-count", ".rail"]) {
    const other = page.querySelector(part);
    if (other) document.querySelector(part)?.replaceWith(document.adoptNode(other));
  }
  document.querySelector(".kept").replaceWith(strip);
  window.htmx?.process(fresh);
  document.dispatchEvent(new CustomEvent("page-shown"));
  window.scrollTo(0, 0);
  fresh.focus({ preventScroll: true });
  list();
}

addEventListener("popstate", () => location.reload());
// A step that has moved, or whose time has come, is shown anew; one into which somebody has put something is not.
document.addEventListener("step-moved", () => {
  const form = document.querySelector("form[data-kept-form]");
  if (!form || (!form.matches("[data-busy]") && isUntouched(form))) location.reload();
});

// ------------------------------------------------------------------------------------------------------ sending again
let sending = false;

async function again({ offered = false } = {}) {
  if (sending || !navigator.onLine) return;
  sending = true;
  try {
    const held = new Set();
    const [own] = await waiting();
    for (const item of own) {
      const may = item.state === "waits" || offered && item.state === "out";
      if (!may || flying.size || held.has(item.seen.split("/")[2])) continue;
      const there = document.querySelector(`form[data-kept-form][data-seen="${CSS.escape(item.seen)}"]`);
      const form = there && (there.matches("[data-busy]") || isUntouched(there)) ? there : null;
      if (!(await deliver(item, form))) held.add(item.seen.split("/")[2]);
    }
  } finally {
    sending = false;
    await list();
  }
}

// Whether the next one may follow.
async function deliver(item, form) {
  let given;
  try {
    if (item.second) {
      const known = await fetch(words.sentAt.replace("KEY", item.key), { credentials: "same-origin", headers: { "HX-Request": "true" } });
      if (known.ok && (await known.json()).seq) {
        await settle(item, "recorded", []);
        if (form) location.assign(item.seen);
        return true;
      }
      return false;
    }
    given = await send(item, "");
  } catch {
    return false;
  }
  const came = outcome(given);
  if (came === "lost") return false;
  if (came === "out" || came === "not") {
    await keep({ ...item, state: came });
    if (form) busy(form, came === "out");
    return false;
  }
  const said = form ? [] : [...given.page.querySelectorAll("#content > .notice")].map((one) => one.innerText.trim());
  await settle(item, came, said);
  if (form) show(given);
  return true;
}

const settled = [];

async function settle(item, came, said) {
  await forget(item.key);
  settled.push({ item, came, said });
}

// ------------------------------------------------------------------------------------------------------- what is shown
const clock = (iso) => new Date(iso).toLocaleTimeString("en-GB", { timeZone: words.zone }); // the site's, as everywhere

function line(tone, title, sentences, ...buttons) {
  const box = document.createElement("div");
  box.className = "notice";
  box.dataset.tone = tone;
  const body = document.createElement("div");
  const head = document.createElement("p");
  head.append(Object.assign(document.createElement("strong"), { textContent: title }));
  body.append(head);
  for (const one of sentences) body.append(Object.assign(document.createElement("p"), { textContent: one }));
  const row = Object.assign(document.createElement("p"), { className: "kept-acts" });
  row.append(...buttons);
  if (buttons.length) body.append(row);
  box.append(document.createElement("span"), body);
  return box;
}

function button(text, act) {
  const made = Object.assign(document.createElement("button"), { type: "button", className: "button slim", textContent: text });
  made.addEventListener("click", () => act(made));
  return made;
}

function link(text, href) {
  return Object.assign(document.createElement("a"), { className: "button slim", textContent: text, href });
}

async function list() {
  let own = [];
  let others = [];
  try {
    [own, others] = await waiting();
  } catch {
    return; // this browser keeps nothing
  }
  const lines = own.filter((item) => !flying.has(item.key)).map(lineOf);
  for (const { item, came, said } of settled) {
    const words_ = came === "refused" ? [words.wordRefused] : said;
    lines.push(line(came === "refused" ? "attention" : "done", `${item.what}: ${words.wordSent.replace("%s", clock(item.pressed))}`,
      words_, ...(came === "refused" ? [link(words.wordOpen, item.seen)] : [])));
  }
  if (others.length) lines.push(line("attention", words.wordOther, []));
  const shown = [...lines];
  strip.querySelectorAll(".notice").forEach((one) => one.remove());
  strip.append(...shown);
}

function lineOf(item) {
  const discard = button(words.wordDiscard, (made) => {
    if (made.dataset.sure) forget(item.key).then(() => location.reload());
    made.dataset.sure = "yes";
    made.textContent = words.wordSure;
  });
  const since = `${item.what}: ${words.wordWaits.replace("%s", clock(item.pressed))}`;
  if (item.second) return line("attention", since, [words.wordSecond], link(words.wordOpen, item.seen), discard);
  if (item.state === "out") {
    const back = `${LOG_IN}login/?next=${encodeURIComponent(item.seen)}`;
    const signedIn = Date.parse(words.now) > Date.parse(item.pressed);
    return line("attention", since, signedIn ? [] : [words.wordOut],
      signedIn ? button(words.wordSend, () => again({ offered: true })) : link(words.wordSignIn, back), discard);
  }
  if (item.state === "not") return line("stop", since, [words.wordNot], link(words.wordOpen, item.seen), discard);
  const stuck = Date.now() + skew - Date.parse(item.pressed) > STUCK; // a plant that answers with errors, not a lost line
  return line("attention", since, [words.wordKept], ...(stuck ? [button(words.wordSend, () => again()), discard] : []));
}

// A step that is opened while its input is kept is filled with it, under the same key; where it only waits to be sent,
// nobody puts it in a second time.
async function fill() {
  const [own] = await waiting();
  const item = own.find((one) => one.seen === location.pathname);
  const form = item && document.querySelector(`form[data-kept-form][data-seen="${CSS.escape(item.seen)}"]`);
  if (!form) return;
  if (!item.second && item.state !== "not") {
    busy(form, true);
    return;
  }
  if (item.second) form.elements.idempotency_key.value = item.key;
  for (const [name, value] of item.fields) {
    if (name === "idempotency_key" || value instanceof File) continue;
    const input = form.elements[name];
    if (input instanceof RadioNodeList) input.value = value;
    else if (input) input.value = value;
    const around = input instanceof Element && input.closest("details");
    if (around && value) around.open = true;
  }
  if (item.second) form.querySelector("[data-never-kept]")?.focus();
}

addEventListener("online", () => again());
document.addEventListener("visibilitychange", () => document.hidden || again());
setInterval(async () => {
  const [own] = await waiting().catch(() => [[]]);
  if (!flying.size && own.some((one) => one.state === "waits")) again();
}, AGAIN);
list().then(() => fill()).then(() => again()).catch(() => {});
