// What is typed into a step and not sent yet outlives a reload of the page, on this screen and for this person alone.
// It is forgotten when the form is sent, and when the step has moved on. Passwords and files are never kept.

const strip = document.querySelector(".kept");

function keyOf(form) {
  return `draft:${strip?.dataset.keptOf ?? ""}:${form.dataset.seen}:${form.dataset.draft}`;
}

function parts(form) {
  return [...form.elements].filter((one) => one.name && !one.matches("[data-never-kept], [type=hidden], [type=file], [type=password], button"));
}

function keep(form) {
  const typed = parts(form).filter((one) => (one.matches("[type=radio], [type=checkbox]") ? one.checked : one.value));
  try {
    sessionStorage.setItem(keyOf(form), JSON.stringify(typed.map((one) => [one.name, one.value])));
  } catch {
    return; // a browser that keeps nothing
  }
}

function restore(form) {
  const kept = JSON.parse(sessionStorage.getItem(keyOf(form)) ?? "[]");
  let back = false;
  for (const [name, value] of kept) {
    for (const one of parts(form).filter((part) => part.name === name)) {
      if (one.matches("[type=radio], [type=checkbox]")) {
        if (one.value !== value || one.checked || form.querySelector(`[name="${CSS.escape(name)}"]:checked`)) continue;
        one.checked = back = true;
      } else if (!one.value) {
        one.value = value;
        back = true;
        one.dispatchEvent(new Event("input", { bubbles: true }));
        const folded = one.closest("details");
        if (folded) folded.open = true;
      }
    }
  }
  if (back) {
    const said = Object.assign(document.createElement("p"), { className: "help", textContent: form.dataset.wordDraft });
    said.setAttribute("role", "status");
    form.prepend(said);
  }
}

const drafts = () => document.querySelectorAll("form[data-draft]");
const forget = (form) => sessionStorage.removeItem(keyOf(form));

document.addEventListener("input", (event) => {
  const form = event.target.form;
  if (form?.matches("[data-draft]")) keep(form);
});
document.addEventListener("submit", (event) => {
  if (event.target.matches("form[data-draft]")) forget(event.target);
});
document.addEventListener("page-shown", () => drafts().forEach(restore));
drafts().forEach(restore);
