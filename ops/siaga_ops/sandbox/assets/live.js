"use strict";
// Fetches the page's changing part anew whenever the sandbox says that something has changed, while the page is seen.
(function () {
  const part = document.getElementById("berubah");
  const pauseMs = 250;
  let stale = false;
  let planned = false;

  function soon() {
    if (planned) { return; }
    planned = true;
    setTimeout(function () { planned = false; refresh(); }, pauseMs);
  }

  async function refresh() {
    if (document.hidden) { stale = true; return; }
    stale = false;
    const answer = await fetch(part.dataset.isi);
    if (!answer.ok) { return; }
    const atEnd = window.innerHeight + window.scrollY >= document.body.scrollHeight - 80;
    part.innerHTML = await answer.text();
    if (atEnd && part.dataset.akhir) { window.scrollTo(0, document.body.scrollHeight); }
  }

  new EventSource(part.dataset.kabar).addEventListener("change", soon);
  document.addEventListener("visibilitychange", function () { if (stale) { refresh(); } });
  if (part.dataset.akhir) { window.scrollTo(0, document.body.scrollHeight); }

  document.addEventListener("submit", async function (event) {
    const form = event.target;
    event.preventDefault();
    const data = new URLSearchParams(new FormData(form, event.submitter));
    const answer = await fetch(form.action, { method: "POST", body: data, redirect: "manual" });
    if (answer.type !== "opaqueredirect") { window.alert("Balasan tidak terkirim."); return; }
    form.reset();
    if (form.dataset.selesai) { window.location = form.dataset.selesai; }
  });
})();
