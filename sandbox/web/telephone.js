// One's telephone in the browser: it rings, one picks up, reads, answers, hangs up.
import { Ringer } from "./ringer.js";

const $ = (id) => document.getElementById(id);
const ringer = new Ringer();
const MOBILITY = {
  autonomous: "se déplace seul", accompanied: "est accompagné", transport_needed: "transport prescrit",
  wheelchair: "fauteuil, accès sans marches", home_visit: "ne peut pas sortir",
};
let people = [];
let chosen = null; // looked at
let owner = null; // whose telephone is in our hands
let number = null;
let events = null;
let offset = 0; // shared clock minus ours, in milliseconds
let rate = 1;
let learnt = Date.now();
let answeredAt = 0;
let unread = 0;
let keyed = "";

async function ask(path, method = "GET", body = undefined) {
  const options = { method, headers: body === undefined ? {} : { "Content-Type": "application/json" } };
  if (body !== undefined) options.body = JSON.stringify(body);
  try {
    const response = await fetch(path, options);
    if (!response.ok) throw new Error(String(response.status));
    $("trouble").textContent = "";
    return response.status === 204 ? null : await response.json();
  } catch {
    $("trouble").textContent = "Le réseau d'essai ne répond pas. Réessayez dans un instant.";
    return undefined;
  }
}
const act = (what, body) => ask(`/telephone/${encodeURIComponent(number)}/${what}`, "POST", body);

// How things are written

function nationally(e164) {
  const national = e164.startsWith("+33") ? `0${e164.slice(3)}` : e164;
  return national.startsWith("+") ? national : national.replace(/(..)(?=.)/g, "$1 ").trim();
}
const nameOf = (person) => [{ M: "M.", MME: "Mme" }[person.civility], person.first_name, person.last_name].filter(Boolean).join(" ")
  || person.reference;
const dateOf = (iso) => (iso ? iso.split("-").reverse().join("/") : "");
const plain = (text) => text.normalize("NFD").replace(/[\u0300-\u036f]/g, "").toLowerCase();
const sharedNow = () => new Date(learnt + offset + (Date.now() - learnt) * rate);

function element(tag, text, className) {
  const made = document.createElement(tag);
  if (text !== undefined) made.textContent = text;
  if (className) made.className = className;
  return made;
}

// Whose telephone

function showPeople() {
  const wanted = plain($("search").value).replace(/\s+/g, " ").trim();
  const shown = people.filter((person) => person.numbers.length && (!wanted || person.searched.includes(wanted)
    || person.searched.includes(wanted.replace(/ /g, ""))));
  $("found").textContent = people.length === 0 ? "Personne n'est encore abonné à ce réseau."
    : shown.length > 1 ? `${shown.length} personnes` : `${shown.length} personne`;
  $("people").replaceChildren(...shown.slice(0, 200).map((person) => {
    const button = element("button", undefined, "person");
    button.type = "button";
    button.dataset.reference = person.reference;
    button.setAttribute("aria-pressed", String(chosen?.reference === person.reference));
    const held = owner?.reference === person.reference;
    button.append(
      element("strong", nameOf(person)), element("span", nationally(person.numbers[0]), "number"),
      element("span", `${person.birth_date ? dateOf(person.birth_date) : ""}${person.commune ? ` · ${person.commune}` : ""}`),
      held ? element("span", "dans vos mains", "held") : element("span", person.department || "", "number"),
    );
    button.addEventListener("click", () => choose(person));
    const item = element("li");
    item.append(button);
    return item;
  }));
}

function describe(root, person) {
  for (const place of root.querySelectorAll("[data-name]")) place.textContent = nameOf(person);
  for (const place of root.querySelectorAll("[data-number]")) place.textContent = nationally(person.numbers[0]);
  for (const place of root.querySelectorAll("[data-initials]")) {
    place.textContent = `${(person.first_name || "?")[0]}${(person.last_name || "")[0] || ""}`;
  }
  const facts = [["Date de naissance", dateOf(person.birth_date)], ["Commune", `${person.commune || "–"} (${person.postal_code || "–"})`],
    ["Déplacement", MOBILITY[person.mobility] || "–"]];
  for (const list of root.querySelectorAll("[data-facts]")) {
    list.replaceChildren(...facts.flatMap(([name, value]) => [element("dt", name), element("dd", value)]));
  }
}

function choose(person) {
  chosen = person;
  if (owner?.reference !== person.reference) {
    describe($("choice"), person);
    show("choice");
    $("take").focus({ preventScroll: true });
    $("phone").scrollIntoView({ block: "nearest" });
  } else show("mine");
  for (const button of document.querySelectorAll(".person")) {
    button.setAttribute("aria-pressed", String(button.dataset.reference === person.reference));
  }
}

function show(view) {
  for (const name of ["nobody", "choice", "mine"]) $(name).hidden = name !== view;
}

async function take() {
  const person = chosen;
  await ringer.wake(); // browsers let a page make sounds only after a click
  if (owner) await giveBack();
  if (await ask(`/sandbox/people/${encodeURIComponent(person.reference)}/manual`, "POST", { manual: true }) === undefined) return;
  owner = chosen = person;
  number = person.numbers[0];
  describe($("mine"), person);
  show("mine");
  state("idle");
  selectTab("call");
  $("past").hidden = true;
  $("last").textContent = "Le téléphone est posé. Il peut sonner à tout moment.";
  const texts = await ask(`/telephone/${encodeURIComponent(number)}/messages`);
  $("texts").replaceChildren();
  for (const sms of texts || []) bubble($("texts"), sms.mine ? "patient" : "agent", sms.text);
  unreadIs(0);
  listen();
  showPeople();
  $("call-us").focus();
}

async function giveBack() {
  events?.close();
  events = null;
  ringer.stop();
  if ($("phone").dataset.state === "talking") await act("hang-up");
  await ask(`/sandbox/people/${encodeURIComponent(owner.reference)}/manual`, "POST", { manual: false });
  owner = number = null;
  $("phone").dataset.state = "none";
  show(chosen ? "choice" : "nobody");
  if (chosen) describe($("choice"), chosen);
  $("network").textContent = "pas de réseau";
  showPeople();
}

// What happens to the telephone

function listen() {
  events?.close();
  events = new EventSource(`/telephone/${encodeURIComponent(number)}/events`);
  events.onopen = () => { $("network").textContent = "Réseau d'essai"; };
  events.onerror = () => { $("network").textContent = "recherche du réseau…"; };
  events.onmessage = (message) => {
    const event = JSON.parse(message.data);
    HAPPENS[event.kind]?.(event);
  };
}

function state(name) {
  $("phone").dataset.state = name;
  for (const id of ["idle", "ringing", "talking"]) $(id).hidden = id !== name;
  if (name !== "ringing") ringer.stop();
}

const HAPPENS = {
  ring({ caller }) {
    $("caller").textContent = nationally(caller);
    selectTab("call");
    state("ringing");
    ringer.start();
    document.title = "☎ Appel entrant";
    $("pick-up").focus();
  },
  missed({ caller }) {
    state("idle");
    document.title = "Le téléphone – réseau d'essai de Relais";
    $("last").textContent = `Appel manqué de ${nationally(caller)}.`;
  },
  talking() {
    state("talking");
    document.title = "En ligne – le téléphone";
    answeredAt = Date.now();
    $("timer").textContent = "0:00";
    $("bubbles").replaceChildren();
    clearKeys();
    showKeys(false);
    myTurn(false);
    $("words").focus();
  },
  agent({ text }) { bubble($("bubbles"), "agent", text); },
  adviser({ text }) { bubble($("bubbles"), "agent", text); },
  patient({ text }) { bubble($("bubbles"), "patient", text); myTurn(false); },
  listening({ digits }) {
    myTurn(true);
    if (digits && /touche|clavier|chiffre/i.test($("bubbles").lastElementChild?.textContent || "")) showKeys(true);
  },
  ended() {
    const spoken = $("phone").dataset.state === "talking";
    document.title = "Le téléphone – réseau d'essai de Relais";
    if (spoken) {
      $("past").replaceChildren(...[...$("bubbles").children].map((line) => line.cloneNode(true)));
      $("past").hidden = $("past").children.length === 0;
    }
    state("idle");
    $("last").textContent = spoken ? "Appel terminé." : "L'appel s'est arrêté.";
    $("past").scrollTop = $("past").scrollHeight;
    $("call-us").focus();
  },
  sms({ text, mine }) {
    bubble($("texts"), mine ? "patient" : "agent", text);
    if (!mine && $("panel-sms").hidden) { unreadIs(unread + 1); ringer.ping(); }
  },
};

function bubble(list, who, text) {
  const line = element("p", undefined, who);
  line.append(element("span", who === "agent" ? "Assurance Maladie : " : "Vous : ", "unseen"), text);
  list.append(line);
  list.scrollTop = list.scrollHeight;
}

function myTurn(mine) {
  $("turn").textContent = mine ? "À vous de répondre." : "L'agent parle ou réfléchit…";
}

// What one does with it

$("search").addEventListener("input", showPeople);
$("take").addEventListener("click", take);
$("give-back").addEventListener("click", giveBack);
$("pick-up").addEventListener("click", () => act("pick-up"));
$("refuse").addEventListener("click", () => act("hang-up"));
$("hang-up").addEventListener("click", () => act("hang-up"));
$("silence").addEventListener("click", () => act("silence"));
$("call-us").addEventListener("click", () => ask("/sandbox/inbound-call", "POST", { from: number }));
$("say").addEventListener("submit", (event) => {
  event.preventDefault();
  const text = $("words").value.trim();
  if (text) act("say", { text });
  $("words").value = "";
  $("words").focus();
});
$("write").addEventListener("submit", (event) => {
  event.preventDefault();
  const body = $("text").value.trim();
  if (body) ask("/sandbox/inbound-sms", "POST", { from: number, body });
  $("text").value = "";
});

function showKeys(shown) {
  $("keys").hidden = !shown;
  $("show-keys").setAttribute("aria-expanded", String(shown));
  $("bubbles").scrollTop = $("bubbles").scrollHeight;
}
$("show-keys").addEventListener("click", () => showKeys($("keys").hidden));

function clearKeys() {
  keyed = "";
  $("digits").textContent = "\u00a0";
}
function sendKeys() {
  if (keyed) act("keys", { digits: keyed });
  clearKeys();
}
function press(key) {
  ringer.key(key);
  if (key === "#") return sendKeys();
  keyed += key;
  $("digits").textContent = keyed;
  if (keyed.length === 8) sendKeys(); // a whole birth date
}
const LETTERS = ["", "ABC", "DEF", "GHI", "JKL", "MNO", "PQRS", "TUV", "WXYZ", "", "", ""];
[..."123456789*0#"].forEach((key, place) => {
  const button = element("button", key);
  button.type = "button";
  button.setAttribute("aria-label", { "*": "étoile", "#": "dièse, envoyer" }[key] || key);
  const letters = element("small", LETTERS[place]);
  letters.setAttribute("aria-hidden", "true");
  button.append(letters);
  button.addEventListener("click", () => press(key));
  $("pad").append(button);
});
$("keys").addEventListener("keydown", (event) => {
  if (/^[0-9*#]$/.test(event.key)) press(event.key);
  else if (event.key === "Backspace") { keyed = keyed.slice(0, -1); $("digits").textContent = keyed || "\u00a0"; }
});
$("erase").addEventListener("click", clearKeys);
$("send-keys").addEventListener("click", sendKeys);

function unreadIs(count) {
  unread = count;
  $("unread").hidden = count === 0;
  $("unread").textContent = count;
}
function selectTab(name) {
  for (const one of ["call", "sms"]) {
    const selected = one === name;
    $(`tab-${one}`).setAttribute("aria-selected", String(selected));
    $(`tab-${one}`).tabIndex = selected ? 0 : -1;
    $(`panel-${one}`).hidden = !selected;
  }
  if (name === "sms") { unreadIs(0); $("texts").scrollTop = $("texts").scrollHeight; }
}
for (const [name, other] of [["call", "sms"], ["sms", "call"]]) {
  $(`tab-${name}`).addEventListener("click", () => selectTab(name));
  $(`tab-${name}`).addEventListener("keydown", (event) => {
    if (event.key !== "ArrowLeft" && event.key !== "ArrowRight") return;
    selectTab(other);
    $(`tab-${other}`).focus();
  });
}

// The clocks, and the beginning

setInterval(() => {
  $("clock").textContent = sharedNow().toLocaleTimeString("fr-FR", { hour: "2-digit", minute: "2-digit", timeZone: "Europe/Paris" });
  const seconds = Math.floor((Date.now() - answeredAt) / 1000);
  $("timer").textContent = `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, "0")}`;
}, 250);
async function learnClock() {
  const ready = await ask("/health/ready");
  if (!ready) return;
  learnt = Date.now();
  offset = Date.parse(ready.now) - learnt;
  rate = ready.clock_rate || 1;
}
async function learnPeople() {
  const documents = await ask("/sandbox/people");
  if (!documents) return;
  people = documents.map((person) => ({
    ...person,
    searched: plain([nameOf(person), person.commune, person.reference, person.postal_code, ...person.numbers,
      ...person.numbers.map((one) => nationally(one).replace(/ /g, ""))].join(" ")),
  }));
  showPeople();
}
await learnClock();
await learnPeople();
setInterval(learnClock, 15000);
setInterval(() => { if (people.length === 0) learnPeople(); }, 3000);
document.body.dataset.ready = "yes";
