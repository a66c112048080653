// The board with JavaScript: its figures follow what happens. Everything works without it: a reload shows the newest.
"use strict";

(() => {
  const AT_MOST_EVERY = 2000;
  const AGAIN_AFTER = 3000;
  const LISTEN_AGAIN_AFTER = 30000;
  const live = document.querySelector("[data-live]");
  if (!live || !("EventSource" in window)) return;

  // One tree is made like another, node by node: what stays is the same node, with its focus, its scroll, its open table.
  const KEPT = new Set(["DETAILS open", "OPTION selected"]);
  const FORM = /^(INPUT|TEXTAREA|SELECT)$/;
  const attributes = (old, fresh) => {
    for (const { name } of [...old.attributes]) {
      if (!fresh.hasAttribute(name) && !KEPT.has(`${old.nodeName} ${name}`)) old.removeAttribute(name);
    }
    for (const { name, value } of fresh.attributes) {
      if (old.getAttribute(name) !== value && !KEPT.has(`${old.nodeName} ${name}`)) old.setAttribute(name, value);
    }
  };
  const same = (old, fresh) =>
    old.nodeType === fresh.nodeType && old.nodeName === fresh.nodeName && (old.id ?? "") === (fresh.id ?? "");
  const follow = (old, fresh) => {
    if (old.nodeType !== Node.ELEMENT_NODE) {
      if (old.nodeValue !== fresh.nodeValue) old.nodeValue = fresh.nodeValue;
      return;
    }
    attributes(old, fresh);
    if (FORM.test(old.nodeName)) return;
    let at = old.firstChild;
    for (const wanted of [...fresh.childNodes]) {
      let found = at;
      while (found && !same(found, wanted)) found = found.nextSibling;
      if (!found || (found !== at && found.nodeType !== Node.ELEMENT_NODE)) {
        old.insertBefore(document.importNode(wanted, true), at);
        continue;
      }
      while (at !== found) {
        const gone = at;
        at = at.nextSibling;
        gone.remove();
      }
      follow(found, wanted);
      at = found.nextSibling;
    }
    while (at) {
      const gone = at;
      at = at.nextSibling;
      gone.remove();
    }
  };

  let readAt = Date.now();
  let due = null;
  let reading = false;
  const read = () => {
    due = null;
    if (reading || document.hidden) return;
    reading = true;
    readAt = Date.now();
    const address = new URL(location.href);
    address.searchParams.delete("fait");
    fetch(address, { headers: { Accept: "text/html" }, redirect: "error" })
      .then((answer) => (answer.ok ? answer.text() : Promise.reject(new Error("no page"))))
      .then((text) => {
        const page = new DOMParser().parseFromString(text, "text/html");
        for (const part of document.querySelectorAll("[data-part]")) {
          const fresh = page.querySelector(`[data-part="${part.dataset.part}"]`);
          if (fresh) follow(part, fresh);
        }
        if (live.hasAttribute("data-again")) soon(AGAIN_AFTER);
      })
      .catch(() => { /* it comes with the next one, or with the next page */ })
      .finally(() => { reading = false; });
  };
  const soon = (after) => {
    if (due === null) due = setTimeout(read, Math.max(after, AT_MOST_EVERY - (Date.now() - readAt)));
  };

  const listen = () => {
    const source = new EventSource(live.dataset.live);
    source.addEventListener("figures", () => soon(0));
    source.addEventListener("error", () => {
      // A lost connection comes back by itself; one that was refused is asked for again later.
      if (source.readyState === EventSource.CLOSED) setTimeout(listen, LISTEN_AGAIN_AFTER);
    });
    addEventListener("pagehide", () => source.close(), { once: true });
  };
  document.addEventListener("visibilitychange", () => { if (!document.hidden) soon(0); });
  addEventListener("pageshow", (event) => { if (event.persisted) { listen(); soon(0); } });
  if (live.hasAttribute("data-again")) soon(AGAIN_AFTER);
  listen();
})();
