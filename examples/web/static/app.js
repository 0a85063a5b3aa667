// What is nicer with a script. Every page works without: these buttons are hidden until it runs, and a wait is told in words.
"use strict";

const said = document.getElementById("said");

function say(words) {
  said.textContent = "";
  // A change, and not the same text again, is what screen readers read out.
  setTimeout(() => { said.textContent = words; }, 50);
}

function copyButton(button) {
  const words = button.textContent;
  button.hidden = !navigator.clipboard;
  button.addEventListener("click", async () => {
    const lines = document.querySelectorAll(button.dataset.copy);
    await navigator.clipboard.writeText(Array.from(lines, (line) => line.textContent.trim()).join("\n"));
    button.textContent = button.dataset.done;
    say(button.dataset.done);
    setTimeout(() => { button.textContent = words; }, 3000);
  });
}

// The button waits, and counts the seconds. Without it, whoever presses too early is told when to press again.
function countDown(button) {
  const words = button.textContent;
  const until = performance.now() + Number(button.dataset.seconds) * 1000;
  const tick = () => {
    const left = Math.ceil((until - performance.now()) / 1000);
    button.disabled = left > 0;
    button.textContent = left > 0 ? `${words} (${left})` : words;
    if (left > 0) {
      setTimeout(tick, 250);
    } else {
      say(words);
    }
  };
  tick();
}

document.querySelectorAll("[data-copy]").forEach(copyButton);
document.querySelectorAll("[data-seconds]").forEach(countDown);
document.querySelectorAll("[data-print]").forEach((button) => {
  button.hidden = false;
  button.addEventListener("click", () => print());
});
