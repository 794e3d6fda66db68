// Keeps an open page true: new mails appear, times move on, and deleting all asks first.
"use strict";

const STEPS = [[86400, "day"], [3600, "hour"], [60, "minute"]];

function ago(seconds) {
  for (const [length, unit] of STEPS) {
    const count = Math.floor(seconds / length);
    if (count >= 1) return `${count} ${unit}${count > 1 ? "s" : ""} ago`;
  }
  return "just now";
}

function showTimes() {
  for (const time of document.querySelectorAll("time[datetime]")) {
    const moment = new Date(time.dateTime);
    time.textContent = ago((Date.now() - moment) / 1000);
    time.title = moment.toLocaleString();
  }
}

async function refresh() {
  const answer = await fetch(location.href, { cache: "no-store" });
  if (!answer.ok) return;
  const page = new DOMParser().parseFromString(await answer.text(), "text/html");
  for (const fresh of page.querySelectorAll("[data-live]")) {
    const old = document.getElementById(fresh.id);
    if (old && old.innerHTML !== fresh.innerHTML) old.replaceChildren(...fresh.childNodes);
  }
  document.title = page.title;
  showTimes();
}

function follow() {
  let known = document.documentElement.dataset.state;
  let refreshing = Promise.resolve();
  const events = new EventSource("/events");
  events.addEventListener("mails", (event) => {
    if (known === event.data) return;
    known = event.data;
    refreshing = refreshing.then(refresh).catch(() => {});
  });
  window.addEventListener("pagehide", () => events.close());
  window.addEventListener("pageshow", (event) => { if (event.persisted) location.reload(); });
}

document.addEventListener("submit", (event) => {
  const question = event.target.dataset.confirm;
  if (question && !window.confirm(question)) event.preventDefault();
});

showTimes();
setInterval(showTimes, 20000);
follow();
