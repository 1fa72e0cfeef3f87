// The two ways in which a page can read server-sent events. Each calls on(name, values) for every event, ends with
// exactly one of `done`, `error` and `lost`, and returns a function that stops it.

const NAMES = ["text", "thinking", "tool", "tool_input", "tool_result", "upstream", "error", "done"];
const isLast = (name) => name === "done" || name === "error";

export function readWithEventSource(asked, on) {
  const source = new EventSource(`/chat?${new URLSearchParams(asked)}`);
  for (const name of NAMES) {
    source.addEventListener(name, (event) => {
      // `error` is also what EventSource itself fires, without data, when the connection fails or ends. It would
      // connect again then, and the reply would be generated, and paid, a second time.
      const own = event.data !== undefined;
      if (isLast(name)) source.close();
      on(own ? name : "lost", own ? JSON.parse(event.data) : {});
    });
  }
  return () => source.close();
}

export function readWithFetch(asked, on) {
  const stopper = new AbortController();
  run(asked, on, stopper.signal).catch(() => {
    if (!stopper.signal.aborted) on("lost", {});
  });
  return () => stopper.abort();
}

async function run(asked, on, signal) {
  const response = await fetch("/chat", {
    method: "POST",
    headers: { "content-type": "application/json", accept: "text/event-stream" },
    body: JSON.stringify(asked),
    signal,
  });
  if (!response.ok) {
    const refusal = await response.json().catch(() => ({}));
    on("error", refusal.error ?? { type: "http_error", message: `HTTP ${response.status}` });
    return;
  }
  // The decoder keeps the first bytes of a character whose rest is in the next chunk.
  const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
  const parser = new Parser();
  for (;;) {
    const { value, done } = await reader.read();
    if (done) break;
    for (const { name, data } of parser.feed(value)) {
      on(name, JSON.parse(data));
      if (isLast(name)) return;
    }
  }
  on("lost", {});
}

// https://html.spec.whatwg.org/multipage/server-sent-events.html#parsing-an-event-stream, as far as fetch needs it.
export class Parser {
  #buffer = "";
  #name = "";
  #data = [];

  *feed(text) {
    this.#buffer += text;
    // A CR at the end may be the first half of a CR LF.
    const complete = this.#buffer.endsWith("\r") ? this.#buffer.slice(0, -1) : this.#buffer;
    const lines = complete.split(/\r\n|\n|\r/);
    this.#buffer = lines.pop() + this.#buffer.slice(complete.length);
    for (const line of lines) {
      if (line === "") {
        if (this.#data.length) yield { name: this.#name || "message", data: this.#data.join("\n") };
        this.#name = "";
        this.#data = [];
      } else {
        const [, field, value] = line.match(/^([^:]*)(?:: ?)?(.*)$/s);
        if (field === "event") this.#name = value;
        if (field === "data") this.#data.push(value);
      }
    }
  }
}
