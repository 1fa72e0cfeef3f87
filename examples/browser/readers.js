// The browser's two ways to read server-sent events. Text is only ever text: never innerHTML.
const [reply, state] = ["reply", "state"].map((id) => document.getElementById(id));

function show(name, data) {
  if (name === "text") reply.textContent += data.text;
  else state.textContent = `${name}: ${data.stop_reason ?? data.type}`;
}

// GET only, no headers of your own, and it connects again whenever the stream ends, unless it is closed.
function eventSource(message) {
  const source = new EventSource(`/chat?message=${encodeURIComponent(message)}`);
  for (const name of ["text", "done", "error"]) {
    source.addEventListener(name, (event) => {
      if (name !== "text") source.close();
      // EventSource's own `error`, when the connection fails, has no data.
      show(name, event.data ? JSON.parse(event.data) : { type: "connection lost" });
    });
  }
}

// Any method and headers, no reconnecting; the frames must be put together here.
async function read(message) {
  const response = await fetch(`/chat?message=${encodeURIComponent(message)}`, { method: "POST" });
  // One decoder for the whole stream: a character may be split over two chunks.
  const chunks = response.body.pipeThrough(new TextDecoderStream()).getReader();
  let buffer = "";
  for (let next; !(next = await chunks.read()).done; ) {
    const frames = (buffer + next.value).split(/\r?\n\r?\n/);
    buffer = frames.pop(); // not whole yet
    for (const frame of frames) {
      const field = (name) => frame.match(new RegExp(`^${name}: ?(.*)$`, "m"))?.[1];
      if (field("data")) show(field("event") ?? "message", JSON.parse(field("data")));
    }
  }
}

document.querySelector("form").addEventListener("submit", (event) => {
  event.preventDefault();
  reply.textContent = state.textContent = "";
  const message = event.target.message.value;
  event.submitter.value === "fetch" ? read(message) : eventSource(message);
});
