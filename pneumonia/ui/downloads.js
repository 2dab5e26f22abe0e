// A file is made while its link waits, which shows that; a file that cannot be made is told
// beside the link, where the browser would only say that a download failed.

const TURN = { duration: 1000, iterations: Infinity, pseudoElement: "::after" };

async function save(link) {
  const answer = await fetch(link.href);
  if (!answer.ok) throw new Error(await answer.text());
  const address = URL.createObjectURL(await answer.blob());
  const saved = document.createElement("a");
  saved.href = address;
  saved.download = link.download;
  saved.click();
  // Later: some browsers have not begun to read it.
  setTimeout(() => URL.revokeObjectURL(address), 60_000);
}

async function onClick(event) {
  const link = event.target.closest?.("a.download");
  if (!link) return;
  event.preventDefault();
  if (link.ariaBusy === "true") return;
  link.ariaBusy = "true";
  // Not in the style: within a rule, as the page has it, there are no keyframes.
  const turning = link.animate({ rotate: ["0turn", "1turn"] }, TURN);
  link.parentElement.querySelector(".failed_download")?.remove();
  try {
    await save(link);
  } catch (error) {
    const told = document.createElement("p");
    told.className = "failed_download";
    told.role = "alert";
    // A server that cannot be reached says nothing that a reader would understand.
    told.textContent = error instanceof TypeError ? link.dataset.unreachable : error.message;
    link.after(told);
  } finally {
    link.ariaBusy = "false";
    turning.cancel();
  }
}

document.addEventListener("click", onClick, true);
