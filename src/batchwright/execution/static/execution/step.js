// The screen of a step: a hint beside each number while it is typed, scans that find their field, timers that count.
// Nothing here decides: what is pressed is sent as it stands, and the plant judges it.

// ------------------------------------------------------------------------------------------------- numbers and limits
const NUMBER = /^[+-]?(\d+(\.\d*)?|\.\d+)$/;

function hint(input) {
  const place = input.closest(".amount").querySelector("[data-hint]");
  const words = input.form.dataset;
  const text = input.value.trim();
  const say = (tone, sentence) => {
    place.dataset.tone = tone;
    place.textContent = sentence;
  };
  if (!text) return say("", "");
  if (text.includes(",")) return say("attention", words.wordComma);
  if (!NUMBER.test(text)) return say(/^[+-]?[\d.]+\s/.test(text) ? "" : "attention", /^[+-]?[\d.]+\s/.test(text) ? "" : words.wordNumber);
  const { actionLow, alertLow, alertHigh, actionHigh, decimals } = limitsOf(input);
  if (decimals !== undefined && (text.split(".")[1] ?? "").length > Number(decimals)) return say("attention", words.wordDecimals);
  const value = Number(text);
  if (value < Number(actionLow) || value > Number(actionHigh)) return say("stop", words.wordOut);
  if (value < Number(alertLow) || value > Number(alertHigh)) return say("attention", words.wordAlert);
  if ([actionLow, alertLow, alertHigh, actionHigh].some((limit) => limit !== undefined)) return say("done", words.wordIn);
  return say("", "");
}

function limitsOf(input) {
  const read = (name) => input.getAttribute(`data-${name}`) ?? undefined;
  return {
    actionLow: read("action_low"), alertLow: read("alert_low"), alertHigh: read("alert_high"),
    actionHigh: read("action_high"), decimals: read("decimals"),
  };
}

document.addEventListener("input", (event) => {
  if (event.target.matches?.("[data-check]")) hint(event.target);
});

// What was photographed or chosen is seen before it is sent.
function preview(input) {
  const place = input.parentElement.querySelector("[data-preview]");
  const [file] = input.files;
  if (!place) return;
  place.replaceChildren();
  if (!file?.type.startsWith("image/")) return;
  const reader = new FileReader();
  reader.addEventListener("load", () => {
    place.replaceChildren(Object.assign(document.createElement("img"), { src: reader.result, alt: file.name }));
  });
  reader.readAsDataURL(file);
}

document.addEventListener("change", (event) => {
  if (event.target.matches?.("input[type=file]")) preview(event.target);
});

// ----------------------------------------------------------------------------------------------------------- scanning
function deliver(code) {
  const fields = [...document.querySelectorAll("input[data-scan]")];
  if (!fields.length) return false;
  const meant = fields.find((one) => one.dataset.expects?.split(" ").includes(code) && !one.value);
  const field = meant ?? fields.find((one) => one === document.activeElement) ?? fields.find((one) => !one.value) ?? fields[0];
  field.value = code;
  field.dispatchEvent(new Event("input", { bubbles: true }));
  field.focus();
  if (field.dataset.scan === "submit") field.form.requestSubmit();
  return true;
}

document.addEventListener("scanned", (event) => {
  if (deliver(event.detail)) event.preventDefault();
});

// The camera reads a label where the browser can; elsewhere the button is not there.
let eye = null;

async function look(button) {
  eye ??= new BarcodeDetector();
  const stream = await navigator.mediaDevices.getUserMedia({ video: { facingMode: "environment" } });
  const video = Object.assign(document.createElement("video"), { srcObject: stream, muted: true, playsInline: true });
  video.className = "camera";
  button.after(video);
  const stop = () => {
    stream.getTracks().forEach((track) => track.stop());
    video.remove();
  };
  video.addEventListener("click", stop);
  await video.play();
  while (video.isConnected) {
    const [found] = await eye.detect(video);
    if (found) {
      stop();
      document.getElementById(button.dataset.camera)?.focus();
      deliver(found.rawValue);
      return;
    }
    await new Promise((resolve) => setTimeout(resolve, 200));
  }
}

document.addEventListener("click", (event) => {
  const button = event.target.closest?.("[data-camera]");
  if (button) look(button).catch(() => button.remove());
});

// ------------------------------------------------------------------------------------------------------------- timers
function spoken(milliseconds) {
  const seconds = Math.max(0, Math.round(milliseconds / 1000));
  const [hours, minutes] = [Math.floor(seconds / 3600), Math.floor(seconds / 60) % 60];
  const two = (number) => String(number).padStart(2, "0");
  return hours ? `${hours}:${two(minutes)}:${two(seconds % 60)}` : `${minutes}:${two(seconds % 60)}`;
}

const skews = new WeakMap();

function count() {
  for (const timer of document.querySelectorAll(".timer")) {
    if (!skews.has(timer)) skews.set(timer, Date.parse(timer.dataset.now) - Date.now());
    const now = Date.now() + skews.get(timer);
    for (const place of timer.querySelectorAll("[data-since]")) place.textContent = spoken(now - Date.parse(place.dataset.since));
    for (const place of timer.querySelectorAll("[data-until]")) {
      const left = Date.parse(place.dataset.until) - now;
      if (left <= 0 && place.textContent) document.dispatchEvent(new Event("step-moved"));
      place.textContent = left > 0 ? `\u2212${spoken(left)}` : "";
    }
  }
}

// ------------------------------------------------------------------------------------------------------ what is around
function begin() {
  document.querySelectorAll("[data-check]").forEach(hint);
  const sees = "BarcodeDetector" in window && navigator.mediaDevices;
  document.querySelectorAll("[data-camera]").forEach((button) => { button.hidden = !sees; });
  document.querySelectorAll("select#line").forEach((one) => one.addEventListener("change", () => one.form.requestSubmit()));
  count();
}

// A fragment that was answered by the log-in page is no fragment: the session is over, and what is typed stays.
document.addEventListener("htmx:beforeSwap", (event) => {
  const asked = new URL(event.detail.requestConfig.path, location.href).pathname;
  if (new URL(event.detail.xhr.responseURL || location.href).pathname !== asked) event.detail.shouldSwap = false;
});
document.addEventListener("htmx:afterSwap", (event) => {
  if (event.target.id === "step-now" && event.target.querySelector("[data-moved]")) document.dispatchEvent(new Event("step-moved"));
});
document.addEventListener("page-shown", begin);
setInterval(count, 1000);
begin();
