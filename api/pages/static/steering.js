// An import goes on: its bar follows; at the end the page comes again. Without this file the page refreshes itself.
"use strict";

const followed = document.querySelector("[data-follow]");
if (followed) {
  const bar = followed.querySelector("progress");
  const done = followed.querySelector("[data-done]");
  const source = new EventSource(followed.dataset.follow);
  source.addEventListener("progress", (event) => {
    const told = JSON.parse(event.data);
    if (told.state !== "checking" && told.state !== "importing") {
      source.close();
      location.reload();
      return;
    }
    if (told.rows) {
      bar.max = told.rows;
      bar.value = told.done;
    }
    done.textContent = told.done.toLocaleString("fr-FR");
  });
}
