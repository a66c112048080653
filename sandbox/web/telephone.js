"use strict";
// One page, one telephone: what the network does arrives as server-sent events, what the person does goes out by POST.

const $ = (id) => document.getElementById(id);
let people = [];
let held = null; // { reference, number }
let source = null;
let tone = null;

function show(id, visible) { $(id).hidden = !visible; }

function add(kind, text, label) {
  const line = document.createElement("li");
  line.className = kind;
  if (label) {
    const by = document.createElement("small");
    by.textContent = label;
    line.append(by);
  }
  line.append(text);
  $("conversation").append(line);
  line.scrollIntoView({ block: "nearest" });
}

function post(path, body) {
  return fetch(path, { method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify(body ?? {}) });
}

function act(what, body) { return post(`/telephone/${encodeURIComponent(held.number)}/${what}`, body); }

// A French telephone rings at 440 Hz, a second and a half out of five.
function ring(on) {
  $("telephone").classList.toggle("rings", on);
  if (tone) { clearInterval(tone.timer); tone.context.close(); tone = null; }
  if (!on || !window.AudioContext) return;
  const context = new AudioContext();
  const once = () => {
    const oscillator = context.createOscillator();
    const gain = context.createGain();
    oscillator.frequency.value = 440;
    gain.gain.value = 0.06;
    oscillator.connect(gain).connect(context.destination);
    oscillator.start();
    oscillator.stop(context.currentTime + 1.5);
  };
  once();
  tone = { context, timer: setInterval(once, 5000) };
}

function state(name, words) {
  $("etat").textContent = words;
  ring(name === "ringing");
  show("decrocher", name === "ringing");
  show("raccrocher", name === "ringing" || name === "talking");
  show("appeler", name === "idle");
  show("parler", name === "talking");
  show("clavier", name === "talking");
  show("ecrire", name === "idle");
  if (name === "ringing") $("decrocher").focus();
}

const received = {
  ring: (event) => { $("conversation").replaceChildren(); state("ringing", `Appel de ${event.caller}`); },
  missed: () => { add("note", "Appel manqué."); state("idle", "En veille"); },
  talking: () => state("talking", "En communication"),
  listening: () => { $("etat").textContent = "On vous écoute"; $("paroles").focus(); },
  agent: (event) => add("agent", event.text, "Assistant"),
  patient: (event) => add("patient", event.text, "Vous"),
  ended: () => { add("note", "Fin de l’appel."); keys(""); state("idle", "En veille"); },
  sms: (event) => add(event.mine ? "sms patient" : "sms", event.text, event.mine ? "Votre SMS" : "SMS reçu"),
};

function keys(digits) { $("touches").textContent = digits; }

function sendKeys() {
  const digits = $("touches").textContent;
  if (digits) act("keys", { digits });
  keys("");
}

async function take(person, number) {
  if (source) source.close();
  held = { reference: person.reference, number };
  await post(`/sandbox/people/${encodeURIComponent(person.reference)}/manual`, { manual: true });
  $("titre").textContent = `${person.first_name} ${person.last_name}`;
  const born = new Date(`${person.birth_date}T12:00:00`).toLocaleDateString("fr-FR", { day: "numeric", month: "long", year: "numeric" });
  $("fiche").textContent = `Né·e le ${born}, ${person.commune} (${person.postal_code}). Numéro ${number}.`;
  $("conversation").replaceChildren();
  state("idle", "En veille");
  source = new EventSource(`/telephone/${encodeURIComponent(number)}/events`);
  source.onmessage = (message) => { const event = JSON.parse(message.data); received[event.kind]?.(event); };
  list();
  $("telephone").focus();
}

function list() {
  const wanted = $("chercher").value.trim().toLowerCase();
  const rows = people.flatMap((person) => person.numbers.map((number) => ({ person, number })))
    .filter(({ person, number }) => `${person.first_name} ${person.last_name} ${number} ${person.commune} ${person.reference}`.toLowerCase().includes(wanted))
    .slice(0, 60);
  $("personnes").replaceChildren(...rows.map(({ person, number }) => {
    const item = document.createElement("li");
    const button = document.createElement("button");
    button.type = "button";
    button.setAttribute("aria-pressed", String(held?.number === number));
    for (const [name, text] of [["name", `${person.first_name} ${person.last_name}`], ["number", number], ["detail", `né·e le ${person.birth_date.split("-").reverse().join("/")} · ${person.commune} · ${person.reference}`]]) {
      const span = document.createElement("span");
      span.className = name;
      span.textContent = text;
      button.append(span);
    }
    button.addEventListener("click", () => take(person, number));
    item.append(button);
    return item;
  }));
  show("aucune", rows.length === 0);
}

$("chercher").addEventListener("input", list);
$("decrocher").addEventListener("click", () => act("pick-up"));
$("raccrocher").addEventListener("click", () => act("hang-up"));
$("appeler").addEventListener("click", () => { $("conversation").replaceChildren(); $("etat").textContent = "Ça sonne…"; post("/sandbox/inbound-call", { from: held.number }); });
$("silence").addEventListener("click", () => act("silence"));
$("parler").addEventListener("submit", (event) => {
  event.preventDefault();
  const text = $("paroles").value.trim();
  if (text) act("say", { text });
  $("paroles").value = "";
});
$("ecrire").addEventListener("submit", (event) => {
  event.preventDefault();
  const body = $("sms").value.trim();
  if (body) post("/sandbox/inbound-sms", { from: held.number, body });
  $("sms").value = "";
});
document.querySelector(".keys").addEventListener("click", (event) => {
  const button = event.target.closest("button");
  if (!button) return;
  if (button.dataset.act === "erase") keys($("touches").textContent.slice(0, -1));
  else if (button.dataset.act === "send") sendKeys();
  else {
    keys($("touches").textContent + button.textContent);
    // A whole birth date goes by itself.
    if ($("touches").textContent.length === 8) sendKeys();
  }
});

fetch("/sandbox/people").then((answer) => answer.json()).then((all) => { people = all.filter((person) => person.numbers.length); list(); });
