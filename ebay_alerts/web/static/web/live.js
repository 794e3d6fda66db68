// Keeps a page up to date and saves waiting: what changed is asked for anew when the server says so,
// times to come count down, a choice is carried out as it is made. Pages work without it.
(() => {
  "use strict";

  const live = document.querySelector("[data-live]");
  if (live && window.EventSource) {
    let stream = null, was_open = false;
    const news = () => document.body.dispatchEvent(new CustomEvent("news"));
    const listen = () => {
      stream = new EventSource(live.dataset.live);
      stream.addEventListener("news", news);
      // Come again after a pause, it asks once for what it missed.
      stream.addEventListener("open", () => {
        if (was_open) news();
        was_open = true;
      });
    };
    // A page in the background asks for nothing; back in front it looks at once.
    document.addEventListener("visibilitychange", () => {
      if (document.hidden) {
        stream?.close();
        stream = null;
      } else if (!stream) {
        listen();
      }
    });
    window.addEventListener("pagehide", () => stream?.close());
    if (!document.hidden) listen();
  }

  for (const all of document.querySelectorAll("[data-ticks]")) {
    all.closest("label").hidden = false;
    all.addEventListener("change", () => {
      for (const box of document.querySelectorAll(`input[name="${all.dataset.ticks}"]`)) box.checked = all.checked;
    });
  }

  for (const form of document.querySelectorAll("form.filters")) {
    form.addEventListener("change", (event) => event.target.matches("select") && form.requestSubmit());
  }

  const countdowns = document.querySelectorAll("[data-ends]");
  const say = (seconds) => {
    const parts = [[86400, "d"], [3600, "h"], [60, "min"], [1, "s"]];
    const words = [];
    for (const [size, unit] of parts) {
      const count = Math.floor(seconds / size);
      seconds -= count * size;
      if (count || words.length) words.push(`${count} ${unit}`);
    }
    return words.slice(0, 2).join(" ");
  };
  const count = () => {
    for (const one of countdowns) {
      const left = (Date.parse(one.dataset.ends) - Date.now()) / 1000;
      one.textContent = left > 0 ? `ends in ${say(left)}` : "has ended";
    }
  };
  if (countdowns.length) {
    count();
    setInterval(count, 1000);
  }
})();
