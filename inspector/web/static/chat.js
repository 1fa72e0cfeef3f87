import { element, follower } from "./dom.js";
import { readWithEventSource, readWithFetch } from "./readers.js";
import { Reply } from "./reply.js";
import { Upstream } from "./upstream.js";

const $ = (id) => document.getElementById(id);
const form = $("form"), message = $("message"), send = $("send"), conversation = $("conversation");
const upstream = new Upstream($("events"), $("summary"));
const follow = follower(conversation);
let id = crypto.randomUUID();
let stop = null;

form.addEventListener("submit", (event) => {
  event.preventDefault();
  if (stop) return stop();
  const text = message.value.trim();
  if (text) ask(text);
});

message.addEventListener("keydown", (event) => {
  if (event.key === "Enter" && !event.shiftKey && !event.isComposing) {
    event.preventDefault();
    if (!stop) form.requestSubmit();
  }
});

message.addEventListener("input", () => {
  message.rows = Math.min(8, message.value.split("\n").length);
});

$("new").addEventListener("click", () => {
  stop?.();
  id = crypto.randomUUID();
  conversation.replaceChildren();
  upstream.clear();
  $("suggestions").hidden = false;
  message.focus();
});

$("toggle").addEventListener("click", () => {
  const shown = document.body.classList.toggle("without-events");
  $("toggle").setAttribute("aria-pressed", String(!shown));
});

for (const choice of document.getElementsByName("reader")) {
  choice.checked = choice.value === (localStorage.getItem("reader") ?? "EventSource");
  choice.addEventListener("change", () => localStorage.setItem("reader", choice.value));
}

function ask(text) {
  const reply = new Reply();
  conversation.append(element("article", "user", text), reply.node);
  $("suggestions").hidden = true;
  message.value = "";
  message.rows = 1;
  upstream.clear();
  const read = form.ownerDocument.querySelector("[name=reader]:checked").value === "fetch" ? readWithFetch : readWithEventSource;
  const close = read({ message: text, conversation: id, upstream: "1" }, (name, values) => {
    if (name === "upstream") upstream.take(values);
    else reply.take(name, values);
    if (name === "done" || name === "error" || name === "lost") end();
    follow();
  });
  stop = () => {
    close();
    reply.take("stopped", {});
    end();
  };
  send.textContent = "Stop";
  follow(true);
}

function end() {
  stop = null;
  send.textContent = "Send";
  message.focus();
}

const about = await (await fetch("/about")).json();
$("source").textContent = about.source;
for (const suggestion of about.suggestions) {
  const chip = element("button", "", suggestion);
  chip.type = "button";
  chip.addEventListener("click", () => stop || ask(suggestion));
  $("suggestions").append(chip);
}
