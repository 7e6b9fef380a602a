// The passkey ceremony. A form says what it wants and is posted with the answer; no other script is needed:
//
//   <form method="post" data-passkey="create|get" data-passkey-options="ID of a JSON script element"
//         data-passkey-field="NAME of the hidden input">
//     <input type="hidden" name="NAME"> <p data-passkey-message role="status"></p> <button>Use my passkey</button>
//   </form>
//
// Instead of data-passkey-options, data-passkey-address names an address of this site that answers the options as JSON.
// Options are those of WebAuthn in their JSON form (binary members in base64url), as the server's library writes them.
// A button with data-passkey-skip posts the form without the ceremony (for example: sign by password instead), and a
// form with data-passkey-when="NAME=VALUE" starts it only while that field of its own holds that value.

const ANSWERED = ["attestationObject", "authenticatorData", "clientDataJSON", "signature", "userHandle"];

export function fromBase64url(text) {
  const binary = atob(text.replaceAll("-", "+").replaceAll("_", "/"));
  return Uint8Array.from(binary, (character) => character.charCodeAt(0)).buffer;
}

export function toBase64url(buffer) {
  const binary = Array.from(new Uint8Array(buffer), (byte) => String.fromCharCode(byte)).join("");
  return btoa(binary).replaceAll("+", "-").replaceAll("/", "_").replace(/=+$/, "");
}

// Which members are binary: the challenge, the user's id, the id of every credential listed.
export function decodeOptions(options) {
  const key = structuredClone(options.publicKey ?? options);
  key.challenge = fromBase64url(key.challenge);
  if (key.user) key.user.id = fromBase64url(key.user.id);
  for (const list of [key.excludeCredentials, key.allowCredentials]) {
    for (const credential of list ?? []) credential.id = fromBase64url(credential.id);
  }
  return { publicKey: key };
}

export function encodeCredential(credential) {
  const response = {};
  for (const name of ANSWERED) {
    const part = credential.response[name];
    if (part instanceof ArrayBuffer) response[name] = toBase64url(part);
  }
  if (credential.response.getTransports) response.transports = credential.response.getTransports();
  return {
    id: credential.id,
    rawId: toBase64url(credential.rawId),
    type: credential.type,
    authenticatorAttachment: credential.authenticatorAttachment ?? null,
    clientExtensionResults: credential.getClientExtensionResults(),
    response,
  };
}

async function optionsOf(form) {
  if (form.dataset.passkeyOptions) {
    return JSON.parse(document.getElementById(form.dataset.passkeyOptions).textContent);
  }
  const answer = await fetch(form.dataset.passkeyAddress, { headers: { Accept: "application/json", "X-Requested-With": "XMLHttpRequest" } });
  if (!answer.ok) throw new Error(`${answer.status}`);
  const body = await answer.json();
  return body.request_options ?? body.creation_options ?? body;
}

function wanted(form, submitter) {
  if (submitter?.hasAttribute("data-passkey-skip")) return false;
  const condition = form.dataset.passkeyWhen;
  if (!condition) return true;
  const [name, value] = condition.split("=");
  return new FormData(form, submitter).get(name) === value;
}

function say(form, name) {
  const place = form.querySelector("[data-passkey-message]");
  if (place) place.textContent = place.dataset[name] ?? "";
}

async function perform(form, submitter) {
  say(form, "waiting");
  const options = decodeOptions(await optionsOf(form));
  const credential = form.dataset.passkey === "create"
    ? await navigator.credentials.create(options)
    : await navigator.credentials.get(options);
  form.elements[form.dataset.passkeyField].value = JSON.stringify(encodeCredential(credential));
  say(form, "done");
  form.dataset.passkeyDone = "";
  form.requestSubmit(submitter ?? undefined);
}

for (const form of document.querySelectorAll("form[data-passkey]")) {
  if (!window.PublicKeyCredential) {
    say(form, "missing");
    continue;
  }
  form.addEventListener("submit", (event) => {
    if ("passkeyDone" in form.dataset || !wanted(form, event.submitter)) return;
    event.preventDefault();
    const submitter = event.submitter;
    perform(form, submitter).catch((error) => {
      say(form, error.name === "NotAllowedError" ? "refused" : "failed");
      submitter?.focus();
    });
  });
}
