// The adviser's pages with JavaScript: a wait is seen, keys are short cuts, and the queue is live.
// Everything works without it.
"use strict";

(() => {
  const KEYS_OFF = "relais.touches";
  const WAIT_IS_SHOWN_AFTER = 300;
  const REFRESH_AT_MOST_EVERY = 15000;
  const LISTEN_AGAIN_AFTER = 30000;
  const FOLLOW_EVERY = 2000;

  // --- A wait is shown; what was sent is not sent twice. ---

  let bar = null;
  const showWait = () => {
    if (bar !== null) return;
    bar = document.createElement("div");
    bar.className = "waiting";
    bar.setAttribute("role", "progressbar");
    bar.setAttribute("aria-label", "Un instant…");
    document.body.append(bar);
  };
  const endWait = () => {
    bar?.remove();
    bar = null;
    for (const form of document.querySelectorAll("form[data-sent]")) delete form.dataset.sent;
    for (const button of document.querySelectorAll("button[aria-disabled]")) button.removeAttribute("aria-disabled");
  };

  document.addEventListener("submit", (event) => {
    const form = event.target;
    if (event.defaultPrevented || form.method === "dialog") return;
    if (form.dataset.sent) {
      event.preventDefault();
      return;
    }
    form.dataset.sent = "yes";
    event.submitter?.setAttribute("aria-disabled", "true");
    setTimeout(() => { if (form.dataset.sent) showWait(); }, WAIT_IS_SHOWN_AFTER);
  });
  document.addEventListener("click", (event) => {
    const link = event.target.closest("a[href]");
    if (!link || event.defaultPrevented || event.button !== 0 || event.metaKey || event.ctrlKey || event.shiftKey) return;
    const to = new URL(link.href, location.href);
    if (to.origin !== location.origin || link.target || (to.pathname === location.pathname && to.search === location.search)) return;
    setTimeout(showWait, WAIT_IS_SHOWN_AFTER);
  });
  // Back to a page that the browser kept: nothing waits there any more.
  addEventListener("pageshow", (event) => { if (event.persisted) endWait(); });
  addEventListener("pagehide", endWait);

  // --- Keys, never while somebody types. ---

  const help = document.getElementById("touches");
  const active = document.getElementById("touches-actives");
  const keysAreOn = () => {
    try { return localStorage.getItem(KEYS_OFF) !== "non"; } catch { return true; }
  };
  if (active) {
    active.checked = keysAreOn();
    active.addEventListener("change", () => {
      try { localStorage.setItem(KEYS_OFF, active.checked ? "oui" : "non"); } catch { /* kept for this page alone */ }
    });
  }
  const types = (element) =>
    element.isContentEditable || /^(INPUT|TEXTAREA|SELECT)$/.test(element.tagName);

  const rows = () => [...document.querySelectorAll("tr[data-row] a[href]")];
  const step = (by) => {
    const links = rows();
    if (links.length === 0) return;
    const row = document.activeElement?.closest("tr[data-row]");
    const at = links.findIndex((link) => link.closest("tr") === row);
    const to = at < 0 ? (by > 0 ? 0 : links.length - 1) : Math.min(Math.max(at + by, 0), links.length - 1);
    links[to].focus();
  };
  const takeRow = () => {
    const button = document.activeElement?.closest("tr[data-row]")?.querySelector("form button");
    button?.focus();
    button?.click();
    return Boolean(button);
  };
  const use = (key) => {
    const target = document.querySelector(`[data-key="${key}"]`);
    if (!target) return false;
    if (target.tagName === "SUMMARY") {
      target.parentElement.open = true;
      target.parentElement.querySelector("input:not([type=hidden]), select, textarea")?.focus();
    } else if (target.tagName === "A" || key === "s" || key === "p") {
      target.click();
    } else {
      target.focus();
    }
    return true;
  };
  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || event.isComposing || types(event.target)) return;
    if (document.querySelector("dialog[open]")) return;
    if (event.key === "?") {
      help?.showModal();
      event.preventDefault();
      return;
    }
    if (!keysAreOn() || event.repeat && event.key !== "j" && event.key !== "k") return;
    let used = true;
    if (event.key === "j") step(1);
    else if (event.key === "k") step(-1);
    else if (event.key === "r") used = refresh(true);
    else if (event.key === "p" && takeRow()) used = true;
    else used = /^[a-z]$/.test(event.key) && use(event.key);
    if (used) event.preventDefault();
  });

  // --- A call under way, followed until it is over. ---

  const call = document.getElementById("appel-en-cours");
  const showEnd = () =>
    fetch(location.pathname, { headers: { Accept: "text/html" }, redirect: "error" })
      .then((answer) => (answer.ok ? answer.text() : Promise.reject(new Error("no page"))))
      .then((text) => {
        const page = new DOMParser().parseFromString(text, "text/html");
        // The numbers with their buttons, and the log: nothing that somebody may be typing into.
        for (const part of ["[aria-labelledby=personne] .strip", "[aria-labelledby=journal]"]) {
          const [old, fresh] = [document.querySelector(part), page.querySelector(part)];
          if (old && fresh) old.replaceChildren(...fresh.childNodes);
        }
      });
  const follow = () => {
    setTimeout(() => {
      fetch(call.dataset.follow, { headers: { Accept: "application/json" }, redirect: "error" })
        .then((answer) => (answer.ok ? answer.json() : Promise.reject(new Error("no news"))))
        .then((told) => {
          const said = call.querySelector("[role=status]");
          if (said.textContent !== told.said) said.textContent = told.said;
          if (!told.is_over) return follow();
          call.querySelector("a")?.parentElement.remove();
          return showEnd();
        })
        .catch(follow);
    }, FOLLOW_EVERY);
  };
  if (call?.dataset.follow) follow();

  // --- The queue, live. ---

  const news = document.getElementById("nouvelles");
  let waiting = 0;
  let refreshedAt = Date.now();
  let due = null;

  const say = () => {
    if (!news) return;
    if (waiting === 0) {
      news.replaceChildren();
      return;
    }
    const text = document.createElement("span");
    text.textContent = waiting === 1 ? "1 nouvelle demande" : `${waiting} nouvelles demandes`;
    const show = document.createElement("button");
    show.type = "button";
    show.className = "button button--quiet button--small";
    show.textContent = "Afficher";
    show.addEventListener("click", () => refresh(true));
    news.replaceChildren(text, show);
  };

  // The list anew, without touching what has the focus or what is being typed.
  function refresh(asked) {
    const list = document.getElementById("liste");
    if (!news || !list) return false;
    const inList = list.contains(document.activeElement);
    if (!asked && (document.hidden || inList || document.querySelector("form[data-sent]"))) return false;
    clearTimeout(due);
    due = null;
    refreshedAt = Date.now();
    fetch(location.href, { headers: { Accept: "text/html" }, redirect: "error" })
      .then((answer) => (answer.ok ? answer.text() : Promise.reject(new Error("no list"))))
      .then((text) => {
        const page = new DOMParser().parseFromString(text, "text/html");
        const fresh = page.getElementById("liste");
        if (!fresh) return;
        const held = document.activeElement;
        const row = list.contains(held) ? held.closest("tr[data-row]")?.dataset.row : null;
        const onButton = held?.tagName === "BUTTON";
        list.replaceChildren(...fresh.childNodes);
        const count = document.querySelector(".head__text .soft");
        const counted = page.querySelector(".head__text .soft");
        if (count && counted) count.textContent = counted.textContent;
        if (row) {
          const again = list.querySelector(`tr[data-row="${CSS.escape(row)}"]`);
          const target = again?.querySelector(onButton ? "button, a[href]" : "a[href]") ?? list.querySelector("a[href]");
          target?.focus();
        } else if (asked && !types(document.activeElement)) {
          rows()[0]?.focus();
        }
        waiting = 0;
        say();
      })
      .catch(() => { /* it comes with the next one, or with the next page */ });
    return true;
  }
  const refreshSoon = () => {
    if (due !== null) return;
    due = setTimeout(() => {
      due = null;
      refresh(false);
    }, Math.max(2000, REFRESH_AT_MOST_EVERY - (Date.now() - refreshedAt)));
  };

  const mark = (change) => {
    const row = document.querySelector(`tr[data-row="${CSS.escape(change.id)}"]`);
    const state = row?.querySelector("[data-state]");
    if (!state || change.status === "new" || state.contains(document.activeElement)) return;
    const words = { claimed: "Prise en charge", offered: "Proposée à un médecin", closed: "Close", withdrawn: "Retirée" };
    const pill = document.createElement("span");
    pill.className = "pill pill--quiet";
    pill.textContent = words[change.status] ?? change.status;
    state.replaceChildren(pill);
    if (change.holder) {
      const who = document.createElement("span");
      who.className = "small soft";
      who.textContent = change.holder;
      state.append(document.createElement("br"), who);
    }
    row.classList.add("taken");
  };

  const listen = () => {
    const source = new EventSource(news.dataset.live);
    source.addEventListener("change", (event) => {
      const change = JSON.parse(event.data);
      if (change.isNew) waiting += 1;
      say();
      mark(change);
      refreshSoon();
    });
    source.addEventListener("missed", refreshSoon);
    source.addEventListener("error", () => {
      // A lost connection comes back by itself; one that was refused is asked for again later.
      if (source.readyState === EventSource.CLOSED) setTimeout(listen, LISTEN_AGAIN_AFTER);
    });
    addEventListener("pagehide", () => source.close());
  };
  if (news?.dataset.live && "EventSource" in window) listen();
})();
